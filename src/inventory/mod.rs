//! Where targets come from – notations, command lines, lists, and the [sources] people already have – and which
//! certificates are on disk.
//!
//! Text in, [`Target`](crate::model::Target)s out; paths in, [`FoundFile`](crate::model::FoundFile)s out. Knows
//! nothing of configuration files, probing or screens.

mod changes;
mod deployed;
mod files;
mod follow;
mod host;
mod notation;
mod proxy;
mod recipe;
mod roster;
mod route;
mod scheme;
mod source;
pub mod sources;
#[cfg(test)]
mod spoilt;
mod wiped;

pub use self::deployed::{read as read_stored, watch};
#[cfg(any(test, fuzzing))]
pub use self::files::fuzz;
pub use self::files::{Bounds, Haul, Pace, PatternError, walk};
pub use self::follow::{Reading, follow};
pub use self::notation::{NotationError, Spec, parse, servername};
pub use self::proxy::{ProxyChoice, Proxying, UsualProxies};
pub use self::recipe::{Recipe, Upgrade};
pub use self::roster::{LiveSource, MakeTarget, Moves, Opening, Place, Roster};
pub use self::route::{ConnectTo, Resolve, RouteError};
pub use self::scheme::{SCHEMES, Scheme};
pub use self::source::{Item, Origin, SourceError, read};

//! Where targets come from: notations, command lines and lists.
//!
//! Text in, [`Target`](crate::model::Target)s out. Knows nothing of configuration
//! files, probing or screens.

mod bypass;
mod deployed;
mod host;
mod notation;
mod proxy;
mod recipe;
mod route;
mod scheme;
mod source;

pub use self::bypass::Bypass;
pub use self::deployed::{read as read_stored, watch};
pub use self::notation::{NotationError, Spec, parse, servername};
pub use self::proxy::{ProxyChoice, Proxying, UsualProxies};
pub use self::recipe::{Recipe, Upgrade};
pub use self::route::{ConnectTo, Resolve, RouteError};
pub use self::scheme::{SCHEMES, Scheme};
pub use self::source::{Item, Origin, SourceError, read};

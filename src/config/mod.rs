//! Defaults, then the file, then environment and flags, folded into one checked [`Settings`].
//!
//! Knows the nouns and how targets are written; probes nothing and shows nothing.
//! A theme's name is checked by whoever may look for theme files.

mod addition;
mod error;
mod expect;
mod file;
mod fleet;
mod overrides;
mod parts;
mod paths;
mod roster;
mod settings;
mod show;
mod sources;
mod template;
mod thresholds;
mod value;

pub use self::addition::{Added, additions, append};
pub use self::error::{ConfigError, Position};
pub use self::file::File;
pub use self::overrides::Overrides;
pub use self::parts::{ColorChoice, ProbeSettings, RootStore, TrustSettings, UiSettings};
pub use self::paths::Paths;
pub use self::roster::roster;
pub use self::settings::Settings;
pub use self::sources::Given;
pub use self::template::TEMPLATE;
pub use self::value::{Label, Rate, duration, name_server, starttls};

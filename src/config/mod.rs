//! Defaults, then the file, then environment and flags, folded into one checked [`Settings`].
//!
//! Knows the nouns and how targets are written; probes nothing and shows nothing.
//! What a theme or an action is called is checked where themes and actions are known.

mod error;
mod file;
mod fleet;
mod overrides;
mod paths;
mod settings;
mod template;
mod value;

pub use self::error::{ConfigError, Position};
pub use self::file::File;
pub use self::overrides::Overrides;
pub use self::paths::Paths;
pub use self::settings::{ColorChoice, KeyOverride, ProbeSettings, RootStore, Settings, TrustSettings, UiSettings};
pub use self::template::TEMPLATE;
pub use self::value::{Label, Rate, duration, name_server};

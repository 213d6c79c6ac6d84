//! Roles, theme files, colours and glyphs. Views name roles; only this room names colours.
//!
//! A theme file is read by whoever may do I/O and handed in as text. Nothing
//! here knows a widget, a pane or a file system.

mod builtin;
mod color;
mod depth;
mod file;
mod glyphs;
mod role;
mod style;

pub use self::builtin::{NAMES, source};
pub use self::color::{MalformedColor, parse_color};
pub use self::depth::{Depth, UnknownDepth};
pub use self::file::ThemeError;
pub use self::glyphs::Glyphs;
pub use self::role::Role;
pub use self::style::Theme;

#[cfg(test)]
#[path = "theme_tests.rs"]
mod tests;

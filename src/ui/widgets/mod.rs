//! Parts that panes and overlays are made of: they draw what they are given, clipped to their
//! area at any size, in the theme's glyphs. They know nothing of targets or certificates.

mod gauge;
mod hints;
mod phases;
mod scroll;
mod spark;
mod text;
mod toast;

pub use self::gauge::gauge;
pub use self::hints::{Hint, hints, key_name};
pub use self::phases::Phases;
pub use self::scroll::scrollbar;
pub use self::spark::Spark;
pub use self::text::{Align, Cut, cut, cut_middle, fitting, fold_ascii, put, width};
pub use self::toast::toast;

#[cfg(test)]
#[path = "widget_tests.rs"]
mod tests;

//! One table of actions, the chords that trigger them, and the user's changes to these.
//!
//! Knows keys and names; what an action does is decided elsewhere.

mod action;
mod chord;
mod keymap;

pub use self::action::{ACTIONS, Action, ActionSpec, Category, Scope};
pub use self::chord::{Chord, MalformedChord, Stroke};
pub use self::keymap::{Keymap, KeymapError, Lookup, Pending};

#[cfg(test)]
#[path = "input_tests.rs"]
mod tests;

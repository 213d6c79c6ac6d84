//! The screen, pure: `update` folds messages into the model, `view` draws model and snapshot.
//!
//! Knows the snapshot, the catalogue, themes and actions; never probes, sleeps, reads a clock or a file.

#[cfg(test)]
pub(crate) mod golden;
mod msg;
pub mod widgets;

pub use self::msg::{Effect, Msg};

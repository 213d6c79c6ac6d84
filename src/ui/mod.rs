//! The screen, pure: `update` folds messages into the model, `view` draws model and snapshot.
//!
//! Knows the snapshot, the catalogue, themes and actions; never probes, sleeps, reads a clock or a file.

mod choices;
mod derived;
mod endpoint;
mod filter;
mod footer;
mod frame;
mod freshness;
#[cfg(test)]
pub(crate) mod golden;
mod header;
mod indicators;
mod ink;
mod layout;
mod model;
mod msg;
pub mod overlays;
mod panes;
mod pen;
#[cfg(test)]
mod samples;
mod sentence;
mod start;
mod strip;
mod update;
mod view;
pub mod widgets;
mod words;

pub use self::model::{UiModel, UiSettings};
pub use self::msg::{Effect, Msg};
pub use self::update::update;
pub use self::view::view;

#[cfg(test)]
mod figure_tests;
#[cfg(test)]
mod hand_tests;
#[cfg(test)]
mod inventory_tests;
#[cfg(test)]
mod survey_tests;
#[cfg(test)]
#[path = "ui_tests.rs"]
mod tests;

//! Folds messages into the model. Nothing here draws, and nothing in `view` changes anything.

mod act;
mod endpoint;
mod fold;
mod hand;
mod here;
mod keys;
mod mouse;
mod moves;
mod open;
mod overlay;
mod refresh;
mod say;
mod select;

pub use self::fold::update;
pub(crate) use self::open::inventory;

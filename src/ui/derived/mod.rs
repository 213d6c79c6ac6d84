//! Indexes over a snapshot, rebuilt when data, filter or order change and never while drawing.
//!
//! Knows snapshots and filters; knows nothing of cursors, layout or themes.

mod counts;
mod expiry;
mod holdings;
mod index;
mod known;
mod order;
mod rows;

pub(crate) use self::counts::value_of;
pub(crate) use self::expiry::{Age, BUCKET_NAMES, BUCKET_TERMS, Expiry, Group};
pub(crate) use self::holdings::{Holding, What, Wrong, holdings};
pub(crate) use self::index::Derived;
pub(crate) use self::order::{Order, RowRef, worst_address};

#[cfg(test)]
mod derived_tests;

//! The four panes of the main screen: one file each, the expiry projections and table columns beside them.

mod buckets;
mod calendar;
mod cells;
mod columns;
pub(crate) mod errors;
pub(crate) mod expiry;
pub(crate) mod handshakes;
pub(crate) mod protocols;
mod soonest;

pub(crate) use self::buckets::capacity as bucket_capacity;
pub(crate) use self::calendar::{DAYS, day as calendar_day, first_day};
pub(crate) use self::cells::capacity as cell_capacity;
pub(crate) use self::columns::name;

//! A review of files: one record each, and what is made of all of them.

mod cluster;
mod csv;
mod markdown;
mod record;
mod table;

pub use self::cluster::{IssuanceRecord, ObjectRecord, UseRecord};
pub use self::csv::csv;
pub use self::markdown::review_markdown;
pub use self::record::{FileRecord, KeyRecord, ReviewReport};

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

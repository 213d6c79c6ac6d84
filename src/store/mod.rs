//! The shared state: a fold over events by a single writer, published as immutable snapshots.
//!
//! Knows the nouns and the diagnosis; knows nothing of probing, screens or files.

mod rows;
mod snapshot;

pub use self::rows::Rows;
pub use self::snapshot::{
    AddressRow, Aggregates, CertificateRow, Count, Distribution, Drops, ErrorGroup, ExpiryBucket, LogEntry, Quantiles,
    Snapshot, TargetRow, Trend, TrendPoint, Window, WindowCounts,
};

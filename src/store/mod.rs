//! The shared state: a fold over events by a single writer, published as immutable snapshots.
//!
//! Knows the nouns and the diagnosis; knows nothing of probing, screens or files.

mod figures;
mod rows;
mod snapshot;
mod trend;

pub use self::figures::{Aggregates, Count, Distribution, ExpiryBucket, Quantiles, Window, WindowCounts};
pub use self::rows::Rows;
pub use self::snapshot::{AddressRow, CertificateRow, Drops, ErrorGroup, LogEntry, Snapshot, TargetRow};
pub use self::trend::{Trend, TrendPoint};

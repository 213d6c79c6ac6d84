//! The shared state: a fold over events by a single writer, published as immutable snapshots.
//!
//! Knows the nouns and the diagnosis; knows nothing of probing, screens or files.

mod addresses;
mod ahead;
mod attempt;
mod buckets;
mod cause;
mod certificates;
mod counters;
mod course;
mod errors;
mod evidence;
mod figures;
pub mod fixture;
mod groups;
mod held;
mod incidents;
mod indicators;
mod judging;
mod limits;
mod log;
mod look;
mod objectives;
mod observe;
mod observing;
mod past;
mod publish;
mod rounds;
mod rows;
mod sliding;
mod snapshot;
mod sources;
mod state;
mod tally;
mod trend;
mod writer;

pub use self::buckets::Digest;
pub use self::figures::{Aggregates, Count, Distribution, ExpiryBucket, Quantiles, Window, WindowCounts};
pub use self::groups::{Group, GroupCounts};
pub use self::indicators::{Indicators, Share, indicators};
pub use self::limits::Limits;
pub use self::objectives::Budget;
pub use self::rows::Rows;
pub use self::snapshot::{AddressRow, CertificateRow, Drops, ErrorGroup, LogEntry, Snapshot, TargetRow};
pub use self::state::State;
pub use self::trend::{Trend, TrendPoint};
pub use self::writer::run;

#[cfg(test)]
mod incident_tests;
#[cfg(test)]
mod indicator_tests;
#[cfg(test)]
mod order_tests;
#[cfg(test)]
mod recount_tests;
#[cfg(test)]
mod survey_tests;
#[cfg(test)]
mod tests;

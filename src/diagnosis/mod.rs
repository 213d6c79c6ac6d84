//! From evidence to findings: pure functions over what was observed.
//!
//! One file per family looks at each address for faults; equal faults are told
//! as one finding, patterns over several addresses are added, and the report
//! puts causes before consequences. One [`RULES`] table is the catalogue that
//! diagnosis, `explain`, help and documentation share. Knows only the nouns;
//! never reads a clock.

mod basis;
mod catalogue;
mod certificate;
mod chain;
mod changes;
mod clients;
mod command;
mod common_cause;
mod commons;
mod connection;
mod deploy;
mod differential;
mod digest;
mod dns;
mod drift;
mod evidence;
mod excuse;
mod expect;
mod expiry;
mod failure;
mod fault;
mod files;
mod fleet;
mod form;
mod generations;
mod habits;
mod handshake;
mod history;
mod http;
mod in_common;
mod incident;
mod issuance;
mod judge;
mod lifetime;
mod local;
mod material;
mod missing;
mod mtls;
mod negotiation;
mod objective;
mod observer;
mod over_time;
mod placeholder;
mod policy;
mod proxy;
mod public;
mod quic;
mod reading;
mod records;
mod redirects;
mod refusal;
mod report;
mod revocation;
mod served;
mod shared;
mod sharers;
mod sharing;
mod sighting;
mod skew;
mod source;
mod staple;
mod starttls;
mod strength;
mod tcp;
mod throttling;
mod tls;
mod udp;
mod words;

pub use self::basis::rests_on;
pub use self::catalogue::{Family, RULES, Rule, Step, code, families, rule};
pub use self::changes::change_words;
pub use self::common_cause::Witness;
pub use self::digest::{Cell, Digest, Fact, Mark, Matrix, Piece, SuiteRow, Topic, Weight, revocation_word};
pub use self::evidence::{AddressEvidence, TargetEvidence};
pub use self::expect::max_latency;
pub use self::failure::describe_failure;
pub use self::files::judge_files;
pub use self::history::{History, SLOW_IN_A_ROW, is_over_time, is_slow};
pub use self::incident::{incident_key, severity, widened_summary};
pub use self::judge::{Judgement, judge, judge_knowing};
pub use self::lifetime::{expiry_status, lifetime_position, renewal_point};
pub use self::mtls::{asks_for_client, refuses_as_expected, refuses_client};
pub use self::objective::{Alarm, Counted, Layer, Objective, Spent, alarm, budget_left, burn_key, tell_burn};
pub use self::observer::{Observer, Trouble};
pub use self::policy::Policy;
pub use self::revocation::is_revocation_unasked;
pub use self::shared::CommonCause;
pub use self::sighting::Sighting;
pub use self::strength::{Weakness, dh_weakness, group_weakness, scheme_weakness, suite_weakness, version_weakness};
// Its entries are named `rules::CERT_EXPIRED` in the files of this room.
use self::catalogue as rules;

#[cfg(test)]
mod cases;
#[cfg(test)]
mod expect_cases;
#[cfg(test)]
mod expect_tests;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod particular_cases;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod revocation_cases;
#[cfg(test)]
mod surveyed_cases;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod trust_cases;
#[cfg(test)]
mod trust_tests;

//! From evidence to findings: pure functions over what was observed.
//!
//! One file per family; one [`RULES`] table is the catalogue that diagnosis,
//! `explain`, help and documentation share. Knows only the nouns; never reads a clock.

mod incident;
mod judge;
mod lifetime;
mod policy;
mod rules;

pub use self::incident::{incident_key, severity, widened_summary};
pub use self::judge::{AddressEvidence, Judgement, TargetEvidence, judge};
pub use self::lifetime::{expiry_status, lifetime_position, renewal_point};
pub use self::policy::Policy;
pub use self::rules::{RULES, Rule, rule};

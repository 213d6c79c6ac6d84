//! From evidence to findings: pure functions over what was observed.
//!
//! One file per family; one [`RULES`] table is the catalogue that diagnosis,
//! `explain`, help and documentation share. Knows only the nouns; never reads a clock.

mod judge;
mod policy;
mod rules;

pub use self::judge::{AddressEvidence, Judgement, TargetEvidence, judge};
pub use self::policy::Policy;
pub use self::rules::{RULES, Rule, rule};

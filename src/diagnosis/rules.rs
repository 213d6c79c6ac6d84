//! The catalogue.

use crate::model::{Code, Impact};

/// One entry of the catalogue: what a code means and what to do about it.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The code, `chain.missing_intermediate`.
    pub code: Code,
    /// A few words, `missing intermediate`.
    pub title: &'static str,
    /// Usual impact; evidence can make it wider or narrower.
    pub impact: Impact,
    /// What it means, in one or two sentences.
    pub meaning: &'static str,
    /// What to do, in one imperative sentence without specifics.
    pub next: &'static str,
}

/// Every code this program can say, by family, causes before consequences.
pub const RULES: &[Rule] = &[];

/// The catalogue entry of a code.
#[must_use]
pub fn rule(code: Code) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code)
}

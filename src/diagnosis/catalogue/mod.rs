//! The catalogue: every code this program can say, what it means and what to do about it.
//!
//! Diagnosis, `explain`, the dashboard and `docs/findings.md` all read [`RULES`].

mod certificate;
mod chain;
mod cluster;
mod configuration;
mod connection;
mod expectation;
mod family;
mod files;
mod fleet;
mod handshake;
mod mtls;
mod names;
mod observer;
mod particulars;
mod revocation;
mod rule;

pub use self::family::{Family, families};
pub use self::rule::{Rule, Step};
pub(super) use self::{
    certificate::*, chain::*, cluster::*, configuration::*, connection::*, expectation::*, files::*, fleet::*,
    handshake::*, mtls::*, names::*, observer::*, particulars::*, revocation::*,
};
use crate::model::Code;

/// By family, causes before consequences.
const FAMILIES: &[&[Rule]] = &[
    observer::FAMILY,
    names::FAMILY,
    fleet::FAMILY,
    connection::FAMILY,
    mtls::FAMILY,
    expectation::FAMILY,
    handshake::FAMILY,
    configuration::FAMILY,
    particulars::FAMILY,
    certificate::FAMILY,
    chain::FAMILY,
    revocation::FAMILY,
    files::FAMILY,
    cluster::FAMILY,
];

/// Every code this program can say, by family, causes before consequences.
pub const RULES: &[Rule] = &joined::<{ count() }>();

/// The catalogue entry of a code.
#[must_use]
pub fn rule(code: Code) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code)
}

/// The code of that name, when it is one of the catalogue.
#[must_use]
pub fn code(name: &str) -> Option<Code> {
    RULES.iter().find(|rule| rule.code.0 == name).map(|rule| rule.code)
}

const fn count() -> usize {
    let (mut count, mut family) = (0, 0);
    while family < FAMILIES.len() {
        count += FAMILIES[family].len();
        family += 1;
    }
    count
}

const fn joined<const COUNT: usize>() -> [Rule; COUNT] {
    let mut rules = [FAMILIES[0][0]; COUNT];
    let (mut at, mut family) = (0, 0);
    while family < FAMILIES.len() {
        let mut place = 0;
        while place < FAMILIES[family].len() {
            rules[at] = FAMILIES[family][place];
            at += 1;
            place += 1;
        }
        family += 1;
    }
    rules
}

//! Suites by versions.

use super::super::strength::{Weakness, suite_weakness};
use crate::model::{CipherSuite, Negotiation, Order, TlsVersion};

/// Which suite is accepted under which version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    /// Columns, newest first.
    pub versions: Vec<TlsVersion>,
    /// Rows: in the order of the newest version that accepts each.
    pub rows: Vec<SuiteRow>,
}

/// One suite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuiteRow {
    /// Which.
    pub suite: CipherSuite,
    /// What is wrong with it.
    pub weakness: Option<Weakness>,
    /// One cell for each version.
    pub cells: Vec<Cell>,
}

/// Whether a version accepts a suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// It does, and the order is not the server's.
    Accepted,
    /// It does not, or was not asked.
    Empty,
    /// It does, and prefers it to those with higher numbers; counted from 1.
    Place(usize),
}

impl Matrix {
    /// Everything accepted.
    #[must_use]
    pub fn of(negotiation: &Negotiation) -> Self {
        let newest_first: Vec<_> = negotiation.suites.iter().rev().collect();
        let rows = negotiation.all_suites().into_iter().map(|suite| SuiteRow {
            suite,
            weakness: suite_weakness(suite),
            cells: newest_first
                .iter()
                .map(|version| match version.suites.iter().position(|other| *other == suite) {
                    Some(at) if version.order == Order::Server => Cell::Place(at + 1),
                    Some(_) => Cell::Accepted,
                    None => Cell::Empty,
                })
                .collect(),
        });
        Self { rows: rows.collect(), versions: newest_first.iter().map(|version| version.version).collect() }
    }
}

//! A survey in words, made once for each address.

use std::sync::Arc;

use crate::diagnosis::{Digest, Fact};
use crate::model::{Certificate, Survey, Time};

/// A survey as read, beside its record.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reading {
    /// Everything.
    pub(super) facts: Vec<Fact>,
    /// What is weak or bad.
    pub(super) unusual: Vec<Fact>,
    /// What was not asked to the end.
    pub(super) missing: Option<String>,
    /// Connections and time.
    pub(super) cost: String,
}

impl Reading {
    pub(super) fn of(survey: &Survey, chain: &[Arc<Certificate>], now: Time) -> Self {
        let digest = Digest { survey, chain, now };
        Self { facts: digest.facts(), unusual: digest.unusual(), missing: digest.missing(), cost: digest.cost() }
    }
}

//! JSON: one document for all verdicts, or one line for each.

use std::time::Duration;

use serde::Serialize;

use super::endpoint::millis;
use super::facts::rfc3339_millis;
use super::ours::{OurFault, OurSide};
use super::verdict::Verdict;
use crate::model::{Status, Time};

/// The document of `--format json`, schema 1.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    schema: u8,
    kind: &'static str,
    status: Status,
    verdicts: &'a [Verdict],
    /// What is wrong on our own side.
    observer: &'a [OurFault],
    #[serde(serialize_with = "rfc3339_millis")]
    started: Time,
    elapsed_ms: f64,
}

impl<'a> Report<'a> {
    /// All verdicts with the worst status among them.
    #[must_use]
    pub fn new(verdicts: &'a [Verdict], ours: &'a OurSide, started: Time, elapsed: Duration) -> Self {
        let status = verdicts.iter().map(|verdict| verdict.status).max().unwrap_or(Status::Unknown);
        let observer = ours.faults();
        Self { schema: 1, kind: "report", status, verdicts, observer, started, elapsed_ms: millis(elapsed) }
    }

    /// Indented, with a final newline.
    pub fn document(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }
}

/// A [`Verdict`] or [`OurSide`] on one line, newline included.
pub fn json_line(object: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string(object).map(|text| text + "\n")
}

//! Certificates and keys on disk: what is wrong with each file, by itself and beside the others.

mod chains;
mod cluster;
mod dates;
mod keys;
mod kubectl;
mod reading;
mod shelves;
mod tell;

use self::shelves::Shelves;
use super::policy::Policy;
use super::report;
use crate::model::{Finding, FoundFile, Time};

/// Judges files at one moment: findings in the order of `files`, the cause first in each.
#[must_use]
pub fn judge_files(files: &[FoundFile], policy: &Policy, now: Time) -> Vec<Vec<Finding>> {
    let shelves = Shelves::of(files);
    let judged = files.iter().enumerate().map(|(at, file)| {
        let desk = tell::Desk { file, at, shelves: &shelves, policy, now };
        let mut findings = Vec::new();
        reading::look(&desk, &mut findings);
        dates::look(&desk, &mut findings);
        chains::look(&desk, &mut findings);
        keys::look(&desk, &mut findings);
        cluster::look(&desk, &mut findings);
        report::order(findings)
    });
    judged.collect()
}

#[cfg(test)]
#[path = "tests.rs"]
pub(super) mod tests;

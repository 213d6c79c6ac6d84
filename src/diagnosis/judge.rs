//! The one entrance: all evidence about a target in, its findings out.

use super::evidence::{Case, TargetEvidence};
use super::expiry::Review;
use super::observer::Observer;
use super::{
    Policy, certificate, chain, changes, clients, common_cause, connection, deploy, dns, drift, excuse, expect, expiry,
    fault, fleet, form, generations, habits, http, material, mtls, negotiation, over_time, placeholder, public, quic,
    records, report, revocation, served, sharers, staple, starttls,
};
use crate::model::{Finding, Time};

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgement {
    /// Findings, the cause first, consequences after their cause.
    pub findings: Vec<Finding>,
    /// When time alone will change this judgement.
    pub review_at: Option<Time>,
}

/// Judges one target at one moment. Neither the order of its addresses nor anything but the evidence matters.
///
/// A healthy target costs no allocation.
#[must_use]
pub fn judge(evidence: &TargetEvidence<'_>, policy: &Policy, now: Time) -> Judgement {
    judge_knowing(Observer::NOBODY, evidence, policy, now)
}

/// The same, with what the whole fleet shows of our own side.
#[must_use]
pub fn judge_knowing(observer: &Observer, evidence: &TargetEvidence<'_>, policy: &Policy, now: Time) -> Judgement {
    let TargetEvidence { target, resolution, file, addresses } = *evidence;
    let policy = policy.of(&target.labels);
    let case = Case { target, resolution, file, addresses, observer, policy, now };
    let mut faults = Vec::new();
    let mut review = Review::new(now);
    for address in addresses {
        connection::look(&case, address, &mut faults, &mut review);
        over_time::look(address, &mut faults);
        mtls::look(address, &mut faults);
        expect::look(&case, address, &mut faults);
        starttls::look(address, &mut faults);
        negotiation::look(address, &mut faults);
        habits::look(&case, address, &mut faults);
        http::look(&case, address, &mut faults);
        records::look(&case, address, &mut faults);
        quic::look(&case, address, &mut faults);
        changes::look(&case, address, &mut faults, &mut review);
        let Some(shown) = address.shown() else { continue };
        certificate::look(&shown, &mut faults);
        let Some(leaf) = shown.leaf() else { continue };
        expect::look_at_chain(&case, address, &shown, leaf, &mut faults);
        placeholder::look(&shown, leaf, &mut faults);
        form::look(&shown, leaf, &mut faults);
        material::look(&shown, leaf, &mut faults);
        sharers::look(&case, &shown, leaf, &mut faults);
        expiry::look_at_leaf(&case, &shown, leaf, &mut faults, &mut review);
        expiry::look_at_intermediates(&case, &shown, leaf, &mut faults, &mut review);
        chain::look(address, &shown, leaf, &mut faults);
        served::look(&case, &shown, leaf, &mut faults, &mut review);
        public::look(&shown, leaf, &mut faults);
        clients::look(address, &shown, leaf, &mut faults);
        revocation::look(&case, address, &shown, &mut faults);
        staple::look(&case, address, &shown, leaf, &mut faults, &mut review);
    }
    let unresolved = dns::look(&case);
    let differ = generations::differ(&case);
    let drifted = drift::differ(&case);
    let nothing = faults.is_empty() && unresolved.is_none() && case.file.is_none();
    if nothing && !differ && !drifted {
        return Judgement { findings: Vec::new(), review_at: review.at };
    }
    let mut findings = fault::tell(&case, &mut faults);
    expect::enforce(&case, &mut findings);
    excuse::look(&case, &mut findings);
    report::narrow(&case, &mut findings);
    report::explain(&mut findings);
    fleet::look(&case, &mut findings);
    if differ {
        generations::look(&case, &mut findings, &mut review);
    }
    changes::look_at_roll_out(&case, &mut findings);
    deploy::look(&case, &mut findings, &mut review);
    if drifted {
        drift::look(&case, &mut findings);
    }
    findings.extend(unresolved);
    common_cause::look(&case, &mut findings);
    Judgement { findings: report::order(findings), review_at: review.at }
}

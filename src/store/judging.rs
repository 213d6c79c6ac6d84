//! When the diagnosis is asked, and what is made of its answer.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::log::About;
use super::look::{Seen, names};
use super::snapshot::TargetRow;
use super::state::State;
use crate::diagnosis::{AddressEvidence, Judgement, TargetEvidence, incident_key, is_over_time, judge_knowing};
use crate::model::{
    AddressKey, Code, Finding, Impact, Observation, Outcome, Scope, Status, Target, TargetId, Time, human_duration,
};

impl State {
    /// Time has changed what is to be said about a target.
    pub(super) fn review(&mut self, id: TargetId) {
        self.judge(id, Seen::Nothing);
    }

    /// Judges a target with all its addresses.
    pub(super) fn judge(&mut self, id: TargetId, seen: Seen) {
        let Some(state) = self.target(id) else { return };
        let (row, awaited) = (Arc::clone(&state.row), state.awaited);
        self.rounds.news();
        let Judgement { findings, review_at } = self.ask(&row);
        self.review_later(id, review_at);
        let findings = carry_over(&row.target, findings, &row.findings);
        let status = self.mark_addresses(&row, &findings);
        self.counters.target_status(Some(row.status), Some(status));
        let troubled = !findings.is_empty() || !row.findings.is_empty();
        if troubled {
            self.log_findings(&row, &findings);
            self.certificates.rejudge(&row.findings, &findings);
        }
        if troubled || awaited {
            self.await_looks(&row, &findings, seen);
        }
        if troubled || status != row.status {
            drop(row);
            if let Some(state) = self.target_mut(id) {
                state.troubled = !findings.is_empty();
                let row = Arc::make_mut(&mut state.row);
                row.findings = findings;
                row.status = status;
            }
            self.touch_target(id);
        }
    }

    /// After a look at an address (or at the name): errors that it bears out count once more.
    /// `same` means that it was not judged, because nothing could have come of it.
    pub(super) fn recount(&mut self, id: TargetId, address: Option<SocketAddr>, at: Time, same: bool) {
        let Some(state) = self.target(id) else { return };
        if !state.troubled && !state.awaited {
            return;
        }
        let (row, awaited) = (Arc::clone(&state.row), state.awaited);
        if same && awaited {
            self.await_looks(&row, &row.findings, address.map_or(Seen::Name, Seen::Address));
        }
        self.incidents.seen_again(id, address, at);
        let key = address.map(|address| AddressKey { target: id, address });
        for finding in errors(&row.findings, address) {
            self.errors.count(finding, id, key, at);
        }
    }

    /// Lets incidents know of a look, and remembers whether they wait for another one.
    fn await_looks(&mut self, row: &TargetRow, findings: &[Arc<Finding>], seen: Seen) {
        let awaited = self.incidents.observe(&row.target, findings, seen, &self.policy, self.now);
        if let Some(state) = self.target_mut(row.target.id) {
            state.awaited = awaited;
        }
    }

    fn ask(&self, row: &TargetRow) -> Judgement {
        let addresses = self.evidence(row);
        let resolution = row.resolution.as_deref();
        let evidence =
            TargetEvidence { target: &row.target, resolution, file: row.file.as_deref(), addresses: &addresses };
        judge_knowing(&self.observer, &evidence, &self.policy, self.now)
    }

    /// What is known about a target's addresses.
    pub(super) fn evidence(&self, row: &TargetRow) -> Vec<AddressEvidence<'_>> {
        let states = row.addresses.iter().filter_map(|(_, slot)| self.address(*slot));
        states
            .map(|state| AddressEvidence {
                address: state.row.key.address,
                last: state.row.last.as_ref(),
                last_seen: state.row.last_seen.as_ref(),
                survey: state.row.survey.as_deref(),
                changes: state.row.changes.as_deref(),
                history: state.row.trend.history(),
            })
            .collect()
    }

    /// Not before the next tick: a review that is due already would come up again and again.
    pub(super) fn review_later(&mut self, id: TargetId, at: Option<Time>) {
        let at = at.map(|at| at.max(self.now + Duration::from_secs(1)));
        let Some(state) = self.target_mut(id) else { return };
        if let Some(before) = std::mem::replace(&mut state.review_at, at) {
            self.reviews.remove(&(before, id));
        }
        if let Some(at) = at {
            self.reviews.insert((at, id));
        }
    }

    /// Gives each address its worst finding and status. Returns the target's status.
    fn mark_addresses(&mut self, row: &TargetRow, findings: &[Arc<Finding>]) -> Status {
        let worst = worst_by_address(findings);
        let mut status = findings.iter().map(|finding| finding.status).max().unwrap_or_default();
        if row.addresses.is_empty() && findings.is_empty() {
            status = Status::Unknown;
        }
        for (key, slot) in row.addresses.iter() {
            let Some(Some(state)) = self.addresses.get_mut(*slot as usize) else { continue };
            let finding = worst.get(&key.address).copied();
            let probed = |last: &Observation| !matches!(last.outcome, Outcome::Skipped { .. });
            let probed = state.row.last.as_deref().is_some_and(probed);
            let unhurt = if probed { Status::Ok } else { Status::Unknown };
            let now = finding.map_or(unhurt, |finding| finding.status.max(unhurt));
            status = status.max(unhurt);
            let before = &state.row;
            if before.status == now && before.finding.is_none() && finding.is_none() {
                continue;
            }
            self.counters.address_status(Some(before.status), Some(now));
            let codes = (before.finding.as_ref().map(|old| old.code), finding.map(|new| new.code));
            self.counters.outcomes.replace(codes.0.as_ref(), codes.1.as_ref());
            let row = Arc::make_mut(&mut state.row);
            row.status = now;
            row.finding = finding.cloned();
            self.touch_address(*slot);
        }
        status
    }

    fn log_findings(&mut self, row: &TargetRow, after: &[Arc<Finding>]) {
        let at = self.now;
        let (before, after) = (by_code(&row.findings), by_code(after));
        for (code, finding) in &after {
            if before.get(code).is_some_and(|before| before.status >= finding.status) {
                continue;
            }
            let key = match finding.addresses[..] {
                [address] => Some(AddressKey { target: row.target.id, address }),
                _ => None,
            };
            let about = About { status: finding.status, code: Some(*code), target: Some(row.target.id), key };
            self.log.push(at, about, finding.summary.clone());
        }
        for (code, finding) in before.iter().filter(|(code, _)| !after.contains_key(code)) {
            let lasted = human_duration(at.since(finding.since));
            let about = About { status: Status::Ok, code: Some(*code), target: Some(row.target.id), key: None };
            self.log.push(at, about, format!("{}: {code} is over after {lasted}", row.target.name));
        }
    }
}

/// What has been found before, of the same certificate where it is about one, keeps the moment it was first seen.
fn carry_over(target: &Target, findings: Vec<Finding>, before: &[Arc<Finding>]) -> Arc<[Arc<Finding>]> {
    let carried = findings.into_iter().map(|mut finding| {
        let key = incident_key(target, &finding);
        let earlier = before.iter().filter(|before| incident_key(target, before) == key).map(|before| before.since);
        finding.since = earlier.fold(finding.since, Time::min);
        Arc::new(finding)
    });
    carried.collect()
}

/// What an address is said to suffer from. Where a finding about the whole target and one about the address
/// itself are equally bad, the address shows its own: that it refused, not that others did not.
fn worst_by_address(findings: &[Arc<Finding>]) -> HashMap<SocketAddr, &Arc<Finding>> {
    let weight = |finding: &Finding| (finding.status, is_specific(finding), finding.impact);
    let mut worst: HashMap<SocketAddr, &Arc<Finding>> = HashMap::new();
    for finding in findings {
        for address in &finding.addresses {
            let known = worst.entry(*address).or_insert(finding);
            if weight(finding) > weight(known) {
                *known = finding;
            }
        }
    }
    worst
}

/// What counts as an error of an address, or of the name: it fails now, or it could not be told whether it does.
/// What was so at times, what will fail later, advice, and what another of its findings explains are not counted.
fn errors(findings: &[Arc<Finding>], address: Option<SocketAddr>) -> impl Iterator<Item = &Arc<Finding>> {
    let is_error = move |finding: &Finding| {
        let fails = matches!(finding.impact, Impact::Inconclusive | Impact::Partial | Impact::Outage);
        let is_cause = |code: Code| findings.iter().any(|other| other.code == code && is_specific(other));
        let is_now = fails && finding.status > Status::Ok && !is_over_time(finding);
        is_now && names(finding, address) && !finding.caused_by.is_some_and(is_cause)
    };
    let any_specific = findings.iter().any(|finding| is_error(finding) && is_specific(finding));
    findings.iter().filter(move |finding| is_error(finding) && (!any_specific || is_specific(finding)))
}

/// About an address or a certificate rather than about the target as a whole.
fn is_specific(finding: &Finding) -> bool {
    finding.scope != Scope::Target
}

/// The worst finding of each code that is to be told: neither good nor explained by another.
fn by_code(findings: &[Arc<Finding>]) -> BTreeMap<Code, &Arc<Finding>> {
    let mut codes = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.status > Status::Ok && finding.caused_by.is_none()) {
        let known = codes.entry(finding.code).or_insert(finding);
        if finding.status > known.status {
            *known = finding;
        }
    }
    codes
}

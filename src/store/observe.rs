//! What probes tell.

use std::sync::Arc;

use super::addresses::group;
use super::attempt::Attempt;
use super::evidence::{is_same, is_same_chain};
use super::held::share;
use super::log::About;
use super::look::{Asked, Seen};
use super::snapshot::AddressRow;
use super::state::{State, is_late};
use super::trend::TrendPoint;
use crate::diagnosis::{History, change_words, is_slow, max_latency};
use crate::model::{AddressKey, Changes, Handshake, Observation, Phase, Survey, Time};

impl State {
    pub(super) fn probe_started(&mut self, key: AddressKey, at: Time) {
        self.now = self.now.max(at);
        let Some(slot) = self.slot(key) else {
            self.ignore();
            return;
        };
        if let Some(row) = self.row_mut(slot) {
            row.probing_since = Some(at);
        }
        self.touch_address(slot);
    }

    /// A probe counts for the fleet, for its target, and for its labels and their objectives.
    fn count(&mut self, slot: u32, observation: &Observation) {
        let id = observation.key.target.0 as usize;
        let Some(Some(state)) = self.targets.get(id) else { return };
        let attempt = Attempt::of(observation, || &state.row.target);
        self.counters.observed(observation, attempt);
        self.groups.observed(&state.groups, attempt, observation);
        if !self.objectives.is_empty() {
            self.objectives.observed(&state.row.target.labels, observation.at, attempt);
        }
        if let Some(success) = attempt.success() {
            self.count_at(slot, observation, success);
        }
    }

    /// A probe ended.
    pub(super) fn observed(&mut self, mut observation: Arc<Observation>) {
        let AddressKey { target: id, .. } = observation.key;
        self.now = self.now.max(observation.at);
        let Some(slot) = self.slot(observation.key) else {
            self.ignore();
            return;
        };
        let before = self.history(slot);
        self.count(slot, &observation);
        let Some(state) = self.address(slot) else { return };
        let last = state.row.last.clone();
        if last.as_ref().is_some_and(|last| is_late(observation.at, last.at)) {
            if let Some(row) = self.row_mut(slot) {
                row.probing_since = None;
            }
            self.touch_address(slot);
            return;
        }
        let seen = state.row.last_seen.clone();
        share(&mut observation, seen.as_deref(), &self.certificates, &mut self.protocols);
        let at = observation.at;
        let is_due = self.target(id).and_then(|state| state.review_at).is_some_and(|due| due <= self.now);
        let is_same = last.as_ref().is_some_and(|last| is_same(last, &observation));
        let is_seen_again = is_same && last.zip(seen.as_ref()).is_some_and(|(last, seen)| Arc::ptr_eq(&last, seen));
        let shows = showed_certificate(&observation);
        if shows && !is_seen_again {
            self.seen(slot, seen.as_deref(), &observation);
        }
        let same = is_same && !is_due && before.says_the_same_as(self.history(slot));
        let address = observation.key.address;
        if let Some(row) = self.row_mut(slot) {
            row.probing_since = None;
            if shows {
                row.last_seen = Some(Arc::clone(&observation));
            }
            row.last = Some(observation);
        }
        self.touch_address(slot);
        if !same {
            self.judge(id, Seen::Address(address));
        }
        self.recount(id, Some(address), at, same);
    }

    pub(super) fn survey_started(&mut self, key: AddressKey, at: Time) {
        self.now = self.now.max(at);
        let Some(slot) = self.slot(key) else {
            self.ignore();
            return;
        };
        if let Some(row) = self.row_mut(slot) {
            row.surveying_since = Some(at);
        }
        self.touch_address(slot);
    }

    /// A survey ended. It replaces what it asked to the end, whatever the order of arrival.
    pub(super) fn surveyed(&mut self, survey: &Arc<Survey>) {
        self.now = self.now.max(survey.at);
        let target = survey.key.target;
        let Some(slot) = self.slot(survey.key) else {
            self.ignore();
            return;
        };
        self.touch_address(slot);
        let now = self.now;
        let Some(Some(state)) = self.addresses.get_mut(slot as usize) else { return };
        let mut surveys = std::mem::take(&mut state.surveys).into_vec();
        // Those of a time that the clock was set back from.
        surveys.retain(|earlier| earlier.at <= now);
        surveys.push(Arc::clone(survey));
        let standing = Survey::standing(surveys);
        // What was asked longer ago than something else says nothing about now.
        let seen = Seen::Survey(survey.key.address, Asked::by(survey, &standing));
        let row = Arc::make_mut(&mut state.row);
        row.surveying_since = None;
        row.survey = Survey::merged(&standing);
        state.surveys = standing.into();
        self.judge(target, seen);
    }

    fn history(&self, slot: u32) -> History {
        self.address(slot).map(|state| state.row.trend.history()).unwrap_or_default()
    }

    /// Attempts, successes, trend and latency; they count whatever the order of arrival.
    fn count_at(&mut self, slot: u32, observation: &Observation, success: bool) {
        let Some(Some(state)) = self.addresses.get_mut(slot as usize) else { return };
        let is_slow = is_slow(observation, self.least_latency)
            && is_slow(observation, max_latency(&state.row.target, &self.policy));
        let row = Arc::make_mut(&mut state.row);
        row.attempts = row.attempts.saturating_add(1);
        row.successes = row.successes.saturating_add(u32::from(success));
        let waited = observation.timings.waited();
        let is_broken = observation.failure().is_some_and(|failure| failure.phase > Phase::Tcp);
        let point = if success {
            TrendPoint::took(waited)
        } else if is_broken {
            TrendPoint::broken()
        } else {
            TrendPoint::failed()
        };
        // Of a late one it is not known what was served before.
        let is_late = row.last.as_ref().is_some_and(|last| is_late(observation.at, last.at));
        let leaf = |seen: &Observation| seen.chain().first().map(|leaf| leaf.fingerprint);
        let leaves = row.last_seen.as_deref().and_then(leaf).zip(leaf(observation));
        let is_changed = !is_late && leaves.is_some_and(|(before, now)| before != now);
        row.trend.push(point.slow(is_slow).changed(is_changed));
        if let Some(tls) = observation.timings.tls.filter(|_| observation.is_handshake()) {
            row.tls.record(tls);
        }
    }

    /// An address showed its certificates.
    fn seen(&mut self, slot: u32, before: Option<&Observation>, now: &Observation) {
        let (old, new) = (before.and_then(|seen| seen.handshake.as_ref()), now.handshake.as_ref());
        self.counters.negotiated(old, new);
        let old_chain = before.map_or(&[][..], Observation::chain);
        if before.is_none() || !is_same_chain(old_chain, now.chain()) {
            self.serve(slot, before, now);
        }
        if let (Some(old), Some(new)) = (old, new) {
            self.changed(slot, now, old, new);
        }
    }

    /// An address serves another chain than before.
    fn serve(&mut self, slot: u32, before: Option<&Observation>, now: &Observation) {
        let Some(state) = self.address(slot) else { return };
        let (place, target) = (state.place, Arc::clone(&state.row.target));
        // First the new, then the old: what both chains hold is not given up in between.
        let new_place = self.certificates.acquire(now.chain(), slot, group(&target));
        if let Some(Some(state)) = self.addresses.get_mut(slot as usize) {
            state.place = new_place.unwrap_or(0);
        }
        self.release(before, place, group(&target));
    }

    /// An address does something else than before.
    fn changed(&mut self, slot: u32, now: &Observation, old: &Handshake, new: &Handshake) {
        let changes = Changes::between(old, new, now.at);
        if changes.is_empty() {
            return;
        }
        let key = now.key;
        let Some(name) = self.target(key.target).map(|state| Arc::clone(&state.row.target.name)) else { return };
        let words = change_words(&changes);
        let (negotiated, of_leaf): (Vec<_>, Vec<_>) =
            words.into_iter().partition(|(what, ..)| matches!(*what, "version" | "suite"));
        for (verb, words) in [("serves", of_leaf), ("negotiates", negotiated)] {
            let told = words.iter().map(|(what, before, after)| format!("{what} {after}, before {before}"));
            let told = told.collect::<Vec<_>>().join("; ");
            if !told.is_empty() {
                let about = About::change(Some(key.target), Some(key));
                self.log.push(now.at, about, format!("{name}: {} {verb} {told}", key.address));
            }
        }
        if let Some(row) = self.row_mut(slot) {
            let before = row.changes.take().unwrap_or_default();
            row.changes = Some(Arc::new(before.then(changes)));
        }
    }

    fn row_mut(&mut self, slot: u32) -> Option<&mut AddressRow> {
        let state = self.addresses.get_mut(slot as usize)?.as_mut()?;
        Some(Arc::make_mut(&mut state.row))
    }
}

/// Even one that could not be parsed.
fn showed_certificate(observation: &Observation) -> bool {
    let shows = |handshake: &Handshake| !handshake.chain.is_empty() || !handshake.malformed.is_empty();
    observation.handshake.as_ref().is_some_and(shows)
}

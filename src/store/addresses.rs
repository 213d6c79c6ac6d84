//! What look-ups tell: targets' addresses come and go.

use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::attempt::Attempt;
use super::buckets::Digest;
use super::log::About;
use super::look::Seen;
use super::snapshot::AddressRow;
use super::state::{AddressState, State, is_late};
use super::trend::Trend;
use crate::model::{AddressKey, Observation, Resolution, Status, StoredFile, Target, TargetId, Time, Untrusted};

impl State {
    /// A name was looked up. The addresses themselves follow as a change, when they changed.
    pub(super) fn resolved(&mut self, resolution: &Arc<Resolution>) {
        let id = resolution.target;
        self.now = self.now.max(resolution.at);
        let Some(state) = self.target_mut(id) else {
            self.ignore();
            return;
        };
        let row = Arc::make_mut(&mut state.row);
        let before = row.resolution.as_ref();
        if before.is_some_and(|before| is_late(resolution.at, before.at)) {
            return;
        }
        let same = before.is_some_and(|before| is_same(before, resolution));
        let at = resolution.at;
        row.resolution = Some(Arc::clone(resolution));
        self.counters.resolved(resolution);
        self.count_look_up(resolution);
        self.touch_target(id);
        if !same {
            self.judge(id, Seen::Name);
        }
        self.recount(id, None, at, same);
    }

    /// A name without addresses is an attempt that failed.
    fn count_look_up(&mut self, resolution: &Resolution) {
        let Some(attempt) = Attempt::of_look_up(resolution) else { return };
        let Some(Some(state)) = self.targets.get(resolution.target.0 as usize) else { return };
        self.counters.attempted(resolution.at, attempt);
        self.groups.attempted(&state.groups, attempt, None);
        self.objectives.observed(&state.row.target.labels, resolution.at, attempt);
    }

    /// A target's certificate file was read.
    pub(super) fn file_read(&mut self, id: TargetId, file: Arc<StoredFile>) {
        self.now = self.now.max(file.at);
        let Some(state) = self.target_mut(id) else {
            self.ignore();
            return;
        };
        let row = Arc::make_mut(&mut state.row);
        let before = row.file.as_ref().map(|before| &before.content);
        let change = before.filter(|before| **before != file.content).and(file.leaf());
        let text = change.map(|leaf| {
            let (name, path) = (&row.target.name, Untrusted::new(&file.path.to_string_lossy()));
            format!("{name}: {path} has a new certificate, until {}", leaf.not_after.date())
        });
        let at = file.at;
        row.file = Some(file);
        if let Some(text) = text {
            self.log.push(at, About::change(Some(id), None), text);
        }
        self.touch_target(id);
        self.judge(id, Seen::Nothing);
    }

    /// Addresses were added to or removed from a target.
    pub(super) fn addresses_changed(&mut self, id: TargetId, at: Time, added: &[SocketAddr], removed: &[SocketAddr]) {
        self.now = self.now.max(at);
        let Some(row) = self.target(id).map(|state| Arc::clone(&state.row)) else {
            self.ignore();
            return;
        };
        self.remove_addresses(id, removed);
        let known: Vec<SocketAddr> = row.addresses.iter().map(|(key, _)| key.address).collect();
        let mut new: Vec<SocketAddr> = added.iter().copied().filter(|address| !known.contains(address)).collect();
        new.dedup();
        self.add_addresses(&row.target, &new);
        if !known.is_empty() {
            let text =
                format!("addresses of {} changed:{}{}", row.target.name, list(" new ", &new), list(" gone ", removed));
            self.log.push(at, About::change(Some(id), None), text);
        }
        self.judge(id, Seen::Nothing);
        self.incidents.forget_addresses(id, removed, self.now);
    }

    fn add_addresses(&mut self, target: &Arc<Target>, added: &[SocketAddr]) {
        let mut slots = Vec::with_capacity(added.len());
        for address in added {
            let key = AddressKey { target: target.id, address: *address };
            let state = AddressState {
                row: Arc::new(blank(key, Arc::clone(target))),
                place: 0,
                surveys: Box::default(),
                dirty: false,
            };
            let slot = self.free.pop().unwrap_or_else(|| {
                self.addresses.push(None);
                u32::try_from(self.addresses.len() - 1).unwrap_or(u32::MAX)
            });
            self.addresses[slot as usize] = Some(state);
            self.counters.address_status(None, Some(Status::Unknown));
            self.touch_address(slot);
            slots.push((key, slot));
        }
        let Some(state) = self.target_mut(target.id) else { return };
        let row = Arc::make_mut(&mut state.row);
        let mut all: Vec<(AddressKey, u32)> = row.addresses.iter().copied().chain(slots).collect();
        let answer = row.resolution.iter().flat_map(|resolution| &resolution.addresses);
        let order: HashMap<IpAddr, usize> = answer.enumerate().map(|(at, resolved)| (resolved.ip, at)).collect();
        all.sort_by_key(|(key, _)| order.get(&key.address.ip()).copied().unwrap_or(usize::MAX));
        row.addresses = all.into();
        state.first = row.addresses.first().map_or(0, |(_, slot)| *slot);
        self.touch_target(target.id);
    }

    pub(super) fn remove_addresses(&mut self, id: TargetId, removed: &[SocketAddr]) {
        let Some(state) = self.target_mut(id) else { return };
        let row = Arc::make_mut(&mut state.row);
        let (gone, kept): (Vec<_>, Vec<_>) =
            row.addresses.iter().copied().partition(|(key, _)| removed.contains(&key.address));
        row.addresses = kept.into();
        state.first = row.addresses.first().map_or(0, |(_, slot)| *slot);
        let target = Arc::clone(&row.target);
        for (key, slot) in gone {
            let Some(state) = self.addresses.get_mut(slot as usize).and_then(Option::take) else { continue };
            let seen = state.row.last_seen.as_deref();
            self.counters.negotiated(seen.and_then(|seen| seen.handshake.as_ref()), None);
            self.counters.outcomes.replace(state.row.finding.as_ref().map(|finding| &finding.code), None);
            self.counters.address_status(Some(state.row.status), None);
            self.release(seen, state.place, group(&target));
            self.errors.forget_address(key);
            self.dirty.rows.addresses.push(slot);
            self.free.push(slot);
        }
        self.touch_target(id);
    }

    /// The address with that place no longer sends what was seen.
    pub(super) fn release(&mut self, seen: Option<&Observation>, place: u32, group: &Arc<str>) {
        let chain = seen.map_or(&[][..], Observation::chain);
        if let Some(moved) = self.certificates.release(chain, place, group)
            && let Some(Some(other)) = self.addresses.get_mut(moved as usize)
        {
            other.place = place;
        }
    }
}

/// [`Target::group`], shared.
pub(super) fn group(target: &Target) -> &Arc<str> {
    target.labels.get("service").unwrap_or(&target.name)
}

fn blank(key: AddressKey, target: Arc<Target>) -> AddressRow {
    AddressRow {
        key,
        target,
        last: None,
        last_seen: None,
        survey: None,
        changes: None,
        finding: None,
        status: Status::Unknown,
        trend: Trend::default(),
        tls: Digest::default(),
        attempts: 0,
        successes: 0,
        probing_since: None,
        surveying_since: None,
    }
}

/// Times, TTLs and order aside: servers rotate their answers.
fn is_same(a: &Resolution, b: &Resolution) -> bool {
    let ips =
        |resolution: &Resolution| resolution.addresses.iter().map(|resolved| resolved.ip).collect::<BTreeSet<_>>();
    a.failure == b.failure && ips(a) == ips(b)
}

fn list(word: &str, addresses: &[SocketAddr]) -> String {
    const LISTED: usize = 4;
    let mut names: Vec<String> = addresses.iter().take(LISTED).map(ToString::to_string).collect();
    if addresses.len() > LISTED {
        names.push(format!("{} more", addresses.len() - LISTED));
    }
    if names.is_empty() { String::new() } else { format!("{word}{}", names.join(", ")) }
}

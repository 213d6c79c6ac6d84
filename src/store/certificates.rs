//! Certificates that are served now, each held once.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::rows::Rows;
use super::snapshot::CertificateRow;
use super::tally::Tally;
use crate::model::{AddressKey, Certificate, Finding, Fingerprint, Status, Time};

/// Certificates by fingerprint, counted by the addresses that send them.
#[derive(Debug)]
pub(super) struct Certificates {
    slots: Arc<HashMap<Fingerprint, u32>>,
    entries: Vec<Option<Entry>>,
    free: Vec<u32>,
    dirty: HashSet<u32>,
    /// Findings that name a certificate by status, kept apart: they come and go in another order than addresses do.
    statuses: HashMap<Fingerprint, [u32; 4]>,
    /// Served leaves by end of validity.
    ends: BTreeSet<(Time, Fingerprint)>,
    pub(super) keys: Tally<String>,
    pub(super) signatures: Tally<String>,
    pub(super) issuers: Tally<String>,
}

#[derive(Debug)]
struct Entry {
    certificate: Arc<Certificate>,
    chain_count: usize,
    /// Slots of the addresses that serve it as leaf.
    servers: Vec<u32>,
    groups: HashMap<Arc<str>, usize>,
    /// The most common of `groups`; on a tie the first by name.
    group: Option<Arc<str>>,
}

impl Certificates {
    pub(super) fn new() -> Self {
        Self {
            slots: Arc::default(),
            entries: Vec::new(),
            free: Vec::new(),
            dirty: HashSet::new(),
            statuses: HashMap::new(),
            ends: BTreeSet::new(),
            keys: Tally::new(String::clone),
            signatures: Tally::new(String::clone),
            issuers: Tally::new(String::clone),
        }
    }

    /// The one copy of a certificate, when it is served already.
    pub(super) fn interned(&self, fingerprint: &Fingerprint) -> Option<&Arc<Certificate>> {
        let slot = *self.slots.get(fingerprint)?;
        self.entries.get(slot as usize)?.as_ref().map(|entry| &entry.certificate)
    }

    pub(super) fn nearest_expiry(&self) -> Option<(Time, Fingerprint)> {
        self.ends.first().copied()
    }

    /// The address in a slot begins to send a chain. Returns its place among the servers of the leaf.
    pub(super) fn acquire(&mut self, chain: &[Arc<Certificate>], address: u32, group: &Arc<str>) -> Option<u32> {
        for certificate in distinct(chain) {
            let slot = self.slot_or_new(certificate);
            if let Some(entry) = self.entry_mut(slot) {
                entry.chain_count += 1;
            }
        }
        let leaf = chain.first()?;
        let slot = *self.slots.get(&leaf.fingerprint)?;
        let entry = self.entry_mut(slot)?;
        entry.join(group);
        entry.servers.push(address);
        let place = entry.servers.len() - 1;
        if place == 0 {
            self.count_leaf(leaf, true);
        }
        u32::try_from(place).ok()
    }

    /// An address no longer sends a chain; `place` is what [`Self::acquire`] gave for it.
    /// Returns the slot of the address whose place it now is, if there is one.
    pub(super) fn release(&mut self, chain: &[Arc<Certificate>], place: u32, group: &Arc<str>) -> Option<u32> {
        let moved = chain.first().and_then(|leaf| self.leave(leaf, place, group));
        for certificate in distinct(chain) {
            let Some(slot) = self.slots.get(&certificate.fingerprint).copied() else { continue };
            let Some(entry) = self.entry_mut(slot) else { continue };
            entry.chain_count -= 1;
            if entry.chain_count == 0 {
                self.entries[slot as usize] = None;
                self.free.push(slot);
                Arc::make_mut(&mut self.slots).remove(&certificate.fingerprint);
            }
        }
        moved
    }

    fn leave(&mut self, leaf: &Arc<Certificate>, place: u32, group: &Arc<str>) -> Option<u32> {
        let slot = *self.slots.get(&leaf.fingerprint)?;
        let entry = self.entry_mut(slot)?;
        entry.part(group);
        entry.servers.swap_remove(place as usize);
        let moved = entry.servers.get(place as usize).copied();
        if entry.servers.is_empty() {
            self.count_leaf(leaf, false);
        }
        moved
    }

    /// Findings of one target take the place of its earlier ones.
    pub(super) fn rejudge(&mut self, before: &[Arc<Finding>], after: &[Arc<Finding>]) {
        for (findings, come) in [(after, true), (before, false)] {
            for finding in findings {
                for fingerprint in &finding.certificates {
                    self.count_status(*fingerprint, finding.status, come);
                }
            }
        }
    }

    fn count_status(&mut self, fingerprint: Fingerprint, status: Status, come: bool) {
        let counts = self.statuses.entry(fingerprint).or_default();
        let count = &mut counts[status as usize];
        *count = if come { *count + 1 } else { count.saturating_sub(1) };
        if *counts == [0; 4] {
            self.statuses.remove(&fingerprint);
        }
        if let Some(slot) = self.slots.get(&fingerprint) {
            self.dirty.insert(*slot);
        }
    }

    fn count_leaf(&mut self, leaf: &Certificate, come: bool) {
        let key = leaf.key.to_string();
        let signature = leaf.signature.name.to_string();
        let issuer = leaf.issuer_short.to_string();
        let end = (leaf.not_after, leaf.fingerprint);
        if come {
            self.ends.insert(end);
            self.keys.add(&key);
            self.signatures.add(&signature);
            self.issuers.add(&issuer);
        } else {
            self.ends.remove(&end);
            self.keys.remove(&key);
            self.signatures.remove(&signature);
            self.issuers.remove(&issuer);
        }
    }

    fn slot_or_new(&mut self, certificate: &Arc<Certificate>) -> u32 {
        if let Some(slot) = self.slots.get(&certificate.fingerprint) {
            return *slot;
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.entries.push(None);
            u32::try_from(self.entries.len() - 1).unwrap_or(u32::MAX)
        });
        self.entries[slot as usize] = Some(Entry::new(certificate));
        Arc::make_mut(&mut self.slots).insert(certificate.fingerprint, slot);
        slot
    }

    fn entry_mut(&mut self, slot: u32) -> Option<&mut Entry> {
        self.dirty.insert(slot);
        self.entries.get_mut(slot as usize)?.as_mut()
    }

    /// Brings the rows of what changed up to date; `key_of` knows who is in an address slot.
    pub(super) fn publish(
        &mut self,
        rows: &mut Rows<CertificateRow>,
        key_of: impl Fn(u32) -> Option<AddressKey>,
    ) -> Arc<HashMap<Fingerprint, u32>> {
        for slot in self.dirty.drain() {
            let entry = self.entries.get(slot as usize).and_then(Option::as_ref);
            let row = entry.map(|entry| {
                let status = worst(self.statuses.get(&entry.certificate.fingerprint));
                Arc::new(entry.row(status, &key_of))
            });
            rows.set(slot as usize, row);
        }
        Arc::clone(&self.slots)
    }
}

impl Entry {
    fn new(certificate: &Arc<Certificate>) -> Self {
        let certificate = Arc::clone(certificate);
        Self { certificate, chain_count: 0, servers: Vec::new(), groups: HashMap::new(), group: None }
    }

    fn join(&mut self, group: &Arc<str>) {
        let count = self.groups.entry(Arc::clone(group)).or_default();
        *count += 1;
        let count = *count;
        let best = self.group.as_ref().map(|best| (self.groups.get(best).copied().unwrap_or(0), best));
        let is_best = best.is_none_or(|(most, best)| count > most || (count == most && group < best));
        if is_best {
            self.group = Some(Arc::clone(group));
        }
    }

    fn part(&mut self, group: &Arc<str>) {
        let Some(count) = self.groups.get_mut(group) else { return };
        *count -= 1;
        if *count == 0 {
            self.groups.remove(group);
        }
        if self.group.as_ref() == Some(group) {
            let best = self.groups.iter().max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)));
            self.group = best.map(|(group, _)| Arc::clone(group));
        }
    }

    fn row(&self, status: Status, key_of: impl Fn(u32) -> Option<AddressKey>) -> CertificateRow {
        CertificateRow {
            certificate: Arc::clone(&self.certificate),
            served_by: self.servers.iter().take(CertificateRow::LISTED).filter_map(|slot| key_of(*slot)).collect(),
            leaf_count: self.servers.len(),
            chain_count: self.chain_count,
            group: self.group.clone().unwrap_or_else(|| "".into()),
            status,
        }
    }
}

fn worst(counts: Option<&[u32; 4]>) -> Status {
    let any = |status: Status| counts.is_some_and(|counts| counts[status as usize] > 0);
    [Status::Critical, Status::Warning, Status::Unknown].into_iter().find(|status| any(*status)).unwrap_or(Status::Ok)
}

/// A chain without repetitions.
fn distinct(chain: &[Arc<Certificate>]) -> impl Iterator<Item = &Arc<Certificate>> {
    let is_first = |at: usize, certificate: &Certificate| {
        !chain[..at].iter().any(|other| other.fingerprint == certificate.fingerprint)
    };
    chain.iter().enumerate().filter(move |(at, certificate)| is_first(*at, certificate)).map(|(_, one)| one)
}

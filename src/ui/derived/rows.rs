//! Which rows the handshake table has, and which of them pass the filter.

use super::known::Known;
use super::order::{Order, RowRef, ordered};
use crate::model::{AddressKey, TargetId, Time};
use crate::store::Snapshot;
use crate::ui::filter::Filter;

/// All rows there are, whether they pass the filter or not: what passes is a part of it in the same order.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// In the inventory's and the resolver's order: targets with their addresses, or with none.
    places: Vec<(TargetId, Option<u32>)>,
    /// In the order that was asked for.
    ordered: Vec<RowRef>,
}

/// What passes the filter, by place in the snapshot.
#[derive(Debug, Default)]
pub(crate) struct Matches {
    /// Per address slot.
    addresses: Vec<bool>,
    /// Per target id.
    targets: Vec<bool>,
    /// Per certificate slot: served by an address that passes.
    leaves: Vec<bool>,
    /// Addresses that negotiate each of [`Known::profiles`].
    pub(crate) profiles: Vec<usize>,
    /// How many addresses pass.
    pub(crate) address_count: usize,
    /// How many targets pass.
    pub(crate) target_count: usize,
}

impl Listing {
    /// Looks at every target and address once, and sorts them.
    #[must_use]
    pub(crate) fn of(snapshot: &Snapshot, order: Order) -> Self {
        let mut places = Vec::with_capacity(snapshot.addresses.len());
        for target in snapshot.targets.iter() {
            let id = target.target.id;
            if target.addresses.is_empty() {
                places.push((id, None));
            }
            places.extend(target.addresses.iter().map(|(_, slot)| (id, Some(*slot))));
        }
        let ordered = ordered(snapshot, &places, order);
        Self { places, ordered }
    }

    /// The table's rows: those that pass.
    pub(crate) fn rows(&self, matches: &Matches) -> Vec<RowRef> {
        let passes = |row: &&RowRef| match **row {
            RowRef::Address(slot) => matches.has_slot(slot),
            RowRef::Target(id) => matches.has_target(id),
        };
        self.ordered.iter().filter(passes).copied().collect()
    }

    /// Targets that pass and have no address.
    pub(crate) fn bare<'a>(&'a self, matches: &'a Matches) -> impl Iterator<Item = TargetId> + 'a {
        let bare = self.places.iter().filter(|(_, slot)| slot.is_none());
        bare.map(|(id, _)| *id).filter(|id| matches.has_target(*id))
    }
}

impl Matches {
    /// Tries every place of the listing once. What is known must be of the same snapshot; the listing may be of an
    /// earlier one: then what came since is missing, and what went does not pass.
    #[must_use]
    pub(crate) fn of(snapshot: &Snapshot, listing: &Listing, known: &mut Known, filter: &Filter, now: Time) -> Self {
        let mut matches = Self {
            addresses: vec![false; snapshot.addresses.slots().len()],
            targets: vec![false; snapshot.targets.slots().len()],
            leaves: vec![false; snapshot.certificates.slots().len()],
            profiles: vec![0; known.profiles().len()],
            ..Self::default()
        };
        for (id, slot) in &listing.places {
            let Some(target) = snapshot.target(*id) else { continue };
            let Some(slot) = *slot else {
                if filter.admits_target(target, now, known.said_of_target(target)) {
                    matches.take_target(*id);
                }
                continue;
            };
            let Some(address) = known.address(slot).filter(|address| address.target == *id) else { continue };
            let Some(row) = snapshot.addresses.get(slot as usize) else { continue };
            if filter.admits_address(row, target, now, known.said_of(address)) {
                matches.take_target(*id);
                matches.take_address(slot, address.leaf, address.profile);
            }
        }
        matches
    }

    fn take_target(&mut self, id: TargetId) {
        if let Some(taken) = self.targets.get_mut(id.0 as usize) {
            self.target_count += usize::from(!std::mem::replace(taken, true));
        }
    }

    fn take_address(&mut self, slot: u32, leaf: Option<u32>, profile: Option<u32>) {
        if let Some(taken) = self.addresses.get_mut(slot as usize) {
            *taken = true;
            self.address_count += 1;
        }
        if let Some(taken) = leaf.and_then(|leaf| self.leaves.get_mut(leaf as usize)) {
            *taken = true;
        }
        if let Some(count) = profile.and_then(|profile| self.profiles.get_mut(profile as usize)) {
            *count += 1;
        }
    }

    /// Whether nothing is kept out.
    #[must_use]
    pub(crate) fn is_all(&self, snapshot: &Snapshot) -> bool {
        self.target_count == snapshot.targets.len() && self.address_count == snapshot.addresses.len()
    }

    /// Whether the address in this slot passes.
    #[must_use]
    pub(crate) fn has_slot(&self, slot: u32) -> bool {
        self.addresses.get(slot as usize).copied().unwrap_or(false)
    }

    /// Whether any address of this target, or the target itself, passes.
    #[must_use]
    pub(crate) fn has_target(&self, id: TargetId) -> bool {
        self.targets.get(id.0 as usize).copied().unwrap_or(false)
    }

    /// Whether an address that passes serves the certificate in this slot.
    #[must_use]
    pub(crate) fn has_leaf(&self, slot: u32) -> bool {
        self.leaves.get(slot as usize).copied().unwrap_or(false)
    }

    /// Slots of the certificates that addresses serve which pass.
    pub(crate) fn leaves(&self) -> impl Iterator<Item = usize> + '_ {
        self.leaves.iter().enumerate().filter(|(_, taken)| **taken).map(|(slot, _)| slot)
    }

    /// Whether this address passes.
    #[must_use]
    pub(crate) fn has_key(&self, snapshot: &Snapshot, key: AddressKey) -> bool {
        snapshot.slot(key).is_some_and(|slot| self.has_slot(slot))
    }
}

//! Which rows the handshake table has, and in what order.

use std::cmp::Reverse;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::model::{AddressKey, TargetId, Time};
use crate::store::{AddressRow, Snapshot, TargetRow};
use crate::ui::choices::Sort;
use crate::ui::filter::Filter;

/// A row of the handshake table, by its place in the snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowRef {
    /// An address, by slot.
    Address(u32),
    /// A target as a whole: one row a target was asked for, or it has no address to show.
    Target(TargetId),
}

/// How the table is to be put together.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Order {
    /// By what.
    pub(crate) sort: Sort,
    /// Backwards.
    pub(crate) reversed: bool,
    /// One row a target instead of one an address.
    pub(crate) by_target: bool,
}

/// What passes the filter, by place in the snapshot.
#[derive(Debug, Default)]
pub(crate) struct Matches {
    /// Per address slot.
    addresses: Vec<bool>,
    /// Per target id.
    targets: Vec<bool>,
    /// How many addresses pass.
    pub(crate) address_count: usize,
    /// How many targets pass.
    pub(crate) target_count: usize,
}

impl Matches {
    /// Tries every target and address once.
    #[must_use]
    pub(crate) fn of(snapshot: &Snapshot, filter: &Filter, now: Time) -> Self {
        let mut matches = Self::default();
        for target in snapshot.targets.iter() {
            let mut any = false;
            for (_, slot) in target.addresses.iter() {
                let Some(row) = snapshot.addresses.get(*slot as usize) else { continue };
                if filter.admits_address(row, target, now) {
                    mark(&mut matches.addresses, *slot as usize);
                    matches.address_count += 1;
                    any = true;
                }
            }
            if any || (target.addresses.is_empty() && filter.admits_target(target, now)) {
                mark(&mut matches.targets, target.target.id.0 as usize);
                matches.target_count += 1;
            }
        }
        matches
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

    /// Whether this address passes.
    #[must_use]
    pub(crate) fn has_key(&self, snapshot: &Snapshot, key: AddressKey) -> bool {
        let slot = snapshot.target(key.target).and_then(|row| row.addresses.iter().find(|(other, _)| *other == key));
        slot.is_some_and(|(_, slot)| self.has_slot(*slot))
    }
}

/// The table's rows in order. Ties keep the inventory's and the resolver's order, so rows hold still.
#[must_use]
pub(crate) fn ordered(snapshot: &Snapshot, matches: &Matches, order: Order) -> Vec<RowRef> {
    let mut keyed = Vec::with_capacity(matches.address_count);
    for target in snapshot.targets.iter().filter(|row| matches.has_target(row.target.id)) {
        if order.by_target || target.addresses.is_empty() {
            keyed.push((target_key(snapshot, target, order.sort), RowRef::Target(target.target.id)));
            continue;
        }
        for (_, slot) in target.addresses.iter().filter(|(_, slot)| matches.has_slot(*slot)) {
            let Some(row) = snapshot.addresses.get(*slot as usize) else { continue };
            keyed.push((address_key(row, order.sort), RowRef::Address(*slot)));
        }
    }
    if order.reversed {
        keyed.sort_by(|(a, _), (b, _)| b.cmp(a));
    } else {
        keyed.sort_by(|(a, _), (b, _)| a.cmp(b));
    }
    keyed.into_iter().map(|(_, row)| row).collect()
}

/// The address of a target that stands for it: the one in most trouble.
#[must_use]
pub(crate) fn worst_address(snapshot: &Snapshot, id: TargetId) -> Option<&Arc<AddressRow>> {
    // `min_by_key` keeps the first of equals, which is the resolver's first.
    snapshot.addresses_of(id).min_by_key(|row| Reverse(trouble(row)))
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Number(u64),
    Text(Arc<str>),
    Code(&'static str),
    Address(SocketAddr),
    Missing,
}

fn trouble(row: &AddressRow) -> u64 {
    let impact = row.finding.as_ref().map_or(0, |finding| finding.impact as u64 + 1);
    (row.status as u64) << 8 | impact
}

fn address_key(row: &AddressRow, sort: Sort) -> Key {
    match sort {
        Sort::Trouble => Key::Number(u64::MAX - trouble(row)),
        Sort::Target => Key::Text(Arc::clone(&row.target.name)),
        Sort::Address => Key::Address(row.key.address),
        Sort::Outcome => row.finding.as_ref().map_or(Key::Missing, |finding| Key::Code(finding.code.0)),
        Sort::Duration => row.last.as_ref().map_or(Key::Missing, |last| {
            Key::Number(u64::MAX - u64::try_from(last.timings.total.as_micros()).unwrap_or(u64::MAX))
        }),
        Sort::Expiry => {
            let leaf = row.last_seen.as_ref().and_then(|seen| seen.chain().first());
            leaf.map_or(Key::Missing, |leaf| moment(leaf.not_after))
        }
        Sort::Age => row.last.as_ref().map_or(Key::Missing, |last| moment(last.at)),
    }
}

fn target_key(snapshot: &Snapshot, target: &TargetRow, sort: Sort) -> Key {
    match (worst_address(snapshot, target.target.id), sort) {
        (_, Sort::Target) => Key::Text(Arc::clone(&target.target.name)),
        (_, Sort::Trouble) => {
            let impact = target.findings.first().map_or(0, |finding| finding.impact as u64 + 1);
            Key::Number(u64::MAX - ((target.status as u64) << 8 | impact))
        }
        (_, Sort::Outcome) => target.findings.first().map_or(Key::Missing, |finding| Key::Code(finding.code.0)),
        (Some(row), _) => address_key(row, sort),
        (None, _) => Key::Missing,
    }
}

fn moment(time: Time) -> Key {
    // Moves the sign bit, so that times before the epoch order first.
    Key::Number(time.millis().cast_unsigned() ^ (1 << 63))
}

fn mark(bits: &mut Vec<bool>, at: usize) {
    if bits.len() <= at {
        bits.resize(at + 1, false);
    }
    if let Some(bit) = bits.get_mut(at) {
        *bit = true;
    }
}

//! Which rows the handshake table has, and in what order.

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::net::SocketAddr;
use std::sync::Arc;

use super::haystacks::Haystacks;
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
    /// Addresses, and targets that have none, in the inventory's and the resolver's order.
    pub(crate) rows: Vec<RowRef>,
    /// Targets in the inventory's order.
    listed: Vec<TargetId>,
    /// How many addresses pass.
    pub(crate) address_count: usize,
    /// How many targets pass.
    pub(crate) target_count: usize,
}

impl Matches {
    /// Tries every target and address once.
    #[must_use]
    pub(crate) fn of(snapshot: &Snapshot, filter: &Filter, now: Time, haystacks: &mut Haystacks) -> Self {
        let mut matches = Self::default();
        let has_query = filter.has_query();
        let unused = OnceCell::new();
        for target in snapshot.targets.iter() {
            let before = matches.rows.len();
            for (_, slot) in target.addresses.iter() {
                let Some(row) = snapshot.addresses.get(*slot as usize) else { continue };
                let haystack = if has_query { haystacks.of(*slot as usize, row) } else { None };
                if filter.admits_address(row, target, now, haystack.unwrap_or(&unused)) {
                    mark(&mut matches.addresses, *slot as usize);
                    matches.address_count += 1;
                    matches.rows.push(RowRef::Address(*slot));
                }
            }
            let id = target.target.id;
            if target.addresses.is_empty() && filter.admits_target(target, now) {
                matches.rows.push(RowRef::Target(id));
            }
            if matches.rows.len() > before {
                mark(&mut matches.targets, id.0 as usize);
                matches.listed.push(id);
            }
        }
        matches.target_count = matches.listed.len();
        matches
    }

    /// Whether nothing is kept out.
    #[must_use]
    pub(crate) fn is_all(&self, snapshot: &Snapshot) -> bool {
        self.target_count == snapshot.targets.len() && self.address_count == snapshot.addresses.len()
    }

    /// The addresses that pass.
    pub(crate) fn address_rows<'a>(&'a self, snapshot: &'a Snapshot) -> impl Iterator<Item = &'a Arc<AddressRow>> {
        self.rows.iter().filter_map(|row| match row {
            RowRef::Address(slot) => snapshot.addresses.get(*slot as usize),
            RowRef::Target(_) => None,
        })
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
        snapshot.slot(key).is_some_and(|slot| self.has_slot(slot))
    }
}

/// The table's rows in order. Ties keep the inventory's and the resolver's order, so rows hold still.
#[must_use]
pub(crate) fn ordered(snapshot: &Snapshot, matches: &Matches, order: Order) -> Vec<RowRef> {
    let keyed_target = |id| Some((target_key(snapshot, snapshot.target(id)?, order.sort), RowRef::Target(id)));
    let mut keyed: Vec<(Key<'_>, RowRef)> = if order.by_target {
        matches.listed.iter().filter_map(|id| keyed_target(*id)).collect()
    } else {
        let keyed = matches.rows.iter().filter_map(|row| match *row {
            RowRef::Address(slot) => Some((address_key(snapshot.addresses.get(slot as usize)?, order.sort), *row)),
            RowRef::Target(id) => keyed_target(id),
        });
        keyed.collect()
    };
    if order.reversed {
        keyed.sort_by_key(|(key, _)| Reverse(*key));
    } else {
        keyed.sort_by_key(|(key, _)| *key);
    }
    keyed.into_iter().map(|(_, row)| row).collect()
}

/// The address of a target that stands for it: the one in most trouble.
#[must_use]
pub(crate) fn worst_address(snapshot: &Snapshot, id: TargetId) -> Option<&Arc<AddressRow>> {
    // `min_by_key` keeps the first of equals, which is the resolver's first.
    snapshot.addresses_of(id).min_by_key(|row| Reverse(trouble(row)))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    Number(u64),
    Text(&'a str),
    Code(&'static str),
    Address(SocketAddr),
    Missing,
}

fn trouble(row: &AddressRow) -> u64 {
    let impact = row.finding.as_ref().map_or(0, |finding| finding.impact as u64 + 1);
    (row.status as u64) << 8 | impact
}

fn address_key(row: &AddressRow, sort: Sort) -> Key<'_> {
    match sort {
        Sort::Trouble => Key::Number(u64::MAX - trouble(row)),
        Sort::Target => Key::Text(&row.target.name),
        Sort::Address => Key::Address(row.key.address),
        Sort::Outcome => row.finding.as_ref().map_or(Key::Missing, |finding| Key::Code(finding.code.0)),
        Sort::Duration => row.last.as_ref().map_or(Key::Missing, |last| {
            Key::Number(u64::MAX - u64::try_from(last.timings.waited().as_micros()).unwrap_or(u64::MAX))
        }),
        Sort::Expiry => {
            let leaf = row.last_seen.as_ref().and_then(|seen| seen.chain().first());
            leaf.map_or(Key::Missing, |leaf| moment(leaf.not_after))
        }
        Sort::Age => row.last.as_ref().map_or(Key::Missing, |last| moment(last.at)),
    }
}

fn target_key<'a>(snapshot: &'a Snapshot, target: &'a TargetRow, sort: Sort) -> Key<'a> {
    match sort {
        Sort::Target => Key::Text(&target.target.name),
        Sort::Trouble => {
            let impact = target.findings.first().map_or(0, |finding| finding.impact as u64 + 1);
            Key::Number(u64::MAX - ((target.status as u64) << 8 | impact))
        }
        Sort::Outcome => target.findings.first().map_or(Key::Missing, |finding| Key::Code(finding.code.0)),
        _ => worst_address(snapshot, target.target.id).map_or(Key::Missing, |row| address_key(row, sort)),
    }
}

const fn moment(time: Time) -> Key<'static> {
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

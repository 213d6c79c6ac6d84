//! In what order the handshake table has its rows.

use std::cmp::Reverse;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::model::{TargetId, Time};
use crate::store::{AddressRow, Snapshot, TargetRow};
use crate::ui::choices::Sort;

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

/// Targets with their addresses, or with none, in order. Ties keep the order they are given in, so rows hold still.
#[must_use]
pub(crate) fn ordered(snapshot: &Snapshot, places: &[(TargetId, Option<u32>)], order: Order) -> Vec<RowRef> {
    let of_target = |id| Some((target_key(snapshot, snapshot.target(id)?, order.sort), RowRef::Target(id)));
    let of_address = |slot: u32| {
        let key = address_key(snapshot.addresses.get(slot as usize)?, order.sort);
        Some((key, RowRef::Address(slot)))
    };
    let mut keyed: Vec<(Key<'_>, RowRef)> = if order.by_target {
        // A target's places are together.
        let targets = places.chunk_by(|a, b| a.0 == b.0).filter_map(|places| places.first());
        targets.filter_map(|(id, _)| of_target(*id)).collect()
    } else {
        places.iter().filter_map(|(id, slot)| slot.map_or_else(|| of_target(*id), of_address)).collect()
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

//! The one selection, and the cursors that follow it.

use std::cmp::Reverse;

use crate::model::{AddressKey, Fingerprint, TargetId};
use crate::ui::derived::{RowRef, worst_address};
use crate::ui::model::{Selection, UiModel};
use crate::ui::panes::{DAYS, expiry, first_day};

/// Selects an address, with its target and the certificate it serves.
pub(crate) fn address(model: &mut UiModel, key: AddressKey) {
    let row = model.snapshot().address(key);
    let leaf = row.and_then(|row| row.last_seen.as_ref()).and_then(|seen| seen.chain().first());
    let certificate = leaf.map(|leaf| leaf.fingerprint);
    model.selection = Selection { target: Some(key.target), address: Some(key), certificate };
    follow_table(model);
    follow_expiry(model);
}

/// Selects a target, with its address in most trouble.
pub(crate) fn target(model: &mut UiModel, id: TargetId) {
    match worst_address(model.snapshot(), id).map(|row| row.key) {
        Some(key) => address(model, key),
        None => model.selection = Selection { target: Some(id), address: None, certificate: None },
    }
    follow_table(model);
}

/// Selects a certificate, with an address that serves it: the selected one if it does, else one that is shown.
pub(crate) fn certificate(model: &mut UiModel, fingerprint: Fingerprint) {
    let snapshot = model.snapshot();
    let servers = snapshot.certificate(&fingerprint).map_or(&[][..], |row| &row.served_by);
    let chosen = model.selection.address.filter(|key| servers.contains(key));
    let rank = |key: &&AddressKey| Reverse(model.derived.matches.has_key(snapshot, **key));
    let key = chosen.or_else(|| servers.iter().min_by_key(rank).copied());
    model.selection = Selection { target: key.map(|key| key.target), address: key, certificate: Some(fingerprint) };
    follow_table(model);
    follow_expiry(model);
}

/// Selects a row of the handshake table.
pub(crate) fn row(model: &mut UiModel, at: usize) {
    let at = at.min(model.derived.rows.len().saturating_sub(1));
    let Some(row) = model.derived.rows.get(at).copied() else { return };
    match row {
        RowRef::Address(slot) => {
            let key = model.snapshot().addresses.get(slot as usize).map(|row| row.key);
            if let Some(key) = key {
                address(model, key);
            }
        }
        RowRef::Target(id) => target(model, id),
    }
    model.handshakes.cursor = at;
}

/// Selects what the expiry cursor is on, if anything.
pub(crate) fn under_expiry(model: &mut UiModel) {
    let found = expiry::certificates(model, expiry::cursor(model)).first().map(|certificate| certificate.fingerprint);
    let (cell, day, bucket) = (model.expiry.cell, model.expiry.day, model.expiry.bucket);
    if let Some(fingerprint) = found {
        certificate(model, fingerprint);
    }
    // The pane's own cursor is where the user put it.
    match expiry::cursor(model) {
        expiry::Spot::Cell(..) => model.expiry.cell = cell,
        expiry::Spot::Day(_) => model.expiry.day = day,
        expiry::Spot::Bucket(..) => model.expiry.bucket = bucket,
        expiry::Spot::Listed(_) => {}
    }
}

/// After a rebuild: the selection stays what it is while it is shown; else the row that took its place is selected.
/// Until the user has chosen anything, the first row is.
pub(crate) fn keep(model: &mut UiModel) {
    let (day, bucket) = (model.expiry.day, model.expiry.bucket);
    if let Some(at) = table_position(model).filter(|_| model.touched) {
        model.handshakes.cursor = at;
        if let Some(key) = model.selection.address {
            let chosen = model.selection.certificate;
            address(model, key);
            // A certificate chosen in the expiry pane outlives a change of what its address serves now.
            if let Some(chosen) = chosen.filter(|chosen| model.snapshot().certificate(chosen).is_some()) {
                model.selection.certificate = Some(chosen);
            }
        }
    } else {
        let at = if model.touched { model.handshakes.cursor } else { 0 };
        if model.derived.rows.is_empty() {
            model.selection = Selection::default();
        }
        row(model, at);
    }
    let bars = model.derived.counts.of(model.protocols.dimension).counts.len();
    model.protocols.cursor = model.protocols.cursor.min(bars.saturating_sub(1));
    follow_expiry(model);
    if model.touched {
        // A day or a bucket may be empty: the cursor stays where it was put all the same.
        let groups = model.derived.expiry.groups.len();
        (model.expiry.day, model.expiry.bucket) = (day, (bucket.0.min(groups.saturating_sub(1)), bucket.1));
    }
}

fn follow_table(model: &mut UiModel) {
    if let Some(at) = table_position(model) {
        model.handshakes.cursor = at;
    }
}

fn table_position(model: &UiModel) -> Option<usize> {
    // By place: looking at every row itself would take milliseconds in a large fleet.
    let slot = model.selection.address.and_then(|key| model.snapshot().slot(key));
    let is_selected = |row: &RowRef| match *row {
        RowRef::Target(id) => model.selection.target == Some(id),
        RowRef::Address(other) => Some(other) == slot,
    };
    // The cursor is nearly always still on it.
    let here = model.handshakes.cursor;
    if model.derived.rows.get(here).is_some_and(is_selected) {
        return Some(here);
    }
    model.derived.rows.iter().position(is_selected)
}

fn follow_expiry(model: &mut UiModel) {
    let Some(fingerprint) = model.selection.certificate else { return };
    let Some((group, place)) = model.derived.expiry.find(&fingerprint) else { return };
    let Some(found) = model.derived.expiry.groups.get(group) else { return };
    let Some(end) = found.certificates.get(place).map(|certificate| certificate.not_after) else { return };
    model.expiry.cell = (group, place);
    let counts = found.buckets(model.now);
    let until = |bucket: usize| counts.iter().take(bucket + 1).sum::<usize>();
    model.expiry.bucket = (group, (0..counts.len()).find(|bucket| until(*bucket) > place).unwrap_or(7));
    let monday = first_day(model.now);
    let day = usize::try_from(end.secs().saturating_sub(monday.secs()).div_euclid(86_400)).ok();
    if let Some(day) = day.filter(|day| *day < DAYS) {
        model.expiry.day = day;
    }
}

//! Moving within a pane.

use super::select;
use crate::input::Action;
use crate::ui::choices::{Pane, Projection};
use crate::ui::layout::inside;
use crate::ui::model::UiModel;
use crate::ui::panes::{DAYS, errors};

/// Moves the focused pane's cursor.
pub(crate) fn moved(model: &mut UiModel, action: Action) {
    model.touched = true;
    match model.focus {
        Pane::Expiry => expiry(model, action),
        Pane::Handshakes => {
            let at = along(model, action, model.handshakes.cursor, model.derived.rows.len());
            select::row(model, at);
        }
        Pane::Protocols => {
            let bars = model.derived.counts.of(model.protocols.dimension).counts.len();
            model.protocols.cursor = along(model, action, model.protocols.cursor, bars);
        }
        Pane::Errors => {
            let at = along(model, action, model.errors.cursor, errors::len(model));
            error(model, at);
        }
    }
}

/// Puts the error pane's cursor on a row, and the selection on what that row is about.
pub(crate) fn error(model: &mut UiModel, at: usize) {
    model.errors.cursor = at.min(errors::len(model).saturating_sub(1));
    if model.errors.raw {
        let entry = model.derived.log.get(model.errors.cursor).map(|entry| (entry.number, entry.key, entry.target));
        model.errors.entry = entry.map(|(number, ..)| number);
        // Leaving the newest line is the wish to read: the log stands still until told to follow.
        model.errors.held = model.errors.cursor > 0;
        match entry {
            Some((_, Some(key), _)) => select::address(model, key),
            Some((_, None, Some(target))) => select::target(model, target),
            _ => {}
        }
        return;
    }
    let group =
        model.derived.errors.get(model.errors.cursor).map(|group| (group.code, group.addresses.first().copied()));
    model.errors.code = group.map(|(code, _)| code);
    if let Some(key) = group.and_then(|(_, key)| key) {
        select::address(model, key);
    }
}

fn expiry(model: &mut UiModel, action: Action) {
    let groups = model.derived.expiry.groups.len();
    match model.expiry.projection {
        Projection::Cells => {
            let (group, place) = model.expiry.cell;
            let size =
                |group: usize| model.derived.expiry.groups.get(group).map_or(0, |group| group.certificates.len());
            model.expiry.cell = match action {
                Action::Left => (group, place.saturating_sub(1)),
                Action::Right => (group, (place + 1).min(size(group).saturating_sub(1))),
                _ => {
                    let group = along(model, action, group, groups);
                    (group, place.min(size(group).saturating_sub(1)))
                }
            };
        }
        Projection::Calendar => {
            let day = model.expiry.day;
            model.expiry.day = match action {
                Action::Left => day.checked_sub(7).unwrap_or(day),
                Action::Right if day + 7 < DAYS => day + 7,
                Action::Right => day,
                _ => along(model, action, day, DAYS),
            };
        }
        Projection::Buckets => {
            let (group, bucket) = model.expiry.bucket;
            model.expiry.bucket = match action {
                Action::Left => (group, bucket.saturating_sub(1)),
                Action::Right => (group, (bucket + 1).min(7)),
                _ => (along(model, action, group, groups), bucket),
            };
        }
    }
    select::under_expiry(model);
}

/// Where a movement along a list of `len` leads from `at`.
fn along(model: &UiModel, action: Action, at: usize, len: usize) -> usize {
    let area = model.areas(model.screen()).pane(model.focus);
    let page = usize::from(inside(area).height).saturating_sub(2).max(1);
    let to = match action {
        Action::Up => at.saturating_sub(1),
        Action::Down => at + 1,
        Action::PageUp => at.saturating_sub(page),
        Action::PageDown => at + page,
        Action::Home => 0,
        Action::End => usize::MAX,
        _ => at,
    };
    to.min(len.saturating_sub(1))
}

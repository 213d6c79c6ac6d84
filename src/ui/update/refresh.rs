//! Keeps indexes, cursors and scroll positions in step with data.

use std::sync::Arc;
use std::time::Duration;

use super::{open, select};
use crate::model::Status;
use crate::ui::choices::Projection;
use crate::ui::header::fleet_status;
use crate::ui::layout::scrolled;
use crate::ui::model::UiModel;
use crate::ui::panes::{self, errors, expiry, handshakes};

/// Least time between two rebuilds for new data, so that rows do not jump.
const STEADY: Duration = Duration::from_secs(1);

/// Rebuilds the indexes when data changed and the order has stood for a second.
pub(crate) fn when_due(model: &mut UiModel) {
    let rested = model.derived_at.is_none_or(|at| model.now.since(at) >= STEADY || model.now < at);
    // The first rows wait for nobody, nor does what is seen first: the verdict above them does not either.
    let is_seen = model.derived_status == Status::Unknown && fleet_status(model) != Status::Unknown;
    let is_first = is_seen || model.derived.rows.is_empty();
    if model.outdated && (rested || is_first) {
        now(model);
    }
    open::renew(model);
}

/// Rebuilds the indexes at once: the user changed what is wanted.
pub(crate) fn now(model: &mut UiModel) {
    let snapshot = Arc::clone(model.snapshot());
    let clock = (&model.settings.policy, model.now);
    model.derived.rebuild(&snapshot, &model.filter, model.handshakes.order, clock);
    model.derived_at = Some(model.now);
    model.derived_status = fleet_status(model);
    model.outdated = false;
    select::keep(model);
    errors_follow(model);
}

/// Time went on.
pub(crate) fn aged(model: &mut UiModel) {
    let snapshot = Arc::clone(model.snapshot());
    model.derived.age(&snapshot, &model.settings.policy, model.now);
}

/// Lists what another filter lets pass, as of the last rebuild: the next one comes within a second.
pub(crate) fn narrowed(model: &mut UiModel) {
    if model.derived_at.is_none() {
        return now(model);
    }
    let snapshot = Arc::clone(model.snapshot());
    model.derived.narrow(&snapshot, &model.filter, model.now);
    select::keep(model);
    errors_follow(model);
}

/// Moves every list so that its cursor is in sight.
pub(crate) fn scroll(model: &mut UiModel) {
    let areas = model.areas(model.screen());
    let [expiry_area, table, _, log] = areas.panes;
    let rows = handshakes::capacity(table);
    model.handshakes.offset =
        scrolled(model.handshakes.offset, Some(model.handshakes.cursor), model.derived.rows.len(), rows);
    let rows = errors::capacity(log);
    model.errors.offset = scrolled(model.errors.offset, Some(model.errors.cursor), errors::len(model), rows);
    let body = expiry::parts(model, expiry_area).body;
    let (cursor, rows) = match model.expiry.projection {
        Projection::Cells => (model.expiry.cell.0, panes::cell_capacity(model, body)),
        Projection::Buckets => (model.expiry.bucket.0, panes::bucket_capacity(body)),
        Projection::Calendar => (0, 1),
    };
    model.expiry.offset = scrolled(model.expiry.offset, Some(cursor), model.derived.expiry.groups.len(), rows);
}

/// The error pane's cursor stays on its cause or line; while following it stays at the newest.
fn errors_follow(model: &mut UiModel) {
    let pane = &mut model.errors;
    if pane.raw {
        let held = pane.entry.filter(|_| pane.held);
        let at = held.and_then(|number| model.derived.log.iter().position(|entry| entry.number == number));
        pane.cursor = at.unwrap_or(0);
    } else {
        let at = pane.code.and_then(|code| model.derived.errors.iter().position(|group| group.code == code));
        pane.cursor = at.unwrap_or(pane.cursor.min(model.derived.errors.len().saturating_sub(1)));
    }
}

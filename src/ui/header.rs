//! The first line: what is watched, how it is narrowed, whether it is live, and the time.
//!
//! ```text
//!  tlscope lab · CRITICAL · 412 targets · 1 038 addresses · 187 certificates   filter: none    ● live 38/s  03:14:07Z
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::ink::Ink;
use super::model::UiModel;
use super::pen::Pen;
use super::widgets::width;
use super::words::{count, counted, fleet, stopwatch};
use crate::diagnosis::rule;
use crate::model::{SourceFault, Status};
use crate::theme::Role;

/// Draws the header.
pub(crate) fn draw(model: &UiModel, ink: Ink<'_>, area: Rect, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, area, 0);
    let base = ink.of(Role::Header);
    pen.fill(base);
    pen.gap(1);
    if area.width >= 50 {
        pen.right(" ", base).right(&format!("{}Z", model.now.clock()), base);
    }
    liveness(model, ink, &mut pen);
    pen.put_whole(&model.settings.title, base.patch(ink.of(Role::Title)));
    if !model.is_empty() {
        let status = fleet_status(model);
        pen.put_whole("  ", base);
        pen.put_whole(&format!("{} {}", ink.mark(status), fleet(status)), base.patch(ink.status(status)));
        for text in counts(model) {
            // A filter is worth more than the last counts.
            if width(&text) + 3 <= pen.room() {
                pen.put(" · ", base.patch(ink.muted())).put(&text, base);
            }
        }
    }
    filter(model, ink, &mut pen);
}

/// The worst that any target is in; `Unknown` until something was seen.
#[must_use]
pub(crate) fn fleet_status(model: &UiModel) -> Status {
    let [ok, unknown, warning, critical] = model.snapshot().aggregates.targets_by_status;
    match (ok, unknown, warning, critical) {
        (_, _, _, 1..) => Status::Critical,
        (_, _, 1.., _) => Status::Warning,
        (0, 1.., _, _) => Status::Unknown,
        _ => Status::Ok,
    }
}

fn liveness(model: &UiModel, ink: Ink<'_>, pen: &mut Pen<'_>) {
    let live = &model.live;
    let (base, badge) = (ink.of(Role::Header), ink.of(Role::Badge));
    let lost = live.drops.events.saturating_add(live.scheduler.dropped);
    if let Some(frozen) = &model.frozen {
        let newer = live.generation.saturating_sub(frozen.snapshot.generation);
        let text = format!(" FROZEN {} · {} newer ", stopwatch(model.now.since(frozen.since)), count_of(newer));
        pen.right("  ", base).right(&text, badge);
    }
    if live.scheduler.paused {
        let text = match live.scheduler.in_flight {
            0 => " PAUSED ".to_owned(),
            ending => format!(" PAUSED · {ending} still ending "),
        };
        pen.right("  ", base).right(&text, badge);
    } else if model.frozen.is_none() && !model.is_empty() {
        let text = format!("{} live {:.0}/s", ink.glyphs().live, live.aggregates.rate);
        pen.right("  ", base).right(&text, base.patch(ink.accent()));
    }
    let faults: Vec<&SourceFault> = live.sources.iter().filter_map(|source| source.fault.as_ref()).collect();
    if !faults.is_empty() {
        let how = if faults.iter().any(|fault| fault.is_read) { "at fault" } else { "unread" };
        let text = format!("{} {} {how}", ink.mark(Status::Warning), counted(faults.len(), "source"));
        pen.right("  ", base).right(&text, base.patch(ink.status(Status::Warning)));
    }
    // Once here, whatever number of targets cannot be judged for it.
    if let Some(rule) = live.observer.troubles().first().and_then(|fact| rule(fact.code)) {
        let text = format!("{} {}", ink.mark(Status::Unknown), rule.title);
        pen.right("  ", base).right(&text, base.patch(ink.status(Status::Unknown)));
    }
    if lost > 0 {
        let text = format!("{} {} lost", ink.mark(Status::Warning), count_of(lost));
        pen.right("  ", base).right(&text, base.patch(ink.status(Status::Warning)));
    }
}

fn counts(model: &UiModel) -> [String; 3] {
    let snapshot = model.snapshot();
    let (derived, filtered) = (&model.derived, model.filter.is_active());
    let part = |shown: usize, all: usize, one: &str| {
        if filtered { format!("{}/{}", count(shown), counted(all, one)) } else { counted(all, one) }
    };
    let leaves = derived.expiry.all.len();
    [
        part(derived.matches.target_count, snapshot.targets.len(), "target"),
        part(derived.matches.address_count, snapshot.addresses.len(), "address"),
        counted(leaves, "certificate"),
    ]
}

fn filter(model: &UiModel, ink: Ink<'_>, pen: &mut Pen<'_>) {
    if !model.filter.is_active() {
        pen.gap(3).put_whole("filter: none", ink.of(Role::Header).patch(ink.muted()));
        return;
    }
    let text = format!("filter: {}", model.filter.describe());
    pen.right("  ", ink.of(Role::Header));
    pen.gap(3).put(&text, ink.of(Role::Header).patch(ink.of(Role::Match)));
}

fn count_of(number: u64) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX))
}

//! The verdict: the worst incident as a sentence, with what to do about it; or, in a sentence, that all is well.
//!
//! ```text
//! ┌ Incidents ─────────────────────────────────────────────────────────────────────────────────┐
//! │ ✗ PAGE    checkout: 2 of 4 addresses still serve the certificate that expired   since 03:02 │
//! │           successor is live on 10.0.0.1, 10.0.0.2 → reload 10.0.0.3, 10.0.0.4               │
//! │ ▲ TICKET  intermediate not sent by 14 targets in payments, search               since Tue   │
//! └ +3 more ────────────────────────────────────────────────────────────────────────────────────┘
//! ```

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::frame;
use super::ink::Ink;
use super::layout::top;
use super::model::UiModel;
use super::pen::Pen;
use super::words::{brief_left, count, counted, severity, since};
use crate::model::{Incident, Severity, Status};
use crate::store::Snapshot;

/// Draws the strip: framed from five rows on.
pub(crate) fn draw(model: &UiModel, ink: Ink<'_>, area: Rect, buffer: &mut Buffer) {
    let incidents = &model.snapshot().incidents;
    if area.height < 4 {
        return lines(model, ink, area, buffer);
    }
    let shown = fitting(incidents.len(), area.height - 2);
    let more = match incidents.len().saturating_sub(shown) {
        0 => String::new(),
        more => format!("+{} more", count(more)),
    };
    let inner =
        frame::draw(ink, area, buffer, &frame::Frame { title: "Incidents", note: "", caption: &more, focused: false });
    lines(model, ink, inner, buffer);
}

/// The verdict as one plain sentence, for places without room for more.
#[must_use]
pub(crate) fn sentence(model: &UiModel) -> (Status, String) {
    let snapshot = model.snapshot();
    match snapshot.incidents.first() {
        Some(worst) => {
            let more = match snapshot.incidents.len() - 1 {
                0 => String::new(),
                more => format!(" (+{} more)", count(more)),
            };
            (worst.status, format!("{}{more}", worst.summary))
        }
        None => quiet(model, snapshot),
    }
}

fn lines(model: &UiModel, ink: Ink<'_>, mut area: Rect, buffer: &mut Buffer) {
    let snapshot = model.snapshot();
    if snapshot.incidents.is_empty() {
        let (status, text) = quiet(model, snapshot);
        let mut pen = Pen::new(buffer, top(&mut area, 1), 0);
        pen.gap(1).put(ink.mark(status), ink.status(status)).gap(1).put(&text, ink.text());
        return latest(model, ink, area, buffer);
    }
    for (at, incident) in snapshot.incidents.iter().enumerate() {
        if area.is_empty() {
            return;
        }
        let hidden = snapshot.incidents.len() - at - 1;
        headline(model, ink, incident, top(&mut area, 1), buffer);
        if area.is_empty() {
            return;
        }
        if at == 0 || area.height > 1 {
            advice(ink, incident, top(&mut area, 1), hidden, buffer);
        }
    }
}

fn headline(model: &UiModel, ink: Ink<'_>, incident: &Incident, area: Rect, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, area, 0);
    let style = ink.status(incident.status);
    pen.gap(1).put(ink.mark(incident.status), style).gap(1);
    pen.column(
        severity(incident.severity),
        7,
        if incident.severity == Severity::Page { style.add_modifier(Modifier::BOLD) } else { style },
    );
    if pen.room() > 60 {
        pen.right(" ", ink.muted()).right(&format!("  since {}", since(model.now, incident.since)), ink.muted());
    }
    pen.put(&incident.summary, ink.strong());
}

fn advice(ink: Ink<'_>, incident: &Incident, area: Rect, hidden: usize, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, area, 0);
    if hidden > 0 && area.width < 110 {
        pen.right(" ", ink.muted()).right(&format!("  +{} more", count(hidden)), ink.muted());
    }
    pen.gap(10).put("→ ", ink.accent()).put(&incident.next, ink.text());
}

/// What to say while nothing is wrong: all is well, or what is being waited for.
fn quiet(model: &UiModel, snapshot: &Snapshot) -> (Status, String) {
    let [ok, unknown, warning, critical] = snapshot.aggregates.targets_by_status;
    let total = snapshot.targets.len();
    if total == 0 {
        return (Status::Unknown, "nothing is watched yet".to_owned());
    }
    let seen = total.saturating_sub(unknown);
    if seen == 0 {
        let paused = if model.live.scheduler.paused { "; probing is paused" } else { "" };
        return (Status::Unknown, format!("looking at {} for the first time{paused}", counted(total, "target")));
    }
    if warning + critical > 0 {
        let text = format!(
            "{} of {} not healthy; confirming before calling it an incident",
            count(warning + critical),
            counted(total, "target")
        );
        return (if critical > 0 { Status::Critical } else { Status::Warning }, text);
    }
    let nearest = nearest(model, snapshot);
    if unknown > 0 {
        return (
            Status::Unknown,
            format!("{} of {} healthy, {} not seen yet{nearest}", count(ok), counted(total, "target"), count(unknown)),
        );
    }
    let all = if total == 1 { "the target is".to_owned() } else { format!("all {} targets", count(total)) };
    (Status::Ok, format!("{all} healthy{nearest}"))
}

fn nearest(model: &UiModel, snapshot: &Snapshot) -> String {
    let Some((end, fingerprint)) = snapshot.aggregates.nearest_expiry else { return String::new() };
    let name = snapshot.certificate(&fingerprint).map(|row| format!(" ({})", row.certificate.display_name()));
    format!(", nearest expiry in {}{}", brief_left(model.now, end), name.unwrap_or_default())
}

/// The newest thing that happened, while the strip has nothing worse to tell.
fn latest(model: &UiModel, ink: Ink<'_>, mut area: Rect, buffer: &mut Buffer) {
    let entries: &[Arc<crate::store::LogEntry>] = &model.snapshot().log;
    for entry in entries.iter().take(usize::from(area.height)) {
        let mut pen = Pen::new(buffer, top(&mut area, 1), 0);
        pen.gap(3).put(&entry.at.clock(), ink.muted()).gap(1).put(&entry.text, ink.muted());
    }
}

/// How many incidents fit `rows` when the first takes two.
fn fitting(incidents: usize, rows: u16) -> usize {
    let rows = usize::from(rows);
    let mut used = 0;
    let mut shown = 0;
    while shown < incidents && used < rows {
        used += if shown == 0 || used + 2 < rows { 2 } else { 1 };
        shown += 1;
    }
    shown
}

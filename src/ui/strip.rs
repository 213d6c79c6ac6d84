//! The verdict: the worst incident as a sentence, with what to do about it; or, in a sentence, that all is well.
//!
//! ```text
//! ┌ Incidents ─────────────────────────────────────────────────────────────────────────────────┐
//! │ ✗ PAGE    checkout: 2 of 4 addresses still serve the certificate that expired   since 03:02 │
//! │           successor is live on 10.0.0.1, 10.0.0.2 → reload 10.0.0.3, 10.0.0.4               │
//! │ ▲ TICKET  intermediate not sent by 14 targets in payments, search               since Tue   │
//! └ +3 more ────────────────────────────────────────────────────────────────────────────────────┘
//! ```

use std::borrow::Cow;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::frame;
use super::ink::Ink;
use super::layout::{inside, top};
use super::model::UiModel;
use super::panes::name;
use super::pen::Pen;
use super::sentence::within;
use super::widgets::width;
use super::words::{brief_left, count, counted, severity, since};
use crate::model::{Incident, Severity, SourceFault, SourceState, Standing, Status, TargetId, Untrusted};
use crate::store::{Snapshot, TargetRow};

/// Draws the strip: framed from five rows on.
pub(crate) fn draw(model: &UiModel, ink: Ink<'_>, area: Rect, buffer: &mut Buffer) {
    let incidents = concerning(model);
    let inner = room(area);
    let entries = plan(&incidents, inner);
    // A snapshot lists the worst only and counts all.
    let all = if opened(model).is_some() { incidents.len() } else { model.snapshot().incident_count };
    let hidden = all.saturating_sub(entries.len());
    let more = if hidden > 0 { format!("+{} more", count(hidden)) } else { String::new() };
    if inner != area {
        let title = match opened(model) {
            Some(row) => format!("Incidents of {}", name(&row.target.name)),
            None => "Incidents".to_owned(),
        };
        let frame = frame::Frame { title: &title, note: "", caption: &more, focused: false };
        frame::draw(ink, area, buffer, &frame);
    }
    if entries.is_empty() {
        return calm(model, ink, inner, buffer);
    }
    let mut rest = inner;
    for entry in &entries {
        let mut lines = top(&mut rest, entry.rows);
        headline(model, ink, entry, top(&mut lines, 1), buffer);
        if entry.rows > 1 {
            let mut pen = Pen::new(buffer, lines, 0);
            if hidden > 0 && inner == area {
                pen.right(" ", ink.muted()).right(&format!("  {more}"), ink.muted());
            }
            pen.gap(MARGIN);
            advice(ink, entry.incident, &mut pen);
        }
    }
}

/// The incident at a screen row of the strip, by its first target.
#[must_use]
pub(crate) fn target_at(model: &UiModel, area: Rect, y: u16) -> Option<TargetId> {
    let incidents = concerning(model);
    let mut rest = room(area);
    let entries = plan(&incidents, rest);
    let hit = entries.iter().find(|entry| y < top(&mut rest, entry.rows).bottom());
    // The lower edge, where the number of those not shown stands, leads to the last one shown.
    hit.or(entries.last())?.incident.targets.first().copied()
}

/// The verdict as one plain sentence, for places without room for more than these columns.
#[must_use]
pub(crate) fn sentence(model: &UiModel, columns: u16) -> (Status, String) {
    let snapshot = model.snapshot();
    match snapshot.incidents.first() {
        Some(worst) if worst.life.standing.is_open() => {
            let more = match snapshot.calling.saturating_sub(1) {
                0 => String::new(),
                more => format!(" (+{} more)", count(more)),
            };
            (worst.status, format!("{}{more}", short(model, worst, columns.saturating_sub(width(&more))).0))
        }
        Some(_) => {
            let known = counted(snapshot.incident_count, "incident");
            (Status::Ok, format!("nothing calls; {known} acknowledged or silenced"))
        }
        None => quiet(model, snapshot),
    }
}

/// Columns before an incident's sentence.
const MARGIN: u16 = 10;

/// An incident with its place.
struct Entry<'a> {
    incident: &'a Incident,
    /// Lines it has: the sentence alone, or what to do below it as well.
    rows: u16,
    /// What to do stands behind the sentence.
    beside: bool,
}

/// As many incidents as fit. The worst always says what to do; the others where there is room for it.
fn plan<'a>(incidents: &[&'a Arc<Incident>], area: Rect) -> Vec<Entry<'a>> {
    let beside = |incident: &Incident| {
        // Beside the time at the right end and the arrow; the beginning of a long step is worth showing.
        MARGIN + width(&incident.summary) + 4 + width(&incident.next).min(32) + 22 <= area.width
    };
    let calls = incidents.first().is_some_and(|worst| worst.life.standing.is_open());
    let worst = area.height.min(if calls { 2 } else { 1 });
    let fitting = usize::from(area.height.saturating_sub(worst)) + 1;
    let first = incidents.iter().take(usize::from(area.height.min(1)));
    let first = first.map(|incident| Entry { incident, rows: worst, beside: false });
    let others = incidents.iter().take(fitting).skip(1);
    let others = others.map(|incident| Entry {
        incident,
        rows: 1,
        beside: incident.life.standing.is_open() && beside(incident),
    });
    let mut entries: Vec<_> = first.chain(others).collect();
    let mut left = area.height.saturating_sub(entries.iter().map(|entry| entry.rows).sum());
    let is_short = |entry: &&mut Entry<'_>| entry.rows == 1 && !entry.beside && entry.incident.life.standing.is_open();
    for entry in entries.iter_mut().filter(is_short) {
        let more = left.min(1);
        (entry.rows, left) = (entry.rows + more, left - more);
    }
    entries
}

/// Where incidents go: within the frame, if there is room for one.
fn room(area: Rect) -> Rect {
    if area.height < 4 { area } else { inside(area) }
}

/// The target that is open.
fn opened(model: &UiModel) -> Option<&Arc<TargetRow>> {
    model.snapshot().target(model.endpoint.as_ref()?.target)
}

/// Incidents of the target that is open, else all.
fn concerning(model: &UiModel) -> Vec<&Arc<Incident>> {
    let open = opened(model).map(|row| row.target.id);
    let concerns = |incident: &&Arc<Incident>| open.is_none_or(|id| incident.targets.contains(&id));
    model.snapshot().incidents.iter().filter(concerns).collect()
}

/// Nothing to tell: the target that is open is well, or all are.
fn calm(model: &UiModel, ink: Ink<'_>, mut area: Rect, buffer: &mut Buffer) {
    let snapshot = model.snapshot();
    let elsewhere = snapshot.incident_count;
    let (status, text) = match opened(model) {
        Some(row) if elsewhere > 0 => {
            (row.status, format!("no incident here; {} elsewhere", counted(elsewhere, "incident")))
        }
        _ => quiet(model, snapshot),
    };
    let mut pen = Pen::new(buffer, top(&mut area, 1), 0);
    pen.gap(1).put(ink.mark(status), ink.status(status)).gap(1).put(&text, ink.text());
    latest(model, ink, area, buffer);
}

fn headline(model: &UiModel, ink: Ink<'_>, entry: &Entry<'_>, area: Rect, buffer: &mut Buffer) {
    let incident = entry.incident;
    let mut pen = Pen::new(buffer, area, 0);
    if let Some((word, said)) = in_hand(incident) {
        // What somebody has in hand, or planned, is there to be looked up and does not shout.
        pen.gap(1).put(ink.mark(incident.status), ink.muted()).gap(1).column(word, 7, ink.muted());
        pen.right(" ", ink.muted()).right(&format!("  {said}"), ink.text());
        pen.put(&incident.summary, ink.muted());
        return;
    }
    let style = ink.status(incident.status);
    pen.gap(1).put(ink.mark(incident.status), style).gap(1);
    pen.column(
        severity(incident.severity),
        7,
        if incident.severity == Severity::Page { style.add_modifier(Modifier::BOLD) } else { style },
    );
    let begun = format!("  since {}", since(model.now, incident.since));
    let beside = pen.room().saturating_sub(width(&begun) + 1);
    // Whom it hits, and all that is said of it, comes before the time.
    let summary = match (short(model, incident, beside), short(model, incident, pen.room())) {
        ((_, false), (whole, true)) => whole,
        ((summary, _), _) => {
            pen.right(" ", ink.muted()).right(&begun, ink.muted());
            summary
        }
    };
    pen.put(&summary, ink.strong());
    if entry.beside {
        pen.gap(2);
        advice(ink, incident, &mut pen);
    }
}

/// An incident's sentence in so many columns, if that can be had.
fn short<'a>(model: &UiModel, incident: &'a Incident, columns: u16) -> (Cow<'a, str>, bool) {
    let named = incident.targets.first().and_then(|id| model.snapshot().target(*id));
    within(&incident.summary, named.map_or("", |row| &*row.target.name), columns, model.settings.theme.glyphs())
}

/// Why an incident does not call, and until when.
fn in_hand(incident: &Incident) -> Option<(&'static str, String)> {
    let (word, said, until) = match &incident.life.standing {
        Standing::Open => return None,
        Standing::Acknowledged(acknowledged) => ("ack", acknowledged.note.to_string(), Some(acknowledged.until)),
        Standing::Silenced(silence) => ("silent", Untrusted::new(&silence.reason).to_string(), silence.until),
    };
    let until = until.map_or_else(String::new, |until| format!(" until {}", until.strftime("%d %b %H:%MZ")));
    let said: String = if said.chars().count() > 40 { said.chars().take(39).chain(['…']).collect() } else { said };
    Some((word, format!("{said}{until}").trim_start().to_owned()))
}

fn advice(ink: Ink<'_>, incident: &Incident, pen: &mut Pen<'_>) {
    pen.put(ink.glyphs().arrow, ink.accent()).gap(1).put(&incident.next, ink.text());
}

/// What to say while nothing is wrong: all is well, or what is being waited for.
fn quiet(model: &UiModel, snapshot: &Snapshot) -> (Status, String) {
    let [ok, unknown, warning, critical] = snapshot.aggregates.targets_by_status;
    let total = snapshot.targets.len();
    let unread = snapshot.sources.iter().find(|source| source.fault.is_some()).map(unread);
    if total == 0 {
        return unread.unwrap_or((Status::Unknown, "nothing is watched yet".to_owned()));
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
    if let Some(told) = unread {
        return told;
    }
    if let Some(fact) = snapshot.observer.troubles().into_iter().next() {
        return (Status::Unknown, format!("{}: {}", fact.code, fact.sentence));
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

/// What could not be read, and what is watched instead.
pub(super) fn unread(source: &SourceState) -> (Status, String) {
    let SourceState { place, targets, fault, .. } = source;
    let Some(SourceFault { is_read, reason, since }) = fault else { return (Status::Ok, String::new()) };
    let since = since.clock();
    if *is_read {
        return (Status::Warning, format!("{place} cannot be used in full since {since}Z: {reason}"));
    }
    let stay = if *targets == 0 { String::new() } else { format!("; its last {} stay", counted(*targets, "target")) };
    (Status::Warning, format!("{place} cannot be read since {since}Z ({reason}){stay}"))
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

//! Errors: grouped by cause, or the raw log.
//!
//! ```text
//! ┌ 4 Errors ──────────────────────────────────────────────── by cause ┐
//! │ ✗ 03:14:05  ×214 cert.expired      4 targets: certificate of shop e… │
//! │ ▲ 03:13:58    ×3 tls.closed_early  api.example.com closed after 0 b… │
//! └ cert.expired: 2 addresses of 1 target since 03:02 ───────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::columns::name;
use crate::store::{ErrorGroup, LogEntry};
use crate::theme::Role;
use crate::ui::choices::Pane;
use crate::ui::frame::{self, Frame};
use crate::ui::ink::Ink;
use crate::ui::layout::{inside, scrolled, top};
use crate::ui::model::UiModel;
use crate::ui::pen::Pen;
use crate::ui::widgets::scrollbar;
use crate::ui::words::{age, count, counted, since};

/// Rows a pane of this area shows.
#[must_use]
pub(crate) fn capacity(pane: Rect) -> usize {
    usize::from(inside(pane).height)
}

/// How many rows there are to go through.
#[must_use]
pub(crate) fn len(model: &UiModel) -> usize {
    if model.errors.raw { model.derived.log.len() } else { model.derived.errors.len() }
}

/// The row at a screen row.
#[must_use]
pub(crate) fn row_at(model: &UiModel, pane: Rect, y: u16) -> Option<usize> {
    let row = usize::from(y.checked_sub(inside(pane).y)?);
    (row < capacity(pane)).then_some(model.errors.offset + row).filter(|row| *row < len(model))
}

/// Draws the pane.
pub(crate) fn draw(model: &UiModel, ink: Ink<'_>, area: Rect, buffer: &mut Buffer) {
    let focused = model.focus == Pane::Errors && model.endpoint.is_none();
    let note = match (model.errors.raw, model.errors.held) {
        (false, _) => "by cause",
        (true, false) => "log, following",
        (true, true) => "log, held",
    };
    let caption = caption(model);
    let mut body = frame::draw(ink, area, buffer, &Frame { title: "4 Errors", note, caption: &caption, focused });
    let total = len(model);
    if total == 0 {
        let text = if model.filter.is_active() { "nothing passes the filter" } else { "no error seen" };
        Pen::new(buffer, body, 0).gap(1).put(text, ink.muted());
        return;
    }
    let offset = scrolled(model.errors.offset, None, total, usize::from(body.height));
    scrollbar(Rect { width: body.width + 1, ..body }, buffer, total, offset, ink.theme());
    for at in offset..total.min(offset + usize::from(body.height)) {
        let line = top(&mut body, 1);
        let lit = if model.errors.raw {
            model.derived.log.get(at).is_some_and(|entry| draw_entry(model, ink, entry, line, buffer))
        } else {
            model.derived.errors.get(at).is_some_and(|group| draw_group(model, ink, group, line, buffer))
        };
        if at == model.errors.cursor && focused {
            buffer.set_style(line.intersection(buffer.area), ink.selection(true));
        } else if lit {
            buffer.set_style(line.intersection(buffer.area), ink.selection(false));
        }
    }
}

/// Draws one cause; returns whether it concerns the selection. The sentence names whom it hit last, so that a column
/// of names would say it twice: how many there are is what it leaves out.
fn draw_group(model: &UiModel, ink: Ink<'_>, group: &ErrorGroup, line: Rect, buffer: &mut Buffer) -> bool {
    let mut pen = Pen::new(buffer, line, 0);
    let style = ink.status(group.status);
    let (is_tiny, is_wide) = (line.width < 60, line.width >= 90);
    pen.gap(1).put(ink.mark(group.status), style).gap(1);
    if is_wide {
        pen.column(&group.last.clock(), 9, ink.of(Role::LogTime));
    } else if !is_tiny {
        pen.column_right(&age(model.now, group.last), 4, ink.of(Role::LogTime));
    }
    let times = format!("{}{}", ink.glyphs().times, count(usize::try_from(group.count).unwrap_or(usize::MAX)));
    pen.column_right(&times, 6, ink.of(Role::LogCount)).gap(1);
    // The code is what cannot be guessed from a part.
    pen.column(group.code.0, if is_tiny { 24 } else { 26.min(line.width / 3) }, style).gap(1);
    if let Some(spread) = spread(group).filter(|_| !is_tiny) {
        pen.put(&spread, ink.strong()).put(": ", ink.muted());
    }
    pen.put(&group.summary, ink.text());
    group.addresses.iter().any(|key| Some(*key) == model.selection.address)
}

/// Draws one log line; returns whether it concerns the selection.
fn draw_entry(model: &UiModel, ink: Ink<'_>, entry: &LogEntry, line: Rect, buffer: &mut Buffer) -> bool {
    let mut pen = Pen::new(buffer, line, 0);
    let style = ink.status(entry.status);
    pen.gap(1).put(ink.mark(entry.status), style).gap(1);
    pen.column(&entry.at.clock(), 9, ink.of(Role::LogTime));
    if let Some(code) = entry.code {
        pen.put(code.0, style.add_modifier(Modifier::BOLD)).gap(1);
    }
    let whom = whom(model, entry);
    if !whom.is_empty() {
        pen.put(&whom, ink.text()).gap(1);
    }
    pen.put(&entry.text, ink.of(Role::Log));
    entry.key.is_some() && entry.key == model.selection.address
}

/// How many it hit, when more than one: targets, or addresses of the only one.
fn spread(group: &ErrorGroup) -> Option<String> {
    match (group.target_count, group.address_count) {
        (2.., _) => Some(counted(group.target_count, "target")),
        (_, 2..) => Some(counted(group.address_count, "address")),
        _ => None,
    }
}

/// Whom an entry is about, as far as its sentence does not say: the target, and which of its addresses.
fn whom(model: &UiModel, entry: &LogEntry) -> String {
    let id = entry.key.map(|key| key.target).or(entry.target);
    let target = id.and_then(|id| model.snapshot().target(id));
    let target_name = target.map(|row| name(&row.target.name)).filter(|name| !entry.text.contains(*name));
    let is_one_of_many = target.is_none_or(|row| row.addresses.len() > 1);
    let ip = entry.key.filter(|_| is_one_of_many).map(|key| key.address.ip().to_string());
    let ip = ip.filter(|ip| !entry.text.contains(ip.as_str()));
    [target_name, ip.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn caption(model: &UiModel) -> String {
    let errors = &model.errors;
    if errors.raw {
        let lost = model.snapshot().drops.log;
        let lost = if lost > 0 { format!(" · {lost} older not kept") } else { String::new() };
        return format!("{} of {}{lost}", (errors.cursor + 1).min(len(model)), counted(len(model), "line"));
    }
    let Some(group) = model.derived.errors.get(errors.cursor) else { return String::new() };
    format!(
        "{}: {} of {}, first {}, last {}",
        group.code,
        counted(group.address_count, "address"),
        counted(group.target_count, "target"),
        since(model.now, group.first),
        since(model.now, group.last)
    )
}

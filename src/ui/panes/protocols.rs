//! Protocols: what was negotiated and served, as bars with counts and shares; drift since an hour ago as ▲▼.
//!
//! ```text
//! ┌ 3 Protocols ────────────────────── version ┐
//! │ version    TLSv1.3 ████████████████  91 %   │
//! │            TLSv1.2 ██                 8 %   │
//! │ group      X25519MLKEM768 ████████   62 %   │
//! └ 379 of 412 addresses negotiate TLSv1.3 ─────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::store::{Count, Distribution};
use crate::theme::Role;
use crate::ui::choices::{Dimension, Pane};
use crate::ui::derived::value_of;
use crate::ui::frame::{self, Frame};
use crate::ui::ink::Ink;
use crate::ui::layout::{inside, scrolled, top};
use crate::ui::model::UiModel;
use crate::ui::pen::Pen;
use crate::ui::widgets::{gauge, width};
use crate::ui::words::{count, per_cent};

/// Columns of the section's name.
const LABEL: u16 = 11;
/// Columns of share and drift.
const SHARE: u16 = 6;
const DRIFT: u16 = 5;
/// Bars shown of the sections that do not have the cursor.
const BRIEF: usize = 3;

/// The bar at a screen row, if it is one the cursor can go to.
#[must_use]
pub(crate) fn bar_at(model: &UiModel, pane: Rect, y: u16) -> Option<usize> {
    let body = inside(pane);
    let bars = model.derived.counts.of(model.protocols.dimension).counts.len();
    let row = usize::from(y.checked_sub(body.y)?);
    let offset = scrolled(0, Some(model.protocols.cursor), bars, usize::from(body.height));
    (row < usize::from(body.height) && offset + row < bars).then_some(offset + row)
}

/// Draws the pane.
pub(crate) fn draw(model: &UiModel, ink: Ink<'_>, area: Rect, buffer: &mut Buffer) {
    let focused = model.focus == Pane::Protocols && model.endpoint.is_none();
    let current = model.protocols.dimension;
    let caption = caption(model);
    let mut body = frame::draw(
        ink,
        area,
        buffer,
        &Frame { title: "3 Protocols", note: current.name(), caption: &caption, focused },
    );
    if model.derived.counts.of(current).counts.is_empty() && !Dimension::ALL.iter().any(|other| has_any(model, *other))
    {
        let text = if model.filter.is_active() { "nothing passes the filter" } else { "no handshake seen yet" };
        Pen::new(buffer, body, 0).gap(1).put(text, ink.muted());
        return;
    }
    let bars = model.derived.counts.of(current);
    let offset = scrolled(0, Some(model.protocols.cursor), bars.counts.len(), usize::from(body.height));
    section(model, ink, current, offset..bars.counts.len().max(1), Some(focused), &mut body, buffer);
    let mut dimension = current.next();
    while dimension != current && body.height > 0 {
        section(model, ink, dimension, 0..BRIEF, None, &mut body, buffer);
        dimension = dimension.next();
    }
}

fn has_any(model: &UiModel, dimension: Dimension) -> bool {
    !model.derived.counts.of(dimension).counts.is_empty()
}

/// Draws some bars of a dimension; `cursor` tells whether it has the cursor, and then whether keys go there.
fn section(
    model: &UiModel,
    ink: Ink<'_>,
    dimension: Dimension,
    range: std::ops::Range<usize>,
    cursor: Option<bool>,
    body: &mut Rect,
    buffer: &mut Buffer,
) {
    let bars = model.derived.counts.of(dimension);
    let style = ink.of(Role::CHART.get(dimension as usize % Role::CHART.len()).copied().unwrap_or(Role::Chart));
    let lit = model.selected_address().and_then(|row| value_of(row, dimension));
    // A quarter of what names and bars share is the least a bar can be read by.
    // Alike for all sections, so that bars stand under each other.
    let all = || Dimension::ALL.iter().map(|other| model.derived.counts.of(*other));
    let digits = width(&count(all().map(|bars| bars.total).max().unwrap_or(0))) + 1;
    let is_drifting = all().any(|bars| bars.counts.iter().take(64).any(|bar| bar.hour_ago.is_some()));
    let drift = if is_drifting { DRIFT } else { 0 };
    let numbers_width = digits + SHARE + drift;
    let shared = body.width.saturating_sub(LABEL + numbers_width + 1);
    let name_width = (shared - shared / 4).clamp(8, 38);
    for (at, bar) in bars.counts.iter().enumerate().skip(range.start).take(range.len()) {
        if body.height == 0 {
            return;
        }
        let line = top(body, 1);
        let mut pen = Pen::new(buffer, line, 0);
        let label = if at == range.start { dimension.name() } else { "" };
        pen.gap(1).column(label, LABEL - 2, ink.of(Role::Heading));
        let is_lit = lit.as_deref() == Some(&*bar.name);
        pen.column(if is_lit { ink.glyphs().cursor } else { " " }, 1, ink.accent()).gap(0);
        pen.column(&bar.name, name_width, if is_lit { ink.strong() } else { ink.text() }).gap(1);
        let columns = pen.room().saturating_sub(numbers_width).min(40);
        let area = pen.area(columns);
        gauge(area, pen.buffer(), bars.share(bar.count), style, ink.glyphs());
        pen.column_right(&count(bar.count), digits, ink.text());
        numbers(ink, bars, bar, &mut pen);
        if let Some(focused) = cursor
            && at == model.protocols.cursor
        {
            let from = Rect { x: line.x + LABEL - 1, width: line.width.saturating_sub(LABEL - 1), ..line };
            buffer.set_style(from.intersection(line).intersection(buffer.area), ink.selection(focused));
        }
    }
}

fn numbers(ink: Ink<'_>, bars: &Distribution, bar: &Count, pen: &mut Pen<'_>) {
    pen.column_right(&per_cent(bar.count, bars.total), SHARE, ink.muted());
    let (text, style) = match bar.hour_ago {
        Some(before) if bar.count > before => (format!(" ▲{}", count(bar.count - before)), ink.accent()),
        Some(before) if bar.count < before => (format!(" ▼{}", count(before - bar.count)), ink.accent()),
        _ => return,
    };
    pen.put(&text, style);
}

fn caption(model: &UiModel) -> String {
    let dimension = model.protocols.dimension;
    let bars = model.derived.counts.of(dimension);
    let Some(bar) = bars.counts.get(model.protocols.cursor) else { return String::new() };
    let what = match dimension {
        Dimension::Key | Dimension::Signature | Dimension::Issuer => "certificates",
        _ => "addresses",
    };
    let drift = bar.hour_ago.filter(|before| *before != bar.count);
    let drift = drift.map_or_else(String::new, |before| format!(" ({} an hour ago)", count(before)));
    format!("{}: {} of {} {what}{drift}", bar.name, count(bar.count), count(bars.total))
}

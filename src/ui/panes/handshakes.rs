//! Handshakes: a row per address (or target), live.
//!
//! ```text
//! ┏ 2 Handshakes ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
//! ┃   target               address    result        dns│tcp│tls   took trend    ┃
//! ┃ ✗ checkout.example.com 10.0.0.3   cert.expired  ░▒████        41ms ▂▂▂✗✗✗✗✗ ┃
//! ┃ ✓ www.example.com      192.0.2.10 TLSv1.3 X2…   ▒██           22ms ▂▂▂▂▂▂▂▂ ┃
//! ┗ 1 038 addresses · sorted by trouble ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
//! ```

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::columns::{self, Column, Placed, placed};
use crate::model::{Observation, Outcome};
use crate::store::{Trend, TrendPoint};
use crate::theme::Role;
use crate::ui::choices::Pane;
use crate::ui::derived::RowRef;
use crate::ui::frame::{self, Frame};
use crate::ui::ink::Ink;
use crate::ui::layout::{inside, scrolled, top};
use crate::ui::model::UiModel;
use crate::ui::pen::Pen;
use crate::ui::widgets::{Phases, Spark, scrollbar};
use crate::ui::words::counted;

/// Rows of data that a pane of this area shows.
#[must_use]
pub(crate) fn capacity(area: Rect) -> usize {
    usize::from(inside(area).height.saturating_sub(1))
}

/// The row of the table at a screen row, if one is there.
#[must_use]
pub(crate) fn row_at(model: &UiModel, area: Rect, y: u16) -> Option<usize> {
    let first = inside(area).y + 1;
    let row = usize::from(y.checked_sub(first)?);
    (row < capacity(area)).then_some(model.handshakes.offset + row).filter(|row| *row < model.derived.rows.len())
}

/// Draws the pane.
pub(crate) fn draw(model: &UiModel, ink: Ink<'_>, area: Rect, buffer: &mut Buffer) {
    let focused = model.focus == Pane::Handshakes && model.endpoint.is_none();
    let rows = &model.derived.rows;
    let scale = scale(model);
    let note = format!("bar {}", crate::ui::words::took(scale));
    let inner = frame::draw(
        ink,
        area,
        buffer,
        &Frame { title: "2 Handshakes", note: &note, caption: &caption(model), focused },
    );
    let mut body = inner;
    let columns = placed(model.handshakes.columns, inner.width.saturating_sub(1));
    titles(ink, &columns, top(&mut body, 1), buffer);
    if rows.is_empty() {
        return empty(model, ink, body, buffer);
    }
    let height = usize::from(body.height);
    let offset = scrolled(model.handshakes.offset, None, rows.len(), height);
    // The bar stands in the frame's own column.
    scrollbar(Rect { width: body.width + 1, ..body }, buffer, rows.len(), offset, ink.theme());
    for (at, row) in rows.iter().enumerate().skip(offset).take(height) {
        let line = top(&mut body, 1);
        draw_row(model, ink, *row, &columns, scale, line, buffer);
        if is_selected(model, *row) {
            let strong = focused && at == model.handshakes.cursor;
            buffer.set_style(line.intersection(buffer.area), ink.selection(strong));
        }
    }
}

/// One scale for all phase bars: the smallest round number that holds nearly all probes, unless these are so few
/// and slow that all others would shrink to a cell.
#[must_use]
pub(crate) fn scale(model: &UiModel) -> Duration {
    let aggregates = &model.snapshot().aggregates;
    let phases = [aggregates.dns, aggregates.tcp, aggregates.tls];
    let most: Duration = phases.iter().map(|phase| phase.p95).sum();
    let usual: Duration = phases.iter().map(|phase| phase.p50).sum();
    let most = most.min(usual * 6);
    let mut scale = 5;
    while Duration::from_millis(scale) < most && scale < 60_000 {
        let leading = scale.to_string().starts_with('2');
        scale = if leading { scale / 2 * 5 } else { scale * 2 };
    }
    Duration::from_millis(scale)
}

fn caption(model: &UiModel) -> String {
    let handshakes = &model.handshakes;
    let what = if handshakes.order.by_target { "target" } else { "address" };
    let reversed = if handshakes.order.reversed { ", reversed" } else { "" };
    let order = handshakes.order.sort.name();
    format!(
        "{} · sorted by {order}{reversed} · {} columns",
        counted(model.derived.rows.len(), what),
        handshakes.columns.name()
    )
}

fn titles(ink: Ink<'_>, columns: &[Placed], area: Rect, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, area, 0);
    pen.gap(1);
    for placed in columns {
        if placed.column.is_number() {
            pen.column_right(placed.column.title(), placed.width, ink.of(Role::Heading));
        } else {
            pen.column(placed.column.title(), placed.width, ink.of(Role::Heading));
        }
        pen.gap(1);
    }
}

fn empty(model: &UiModel, ink: Ink<'_>, area: Rect, buffer: &mut Buffer) {
    let text = if model.filter.is_active() { "nothing passes the filter; esc clears it" } else { "no address yet" };
    Pen::new(buffer, area, 0).gap(3).put(text, ink.muted());
}

fn is_selected(model: &UiModel, row: RowRef) -> bool {
    match row {
        RowRef::Target(id) => model.selection.target == Some(id),
        RowRef::Address(slot) => {
            let address = model.snapshot().addresses.get(slot as usize);
            address.is_some_and(|address| model.selection.address == Some(address.key))
        }
    }
}

fn draw_row(
    model: &UiModel,
    ink: Ink<'_>,
    row: RowRef,
    columns: &[Placed],
    scale: Duration,
    line: Rect,
    buffer: &mut Buffer,
) {
    // A row that ended since the order was made stays empty until the next one.
    let Some((address, target)) = model.row(row) else { return };
    let address = address.map(AsRef::as_ref);
    let status = columns::status(model, address, target);
    let mut pen = Pen::new(buffer, line, 0);
    pen.gap(1);
    for placed in columns {
        match placed.column {
            Column::Mark => {
                let busy = match address {
                    Some(row) if row.surveying_since.is_some() => ink.glyphs().surveying,
                    Some(row) if row.probing_since.is_some() => ink.glyphs().probing,
                    _ => " ",
                };
                pen.column(ink.mark(status), 1, ink.status(status)).column(busy, 1, ink.accent());
            }
            Column::Phases => {
                let area = pen.area(placed.width);
                if let Some(last) = address.and_then(|row| row.last.as_deref()) {
                    phases(ink, last, scale, area, pen.buffer());
                }
            }
            Column::Trend => {
                let area = pen.area(placed.width);
                if let Some(row) = address {
                    trend(ink, &row.trend, area, pen.buffer());
                }
            }
            column => {
                let (text, style) = columns::text(model, ink, column, address, target);
                if column.is_number() {
                    pen.column_right(&text, placed.width, style);
                } else {
                    pen.column(&text, placed.width, style);
                }
            }
        }
        pen.gap(1);
    }
    if columns::is_stale(address, model.now) {
        buffer.set_style(line.intersection(buffer.area), Style::new().add_modifier(Modifier::DIM));
    }
}

/// Name resolution, TCP, upgrade and TLS end to end on a common scale; `✗` at the end of what failed.
fn phases(ink: Ink<'_>, last: &Observation, full: Duration, mut area: Rect, buffer: &mut Buffer) {
    let timings = &last.timings;
    let took = [timings.dns, timings.tcp, timings.starttls, timings.tls].map(Option::unwrap_or_default);
    if matches!(last.outcome, Outcome::Failed(_)) {
        let end = Rect { x: area.right().saturating_sub(1), width: area.width.min(1), ..area };
        Pen::new(buffer, end, 0).put(ink.glyphs().critical, ink.of(Role::TrendFailed));
        area.width = area.width.saturating_sub(1);
    } else if took.iter().sum::<Duration>() > full {
        let end = Rect { x: area.right().saturating_sub(1), width: area.width.min(1), ..area };
        Pen::new(buffer, end, 0).put(ink.glyphs().cursor, ink.accent());
        area.width = area.width.saturating_sub(1);
    }
    Phases { took, full, theme: ink.theme() }.draw(area, buffer);
}

/// The last probes; three times the median fills the height: the usual is seen as more than a line, and one spike
/// flattens nothing. Below two milliseconds all is alike.
fn trend(ink: Ink<'_>, trend: &Trend, area: Rect, buffer: &mut Buffer) {
    let micros = |point: &TrendPoint| point.duration().map(|took| u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    let mut sorted: Vec<u64> = trend.points().iter().filter_map(micros).collect();
    sorted.sort_unstable();
    let median = sorted.get(sorted.len() / 2).copied().unwrap_or(0);
    let full = median.saturating_mul(3).max(2_000);
    Spark { values: trend.points().iter().map(micros), full: Some(full), theme: ink.theme() }.draw(area, buffer);
}

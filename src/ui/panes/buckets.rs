//! Group by time left: how many certificates of each group fall into each bucket.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;

use crate::theme::Role;
use crate::ui::derived::BUCKET_NAMES;
use crate::ui::ink::Ink;
use crate::ui::layout::{scrolled, top};
use crate::ui::model::UiModel;
use crate::ui::pen::Pen;
use crate::ui::words::count;

/// Titles of the buckets in columns of four.
const NARROW_NAMES: [&str; 8] = ["exp", "≤1d", "≤2d", "≤7d", "14d", "30d", "90d", "90+"];
/// Heading and the line of sums.
pub(crate) const HEAD: u16 = 2;

/// How many groups the area shows.
#[must_use]
pub(crate) fn capacity(area: Rect) -> usize {
    usize::from(area.height.saturating_sub(HEAD))
}

/// Group and bucket at a position.
#[must_use]
pub(crate) fn at(model: &UiModel, area: Rect, at: Position) -> Option<(usize, usize)> {
    if !area.contains(at) {
        return None;
    }
    let (label, cell) = shape(model, area);
    let group = model.expiry.offset + usize::from((at.y - area.y).checked_sub(HEAD)?);
    let bucket = usize::from((at.x - area.x).saturating_sub(label + 1) / cell).min(BUCKET_NAMES.len() - 1);
    (group < model.derived.expiry.groups.len()).then_some((group, bucket))
}

/// Draws the table.
pub(crate) fn draw(model: &UiModel, ink: Ink<'_>, focused: bool, mut area: Rect, buffer: &mut Buffer) {
    let expiry = &model.derived.expiry;
    let (label, cell) = shape(model, area);
    let mut pen = Pen::new(buffer, top(&mut area, 1), 0);
    pen.gap(1).column("", label, ink.muted());
    for name in if cell < 8 { NARROW_NAMES } else { BUCKET_NAMES } {
        pen.column_right(name, cell, ink.of(Role::Heading));
    }
    let sums = expiry.buckets(model.now);
    line(ink, "all", (label, cell), sums, None, top(&mut area, 1), buffer);
    let offset = scrolled(model.expiry.offset, None, expiry.groups.len(), usize::from(area.height));
    for (at, group) in expiry.groups.iter().enumerate().skip(offset).take(usize::from(area.height)) {
        let under = (at == model.expiry.bucket.0).then_some((model.expiry.bucket.1, focused));
        let name = super::columns::name(&group.name);
        line(ink, name, (label, cell), group.buckets(model.now), under, top(&mut area, 1), buffer);
    }
}

type Cursor = Option<(usize, bool)>;

fn line(
    ink: Ink<'_>,
    name: &str,
    (label, cell): (u16, u16),
    counts: [usize; 8],
    cursor: Cursor,
    area: Rect,
    buffer: &mut Buffer,
) {
    let mut pen = Pen::new(buffer, area, 0);
    pen.gap(1).column(name, label, if cursor.is_some() { ink.strong() } else { ink.text() });
    for (at, number) in counts.into_iter().enumerate() {
        let mut style = match (number, at) {
            (0, _) => ink.muted(),
            (_, ..=1) => ink.of(Role::Critical).add_modifier(Modifier::BOLD),
            (_, 2..=3) => ink.of(Role::Warning),
            _ => ink.text(),
        };
        if let Some((bucket, focused)) = cursor
            && bucket == at
        {
            style = style.patch(ink.selection(focused));
        }
        let text = if number == 0 { "·".to_owned() } else { count(number) };
        pen.column_right(&text, cell, style);
    }
}

fn shape(model: &UiModel, area: Rect) -> (u16, u16) {
    let cell = (area.width.saturating_sub(16) / 8).clamp(4, 9);
    let label = area.width.saturating_sub(1 + cell * 8).min(model.derived.expiry.longest_name.max(4)).min(28);
    (label, cell)
}

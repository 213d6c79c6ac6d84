//! One cell a certificate, by group, ordered by time left; where there are too many, a cell is the worst of several.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::ui::derived::{Expiry, Group};
use crate::ui::ink::Ink;
use crate::ui::layout::scrolled;
use crate::ui::model::UiModel;
use crate::ui::pen::Pen;
use crate::ui::words::brief_left;

/// Columns of the time left behind the cells.
const LEFT: u16 = 6;
/// Between two groups side by side.
const GAP: u16 = 2;

/// Where groups and cells go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Grid {
    label: u16,
    cells: u16,
    /// Groups side by side.
    columns: u16,
    rows: u16,
    /// Certificates in a cell.
    merged: usize,
}

impl Grid {
    fn of(area: Rect, expiry: &Expiry) -> Self {
        let label = expiry.longest_name.min(24).min(area.width / 3).max(1);
        let room = area.width.saturating_sub(label + 2 + LEFT).max(1);
        let merged = expiry.largest.div_ceil(usize::from(room)).max(1);
        let cells = u16::try_from(expiry.largest.div_ceil(merged)).unwrap_or(room).clamp(1, room);
        let mut grid = Self { label, cells, columns: 1, rows: area.height, merged };
        let needed = expiry.groups.len().div_ceil(usize::from(area.height.max(1)));
        let fitting = (area.width + GAP).saturating_sub(1) / grid.entry();
        grid.columns = u16::try_from(needed).unwrap_or(u16::MAX).min(fitting).max(1);
        grid
    }

    /// Columns of one group with the gap behind it.
    const fn entry(&self) -> u16 {
        self.label + 1 + self.cells + LEFT + GAP
    }

    fn capacity(&self) -> usize {
        usize::from(self.rows) * usize::from(self.columns)
    }
}

/// How many groups the area shows.
#[must_use]
pub(crate) fn capacity(model: &UiModel, area: Rect) -> usize {
    Grid::of(area, &model.derived.expiry).capacity()
}

/// How many certificates one cell stands for.
#[must_use]
pub(crate) fn merged(model: &UiModel, area: Rect) -> usize {
    Grid::of(area, &model.derived.expiry).merged
}

/// Group and certificate at a position.
#[must_use]
pub(crate) fn at(model: &UiModel, area: Rect, at: Position) -> Option<(usize, usize)> {
    if !area.contains(at) {
        return None;
    }
    let grid = Grid::of(area, &model.derived.expiry);
    let x = (at.x - area.x).checked_sub(1)?;
    let (column, within) = (x / grid.entry(), x % grid.entry());
    if column >= grid.columns {
        return None;
    }
    let group = model.expiry.offset + usize::from(column * grid.rows + (at.y - area.y));
    let last = model.derived.expiry.groups.get(group)?.certificates.len().checked_sub(1)?;
    let cell = usize::from(within.saturating_sub(grid.label + 1));
    Some((group, (cell * grid.merged).min(last)))
}

/// Draws the groups from the offset on.
pub(crate) fn draw(model: &UiModel, ink: Ink<'_>, focused: bool, area: Rect, buffer: &mut Buffer) {
    let expiry = &model.derived.expiry;
    let grid = Grid::of(area, expiry);
    let offset = scrolled(model.expiry.offset, None, expiry.groups.len(), grid.capacity());
    let chosen = model.selection.certificate.and_then(|fingerprint| expiry.find(&fingerprint));
    for (number, group) in expiry.groups.iter().enumerate().skip(offset).take(grid.capacity()) {
        let Ok(at) = u16::try_from(number - offset) else { return };
        let (column, row) = (at / grid.rows.max(1), at % grid.rows.max(1));
        let x = area.x + 1 + column * grid.entry();
        let line = Rect { x, y: area.y + row, width: grid.entry() - GAP, height: 1 }.intersection(area);
        let chosen = chosen.filter(|(group, _)| *group == number).map(|(_, place)| place);
        let mut pen = Pen::new(buffer, line, 0);
        pen.column(
            super::columns::name(&group.name),
            grid.label,
            if chosen.is_some() { ink.strong() } else { ink.text() },
        );
        draw_group(model, ink, &grid, group, chosen.map(|place| (place, ink.selection(focused))), pen.gap(1));
    }
}

/// The cells of a group, and the time left of what ends first; the cell of the chosen place in another style.
fn draw_group(
    model: &UiModel,
    ink: Ink<'_>,
    grid: &Grid,
    group: &Group,
    chosen: Option<(usize, Style)>,
    pen: &mut Pen<'_>,
) {
    let mut drawn = 0;
    for (cell, age) in model.derived.worst_ages(group, grid.merged).enumerate() {
        let (glyph, style) = ink.heat(age);
        let here = chosen.filter(|(place, _)| place / grid.merged == cell);
        pen.put(glyph, here.map_or(style, |(_, selection)| style.patch(selection)));
        drawn += 1;
    }
    if let Some(first) = group.certificates.first() {
        let style = ink.freshness_text(model.freshness(first));
        pen.gap(grid.cells.saturating_sub(drawn));
        pen.column_right(&brief_left(model.now, first.not_after), LEFT, style);
    }
}

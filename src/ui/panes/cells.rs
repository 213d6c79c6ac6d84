//! One cell a certificate, by group, ordered by time left; where there are too many, a cell is the worst of several.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::model::Certificate;
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
    for (at, group) in expiry.groups.iter().skip(offset).take(grid.capacity()).enumerate() {
        let Ok(at) = u16::try_from(at) else { return };
        let (column, row) = (at / grid.rows.max(1), at % grid.rows.max(1));
        let x = area.x + 1 + column * grid.entry();
        let line = Rect { x, y: area.y + row, width: grid.entry() - GAP, height: 1 }.intersection(area);
        draw_group(model, ink, focused, &grid, group, line, buffer);
    }
}

fn draw_group(
    model: &UiModel,
    ink: Ink<'_>,
    focused: bool,
    grid: &Grid,
    group: &Group,
    line: Rect,
    buffer: &mut Buffer,
) {
    let mut pen = Pen::new(buffer, line, 0);
    let selected = model.selection.certificate;
    let lit = group.certificates.iter().any(|certificate| Some(certificate.fingerprint) == selected);
    pen.column(super::columns::name(&group.name), grid.label, if lit { ink.strong() } else { ink.text() }).gap(1);
    let mut drawn = 0;
    for chunk in group.certificates.chunks(grid.merged) {
        let Some(worst) = worst(model, chunk) else { continue };
        let (glyph, style) = ink.heat(worst, model.freshness(worst), model.now);
        let here = chunk.iter().any(|certificate| Some(certificate.fingerprint) == selected);
        pen.put(glyph, if here { style.patch(ink.selection(focused)) } else { style });
        drawn += 1;
    }
    if let Some(first) = group.certificates.first() {
        let style = ink.freshness_text(model.freshness(first));
        pen.gap(grid.cells.saturating_sub(drawn));
        pen.column_right(&brief_left(model.now, first.not_after), LEFT, style);
    }
}

/// The worst of a cell; of equally bad ones the first to end.
fn worst<'a>(model: &UiModel, chunk: &'a [Arc<Certificate>]) -> Option<&'a Arc<Certificate>> {
    if let [only] = chunk {
        return Some(only);
    }
    let key = |certificate: &&Arc<Certificate>| model.freshness(certificate);
    chunk.iter().rev().max_by_key(key)
}

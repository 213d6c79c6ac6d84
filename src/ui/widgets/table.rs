//! A table that asks only for the rows it shows: its cost is that of the screen, not of the fleet.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::scroll::scrollbar;
use super::text::{Align, Cut, put, width};
use crate::theme::{Role, Theme};

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    /// Its heading.
    pub header: &'a str,
    /// Fewest columns of the terminal it is of use in.
    pub min: u16,
    /// Its share of the room that is left over; 0 keeps it at `min`.
    pub grow: u16,
    /// Most it is given.
    pub max: u16,
    /// When room is short, columns of the highest number go first; 0 stays.
    pub priority: u8,
    /// Where its heading stands.
    pub align: Align,
}

impl<'a> Column<'a> {
    /// A column of fixed width that stays when room is short.
    #[must_use]
    pub const fn fixed(header: &'a str, columns: u16) -> Self {
        Self { header, min: columns, grow: 0, max: columns, priority: 0, align: Align::Left }
    }

    /// A column that takes a share of the room left over.
    #[must_use]
    pub const fn growing(header: &'a str, min: u16, grow: u16) -> Self {
        Self { header, min, grow, max: u16::MAX, priority: 0, align: Align::Left }
    }

    /// The column, given up at this priority.
    #[must_use]
    pub const fn priority(self, priority: u8) -> Self {
        Self { priority, ..self }
    }

    /// The column, never wider than this.
    #[must_use]
    pub const fn at_most(self, max: u16) -> Self {
        Self { max, ..self }
    }

    /// The column with its heading at the right.
    #[must_use]
    pub const fn right(self) -> Self {
        Self { align: Align::Right, ..self }
    }
}

/// Which column rows are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableSort {
    /// The column.
    pub column: usize,
    /// Largest first.
    pub descending: bool,
}

/// A table of `len` rows.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    /// Its columns.
    pub columns: &'a [Column<'a>],
    /// How many rows there are.
    pub len: usize,
    /// First row shown.
    pub offset: usize,
    /// Row under the cursor.
    pub cursor: Option<usize>,
    /// Whether keys go here.
    pub focused: bool,
    /// Order of the rows.
    pub sort: Option<TableSort>,
    /// Styles and glyphs.
    pub theme: &'a Theme,
}

impl Table<'_> {
    /// Lines above the rows.
    pub const HEADER: u16 = 1;

    /// Draws heading, visible rows and scroll bar. `cell` draws one cell: row, column, area.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, mut cell: impl FnMut(usize, usize, Rect, &mut Buffer)) {
        let area = area.intersection(buffer.area);
        if area.is_empty() {
            return;
        }
        let rows = below_header(area);
        let scrolls = self.len > usize::from(rows.height);
        let body = Rect { width: area.width - u16::from(scrolls), ..area };
        let widths = layout(self.columns, body.width);
        self.draw_header(body, buffer, &widths);
        for (line, row) in rows.rows().zip(self.offset..self.len) {
            let line = Rect { width: body.width, ..line };
            for (column, x, width) in placed(&widths) {
                cell(row, column, Rect { x: line.x + x, width, ..line }, buffer);
            }
            if self.cursor == Some(row) {
                let role = if self.focused { Role::Selection } else { Role::SelectionDim };
                buffer.set_style(line, self.theme.style(role));
            }
        }
        scrollbar(rows, buffer, self.len, self.offset, self.theme);
    }

    /// The row at a line of the terminal, for clicks.
    #[must_use]
    pub fn row_at(&self, area: Rect, y: u16) -> Option<usize> {
        let rows = below_header(area);
        let line = usize::from(y.checked_sub(rows.y)?);
        (line < usize::from(rows.height) && self.offset + line < self.len).then_some(self.offset + line)
    }

    fn draw_header(&self, area: Rect, buffer: &mut Buffer, widths: &[Option<u16>]) {
        let glyphs = self.theme.glyphs();
        let style = self.theme.style(Role::Heading);
        for (column, x, columns) in placed(widths) {
            let Some(Column { header, align, .. }) = self.columns.get(column) else { continue };
            let cell = Rect { x: area.x + x, y: area.y, width: columns, height: 1 };
            let Some(sort) = self.sort.filter(|sort| sort.column == column) else {
                put(buffer, cell, header, style, (*align, Cut::End), glyphs);
                continue;
            };
            let mark = if sort.descending { glyphs.down } else { glyphs.up };
            let marked = if width(header) < columns { format!("{header}{mark}") } else { (*header).to_owned() };
            put(buffer, cell, &marked, self.theme.style(Role::Accent), (*align, Cut::End), glyphs);
        }
    }
}

fn below_header(area: Rect) -> Rect {
    let header = Table::HEADER.min(area.height);
    Rect { y: area.y.saturating_add(header), height: area.height - header, ..area }
}

/// Width of each column, `None` for those given up. One space stands between columns.
fn layout(columns: &[Column<'_>], room: u16) -> Vec<Option<u16>> {
    let mut widths: Vec<_> = columns.iter().map(|column| Some(column.min)).collect();
    let used = |widths: &[Option<u16>]| {
        let shown = widths.iter().flatten();
        let gaps = shown.clone().count().saturating_sub(1);
        shown.map(|width| usize::from(*width)).sum::<usize>() + gaps
    };
    while used(&widths) > usize::from(room) {
        let kept = columns.iter().enumerate().filter(|(at, column)| widths[*at].is_some() && column.priority > 0);
        let Some((least, _)) = kept.max_by_key(|(at, column)| (column.priority, *at)) else { break };
        widths[least] = None;
    }
    let left = usize::from(room).saturating_sub(used(&widths));
    share(columns, &mut widths, left);
    widths
}

/// Gives the room left over to the columns that grow, in proportion, up to what they take.
fn share(columns: &[Column<'_>], widths: &mut [Option<u16>], mut left: usize) {
    let mut open: Vec<_> = (0..columns.len())
        .filter(|at| widths[*at].is_some_and(|width| columns[*at].grow > 0 && width < columns[*at].max))
        .collect();
    while left > 0 && !open.is_empty() {
        let total: usize = open.iter().map(|at| usize::from(columns[*at].grow)).sum();
        let round = left;
        open.retain(|at| {
            let (column, Some(width)) = (&columns[*at], &mut widths[*at]) else { return false };
            let part = (round * usize::from(column.grow)).div_ceil(total).min(left);
            let part = part.min(usize::from(column.max - *width));
            *width = width.saturating_add(u16::try_from(part).unwrap_or(u16::MAX));
            left -= part;
            *width < column.max
        });
    }
}

/// Shown columns with their place.
fn placed(widths: &[Option<u16>]) -> impl Iterator<Item = (usize, u16, u16)> + '_ {
    let shown = widths.iter().enumerate().filter_map(|(column, width)| width.map(|width| (column, width)));
    shown.scan(0u16, |x, (column, width)| {
        let at = *x;
        *x = x.saturating_add(width).saturating_add(1);
        Some((column, at, width))
    })
}

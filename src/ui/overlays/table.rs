//! A table over the screen: a name, and as many columns as there is room for.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::cursor::Cursor;
use super::popup::select;
use crate::model::Time;
use crate::theme::{Role, Theme};
use crate::ui::widgets::{Align, Cut, put, scrollbar};

/// A column behind the name.
#[derive(Debug)]
pub(super) struct Column<T> {
    pub(super) title: &'static str,
    pub(super) width: u16,
    pub(super) align: Align,
    pub(super) cell: fn(&T, Time) -> (String, Role),
}

/// Rows and what is shown of them.
#[derive(Debug)]
pub(super) struct Table<'a, T> {
    pub(super) rows: &'a [T],
    /// The most wanted first; the last give way to a narrow screen.
    pub(super) columns: &'a [Column<T>],
    /// What a row is called.
    pub(super) name: fn(&T, &Theme) -> (String, Role),
    /// Columns of the name: at least, and where there is room.
    pub(super) named: (u16, u16),
    pub(super) now: Time,
    pub(super) cursor: Cursor,
}

impl<T> Table<'_, T> {
    /// Draws the head and the rows around the cursor.
    pub(super) fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        let glyphs = theme.glyphs();
        let mut columns = self.columns;
        let taken = |columns: &[Column<T>]| columns.iter().map(|column| column.width).sum::<u16>() + 1;
        while let [kept @ .., _] = columns
            && !kept.is_empty()
            && self.named.0 + taken(columns) > area.width
        {
            columns = kept;
        }
        let name = area.width.saturating_sub(taken(columns)).min(self.named.1);
        let head = Rect { height: 1.min(area.height), ..area };
        let body = Rect { y: area.y + head.height, height: area.height - head.height, ..area };
        let cells = |row: Rect| {
            let mut at = name;
            columns.iter().map(move |column| {
                let cell = Rect { x: row.x + at, width: column.width, ..row }.intersection(row);
                at += column.width;
                (column, cell)
            })
        };
        for (column, cell) in cells(head) {
            put(buffer, cell, column.title, theme.style(Role::Muted), (column.align, Cut::End), glyphs);
        }
        let offset = self.cursor.offset(self.rows.len(), usize::from(body.height));
        for (line, (at, row)) in body.rows().zip(self.rows.iter().enumerate().skip(offset)) {
            let (text, role) = (self.name)(row, theme);
            let place = Rect { width: name.min(line.width), ..line };
            put(buffer, place, &format!(" {text}"), theme.style(role), (Align::Left, Cut::Middle), glyphs);
            for (column, cell) in cells(line) {
                let (text, role) = (column.cell)(row, self.now);
                put(buffer, cell, &text, theme.style(role), (column.align, Cut::End), glyphs);
            }
            if at == self.cursor.at {
                select(buffer, line, theme);
            }
        }
        scrollbar(body, buffer, self.rows.len(), offset, theme);
    }
}

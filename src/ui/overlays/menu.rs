//! A short list to choose from: orders, sets of columns.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::cursor::Cursor;
use super::outcome::{MenuKind, OverlayOutcome};
use super::popup::{Place, popup, select};
use crate::input::Action;
use crate::theme::{Role, Theme};
use crate::ui::widgets::{Align, Cut, put, scrollbar, width};

/// State of a menu.
#[derive(Clone, Debug)]
pub struct Menu {
    kind: MenuKind,
    title: &'static str,
    entries: Vec<String>,
    current: usize,
    cursor: Cursor,
}

impl Menu {
    /// A menu whose entry `current` is the one in use.
    #[must_use]
    pub fn new(kind: MenuKind, title: &'static str, entries: Vec<String>, current: usize) -> Self {
        let at = current.min(entries.len().saturating_sub(1));
        Self { kind, title, entries, current, cursor: Cursor { at } }
    }

    pub(super) fn act(&mut self, action: Action) -> OverlayOutcome {
        if self.cursor.act(action, self.entries.len()) {
            return OverlayOutcome::Stay;
        }
        match action {
            Action::Accept if self.cursor.at < self.entries.len() => OverlayOutcome::Choose(self.kind, self.cursor.at),
            Action::Accept | Action::Back | Action::Quit => OverlayOutcome::Close,
            _ => OverlayOutcome::Stay,
        }
    }

    pub(super) fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        let glyphs = theme.glyphs();
        let widest = self.entries.iter().map(|entry| width(entry)).max().unwrap_or(0);
        let rows = u16::try_from(self.entries.len()).unwrap_or(u16::MAX).saturating_add(2);
        let bottom = format!("{} choose {} esc back", glyphs.enter, glyphs.dot);
        let columns = widest.saturating_add(8).max(width(&bottom) + 6).max(width(self.title) + 6);
        let inside = popup(area, buffer, Place::Middle, (columns, rows), (self.title, &bottom), theme);
        let offset = self.cursor.offset(self.entries.len(), usize::from(inside.height));
        for (row, (at, entry)) in inside.rows().zip(self.entries.iter().enumerate().skip(offset)) {
            let mark = if at == self.current { glyphs.live } else { " " };
            let text = format!(" {mark} {entry}");
            put(buffer, row, &text, theme.style(Role::Overlay), (Align::Left, Cut::End), glyphs);
            if at == self.cursor.at {
                select(buffer, row, theme);
            }
        }
        scrollbar(inside, buffer, self.entries.len(), offset, theme);
    }
}

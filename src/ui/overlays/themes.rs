//! The theme picker: moving shows a theme, Enter keeps it, Esc goes back.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::cursor::Cursor;
use super::outcome::OverlayOutcome;
use super::popup::{Place, popup, select};
use crate::input::Action;
use crate::theme::{Role, Theme};
use crate::ui::widgets::{Align, Cut, put, scrollbar, width};

/// State of the picker.
#[derive(Clone, Debug)]
pub struct Themes {
    /// Name and title of each theme.
    entries: Vec<(String, String)>,
    cursor: Cursor,
    original: String,
}

impl Themes {
    /// A picker over themes (name, title), the current one marked.
    #[must_use]
    pub fn new(entries: Vec<(String, String)>, current: &str) -> Self {
        let at = entries.iter().position(|(name, _)| name == current).unwrap_or(0);
        Self { entries, cursor: Cursor { at }, original: current.to_owned() }
    }

    pub(super) fn act(&mut self, action: Action) -> OverlayOutcome {
        let before = self.cursor;
        if self.cursor.act(action, self.entries.len()) {
            return match self.marked() {
                Some(name) if self.cursor != before => OverlayOutcome::PreviewTheme(name.to_owned()),
                _ => OverlayOutcome::Stay,
            };
        }
        match action {
            Action::Accept => {
                let kept = self.marked().unwrap_or(&self.original);
                OverlayOutcome::KeepTheme(kept.to_owned())
            }
            Action::Back | Action::Quit => OverlayOutcome::RestoreTheme(self.original.clone()),
            _ => OverlayOutcome::Stay,
        }
    }

    fn marked(&self) -> Option<&str> {
        self.entries.get(self.cursor.at).map(|(name, _)| name.as_str())
    }

    pub(super) fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        let glyphs = theme.glyphs();
        let widest = self.entries.iter().map(|(_, title)| width(title)).max().unwrap_or(0);
        let rows = u16::try_from(self.entries.len()).unwrap_or(u16::MAX).saturating_add(2);
        let bottom = format!("{} keep {} esc back", glyphs.enter, glyphs.dot);
        let columns = widest.saturating_add(8).max(width(&bottom) + 6);
        let inside = popup(area, buffer, Place::Right, (columns, rows), ("Theme", &bottom), theme);
        let offset = self.cursor.offset(self.entries.len(), usize::from(inside.height));
        for (row, (at, (name, title))) in inside.rows().zip(self.entries.iter().enumerate().skip(offset)) {
            let mark = if *name == self.original { glyphs.live } else { " " };
            let text = format!(" {mark} {title}");
            put(buffer, row, &text, theme.style(Role::Overlay), (Align::Left, Cut::End), glyphs);
            if at == self.cursor.at {
                select(buffer, row, theme);
            }
        }
        scrollbar(inside, buffer, self.entries.len(), offset, theme);
    }
}

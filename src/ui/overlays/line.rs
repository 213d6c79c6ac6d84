//! A line being typed.

use crossterm::event::{Event, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use tui_input::backend::crossterm::EventHandler as _;
use tui_input::{Input, InputRequest};

use crate::theme::{Role, Theme};
use crate::ui::widgets::{fitting, width};

/// Longest line, in characters; more is not taken.
const MAX_CHARS: usize = 1024;

/// The text and the place in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Line(Input);

impl Line {
    pub(super) fn new(text: &str) -> Self {
        Self(Input::new(text.chars().take(MAX_CHARS).collect()))
    }

    pub(super) fn text(&self) -> &str {
        self.0.value()
    }

    /// Handles a key; returns whether the text changed.
    pub(super) fn typed(&mut self, key: KeyEvent) -> bool {
        if self.text().chars().count() >= MAX_CHARS && matches!(key.code, crossterm::event::KeyCode::Char(_)) {
            return false;
        }
        self.0.handle_event(&Event::Key(key)).is_some_and(|changed| changed.value)
    }

    /// Types the first line of pasted text; returns whether the text changed.
    pub(super) fn paste(&mut self, text: &str) -> bool {
        let room = MAX_CHARS.saturating_sub(self.text().chars().count());
        let first = text.trim_start().lines().next().unwrap_or_default();
        let before = self.text().len();
        for c in first.chars().filter(|c| !c.is_control()).take(room) {
            self.0.handle(InputRequest::InsertChar(c));
        }
        self.text().len() != before
    }

    /// Draws the text with its cursor, scrolled so that the cursor is in sight.
    pub(super) fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        let area = area.intersection(buffer.area);
        if area.is_empty() {
            return;
        }
        let at = u16::try_from(self.0.visual_cursor()).unwrap_or(u16::MAX);
        let hidden = at.saturating_sub(area.width - 1);
        let start = fitting(self.text(), hidden).len();
        // A wide character half hidden is skipped whole.
        let start = if width(&self.text()[..start]) < hidden {
            start + self.text()[start..].chars().next().map_or(0, char::len_utf8)
        } else {
            start
        };
        let shown = &self.text()[start..];
        buffer.set_stringn(area.x, area.y, shown, usize::from(area.width), theme.style(Role::Input));
        let cursor = area.x + at.saturating_sub(width(&self.text()[..start])).min(area.width - 1);
        if let Some(cell) = buffer.cell_mut((cursor, area.y)) {
            cell.set_style(ratatui::style::Style::new().add_modifier(Modifier::REVERSED));
        }
    }
}

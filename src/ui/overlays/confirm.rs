//! A question before something that is not easily undone.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::outcome::{OverlayOutcome, Question};
use super::popup::{Place, popup};
use crate::input::Action;
use crate::theme::{Role, Theme};
use crate::ui::widgets::{Align, Cut, put, width};

/// State of a question.
#[derive(Clone, Debug)]
pub struct Confirm {
    question: Question,
    text: String,
}

impl Confirm {
    /// Asks `text` (a sentence with its question mark) before `question` is answered with yes.
    #[must_use]
    pub const fn new(question: Question, text: String) -> Self {
        Self { question, text }
    }

    pub(super) fn act(&self, action: Action) -> OverlayOutcome {
        match action {
            Action::Accept => OverlayOutcome::Confirmed(self.question),
            Action::Back | Action::Quit => OverlayOutcome::Close,
            _ => OverlayOutcome::Stay,
        }
    }

    pub(super) fn typed(&self, key: KeyEvent) -> OverlayOutcome {
        match key.code {
            KeyCode::Char('y' | 'Y') => OverlayOutcome::Confirmed(self.question),
            KeyCode::Char('n' | 'N') => OverlayOutcome::Close,
            _ => OverlayOutcome::Stay,
        }
    }

    pub(super) fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        let glyphs = theme.glyphs();
        let bottom = format!("y yes {} n no", glyphs.dot);
        let columns = width(&self.text).saturating_add(4).max(width(&bottom) + 6);
        let inside = popup(area, buffer, Place::Middle, (columns, 3), ("Sure?", &bottom), theme);
        let line = Rect { x: inside.x.saturating_add(1), width: inside.width.saturating_sub(2), ..inside };
        let style = theme.style(Role::Overlay);
        put(buffer, line, &self.text, style, (Align::Left, Cut::Middle), glyphs);
    }
}

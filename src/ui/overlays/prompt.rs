//! A line typed at the bottom of the screen: the filter, a target to add.

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use super::line::Line;
use super::outcome::{OverlayOutcome, PromptKind};
use crate::input::Action;
use crate::theme::{Role, Theme};
use crate::ui::widgets::{Align, Cut, put, width};

/// State of a prompt.
#[derive(Clone, Debug)]
pub struct Prompt {
    kind: PromptKind,
    line: Line,
    original: String,
    about: Option<String>,
    problem: Option<String>,
}

impl Prompt {
    /// A prompt that starts with `text`.
    #[must_use]
    pub fn new(kind: PromptKind, text: &str) -> Self {
        Self { kind, line: Line::new(text), original: text.to_owned(), about: None, problem: None }
    }

    /// Says above the line what it is about.
    #[must_use]
    pub fn about(self, text: String) -> Self {
        Self { about: Some(text), ..self }
    }

    /// What it is typed for.
    #[must_use]
    pub const fn kind(&self) -> PromptKind {
        self.kind
    }

    /// What it reads.
    #[must_use]
    pub fn text(&self) -> &str {
        self.line.text()
    }

    /// Says above the line what is wrong with it, or no longer does.
    pub fn complain(&mut self, problem: Option<String>) {
        self.problem = problem;
    }

    pub(super) fn act(&self, action: Action) -> OverlayOutcome {
        match action {
            Action::Accept => OverlayOutcome::Submit(self.kind, self.text().to_owned()),
            Action::Back => OverlayOutcome::Cancel(self.kind, self.original.clone()),
            _ => OverlayOutcome::Stay,
        }
    }

    pub(super) fn typed(&mut self, key: KeyEvent) -> OverlayOutcome {
        let changed = self.line.typed(key);
        self.changed(changed)
    }

    pub(super) fn paste(&mut self, text: &str) -> OverlayOutcome {
        let changed = self.line.paste(text);
        self.changed(changed)
    }

    fn changed(&self, changed: bool) -> OverlayOutcome {
        if changed { OverlayOutcome::Change(self.kind, self.text().to_owned()) } else { OverlayOutcome::Stay }
    }

    /// Draws over the last rows of `area`: the problem, if any, and the line.
    pub(super) fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        let glyphs = theme.glyphs();
        let ground = theme.style(Role::Text).patch(theme.style(Role::Overlay));
        let line = Rect { y: area.bottom() - 1, height: 1, ..area };
        let label = match self.kind {
            PromptKind::Filter => " / ",
            PromptKind::AddTarget => " add target: ",
            PromptKind::Acknowledge => " acknowledge: ",
        };
        Clear.render(line, buffer);
        buffer.set_style(line, ground);
        put(buffer, line, label, theme.style(Role::Key), (Align::Left, Cut::End), glyphs);
        let used = width(label).min(line.width);
        self.line.draw(Rect { x: line.x + used, width: line.width - used, ..line }, buffer, theme);
        if self.text().is_empty() {
            let hint = Rect { x: line.x + used, width: line.width - used, ..line };
            let hint = Rect { x: hint.x.saturating_add(2), width: hint.width.saturating_sub(2), ..hint };
            put(buffer, hint, self.hint(), theme.style(Role::Muted), (Align::Left, Cut::End), glyphs);
        }
        let problem = self.problem.as_ref().map(|problem| (format!(" {} {problem}", glyphs.warning), Role::Warning));
        let about = || self.about.as_ref().map(|about| (format!(" {about}"), Role::Strong));
        if let Some((text, role)) = problem.or_else(about).filter(|_| area.height > 1) {
            let above = Rect { y: line.y - 1, ..line };
            Clear.render(above, buffer);
            buffer.set_style(above, ground);
            put(buffer, above, &text, theme.style(role), (Align::Left, Cut::End), glyphs);
        }
    }

    const fn hint(&self) -> &'static str {
        match self.kind {
            PromptKind::Filter => "words, or field:value: status:critical, expires<7d, env:prod",
            PromptKind::Acknowledge => "a note, after a time if not for 8 hours: 30m reload is under way",
            PromptKind::AddTarget => "host, host:port, scheme://host:port, name@address:port",
        }
    }
}

//! The palette: every action with its key, and every target, found by a few letters.

use std::sync::Arc;

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::cursor::Cursor;
use super::line::Line;
use super::outcome::OverlayOutcome;
use super::popup::{Place, popup, select};
use super::search::Search;
use crate::input::{ACTIONS, Action, ActionSpec, Category, Keymap, Scope};
use crate::model::TargetId;
use crate::theme::{Role, Theme};
use crate::ui::widgets::{Align, Cut, cut_middle, key_name, put, scrollbar, width};

/// Most entries kept of a search; nobody scrolls further.
const MOST: usize = 200;

/// State of the palette.
#[derive(Clone, Debug)]
pub struct Palette {
    targets: Vec<(TargetId, Arc<str>)>,
    line: Line,
    found: Vec<Entry>,
    cursor: Cursor,
}

#[derive(Clone, Debug)]
enum Entry {
    Action(&'static ActionSpec),
    Target(TargetId, Arc<str>),
}

impl Entry {
    fn text(&self) -> &str {
        match self {
            Self::Action(spec) => spec.title,
            Self::Target(_, name) => name,
        }
    }
}

impl Palette {
    /// A palette over all actions and these targets.
    #[must_use]
    pub fn new(targets: Vec<(TargetId, Arc<str>)>) -> Self {
        let mut palette = Self { targets, line: Line::default(), found: Vec::new(), cursor: Cursor::default() };
        palette.search();
        palette
    }

    pub(super) fn act(&mut self, action: Action) -> OverlayOutcome {
        if self.cursor.act(action, self.found.len()) {
            return OverlayOutcome::Stay;
        }
        match action {
            Action::Accept => match self.found.get(self.cursor.at) {
                Some(Entry::Action(spec)) => OverlayOutcome::Run(spec.action),
                Some(Entry::Target(id, _)) => OverlayOutcome::OpenTarget(*id),
                None => OverlayOutcome::Stay,
            },
            Action::Back => OverlayOutcome::Close,
            _ => OverlayOutcome::Stay,
        }
    }

    pub(super) fn typed(&mut self, key: KeyEvent) -> OverlayOutcome {
        if self.line.typed(key) {
            self.search();
        }
        OverlayOutcome::Stay
    }

    pub(super) fn paste(&mut self, text: &str) -> OverlayOutcome {
        if self.line.paste(text) {
            self.search();
        }
        OverlayOutcome::Stay
    }

    /// Finds what fits, the best first; actions before targets that fit as well.
    fn search(&mut self) {
        let mut search = Search::new(self.line.text());
        let actions = ACTIONS.iter().filter(|spec| is_offered(spec)).map(Entry::Action);
        let targets = self.targets.iter().map(|(id, name)| Entry::Target(*id, Arc::clone(name)));
        let fits = |entry: Entry| search.score(entry.text()).map(|score| (score, entry));
        let mut found: Vec<_> = actions.chain(targets).filter_map(fits).collect();
        found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        found.truncate(MOST);
        self.found = found.into_iter().map(|(_, entry)| entry).collect();
        self.cursor = Cursor::default();
    }

    pub(super) fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme, keymap: &Keymap) {
        let glyphs = theme.glyphs();
        let bottom = format!("{} run {} esc back", glyphs.enter, glyphs.dot);
        let size = (72, 20.min(area.height.saturating_sub(2).max(3)));
        let inside = popup(area, buffer, Place::Top, size, ("Actions and targets", &bottom), theme);
        if inside.is_empty() {
            return;
        }
        let prompt = Rect { height: 1, ..inside };
        put(buffer, prompt, " : ", theme.style(Role::Key), (Align::Left, Cut::End), glyphs);
        let typed = Rect { x: inside.x + 3.min(inside.width), width: inside.width.saturating_sub(3), ..prompt };
        self.line.draw(typed, buffer, theme);
        let list = Rect { y: inside.y + 1, height: inside.height - 1, ..inside };
        if self.found.is_empty() {
            put(buffer, list, "   nothing by that name", theme.style(Role::Muted), (Align::Left, Cut::End), glyphs);
        }
        let offset = self.cursor.offset(self.found.len(), usize::from(list.height));
        let mut search = Search::new(self.line.text());
        for (row, (at, entry)) in list.rows().zip(self.found.iter().enumerate().skip(offset)) {
            draw_entry(row, buffer, entry, (theme, keymap), &mut search);
            if at == self.cursor.at {
                select(buffer, row, theme);
            }
        }
        scrollbar(list, buffer, self.found.len(), offset, theme);
    }
}

/// Draws an entry with its key, or the word target, at the right.
fn draw_entry(row: Rect, buffer: &mut Buffer, entry: &Entry, (theme, keymap): (&Theme, &Keymap), search: &mut Search) {
    let glyphs = theme.glyphs();
    let (side, role) = match entry {
        Entry::Action(spec) => (key_name(spec.action, keymap, glyphs), Role::Key),
        Entry::Target(..) => ("target".to_owned(), Role::Muted),
    };
    let inner = Rect { x: row.x.saturating_add(3), width: row.width.saturating_sub(5), ..row };
    put(buffer, inner, &side, theme.style(role), (Align::Right, Cut::End), glyphs);
    let room = inner.width.saturating_sub(width(&side) + 2);
    let text = cut_middle(entry.text(), room, glyphs);
    put(buffer, Rect { width: room, ..inner }, &text, theme.style(Role::Overlay), (Align::Left, Cut::End), glyphs);
    search.mark(buffer, (inner.x, inner.y), room, &text, theme);
}

/// Movement is for keys, and what works only within a list would do nothing from here.
fn is_offered(spec: &ActionSpec) -> bool {
    spec.category != Category::Move
        && !matches!(spec.scope, Scope::Overlay | Scope::Prompt)
        && !matches!(spec.action, Action::Palette | Action::Back)
}

//! Help: all keys, those of the focused pane first, and what the symbols mean. Made from the action
//! table and the keymap, so it cannot be wrong about either.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::cursor::Cursor;
use super::line::Line;
use super::outcome::OverlayOutcome;
use super::popup::{Place, popup, select};
use super::search::Search;
use crate::input::{ACTIONS, Action, ActionSpec, Category, Keymap, Scope};
use crate::theme::{Glyphs, Role, Theme};
use crate::ui::widgets::{Align, Cut, Phases, put, scrollbar, width};

/// State of help.
#[derive(Clone, Debug)]
pub struct Help {
    sections: Vec<(&'static str, Vec<Entry>)>,
    line: Line,
    searching: bool,
    cursor: Cursor,
}

#[derive(Clone, Copy, Debug)]
enum Entry {
    Action(&'static ActionSpec),
    Symbol(Symbol, &'static str),
}

/// A symbol of the legend; its glyph and style come from the theme.
#[derive(Clone, Copy, Debug)]
enum Symbol {
    Status(Role),
    Heat(usize),
    Phase(usize),
    Failure,
    Probing,
    Surveying,
}

const LEGEND: &[Entry] = &[
    Entry::Symbol(Symbol::Status(Role::Ok), "well"),
    Entry::Symbol(Symbol::Status(Role::Unknown), "not known yet, or we could not tell"),
    Entry::Symbol(Symbol::Status(Role::Warning), "to be looked at in working hours"),
    Entry::Symbol(Symbol::Status(Role::Critical), "to be looked at now"),
    Entry::Symbol(Symbol::Probing, "being probed"),
    Entry::Symbol(Symbol::Surveying, "being surveyed: many small questions beyond a handshake"),
    Entry::Symbol(Symbol::Heat(0), "certificate just issued"),
    Entry::Symbol(Symbol::Heat(2), "certificate in the middle of its life"),
    Entry::Symbol(Symbol::Heat(4), "renewal is due"),
    Entry::Symbol(Symbol::Heat(5), "renewal is overdue"),
    Entry::Symbol(Symbol::Heat(6), "about to expire"),
    Entry::Symbol(Symbol::Heat(7), "expired"),
    Entry::Symbol(Symbol::Phase(0), "phase bar: DNS"),
    Entry::Symbol(Symbol::Phase(1), "phase bar: TCP"),
    Entry::Symbol(Symbol::Phase(2), "phase bar: upgrade (STARTTLS)"),
    Entry::Symbol(Symbol::Phase(3), "phase bar: TLS"),
    Entry::Symbol(Symbol::Failure, "trend: a probe that failed"),
];

impl Help {
    /// Help opened from `scope`, whose keys come first.
    #[must_use]
    pub fn new(scope: Scope) -> Self {
        let of = |keep: &dyn Fn(&ActionSpec) -> bool| {
            ACTIONS.iter().filter(|spec| keep(spec)).map(Entry::Action).collect::<Vec<_>>()
        };
        let place = |place: Scope| (place.title(), of(&|spec| spec.scope == place));
        let global = |title, category| (title, of(&|spec| spec.scope == Scope::Global && spec.category == category));
        let places = [Scope::Expiry, Scope::Handshakes, Scope::Protocols, Scope::Errors, Scope::Endpoint];
        let mut sections = vec![place(scope)];
        if scope == Scope::Global {
            sections.clear();
        }
        sections.extend([
            global("Everywhere", Category::View),
            global("Probing", Category::Probe),
            global("Moving", Category::Move),
            global("Program", Category::Program),
        ]);
        sections.extend(places.into_iter().filter(|other| *other != scope).map(place));
        sections.extend([place(Scope::Overlay), place(Scope::Prompt), ("Symbols", LEGEND.to_vec())]);
        sections.retain(|(_, entries)| !entries.is_empty());
        Self { sections, line: Line::default(), searching: false, cursor: Cursor::default() }
    }

    pub(super) const fn is_searching(&self) -> bool {
        self.searching
    }

    pub(super) fn act(&mut self, action: Action) -> OverlayOutcome {
        let found = self.found();
        if self.cursor.act(action, found.len()) {
            return OverlayOutcome::Stay;
        }
        match action {
            Action::Accept if self.searching => self.searching = false,
            Action::Accept => {
                if let Some((_, Entry::Action(spec))) = found.get(self.cursor.at)
                    && !matches!(spec.scope, Scope::Overlay | Scope::Prompt)
                {
                    return OverlayOutcome::Run(spec.action);
                }
            }
            Action::Back if self.searching || !self.line.text().is_empty() => {
                self.searching = false;
                self.line = Line::default();
                self.cursor = Cursor::default();
            }
            Action::Back | Action::Quit => return OverlayOutcome::Close,
            _ => {}
        }
        OverlayOutcome::Stay
    }

    pub(super) fn typed(&mut self, key: KeyEvent) -> OverlayOutcome {
        if self.searching {
            if self.line.typed(key) {
                self.cursor = Cursor::default();
            }
            return OverlayOutcome::Stay;
        }
        match key.code {
            KeyCode::Char('/') => self.searching = true,
            KeyCode::Char('?') | KeyCode::F(1) => return OverlayOutcome::Close,
            _ => {}
        }
        OverlayOutcome::Stay
    }

    pub(super) fn paste(&mut self, text: &str) -> OverlayOutcome {
        if self.searching && self.line.paste(text) {
            self.cursor = Cursor::default();
        }
        OverlayOutcome::Stay
    }

    /// Entries that fit the search, with their section's title.
    fn found(&self) -> Vec<(&'static str, Entry)> {
        let mut search = Search::new(self.line.text());
        let entries = self.sections.iter().flat_map(|(title, entries)| entries.iter().map(|entry| (*title, *entry)));
        entries
            .filter(|(_, entry)| match entry {
                Entry::Action(spec) => search.score(spec.title).or_else(|| search.score(spec.id)).is_some(),
                Entry::Symbol(_, text) => search.score(text).is_some(),
            })
            .collect()
    }

    pub(super) fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme, keymap: &Keymap) {
        let glyphs = theme.glyphs();
        let bottom = format!("/ search {0} {1} do it {0} esc back", glyphs.dot, glyphs.enter);
        let size = (78, area.height.saturating_sub(2).max(3));
        let inside = popup(area, buffer, Place::Middle, size, ("Keys and symbols", &bottom), theme);
        if inside.is_empty() {
            return;
        }
        let mut list = inside;
        if self.searching || !self.line.text().is_empty() {
            let prompt = Rect { height: 1, ..inside };
            put(buffer, prompt, " / ", theme.style(Role::Key), (Align::Left, Cut::End), glyphs);
            let typed = Rect { x: inside.x + 3.min(inside.width), width: inside.width.saturating_sub(3), ..prompt };
            self.line.draw(typed, buffer, theme);
            list = Rect { y: inside.y + 1, height: inside.height - 1, ..inside };
        }
        self.draw_list(list, buffer, theme, keymap);
    }

    fn draw_list(&self, area: Rect, buffer: &mut Buffer, theme: &Theme, keymap: &Keymap) {
        let found = self.found();
        let lines = with_headings(&found);
        let marked = lines.iter().position(|line| *line == Some(self.cursor.at)).unwrap_or(0);
        // The first entry shows the heading above it too.
        let at = if self.cursor.at == 0 { 0 } else { marked };
        let offset = Cursor { at }.offset(lines.len(), usize::from(area.height));
        let keys = found.iter().map(|(_, entry)| width(&entry.left(keymap, theme).0)).max().unwrap_or(0);
        let keys = keys.min(area.width / 3);
        let mut search = Search::new(self.line.text());
        for (row, (line, at)) in area.rows().zip(lines.iter().enumerate().skip(offset)) {
            let Some((_, entry)) = at.and_then(|at| found.get(at)) else {
                let below = lines.get(line + 1).copied().flatten().and_then(|at| found.get(at));
                let title = below.map_or("", |(title, _)| title);
                let title_row = Rect { x: row.x.saturating_add(1), width: row.width.saturating_sub(1), ..row };
                put(buffer, title_row, title, theme.style(Role::Heading), (Align::Left, Cut::End), theme.glyphs());
                continue;
            };
            entry.draw(row, buffer, keys, (theme, keymap), &mut search);
            if *at == Some(self.cursor.at) {
                select(buffer, row, theme);
            }
        }
        scrollbar(area, buffer, lines.len(), offset, theme);
    }
}

/// Lines of the list: entries by number, and a line without one above each section.
fn with_headings(found: &[(&'static str, Entry)]) -> Vec<Option<usize>> {
    let mut lines = Vec::with_capacity(found.len() + 12);
    let mut section = "";
    for (at, (title, _)) in found.iter().enumerate() {
        if *title != section {
            section = title;
            lines.push(None);
        }
        lines.push(Some(at));
    }
    lines
}

impl Entry {
    /// What stands at the left: keys or the symbol.
    fn left(&self, keymap: &Keymap, theme: &Theme) -> (String, Style) {
        match self {
            Self::Action(spec) => {
                let chords = keymap.keys_of(spec.action).iter().map(ToString::to_string).collect::<Vec<_>>();
                (chords.join("  "), theme.style(Role::Key))
            }
            Self::Symbol(symbol, _) => {
                let (glyph, style) = symbol.drawn(theme);
                (glyph.to_owned(), style)
            }
        }
    }

    fn draw(&self, row: Rect, buffer: &mut Buffer, keys: u16, (theme, keymap): (&Theme, &Keymap), search: &mut Search) {
        let glyphs: &Glyphs = theme.glyphs();
        let (left, style) = self.left(keymap, theme);
        let text = match self {
            Self::Action(spec) => spec.title,
            Self::Symbol(_, text) => text,
        };
        let inner = Rect { x: row.x.saturating_add(3), width: row.width.saturating_sub(5), ..row };
        put(buffer, Rect { width: keys.min(inner.width), ..inner }, &left, style, (Align::Left, Cut::End), glyphs);
        let indent = (keys + 2).min(inner.width);
        let room = Rect { x: inner.x + indent, width: inner.width - indent, ..inner };
        put(buffer, room, text, theme.style(Role::Overlay), (Align::Left, Cut::End), glyphs);
        search.mark(buffer, (room.x, room.y), room.width, text, theme);
    }
}

impl Symbol {
    fn drawn(self, theme: &Theme) -> (&'static str, Style) {
        let glyphs = theme.glyphs();
        match self {
            Self::Status(role) => {
                let glyph = match role {
                    Role::Ok => glyphs.ok,
                    Role::Warning => glyphs.warning,
                    Role::Critical => glyphs.critical,
                    _ => glyphs.unknown,
                };
                (glyph, theme.style(role))
            }
            Self::Heat(step) => theme.heat(step),
            Self::Phase(phase) => (glyphs.phases[phase], theme.style(Phases::ROLES[phase])),
            Self::Failure => (glyphs.critical, theme.style(Role::TrendFailed)),
            Self::Probing => (glyphs.probing, theme.style(Role::Accent)),
            Self::Surveying => (glyphs.surveying, theme.style(Role::Accent)),
        }
    }
}

//! What lies over the screen and takes keys first: help, palette, themes, prompts, menus, questions.
//!
//! Overlays say what was chosen; what that does is decided by whoever opened them.

mod confirm;
mod cursor;
mod figures;
mod help;
mod inventory;
mod line;
mod menu;
mod outcome;
mod palette;
mod popup;
mod prompt;
mod search;
mod table;
mod themes;

use crossterm::event::{KeyEvent, KeyEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub use self::confirm::Confirm;
pub use self::figures::{Figure, Figures};
pub use self::help::Help;
pub use self::inventory::Inventory;
pub use self::menu::Menu;
pub use self::outcome::{MenuKind, OverlayOutcome, PromptKind, Question};
pub use self::palette::Palette;
pub use self::prompt::Prompt;
pub use self::themes::Themes;
use crate::input::{Action, Keymap, Lookup, Pending, Scope};
use crate::theme::Theme;

/// Something over the screen.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// Service level indicators.
    Figures(Figures),
    /// Keys and symbols.
    Help(Help),
    /// Actions and targets by name.
    Palette(Palette),
    /// Themes, with preview.
    Themes(Themes),
    /// A line to type.
    Prompt(Prompt),
    /// Certificates that are stored and served.
    Inventory(Inventory),
    /// A choice.
    Menu(Menu),
    /// A question.
    Confirm(Confirm),
}

impl Overlay {
    /// Where keys are looked up while it is on top.
    #[must_use]
    pub fn scope(&self) -> Scope {
        match self {
            Self::Palette(_) | Self::Prompt(_) => Scope::Prompt,
            Self::Help(help) if help.is_searching() => Scope::Prompt,
            Self::Figures(_)
            | Self::Inventory(_)
            | Self::Help(_)
            | Self::Themes(_)
            | Self::Menu(_)
            | Self::Confirm(_) => Scope::Overlay,
        }
    }

    /// Handles a key.
    pub fn handle(&mut self, key: KeyEvent, keymap: &Keymap, pending: &mut Pending) -> OverlayOutcome {
        match keymap.lookup(self.scope(), pending, key) {
            Lookup::Action(action @ (Action::QuitNow | Action::Redraw | Action::Suspend)) => {
                OverlayOutcome::Pass(action)
            }
            Lookup::Action(action) => self.act(action),
            Lookup::Pending => OverlayOutcome::Stay,
            Lookup::None if key.kind == KeyEventKind::Release => OverlayOutcome::Stay,
            Lookup::None => self.typed(key),
        }
    }

    /// Handles an action: a key that was looked up, or a notch of the wheel.
    pub fn act(&mut self, action: Action) -> OverlayOutcome {
        match self {
            Self::Figures(figures) => figures.act(action),
            Self::Inventory(inventory) => inventory.act(action),
            Self::Help(help) => help.act(action),
            Self::Palette(palette) => palette.act(action),
            Self::Themes(themes) => themes.act(action),
            Self::Prompt(prompt) => prompt.act(action),
            Self::Menu(menu) => menu.act(action),
            Self::Confirm(confirm) => confirm.act(action),
        }
    }

    /// Handles pasted text where something can be typed.
    pub fn paste(&mut self, text: &str) -> OverlayOutcome {
        match self {
            Self::Help(help) => help.paste(text),
            Self::Palette(palette) => palette.paste(text),
            Self::Prompt(prompt) => prompt.paste(text),
            Self::Figures(_) | Self::Inventory(_) | Self::Themes(_) | Self::Menu(_) | Self::Confirm(_) => {
                OverlayOutcome::Stay
            }
        }
    }

    /// Draws it over `area`, the whole screen.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme, keymap: &Keymap) {
        let area = area.intersection(buffer.area);
        if area.is_empty() {
            return;
        }
        match self {
            Self::Figures(figures) => figures.draw(area, buffer, theme),
            Self::Inventory(inventory) => inventory.draw(area, buffer, theme),
            Self::Help(help) => help.draw(area, buffer, theme, keymap),
            Self::Palette(palette) => palette.draw(area, buffer, theme, keymap),
            Self::Themes(themes) => themes.draw(area, buffer, theme),
            Self::Prompt(prompt) => prompt.draw(area, buffer, theme),
            Self::Menu(menu) => menu.draw(area, buffer, theme),
            Self::Confirm(confirm) => confirm.draw(area, buffer, theme),
        }
    }

    fn typed(&mut self, key: KeyEvent) -> OverlayOutcome {
        match self {
            Self::Figures(_) => Figures::typed(key),
            Self::Inventory(_) => Inventory::typed(key),
            Self::Help(help) => help.typed(key),
            Self::Palette(palette) => palette.typed(key),
            Self::Prompt(prompt) => prompt.typed(key),
            Self::Confirm(confirm) => confirm.typed(key),
            Self::Themes(_) | Self::Menu(_) => OverlayOutcome::Stay,
        }
    }
}

#[cfg(test)]
#[path = "overlay_tests.rs"]
mod tests;

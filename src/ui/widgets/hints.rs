//! Keys that work now, on one line.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::text::width;
use crate::input::{Action, Keymap};
use crate::theme::{Glyphs, Role, Theme};

/// A key and what it does here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The key as shown.
    pub key: String,
    /// What it does, in a word or two.
    pub text: &'static str,
}

impl Hint {
    /// The first key of an action with its hint; `None` when the user took its keys away.
    #[must_use]
    pub fn of(action: Action, keymap: &Keymap, glyphs: &Glyphs) -> Option<Self> {
        let key = key_name(action, keymap, glyphs);
        (!key.is_empty()).then(|| Self { key, text: action.spec().hint })
    }
}

/// The key to be shown for an action; empty when it has none.
#[must_use]
pub fn key_name(action: Action, keymap: &Keymap, glyphs: &Glyphs) -> String {
    let name = keymap.keys_of(action).first().map(ToString::to_string).unwrap_or_default();
    match name.as_str() {
        "enter" => glyphs.enter.to_owned(),
        "up" if !glyphs.ascii => "↑".to_owned(),
        "down" if !glyphs.ascii => "↓".to_owned(),
        "left" if !glyphs.ascii => "←".to_owned(),
        "right" if !glyphs.ascii => "→".to_owned(),
        _ => name,
    }
}

/// Draws as many hints as fit whole, in order; a long one that does not fit lets a shorter pass.
pub fn hints(area: Rect, buffer: &mut Buffer, hints: &[Hint], theme: &Theme) {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return;
    }
    let ground = theme.style(Role::Footer);
    buffer.set_style(Rect { height: 1, ..area }, ground);
    let mut x = area.x.saturating_add(1);
    for Hint { key, text } in hints {
        let wanted = width(key) + 1 + width(text);
        if x.saturating_add(wanted) > area.right() {
            continue;
        }
        let (at, _) =
            buffer.set_stringn(x, area.y, key, usize::from(area.right() - x), ground.patch(theme.style(Role::Key)));
        buffer.set_stringn(at + 1, area.y, text, usize::from(width(text)), ground);
        x = x.saturating_add(wanted).saturating_add(2);
    }
}

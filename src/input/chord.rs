//! Keys as written (`ctrl-d`, `g g`, `shift-tab`, `f2`, `?`) and as pressed.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// One key with its modifiers. Capitals are characters of their own: `G`, never `shift-g`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stroke {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// One stroke, or two in sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chord {
    /// Pressed first.
    pub first: Stroke,
    /// Pressed next, if anything.
    pub second: Option<Stroke>,
}

/// Text that is no chord.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no key; write for example 'd', 'ctrl-d', 'alt-x', 'shift-tab', 'f2', 'space', or two keys 'g g'")]
pub struct MalformedChord(pub String);

const NAMED: [(&str, KeyCode); 14] = [
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("down", KeyCode::Down),
    ("end", KeyCode::End),
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("home", KeyCode::Home),
    ("insert", KeyCode::Insert),
    ("left", KeyCode::Left),
    ("pagedown", KeyCode::PageDown),
    ("pageup", KeyCode::PageUp),
    ("right", KeyCode::Right),
    ("tab", KeyCode::Tab),
    ("up", KeyCode::Up),
];

const MODIFIERS: [(&str, KeyModifiers); 3] =
    [("ctrl-", KeyModifiers::CONTROL), ("alt-", KeyModifiers::ALT), ("shift-", KeyModifiers::SHIFT)];

impl Stroke {
    /// The stroke behind a key event. Terminals disagree on how to report shift: with a character
    /// it is in the character, and back-tab is `shift-tab`.
    #[must_use]
    pub fn of(event: KeyEvent) -> Self {
        Self::normal(event.code, event.modifiers)
    }

    /// Whether it types a character.
    #[must_use]
    pub fn is_text(self) -> bool {
        matches!(self.code, KeyCode::Char(_)) && self.modifiers.is_empty()
    }

    /// Whether it is `Ctrl-C`, which nothing may take away.
    pub(super) fn interrupts(self) -> bool {
        self.code == KeyCode::Char('c') && self.modifiers == KeyModifiers::CONTROL
    }

    fn normal(code: KeyCode, modifiers: KeyModifiers) -> Self {
        let kept = modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        match code {
            KeyCode::BackTab => Self { code: KeyCode::Tab, modifiers: kept | KeyModifiers::SHIFT },
            KeyCode::Char(c) if kept.contains(KeyModifiers::CONTROL) => {
                Self { code: KeyCode::Char(c.to_ascii_lowercase()), modifiers: kept - KeyModifiers::SHIFT }
            }
            KeyCode::Char(_) => Self { code, modifiers: kept - KeyModifiers::SHIFT },
            code => Self { code, modifiers: kept },
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let mut rest = text;
        let mut modifiers = KeyModifiers::empty();
        // A lone `-` is the key itself.
        while let Some((name, modifier)) = MODIFIERS.iter().find(|(name, _)| rest.starts_with(name)) {
            if modifiers.contains(*modifier) {
                return None;
            }
            modifiers |= *modifier;
            rest = &rest[name.len()..];
        }
        let code = parse_code(rest)?;
        if matches!(code, KeyCode::Char(_)) && modifiers.contains(KeyModifiers::SHIFT) {
            return None;
        }
        Some(Self::normal(code, modifiers))
    }
}

fn parse_code(text: &str) -> Option<KeyCode> {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => return (!c.is_control() && c != ' ').then_some(KeyCode::Char(c)),
        (None, _) => return None,
        _ => {}
    }
    if text == "space" {
        return Some(KeyCode::Char(' '));
    }
    if let Some((_, code)) = NAMED.iter().find(|(name, _)| *name == text) {
        return Some(*code);
    }
    let number: u8 = text.strip_prefix('f')?.parse().ok()?;
    (1..=24).contains(&number).then_some(KeyCode::F(number))
}

impl fmt::Display for Stroke {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, modifier) in MODIFIERS {
            if self.modifiers.contains(modifier) {
                f.write_str(name)?;
            }
        }
        match self.code {
            KeyCode::Char(' ') => f.write_str("space"),
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::F(number) => write!(f, "f{number}"),
            code => f.write_str(NAMED.iter().find(|(_, named)| *named == code).map_or("?", |(name, _)| name)),
        }
    }
}

impl FromStr for Chord {
    type Err = MalformedChord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || MalformedChord(text.to_owned());
        let mut strokes = text.split_whitespace().map(Stroke::parse);
        let first = strokes.next().flatten().ok_or_else(malformed)?;
        let second = strokes.next().map(|stroke| stroke.ok_or_else(malformed)).transpose()?;
        if strokes.next().is_some() {
            return Err(malformed());
        }
        Ok(Self { first, second })
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.second {
            None => write!(f, "{}", self.first),
            Some(second) => write!(f, "{} {second}", self.first),
        }
    }
}

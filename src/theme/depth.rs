//! How many colours the terminal has.

use std::fmt;
use std::str::FromStr;

use ratatui::style::{Color, Modifier, Style};

use super::color::{to_ansi16, to_ansi256};

/// Colours a terminal can show. Ordered from none to all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Depth {
    /// None: bold, dim, underline and reverse only.
    None,
    /// The terminal's own sixteen.
    Ansi16,
    /// Sixteen and 240 fixed ones.
    Ansi256,
    /// All of 24 bits.
    TrueColor,
}

/// Text that names no depth.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no colour depth; write none, 16, 256 or truecolor")]
pub struct UnknownDepth(String);

impl Depth {
    /// What the environment promises: `NO_COLOR` (non-empty, <https://no-color.org>) and
    /// `TERM=dumb` mean none, then `COLORTERM`, then `TERM`.
    #[must_use]
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        let value = |name: &str| variable(name).unwrap_or_default().to_ascii_lowercase();
        let term = value("TERM");
        if !value("NO_COLOR").is_empty() || term == "dumb" {
            return Self::None;
        }
        if matches!(value("COLORTERM").as_str(), "truecolor" | "24bit") || !value("WT_SESSION").is_empty() {
            return Self::TrueColor;
        }
        let mentions = |names: &[&str]| names.iter().any(|name| term.contains(name));
        if mentions(&["direct", "truecolor", "kitty", "alacritty", "wezterm", "ghostty", "foot", "contour"]) {
            Self::TrueColor
        } else if mentions(&["256"]) {
            Self::Ansi256
        } else {
            Self::Ansi16
        }
    }

    /// `style` as this terminal can show it. At sixteen colours a selection made by its ground
    /// becomes reversed, because the nearest of sixteen grounds would swallow the text on it.
    pub(super) fn degrade(self, style: Style, is_selection: bool) -> Style {
        let map = |adapt: fn(Color) -> Color| Style { fg: style.fg.map(adapt), bg: style.bg.map(adapt), ..style };
        match self {
            Self::None => Style { fg: None, bg: None, underline_color: None, ..style },
            Self::Ansi16 if is_selection && style.bg.is_some() => {
                Style { fg: None, bg: None, ..style }.add_modifier(Modifier::REVERSED)
            }
            Self::Ansi16 => readable(map(to_ansi16)),
            Self::Ansi256 => map(to_ansi256),
            Self::TrueColor => style,
        }
    }
}

/// Where text and ground became the same colour, the ground is left to the terminal.
fn readable(style: Style) -> Style {
    if style.fg.is_some() && style.fg == style.bg {
        return Style { fg: None, bg: None, ..style }.add_modifier(Modifier::REVERSED);
    }
    style
}

impl fmt::Display for Depth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "none",
            Self::Ansi16 => "16",
            Self::Ansi256 => "256",
            Self::TrueColor => "truecolor",
        })
    }
}

impl FromStr for Depth {
    type Err = UnknownDepth;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::None, Self::Ansi16, Self::Ansi256, Self::TrueColor]
            .into_iter()
            .find(|depth| depth.to_string() == text)
            .ok_or_else(|| UnknownDepth(text.to_owned()))
    }
}

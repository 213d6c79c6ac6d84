//! Text that came from the network, a certificate or a file.

use std::fmt;
use std::fmt::Write as _;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Text from outside, held only in a form that is safe to show.
///
/// Control, bidirectional, zero-width and other invisible characters are made
/// visible as `<U+202E>`, undecodable bytes as `<0x9F>`; a literal `<U+` or
/// `<0x` in the source has its `<` escaped, so two different inputs never look
/// alike. The raw form is not kept: nothing can print it by accident.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Untrusted(Arc<str>);

impl Untrusted {
    /// Longest visible form kept, in bytes; the rest is cut and marked with `…`.
    pub const MAX_BYTES: usize = 4096;

    /// Makes `raw` visible.
    #[must_use]
    pub fn new(raw: &str) -> Self {
        let mut visible = String::with_capacity(raw.len());
        push_visible(&mut visible, raw);
        Self::cut(visible)
    }

    /// Makes bytes visible that are meant to be UTF-8 but may not be.
    #[must_use]
    pub fn from_bytes(raw: &[u8]) -> Self {
        let mut visible = String::with_capacity(raw.len());
        for chunk in raw.utf8_chunks() {
            push_visible(&mut visible, chunk.valid());
            for byte in chunk.invalid() {
                let _ = write!(visible, "<0x{byte:02X}>");
            }
            if visible.len() > Self::MAX_BYTES {
                break;
            }
        }
        Self::cut(visible)
    }

    /// The visible form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether something in it was made visible that does not show by itself.
    #[must_use]
    pub fn has_escapes(&self) -> bool {
        // A literal `<` that could be taken for an escape is one itself.
        let escapes = self.0.match_indices("<U+").any(|(at, _)| !self.0[at..].starts_with("<U+003C>"));
        escapes || self.0.contains("<0x")
    }

    fn cut(mut visible: String) -> Self {
        if visible.len() > Self::MAX_BYTES {
            visible.truncate(visible.floor_char_boundary(Self::MAX_BYTES));
            visible.push('…');
        }
        Self(visible.into())
    }
}

impl fmt::Display for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for Untrusted {
    /// Reads back a visible form; characters that are not visible are escaped,
    /// existing escapes stay as they are.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut visible = String::with_capacity(text.len());
        text.chars().for_each(|c| push_char(&mut visible, c));
        Ok(Self::cut(visible))
    }
}

fn push_visible(out: &mut String, raw: &str) {
    for (at, c) in raw.char_indices() {
        let rest = &raw[at..];
        if rest.starts_with("<U+") || rest.starts_with("<0x") {
            out.push_str("<U+003C>");
        } else {
            push_char(out, c);
        }
        if out.len() > Untrusted::MAX_BYTES {
            return;
        }
    }
}

fn push_char(out: &mut String, c: char) {
    if is_visible(c) {
        out.push(c);
    } else {
        let _ = write!(out, "<U+{:04X}>", u32::from(c));
    }
}

/// Whether a terminal shows `c` as itself: no C0/C1 control, no bidirectional
/// or zero-width formatting, no variation selector, tag or private-use
/// character, no separator that breaks lines, no space that looks like U+0020.
fn is_visible(c: char) -> bool {
    !matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{a0}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}'
        | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2000}'..='\u{200f}'
        | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}' | '\u{3000}' | '\u{3164}'
        | '\u{e000}'..='\u{f8ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_the_invisible_visible() {
        let cases = [
            ("plain.example", "plain.example"),
            ("a\x1b[31mb", "a<U+001B>[31mb"),
            ("exam\u{202e}elp", "exam<U+202E>elp"),
            ("zero\u{200b}width", "zero<U+200B>width"),
            ("line\nbreak", "line<U+000A>break"),
            ("<U+0041>", "<U+003C>U+0041>"),
            ("größe", "größe"),
        ];
        for (raw, visible) in cases {
            assert_eq!(Untrusted::new(raw).to_string(), visible);
        }
        assert_eq!(Untrusted::from_bytes(b"ok\xff").as_str(), "ok<0xFF>");
    }

    #[test]
    fn survives_a_round_trip_and_is_cut() {
        let text = Untrusted::new("<U+ \x07 ü");
        let json = serde_json::to_string(&text).unwrap();
        assert_eq!(serde_json::from_str::<Untrusted>(&json).unwrap(), text);
        assert!(Untrusted::new(&"\x07".repeat(100_000)).as_str().len() <= Untrusted::MAX_BYTES + 3);
    }
}

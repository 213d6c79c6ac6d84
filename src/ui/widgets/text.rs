//! Text measured and cut by display width.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::theme::Glyphs;

/// Where text stands in its column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    /// At the left.
    #[default]
    Left,
    /// At the right: numbers.
    Right,
}

/// Which part of a text that is too long gives way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cut {
    /// The end.
    #[default]
    End,
    /// The middle: host names, which differ at both ends.
    Middle,
}

/// Columns a text takes.
#[must_use]
pub fn width(text: &str) -> u16 {
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}

/// `text` in at most `columns`, its end given up if need be.
#[must_use]
pub fn cut<'a>(text: &'a str, columns: u16, glyphs: &Glyphs) -> Cow<'a, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    if columns == 0 {
        return Cow::Borrowed("");
    }
    Cow::Owned(format!("{}{}", fitting(text, columns - 1), glyphs.ellipsis))
}

/// `text` in at most `columns`, its middle given up if need be.
#[must_use]
pub fn cut_middle<'a>(text: &'a str, columns: u16, glyphs: &Glyphs) -> Cow<'a, str> {
    if columns < 5 || width(text) <= columns {
        return cut(text, columns, glyphs);
    }
    let kept = columns - 1;
    let head = fitting(text, kept.div_ceil(2));
    Cow::Owned(format!("{head}{}{}", glyphs.ellipsis, end(text, kept - width(head))))
}

/// Puts text into the first row of `area`, cut and aligned.
pub fn put(buffer: &mut Buffer, area: Rect, text: &str, style: Style, (align, by): (Align, Cut), glyphs: &Glyphs) {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return;
    }
    let text = match by {
        Cut::End => cut(text, area.width, glyphs),
        Cut::Middle => cut_middle(text, area.width, glyphs),
    };
    let indent = match align {
        Align::Left => 0,
        Align::Right => area.width - width(&text).min(area.width),
    };
    buffer.set_stringn(area.x + indent, area.y, text, usize::from(area.width - indent), style);
}

/// Replaces whatever is not ASCII in a drawn buffer: the net below `--ascii`, for text that came
/// from elsewhere.
pub fn fold_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if !cell.symbol().is_ascii() {
            let folded = ascii_of(cell.symbol());
            cell.set_symbol(folded);
        }
    }
}

fn ascii_of(symbol: &str) -> &'static str {
    let Some(first) = symbol.chars().next() else { return " " };
    match first {
        '\u{2010}'..='\u{2015}' | '−' | '─' | '━' | '═' | '·' => "-",
        '│' | '┃' | '║' => "|",
        '┌'..='╬' | '✓' => "+",
        '✗' | '×' => "x",
        '▲' => "!",
        '▼' | '↓' => "v",
        '↑' => "^",
        '→' | '▸' | '»' | '≥' | '›' => ">",
        '←' | '≤' | '«' | '‹' => "<",
        '…' => "~",
        '●' | '■' => "*",
        '“' | '”' | '„' => "\"",
        '‘' | '’' => "'",
        '▁'..='█' => "#",
        '▉'..='▓' => "=",
        _ => "?",
    }
}

/// The longest start of `text`, in whole graphemes, that is at most `columns` wide.
#[must_use]
pub fn fitting(text: &str, columns: u16) -> &str {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += grapheme.width();
        if used > usize::from(columns) {
            return &text[..at];
        }
    }
    text
}

/// The longest end in whole graphemes that is at most `columns` wide.
fn end(text: &str, columns: u16) -> &str {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        used += grapheme.width();
        if used > usize::from(columns) {
            return &text[at + grapheme.len()..];
        }
    }
    text
}

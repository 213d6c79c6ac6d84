//! Writes text left to right into one row, clipped, so that no caller counts columns.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::widgets::{fitting, width};

/// A place in a row that moves right as text is put. Nothing is ever written outside the row.
#[derive(Debug)]
pub(crate) struct Pen<'a> {
    buffer: &'a mut Buffer,
    y: u16,
    x: u16,
    end: u16,
}

impl<'a> Pen<'a> {
    /// At the left end of row `row` of `area`; without room when the row is not there.
    pub(crate) fn new(buffer: &'a mut Buffer, area: Rect, row: u16) -> Self {
        let area = area.intersection(buffer.area);
        let (x, end) = if row < area.height { (area.x, area.right()) } else { (area.x, area.x) };
        Self { buffer, y: area.y.saturating_add(row), x, end }
    }

    /// Columns left.
    #[must_use]
    pub(crate) const fn room(&self) -> u16 {
        self.end - self.x
    }

    /// Puts text; what does not fit is cut and marked with `…`.
    pub(crate) fn put(&mut self, text: &str, style: Style) -> &mut Self {
        let room = self.room();
        self.cell(text, room, style, false)
    }

    /// Puts text only if all of it fits.
    pub(crate) fn put_whole(&mut self, text: &str, style: Style) -> &mut Self {
        if width(text) <= self.room() { self.put(text, style) } else { self }
    }

    /// Puts text into a column of `columns`, cut or padded.
    pub(crate) fn column(&mut self, text: &str, columns: u16, style: Style) -> &mut Self {
        let end = self.x.saturating_add(columns).min(self.end);
        self.cell(text, columns, style, false);
        self.x = end;
        self
    }

    /// Puts text at the right of a column of `columns`.
    pub(crate) fn column_right(&mut self, text: &str, columns: u16, style: Style) -> &mut Self {
        let end = self.x.saturating_add(columns).min(self.end);
        self.cell(text, columns, style, true);
        self.x = end;
        self
    }

    /// Leaves columns as they are.
    pub(crate) fn gap(&mut self, columns: u16) -> &mut Self {
        self.x = self.x.saturating_add(columns).min(self.end);
        self
    }

    /// Puts text at the right end of the row and takes that room away.
    pub(crate) fn right(&mut self, text: &str, style: Style) -> &mut Self {
        let columns = width(text);
        if columns > self.room() {
            return self;
        }
        let x = self.end - columns;
        self.write(x, text, columns, style);
        self.end = x;
        self
    }

    /// Gives up the columns at the right end.
    pub(crate) fn keep_right(&mut self, columns: u16) -> &mut Self {
        self.end = self.end.saturating_sub(columns).max(self.x);
        self
    }

    /// Lays a style over the rest of the row.
    pub(crate) fn fill(&mut self, style: Style) -> &mut Self {
        self.buffer.set_style(Rect::new(self.x, self.y, self.room(), 1), style);
        self
    }

    /// The next `columns` columns as an area, moving past them.
    pub(crate) fn area(&mut self, columns: u16) -> Rect {
        let columns = columns.min(self.room());
        let area = Rect::new(self.x, self.y, columns, u16::from(columns > 0));
        self.x += columns;
        area
    }

    /// The buffer, for widgets.
    pub(crate) fn buffer(&mut self) -> &mut Buffer {
        self.buffer
    }

    fn cell(&mut self, text: &str, columns: u16, style: Style, right: bool) -> &mut Self {
        let columns = columns.min(self.room());
        let wanted = width(text);
        if wanted <= columns {
            let pad = if right { columns - wanted } else { 0 };
            self.write(self.x + pad, text, wanted, style);
            self.x += pad + wanted;
            return self;
        }
        if columns == 0 {
            return self;
        }
        let x = self.write(self.x, fitting(text, columns - 1), columns - 1, style);
        self.write(x, "…", 1, style);
        self.x += columns;
        self
    }

    /// Writes text of at most `columns`, for which there is room, and returns where it ends.
    ///
    /// Nearly all text is printable ASCII, or one glyph of one column: it has no graphemes to be searched for.
    fn write(&mut self, x: u16, text: &str, columns: u16, style: Style) -> u16 {
        let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        let mut chars = text.chars();
        let first = chars.next().filter(|first| !first.is_control());
        let is_glyph = first.is_some() && chars.next().is_none() && width(text) == 1;
        if !is_plain && !is_glyph {
            return self.buffer.set_stringn(x, self.y, text, usize::from(columns), style).0;
        }
        let symbols = text.split_inclusive(|_: char| true);
        let mut end = x;
        for symbol in symbols.take(usize::from(columns)) {
            let Some(cell) = self.buffer.cell_mut((end, self.y)) else { break };
            cell.set_symbol(symbol).set_style(style);
            end += 1;
        }
        end
    }
}

/// Breaks text into at most `lines` lines of `columns`, at spaces where possible; the last line keeps the rest.
#[must_use]
pub(crate) fn wrapped(text: &str, columns: u16, lines: usize) -> Vec<&str> {
    let mut rest = text;
    let mut out = Vec::new();
    while !rest.is_empty() && out.len() < lines {
        if out.len() + 1 == lines || width(rest) <= columns {
            out.push(rest);
            break;
        }
        let fits = fitting(rest, columns);
        let ends_here = rest.get(fits.len()..).is_some_and(|next| next.starts_with(' '));
        let space = fits.rfind(' ').filter(|at| *at > 0 && !ends_here);
        let at = space.unwrap_or(fits.len()).max(rest.chars().next().map_or(1, char::len_utf8));
        let (line, next) = rest.split_at(at);
        out.push(line);
        rest = next.trim_start();
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(columns: u16, draw: impl FnOnce(&mut Pen<'_>)) -> String {
        let area = Rect::new(0, 0, columns, 1);
        let mut buffer = Buffer::empty(area);
        draw(&mut Pen::new(&mut buffer, area, 0));
        buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect()
    }

    #[test]
    fn cuts_pads_and_aligns() {
        let plain = Style::new();
        assert_eq!(row(6, |pen| _ = pen.put("abcdefgh", plain)), "abcde…");
        assert_eq!(row(8, |pen| _ = pen.column("ab", 4, plain).put("cd", plain)), "ab  cd  ");
        assert_eq!(row(8, |pen| _ = pen.column_right("ab", 4, plain).put("cd", plain)), "  abcd  ");
        assert_eq!(row(6, |pen| _ = pen.right("yz", plain).put("abcdef", plain)), "abc…yz");
        assert_eq!(row(0, |pen| _ = pen.put("abc", plain).right("x", plain)), "");
    }

    proptest! {
        #[test]
        fn text_is_written_as_the_library_would(text in "[ -~é名■\u{301}🇩\u{200d}]{0,12}|[ -~]{0,12}|.", columns in 0u16..14) {
            let area = Rect::new(0, 0, 12, 1);
            let (mut ours, mut theirs) = (Buffer::empty(area), Buffer::empty(area));
            let style = Style::new().bold();
            let columns = columns.min(area.width).min(width(&text));
            let end = Pen::new(&mut ours, area, 0).write(0, &text, columns, style);
            let (expected, _) = theirs.set_stringn(0, 0, &text, usize::from(columns), style);
            prop_assert_eq!((end, ours), (expected, theirs));
        }
    }

    #[test]
    fn wraps_at_spaces() {
        assert_eq!(wrapped("one two three", 7, 3), ["one two", "three"]);
        assert_eq!(wrapped("one two three", 3, 2), ["one", "two three"]);
        assert_eq!(wrapped("abcdef", 3, 3), ["abc", "def"]);
        assert_eq!(wrapped("名名", 1, 3), ["名", "名"]);
    }
}

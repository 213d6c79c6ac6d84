//! Facts of a survey as lines: marked pieces one after the other, the weak and the broken with a sign and a colour.

use ratatui::style::Style;

use super::line::{LABEL, Line};
use crate::diagnosis::{Digest, Fact, Mark, Piece};
use crate::store::AddressRow;
use crate::ui::ink::Ink;
use crate::ui::model::UiModel;
use crate::ui::widgets::{fitting, width as columns};

/// The last survey of an address, to be read beside the chain it was last seen to serve.
#[must_use]
pub(super) fn digest<'a>(model: &UiModel, row: &'a AddressRow) -> Option<Digest<'a>> {
    let chain = row.last_seen.as_ref().map_or(&[][..], |seen| seen.chain());
    Some(Digest { survey: row.survey.as_deref()?, chain, now: model.now })
}

/// Facts, the pieces of each wrapped beside its name.
pub(super) fn tell<'a>(ink: Ink<'_>, facts: impl IntoIterator<Item = &'a Fact>, width: u16, lines: &mut Vec<Line>) {
    for fact in facts {
        one(ink, fact, width, lines);
    }
}

fn one(ink: Ink<'_>, fact: &Fact, width: u16, lines: &mut Vec<Line>) {
    let mut name = fact.name;
    let room = width.saturating_sub(LABEL + 1).max(10);
    let mut put = |lead: &str, row: Line| {
        let mut line = vec![(format!("   {name:<19} {lead}"), ink.muted())];
        line.extend(row);
        lines.push(line);
        name = "";
    };
    if !fact.in_lines {
        for row in rows(ink, &fact.pieces, fact.separator(), room) {
            put("", row);
        }
        return;
    }
    // Signs stand in a column of their own where there are any, and what is wrapped hangs below its words.
    let indent = if fact.pieces.iter().any(|piece| look(ink, piece.mark).0.is_some()) { "  " } else { "" };
    for piece in &fact.pieces {
        let (sign, style) = look(ink, piece.mark);
        let words = Piece { mark: Mark::Plain, ..piece.clone() };
        for (at, mut row) in rows(ink, &[words], "", room - 2).into_iter().enumerate() {
            for (_, colour) in &mut row {
                *colour = style;
            }
            match sign.filter(|_| at == 0) {
                Some((sign, colour)) => {
                    row.insert(0, (format!("{sign} "), colour));
                    put("", row);
                }
                None => put(indent, row),
            }
        }
    }
}

/// Words in lines of at most `room` columns; a sign stays with the word it is for.
fn rows(ink: Ink<'_>, pieces: &[Piece], separator: &str, room: u16) -> Vec<Line> {
    let mut rows = Rows { room, used: 0, done: vec![Vec::new()] };
    for (at, piece) in pieces.iter().enumerate() {
        let (sign, style) = look(ink, piece.mark);
        let end = if at + 1 < pieces.len() { separator } else { "" };
        let text = format!("{}{end}", piece.text);
        for (at, word) in text.split_whitespace().enumerate() {
            if let Some((sign, colour)) = sign.filter(|_| at == 0) {
                rows.sign(sign, colour, columns(word));
            }
            rows.word(word, style);
        }
    }
    rows.done
}

/// A mark's sign with its colour, and the colour of the words.
fn look(ink: Ink<'_>, mark: Mark) -> (Option<(&'static str, Style)>, Style) {
    let words = match mark {
        Mark::Quiet => ink.muted(),
        Mark::Plain | Mark::Good => ink.text(),
        Mark::Weak | Mark::Bad => mark.status().map_or_else(|| ink.text(), |status| ink.status(status)),
    };
    (mark.status().map(|status| (ink.mark(status), ink.status(status))), words)
}

struct Rows {
    room: u16,
    /// Columns of the last row that are taken.
    used: u16,
    done: Vec<Line>,
}

impl Rows {
    /// A sign before a word of `next` columns: on the same row as the word.
    fn sign(&mut self, sign: &str, style: Style, next: u16) {
        let needed = columns(sign) + 1 + next;
        if self.used > 0 && self.used.saturating_add(1 + needed) > self.room {
            self.begin();
        }
        self.word(sign, style);
    }

    fn word(&mut self, word: &str, style: Style) {
        if self.used > 0 && self.used.saturating_add(1 + columns(word)) > self.room {
            self.begin();
        }
        let mut rest = word;
        loop {
            let fits = fitting(rest, self.room);
            // A character wider than the row goes alone: it is cut when drawn.
            let at = if fits.is_empty() { rest.chars().next().map_or(0, char::len_utf8) } else { fits.len() };
            let (head, tail) = rest.split_at(at);
            self.put(head, style);
            if tail.is_empty() {
                return;
            }
            self.begin();
            rest = tail;
        }
    }

    fn begin(&mut self) {
        self.done.push(Vec::new());
        self.used = 0;
    }

    fn put(&mut self, word: &str, style: Style) {
        let Some(row) = self.done.last_mut() else { return };
        let gap = if self.used > 0 { " " } else { "" };
        self.used = self.used.saturating_add(columns(word)).saturating_add(columns(gap));
        match row.last_mut() {
            Some((text, last)) if *last == style => {
                text.push_str(gap);
                text.push_str(word);
            }
            // What lies between two looks has neither: a theme may underline.
            Some(_) => row.extend([(gap.to_owned(), Style::new()), (word.to_owned(), style)]),
            None => row.push((word.to_owned(), style)),
        }
    }
}

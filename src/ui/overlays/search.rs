//! Fuzzy search, and marks under what it found.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui::buffer::Buffer;
use unicode_width::UnicodeWidthChar;

use crate::theme::{Role, Theme};

/// A query, ready to be compared with many texts.
pub(super) struct Search {
    pattern: Pattern,
    matcher: Matcher,
    chars: Vec<char>,
}

impl Search {
    pub(super) fn new(query: &str) -> Self {
        Self {
            pattern: Pattern::parse(query, CaseMatching::Ignore, Normalization::Smart),
            matcher: Matcher::new(Config::DEFAULT),
            chars: Vec::new(),
        }
    }

    /// How well a text fits, more is better; `None` when it does not.
    pub(super) fn score(&mut self, text: &str) -> Option<u32> {
        self.pattern.score(Utf32Str::new(text, &mut self.chars), &mut self.matcher)
    }

    /// Marks the characters of `text`, drawn at a place in at most `columns`, that the query asked for.
    pub(super) fn mark(&mut self, buffer: &mut Buffer, (x, y): (u16, u16), columns: u16, text: &str, theme: &Theme) {
        let mut found = Vec::new();
        if self.pattern.indices(Utf32Str::new(text, &mut self.chars), &mut self.matcher, &mut found).is_none() {
            return;
        }
        let mut column = 0u16;
        for (at, c) in (0u32..).zip(text.chars()) {
            let end = column.saturating_add(c.width().and_then(|width| u16::try_from(width).ok()).unwrap_or(0));
            if end > columns {
                return;
            }
            if found.contains(&at)
                && let Some(cell) = buffer.cell_mut((x.saturating_add(column), y))
            {
                cell.set_style(theme.style(Role::Match));
            }
            column = end;
        }
    }
}

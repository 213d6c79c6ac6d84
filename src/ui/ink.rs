//! What the screen's words and states look like: the one place where views meet the theme.

use std::time::Duration;

use ratatui::style::Style;

use super::derived::Age;
use super::freshness::Freshness;
use crate::model::Status;
use crate::theme::{Glyphs, Role, Theme};

/// Styles and glyphs by meaning.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ink<'a> {
    theme: &'a Theme,
}

impl<'a> Ink<'a> {
    /// Draws with `theme`.
    #[must_use]
    pub(crate) const fn new(theme: &'a Theme) -> Self {
        Self { theme }
    }

    /// The theme, for widgets.
    #[must_use]
    pub(crate) const fn theme(self) -> &'a Theme {
        self.theme
    }

    /// The glyphs.
    #[must_use]
    pub(crate) fn glyphs(self) -> &'static Glyphs {
        self.theme.glyphs()
    }

    /// The style of a role.
    #[must_use]
    pub(crate) fn of(self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// Ordinary text.
    #[must_use]
    pub(crate) fn text(self) -> Style {
        self.of(Role::Text)
    }

    /// What matters less.
    #[must_use]
    pub(crate) fn muted(self) -> Style {
        self.of(Role::Muted)
    }

    /// What matters more.
    #[must_use]
    pub(crate) fn strong(self) -> Style {
        self.of(Role::Strong)
    }

    /// The program's own colour.
    #[must_use]
    pub(crate) fn accent(self) -> Style {
        self.of(Role::Accent)
    }

    /// Row or cell under the cursor; dim where keys do not go.
    #[must_use]
    pub(crate) fn selection(self, focused: bool) -> Style {
        self.of(if focused { Role::Selection } else { Role::SelectionDim })
    }

    /// A state's colour.
    #[must_use]
    pub(crate) fn status(self, status: Status) -> Style {
        self.of(match status {
            Status::Ok => Role::Ok,
            Status::Unknown => Role::Unknown,
            Status::Warning => Role::Warning,
            Status::Critical => Role::Critical,
        })
    }

    /// A state's glyph.
    #[must_use]
    pub(crate) fn mark(self, status: Status) -> &'static str {
        let glyphs = self.glyphs();
        match status {
            Status::Ok => glyphs.ok,
            Status::Unknown => glyphs.unknown,
            Status::Warning => glyphs.warning,
            Status::Critical => glyphs.critical,
        }
    }

    /// The glyph and colour of an age in the heat ramp, whose first half is the time until renewal is due.
    #[must_use]
    pub(crate) fn heat(self, age: Age) -> (&'static str, Style) {
        match age.freshness {
            Freshness::Fresh => self.theme.heat(age.quarter),
            other => self.freshness(other),
        }
    }

    /// The glyph and colour of a step, for the legend and beside words.
    #[must_use]
    pub(crate) fn freshness(self, freshness: Freshness) -> (&'static str, Style) {
        match freshness {
            Freshness::Fresh => self.theme.heat(1),
            Freshness::Due => self.theme.heat(4),
            Freshness::Late => self.theme.heat(5),
            Freshness::Urgent => self.theme.heat(6),
            Freshness::NotYet => (self.glyphs().unknown, self.of(Role::Critical)),
            Freshness::Expired => self.theme.heat(7),
        }
    }

    /// The style of words about a step: the ramp is for cells, and parts of it are too pale to be read.
    #[must_use]
    pub(crate) fn freshness_text(self, freshness: Freshness) -> Style {
        self.of(match freshness {
            Freshness::Fresh | Freshness::Due => Role::Text,
            Freshness::Late => Role::Warning,
            Freshness::Urgent | Freshness::NotYet | Freshness::Expired => Role::Critical,
        })
    }

    /// A level of a sparkline, `share` of the full height.
    #[must_use]
    pub(crate) fn level(self, share: f64) -> &'static str {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the levels")]
        let at = (share.clamp(0.0, 1.0) * 7.0).round() as usize;
        self.glyphs().spark.get(at).copied().unwrap_or(" ")
    }

    /// Durations as a sparkline from the first that was measured on; three times the median is full height, or
    /// the longest where that is less.
    #[must_use]
    pub(crate) fn spark(self, values: &[Duration]) -> String {
        let mut sorted: Vec<f64> = values.iter().filter(|value| !value.is_zero()).map(Duration::as_secs_f64).collect();
        sorted.sort_by(f64::total_cmp);
        // One alone is no trend.
        let [_, .., most] = sorted[..] else { return String::new() };
        let median = sorted.get(sorted.len() / 2).copied().unwrap_or(most);
        let full = most.min(median * 3.0);
        values.iter().skip_while(|value| value.is_zero()).map(|value| self.level(value.as_secs_f64() / full)).collect()
    }
}

//! A run of values as a line of small bars, failures as crosses.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::theme::{Role, Theme};

/// Values, oldest first; `None` is a failure.
#[derive(Clone, Copy, Debug)]
pub struct Spark<'a, I> {
    /// The values.
    pub values: I,
    /// The value of a full bar; the largest shown when `None`.
    pub full: Option<u64>,
    /// Styles and glyphs.
    pub theme: &'a Theme,
}

impl<I> Spark<'_, I>
where
    I: DoubleEndedIterator<Item = Option<u64>> + ExactSizeIterator + Clone,
{
    /// Draws the newest values that fit, the newest at the right end of what is drawn.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer) {
        let area = area.intersection(buffer.area);
        if area.is_empty() {
            return;
        }
        let skipped = self.values.len().saturating_sub(usize::from(area.width));
        let shown = self.values.clone().skip(skipped);
        let full = self.full.or_else(|| shown.clone().flatten().max()).unwrap_or(0).max(1);
        let glyphs = self.theme.glyphs();
        for (x, value) in (area.x..area.right()).zip(shown) {
            let (symbol, role) = match value {
                None => (glyphs.critical, Role::TrendFailed),
                Some(value) => {
                    let level = usize::try_from(value.min(full).saturating_mul(7) / full).unwrap_or(7);
                    (glyphs.spark[level.min(7)], Role::Trend)
                }
            };
            buffer.set_stringn(x, area.y, symbol, 1, self.theme.style(role));
        }
    }
}

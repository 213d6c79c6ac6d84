//! A horizontal bar.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::theme::Glyphs;

/// Fills `fraction` of the first row of `area`, to an eighth of a cell; what is not nothing is at
/// least an eighth.
pub fn gauge(area: Rect, buffer: &mut Buffer, fraction: f64, style: Style, glyphs: &Glyphs) {
    let area = area.intersection(buffer.area);
    if area.is_empty() || fraction.is_nan() || fraction <= 0.0 {
        return;
    }
    let room = u32::from(area.width) * 8;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=room")]
    let eighths = (fraction.min(1.0) * f64::from(room)).round() as u32;
    let eighths = eighths.max(1);
    for x in 0..area.width {
        let filled = usize::try_from(eighths.saturating_sub(u32::from(x) * 8).min(8)).unwrap_or(8);
        if filled == 0 {
            return;
        }
        buffer.set_stringn(area.x + x, area.y, glyphs.eighths[filled], 1, style);
    }
}

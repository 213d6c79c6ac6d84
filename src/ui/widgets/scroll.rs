//! A vertical scroll bar.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::theme::{Role, Theme};

/// Draws where `offset` is among `len` lines of which the area's height is shown, in the area's
/// last column. Draws nothing while everything fits.
pub fn scrollbar(area: Rect, buffer: &mut Buffer, len: usize, offset: usize, theme: &Theme) {
    let area = area.intersection(buffer.area);
    let height = usize::from(area.height);
    if area.is_empty() || len <= height {
        return;
    }
    let thumb = (height * height / len).clamp(1, height);
    let last = len - height;
    let start = (offset.min(last) * (height - thumb)).checked_div(last).unwrap_or(0);
    let glyphs = theme.glyphs();
    for (y, row) in area.rows().enumerate() {
        let (symbol, role) = if (start..start + thumb).contains(&y) {
            (glyphs.thumb, Role::ScrollbarThumb)
        } else {
            (glyphs.track, Role::Scrollbar)
        };
        buffer.set_stringn(row.right() - 1, row.y, symbol, 1, theme.style(role));
    }
}

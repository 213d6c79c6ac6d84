//! A short message over the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use super::text::{Align, Cut, put, width};
use crate::theme::{Role, Theme};

/// Draws a message at the right end of the last row of `area`, with a glyph that tells success from failure.
pub fn toast(area: Rect, buffer: &mut Buffer, text: &str, failed: bool, theme: &Theme) {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return;
    }
    let glyphs = theme.glyphs();
    let (glyph, role) = if failed { (glyphs.critical, Role::ToastFailed) } else { (glyphs.ok, Role::Toast) };
    let message = format!(" {glyph} {text} ");
    let columns = width(&message).min(area.width);
    let place = Rect { x: area.right() - columns, y: area.bottom() - 1, width: columns, height: 1 };
    Clear.render(place, buffer);
    let style = theme.style(Role::Text).patch(theme.style(role));
    buffer.set_style(place, style);
    put(buffer, place, &message, style, (Align::Left, Cut::End), glyphs);
}

//! The frame of what lies over the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use crate::theme::{Role, Theme};
use crate::ui::widgets::{Align, Cut, put, width};

/// Where a popup stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In the middle.
    Middle,
    /// In the middle, near the top, so that it does not move while its list shrinks.
    Top,
    /// At the right, so that what is behind stays in sight.
    Right,
}

/// Clears the ground, draws the frame with its title and the line at its bottom, and returns what is inside.
pub(super) fn popup(
    area: Rect,
    buffer: &mut Buffer,
    place: Place,
    size: (u16, u16),
    (title, bottom): (&str, &str),
    theme: &Theme,
) -> Rect {
    let frame = placed(area, place, size);
    Clear.render(frame, buffer);
    buffer.set_style(frame, theme.style(Role::Text).patch(theme.style(Role::Overlay)));
    if frame.width < 2 || frame.height < 2 {
        return Rect { width: 0, height: 0, ..frame };
    }
    let [horizontal, vertical, top_left, top_right, bottom_left, bottom_right] = theme.glyphs().frame;
    let style = theme.style(Role::BorderFocus);
    let (right, last) = (frame.right() - 1, frame.bottom() - 1);
    for x in frame.x + 1..right {
        buffer.set_string(x, frame.y, horizontal, style);
        buffer.set_string(x, last, horizontal, style);
    }
    for y in frame.y + 1..last {
        buffer.set_string(frame.x, y, vertical, style);
        buffer.set_string(right, y, vertical, style);
    }
    let corners = [(frame.x, frame.y, top_left), (right, frame.y, top_right), (frame.x, last, bottom_left)];
    for (x, y, corner) in corners.into_iter().chain([(right, last, bottom_right)]) {
        buffer.set_string(x, y, corner, style);
    }
    for (y, text, role) in [(frame.y, title, Role::Title), (last, bottom, Role::Muted)] {
        let room = frame.width.saturating_sub(4);
        let text = if text.is_empty() { String::new() } else { format!(" {text} ") };
        let line = Rect { x: frame.x + 2, y, width: width(&text).min(room), height: 1 };
        put(buffer, line, &text, theme.style(role), (Align::Left, Cut::End), theme.glyphs());
    }
    Rect { x: frame.x + 1, y: frame.y + 1, width: frame.width - 2, height: frame.height - 2 }
}

fn placed(area: Rect, place: Place, (columns, rows): (u16, u16)) -> Rect {
    let (columns, rows) = (columns.min(area.width), rows.min(area.height));
    let (across, down) = (area.width - columns, area.height - rows);
    let (x, y) = match place {
        Place::Middle => (across / 2, down / 2),
        Place::Top => (across / 2, (area.height / 8).min(down)),
        Place::Right => (across, down / 2),
    };
    Rect { x: area.x + x, y: area.y + y, width: columns, height: rows }
}

/// Lays the cursor over a row.
pub(super) fn select(buffer: &mut Buffer, row: Rect, theme: &Theme) {
    buffer.set_style(row, theme.style(Role::Selection));
}

//! A pane's border with its title, a note at the right and a caption at the bottom.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Block, BorderType, Widget};

use super::ink::Ink;
use super::layout::inside;
use super::pen::Pen;
use super::widgets::width;
use crate::theme::Role;

/// What stands in a border.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    /// At the top left.
    pub(crate) title: &'a str,
    /// At the top right, when there is room for all of it.
    pub(crate) note: &'a str,
    /// At the bottom left.
    pub(crate) caption: &'a str,
    /// Keys go here.
    pub(crate) focused: bool,
}

/// Draws the border and returns what is inside.
pub(crate) fn draw(ink: Ink<'_>, area: Rect, buffer: &mut Buffer, frame: &Frame<'_>) -> Rect {
    let kind = if frame.focused { BorderType::Thick } else { BorderType::Plain };
    Block::bordered()
        .border_type(kind)
        .border_style(ink.of(if frame.focused { Role::BorderFocus } else { Role::Border }))
        .render(area, buffer);
    if area.height < 2 || area.width < 6 {
        return inside(area);
    }
    let line = Rect { x: area.x + 1, width: area.width - 2, height: 1, ..area };
    let mut top = Pen::new(buffer, line, 0);
    let title = format!(" {} ", frame.title);
    if !frame.note.is_empty() && width(frame.note) + 3 + width(&title) <= top.room() {
        top.right(" ", ink.muted()).right(frame.note, ink.muted()).right(" ", ink.muted());
    }
    top.put(&title, ink.of(Role::Title));
    if !frame.caption.is_empty() {
        let mut bottom = Pen::new(buffer, Rect { y: area.bottom() - 1, ..line }, 0);
        bottom.put(" ", ink.muted()).keep_right(1).put(frame.caption, ink.muted()).put(" ", ink.muted());
    }
    inside(area)
}

//! Lines of styled text that a tab is made of.

use ratatui::style::Style;

use crate::ui::pen::wrapped;

/// A line of styled pieces.
pub(crate) type Line = Vec<(String, Style)>;

/// Wraps text below `indent`; lines after the first are indented alike.
pub(crate) fn paragraph(indent: &str, text: &str, style: Style, width: u16, lines: &mut Vec<Line>) {
    let columns = u16::try_from(indent.chars().count()).unwrap_or(0);
    for (at, part) in wrapped(text, width.saturating_sub(columns).max(10), 12).into_iter().enumerate() {
        let lead = if at == 0 { indent.to_owned() } else { " ".repeat(usize::from(columns)) };
        lines.push(vec![(lead, style), (part.to_owned(), style)]);
    }
}

/// Columns of a fact's name.
pub(crate) const LABEL: u16 = 18;

/// A named fact, its value wrapped beside the name.
pub(crate) fn fact(name: &str, value: &str, (label, style): (Style, Style), width: u16, lines: &mut Vec<Line>) {
    let room = width.saturating_sub(LABEL + 1).max(10);
    for (at, part) in wrapped(value, room, 6).into_iter().enumerate() {
        let name = if at == 0 { format!("   {name:<14} ") } else { " ".repeat(usize::from(LABEL)) };
        lines.push(vec![(name, label), (part.to_owned(), style)]);
    }
}

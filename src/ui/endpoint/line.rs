//! Lines of styled text that a tab is made of.

use ratatui::style::Style;

use crate::ui::pen::wrapped;
use crate::ui::widgets::width as columns;

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
pub(crate) const LABEL: u16 = 23;

/// A named fact, its value wrapped beside the name; below it, when the name (a path, say) is too long for that.
pub(crate) fn fact(name: &str, value: &str, (label, style): (Style, Style), width: u16, lines: &mut Vec<Line>) {
    let room = width.saturating_sub(LABEL + 1).max(10);
    let is_long = columns(name) + 4 > LABEL;
    if is_long {
        lines.push(vec![(format!("   {name}"), label)]);
    }
    for (at, part) in wrapped(value, room, 6).into_iter().enumerate() {
        let name = if at == 0 && !is_long { format!("   {name:<19} ") } else { " ".repeat(usize::from(LABEL)) };
        lines.push(vec![(name, label), (part.to_owned(), style)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_has_a_line_of_its_own() {
        let mut lines = Vec::new();
        let plain = (Style::new(), Style::new());
        fact("system", "trusted", plain, 80, &mut lines);
        fact("/etc/ssl/private/corporate.pem", "refused", plain, 80, &mut lines);
        let texts: Vec<String> =
            lines.iter().map(|line| line.iter().map(|(text, _)| text.as_str()).collect()).collect();
        let indent = " ".repeat(23);
        let expected =
            ["   system              trusted", "   /etc/ssl/private/corporate.pem", &format!("{indent}refused")];
        assert_eq!(texts, expected);
    }
}

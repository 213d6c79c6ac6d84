//! Nothing outside ASCII on the screen, whatever was drawn.

use ratatui::buffer::Buffer;

/// Replaces every other symbol by its nearest ASCII one. One column stays one column.
pub(crate) fn reduce(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if !cell.symbol().is_ascii() {
            let plain = cell.symbol().chars().next().map_or(' ', nearest);
            cell.set_char(plain);
        }
    }
}

const fn nearest(symbol: char) -> char {
    match symbol {
        '─' | '━' | '–' | '−' | '═' | '·' => '-',
        '│' | '┃' | '║' => '|',
        '┌'..='╬' | '✓' => '+',
        '✗' | '×' => 'x',
        '▲' => '!',
        '▼' | '↓' => 'v',
        '↑' => '^',
        '→' | '▸' | '»' | '≥' => '>',
        '←' | '≤' | '«' => '<',
        '…' => '~',
        '●' | '■' => '*',
        '“' | '”' => '"',
        '‘' | '’' => '\'',
        '▁'..='█' => '#',
        '▉'..='▓' => '=',
        _ => '?',
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn leaves_ascii_and_columns_alone() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 14, 1));
        buffer.set_string(0, 0, "ok ✗ ≤7d … 名x", Style::new());
        reduce(&mut buffer);
        let text: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(text, "ok x <7d ~ ? x");
    }
}

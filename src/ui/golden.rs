//! Prints a buffer with its styles, for golden tests: `TestBackend` drops them.

use std::fmt::Write as _;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};

/// The symbols line by line between bars, then every line's styles as runs: `x..x fg/bg modifiers`.
/// Lines without a style of their own are left out of the second part.
pub(crate) fn dump(buffer: &Buffer) -> String {
    let mut out = String::new();
    let width = usize::from(buffer.area.width).max(1);
    for line in buffer.content.chunks(width) {
        // A wide character leaves an empty cell behind it, which a terminal does not show.
        let mut hidden = 0;
        out.push('|');
        for cell in line {
            if hidden == 0 {
                out.push_str(cell.symbol());
                hidden = unicode_width::UnicodeWidthStr::width(cell.symbol()).saturating_sub(1);
            } else {
                hidden -= 1;
            }
        }
        out.push_str("|\n");
    }
    for (y, line) in buffer.content.chunks(width).enumerate() {
        let mut runs = String::new();
        let mut start = 0;
        for run in line.chunk_by(|a, b| a.style() == b.style()) {
            let end = start + run.len();
            let name = name(run[0].style());
            if !name.is_empty() {
                let _ = write!(runs, " {start}..{end} {name};");
            }
            start = end;
        }
        if !runs.is_empty() {
            let _ = writeln!(out, "{y}:{runs}");
        }
    }
    out
}

fn name(style: Style) -> String {
    let color = |color: Option<Color>| match color {
        None | Some(Color::Reset) => "-".to_owned(),
        Some(color) => color.to_string().to_lowercase(),
    };
    let mut out = match (color(style.fg), color(style.bg)) {
        (fg, bg) if fg == "-" && bg == "-" => String::new(),
        (fg, bg) if bg == "-" => fg,
        (fg, bg) => format!("{fg}/{bg}"),
    };
    for (modifier, sign) in [
        (Modifier::BOLD, "+b"),
        (Modifier::DIM, "+d"),
        (Modifier::ITALIC, "+i"),
        (Modifier::UNDERLINED, "+u"),
        (Modifier::REVERSED, "+r"),
    ] {
        if style.add_modifier.contains(modifier) {
            out.push_str(sign);
        }
    }
    out
}

#[test]
fn shows_symbols_and_runs_of_style() {
    let mut buffer = Buffer::empty(ratatui::layout::Rect::new(0, 0, 5, 2));
    buffer.set_string(0, 0, "a名", Style::new().fg(Color::Red).add_modifier(Modifier::BOLD));
    buffer.set_string(0, 1, "plain", Style::new());
    buffer.set_string(4, 1, "n", Style::new().fg(Color::Rgb(1, 2, 3)).bg(Color::Blue));
    insta::assert_snapshot!(dump(&buffer), @r"
    |a名  |
    |plain|
    0: 0..2 red+b;
    1: 4..5 #010203/blue;
    ");
}

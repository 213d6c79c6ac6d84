//! Colours as written in theme files, and the nearest colour a terminal has.

use ratatui::style::Color;

/// Text that is no colour.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no colour; write #rrggbb, a number from 0 to 255, or a name such as 'red' or 'bright-blue'")]
pub struct MalformedColor(pub String);

/// The sixteen names, in the terminal's own order.
const NAMES: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "white",
    "bright-black",
    "bright-red",
    "bright-green",
    "bright-yellow",
    "bright-blue",
    "bright-magenta",
    "bright-cyan",
    "bright-white",
];

const ANSI: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

/// Reads `#rgb`, `#rrggbb`, `0`–`255`, one of the sixteen names (`gray` is `bright-black`), or
/// `default` for the terminal's own.
pub fn parse_color(text: &str) -> Result<Color, MalformedColor> {
    let malformed = || MalformedColor(text.to_owned());
    if let Some(digits) = text.strip_prefix('#') {
        return parse_hex(digits).ok_or_else(malformed);
    }
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return text.parse().map(Color::Indexed).map_err(|_| malformed());
    }
    match text {
        "default" => Ok(Color::Reset),
        "gray" | "grey" => Ok(Color::DarkGray),
        name => NAMES.iter().position(|known| *known == name).map(|at| ANSI[at]).ok_or_else(malformed),
    }
}

fn parse_hex(digits: &str) -> Option<Color> {
    let value = u32::from_str_radix(digits, 16).ok().filter(|_| digits.is_ascii() && !digits.starts_with('+'))?;
    let [_, r, g, b] = match digits.len() {
        6 => value.to_be_bytes(),
        3 => {
            let nibbles = [(value >> 8) & 0xf, (value >> 4) & 0xf, value & 0xf];
            (nibbles[0] * 0x11_0000 + nibbles[1] * 0x1100 + nibbles[2] * 0x11).to_be_bytes()
        }
        _ => return None,
    };
    Some(Color::Rgb(r, g, b))
}

/// Red, green and blue, as xterm shows the colour; `None` for the terminal's own ground.
pub(super) fn rgb(color: Color) -> Option<[u8; 3]> {
    match color {
        Color::Rgb(r, g, b) => Some([r, g, b]),
        Color::Indexed(index) => Some(indexed_rgb(index)),
        Color::Reset => None,
        named => ANSI.iter().zip(0..).find(|(ansi, _)| **ansi == named).map(|(_, index)| indexed_rgb(index)),
    }
}

/// Levels of the 6×6×6 cube.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

const XTERM16: [[u8; 3]; 16] = [
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
];

fn indexed_rgb(index: u8) -> [u8; 3] {
    match index {
        0..=15 => XTERM16[usize::from(index)],
        16..=231 => {
            let cube = usize::from(index - 16);
            [CUBE[cube / 36], CUBE[cube / 6 % 6], CUBE[cube % 6]]
        }
        232.. => [8 + 10 * (index - 232); 3],
    }
}

/// The nearest of the 240 fixed colours; the first sixteen are the user's own and never chosen.
pub(super) fn to_ansi256(color: Color) -> Color {
    let Color::Rgb(r, g, b) = color else { return color };
    let wanted = [r, g, b];
    let nearest = (16..=255u8).min_by_key(|index| distance(indexed_rgb(*index), wanted));
    Color::Indexed(nearest.unwrap_or(15))
}

/// The one of sixteen colours with the same hue. Distances would turn pale colours into greys and
/// lose what they mean, so hue decides, then lightness.
pub(super) fn to_ansi16(color: Color) -> Color {
    let (Color::Rgb(..) | Color::Indexed(16..)) = color else { return color };
    let Some([r, g, b]) = rgb(color) else { return color };
    let (max, min) = (r.max(g).max(b), r.min(g).min(b));
    let chroma = i32::from(max - min);
    if chroma < 40 || chroma * 6 < i32::from(max) {
        return match max {
            0..=69 => Color::Black,
            70..=139 => Color::DarkGray,
            140..=209 => Color::Gray,
            210.. => Color::White,
        };
    }
    let hue = hue_degrees([r, g, b], max, chroma);
    let base = match hue {
        20..=60 => 3,
        61..=164 => 2,
        165..=204 => 6,
        205..=264 => 4,
        265..=334 => 5,
        _ => 1,
    };
    ANSI[if max >= 170 { base + 8 } else { base }]
}

/// Hue as in HSV, 0 to 359.
fn hue_degrees([r, g, b]: [u8; 3], max: u8, chroma: i32) -> i32 {
    let [r, g, b] = [i32::from(r), i32::from(g), i32::from(b)];
    let degrees = if i32::from(max) == r {
        60 * (g - b) / chroma
    } else if i32::from(max) == g {
        60 * (b - r) / chroma + 120
    } else {
        60 * (r - g) / chroma + 240
    };
    degrees.rem_euclid(360)
}

/// Squared distance weighted by how strongly the eye answers to each channel.
fn distance(a: [u8; 3], b: [u8; 3]) -> u32 {
    let channel = |i: usize| u32::from(a[i].abs_diff(b[i])).pow(2);
    2 * channel(0) + 4 * channel(1) + 3 * channel(2)
}

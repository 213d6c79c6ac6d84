//! Characters to draw with: a Unicode set and one that needs nothing but ASCII.

/// A set of glyphs. Every one is a single column wide unless it says otherwise.
#[derive(Debug, PartialEq, Eq)]
pub struct Glyphs {
    /// Whether text must be ASCII too.
    pub ascii: bool,
    /// Nothing to do.
    pub ok: &'static str,
    /// Not known.
    pub unknown: &'static str,
    /// Warning.
    pub warning: &'static str,
    /// Critical, failed.
    pub critical: &'static str,
    /// Horizontal bar in eighths: nothing to a full cell.
    pub eighths: [&'static str; 9],
    /// Levels of a sparkline, lowest to highest.
    pub spark: [&'static str; 8],
    /// Steps of the heat ramp when colour tells them apart.
    pub heat: [&'static str; 8],
    /// Steps of the heat ramp when only the glyph does.
    pub heat_mono: [&'static str; 8],
    /// Phases of a probe: DNS, TCP, upgrade, TLS.
    pub phases: [&'static str; 4],
    /// Frame: horizontal, vertical, top left, top right, bottom left, bottom right.
    pub frame: [&'static str; 6],
    /// Empty part of a scale or scroll bar.
    pub track: &'static str,
    /// Where one is on a scroll bar.
    pub thumb: &'static str,
    /// Rising, sorted ascending.
    pub up: &'static str,
    /// Falling, sorted descending.
    pub down: &'static str,
    /// Leads to; up to two columns.
    pub arrow: &'static str,
    /// The enter key; up to five columns.
    pub enter: &'static str,
    /// Times.
    pub times: &'static str,
    /// Between facts on a line.
    pub dot: &'static str,
    /// Text was cut here.
    pub ellipsis: &'static str,
    /// Live.
    pub live: &'static str,
    /// A probe is under way.
    pub probing: &'static str,
    /// A survey is under way.
    pub surveying: &'static str,
    /// The row under the cursor.
    pub cursor: &'static str,
    /// Last branch of a tree; two columns.
    pub branch_last: &'static str,
}

impl Glyphs {
    /// For terminals that show Unicode.
    pub const UNICODE: Self = Self {
        ascii: false,
        ok: "✓",
        unknown: "?",
        warning: "▲",
        critical: "✗",
        eighths: [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
        spark: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
        heat: ["■", "■", "■", "■", "■", "◆", "▲", "✗"],
        heat_mono: ["·", "░", "▒", "▓", "■", "◆", "▲", "✗"],
        phases: ["░", "▒", "▓", "█"],
        frame: ["━", "┃", "┏", "┓", "┗", "┛"],
        track: "│",
        thumb: "┃",
        up: "↑",
        down: "↓",
        arrow: "→",
        enter: "↵",
        times: "×",
        dot: "·",
        ellipsis: "…",
        live: "●",
        probing: "»",
        surveying: "≡",
        cursor: "▸",
        branch_last: "└─",
    };

    /// For terminals, fonts and screen readers that do not.
    pub const ASCII: Self = Self {
        ascii: true,
        ok: "+",
        unknown: "?",
        warning: "!",
        critical: "x",
        eighths: [" ", ".", ".", "-", "-", "-", "=", "=", "#"],
        spark: ["_", ".", ",", "-", "=", "+", "*", "#"],
        heat: ["o", "o", "o", "o", "o", "%", "!", "x"],
        heat_mono: [".", ":", "-", "=", "o", "%", "!", "x"],
        phases: [".", "+", "~", "="],
        frame: ["=", "|", "#", "#", "#", "#"],
        track: "|",
        thumb: "#",
        up: "^",
        down: "v",
        arrow: "->",
        enter: "Enter",
        times: "x",
        dot: "-",
        ellipsis: "~",
        live: "*",
        probing: ">",
        surveying: "=",
        cursor: ">",
        branch_last: "`-",
    };

    /// The set for a terminal: ASCII on demand, or where `LC_ALL`, `LC_CTYPE` or `LANG` (the first
    /// that is set) names another character set than UTF-8.
    #[must_use]
    pub fn detect(ascii: bool, variable: impl Fn(&str) -> Option<String>) -> &'static Self {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().filter_map(|name| variable(name)).find(|v| !v.is_empty());
        let utf8 = locale.is_none_or(|locale| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        });
        if ascii || !utf8 { &Self::ASCII } else { &Self::UNICODE }
    }
}

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
    /// The same for the pane with the focus.
    pub frame_focus: [&'static str; 6],
    /// Empty part of a scale or scroll bar.
    pub track: &'static str,
    /// Where one is on a scroll bar.
    pub thumb: &'static str,
    /// A mark on a scale.
    pub mark: &'static str,
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
    /// Between columns.
    pub bar: &'static str,
    /// Text was cut here.
    pub ellipsis: &'static str,
    /// Live.
    pub live: &'static str,
    /// The row under the cursor.
    pub cursor: &'static str,
    /// A choice that is on; up to three columns.
    pub on: &'static str,
    /// A choice that is off; as wide as `on`.
    pub off: &'static str,
    /// Branch of a tree; two columns.
    pub branch: &'static str,
    /// Last branch of a tree; two columns.
    pub branch_last: &'static str,
    /// A tree goes on beside; two columns.
    pub branch_skip: &'static str,
    /// Frames of a spinner.
    pub spinner: &'static [&'static str],
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
        frame: ["─", "│", "┌", "┐", "└", "┘"],
        frame_focus: ["━", "┃", "┏", "┓", "┗", "┛"],
        track: "│",
        thumb: "┃",
        mark: "┼",
        up: "↑",
        down: "↓",
        arrow: "→",
        enter: "↵",
        times: "×",
        dot: "·",
        bar: "│",
        ellipsis: "…",
        live: "●",
        cursor: "▸",
        on: "■",
        off: "□",
        branch: "├─",
        branch_last: "└─",
        branch_skip: "│ ",
        spinner: &["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"],
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
        frame: ["-", "|", "+", "+", "+", "+"],
        frame_focus: ["=", "|", "#", "#", "#", "#"],
        track: "|",
        thumb: "#",
        mark: "+",
        up: "^",
        down: "v",
        arrow: "->",
        enter: "Enter",
        times: "x",
        dot: "-",
        bar: "|",
        ellipsis: "~",
        live: "*",
        cursor: ">",
        on: "[x]",
        off: "[ ]",
        branch: "|-",
        branch_last: "`-",
        branch_skip: "| ",
        spinner: &["|", "/", "-", "\\"],
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

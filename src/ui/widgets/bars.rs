//! Horizontal bars: counts with shares, gauges, spans on a scale.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::text::{Align, Cut, put, width};
use crate::theme::{Glyphs, Role, Theme};

/// One bar with what it is called and counts.
#[derive(Clone, Debug)]
pub struct Bar<'a> {
    /// Its name.
    pub label: &'a str,
    /// What it counts.
    pub count: usize,
    /// Behind the share: drift, a remark.
    pub note: String,
    /// Its colour.
    pub style: Style,
}

/// Bars under each other, on the scale of their total.
#[derive(Clone, Copy, Debug)]
pub struct Bars<'a> {
    /// The bars.
    pub bars: &'a [Bar<'a>],
    /// What is the whole.
    pub total: usize,
    /// The bar under the cursor.
    pub cursor: Option<usize>,
    /// Whether keys go here.
    pub focused: bool,
    /// Styles and glyphs.
    pub theme: &'a Theme,
}

impl Bars<'_> {
    /// Draws a bar a line, as many as fit: label, bar, count, share, note.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer) {
        let area = area.intersection(buffer.area);
        let glyphs = self.theme.glyphs();
        let widest = |of: fn(&Bar<'_>) -> u16| self.bars.iter().map(of).max().unwrap_or(0);
        let labels = widest(|bar| width(bar.label)).min(area.width * 2 / 5);
        let notes = widest(|bar| width(&bar.note));
        let counts = widest(|bar| digits(bar.count));
        // Label, gap, bar, gap, count, gap, `100 %`, gap, note; what does not fit goes from the right.
        let fixed = labels + 1;
        let tail = [counts + 1, 6, notes + u16::from(notes > 0)];
        let shown = (0..=tail.len()).rev().find(|shown| fixed + tail[..*shown].iter().sum::<u16>() + 3 <= area.width);
        let shown = shown.unwrap_or(0);
        let bar_width = area.width.saturating_sub(fixed + tail[..shown].iter().sum::<u16>());
        for (at, (line, bar)) in area.rows().zip(self.bars).enumerate() {
            let style = self.theme.style(Role::Text);
            let muted = self.theme.style(Role::Muted);
            let mut x = line.x;
            let mut column = |columns: u16| {
                let cell = Rect { x: x.min(line.right()), width: columns.min(line.right().saturating_sub(x)), ..line };
                x = x.saturating_add(columns).saturating_add(1);
                cell
            };
            put(buffer, column(labels), bar.label, style, (Align::Left, Cut::Middle), glyphs);
            gauge(column(bar_width.saturating_sub(1)), buffer, share(bar.count, self.total), bar.style, glyphs);
            if shown > 0 {
                put(buffer, column(counts), &bar.count.to_string(), style, (Align::Right, Cut::End), glyphs);
            }
            if shown > 1 {
                put(buffer, column(5), &percent(bar.count, self.total), muted, (Align::Right, Cut::End), glyphs);
            }
            if shown > 2 {
                put(buffer, column(notes), &bar.note, muted, (Align::Left, Cut::End), glyphs);
            }
            if self.cursor == Some(at) {
                let role = if self.focused { Role::Selection } else { Role::SelectionDim };
                buffer.set_style(line, self.theme.style(role));
            }
        }
    }
}

/// Fills `fraction` of the first row of `area`, to an eighth of a cell; what is not nothing is at
/// least an eighth.
pub fn gauge(area: Rect, buffer: &mut Buffer, fraction: f64, style: Style, glyphs: &Glyphs) {
    let area = area.intersection(buffer.area);
    if area.is_empty() || fraction.is_nan() || fraction <= 0.0 {
        return;
    }
    let eighths = cells(fraction, u32::from(area.width) * 8).max(1);
    for x in 0..area.width {
        let filled = usize::try_from(eighths.saturating_sub(u32::from(x) * 8).min(8)).unwrap_or(8);
        if filled == 0 {
            return;
        }
        buffer.set_stringn(area.x + x, area.y, glyphs.eighths[filled], 1, style);
    }
}

/// Draws `glyph` from `start` to `end`, both fractions of the first row of `area`; at least a cell.
pub fn span(area: Rect, buffer: &mut Buffer, (start, end): (f64, f64), glyph: &str, style: Style) {
    let area = area.intersection(buffer.area);
    if area.is_empty() || start.is_nan() || end.is_nan() || start > end {
        return;
    }
    let room = u32::from(area.width);
    let first = cells(start, room).min(room - 1);
    let last = cells(end, room).max(first + 1);
    for x in first..last {
        buffer.set_stringn(area.x.saturating_add(u16::try_from(x).unwrap_or(u16::MAX)), area.y, glyph, 1, style);
    }
}

/// `fraction` of `room`, rounded, between none and all.
fn cells(fraction: f64, room: u32) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=room")]
    let cells = (fraction.clamp(0.0, 1.0) * f64::from(room)).round() as u32;
    cells.min(room)
}

#[expect(clippy::cast_precision_loss, reason = "for a picture")]
fn share(count: usize, total: usize) -> f64 {
    if total == 0 { 0.0 } else { count as f64 / total as f64 }
}

/// `42 %`; what rounds to nothing or everything without being it says so.
fn percent(count: usize, total: usize) -> String {
    let rounded = (share(count, total) * 100.0).round();
    match count {
        0 => "0 %".to_owned(),
        _ if rounded < 1.0 => "<1 %".to_owned(),
        _ if rounded > 99.0 && count < total => ">99 %".to_owned(),
        _ => format!("{rounded:.0} %"),
    }
}

fn digits(count: usize) -> u16 {
    count.checked_ilog10().map_or(1, |log| u16::try_from(log).unwrap_or(u16::MAX - 1) + 1)
}

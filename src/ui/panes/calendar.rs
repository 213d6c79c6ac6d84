//! Thirteen weeks of seven days: how many certificates end on each, weekends marked.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;

use crate::model::Time;
use crate::theme::Role;
use crate::ui::ink::Ink;
use crate::ui::layout::top;
use crate::ui::model::UiModel;
use crate::ui::pen::Pen;

/// Days shown.
pub(crate) const DAYS: usize = 91;
/// Heading, days of a week, and what lies outside.
pub(crate) const ROWS: u16 = 9;
const WEEKS: u16 = 13;
const LABEL: u16 = 5;
const NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Start and end of a day, counted from Monday of the week of `now` (UTC).
#[must_use]
pub(crate) fn day(now: Time, day: usize) -> (Time, Time) {
    const DAY: i64 = 86_400;
    let today = now.secs().div_euclid(DAY);
    // The epoch was a Thursday.
    let monday = today - (today + 3).rem_euclid(7);
    let from = Time::from_secs((monday + i64::try_from(day).unwrap_or(0)) * DAY);
    (from, from + Duration::from_hours(24))
}

/// Monday of this week.
#[must_use]
pub(crate) fn first_day(now: Time) -> Time {
    day(now, 0).0
}

/// Today, counted from Monday.
#[must_use]
pub(crate) fn today(now: Time) -> usize {
    usize::try_from((now.secs().div_euclid(86_400) + 3).rem_euclid(7)).unwrap_or(0)
}

/// The day at a position.
#[must_use]
pub(crate) fn at(area: Rect, at: Position) -> Option<usize> {
    let (cell, heading) = shape(area);
    if !area.contains(at) {
        return None;
    }
    let row = (at.y - area.y).checked_sub(heading)?;
    let week = (at.x - area.x).checked_sub(LABEL)? / cell;
    (row < 7 && week < WEEKS).then_some(usize::from(week) * 7 + usize::from(row))
}

/// Draws the calendar.
pub(crate) fn draw(model: &UiModel, ink: Ink<'_>, focused: bool, mut area: Rect, buffer: &mut Buffer) {
    let (cell, heading) = shape(area);
    let weeks = (area.width.saturating_sub(LABEL) / cell).min(WEEKS);
    if heading > 0 {
        let mut pen = Pen::new(buffer, top(&mut area, 1), 0);
        pen.gap(LABEL);
        for week in 0..weeks {
            let monday = day(model.now, usize::from(week) * 7).0;
            let first = week == 0 || monday.strftime("%d").parse::<u8>().is_ok_and(|day| day <= 7);
            // Three columns hold a month's name or days with a gap, but not one beside the other.
            let text = match (first, cell) {
                (true, _) => monday.strftime("%b"),
                (false, 4..) => monday.strftime("%d"),
                (false, _) => String::new(),
            };
            pen.column_right(&text, cell, ink.of(Role::Heading));
        }
    }
    for (row, name) in NAMES.iter().enumerate() {
        let mut pen = Pen::new(buffer, top(&mut area, 1), 0);
        let weekend = row >= 5;
        pen.gap(1).column(name, LABEL - 1, if weekend { ink.accent() } else { ink.muted() });
        for week in 0..usize::from(weeks) {
            draw_day(model, ink, focused, week * 7 + row, weekend, pen.area(cell), pen.buffer());
        }
    }
    let before = model.derived.expiry.between(Time::from_millis(i64::MIN), day(model.now, 0).0).len();
    let after = model.derived.expiry.all.len()
        - model.derived.expiry.between(Time::from_millis(i64::MIN), day(model.now, DAYS).0).len();
    let text = format!("ended before this week {before} · end later {after}");
    Pen::new(buffer, top(&mut area, 1), 0).gap(1).put(&text, ink.muted());
}

fn draw_day(model: &UiModel, ink: Ink<'_>, focused: bool, at: usize, weekend: bool, area: Rect, buffer: &mut Buffer) {
    let (from, to) = day(model.now, at);
    let ending = model.derived.expiry.between(from, to);
    let worst = ending.iter().take(64).map(|certificate| model.freshness(certificate)).max();
    let (text, mut style) = match worst {
        Some(worst) => (ending.len().to_string(), ink.freshness_text(worst).add_modifier(Modifier::BOLD)),
        None if weekend => ("-".to_owned(), ink.muted()),
        None => ("·".to_owned(), ink.muted()),
    };
    if at == today(model.now) {
        style = style.add_modifier(Modifier::UNDERLINED);
    }
    let selected =
        model.selection.certificate.is_some_and(|chosen| ending.iter().any(|other| other.fingerprint == chosen));
    if at == model.expiry.day {
        style = style.patch(ink.selection(focused));
    } else if selected {
        style = style.patch(ink.selection(false));
    }
    Pen::new(buffer, area, 0).column_right(&text, area.width, style);
}

/// Columns of a day and rows of the heading.
fn shape(area: Rect) -> (u16, u16) {
    ((area.width.saturating_sub(LABEL) / WEEKS).clamp(3, 6), u16::from(area.height > 7))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_begin_on_monday() {
        let saturday = Time::from_secs(1_795_228_447);
        assert_eq!(day(saturday, 0).0.rfc3339(), "2026-11-16T00:00:00Z");
        assert_eq!(day(saturday, 90).1.rfc3339(), "2027-02-15T00:00:00Z");
        assert_eq!(today(saturday), 5);
    }
}

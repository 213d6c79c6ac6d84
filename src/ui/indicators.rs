//! The service level indicators, in one line; what matters least goes first when it gets narrow.
//!
//! ```text
//!  availability 98.71 % 1h ▲ · TLS p95 184ms ▁▂▂▃▂▅▇ · nearest expiry −3h 12m · ≤1d 2 · ≤7d 4 · ≤30d 11
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::ink::Ink;
use super::model::UiModel;
use super::pen::Pen;
use super::widgets::width;
use super::words::{availability, brief_left, count, time_left, took};
use crate::diagnosis::{Objective, Spent};
use crate::model::{Severity, Status};
use crate::store::{Budget, Window};

/// Draws the line.
pub(crate) fn draw(model: &UiModel, ink: Ink<'_>, area: Rect, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, area, 0);
    pen.gap(1);
    let mut first = true;
    for item in items(model, ink) {
        let columns: u16 = item.iter().map(|(text, _)| width(text)).sum();
        let gap = if first { 0 } else { 3 };
        if columns + gap > pen.room() {
            continue;
        }
        if !first {
            pen.put(" · ", ink.muted());
        }
        first = false;
        for (text, style) in item {
            pen.put(&text, style);
        }
    }
}

type Item = Vec<(String, Style)>;

/// Most wanted first.
fn items(model: &UiModel, ink: Ink<'_>) -> Vec<Item> {
    let mut items = vec![expiry(model, ink), rate(model, ink)];
    items.extend(budget(model, ink));
    items.push(latency(model, ink));
    let buckets = model.derived.expiry.buckets(model.now);
    let [expired, day, two_days, week, two_weeks, month, ..] = buckets;
    let day = expired + day;
    let week = day + two_days + week;
    let month = week + two_weeks + month;
    let shares = [("≤1d", day, Status::Critical), ("≤7d", week, Status::Warning), ("≤30d", month, Status::Ok)];
    items.extend(shares.map(|(name, number, status)| {
        let style = if number > 0 && status != Status::Ok { ink.status(status) } else { ink.text() };
        vec![(format!("{name} "), ink.muted()), (count(number), style)]
    }));
    items
}

fn expiry(model: &UiModel, ink: Ink<'_>) -> Item {
    let label = ("nearest expiry ".to_owned(), ink.muted());
    let Some(nearest) = model.derived.expiry.all.first() else { return vec![label, ("–".to_owned(), ink.muted())] };
    let freshness = model.freshness(nearest);
    let left = time_left(model.now, nearest.not_after);
    let (glyph, _) = ink.freshness(freshness);
    vec![label, (format!("{glyph} {left}"), ink.freshness_text(freshness))]
}

fn rate(model: &UiModel, ink: Ink<'_>) -> Item {
    let windows = &model.snapshot().aggregates.windows;
    let hour = windows.get(Window::H1 as usize).copied().unwrap_or_default();
    let recent = windows.get(Window::M5 as usize).copied().unwrap_or_default();
    let label = ("availability ".to_owned(), ink.muted());
    let Some(share) = availability(hour) else { return vec![label, ("–".to_owned(), ink.muted())] };
    let style = match share {
        ..99.0 => ink.status(Status::Critical),
        99.0..99.95 => ink.status(Status::Warning),
        _ => ink.status(Status::Ok),
    };
    let mut item = vec![label, (format!("{share:.2} %"), style), (" 1h".to_owned(), ink.muted())];
    // Whether the last five minutes are better or worse than the hour; a tenth of a per cent is noise.
    match availability(recent) {
        Some(now) if now > share + 0.1 => item.push((" ▲ 5m".to_owned(), ink.muted())),
        Some(now) if now < share - 0.1 => item.push((" ▼ 5m".to_owned(), ink.status(Status::Warning))),
        _ => {}
    }
    item
}

/// The objective that fares worst: its alarm, or what is left of its budget.
fn budget(model: &UiModel, ink: Ink<'_>) -> Option<Item> {
    let left = |budget: &&Budget| budget.left.unwrap_or(1.0);
    let loudest = |budget: &Budget| budget.alarm.map(|alarm| alarm.severity);
    let worst = model
        .snapshot()
        .budgets
        .iter()
        .max_by(|one, other| loudest(one).cmp(&loudest(other)).then(left(other).total_cmp(&left(one))))?;
    let Objective { percent, .. } = worst.objective;
    let mut item = vec![(format!("{} {percent} % ", worst.objective.name()), ink.muted())];
    match (worst.alarm, worst.left) {
        (Some(alarm), left) => {
            let status = if alarm.severity == Severity::Page { Status::Critical } else { Status::Warning };
            let burn = worst.objective.burn(worst.spent.0[alarm.long]).unwrap_or_default();
            let hours = Spent::WINDOWS[alarm.long].as_secs() / 3600;
            item.push((format!("{} burn {burn:.1}× {hours}h", ink.mark(status)), ink.status(status)));
            item.extend(left.map(|left| (format!(" budget {:.0} %", left * 100.0), ink.muted())));
        }
        (None, Some(left)) => item.push((format!("budget {:.0} % left", left * 100.0), ink.text())),
        (None, None) => item.push(("–".to_owned(), ink.muted())),
    }
    Some(item)
}

fn latency(model: &UiModel, ink: Ink<'_>) -> Item {
    let aggregates = &model.snapshot().aggregates;
    let label = ("TLS p95 ".to_owned(), ink.muted());
    if aggregates.tls.count == 0 {
        return vec![label, ("–".to_owned(), ink.muted())];
    }
    let p95 = aggregates.tls.p95;
    let slow = p95 > model.settings.policy.max_latency;
    let style = if slow { ink.status(Status::Warning) } else { ink.text() };
    let trend = &aggregates.tls_p95_trend;
    let recent = trend.get(trend.len().saturating_sub(12)..).unwrap_or(trend);
    let mut item = vec![label, (took(p95), style)];
    let spark = ink.spark(recent);
    if !spark.is_empty() {
        item.push((format!(" {spark}"), ink.accent()));
    }
    item
}

/// The counts alone, for the smallest screens: `≤1d 2 · ≤7d 4`.
#[must_use]
pub(crate) fn brief(model: &UiModel) -> String {
    let [expired, day, two_days, week, ..] = model.derived.expiry.buckets(model.now);
    let nearest =
        model.derived.expiry.all.first().map_or_else(|| "–".to_owned(), |leaf| brief_left(model.now, leaf.not_after));
    format!("next {nearest} · ≤1d {} · ≤7d {}", count(expired + day), count(expired + day + two_days + week))
}

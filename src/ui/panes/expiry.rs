//! Expiry: when certificates end, in three projections; the legend and the thing under the cursor are always in words.
//!
//! ```text
//! ┌ 1 Expiry ────────────────────────── cells ┐
//! │ checkout   ✗✗■■            −3h             │
//! │ payments   ▲▲▲■■■■■■■■■    20h             │
//! │                                            │
//! │ ends soonest                               │
//! │ ✗ −3h 12m expired checkout.example.com     │
//! │ ✗ expired  ▲ urgent  ◆ late  ■ fresh    │
//! └ ✗ expired −3h 12m · checkout.example.com ──┘
//! ```

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{buckets, calendar, cells, soonest};
use crate::model::Certificate;
use crate::ui::choices::{Pane, Projection};
use crate::ui::frame::{self, Frame};
use crate::ui::freshness::Freshness;
use crate::ui::ink::Ink;
use crate::ui::layout::{bottom, inside};
use crate::ui::model::UiModel;
use crate::ui::pen::Pen;
use crate::ui::widgets::width;
use crate::ui::words::{counted, time_left};

/// What a click or the cursor points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spot {
    /// Group and place in it.
    Cell(usize, usize),
    /// Day from Monday of this week.
    Day(usize),
    /// Group and bucket.
    Bucket(usize, usize),
    /// Place among all, soonest first.
    Listed(usize),
}

/// The parts of the pane.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts {
    /// The projection.
    pub(crate) body: Rect,
    /// The certificates that end soonest, where the projection leaves room for them.
    list: Rect,
    /// What the glyphs mean.
    legend: Rect,
}

/// Draws the pane.
pub(crate) fn draw(model: &UiModel, ink: Ink<'_>, area: Rect, buffer: &mut Buffer) {
    let focused = model.focus == Pane::Expiry && model.endpoint.is_none();
    let projection = model.expiry.projection;
    let caption = caption(model, ink);
    frame::draw(ink, area, buffer, &Frame { title: "1 Expiry", note: projection.name(), caption: &caption, focused });
    let Parts { body, list, legend: key } = parts(model, area);
    if model.derived.expiry.all.is_empty() {
        let text =
            if model.filter.is_active() { "no certificate passes the filter" } else { "no certificate seen yet" };
        Pen::new(buffer, body, 0).gap(1).put(text, ink.muted());
        return;
    }
    match projection {
        Projection::Cells => cells::draw(model, ink, focused, body, buffer),
        Projection::Calendar => calendar::draw(model, ink, focused, body, buffer),
        Projection::Buckets => buckets::draw(model, ink, focused, body, buffer),
    }
    soonest::draw(model, ink, focused, list, buffer);
    legend(model, ink, body, key, buffer);
}

/// Divides a pane: the projection takes what it needs, and the rest goes to the list if it is enough for one.
#[must_use]
pub(crate) fn parts(model: &UiModel, pane: Rect) -> Parts {
    let mut body = inside(pane);
    // Five rows of content are worth more than the legend.
    let height = u16::from(body.height > 5);
    let legend = bottom(&mut body, height);
    let groups = u16::try_from(model.derived.expiry.groups.len()).unwrap_or(u16::MAX);
    let needed = match model.expiry.projection {
        Projection::Cells => groups,
        Projection::Calendar => calendar::ROWS,
        Projection::Buckets => groups.saturating_add(buckets::HEAD),
    };
    let rest = body.height.saturating_sub(needed);
    let list = bottom(&mut body, if rest < soonest::LEAST { 0 } else { rest });
    Parts { body, list, legend }
}

/// What is at a position of the pane.
#[must_use]
pub(crate) fn spot_at(model: &UiModel, pane: Rect, at: Position) -> Option<Spot> {
    let Parts { body, list, .. } = parts(model, pane);
    if let Some(row) = soonest::at(model, list, at) {
        return Some(Spot::Listed(row));
    }
    match model.expiry.projection {
        Projection::Cells => cells::at(model, body, at).map(|(group, place)| Spot::Cell(group, place)),
        Projection::Calendar => calendar::at(body, at).map(Spot::Day),
        Projection::Buckets => buckets::at(model, body, at).map(|(group, bucket)| Spot::Bucket(group, bucket)),
    }
}

/// Where the cursor is.
#[must_use]
pub(crate) fn cursor(model: &UiModel) -> Spot {
    let pane = &model.expiry;
    match pane.projection {
        Projection::Cells => Spot::Cell(pane.cell.0, pane.cell.1),
        Projection::Calendar => Spot::Day(pane.day),
        Projection::Buckets => Spot::Bucket(pane.bucket.0, pane.bucket.1),
    }
}

/// The certificates a spot stands for, least time left first.
#[must_use]
pub(crate) fn certificates(model: &UiModel, spot: Spot) -> &[Arc<Certificate>] {
    let expiry = &model.derived.expiry;
    match spot {
        Spot::Cell(group, place) => {
            expiry.groups.get(group).and_then(|group| group.certificates.get(place..=place)).unwrap_or(&[])
        }
        Spot::Day(day) => {
            let (from, to) = calendar::day(model.now, day);
            expiry.between(from, to)
        }
        Spot::Bucket(group, bucket) => {
            let Some(group) = expiry.groups.get(group) else { return &[] };
            let counts = group.buckets(model.now);
            let first = counts.iter().take(bucket).sum::<usize>();
            let count = counts.get(bucket).copied().unwrap_or(0);
            group.certificates.get(first..first + count).unwrap_or(&[])
        }
        Spot::Listed(at) => expiry.all.get(at..=at).unwrap_or(&[]),
    }
}

/// The thing under the cursor in words.
fn caption(model: &UiModel, ink: Ink<'_>) -> String {
    let spot = cursor(model);
    let found = certificates(model, spot);
    let name = |certificate: &Arc<Certificate>| certificate.display_name().to_string();
    match spot {
        Spot::Cell(..) | Spot::Listed(_) => {
            found.first().map_or_else(String::new, |certificate| one(model, ink, certificate))
        }
        Spot::Day(day) => {
            let date = calendar::day(model.now, day).0.strftime("%a %Y-%m-%d");
            let names: Vec<String> = found.iter().take(4).map(name).collect();
            let what = if found.is_empty() { "nothing".to_owned() } else { counted(found.len(), "certificate") };
            format!("{date}: {what} ends{}{}", if names.is_empty() { "" } else { ": " }, names.join(", "))
        }
        Spot::Bucket(group, bucket) => {
            let group = model.derived.expiry.groups.get(group).map_or("", |group| &group.name);
            let bucket = crate::ui::derived::BUCKET_NAMES.get(bucket).copied().unwrap_or("");
            let names: Vec<String> = found.iter().take(4).map(name).collect();
            format!("{group} {bucket}: {} {}", counted(found.len(), "certificate"), names.join(", "))
        }
    }
}

fn one(model: &UiModel, ink: Ink<'_>, certificate: &Certificate) -> String {
    let freshness = model.freshness(certificate);
    let (glyph, _) = ink.freshness(freshness);
    let served = model.snapshot().certificate(&certificate.fingerprint).map_or(0, |row| row.leaf_count);
    format!(
        "{glyph} {} {} · {} · {} · {}",
        freshness.word(),
        time_left(model.now, certificate.not_after),
        certificate.display_name(),
        counted(served, "address"),
        certificate.issuer_short
    )
}

fn legend(model: &UiModel, ink: Ink<'_>, body: Rect, area: Rect, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, area, 0);
    let merged = if model.expiry.projection == Projection::Cells { cells::merged(model, body) } else { 1 };
    if merged > 1 {
        let text = format!("1 cell: worst of {merged} ");
        pen.right(&text, ink.muted());
    }
    let steps = Freshness::ALL.into_iter().rev().filter(|freshness| *freshness != Freshness::NotYet);
    let steps: Vec<Freshness> = steps.chain([Freshness::NotYet]).collect();
    let full: u16 = steps.iter().map(|freshness| width(freshness.word()) + 4).sum();
    let gap = u16::from(full < pen.room() + 2);
    pen.gap(gap);
    for freshness in steps {
        let (glyph, style) = ink.freshness(freshness);
        let word = freshness.word();
        if width(word) + 1 + gap > pen.room() {
            return;
        }
        pen.put(glyph, style).gap(gap).put(word, ink.muted()).gap(1 + gap);
    }
}

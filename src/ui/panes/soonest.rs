//! The certificates that end soonest, in words: what the rest of a large expiry pane is for.
//!
//! ```text
//!  ends soonest
//!  ✗   −3h 12m expired  checkout.example.com   2 addresses  renewal Oct 21  Example CA R11
//!  ▲    19h 4m urgent   pay.example.com        4 addresses  renewal Nov 18  Example CA R11
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::diagnosis::renewal_point;
use crate::model::Certificate;
use crate::theme::Role;
use crate::ui::ink::Ink;
use crate::ui::layout::top;
use crate::ui::model::UiModel;
use crate::ui::pen::Pen;
use crate::ui::words::{counted, time_left};

/// Least rows that are worth it: the gap, the heading and three certificates.
pub(crate) const LEAST: u16 = 5;
/// The gap and the heading.
const HEAD: u16 = 2;
/// Columns of the parts that come with more room, each with a gap.
const SERVED: u16 = 13;
const RENEWAL: u16 = 16;
const ISSUER: u16 = 20;

/// Which of the certificates, soonest first, is at a position.
#[must_use]
pub(crate) fn at(model: &UiModel, area: Rect, at: Position) -> Option<usize> {
    let row = area.contains(at).then(|| (at.y - area.y).checked_sub(HEAD))??;
    Some(usize::from(row)).filter(|row| *row < model.derived.expiry.all.len())
}

/// Draws as many as fit.
pub(crate) fn draw(model: &UiModel, ink: Ink<'_>, focused: bool, mut area: Rect, buffer: &mut Buffer) {
    if area.height < LEAST {
        return;
    }
    Pen::new(buffer, top(&mut area, HEAD), 1).gap(1).put("ends soonest", ink.of(Role::Heading));
    for certificate in model.derived.expiry.all.iter().take(usize::from(area.height)) {
        let line = top(&mut area, 1);
        draw_row(model, ink, certificate, line, buffer);
        if model.selection.certificate == Some(certificate.fingerprint) {
            buffer.set_style(line.intersection(buffer.area), ink.selection(focused));
        }
    }
}

fn draw_row(model: &UiModel, ink: Ink<'_>, certificate: &Certificate, line: Rect, buffer: &mut Buffer) {
    let freshness = model.freshness(certificate);
    let (glyph, style) = ink.freshness(freshness);
    let words = ink.freshness_text(freshness);
    let mut pen = Pen::new(buffer, line, 0);
    pen.gap(1).put(glyph, style);
    pen.column_right(&time_left(model.now, certificate.not_after), 10, words).gap(1);
    pen.column(freshness.word(), 8, words);
    // A name keeps 24 columns before anything else gets any, and more than that before the issuer does.
    let mut spare = pen.room().saturating_sub(24);
    let mut has = |columns: u16| {
        let fits = columns <= spare;
        spare -= if fits { columns } else { 0 };
        fits
    };
    let (served, renewal, issuer) = (has(SERVED), has(RENEWAL), has(ISSUER));
    pen.column(certificate.display_name().as_str(), 24 + spare, ink.text());
    if served {
        let count = model.snapshot().certificate(&certificate.fingerprint).map_or(0, |row| row.leaf_count);
        pen.gap(1).column(&counted(count, "address"), SERVED - 1, ink.muted());
    }
    if renewal {
        let due = renewal_point(certificate).strftime("%b %d");
        pen.gap(1).column(&format!("renewal {due}"), RENEWAL - 1, ink.muted());
    }
    if issuer {
        pen.gap(1).put(certificate.issuer_short.as_str(), ink.muted());
    }
}

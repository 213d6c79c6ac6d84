//! Addresses: a row each, a column per property; what differs from the majority stands out.
//!
//! ```text
//!     address    serial  expires version group          cipher                 alpn mtls took
//!   ✓ 10.0.0.1   4f21    89d     TLSv1.3 X25519MLKEM768 TLS_AES_256_GCM_SHA384 h2   no   41ms
//! ▸ ✗ 10.0.0.3   ≠77aa   ≠−3h    TLSv1.3 X25519MLKEM768 TLS_AES_256_GCM_SHA384 h2   no   38ms
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::model::{ClientAuth, Status};
use crate::store::{AddressRow, TargetRow};
use crate::theme::Role;
use crate::ui::choices::Dimension;
use crate::ui::derived::value_of;
use crate::ui::ink::Ink;
use crate::ui::layout::{scrolled, top};
use crate::ui::model::{EndpointView, UiModel};
use crate::ui::pen::Pen;
use crate::ui::widgets::{scrollbar, width};
use crate::ui::words::{age, brief_left, took};

const TITLES: [&str; 11] =
    ["address", "result", "serial", "expires", "version", "group", "alpn", "mtls", "took", "cipher", "age"];
/// Columns that are compared; durations and ages differ by nature, the result is a consequence.
const COMPARED: [bool; 11] = [false, false, true, true, true, true, true, true, false, true, false];

/// Draws the matrix.
pub(crate) fn draw(
    model: &UiModel,
    ink: Ink<'_>,
    view: &EndpointView,
    target: &TargetRow,
    mut area: Rect,
    buffer: &mut Buffer,
) {
    let rows: Vec<&Arc<AddressRow>> = model.snapshot().addresses_of(view.target).collect();
    if rows.is_empty() {
        let reason = target.resolution.as_ref().and_then(|resolution| resolution.failure.as_ref());
        let text = if reason.is_some() { "the name has no addresses; see the verdict" } else { "not looked up yet" };
        Pen::new(buffer, area, 0).gap(1).put(text, ink.muted());
        return;
    }
    let cells: Vec<[String; 11]> = rows.iter().map(|row| cells(model, row)).collect();
    let usual: Vec<Option<&str>> = (0..TITLES.len()).map(|column| usual(&rows, &cells, column)).collect();
    let widths: Vec<u16> = (0..TITLES.len()).map(|column| widest(&cells, column)).collect();
    let mut pen = Pen::new(buffer, top(&mut area, 1), 0);
    pen.gap(4);
    for (title, columns) in TITLES.iter().zip(&widths) {
        pen.column(title, *columns, ink.of(Role::Heading)).gap(1);
    }
    let cursor = view.address.and_then(|key| rows.iter().position(|row| row.key == key)).unwrap_or(0);
    let height = usize::from(area.height);
    let offset = scrolled(0, Some(cursor), rows.len(), height);
    scrollbar(area, buffer, rows.len(), offset, ink.theme());
    for (at, (row, cells)) in rows.iter().zip(&cells).enumerate().skip(offset).take(height) {
        let line = top(&mut area, 1);
        let mut pen = Pen::new(buffer, line, 0);
        pen.put(if at == cursor { ink.glyphs().cursor } else { " " }, ink.accent()).gap(1);
        pen.put(ink.mark(row.status), ink.status(row.status)).gap(1);
        for ((cell, columns), (usual, compared)) in cells.iter().zip(&widths).zip(usual.iter().zip(COMPARED)) {
            let differs = compared && cell != "–" && usual.is_some_and(|usual| usual != cell);
            let text = if differs { format!("≠{cell}") } else { cell.clone() };
            pen.column(&text, *columns, if differs { ink.of(Role::Warning) } else { ink.text() }).gap(1);
        }
        if at == cursor {
            buffer.set_style(line.intersection(buffer.area), ink.selection(true));
        }
    }
}

fn cells(model: &UiModel, row: &AddressRow) -> [String; 11] {
    let dash = || "–".to_owned();
    let leaf = row.last_seen.as_ref().and_then(|seen| seen.chain().first());
    let last = row.last.as_ref();
    let handshake = last.and_then(|last| last.handshake.as_ref());
    let value = |dimension| value_of(row, dimension).unwrap_or_else(dash);
    let serial = |serial: &str| serial.get(serial.len().saturating_sub(8)..).unwrap_or(serial).to_owned();
    [
        row.key.address.to_string(),
        row.finding
            .as_ref()
            .map_or_else(|| if last.is_some() { "ok".to_owned() } else { dash() }, |finding| finding.code.to_string()),
        leaf.map_or_else(dash, |leaf| serial(&leaf.serial)),
        leaf.map_or_else(dash, |leaf| brief_left(model.now, leaf.not_after)),
        value(Dimension::Version),
        value(Dimension::Group),
        value(Dimension::Alpn),
        handshake.map_or_else(dash, |handshake| match handshake.client_auth {
            ClientAuth::None => "no".to_owned(),
            ClientAuth::Requested { .. } => "asked".to_owned(),
        }),
        last.map_or_else(dash, |last| took(last.timings.waited())),
        value(Dimension::Cipher),
        last.map_or_else(dash, |last| age(model.now, last.at)),
    ]
}

/// The most frequent value of a column; of equally frequent ones the one that healthy addresses show.
fn usual<'a>(rows: &[&Arc<AddressRow>], cells: &'a [[String; 11]], column: usize) -> Option<&'a str> {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (row, cells) in rows.iter().zip(cells) {
        let Some(value) = cells.get(column).filter(|value| *value != "–") else { continue };
        let (count, healthy) = counts.entry(value).or_default();
        *count += 1;
        *healthy += usize::from(row.status == Status::Ok);
    }
    counts.into_iter().max_by_key(|(_, rank)| *rank).map(|(value, _)| value)
}

/// Room for the longest value with its mark.
fn widest(cells: &[[String; 11]], column: usize) -> u16 {
    let values = cells.iter().filter_map(|cells| cells.get(column)).map(|value| width(value) + 1);
    values.max().unwrap_or(0).max(TITLES.get(column).map_or(0, |title| width(title))).min(42)
}

//! Suites by versions: which is accepted where, and its place where the order is the server's.
//!
//! ```text
//!                                            1.3  1.2  1.1
//!     TLS_AES_256_GCM_SHA384                   1
//!     TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA            1    ✓
//!   ▲ TLS_RSA_WITH_3DES_EDE_CBC_SHA                 2    ✓  3DES
//! ```

use super::line::Line;
use crate::diagnosis::{Cell, Matrix, SuiteRow};
use crate::model::{Status, TlsVersion};
use crate::ui::ink::Ink;
use crate::ui::widgets::{cut_middle, width as columns};

/// Columns before a suite's name: the margin, its sign, and the gaps.
const LEFT: u16 = 5;
/// A name is not cut below this.
const NARROWEST: u16 = 16;

/// Columns that the whole of it takes.
#[must_use]
pub(super) fn widest(matrix: &Matrix) -> u16 {
    let names = matrix.rows.iter().map(|row| columns(&row.suite.to_string())).max().unwrap_or(0);
    LEFT.saturating_add(names).saturating_add(others(matrix))
}

/// A row for each suite, names cut where they do not fit.
pub(super) fn draw(ink: Ink<'_>, matrix: &Matrix, width: u16, lines: &mut Vec<Line>) {
    let names = widest(matrix).min(width).saturating_sub(LEFT + others(matrix)).max(NARROWEST);
    let margin = usize::from(LEFT + names);
    let heads: String = matrix.versions.iter().map(|version| cell(*version, head(*version))).collect();
    lines.push(vec![
        (" Suites by version".to_owned(), ink.strong()),
        (format!("{heads:>at$}", at = (margin - 18) + heads.chars().count()), ink.muted()),
    ]);
    for row in &matrix.rows {
        lines.push(self::row(ink, matrix, row, names));
    }
    let places = matrix.rows.iter().flat_map(|row| &row.cells).any(|cell| matches!(cell, Cell::Place(_)));
    let accepted = matrix.rows.iter().flat_map(|row| &row.cells).any(|cell| *cell == Cell::Accepted);
    let mark = ink.mark(Status::Ok);
    let legend = [
        places.then(|| "number: place in the server's order".to_owned()),
        accepted.then(|| format!("{mark}: accepted, the client's order decides")),
    ];
    lines.extend(legend.into_iter().flatten().map(|text| vec![(format!("     {text}"), ink.muted())]));
}

fn row(ink: Ink<'_>, matrix: &Matrix, row: &SuiteRow, names: u16) -> Line {
    let name = row.suite.to_string();
    let name = cut_middle(&name, names, ink.glyphs());
    let pad = usize::from(names.saturating_sub(columns(&name)));
    let cells = matrix.versions.iter().zip(&row.cells).map(|(version, place)| match place {
        Cell::Accepted => cell(*version, ink.mark(Status::Ok)),
        Cell::Empty => cell(*version, ""),
        Cell::Place(place) => cell(*version, &place.to_string()),
    });
    let cells: String = cells.collect();
    let Some(weakness) = row.weakness else {
        return vec![(format!("     {name}{:pad$}{cells}", ""), ink.text())];
    };
    let text = format!("{} {name}{:pad$}{cells}  {}", ink.mark(weakness.status), "", weakness.word);
    vec![("   ".to_owned(), ink.text()), (text, ink.status(weakness.status))]
}

/// Columns right of the names: versions and the word for a weakness.
fn others(matrix: &Matrix) -> u16 {
    let versions: u16 = matrix.versions.iter().map(|version| columns(head(*version)) + 2).sum();
    let word = matrix.rows.iter().filter_map(|row| row.weakness).map(|weakness| columns(weakness.word) + 2).max();
    versions.saturating_add(word.unwrap_or(0))
}

fn cell(version: TlsVersion, text: &str) -> String {
    format!("{text:>at$}", at = usize::from(columns(head(version))) + 2)
}

const fn head(version: TlsVersion) -> &'static str {
    match version {
        TlsVersion::SSL2 => "SSL2",
        TlsVersion::SSL3 => "SSL3",
        TlsVersion::TLS10 => "1.0",
        TlsVersion::TLS11 => "1.1",
        TlsVersion::TLS12 => "1.2",
        TlsVersion::TLS13 => "1.3",
        _ => "?",
    }
}

//! Columns of the handshake table: which fit, how wide, and what stands in a cell.

use ratatui::style::Style;

use crate::model::{Observation, Outcome, Status, Time};
use crate::store::{AddressRow, TargetRow};
use crate::ui::choices::{Columns, Dimension};
use crate::ui::derived::value_of;
use crate::ui::ink::Ink;
use crate::ui::model::UiModel;
use crate::ui::words::{age, brief_left, took};

/// A column of the handshake table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// Glyph of the status, and whether a probe is under way.
    Mark,
    /// Target name.
    Target,
    /// Address without the port.
    Address,
    /// Code of the worst finding, or what was negotiated.
    Outcome,
    /// Bar of the phases.
    Phases,
    /// Duration of the last probe.
    Took,
    /// The last probes.
    Trend,
    /// Since the last probe.
    Age,
    /// Time left of the leaf.
    Left,
    /// Name resolution.
    Dns,
    /// TCP connect.
    Tcp,
    /// TLS handshake.
    Tls,
    /// Median of the TLS phase.
    P50,
    /// 95th percentile of the TLS phase.
    P95,
    /// 99th percentile of the TLS phase.
    P99,
    /// Share of probes that completed.
    Success,
    /// What an address shows in a dimension of the protocol pane.
    Value(Dimension),
}

/// A column with its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed {
    /// Which.
    pub(crate) column: Column,
    /// Its width.
    pub(crate) width: u16,
}

impl Column {
    /// Its title.
    #[must_use]
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Mark => "",
            Self::Target => "target",
            Self::Address => "address",
            Self::Outcome => "result",
            Self::Phases => "dns│tcp│tls",
            Self::Took => "took",
            Self::Trend => "trend",
            Self::Age => "age",
            Self::Left => "expires",
            Self::Dns => "dns",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::P50 => "p50",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::Success => "done",
            Self::Value(dimension) => dimension.name(),
        }
    }

    /// Whether numbers stand at its right end.
    #[must_use]
    pub(crate) const fn is_number(self) -> bool {
        matches!(
            self,
            Self::Took
                | Self::Age
                | Self::Left
                | Self::Dns
                | Self::Tcp
                | Self::Tls
                | Self::P50
                | Self::P95
                | Self::P99
                | Self::Success
        )
    }

    /// The width at which another column is worth more than a wider one.
    const fn enough(self, room: u16) -> u16 {
        match self {
            Self::Target if room < 110 => 22,
            Self::Target => 32,
            Self::Address if room >= 110 => 15,
            Self::Outcome if room >= 110 => 26,
            Self::Phases => 14,
            _ => self.widths().0,
        }
    }

    /// The width below which the column is left out. On the smallest screens half a name and half a code say more
    /// than one of them whole.
    const fn least(self, room: u16) -> u16 {
        match self {
            Self::Target if room < 60 => 12,
            Self::Outcome if room < 60 => 14,
            _ => self.widths().0,
        }
    }

    /// Least and most useful width.
    const fn widths(self) -> (u16, u16) {
        match self {
            Self::Mark => (2, 2),
            Self::Target => (18, 44),
            Self::Address => (11, 16),
            // The longest code takes 26 columns; the last two say least.
            Self::Outcome => (24, 27),
            Self::Phases => (11, 22),
            Self::Trend => (6, 30),
            Self::Age => (4, 4),
            Self::Left | Self::Value(Dimension::Version) => (7, 7),
            Self::Took | Self::Dns | Self::Tcp | Self::Tls | Self::P50 | Self::P95 | Self::P99 => (6, 6),
            Self::Success => (5, 5),
            Self::Value(Dimension::Group) => (10, 15),
            Self::Value(Dimension::Cipher) => (22, 30),
            Self::Value(Dimension::Key) => (11, 11),
            Self::Value(Dimension::Signature) => (16, 24),
            Self::Value(Dimension::Issuer) => (12, 28),
            Self::Value(Dimension::Alpn) => (8, 8),
        }
    }
}

/// The columns of a set that fit `width`, in reading order. What matters most is kept longest and grown first;
/// columns beyond the set come only when the set has all it can use.
#[must_use]
pub(crate) fn placed(set: Columns, width: u16) -> Vec<Placed> {
    let (core, extra) = wanted(set);
    let mut room = width;
    let mut fit: Vec<Placed> = Vec::new();
    let take = |column: Column, room: &mut u16, fit: &mut Vec<Placed>| {
        let least = column.least(width);
        let needed = least + u16::from(!fit.is_empty());
        if needed <= *room {
            *room -= needed;
            fit.push(Placed { column, width: least });
        }
    };
    for column in core {
        take(*column, &mut room, &mut fit);
    }
    grow(&mut fit, &mut room, |column| column.enough(width));
    for column in extra {
        take(*column, &mut room, &mut fit);
    }
    grow(&mut fit, &mut room, |column| column.widths().1);
    let order = |placed: &Placed| core_order(placed.column);
    fit.sort_by_key(order);
    fit
}

/// Hands out what is left, a column at a time, so that all come near their best width together.
fn grow(fit: &mut [Placed], room: &mut u16, limit: impl Fn(Column) -> u16) {
    let mut grown = true;
    while grown && *room > 0 {
        grown = false;
        for placed in fit.iter_mut().filter(|placed| placed.width < limit(placed.column)) {
            if *room > 0 {
                (placed.width, *room, grown) = (placed.width + 1, *room - 1, true);
            }
        }
    }
}

/// Columns of a set by importance, and what may follow when there is room.
const fn wanted(set: Columns) -> (&'static [Column], &'static [Column]) {
    use Column::{
        Address, Age, Dns, Left, Mark, Outcome, P50, P95, P99, Phases, Success, Target, Tcp, Tls, Took, Trend, Value,
    };
    use Dimension::{Alpn, Cipher, Group, Issuer, Key, Signature, Version};
    match set {
        Columns::Live => (
            &[Mark, Target, Outcome, Took, Address, Trend, Age],
            &[Phases, Left, P95, Success, Value(Alpn), Value(Key), Value(Issuer), Value(Version), Value(Group)],
        ),
        Columns::Timing => {
            (&[Mark, Target, Took, Tls, Tcp, Dns, P50, P95, P99, Outcome, Address], &[Phases, Success, Trend, Age])
        }
        Columns::Certificate => {
            (&[Mark, Target, Left, Outcome, Value(Issuer), Value(Key), Address], &[Value(Signature), Age, Took, Trend])
        }
        Columns::Protocol => (
            &[Mark, Target, Value(Version), Value(Group), Value(Cipher), Value(Alpn), Outcome, Address],
            &[Value(Key), Age, Took, Trend],
        ),
    }
}

/// Place from left to right.
const fn core_order(column: Column) -> u8 {
    match column {
        Column::Mark => 0,
        Column::Target => 1,
        Column::Address => 2,
        Column::Outcome => 3,
        Column::Phases => 4,
        Column::Took => 5,
        Column::Dns => 6,
        Column::Tcp => 7,
        Column::Tls => 8,
        Column::P50 => 9,
        Column::P95 => 10,
        Column::P99 => 11,
        Column::Trend => 12,
        Column::Success => 13,
        Column::Age => 14,
        Column::Left => 15,
        Column::Value(dimension) => 16 + dimension as u8,
    }
}

/// Text and style of a cell that is plain text.
#[must_use]
pub(crate) fn text(
    model: &UiModel,
    ink: Ink<'_>,
    column: Column,
    address: Option<&AddressRow>,
    target: &TargetRow,
) -> (String, Style) {
    let plain = ink.text();
    let last = address.and_then(|row| row.last.as_deref());
    let timing = |value: Option<std::time::Duration>| value.map_or_else(|| "–".to_owned(), took);
    let quantile = |of: fn(&crate::store::Quantiles) -> std::time::Duration| {
        let quantiles = address.map(AddressRow::quantiles).filter(|quantiles| quantiles.count > 0);
        quantiles.map_or_else(|| "–".to_owned(), |quantiles| took(of(&quantiles)))
    };
    let text = match column {
        Column::Target => return (name(&target.target.name).to_owned(), plain),
        Column::Address => return (place(model, address, target), ink.muted()),
        Column::Outcome => return outcome(model, ink, address, target),
        Column::Left => return left(model, ink, address),
        Column::Took => timing(last.map(|last| last.timings.waited())),
        Column::Dns => timing(last.and_then(|last| last.timings.dns)),
        Column::Tcp => timing(last.and_then(|last| last.timings.tcp)),
        Column::Tls => timing(last.and_then(|last| last.timings.tls)),
        Column::P50 => quantile(|tls| tls.p50),
        Column::P95 => quantile(|tls| tls.p95),
        Column::P99 => quantile(|tls| tls.p99),
        Column::Success => address.map_or_else(String::new, |row| {
            crate::ui::words::per_cent(row.successes as usize, row.attempts as usize).replace(' ', "")
        }),
        Column::Age => return (last.map_or_else(String::new, |last| age(model.now, last.at)), ink.muted()),
        Column::Value(dimension) => address.and_then(|row| value_of(row, dimension)).unwrap_or_else(|| "–".to_owned()),
        Column::Mark | Column::Phases | Column::Trend => String::new(),
    };
    (text, plain)
}

/// A target's name without the port that everybody expects.
#[must_use]
pub(crate) fn name(name: &str) -> &str {
    name.strip_suffix(":443").unwrap_or(name)
}

/// Whether a row's data is older than three of its intervals.
#[must_use]
pub(crate) fn is_stale(address: Option<&AddressRow>, now: Time) -> bool {
    address.is_some_and(|row| row.last.as_ref().is_some_and(|last| now.since(last.at) > row.target.interval * 3))
}

/// The status of a row: the address's own, or the target's when it stands for the whole.
#[must_use]
pub(crate) fn status(model: &UiModel, address: Option<&AddressRow>, target: &TargetRow) -> Status {
    match address {
        Some(row) if !model.handshakes.order.by_target => row.status,
        _ => target.status,
    }
}

fn place(model: &UiModel, address: Option<&AddressRow>, target: &TargetRow) -> String {
    match (address, target.addresses.len()) {
        (Some(_), 2..) if model.handshakes.order.by_target => format!("{} addresses", target.addresses.len()),
        (Some(row), _) if row.key.address.port() == target.target.port => row.key.address.ip().to_string(),
        (Some(row), _) => row.key.address.to_string(),
        (None, _) => "no address".to_owned(),
    }
}

fn outcome(model: &UiModel, ink: Ink<'_>, address: Option<&AddressRow>, target: &TargetRow) -> (String, Style) {
    let whole = model.handshakes.order.by_target || address.is_none();
    let finding = if whole { target.findings.first() } else { address.and_then(|row| row.finding.as_ref()) };
    // A property is no outcome.
    if let Some(finding) = finding.filter(|finding| finding.status > Status::Ok) {
        return (finding.code.to_string(), ink.status(finding.status));
    }
    match address.and_then(|row| row.last.as_deref()) {
        Some(last) => negotiated(ink, last),
        None if address.is_some_and(|row| row.probing_since.is_some()) => ("first look …".to_owned(), ink.muted()),
        None => ("waiting".to_owned(), ink.muted()),
    }
}

fn negotiated(ink: Ink<'_>, last: &Observation) -> (String, Style) {
    match (&last.outcome, &last.handshake) {
        (Outcome::Skipped { reason }, _) => (format!("skipped: {reason}"), ink.muted()),
        (Outcome::Failed(failure), _) => (format!("failed in {}", failure.phase.name()), ink.status(Status::Warning)),
        (Outcome::Handshake, Some(handshake)) => {
            let version = handshake.version.map_or_else(String::new, |version| version.to_string());
            let group = handshake.group.map_or_else(String::new, |group| format!(" {group}"));
            (format!("{version}{group}"), ink.text())
        }
        (Outcome::Handshake, None) => ("handshake".to_owned(), ink.text()),
    }
}

fn left(model: &UiModel, ink: Ink<'_>, address: Option<&AddressRow>) -> (String, Style) {
    let leaf = address.and_then(|row| row.last_seen.as_ref()).and_then(|seen| seen.chain().first());
    let Some(leaf) = leaf else { return ("–".to_owned(), ink.muted()) };
    let freshness = model.freshness(leaf);
    let (glyph, _) = ink.freshness(freshness);
    (format!("{glyph} {}", brief_left(model.now, leaf.not_after)), ink.freshness_text(freshness))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn widths(width: u16) -> Vec<(Column, u16)> {
        placed(Columns::Live, width).iter().map(|placed| (placed.column, placed.width)).collect()
    }

    #[test]
    fn the_smallest_screen_says_what_is_wrong() {
        let columns: Vec<Column> = widths(37).into_iter().map(|(column, _)| column).collect();
        assert_eq!(columns, [Column::Mark, Column::Target, Column::Outcome, Column::Took]);
    }

    #[test]
    fn names_and_codes_come_before_bars() {
        // The pane's room at 80, 120 and 160 columns, and zoomed at 160.
        for (room, has_bars) in [(77, false), (72, false), (97, true), (157, true)] {
            let columns = widths(room);
            let of = |column| columns.iter().find(|(other, _)| *other == column).map_or(0, |(_, width)| *width);
            assert!(of(Column::Target) >= 18 && of(Column::Outcome) >= 24 && of(Column::Trend) >= 6, "{columns:?}");
            assert_eq!(of(Column::Phases) > 0, has_bars, "{columns:?}");
            let taken: u16 = columns.iter().map(|(_, width)| width + 1).sum();
            assert!(taken <= room + 1, "{columns:?}");
        }
    }
}

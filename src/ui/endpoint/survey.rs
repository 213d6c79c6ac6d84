//! Survey: what many small questions to one address found. What is unusual first, then everything in its order.

use super::line::{Line, paragraph};
use super::read::{digest, tell};
use super::suites;
use crate::diagnosis::{Digest, Fact, Topic, describe_failure};
use crate::input::Action;
use crate::model::{Depth, FailureKind, Observation, Outcome, Phase, Status};
use crate::store::AddressRow;
use crate::ui::ink::Ink;
use crate::ui::model::UiModel;
use crate::ui::widgets::{key_name, width as columns};
use crate::ui::words::age;

/// Facts keep at least this many columns when suites stand beside them, and take no more than the eye follows.
const BESIDE: std::ops::RangeInclusive<u16> = 72..=110;
/// Columns between facts and suites.
const GAP: u16 = 3;

/// The last survey of an address.
#[must_use]
pub(crate) fn lines(model: &UiModel, ink: Ink<'_>, row: Option<&AddressRow>, width: u16) -> Vec<Line> {
    let Some(row) = row else {
        return vec![vec![(" there is no address to survey yet".to_owned(), ink.muted())]];
    };
    let mut lines = Vec::new();
    let Some(digest) = digest(model, row) else {
        none(model, ink, row, width, &mut lines);
        return lines;
    };
    head(model, ink, &digest, width, &mut lines);
    under_way(model, ink, row, width, &mut lines);
    lines.push(Vec::new());
    let facts = digest.facts();
    let Some(matrix) = digest.matrix() else {
        unusual(ink, (row, &digest, &facts), width, &mut lines);
        topics(ink, &facts, |_| true, width, &mut lines);
        return lines;
    };
    // One column stays free before the scroll bar.
    let left = width.saturating_sub(suites::widest(&matrix) + GAP + 1).min(*BESIDE.end());
    if left >= *BESIDE.start() {
        let (mut facts_beside, mut suites_beside) = (Vec::new(), Vec::new());
        unusual(ink, (row, &digest, &facts), left, &mut facts_beside);
        topics(ink, &facts, |_| true, left, &mut facts_beside);
        suites::draw(ink, &matrix, width - left - GAP, &mut suites_beside);
        beside(facts_beside, suites_beside, left + GAP, &mut lines);
        return lines;
    }
    unusual(ink, (row, &digest, &facts), width, &mut lines);
    topics(ink, &facts, |topic| topic <= Topic::Protocol, width, &mut lines);
    suites::draw(ink, &matrix, width, &mut lines);
    lines.push(Vec::new());
    topics(ink, &facts, |topic| topic > Topic::Protocol, width, &mut lines);
    lines
}

/// When, why, at what cost, and what is missing.
fn head(model: &UiModel, ink: Ink<'_>, digest: &Digest<'_>, width: u16, lines: &mut Vec<Line>) {
    let survey = digest.survey;
    let when = format!("{} ago", age(model.now, survey.at)).replace("now ago", "just now");
    lines.push(vec![
        (format!(" Survey of {}, {when}", survey.key.address), ink.strong()),
        (format!("  {}", survey.at.rfc3339()), ink.muted()),
    ]);
    match digest.missing() {
        None => paragraph("   ", &format!("{}, complete", digest.cost()), ink.muted(), width, lines),
        Some(missing) => {
            paragraph("   ", &digest.cost(), ink.muted(), width, lines);
            let sign = ink.mark(Status::Warning);
            let text = format!("not complete: without {missing}");
            paragraph(&format!("   {sign} "), &text, ink.status(Status::Warning), width, lines);
        }
    }
}

fn under_way(model: &UiModel, ink: Ink<'_>, row: &AddressRow, width: u16, lines: &mut Vec<Line>) {
    let Some(since) = row.surveying_since else { return };
    let text = format!("another is under way since {}", age(model.now, since)).replace("since now", "just now");
    paragraph(&format!("   {} ", ink.glyphs().surveying), &text, ink.accent(), width, lines);
}

/// Why there is none, and how to get one.
fn none(model: &UiModel, ink: Ink<'_>, row: &AddressRow, width: u16, lines: &mut Vec<Line>) {
    let address = row.key.address;
    if let Some(since) = row.surveying_since {
        let text = format!("the first survey of {address} is under way since {}", age(model.now, since));
        let text = text.replace("since now", "just now");
        return paragraph(&format!(" {} ", ink.glyphs().surveying), &text, ink.accent(), width, lines);
    }
    paragraph(" ", &format!("{address} was not surveyed yet"), ink.strong(), width, lines);
    if row.target.depth != Depth::Full {
        let text = "its depth is 'handshake': it is probed and never surveyed";
        return paragraph(" ", text, ink.muted(), width, lines);
    }
    if let Some(obstacle) = row.last.as_deref().and_then(obstacle) {
        return paragraph(" ", &format!("no survey can be made: {obstacle}"), ink.text(), width, lines);
    }
    let key = key_name(Action::ProbeNow, &model.settings.keymap, ink.glyphs());
    let ask = if key.is_empty() { String::new() } else { format!("; {key} asks for one now") };
    paragraph(" ", &format!("its turn comes by itself after the first handshake{ask}"), ink.muted(), width, lines);
}

/// What keeps surveys from being made, whoever asks: they begin where a connection stands.
fn obstacle(last: &Observation) -> Option<String> {
    match &last.outcome {
        Outcome::Failed(failure) if failure.phase <= Phase::Tcp || failure.kind == FailureKind::Local => {
            Some(format!("it {}", describe_failure(failure).1))
        }
        Outcome::Skipped { reason } => Some(format!("it was not probed: {reason}")),
        Outcome::Failed(_) | Outcome::Handshake => None,
    }
}

fn unusual(ink: Ink<'_>, (row, digest, facts): (&AddressRow, &Digest<'_>, &[Fact]), width: u16, lines: &mut Vec<Line>) {
    let unusual = digest.unusual();
    if facts.is_empty() {
        // Silence is no sign of health.
        paragraph(" ", "nothing was found out: no question got as far as TLS", ink.text(), width, lines);
    } else if unusual.is_empty() && row.status > Status::Ok {
        paragraph(" ", "nothing unusual beside what the verdict says", ink.text(), width, lines);
    } else if unusual.is_empty() {
        let among = if digest.missing().is_some() { " among what was asked" } else { "" };
        lines.push(vec![
            (format!(" {} ", ink.mark(Status::Ok)), ink.status(Status::Ok)),
            (format!("nothing unusual{among}"), ink.strong()),
        ]);
    } else {
        lines.push(vec![(" What is unusual".to_owned(), ink.strong())]);
        tell(ink, &unusual, width, lines);
    }
    lines.push(Vec::new());
}

/// Facts under their headings.
fn topics(ink: Ink<'_>, facts: &[Fact], shown: fn(Topic) -> bool, width: u16, lines: &mut Vec<Line>) {
    for alike in facts.chunk_by(|a, b| a.topic == b.topic) {
        let Some(topic) = alike.first().map(|fact| fact.topic).filter(|topic| shown(*topic)) else { continue };
        lines.push(vec![(format!(" {}", topic.title()), ink.strong())]);
        tell(ink, alike, width, lines);
        lines.push(Vec::new());
    }
}

/// Lines side by side, the right ones from column `at` on.
fn beside(left: Vec<Line>, right: Vec<Line>, at: u16, lines: &mut Vec<Line>) {
    let count = left.len().max(right.len());
    let (mut left, mut right) = (left.into_iter(), right.into_iter());
    for _ in 0..count {
        let mut line = left.next().unwrap_or_default();
        if let Some(other) = right.next() {
            let used: u16 = line.iter().map(|(text, _)| columns(text)).sum();
            let pad = usize::from(at.saturating_sub(used));
            line.push((" ".repeat(pad), ratatui::style::Style::new()));
            line.extend(other);
        }
        lines.push(line);
    }
}

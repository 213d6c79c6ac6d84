//! Verdict: every finding, the cause first, with its evidence and the next step.

use ratatui::style::Style;

use crate::diagnosis::rule;
use crate::model::{Confidence, Finding};
use crate::store::TargetRow;
use crate::theme::Role;
use crate::ui::ink::Ink;
use crate::ui::model::UiModel;
use crate::ui::pen::wrapped;
use crate::ui::words::{age, counted, since};

/// A line of styled pieces.
pub(crate) type Line = Vec<(String, Style)>;

/// The findings of a target as lines of at most `width` columns.
#[must_use]
pub(crate) fn lines(model: &UiModel, ink: &Ink<'_>, target: &TargetRow, width: u16) -> Vec<Line> {
    let mut lines = Vec::new();
    if target.findings.is_empty() {
        lines.push(healthy(model, ink, target));
    }
    for finding in target.findings.iter() {
        finding_lines(model, ink, finding, width, &mut lines);
        lines.push(Vec::new());
    }
    lines
}

fn healthy(model: &UiModel, ink: &Ink<'_>, target: &TargetRow) -> Line {
    let style = ink.status(target.status);
    let text = match target.last {
        Some(last) => {
            let addresses = counted(target.addresses.len(), "address");
            format!("nothing wrong on {addresses}; last looked at {} ago", age(model.now, last))
                .replace("now ago", "just now")
        }
        None => "not looked at yet".to_owned(),
    };
    vec![(format!(" {} ", ink.mark(target.status)), style), (text, ink.strong())]
}

fn finding_lines(model: &UiModel, ink: &Ink<'_>, finding: &Finding, width: u16, lines: &mut Vec<Line>) {
    let style = ink.status(finding.status);
    let likely = if finding.confidence == Confidence::Likely { " · likely" } else { "" };
    let because = finding.caused_by.map_or_else(String::new, |code| format!(" · because of {code}"));
    lines.push(vec![
        (format!(" {} {}", ink.mark(finding.status), finding.code), style),
        (format!("  {} · {}{likely}{because}", finding.impact.name(), finding.status.name()), ink.muted()),
        (format!(" · since {}", since(model.now, finding.since)), ink.muted()),
    ]);
    paragraph("   ", &finding.summary, ink.strong(), width, lines);
    if let Some(rule) = rule(finding.code) {
        paragraph("   ", rule.meaning, ink.text(), width, lines);
    }
    for (fact, value) in &finding.evidence.0 {
        let label = format!("   {fact:<14} ");
        let room = width.saturating_sub(18).max(10);
        for (at, part) in wrapped(value, room, 6).into_iter().enumerate() {
            let label = if at == 0 { label.clone() } else { " ".repeat(18) };
            lines.push(vec![(label, ink.muted()), (part.to_owned(), ink.text())]);
        }
    }
    paragraph(&format!("   {} ", ink.glyphs().arrow), &finding.next.text, ink.accent(), width, lines);
    if let Some(command) = &finding.next.command {
        paragraph("     $ ", command, ink.of(Role::Input), width, lines);
    }
}

/// Wraps text; lines after the first are indented alike.
fn paragraph(indent: &str, text: &str, style: Style, width: u16, lines: &mut Vec<Line>) {
    let columns = u16::try_from(indent.chars().count()).unwrap_or(0);
    for (at, part) in wrapped(text, width.saturating_sub(columns).max(10), 12).into_iter().enumerate() {
        let lead = if at == 0 { indent.to_owned() } else { " ".repeat(usize::from(columns)) };
        lines.push(vec![(lead, style), (part.to_owned(), style)]);
    }
}

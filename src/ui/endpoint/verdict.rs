//! Verdict: every finding, the cause first, with the next step and then the evidence.

use std::fmt::Write as _;

use super::line::{Line, fact, paragraph};
use crate::diagnosis::{is_revocation_unasked, rule};
use crate::model::{Confidence, Depth, Finding, Incident, Status};
use crate::store::{AddressRow, TargetRow};
use crate::theme::Role;
use crate::ui::ink::Ink;
use crate::ui::model::UiModel;
use crate::ui::words::{age, counted, since};

/// The findings of a target as lines of at most `width` columns.
#[must_use]
pub(crate) fn lines(model: &UiModel, ink: Ink<'_>, target: &TargetRow, width: u16) -> Vec<Line> {
    let mut lines = Vec::new();
    if target.findings.is_empty() {
        lines.push(healthy(model, ink, target));
    }
    // What is to be acted on comes with its runbook; more than one would bury the findings below.
    let urgent = target.findings.iter().position(|finding| finding.status > Status::Ok);
    for (at, finding) in target.findings.iter().enumerate() {
        finding_lines(model, ink, finding, width, &mut lines);
        if Some(at) == urgent {
            runbook(ink, finding, width, &mut lines);
        }
        lines.push(Vec::new());
    }
    let mut addresses = model.snapshot().addresses_of(target.target.id);
    if let Some(row) = addresses.find(|row| is_unasked(row)) {
        // The first survey brings it; one that may not fetch never will.
        let yet = if row.survey.is_none() && target.target.depth == Depth::Full { " yet" } else { "" };
        paragraph("   ", &format!("revocation not asked{yet}"), ink.muted(), width, &mut lines);
    }
    let id = target.target.id;
    for incident in model.snapshot().incidents.iter().filter(|incident| incident.targets.contains(&id)) {
        course(model, ink, incident, width, &mut lines);
    }
    lines
}

fn is_unasked(row: &AddressRow) -> bool {
    let leaf = row.last_seen.as_ref().and_then(|seen| seen.chain().first());
    leaf.is_some_and(|leaf| is_revocation_unasked(leaf, row.survey.as_deref()))
}

/// What has become of an incident, and whom it reaches.
fn course(model: &UiModel, ink: Ink<'_>, incident: &Incident, width: u16, lines: &mut Vec<Line>) {
    if incident.life.timeline.is_empty() {
        return;
    }
    lines.push(vec![(format!(" incident {}", incident.key.code), ink.strong())]);
    let targets = counted(incident.target_count, "target");
    let mut reach = format!("{targets} · {}", counted(incident.address_count, "address"));
    for (noun, reached) in [("service", &incident.services), ("owner", &incident.owners)] {
        if reached.count > 0 {
            let _ = write!(reach, " · {}: {}", counted(reached.count, noun), reached.names.join(", "));
        }
    }
    fact("reaches", &reach, (ink.muted(), ink.text()), width, lines);
    for milestone in &incident.life.timeline {
        fact(&since(model.now, milestone.at), &milestone.step.to_string(), (ink.muted(), ink.text()), width, lines);
    }
    lines.push(Vec::new());
}

fn healthy(model: &UiModel, ink: Ink<'_>, target: &TargetRow) -> Line {
    let style = ink.status(target.status);
    let text = match model.snapshot().last_probed(target.target.id) {
        Some(last) => {
            let addresses = counted(target.addresses.len(), "address");
            format!("nothing wrong on {addresses}; last looked at {} ago", age(model.now, last))
                .replace("now ago", "just now")
        }
        None => "not looked at yet".to_owned(),
    };
    vec![(format!(" {} ", ink.mark(target.status)), style), (text, ink.strong())]
}

fn finding_lines(model: &UiModel, ink: Ink<'_>, finding: &Finding, width: u16, lines: &mut Vec<Line>) {
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
    paragraph(&format!("   {} ", ink.glyphs().arrow), &finding.next.text, ink.accent(), width, lines);
    if let Some(command) = &finding.next.command {
        paragraph("     $ ", command, ink.of(Role::Input), width, lines);
    }
    for (name, value) in &finding.evidence.0 {
        fact(name, value, (ink.muted(), ink.text()), width, lines);
    }
}

/// What to do about it step by step, and what it is easily mistaken for.
fn runbook(ink: Ink<'_>, finding: &Finding, width: u16, lines: &mut Vec<Line>) {
    let Some(rule) = rule(finding.code) else { return };
    lines.push(vec![("   runbook".to_owned(), ink.muted())]);
    for (number, step) in (1..).zip(rule.steps) {
        paragraph(&format!("   {number}. "), step.text, ink.text(), width, lines);
        if let Some(command) = step.command {
            paragraph("      $ ", command, ink.of(Role::Input), width, lines);
        }
    }
    paragraph("   easily misread: ", rule.misread, ink.muted(), width, lines);
}

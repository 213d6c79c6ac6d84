//! Markdown to paste into a ticket: the verdict, the cause with its evidence, what to run, the rest (GFM 0.29).

use std::fmt::Write as _;

use super::ours::OurSide;
use super::text::row;
use super::verdict::{FindingRecord, Verdict};
use crate::model::{Confidence, Status};

/// One verdict, final newline included.
#[must_use]
pub fn markdown(verdict: &Verdict) -> String {
    let mut out = format!("## {}: {}\n\n", verdict.status.name().to_uppercase(), escaped(&verdict.target));
    let _ = writeln!(out, "{}", escaped(&verdict.summary));
    if let Some(silenced) = &verdict.silenced {
        let _ = writeln!(out, "\nPlanned maintenance {}", escaped(silenced));
    }
    let (cause, rest) = match verdict.findings.split_first() {
        Some((cause, rest)) if verdict.status != Status::Ok => (Some(cause), rest),
        _ => (None, &verdict.findings[..]),
    };
    if let Some(cause) = cause {
        section(&mut out, cause);
    }
    if !rest.is_empty() {
        out.push_str("\n**Also**\n\n");
    }
    for finding in rest {
        let because =
            finding.caused_by.map_or_else(String::new, |code| format!(" (follows from {})", code_span(code.0)));
        let _ = writeln!(out, "- {} {}{because}", code_span(finding.code.0), escaped(&finding.summary));
    }
    addresses(&mut out, verdict);
    out
}

/// What is wrong on our own side, final newline included.
#[must_use]
pub fn our_side_in_markdown(ours: &OurSide) -> String {
    let mut out = String::new();
    for fault in ours.faults() {
        let _ = writeln!(out, "## {}: this machine\n", fault.status.name().to_uppercase());
        let _ = writeln!(out, "{}\n", escaped(&fault.summary));
        let _ = writeln!(out, "**Cause** {} ({})", code_span(fault.code.0), fault.impact.name());
        if let Some(explained) = fault.explained() {
            let _ = writeln!(out, "\n**Explains** {}", escaped(&explained));
        }
        let _ = writeln!(out, "\n**Next** {}", escaped(&fault.next.text));
    }
    out
}

fn section(out: &mut String, cause: &FindingRecord) {
    let likely = if cause.confidence == Confidence::Likely { ", likely" } else { "" };
    let _ = writeln!(out, "\n**Cause** {} ({}{likely})", code_span(cause.code.0), cause.impact.name());
    if !cause.evidence.0.is_empty() {
        out.push_str("\n**Evidence**\n\n");
    }
    for (name, value) in &cause.evidence.0 {
        let _ = writeln!(out, "- {name}: {}", code_span(value));
    }
    if !cause.next.text.is_empty() {
        let _ = writeln!(out, "\n**Next** {}", escaped(&cause.next.text));
    }
    if let Some(command) = &cause.next.command {
        let fence = "`".repeat(longest_run(command).max(2) + 1);
        let _ = writeln!(out, "\n{fence}sh\n{command}\n{fence}");
    }
}

fn addresses(out: &mut String, verdict: &Verdict) {
    if verdict.endpoints.is_empty() {
        return;
    }
    out.push_str("\n| Address | Version | Group | ALPN | Seen | Time |\n|---|---|---|---|---|---|\n");
    for endpoint in &verdict.endpoints {
        let cells = row(verdict, endpoint).map(|cell| escaped(&cell));
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
}

/// Text as text: what would be markup, an entity or a link is escaped (GFM sections 2.4 and 6.1).
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '|' | '~' | '!' | '@' => {
                out.push('\\');
                out.push(letter);
            }
            _ => out.push(letter),
        }
    }
    out
}

/// A code span that holds whatever backticks are in it (GFM section 6.3).
pub(super) fn code_span(text: &str) -> String {
    let fence = "`".repeat(longest_run(text) + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

fn longest_run(text: &str) -> usize {
    text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{BAD, GOOD, finding, handshake, refused, verdict};
    use super::*;
    use crate::model::{Code, Finding};

    #[test]
    fn a_ticket_has_cause_evidence_command_and_addresses() {
        let second = Finding { code: Code("tls.slow"), caused_by: Some(Code("tcp.partial")), ..finding() };
        let text = markdown(&verdict(&[(handshake(GOOD), None), (refused(BAD), None)], &[finding(), second]));
        let (before, table) = text.split_once("\n| Address |").unwrap();
        assert_eq!(
            before,
            "## CRITICAL: shop.example:443\n\n1 of 2 addresses refuses connections\n\n**Cause** `tcp.partial` (partial)\n\n\
             **Evidence**\n\n- refusing: `10.0.0.2:443`\n- answering: `10.0.0.1:443`\n\n\
             **Next** Start the listener on 10.0.0.2\n\n```sh\nnc -vz 10.0.0.2 443\n```\n\n**Also**\n\n\
             - `tls.slow` 1 of 2 addresses refuses connections (follows from `tcp.partial`)\n"
        );
        let rows: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(rows.len(), 2);
        assert!(rows[1].starts_with("| 10.0.0.2:443 |  |  |  | connection refused |"), "{rows:?}");
    }

    #[test]
    fn the_healthy_get_a_heading_a_sentence_and_their_addresses() {
        let text = markdown(&verdict(&[(handshake(GOOD), None)], &[]));
        assert!(text.starts_with("## OK: shop.example:443\n\nhealthy on 1 address"), "{text}");
        assert!(!text.contains("**"), "{text}");
    }

    #[test]
    fn what_a_peer_says_stays_text() {
        assert_eq!(escaped("<img src=x> *b* [l](u) a|b @all"), "&lt;img src=x> \\*b\\* \\[l\\](u) a\\|b \\@all");
        assert_eq!(code_span("plain"), "`plain`");
        assert_eq!(code_span("``tick`"), "``` ``tick` ```");
        let mut hostile = finding();
        hostile.next.command = Some("echo '```'".to_owned());
        let text = markdown(&verdict(&[(refused(BAD), None)], &[hostile]));
        assert!(text.contains("\n````sh\necho '```'\n````\n"), "{text}");
    }
}

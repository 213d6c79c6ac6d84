//! Text for people at night: the verdict, the cause with its evidence, the next step, the rest.

use std::fmt::Write as _;

use super::endpoint::Endpoint;
use super::ours::OurSide;
use super::style::TextStyle;
use super::surveyed;
use super::verdict::{FindingRecord, Verdict};
use crate::model::{Status, Untrusted, human_duration};

/// Where a verdict's sentence begins.
const INDENT: usize = 12;

impl TextStyle {
    /// One verdict, final newline included.
    #[must_use]
    pub fn verdict(self, verdict: &Verdict) -> String {
        let mut out = self.first_line(verdict);
        if let Some(silenced) = &verdict.silenced {
            self.field(&mut out, "silenced", &format!("{silenced} (the exit status is what was found)"));
        }
        let (cause, rest) = match verdict.findings.split_first() {
            Some((cause, rest)) if verdict.status != Status::Ok => (Some(cause), rest),
            _ => (None, &verdict.findings[..]),
        };
        if let Some(cause) = cause {
            self.cause(&mut out, cause);
        }
        // What is no worse than ok is advice: for those who ask for more.
        for finding in rest.iter().filter(|finding| self.verbose || finding.status != Status::Ok) {
            self.other(&mut out, finding);
        }
        // The healthy say so in their sentence.
        if let Some(unasked) = verdict.unasked().filter(|_| verdict.status != Status::Ok) {
            self.field(&mut out, "not asked", &unasked);
        }
        if self.verbose || differ(verdict) {
            self.addresses(&mut out, verdict);
        }
        if self.verbose {
            for endpoint in &verdict.endpoints {
                self.proxy(&mut out, endpoint);
                self.upgrade(&mut out, endpoint);
            }
        }
        let surveyed = verdict.endpoints.iter().filter_map(|seen| Some((seen.address, seen.reading.as_ref()?)));
        for (label, line) in surveyed::lines(self, &surveyed.collect::<Vec<_>>()) {
            self.field(&mut out, label, &line);
        }
        if self.ascii { ascii(&out) } else { out }
    }

    /// The verdict's first line alone, newline included.
    #[must_use]
    pub fn first_line(self, verdict: &Verdict) -> String {
        format!("{} {}\n", self.word(verdict.status), self.headline(verdict))
    }

    fn word(self, status: Status) -> String {
        let word = format!("{} {}", self.mark(status), status.name().to_uppercase());
        self.painter.status(status, &format!("{word:width$}", width = INDENT - 1))
    }

    /// The sentence, with the target in front unless the sentence names it.
    fn headline(self, verdict: &Verdict) -> String {
        let target = self.painter.bold(&verdict.target);
        match verdict.summary.split_once(&verdict.target) {
            Some((before, after)) => format!("{before}{target}{after}"),
            None => format!("{target}  {}", verdict.summary),
        }
    }

    /// What is wrong on our own side; nothing where nothing is.
    #[must_use]
    pub fn our_side(self, ours: &OurSide) -> String {
        let mut out = String::new();
        for fault in ours.faults() {
            let _ = writeln!(out, "{} {}", self.word(fault.status), fault.summary);
            self.field(&mut out, "cause", &format!("{} · {}", fault.code, fault.impact.name()));
            if let Some(explained) = fault.explained() {
                self.field(&mut out, "explains", &explained);
            }
            self.field(&mut out, "next", &self.painter.bold(&fault.next.text));
        }
        if self.ascii { ascii(&out) } else { out }
    }

    /// The last line over several verdicts: `3 targets: 1 critical, 2 ok`.
    #[must_use]
    pub fn total(self, statuses: &[Status]) -> String {
        let worst_first = [Status::Critical, Status::Warning, Status::Unknown, Status::Ok];
        let parts = worst_first.into_iter().filter_map(|status| {
            let count = statuses.iter().filter(|other| **other == status).count();
            (count > 0).then(|| self.painter.status(status, &format!("{count} {}", status.name())))
        });
        format!("{} targets: {}\n", statuses.len(), parts.collect::<Vec<_>>().join(", "))
    }

    fn cause(self, out: &mut String, cause: &FindingRecord) {
        let likely = if cause.confidence == crate::model::Confidence::Likely { " · likely" } else { "" };
        self.field(out, "cause", &format!("{} · {}{likely}", cause.code, cause.impact.name()));
        self.evidence(out, cause);
        self.next(out, cause);
    }

    fn other(self, out: &mut String, finding: &FindingRecord) {
        let because = finding.caused_by.map_or_else(String::new, |code| format!(" (follows from {code})"));
        let mark = self.painter.status(finding.status, self.mark(finding.status));
        self.field(out, "also", &format!("{mark} {}  {}{because}", finding.code, finding.summary));
        if self.verbose {
            self.evidence(out, finding);
            self.next(out, finding);
        }
    }

    fn evidence(self, out: &mut String, finding: &FindingRecord) {
        let width = finding.evidence.0.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (index, (name, value)) in finding.evidence.0.iter().enumerate() {
            let label = if index == 0 { "evidence" } else { "" };
            self.field(out, label, &format!("{name:width$}  {value}"));
        }
    }

    fn next(self, out: &mut String, finding: &FindingRecord) {
        if !finding.next.text.is_empty() {
            self.field(out, "next", &self.painter.bold(&finding.next.text));
        }
        if let Some(command) = &finding.next.command {
            self.field(out, "", &format!("$ {command}"));
        }
    }

    fn field(self, out: &mut String, label: &str, value: &str) {
        let label = self.painter.dim(&format!("{label:>width$}", width = INDENT - 2));
        let _ = writeln!(out, "{label}  {value}");
    }

    fn addresses(self, out: &mut String, verdict: &Verdict) {
        let rows: Vec<[String; 6]> = verdict.endpoints.iter().map(|endpoint| row(verdict, endpoint)).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: [usize; 6] = std::array::from_fn(width);
        for (index, (endpoint, row)) in verdict.endpoints.iter().zip(&rows).enumerate() {
            let status = standing(verdict, endpoint);
            let cells = row.iter().zip(widths).filter(|(_, width)| *width > 0);
            let line = cells.map(|(cell, width)| format!("{cell:width$}")).collect::<Vec<_>>().join("  ");
            let mark = self.painter.status(status, self.mark(status));
            self.field(out, if index == 0 { "addresses" } else { "" }, &format!("{mark} {}", line.trim_end()));
        }
    }

    /// The way through a proxy, and what the proxy said.
    fn proxy(self, out: &mut String, endpoint: &Endpoint) {
        let Some(proxy) = &endpoint.proxy else { return };
        self.field(out, "proxy", &format!("{}  {} in {:.1} ms", endpoint.address, proxy.url, proxy.took_ms));
        if let Some(answer) = &proxy.answer {
            self.field(out, "", &format!("answer    {answer}"));
        }
    }

    /// The conversation before TLS, in the peer's words.
    fn upgrade(self, out: &mut String, endpoint: &Endpoint) {
        let Some(upgrade) = &endpoint.upgrade else { return };
        let took = endpoint.timings_ms.starttls.map_or_else(String::new, |took| format!(" in {took:.1} ms"));
        let agreed = if upgrade.accepted { "agreed to TLS" } else { "did not agree to TLS" };
        self.field(out, "upgrade", &format!("{}  {} {agreed}{took}", endpoint.address, upgrade.protocol));
        let said = |text: &Option<Untrusted>| text.as_ref().map(ToString::to_string);
        let offers: Vec<&str> = upgrade.capabilities.iter().map(Untrusted::as_str).collect();
        let facts = [
            ("greeting", said(&upgrade.banner)),
            ("offers", Some(offers.join(", ")).filter(|offers| !offers.is_empty())),
            ("reply", said(&upgrade.reply)),
            ("then", said(&upgrade.injected)),
        ];
        for (name, value) in facts.into_iter().filter_map(|(name, value)| Some((name, value?))) {
            self.field(out, "", &format!("{name:8}  {value}"));
        }
    }
}

/// Typography in ASCII; names from outside stay as they are.
pub(super) fn ascii(text: &str) -> String {
    let plain = [
        ("·", "-"),
        ("—", "-"),
        ("–", "-"),
        ("−", "-"),
        ("→", "->"),
        ("…", "..."),
        ("×", "x"),
        ("≥", ">="),
        ("≤", "<="),
    ];
    plain.iter().fold(text.to_owned(), |text, (fine, plain)| text.replace(fine, plain))
}

/// Address, version, group, ALPN, certificate or error, time.
pub(super) fn row(verdict: &Verdict, endpoint: &Endpoint) -> [String; 6] {
    let leaf = endpoint.chain.first().and_then(|leaf| verdict.certificates.get(leaf));
    let certificate = leaf.map(|leaf| {
        let short: String = leaf.serial.chars().rev().take(6).collect::<Vec<_>>().into_iter().rev().collect();
        let now = verdict.started;
        if leaf.not_after < now {
            format!("serial …{short} expired {} ago", human_duration(now.since(leaf.not_after)))
        } else {
            format!("serial …{short} ends in {}", human_duration(leaf.not_after.since(now)))
        }
    });
    let once = match (endpoint.outcome, endpoint.failures) {
        ("handshake", 1..) => Some("the first of two probes failed".to_owned()),
        _ => None,
    };
    let facts = [endpoint.error.clone(), certificate, once].into_iter().flatten().collect::<Vec<_>>();
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let decimals = usize::from(endpoint.timings_ms.total < 10.0);
    [
        endpoint.address.to_string(),
        text(&endpoint.version),
        text(&endpoint.group),
        text(&endpoint.alpn),
        facts.join(", "),
        format!("{:.decimals$} ms", endpoint.timings_ms.total),
    ]
}

/// The worst status among findings that name the address.
fn standing(verdict: &Verdict, endpoint: &Endpoint) -> Status {
    let naming = verdict.findings.iter().filter(|finding| finding.addresses.contains(&endpoint.address));
    let seen = if endpoint.outcome == "handshake" { Status::Ok } else { Status::Unknown };
    naming.map(|finding| finding.status).max().unwrap_or(seen)
}

/// Whether addresses of one target show different things.
fn differ(verdict: &Verdict) -> bool {
    let facts = |endpoint: &Endpoint| {
        let Endpoint { outcome, phase, version, cipher, group, alpn, chain, failures, .. } = endpoint.clone();
        (outcome, phase, version, cipher, group, alpn, chain.first().copied(), failures, standing(verdict, endpoint))
    };
    verdict.endpoints.windows(2).any(|pair| matches!(pair, [one, other] if facts(one) != facts(other)))
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;

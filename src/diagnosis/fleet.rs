//! Some addresses of a name fail to connect while others answer: one pattern over several findings.

use std::cmp::Reverse;
use std::net::SocketAddr;

use super::evidence::Case;
use super::fault::status_of;
use super::rules::{self, Rule};
use super::words;
use crate::model::{Confidence, Evidence, Finding, Impact, Next, Scope};

/// Adds the patterns of connection failures, and makes them the head of what they sum up.
pub(super) fn look(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let (mut failed, others): (Vec<Finding>, Vec<Finding>) =
        findings.drain(..).partition(|finding| is_failed_connection(case, finding));
    *findings = others;
    let failing = addresses_of(&failed);
    let answering = answering(case, &failing);
    if failing.is_empty() || answering.is_empty() {
        findings.append(&mut failed);
        return;
    }
    let is_tcp = |finding: &Finding| finding.code.family() == "tcp";
    let split = failed.iter().all(is_tcp) && is_family_split(case, &failing, &answering);
    let head = if split { &rules::TCP_FAMILY_SPLIT } else { &rules::FLEET_PARTIAL_OUTAGE };
    findings.push(pattern(case, head, &failed, &answering));
    for finding in &mut failed {
        finding.caused_by = Some(head.code);
    }
    let (mut tcp, mut later): (Vec<Finding>, Vec<Finding>) = failed.into_iter().partition(is_tcp);
    if tcp.iter().any(|finding| tcp.iter().any(|other| other.code != finding.code)) {
        let partial = pattern(case, &rules::TCP_PARTIAL, &tcp, &answering);
        for finding in &mut tcp {
            finding.caused_by = Some(partial.code);
        }
        findings.push(Finding { caused_by: Some(head.code), ..partial });
    }
    findings.append(&mut tcp);
    findings.append(&mut later);
}

fn is_failed_connection(case: &Case<'_>, finding: &Finding) -> bool {
    let connection = matches!(finding.code.family(), "tcp" | "quic" | "starttls" | "tls" | "hs");
    let failed = |address: &SocketAddr| {
        case.address(*address).and_then(|evidence| evidence.last).is_some_and(|last| last.failure().is_some())
    };
    connection
        && finding.scope == Scope::Address
        && finding.impact >= Impact::Partial
        && finding.addresses.iter().all(failed)
}

/// Addresses whose last probe completed a handshake.
fn answering(case: &Case<'_>, failing: &[SocketAddr]) -> Vec<SocketAddr> {
    let complete = case.addresses.iter().filter(|evidence| evidence.last.is_some_and(|last| last.is_handshake()));
    let mut complete: Vec<SocketAddr> =
        complete.map(|evidence| evidence.address).filter(|address| !failing.contains(address)).collect();
    complete.sort_unstable();
    complete
}

/// All addresses of one family fail to connect, and all of the other connect.
fn is_family_split(case: &Case<'_>, failing: &[SocketAddr], answering: &[SocketAddr]) -> bool {
    let all_of_family = |v6: bool, among: &[SocketAddr]| {
        let mut family = case.addresses.iter().map(|evidence| evidence.address).filter(|ip| ip.is_ipv6() == v6);
        family.all(|address| among.contains(&address))
    };
    [true, false].into_iter().any(|v6| all_of_family(v6, failing) && all_of_family(!v6, answering))
}

/// A finding that sums up several.
fn pattern(case: &Case<'_>, rule: &Rule, explained: &[Finding], answering: &[SocketAddr]) -> Finding {
    let failing = addresses_of(explained);
    let widest = explained.iter().max_by_key(|finding| (finding.addresses.len(), Reverse(finding.code)));
    let certain = explained.iter().any(|finding| finding.confidence == Confidence::Certain);
    let impact = explained.iter().map(|finding| finding.impact).max().unwrap_or(rule.impact);
    let titles = titles(explained);
    Finding {
        code: rule.code,
        impact,
        status: status_of(impact),
        confidence: if certain { Confidence::Certain } else { Confidence::Likely },
        scope: Scope::Target,
        certificates: Vec::new(),
        summary: sentence(case, rule, &failing, &titles),
        evidence: Evidence(vec![
            ("failing", words::addresses(&failing)),
            ("answering", words::addresses(answering)),
            ("faults", titles),
        ]),
        next: Next {
            text: format!("{} Failing: {}.", rule.next, words::addresses(&failing)),
            command: widest.and_then(|finding| finding.next.command.clone()),
        },
        addresses: failing,
        caused_by: None,
        validity: None,
        since: explained.iter().map(|finding| finding.since).min().unwrap_or(case.now),
        last: explained.iter().map(|finding| finding.last).max().unwrap_or(case.now),
    }
}

fn sentence(case: &Case<'_>, rule: &Rule, failing: &[SocketAddr], titles: &str) -> String {
    let (count, name) = (failing.len(), words::target(case));
    if rule.code != rules::TCP_FAMILY_SPLIT.code {
        let fail = words::verb(count, "fails", "fail");
        return format!("{} {fail}: {titles} ({})", words::who(case, count), words::addresses(failing));
    }
    let (bad, good) = if failing.iter().any(SocketAddr::is_ipv6) { ("IPv6", "IPv4") } else { ("IPv4", "IPv6") };
    match count {
        1 => format!("the {bad} address of {name} fails: {titles}; {good} answers"),
        _ => format!("all {count} {bad} addresses of {name} fail: {titles}; {good} answers"),
    }
}

/// The distinct faults in words, each once.
fn titles(explained: &[Finding]) -> String {
    let mut titles: Vec<&str> =
        explained.iter().map(|finding| rules::rule(finding.code).map_or(finding.code.0, |rule| rule.title)).collect();
    titles.sort_unstable();
    titles.dedup();
    words::list(titles.iter().map(|&title| title.to_owned()), titles.len())
}

fn addresses_of(findings: &[Finding]) -> Vec<SocketAddr> {
    let mut addresses: Vec<SocketAddr> =
        findings.iter().flat_map(|finding| finding.addresses.iter().copied()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

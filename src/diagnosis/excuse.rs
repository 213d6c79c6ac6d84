//! What is wrong on our side explains what targets show: said once, and blamed on none of them.

use std::net::SocketAddr;

use super::evidence::Case;
use super::fault::status_of;
use super::http;
use super::observer::Trouble;
use super::redirects::{self, Redirection};
use super::rules::{self, rule};
use super::words;
use crate::model::{Certificate, Confidence, Evidence, Finding, Fingerprint, Impact, Next, Scope};

/// Puts findings under the fact of our own side that explains them, and takes the blame off them.
pub(super) fn look(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let mut told = Vec::new();
    for fact in case.observer.troubles() {
        let explained = findings.iter_mut().filter(|finding| {
            finding.caused_by.is_none() && finding.scope != Scope::Observer && explains(case, &fact, finding)
        });
        let explained: Vec<&mut Finding> = explained.collect();
        let Some(finding) = tell(case, &fact, &explained) else { continue };
        // That a store is old may be why it refuses, and may not.
        if fact.code != rules::LOCAL_STORE_STALE.code {
            for effect in explained {
                excuse(effect, &fact);
            }
        }
        told.push(finding);
    }
    findings.append(&mut told);
}

fn excuse(effect: &mut Finding, fact: &Trouble) {
    effect.caused_by = Some(fact.code);
    effect.impact = effect.impact.min(Impact::Inconclusive);
    effect.status = effect.status.min(status_of(Impact::Inconclusive));
}

fn explains(case: &Case<'_>, fact: &Trouble, finding: &Finding) -> bool {
    let observer = case.observer;
    let all_show = |is_it: &dyn Fn(&Certificate) -> bool| {
        let leaf = |address: &SocketAddr| case.address(*address)?.shown()?.leaf();
        !finding.addresses.is_empty() && finding.addresses.iter().all(|address| leaf(address).is_some_and(is_it))
    };
    match fact.code.0 {
        "local.captive_portal" => {
            observer.portal.as_ref().is_some_and(|portal| all_show(&|leaf| leaf.fingerprint == portal.certificate))
                || observer.redirection.as_ref().is_some_and(|to| are_led_to(case, to, finding))
        }
        "local.interception" => observer.interception.as_ref().is_some_and(|by| {
            // What the authority signs is not the server's; how the connection fares may be.
            matches!(finding.code.family(), "cert" | "chain" | "revocation")
                && all_show(&|leaf| leaf.issuer_id == by.certificate)
        }),
        "local.clock_skew" => is_by_clock(case, finding) || agrees_with_others(case, finding),
        "local.no_route" => matches!(finding.code.0, "tcp.timeout" | "tcp.unreachable"),
        "local.store_stale" => finding.code == rules::CHAIN_UNTRUSTED_ROOT.code,
        _ => false,
    }
}

/// Whether all who show it are sent to the portal.
fn are_led_to(case: &Case<'_>, to: &Redirection, finding: &Finding) -> bool {
    let is_led = |address: &SocketAddr| {
        let evidence = case.address(*address)?;
        let host = redirects::led_away(case.target, evidence.last?, evidence.survey?, case.now)?;
        Some(host == to.host.as_str())
    };
    !finding.addresses.is_empty() && finding.addresses.iter().all(|address| is_led(address) == Some(true))
}

/// Whether a validity is in order by the time that others have.
fn is_by_clock(case: &Case<'_>, finding: &Finding) -> bool {
    let (Some(skew), Some((start, end))) = (&case.observer.clock, finding.validity) else { return false };
    match (finding.code.0, skew.corrected(case.now)) {
        ("cert.not_yet_valid", None) => skew.ahead_ms < 0,
        ("cert.not_yet_valid", Some(now)) => now >= start,
        ("cert.expired" | "chain.intermediate_expired", Some(now)) => now <= end,
        _ => false,
    }
}

/// Whether a clock that differs from ours is right by the time that others have.
fn agrees_with_others(case: &Case<'_>, finding: &Finding) -> bool {
    let Some(skew) = case.observer.clock.filter(|skew| skew.is_exact) else { return false };
    let agrees = |address: &SocketAddr| {
        let answer = case.address(*address)?.survey?.http.as_ref()?;
        Some(!http::is_off(answer, skew.ahead_ms))
    };
    finding.code == rules::SERVER_CLOCK_SKEW.code
        && finding.addresses.iter().all(|address| agrees(address) == Some(true))
}

/// The fact as a finding of this target; none where nothing here comes of it.
fn tell(case: &Case<'_>, fact: &Trouble, effects: &[&mut Finding]) -> Option<Finding> {
    let rule = rule(fact.code).filter(|_| !effects.is_empty())?;
    let mut addresses: Vec<SocketAddr> = effects.iter().flat_map(|effect| effect.addresses.iter().copied()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    let certificates: Vec<Fingerprint> = Vec::new();
    let codes = effects.iter().map(|effect| effect.code.to_string());
    let evidence = vec![
        ("fleet", fact.sentence.clone()),
        ("explains", words::list(codes, effects.len())),
        ("addresses", words::addresses(&addresses)),
        ("observed", case.now.rfc3339()),
    ];
    Some(Finding {
        code: rule.code,
        impact: rule.impact,
        status: status_of(rule.impact),
        confidence: Confidence::Likely,
        scope: Scope::Observer,
        summary: format!("{} cannot be judged: {}", words::who(case, addresses.len()), fact.sentence),
        addresses,
        certificates,
        evidence: Evidence(evidence),
        next: Next { text: rule.next.to_owned(), command: None },
        caused_by: None,
        validity: None,
        since: effects.iter().map(|effect| effect.since).min().unwrap_or(case.now),
        last: case.now,
    })
}

//! Names without addresses.

use super::command;
use super::evidence::Case;
use super::fault::status_of;
use super::rules::{self, Rule};
use super::source::{HOSTS, LITERAL, PINNED, was_asked};
use super::words;
use crate::model::{
    Confidence, DnsFailure, Evidence, Family, Finding, Impact, Next, Resolution, Scope, Untrusted, human_duration,
};

/// The finding of a failed look-up, if it failed.
pub(super) fn look(case: &Case<'_>) -> Option<Finding> {
    let resolution = case.resolution?;
    let failure = resolution.failure.as_ref()?;
    let (rule, confidence) = match failure {
        // Nobody is answered, so it is no matter of the name's.
        DnsFailure::TimedOut if case.observer.is_dead(&resolution.source) => {
            (&rules::LOCAL_DNS_DOWN, Confidence::Likely)
        }
        _ => read(failure),
    };
    // Addresses from an earlier answer are still probed: clients that remember them get through.
    let impact = match rule.impact {
        Impact::Outage if !case.addresses.is_empty() && !is_authoritative(failure) => Impact::Partial,
        impact => impact,
    };
    let name = Untrusted::new(&case.target.destination().0.to_string());
    let ours = rule.code.family() == "local";
    Some(Finding {
        code: rule.code,
        impact,
        status: status_of(impact),
        confidence,
        scope: if ours { Scope::Observer } else { Scope::Target },
        addresses: Vec::new(),
        certificates: Vec::new(),
        summary: format!("{}: {}", words::target(case), phrase(failure, &name, resolution, case.target.family)),
        evidence: Evidence(facts(failure, &name, resolution)),
        next: Next {
            text: rule.next.to_owned(),
            command: was_asked(resolution)
                .then(|| command::lookup(case.target.destination().0, resolution, is_servfail(failure))),
        },
        caused_by: None,
        validity: None,
        since: resolution.at,
        last: resolution.at,
    })
}

const fn read(failure: &DnsFailure) -> (&'static Rule, Confidence) {
    match failure {
        DnsFailure::NxDomain => (&rules::DNS_NXDOMAIN, Confidence::Certain),
        DnsFailure::NoAddress => (&rules::DNS_NO_ADDRESS, Confidence::Certain),
        DnsFailure::ServFail { .. } => (&rules::DNS_SERVFAIL, Confidence::Certain),
        DnsFailure::TimedOut => (&rules::DNS_TIMEOUT, Confidence::Likely),
        DnsFailure::Refused => (&rules::DNS_REFUSED, Confidence::Certain),
        DnsFailure::Unreachable { .. } => (&rules::LOCAL_DNS_DOWN, Confidence::Certain),
    }
}

/// A failure that may be DNSSEC's: asking without checking tells.
const fn is_servfail(failure: &DnsFailure) -> bool {
    matches!(failure, DnsFailure::ServFail { .. })
}

/// Whether the zone itself says so, as opposed to a resolver that could not find out.
const fn is_authoritative(failure: &DnsFailure) -> bool {
    matches!(failure, DnsFailure::NxDomain | DnsFailure::NoAddress)
}

fn phrase(failure: &DnsFailure, name: &Untrusted, resolution: &Resolution, family: Family) -> String {
    let source = &resolution.source;
    match failure {
        DnsFailure::NxDomain => format!("the name “{name}” does not exist (NXDOMAIN from {source})"),
        DnsFailure::NoAddress => {
            let kind = match family {
                Family::Any => "address",
                Family::V4 => "IPv4 address",
                Family::V6 => "IPv6 address",
            };
            match source.as_str() {
                LITERAL => format!("“{name}” is no {kind}"),
                PINNED => format!("“{name}” is led to no {kind}"),
                HOSTS => format!("the hosts file has no {kind} for “{name}”"),
                _ => format!("the name “{name}” has no {kind}"),
            }
        }
        DnsFailure::ServFail { detail } if detail.is_empty() => {
            format!("{source} cannot look up “{name}” (SERVFAIL)")
        }
        DnsFailure::ServFail { detail } => format!("{source} cannot look up “{name}”: {detail}"),
        DnsFailure::TimedOut => {
            format!("{source} did not answer for “{name}” within {}", human_duration(resolution.took))
        }
        DnsFailure::Refused => format!("{source} refuses to look up “{name}” for us"),
        DnsFailure::Unreachable { detail } => format!("no name server can be asked ({source}): {detail}"),
    }
}

fn facts(failure: &DnsFailure, name: &Untrusted, resolution: &Resolution) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("name", name.to_string()),
        ("asked", resolution.source.to_string()),
        ("took", format!("{} ms", resolution.took.as_millis())),
        ("ttl", human_duration(resolution.ttl)),
    ];
    if let DnsFailure::ServFail { detail } | DnsFailure::Unreachable { detail } = failure {
        facts.push(("answer", detail.to_string()));
    }
    facts.push(("observed", resolution.at.rfc3339()));
    facts
}

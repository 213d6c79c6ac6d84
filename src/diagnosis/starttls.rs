//! Conversations that do not lead to TLS, and peers that speak something else than they are asked for.

use super::evidence::{AddressEvidence, Case};
use super::fault::{Fault, Group};
use super::reading::{Context, Reading};
use super::rules::{self, Rule};
use super::{tls, words};
use crate::model::{Failure, FailureKind, Finding, Host, Observation, Phase, Protocol, Scope, Status};

/// What a failure before or right behind the peer's agreement means; `None` when it is a matter of TLS itself.
pub(super) fn read(failure: &Failure, context: Context<'_>) -> Option<Reading> {
    let nothing = failure.received == 0;
    Some(Reading::certain(match (failure.phase, &failure.kind) {
        (Phase::Starttls, FailureKind::ImplicitTls | FailureKind::Plaintext { .. }) => &rules::STARTTLS_WRONG_MODE,
        (Phase::Starttls, FailureKind::NotOffered) => &rules::STARTTLS_NOT_OFFERED,
        (Phase::Starttls, FailureKind::Rejected { .. } | FailureKind::Unauthorized { .. }) => &rules::STARTTLS_REJECTED,
        (Phase::Starttls, FailureKind::Misbehaved) => &rules::STARTTLS_BROKEN,
        (Phase::Starttls, _) => return Some(tls::read(failure)),
        (_, FailureKind::Plaintext { .. } | FailureKind::NotTls { .. }) if context.agreed() => &rules::STARTTLS_BROKEN,
        (_, FailureKind::Closed | FailureKind::Reset | FailureKind::TimedOut) if nothing && context.agreed() => {
            &rules::STARTTLS_BROKEN
        }
        (_, FailureKind::Plaintext { protocol, .. }) if protocol.upgrades_as().is_some() => &rules::STARTTLS_WRONG_MODE,
        _ => return None,
    }))
}

/// What the peer did, to follow its name.
pub(super) fn phrase(rule: &Rule, failure: &Failure, asked: Protocol) -> String {
    let asked = asked.title();
    let detail = &failure.detail;
    if rule.code == rules::STARTTLS_BROKEN.code && failure.phase != Phase::Starttls {
        return format!("agreed to TLS in {asked}, then {}", broke(failure));
    }
    match &failure.kind {
        FailureKind::ImplicitTls => {
            format!("speaks TLS from the first byte, where {asked} with an upgrade was expected")
        }
        FailureKind::Plaintext { protocol, .. } if failure.phase == Phase::Starttls => {
            format!("speaks {}, where {asked} was expected", protocol.name())
        }
        FailureKind::Plaintext { protocol, .. } => {
            format!("begins with {} in plain text, where TLS was expected from the first byte", protocol.name())
        }
        FailureKind::NotOffered => format!("speaks {asked} and offers no TLS: {detail}"),
        FailureKind::Rejected { reply } | FailureKind::Unauthorized { reply } => {
            format!("refused to upgrade {asked} to TLS: “{reply}”")
        }
        FailureKind::Misbehaved => format!("broke the {asked} conversation before TLS: {detail}"),
        FailureKind::NotTls { .. } => format!("answered with bytes that are neither {asked} nor TLS"),
        FailureKind::TimedOut if failure.received > 0 => {
            format!("stopped in the middle of the {asked} conversation, after {} bytes", failure.received)
        }
        FailureKind::TimedOut => format!("accepted the connection and said nothing in {asked}"),
        FailureKind::Closed if failure.received > 0 => {
            format!("closed the connection in the {asked} conversation, after {} bytes", failure.received)
        }
        FailureKind::Reset if failure.received > 0 => {
            format!("reset the connection in the {asked} conversation, after {} bytes", failure.received)
        }
        _ => tls::phrase(failure),
    }
}

fn broke(failure: &Failure) -> String {
    match &failure.kind {
        FailureKind::Plaintext { first, .. } | FailureKind::NotTls { first } => {
            format!("went on in plain text: “{first}”")
        }
        FailureKind::TimedOut => "never answered the ClientHello".to_owned(),
        FailureKind::Reset => "reset the connection upon the ClientHello".to_owned(),
        _ => "closed the connection without a byte of TLS".to_owned(),
    }
}

/// The next step with the notation of the place as what it is.
pub(super) fn correct(case: &Case<'_>, failure: &Failure) -> Option<String> {
    let spoken = failure.kind.spoken()?;
    let (host, port) = (&case.target.host, case.target.port);
    // An address that the notation itself fixes belongs to the place; one that an option fixes is fixed for both.
    let is_pinned = case.target.name.contains('@');
    let place = match (host, &case.target.pinned[..]) {
        (Host::Name(name), [address]) if is_pinned => format!("{name}@{address}"),
        (Host::Ip(ip), _) if ip.is_ipv6() => format!("[{ip}]:{port}"),
        (host, _) => format!("{host}:{port}"),
    };
    let expected = match case.target.protocol {
        Protocol::Tls => "TLS from the first byte".to_owned(),
        asked => format!("{} with an upgrade", asked.title()),
    };
    Some(format!(
        "Watch it as {}://{place}, without --starttls; if clients are right to expect {expected}, mend the service's mode on this port.",
        spoken.name()
    ))
}

/// What was said before TLS.
pub(super) fn facts(observation: &Observation, facts: &mut Vec<(&'static str, String)>) {
    let Some(upgrade) = observation.upgrade.as_deref() else { return };
    facts.push(("conversation", upgrade.protocol.title().to_owned()));
    if let Some(banner) = &upgrade.banner {
        facts.push(("greeting", banner.to_string()));
    }
    if !upgrade.capabilities.is_empty() {
        let words = upgrade.capabilities.iter().map(ToString::to_string);
        facts.push(("offers", words::list(words, upgrade.capabilities.len())));
    }
    if let Some(reply) = &upgrade.reply {
        facts.push(("reply", reply.to_string()));
    }
}

/// Plain text where only TLS may follow.
pub(super) fn look<'a>(evidence: &AddressEvidence<'a>, faults: &mut Vec<Fault<'a>>) {
    let Some(last) = evidence.last else { return };
    if last.upgrade.as_deref().is_some_and(|upgrade| upgrade.injected.is_some()) {
        faults.push(Fault::probed(&rules::STARTTLS_INJECTED, evidence, last, tell_injection));
    }
}

fn tell_injection(group: &Group<'_, '_>) -> Finding {
    let observation = group.first.observation;
    let behind = observation.upgrade.as_deref().and_then(|upgrade| upgrade.injected.as_ref());
    let behind = behind.map(ToString::to_string).unwrap_or_default();
    let summary = format!("{} sent plain text behind its agreement to TLS: “{behind}”", group.who());
    let mut known = vec![("behind the agreement", behind)];
    facts(observation, &mut known);
    let mut finding = group.finding(Scope::Address, summary, known);
    finding.status = Status::Warning;
    let show = super::command::Show::Handshake;
    finding.next.command = Some(super::command::handshake(group.case, group.first.address, show));
    finding
}

//! Client certificates: asked for and missed, shown and refused, or not insisted on.

use super::command::{self, Show};
use super::evidence::AddressEvidence;
use super::fault::{Fault, Group};
use super::reading::{Context, Reading};
use super::rules::{self, Rule};
use super::words;
use crate::model::{
    Alert, Certificate, ClientAuth, Failure, FailureKind, Finding, Handshake, Observation, Outcome, Peer, Phase, Scope,
    Target, Time, TlsVersion,
};

const CERTIFICATE_REVOKED: u8 = 44;
const CERTIFICATE_EXPIRED: u8 = 45;
const DECRYPT_ERROR: u8 = 51;
const CERTIFICATE_REQUIRED: u8 = 116;

/// Alerts with which servers refuse a client that presents no certificate; before TLS 1.3 there is none of its own
/// (RFC 5246 section 7.4.6 says `handshake_failure`; implementations differ).
const REFUSALS: [u8; 10] = [40, 41, 42, 43, 44, 45, 46, 48, 49, CERTIFICATE_REQUIRED];
/// Alerts that speak of nothing but the certificate that was shown: `bad_certificate`, `unsupported_certificate`,
/// `certificate_unknown`, `unknown_ca` (RFC 9846 section 6.2).
const OF_THE_CERTIFICATE: [u8; 4] = [42, 43, 46, 48];

pub(super) fn read(failure: &Failure, context: Context<'_>) -> Option<Reading> {
    let asked = context.handshake.map(|handshake| &handshake.client_auth);
    if let Some(ClientAuth::Requested { presented: Some(ours), .. }) = asked {
        return read_refusal(failure, context, ours);
    }
    if is(&failure.kind, &[CERTIFICATE_REQUIRED]) {
        return Some(Reading::certain(&rules::MTLS_REQUIRED));
    }
    let asked = matches!(asked?, ClientAuth::Requested { .. });
    let refused = is(&failure.kind, &REFUSALS);
    (asked && (refused || has_hung_up(failure, context.handshake?))).then(|| Reading::likely(&rules::MTLS_REQUIRED))
}

/// Whether a probe came to mutual TLS: the server asked for a client certificate.
#[must_use]
pub fn asks_for_client(observation: &Observation) -> bool {
    let asked = |handshake: &Handshake| matches!(handshake.client_auth, ClientAuth::Requested { .. });
    observation.handshake.as_ref().is_some_and(asked) || refuses_client(observation)
}

/// Whether a probe failed over our client certificate: none was shown, or the one that was is refused.
#[must_use]
pub fn refuses_client(observation: &Observation) -> bool {
    refusal(observation).is_some()
}

/// Whether a server that is to insist on a client certificate refused us, who have none: all is well.
#[must_use]
pub fn refuses_as_expected(target: &Target, observation: &Observation) -> bool {
    let is_expected = target.expect.as_deref().is_some_and(|expected| expected.mtls == Some(true));
    is_expected && refusal(observation).is_some_and(|reading| reading.rule.code == rules::MTLS_REQUIRED.code)
}

fn refusal(observation: &Observation) -> Option<Reading> {
    let context = Context { handshake: observation.handshake.as_ref(), at: Some(observation.at), ..Context::default() };
    read(observation.failure()?, context)
}

/// What a server holds against the certificate we showed: its own word first, then what we know of the certificate.
fn read_refusal(failure: &Failure, context: Context<'_>, ours: &Certificate) -> Option<Reading> {
    if is(&failure.kind, &[CERTIFICATE_REVOKED]) {
        return Some(Reading::certain(&rules::MTLS_CLIENT_REVOKED));
    }
    if is(&failure.kind, &[CERTIFICATE_EXPIRED]) {
        return Some(Reading::certain(&rules::MTLS_CLIENT_EXPIRED));
    }
    if is(&failure.kind, &[DECRYPT_ERROR]) {
        return Some(Reading::likely(&rules::MTLS_CLIENT_KEY_MISMATCH));
    }
    if !is(&failure.kind, &REFUSALS) && !has_hung_up(failure, context.handshake?) {
        return None;
    }
    if context.at.is_some_and(|at| at > ours.not_after) {
        return Some(Reading::likely(&rules::MTLS_CLIENT_EXPIRED));
    }
    if !is_for_clients(ours) {
        return Some(Reading::likely(&rules::MTLS_CLIENT_NO_EKU));
    }
    let certain = is(&failure.kind, &OF_THE_CERTIFICATE);
    Some(if certain { Reading::certain(&rules::MTLS_REJECTED) } else { Reading::likely(&rules::MTLS_REJECTED) })
}

/// TLS 1.3 servers refuse after our flight; a close at that point has no other common reason.
fn has_hung_up(failure: &Failure, handshake: &Handshake) -> bool {
    matches!(failure.kind, FailureKind::Closed | FailureKind::Reset)
        && (failure.phase == Phase::Read || handshake.version == Some(TlsVersion(0x0303)))
}

/// Without the extension a certificate is for everything (RFC 5280 section 4.2.1.12).
fn is_for_clients(certificate: &Certificate) -> bool {
    let usage = &certificate.extended_key_usage;
    usage.is_empty() || usage.iter().any(|purpose| matches!(&**purpose, "clientAuth" | "anyExtendedKeyUsage"))
}

/// Whether this code is about a refusal to a client, with its certificate or without.
pub(super) fn is_refusal(rule: &Rule) -> bool {
    rule.code.family() == "mtls"
}

pub(super) fn phrase(rule: &Rule, failure: &Failure) -> String {
    let how = match &failure.kind {
        FailureKind::Alert(alert) => format!("with {alert}"),
        _ => "by closing the connection".to_owned(),
    };
    let what = match rule.code {
        code if code == rules::MTLS_REQUIRED.code => "asked for a client certificate and refused us without one",
        code if code == rules::MTLS_CLIENT_EXPIRED.code => "refused our client certificate as expired",
        code if code == rules::MTLS_CLIENT_REVOKED.code => "refused our client certificate as revoked",
        code if code == rules::MTLS_CLIENT_NO_EKU.code => {
            "refused our client certificate, which is not for client authentication"
        }
        code if code == rules::MTLS_CLIENT_KEY_MISMATCH.code => {
            "could not verify our proof that we have the client certificate's key"
        }
        _ => "refused our client certificate",
    };
    format!("{what}, {how}")
}

/// What was asked for and what was shown.
pub(super) fn facts(client_auth: &ClientAuth, at: Time) -> Vec<(&'static str, String)> {
    let ClientAuth::Requested { authorities, presented } = client_auth else { return Vec::new() };
    let names = words::list(authorities.iter().map(ToString::to_string), authorities.len());
    let accepted = if names.is_empty() { "any authority".to_owned() } else { names };
    let mut facts = vec![("client certificates accepted from", accepted)];
    let Some(ours) = presented else { return facts };
    let usage = &ours.extended_key_usage;
    let until = if at > ours.not_after { " (expired)" } else { "" };
    facts.extend([
        ("our client certificate", ours.display_name().to_string()),
        ("our issuer", ours.issuer.to_string()),
        ("ours is valid until", format!("{}{until}", ours.not_after.rfc3339())),
        ("ours is for", if usage.is_empty() { "anything".to_owned() } else { usage.join(", ") }),
    ]);
    facts
}

/// A server that asks and goes on without: most clients never know that they could show a certificate.
pub(super) fn look<'a>(evidence: &AddressEvidence<'a>, faults: &mut Vec<Fault<'a>>) {
    let Some(last) = evidence.last else { return };
    let surveyed = evidence.survey.and_then(|survey| survey.client_certificate.as_ref());
    let known = surveyed.map(|asked| asked.requested && asked.required == Some(false));
    if !known.unwrap_or_else(|| goes_on_without(last)) {
        return;
    }
    faults.push(Fault::probed(&rules::MTLS_OPTIONAL, evidence, last, tell_optional).likely());
}

fn goes_on_without(last: &Observation) -> bool {
    let asked = last.handshake.as_ref().map(|handshake| &handshake.client_auth);
    matches!(asked, Some(ClientAuth::Requested { presented: None, .. })) && last.outcome == Outcome::Handshake
}

fn tell_optional(group: &Group<'_, '_>) -> Finding {
    let verb = words::verb(group.count(), "asks", "ask");
    let goes = words::verb(group.count(), "goes", "go");
    let summary = format!("{} {verb} for a client certificate and {goes} on without one", group.who());
    let observation = group.first.observation;
    let asked = observation.handshake.as_ref().map(|handshake| facts(&handshake.client_auth, observation.at));
    let mut finding = group.finding(Scope::Address, summary, asked.unwrap_or_default());
    finding.next.command = Some(command::handshake(group.case, group.first.address, Show::Handshake));
    finding
}

fn is(kind: &FailureKind, numbers: &[u8]) -> bool {
    matches!(kind, FailureKind::Alert(Alert { number, from: Peer::Server }) if numbers.contains(number))
}

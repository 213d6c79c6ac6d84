//! Failed probes: which code they are, in which words.

use super::reading::{Context, Reading};
use super::rules::{self, Rule};
use super::{handshake, local, mtls, proxy, starttls, tcp, tls, udp};
use crate::model::{Code, Failure, FailureKind, Phase, Protocol};

/// The code of one failure and a sentence about it that names no target: for log lines and rows.
#[must_use]
pub fn describe_failure(failure: &Failure) -> (Code, String) {
    let reading = read(failure, Context::default());
    (reading.rule.code, phrase(reading.rule, failure, Protocol::default()))
}

/// Reads a failure: our own side is ruled out first, then the wish for a client certificate.
pub(super) fn read(failure: &Failure, context: Context<'_>) -> Reading {
    if let Some(reading) = local::read(failure, context.ip) {
        return reading;
    }
    if let Some(reading) = mtls::read(failure, context) {
        return reading;
    }
    match failure.phase {
        Phase::Dns => Reading::likely(match failure.kind {
            FailureKind::TimedOut => &rules::DNS_TIMEOUT,
            FailureKind::Refused => &rules::DNS_REFUSED,
            _ => &rules::DNS_SERVFAIL,
        }),
        Phase::Proxy => proxy::read(failure),
        Phase::Quic => udp::read(failure),
        Phase::Tcp => tcp::read(failure),
        Phase::Starttls | Phase::Tls | Phase::Read => starttls::read(failure, context)
            .or_else(|| handshake::read(failure, context.nameless))
            .unwrap_or_else(|| tls::read(failure)),
    }
}

/// What the peer did, to follow its name: `refused the connection`.
pub(super) fn phrase(rule: &Rule, failure: &Failure, asked: Protocol) -> String {
    if mtls::is_refusal(rule) {
        return mtls::phrase(rule, failure);
    }
    match (&failure.kind, failure.phase) {
        (FailureKind::Local, _) => format!("could not be reached for a reason of our own: {}", failure.detail),
        (_, Phase::Proxy) => proxy::phrase(failure),
        (_, Phase::Quic) => udp::phrase(failure),
        (_, Phase::Starttls) => starttls::phrase(rule, failure, asked),
        _ if rule.code.family() == "starttls" => starttls::phrase(rule, failure, asked),
        (FailureKind::Alert(_) | FailureKind::Incompatible | FailureKind::Misbehaved, _) => {
            handshake::phrase(rule, failure)
        }
        (_, Phase::Dns) => format!("name lookup failed: {}", failure.detail),
        (_, Phase::Tcp) => tcp::phrase(failure),
        _ => tls::phrase(failure),
    }
}

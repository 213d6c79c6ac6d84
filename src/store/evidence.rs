//! Whether a probe tells the diagnosis anything that the one before it did not.

use std::sync::Arc;

use crate::model::{
    Certificate, Failure, FailureKind, Handshake, HandshakeKind, Observation, Outcome, PathResult, TrustReport,
};

/// Whether two probes of one address bring the same evidence: judged a moment apart, their findings would differ
/// in nothing but times and byte counts.
pub(super) fn is_same(a: &Observation, b: &Observation) -> bool {
    let same_handshake = match (&a.handshake, &b.handshake) {
        (Some(a), Some(b)) => is_same_handshake(a, b),
        (None, None) => true,
        _ => false,
    };
    same_handshake && is_same_outcome(&a.outcome, &b.outcome)
}

/// Whether the same certificates were sent in the same order.
pub(super) fn is_same_chain(a: &[Arc<Certificate>], b: &[Arc<Certificate>]) -> bool {
    let is_same = |(a, b): (&Arc<Certificate>, &Arc<Certificate>)| Arc::ptr_eq(a, b) || a.fingerprint == b.fingerprint;
    a.len() == b.len() && a.iter().zip(b).all(is_same)
}

fn is_same_outcome(a: &Outcome, b: &Outcome) -> bool {
    match (a, b) {
        (Outcome::Handshake, Outcome::Handshake) => true,
        (Outcome::Failed(a), Outcome::Failed(b)) => is_same_failure(a, b),
        (Outcome::Skipped { reason: a }, Outcome::Skipped { reason: b }) => a == b,
        _ => false,
    }
}

/// Byte counts tell silence from a stall; beyond that, and in the peer's exact words, they vary from probe to probe.
fn is_same_failure(a: &Failure, b: &Failure) -> bool {
    let same_kind = match (&a.kind, &b.kind) {
        (FailureKind::NotTls { .. }, FailureKind::NotTls { .. }) => true,
        (FailureKind::Plaintext { protocol: a, .. }, FailureKind::Plaintext { protocol: b, .. }) => a == b,
        (a, b) => a == b,
    };
    same_kind && a.phase == b.phase && (a.received == 0) == (b.received == 0) && (a.sent == 0) == (b.sent == 0)
}

fn is_same_handshake(a: &Handshake, b: &Handshake) -> bool {
    a.version == b.version
        && a.cipher == b.cipher
        && a.group == b.group
        && a.alpn == b.alpn
        && a.signature == b.signature
        && is_resumed(a) == is_resumed(b)
        && a.closed_by == b.closed_by
        && a.alerts == b.alerts
        && a.malformed == b.malformed
        && is_same_chain(&a.chain, &b.chain)
        && a.client_auth == b.client_auth
        && match (&a.trust, &b.trust) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b) || is_same_trust(a, b),
            (None, None) => true,
            _ => false,
        }
}

fn is_resumed(handshake: &Handshake) -> bool {
    handshake.kind == Some(HandshakeKind::Resumed)
}

/// The time of judgement aside.
fn is_same_trust(a: &TrustReport, b: &TrustReport) -> bool {
    let is_same = |(a, b): (&PathResult, &PathResult)| match (a, b) {
        (PathResult::Trusted { path: a, .. }, PathResult::Trusted { path: b, .. }) => a == b,
        (
            PathResult::Refused { reason: a, completed_by: by_a, valid_at_another_time: then_a, .. },
            PathResult::Refused { reason: b, completed_by: by_b, valid_at_another_time: then_b, .. },
        ) => (a, by_a, then_a) == (b, by_b, then_b),
        _ => false,
    };
    a.name_matches == b.name_matches
        && a.signature_valid == b.signature_valid
        && a.stores.len() == b.stores.len()
        && a.stores.iter().zip(&b.stores).all(|(a, b)| a.store == b.store && is_same((&a.result, &b.result)))
}

//! Chains, paths, revocation, and what was fetched for them.

use std::net::SocketAddr;

use serde::Serialize;

use super::rfc3339;
use crate::export::endpoint::millis;
use crate::model::{
    ClientVerdict, Fetch, FetchResult, Fingerprint, Revocation, RevocationState, RevocationWord, Served, ServedAnswer,
    Time, TrustPath, Untrusted,
};

#[derive(Debug, Serialize)]
pub(super) struct ServedFacts<'a> {
    /// `no_name`, `unknown_name`, `ecdsa_only`, `rsa_only`.
    to: &'static str,
    /// `chain`, `refused`, `unknown`.
    result: &'static str,
    chain: Vec<Fingerprint>,
    detail: Option<&'a Untrusted>,
}

impl<'a> ServedFacts<'a> {
    pub(super) fn of(served: &'a Served) -> Self {
        let chain = match &served.answer {
            ServedAnswer::Chain(chain) => chain.iter().map(|certificate| certificate.fingerprint).collect(),
            ServedAnswer::Refused(_) | ServedAnswer::Unknown(_) => Vec::new(),
        };
        Self { to: served.to.name(), result: served.answer.name(), chain, detail: served.answer.detail() }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct RevocationFacts<'a> {
    certificate: Fingerprint,
    /// All sources together: `good`, `revoked`, `unknown`, `stale`, `invalid`, `declined`, `unavailable`, `unchecked`.
    state: Option<&'static str>,
    words: Vec<WordFacts<'a>>,
}

#[derive(Debug, Serialize)]
struct WordFacts<'a> {
    /// `staple`, `ocsp`, `crl`.
    source: &'static str,
    url: Option<&'a Untrusted>,
    state: &'static str,
    detail: Option<&'a Untrusted>,
    #[serde(serialize_with = "rfc3339")]
    revoked_at: Option<Time>,
    reason: Option<&'a str>,
    #[serde(serialize_with = "rfc3339")]
    this_update: Option<Time>,
    #[serde(serialize_with = "rfc3339")]
    next_update: Option<Time>,
    #[serde(serialize_with = "rfc3339")]
    produced_at: Option<Time>,
    /// Lately, or for an earlier survey; `null` for a staple.
    #[serde(serialize_with = "rfc3339")]
    fetched_at: Option<Time>,
    elapsed_ms: Option<f64>,
}

impl<'a> RevocationFacts<'a> {
    pub(super) fn of(revocation: &'a Revocation) -> Self {
        Self {
            certificate: revocation.certificate,
            state: revocation.state().map(RevocationState::name),
            words: revocation.words.iter().map(WordFacts::of).collect(),
        }
    }
}

impl<'a> WordFacts<'a> {
    fn of(word: &'a RevocationWord) -> Self {
        let (revoked_at, reason) = match &word.state {
            RevocationState::Revoked { at, reason } => (Some(*at), reason.as_deref()),
            _ => (None, None),
        };
        Self {
            source: word.source.name(),
            url: word.source.url(),
            state: word.state.name(),
            detail: word.state.detail(),
            revoked_at,
            reason,
            this_update: word.this_update,
            next_update: word.next_update,
            produced_at: word.produced_at,
            fetched_at: word.fetched_at,
            elapsed_ms: word.took.map(millis),
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct PathFacts<'a> {
    store: &'a str,
    /// Leaf, intermediates, in path order.
    path: &'a [Fingerprint],
    /// The anchor's subject.
    anchor: &'a Untrusted,
    /// All its certificates were sent.
    served: bool,
    /// The earliest end among its certificates.
    #[serde(serialize_with = "rfc3339")]
    not_after: Option<Time>,
    /// Accepted at the time of the survey.
    valid: bool,
    /// Why not, in the verifier's words.
    refusal: Option<&'a Untrusted>,
}

impl<'a> PathFacts<'a> {
    pub(super) fn of(path: &'a TrustPath) -> Self {
        Self {
            store: &path.store,
            path: &path.path,
            anchor: &path.anchor,
            served: path.served,
            not_after: Some(path.not_after),
            valid: path.valid,
            refusal: path.refusal.as_ref(),
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct ClientFacts<'a> {
    accepts: bool,
    why: &'a Untrusted,
}

impl<'a> ClientFacts<'a> {
    pub(super) fn of(verdict: &'a ClientVerdict) -> (&'static str, Self) {
        (verdict.client.key(), Self { accepts: verdict.accepts, why: &verdict.why })
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Fetched<'a> {
    /// `aia`, `crl`, `ocsp`.
    kind: &'static str,
    url: &'a Untrusted,
    /// `null` from a cache, without a connection, or where a proxy looked the name up.
    address: Option<SocketAddr>,
    /// Its URL, without a login.
    proxy: Option<String>,
    redirects: u8,
    elapsed_ms: f64,
    /// `received`, `cached`, `failed`, `refused` (by a rule of ours).
    result: &'static str,
    bytes: Option<u64>,
    detail: Option<&'a Untrusted>,
}

impl<'a> Fetched<'a> {
    pub(super) fn of(fetch: &'a Fetch) -> Self {
        Self {
            kind: fetch.kind.name(),
            url: &fetch.url,
            address: fetch.address,
            proxy: fetch.proxy.as_ref().map(ToString::to_string),
            redirects: fetch.redirects,
            elapsed_ms: millis(fetch.took),
            result: fetch.result.name(),
            bytes: match fetch.result {
                FetchResult::Received(bytes) => Some(bytes),
                FetchResult::Cached | FetchResult::Failed(_) | FetchResult::Refused(_) => None,
            },
            detail: fetch.result.detail(),
        }
    }
}

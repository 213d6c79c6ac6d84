//! Whether any certificate of the chain was revoked: by the staple, by OCSP responders, by revocation lists.

use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt as _, join_all, ready};

use super::word::Word;
use super::{Interview, crl, issuers, ocsp};
use crate::model::{Certificate, Fetch, FetchKind, Fingerprint, Revocation, RevocationSource, Untrusted};
use crate::probe::revocation::{self, Case, Issuer, Statement};

/// What was heard, and what was fetched for it, issuers among it.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) revocation: Vec<Revocation>,
    pub(super) fetches: Vec<Fetch>,
}

/// Certificates of one path that are asked about.
const LONGEST_PATH: usize = 6;
/// Sources of one kind that are asked about one certificate.
const MOST_SOURCES: usize = 4;

/// All certificates at once, all sources of each at once: none waits for another.
pub(super) async fn ask(interview: &Interview<'_>) -> Heard {
    let chase = issuers::found(interview).await;
    let sent = interview.seen.chain();
    let known: Vec<Arc<Certificate>> = sent.iter().chain(&chase.found).cloned().collect();
    let path = path(&known);
    let questions = path.iter().enumerate().map(|(at, certificate)| about(interview, certificate, &known, at == 0));
    let mut heard = Heard { fetches: chase.fetches.clone(), ..Heard::default() };
    for (revocation, fetches) in join_all(questions).await {
        heard.revocation.push(revocation);
        heard.fetches.extend(fetches);
    }
    heard
}

/// The leaf and the issuers that link up from it, roots left out: nobody can revoke them.
fn path(known: &[Arc<Certificate>]) -> Vec<Arc<Certificate>> {
    let mut path: Vec<Arc<Certificate>> = Vec::new();
    let mut next = known.first().cloned();
    while let Some(this) = next.filter(|this| !this.self_signed && path.len() < LONGEST_PATH) {
        let unused = |issuer: &&Arc<Certificate>| path.iter().all(|used| used.fingerprint != issuer.fingerprint);
        let is_issuer = |issuer: &&Arc<Certificate>| {
            issuer.fingerprint != this.fingerprint && this.is_named_issuer(issuer) && unused(issuer)
        };
        next = known.iter().find(is_issuer).cloned();
        path.push(this);
    }
    path
}

async fn about(
    interview: &Interview<'_>,
    certificate: &Arc<Certificate>,
    known: &[Arc<Certificate>],
    is_leaf: bool,
) -> (Revocation, Vec<Fetch>) {
    let case = case(interview, certificate, known).map(Arc::new);
    let points = revocation::distribution_points(certificate);
    let mut words: Vec<BoxFuture<'_, Word>> = Vec::new();
    if is_leaf && let Some(der) = interview.seen.handshake.as_ref().and_then(|shown| shown.staple.as_deref()) {
        words.push(ready(staple(interview, case.as_deref(), der)).boxed());
    }
    for url in asked(interview, FetchKind::Ocsp, &certificate.ocsp_urls) {
        words.push(match &case {
            Some(case) => ocsp::ask(interview, case, url).boxed(),
            None => ready(unproved(RevocationSource::Ocsp(url.clone()))).boxed(),
        });
    }
    for point in asked(interview, FetchKind::Crl, &points) {
        words.push(match &case {
            Some(case) => crl::ask(interview, case, point).boxed(),
            None => ready(unproved(crl::source(point))).boxed(),
        });
    }
    let (words, fetches): (Vec<_>, Vec<_>) =
        join_all(words).await.into_iter().map(|heard| (heard.word, heard.fetches)).unzip();
    (Revocation { certificate: certificate.fingerprint, words }, fetches.concat())
}

/// The sources of one kind that are asked: a few, or none where it may not be.
fn asked<'s, S>(interview: &Interview<'_>, kind: FetchKind, sources: &'s [S]) -> impl Iterator<Item = &'s S> {
    let allowed = interview.inner.fetcher.allows(kind);
    if !allowed && !sources.is_empty() {
        interview.leave(kind.name(), Untrusted::new("not to be fetched"));
    }
    sources.iter().take(if allowed { MOST_SOURCES } else { 0 })
}

fn staple(interview: &Interview<'_>, case: Option<&Case>, der: &[u8]) -> Word {
    let statement = match case {
        Some(case) => revocation::read_response(der, case, interview.inner.clock.now()),
        None => Statement::unchecked(NO_ISSUER),
    };
    let mut staple = Word::alone(statement, RevocationSource::Staple);
    staple.word.digest = Some(Fingerprint::of(der));
    staple
}

fn unproved(source: RevocationSource) -> Word {
    Word::alone(Statement::unchecked(NO_ISSUER), source)
}

const NO_ISSUER: &str = "the certificate of its issuer is not at hand";

/// The certificate with its true issuer: sent, found elsewhere, or in a store.
fn case(interview: &Interview<'_>, certificate: &Arc<Certificate>, known: &[Arc<Certificate>]) -> Option<Case> {
    let named = known.iter().filter(|issuer| certificate.is_named_issuer(issuer));
    let at_hand = named.filter_map(|issuer| Issuer::of_certificate(issuer));
    let elsewhere = interview.inner.judge.issuers_of(certificate);
    let issuer = at_hand.chain(elsewhere).find(|issuer| issuer.signed(certificate))?;
    Case::new(certificate, issuer)
}

#[cfg(test)]
#[path = "revocation_tests.rs"]
mod tests;

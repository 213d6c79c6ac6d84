//! Worlds in which something is known of revocation: one per code, and sound ones.

use super::fixture::*;
use crate::model::{
    Alert, Certificate, FailureKind, Fingerprint, Handshake, Observation, Outcome, Peer, Phase, Revocation,
    RevocationSource, RevocationState, RevocationWord,
};

/// A word of such a source, which still holds for a day.
pub(super) fn word(source: RevocationSource, state: RevocationState) -> RevocationWord {
    let fetched = source != RevocationSource::Staple;
    RevocationWord {
        digest: (!fetched).then(|| Fingerprint::of(STAPLE)),
        source,
        state,
        this_update: Some(NOW - days(1)),
        next_update: Some(NOW + days(1)),
        produced_at: None,
        fetched_at: fetched.then_some(NOW),
        took: fetched.then(|| hours(1) / 3600 / 50),
    }
}

fn responder(state: RevocationState) -> RevocationWord {
    word(RevocationSource::Ocsp(untrusted("http://ocsp.example/")), state)
}

fn list(state: RevocationState) -> RevocationWord {
    word(RevocationSource::Crl(untrusted("http://crl.example/r11.crl")), state)
}

fn revoked(reason: &str) -> RevocationState {
    RevocationState::Revoked { at: NOW - days(3), reason: Some(reason.to_owned()) }
}

/// What was heard of one certificate of a healthy chain.
fn heard(certificate: &Certificate, words: &[RevocationWord]) -> World {
    World::of(vec![healthy("10.0.0.1:443")]).surveyed(|survey| {
        survey.revocation = vec![Revocation { certificate: certificate.fingerprint, words: words.to_vec() }];
    })
}

pub(super) fn revocations() -> Vec<Case> {
    use RevocationState::{Declined, Good, Invalid, Stale, Unavailable, Unknown};

    let of_leaf = |word| heard(&leaf(), &[word]);
    let told = || untrusted("for this reason");
    let slow = RevocationWord { took: Some(hours(1) / 1200), ..responder(Good) };
    let ended = |word| RevocationWord { next_update: Some(NOW - days(2)), ..word };
    let lifted = RevocationWord { this_update: Some(NOW), ..responder(Good) };
    let both = [responder(Unavailable(told())), list(revoked("keyCompromise"))];
    vec![
        (of_leaf(responder(revoked("keyCompromise"))), &["cert.revoked"]),
        (of_leaf(list(revoked("superseded"))), &["cert.revoked"]),
        (heard(&intermediate(), &[list(revoked("cACompromise"))]), &["cert.revoked"]),
        (heard(&leaf(), &[list(revoked("certificateHold")), lifted]), &["cert.revoked"]),
        (heard(&leaf(), &both), &["cert.revoked", "revocation.ocsp_unreachable"]),
        (of_leaf(responder(Unavailable(told()))), &["revocation.ocsp_unreachable"]),
        (of_leaf(responder(Declined(told()))), &["revocation.ocsp_error"]),
        (of_leaf(responder(Invalid(told()))), &["revocation.ocsp_error"]),
        (of_leaf(responder(Unknown)), &["revocation.ocsp_error"]),
        (of_leaf(ended(responder(Stale))), &["revocation.ocsp_error"]),
        (of_leaf(slow), &["revocation.ocsp_slow"]),
        (of_leaf(list(Unavailable(told()))), &["revocation.crl_unavailable"]),
        (of_leaf(list(Declined(told()))), &["revocation.crl_unavailable"]),
        (of_leaf(ended(list(Stale))), &["revocation.crl_stale"]),
        (of_leaf(list(Invalid(told()))), &["revocation.crl_invalid"]),
    ]
}

/// What this server staples, unless it is another.
const STAPLE: &[u8] = b"an OCSP response";

fn stapling(must: bool, staple: Option<&[u8]>, found: Option<&RevocationWord>) -> World {
    let mut leaf = leaf();
    leaf.must_staple = must;
    let (about, chain) = (leaf.fingerprint, vec![leaf, intermediate()]);
    let trust = trusted(&chain);
    let shown = Handshake { staple: staple.map(Into::into), ..handshake(chain, trust) };
    World::of(vec![observed("10.0.0.1:443", Outcome::Handshake, Some(shown))]).surveyed(|survey| {
        survey.revocation = vec![Revocation { certificate: about, words: found.cloned().into_iter().collect() }];
    })
}

pub(super) fn staples() -> Vec<Case> {
    use RevocationState::{Declined, Good, Invalid, Stale, Unknown};

    let stapled = |state| word(RevocationSource::Staple, state);
    let found = |state| stapling(false, Some(STAPLE), Some(&stapled(state)));
    let ended = |state| RevocationWord { next_update: Some(NOW - hours(3)), ..stapled(state) };
    vec![
        (stapling(true, None, None), &["cert.must_staple_missing"]),
        (stapling(false, Some(STAPLE), Some(&ended(Stale))), &["cert.staple_stale"]),
        // It was good when it was verified.
        (stapling(true, Some(STAPLE), Some(&ended(Good))), &["cert.staple_stale"]),
        (found(Invalid(untrusted("its signature does not verify"))), &["cert.staple_invalid"]),
        (found(Declined(untrusted("tryLater"))), &["cert.staple_invalid"]),
        (found(Unknown), &["cert.staple_invalid"]),
        (found(revoked("keyCompromise")), &["cert.revoked"]),
    ]
}

/// Sources that do their work, or that are not to blame.
pub(super) fn unrevoked() -> Vec<(&'static str, World)> {
    use RevocationState::{Good, Stale, Unchecked};

    let stapled = |state| word(RevocationSource::Staple, state);
    let refused = || Unchecked(untrusted("10.0.0.9 leads to 10.0.0.9, a private address"));
    let ended = |word| RevocationWord { next_update: Some(NOW - days(2)), ..word };
    let mut unfinished = stapling(true, None, None);
    for node in &mut unfinished.nodes {
        node.last_seen = node.last.take().map(|last| {
            let asked = failure(Phase::Read, FailureKind::Alert(Alert { number: 116, from: Peer::Server }));
            Observation { outcome: Outcome::Failed(asked.into()), ..(*last).clone() }.into()
        });
    }
    let another = certificate("old.example", "Example CA R11");
    vec![
        ("every source says good", heard(&leaf(), &[responder(Good), list(Good), stapled(Good)])),
        ("sources that we may not ask", heard(&leaf(), &[responder(refused()), list(refused()), stapled(refused())])),
        ("a source that has not been asked since", heard(&leaf(), &[ended(responder(Good)), ended(list(Good))])),
        ("a certificate that is served no longer", heard(&another, &[responder(revoked("superseded"))])),
        ("must staple and does", stapling(true, Some(STAPLE), Some(&stapled(Good)))),
        ("a staple that nobody verified", stapling(false, Some(STAPLE), None)),
        ("another staple since", stapling(true, Some(b"another"), Some(&ended(stapled(Stale))))),
        ("no staple before the handshake ended", unfinished),
    ]
}

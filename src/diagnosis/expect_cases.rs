//! Worlds whose owner expects something of them.

use std::sync::Arc;
use std::time::Duration;

use super::fixture::*;
use crate::model::{
    AlpnAnswer, Answer, Certificate, ClientAuth, ClientCertificate, Expectations, HandshakeKind, Hsts, HttpAnswer,
    HttpFailureKind, Negotiation, Observation, Outcome, Pin, Survey, TlsVersion, VersionAnswer,
};

/// One healthy address that is expected to be like this.
pub(super) fn expecting(expect: impl Fn(&mut Expectations)) -> World {
    of(healthy("10.0.0.1:443"), expect)
}

fn of(observation: Observation, expect: impl Fn(&mut Expectations)) -> World {
    let mut expected = Expectations::default();
    expect(&mut expected);
    let mut world = World::of(vec![observation]);
    world.target.expect = Some(Arc::new(expected));
    world
}

/// The handshake changed before it is judged.
fn agreed(change: impl Fn(&mut crate::model::Handshake)) -> Observation {
    let chain = vec![leaf(), intermediate()];
    let mut shown = handshake(chain.clone(), trusted(&chain));
    change(&mut shown);
    observed("10.0.0.1:443", Outcome::Handshake, Some(shown))
}

fn accepting(survey: &mut Survey, versions: &[TlsVersion]) {
    let answer = |version: &TlsVersion| VersionAnswer { version: *version, answer: Answer::Accepted };
    survey.negotiation =
        Some(Negotiation { versions: versions.iter().map(answer).collect(), ..Negotiation::default() });
}

fn least(version: TlsVersion) -> impl Fn(&mut Expectations) {
    move |expect| expect.min_version = Some(version)
}

fn requested(presented: Option<Certificate>) -> Observation {
    agreed(move |shown| {
        shown.client_auth =
            ClientAuth::Requested { authorities: Vec::new(), presented: presented.clone().map(Arc::new) };
    })
}

fn asked(required: Option<bool>) -> impl Fn(&mut Survey) {
    move |survey| {
        survey.client_certificate =
            Some(ClientCertificate { requested: true, required, authorities: Vec::new(), presented: None });
    }
}

fn mutual(expect: &mut Expectations) {
    expect.mtls = Some(true);
}

fn pin(certificate: &Certificate) -> Pin {
    Pin(certificate.spki)
}

fn lost() -> Pin {
    Pin(crate::model::Fingerprint::of(b"a key that is gone"))
}

fn answering(max_age: Option<u64>) -> impl Fn(&mut Survey) {
    move |survey| {
        survey.http = Some(HttpAnswer {
            status: Some(200),
            failure: None,
            hsts: max_age.map(|max_age| Hsts { max_age, include_subdomains: false, preload: false }),
            date: Some(NOW),
            ..HttpAnswer::failed(HttpFailureKind::Silent, untrusted(""), NOW)
        });
    }
}

fn declining_h2(survey: &mut Survey) {
    answering(Some(31_536_000))(survey);
    let refused = |name: &str| AlpnAnswer { offered: Some(name.into()), selected: None, answer: Answer::Accepted };
    survey.alpn = vec![refused("h2")];
}

pub(super) fn faulty() -> Vec<Case> {
    let old = || agreed(|shown| shown.version = Some(TlsVersion::TLS12));
    let http1 = || agreed(|shown| shown.alpn = Some(untrusted("http/1.1")));
    let only_h2 = |expect: &mut Expectations| expect.alpn = vec!["h2".into()];
    let slow = |expect: &mut Expectations| expect.max_latency = Some(Duration::from_millis(19));
    vec![
        (of(old(), least(TlsVersion::TLS13)), &["expect.version"]),
        (
            expecting(least(TlsVersion::TLS12))
                .surveyed(|survey| accepting(survey, &[TlsVersion::TLS10, TlsVersion::TLS12, TlsVersion::TLS13])),
            &["cfg.legacy_protocol", "expect.version"],
        ),
        (
            expecting(least(TlsVersion::TLS13))
                .surveyed(|survey| accepting(survey, &[TlsVersion::TLS12, TlsVersion::TLS13])),
            &["expect.version"],
        ),
        (of(http1(), only_h2), &["hs.alpn_mismatch"]),
        (of(agreed(|shown| shown.alpn = None), only_h2), &["hs.alpn_mismatch"]),
        (of(http1(), only_h2).surveyed(declining_h2), &["cfg.h2_missing", "hs.alpn_mismatch"]),
        (expecting(mutual), &["mtls.not_enforced"]),
        (of(requested(None), mutual), &["mtls.not_enforced", "mtls.optional"]),
        (of(requested(Some(leaf())), mutual).surveyed(asked(Some(false))), &["mtls.not_enforced", "mtls.optional"]),
        (of(requested(None), |expect| expect.mtls = Some(false)), &["mtls.optional"]),
        (expecting(|expect| expect.issuer = Some("DigiCert".into())), &["cert.issuer_unexpected"]),
        (expecting(|expect| expect.names = vec!["www.shop.example".into()]), &["cert.name_mismatch"]),
        (expecting(|expect| expect.pins = vec![lost()]), &["cert.pin_mismatch"]),
        (expecting(|expect| expect.pins = vec![lost(), pin(&intermediate())]), &["cert.pin_mismatch"]),
        (expecting(|expect| expect.hsts = Some(true)).surveyed(answering(None)), &["cfg.hsts_missing"]),
        (expecting(slow), &["tls.slow"]),
    ]
}

pub(super) fn sound() -> Vec<(&'static str, World)> {
    let wild = || {
        let mut wild = leaf();
        wild.sans.push(crate::model::San::Dns(untrusted("*.Shop.Example")));
        serving("10.0.0.1:443", vec![wild, intermediate()])
    };
    let mut patient = expecting(|expect| expect.max_latency = Some(Duration::from_millis(20)));
    patient.policy.max_latency = Duration::from_millis(1);
    let mut other = of(agreed(|shown| shown.alpn = None), |expect| expect.alpn = vec!["h2".into()]);
    other.target.alpn = Vec::new();
    vec![
        ("nothing is expected", expecting(|_| ())),
        ("the version that is expected", expecting(least(TlsVersion::TLS13))),
        ("one of the protocols", expecting(|expect| expect.alpn = vec!["h2".into(), "http/1.1".into()])),
        ("a protocol that is not offered", other),
        ("a resumed session", of(agreed(|shown| shown.kind = Some(HandshakeKind::Resumed)), mutual)),
        ("mutual TLS is enforced", of(requested(Some(leaf())), mutual).surveyed(asked(Some(true)))),
        ("mutual TLS of which no more is known", of(requested(Some(leaf())), mutual)),
        ("no mutual TLS", expecting(|expect| expect.mtls = Some(false))),
        ("the issuer, written otherwise", expecting(|expect| expect.issuer = Some("example ca".into()))),
        (
            "names under a wildcard",
            of(wild(), |expect| expect.names = vec!["www.shop.example".into(), "*.shop.example".into()]),
        ),
        ("the pinned key", expecting(|expect| expect.pins = vec![pin(&leaf()), lost()])),
        ("the issuer's key is pinned", expecting(|expect| expect.pins = vec![pin(&intermediate()), lost()])),
        ("as slow as it may be", patient),
    ]
}

//! Certificates that are odd, and those that only look so.

use super::fixture::*;
use super::sharing::Sharing;
use super::sighting::Sighting;
use crate::model::{
    Certificate, Fingerprint, Host, KeyAlgorithm, PathRefusal, RevocationSource, RevocationState, San, Survey,
    SurveyReason, Target, TargetId,
};

/// A leaf changed in one way, sent with its intermediate and trusted.
fn with(change: impl FnOnce(&mut Certificate)) -> World {
    let mut leaf = leaf();
    change(&mut leaf);
    World::of(vec![serving("10.0.0.1:443", vec![leaf, intermediate()])])
}

/// The same, refused by all stores, and for another name.
fn refused_stranger(reason: PathRefusal, change: impl FnOnce(&mut Certificate)) -> World {
    let mut leaf = leaf();
    change(&mut leaf);
    let mut trust = refused(reason);
    trust.name_matches = false;
    let intermediates = if leaf.self_signed { Vec::new() } else { vec![intermediate()] };
    World::serving([vec![leaf], intermediates].concat(), trust)
}

fn named(subject: &str) -> impl FnOnce(&mut Certificate) {
    let subject = untrusted(subject);
    move |leaf| {
        leaf.subject = subject;
        leaf.self_signed = true;
    }
}

fn key(algorithm: KeyAlgorithm, bits: u32, exponent: Option<u64>) -> impl FnOnce(&mut Certificate) {
    move |leaf| {
        leaf.key.algorithm = algorithm;
        leaf.key.bits = bits;
        leaf.key.exponent = exponent;
    }
}

pub(super) fn faulty() -> Vec<Case> {
    [companies(), forms(), keys(), shared()].concat()
}

fn companies() -> Vec<Case> {
    let placeholder = |subject| refused_stranger(PathRefusal::UnknownIssuer, named(subject));
    let staging = |leaf: &mut Certificate| leaf.issuer = untrusted("C=US,O=(STAGING) Let's Encrypt,CN=(STAGING) E7");
    let mut unknown = leaf();
    staging(&mut unknown);
    let ingress = "O=Acme Co,CN=Kubernetes Ingress Controller Fake Certificate";
    vec![
        (placeholder(ingress), &["cert.default_or_fake", "cert.name_mismatch", "cert.self_signed"]),
        (placeholder("CN=TRAEFIK DEFAULT CERT"), &["cert.default_or_fake", "cert.name_mismatch", "cert.self_signed"]),
        (
            placeholder("C=AU,ST=Some-State,O=Internet Widgits Pty Ltd"),
            &["cert.default_or_fake", "cert.name_mismatch", "cert.self_signed"],
        ),
        (
            World::serving(vec![unknown, intermediate()], refused(PathRefusal::UnknownIssuer)),
            &["cert.staging_ca", "chain.untrusted_root"],
        ),
    ]
}

fn forms() -> Vec<Case> {
    let nameless = refused_stranger(PathRefusal::UnknownIssuer, |leaf| leaf.sans.clear());
    let old = refused_stranger(PathRefusal::Other, |leaf| {
        leaf.version = 1;
        leaf.sans.clear();
    });
    let address = "192.0.2.7";
    let mut misplaced = refused_stranger(PathRefusal::Other, |leaf| leaf.sans = vec![San::Dns(untrusted(address))]);
    misplaced.target.host = Host::Ip(address.parse().unwrap());
    let reversed = |leaf: &mut Certificate| (leaf.not_before, leaf.not_after) = (NOW - days(1), NOW - days(9));
    let serial = |serial: &'static str| move |leaf: &mut Certificate| leaf.serial = serial.to_owned();
    let mut reversed_leaf = leaf();
    reversed(&mut reversed_leaf);
    vec![
        (nameless, &["cert.no_san", "cert.name_mismatch", "chain.untrusted_root"]),
        (old, &["cert.v1", "cert.no_san", "cert.name_mismatch", "chain.rejected"]),
        (misplaced, &["cert.ip_as_dns", "cert.name_mismatch", "chain.rejected"]),
        (with(|leaf| leaf.sans.push(San::Dns(untrusted(address)))), &["cert.ip_as_dns"]),
        (
            World::serving(vec![reversed_leaf, intermediate()], refused(PathRefusal::Expired)),
            &["cert.validity_malformed", "cert.expired"],
        ),
        (with(serial("00")), &["cert.bad_serial"]),
        (with(serial("f3a1")), &["cert.bad_serial"]),
        (with(serial("00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1")), &["cert.bad_serial"]),
        (with(|leaf| leaf.sans.push(San::Dns(untrusted("shop.example\0.evil.test")))), &["cert.control_chars"]),
        (with(|leaf| leaf.der = vec![0; 16_385].into()), &["cert.huge", "chain.too_long"]),
        (with(|leaf| leaf.der = vec![0; 40_000].into()), &["cert.huge", "chain.too_long"]),
    ]
}

fn keys() -> Vec<Case> {
    vec![
        (with(key(KeyAlgorithm::Rsa, 2048, Some(3))), &["cert.weak_exponent"]),
        (with(key(KeyAlgorithm::Rsa, 2048, Some(1))), &["cert.weak_exponent"]),
        (with(key(KeyAlgorithm::Rsa, 2048, Some(65_538))), &["cert.weak_exponent"]),
        (with(key(KeyAlgorithm::Rsa, 6144, Some(65_537))), &["cert.oversized_key"]),
        (with(key(KeyAlgorithm::Rsa, 16_384, None)), &["cert.oversized_key"]),
        (with(key(KeyAlgorithm::Ecdsa("P-521".into()), 521, None)), &["cert.unusual_curve"]),
        (with(key(KeyAlgorithm::Ecdsa("explicit parameters".into()), 0, None)), &["cert.unusual_curve"]),
    ]
}

/// A world of which the fleet also has this certificate, on another target.
fn beside(other: &Certificate, revoked_for: Option<&str>) -> World {
    let mut world = World::of(vec![healthy("10.0.0.1:443")]);
    let elsewhere = Target { id: TargetId(8), name: "pay.example:443".into(), ..target() };
    let seen = serving("10.0.0.9:443", vec![other.clone(), intermediate()]);
    let mut survey = Survey::new(seen.key, NOW, SurveyReason::Failure);
    if let Some(reason) = revoked_for {
        let state = RevocationState::Revoked { at: NOW - days(3), reason: Some(reason.to_owned()) };
        let said = super::revocation_cases::word(RevocationSource::Staple, state);
        survey.revocation = vec![crate::model::Revocation { certificate: other.fingerprint, words: vec![said] }];
    }
    let blank = Sighting { target: &world.target, resolution: None, last: None, survey: None };
    let own = Sighting { last: world.nodes[0].last.as_deref(), ..blank };
    let others = Sighting { target: &elsewhere, last: Some(&seen), survey: Some(&survey), ..blank };
    let sharing = Sharing::of([own, others].into_iter());
    assert_eq!(sharing, Sharing::of([others, own].into_iter()), "the order does not matter");
    world.observer.sharing = sharing;
    world
}

fn other() -> Certificate {
    Certificate {
        fingerprint: Fingerprint::of(b"another"),
        serial: "51".to_owned(),
        ..certificate("pay.example", "Example CA R11")
    }
}

fn shared() -> Vec<Case> {
    let double = Certificate { serial: leaf().serial, ..other() };
    let sharer = Certificate { spki: leaf().spki, ..other() };
    vec![
        (beside(&double, None), &["cert.duplicate_serial"]),
        (beside(&sharer, None), &["cert.key_reused"]),
        (beside(&sharer, Some("keyCompromise")), &["cert.key_reused"]),
    ]
}

/// Near misses.
pub(super) fn sound() -> Vec<(&'static str, World)> {
    let mut by_address = World::of(vec![serving("192.0.2.7:443", {
        let mut leaf = leaf();
        leaf.sans = vec![San::Ip(untrusted("192.0.2.7"))];
        vec![leaf, intermediate()]
    })]);
    by_address.target.host = Host::Ip("192.0.2.7".parse().unwrap());
    vec![
        ("accepted by clients, and named like a placeholder", with(|leaf| leaf.subject = untrusted("CN=localhost"))),
        ("an address as it should be", by_address),
        ("a serial number of 20 octets", with(|leaf| leaf.serial = format!("7f{}", "a1".repeat(19)))),
        ("RSA 4096 with the usual exponent", with(key(KeyAlgorithm::Rsa, 4096, Some(65_537)))),
        ("P-384", with(key(KeyAlgorithm::Ecdsa("P-384".into()), 384, None))),
        ("a name with an angle bracket", with(|leaf| leaf.sans.push(San::Dns(untrusted("<U+0000>.example"))))),
        ("large, and not too large", with(|leaf| leaf.der = vec![0; 14_600].into())),
        ("another certificate of the same issuer", beside(&other(), None)),
        ("another certificate that was revoked", beside(&other(), Some("keyCompromise"))),
    ]
}

use std::time::Duration;

use rcgen::{ExtendedKeyUsagePurpose, Issuer as Signer};

use super::super::Request;
use super::super::bench::{Bench, GOOD, REVOKED, UNKNOWN, authority, now};
use super::*;

const DAY: Duration = Duration::from_hours(24);

fn state(bench: &Bench, serial: u64, signer: &str, options: &[&str]) -> RevocationState {
    let case = bench.case(serial);
    let response = bench.respond(&Request::new(&case, None).unwrap().der, signer, options);
    read(&response, &case, now()).state
}

fn complaint(state: RevocationState) -> String {
    match state {
        RevocationState::Invalid(words) => words.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn openssl_is_understood() {
    let Some(bench) = Bench::new() else { return };
    assert_eq!(state(&bench, GOOD, "ca", &[]), RevocationState::Good);
    assert_eq!(state(&bench, GOOD, "ca", &["-resp_key_id", "-resp_no_certs"]), RevocationState::Good);
    assert_eq!(state(&bench, UNKNOWN, "ca", &[]), RevocationState::Unknown);
    let revoked =
        RevocationState::Revoked { at: Time::from_secs(1_767_225_600), reason: Some("keyCompromise".to_owned()) };
    assert_eq!(state(&bench, REVOKED, "ca", &[]), revoked);
}

#[test]
fn a_responder_needs_the_issuers_authority() {
    let Some(bench) = Bench::new() else { return };
    let may_sign = |params: &mut rcgen::CertificateParams| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::OcspSigning];
    };
    bench.issue("responder", 1, may_sign);
    bench.issue("other", 2, |_| {});
    bench.issue("late", 3, |params| {
        may_sign(params);
        params.not_after = crate::probe::rig::around_now(-60);
    });
    let (params, key) = authority("Stranger");
    let stranger = Signer::new(params, key);
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(vec!["stranger.example".to_owned()]).unwrap();
    may_sign(&mut params);
    std::fs::write(bench.path().join("stranger.pem"), params.signed_by(&key, &stranger).unwrap().pem()).unwrap();
    std::fs::write(bench.path().join("stranger.key"), key.serialize_pem()).unwrap();

    assert_eq!(state(&bench, GOOD, "responder", &[]), RevocationState::Good);
    assert_eq!(state(&bench, GOOD, "responder", &["-resp_key_id"]), RevocationState::Good);
    for (signer, options, words) in [
        ("other", &[][..], "not given the right"),
        ("late", &[], "was valid from"),
        ("stranger", &[], "has no certificate of the issuer"),
        ("responder", &["-resp_no_certs"], "sent no certificate"),
    ] {
        let complaint = complaint(state(&bench, GOOD, signer, options));
        assert!(complaint.contains(words), "{signer}: {complaint}");
    }
}

#[test]
fn time_and_subject_are_checked() {
    let Some(bench) = Bench::new() else { return };
    let (case, other) = (bench.case(GOOD), bench.case(REVOKED));
    let response = bench.respond(&Request::new(&case, None).unwrap().der, "ca", &[]);
    let good = read(&response, &case, now());
    assert_eq!(good.next_update, good.this_update.map(|start| start + DAY));
    assert_eq!(good.holds_until(), good.next_update);
    assert_eq!(read(&response, &case, now() + DAY * 2).state, RevocationState::Stale);
    assert!(complaint(read(&response, &case, now() - DAY).state).contains("from the future"));
    let foreign = complaint(read(&response, &other, now()).state);
    assert!(foreign.ends_with("about another certificate, serial number 1234"), "{foreign}");
    // Revoked stays revoked.
    let revoked = bench.respond(&Request::new(&other, None).unwrap().der, "ca", &[]);
    assert!(matches!(read(&revoked, &other, now() + DAY * 2).state, RevocationState::Revoked { .. }));
}

#[test]
fn a_nonce_is_repeated() {
    let Some(bench) = Bench::new() else { return };
    let request = Request::new(&bench.case(GOOD), Some(&[7; 32])).unwrap();
    let response = bench.respond(&request.der, "ca", &[]);
    assert!(repeats(&response, &[7; 32]) && !repeats(&response, &[8; 32]));
    let without = bench.respond(&request.der, "ca", &["-no_nonce"]);
    let asked_without = bench.respond(&Request::new(&bench.case(GOOD), None).unwrap().der, "ca", &[]);
    assert!(repeats(&asked_without, &[7; 32]) && is_answer(&without));
}

#[test]
fn errors_have_their_names() {
    let Some(bench) = Bench::new() else { return };
    let case = bench.case(GOOD);
    for (number, name) in [(1, "malformedRequest"), (3, "tryLater"), (6, "unauthorized"), (9, "OCSP error 9")] {
        let bytes = [0x30, 3, 0x0a, 1, number];
        assert_eq!(read(&bytes, &case, now()).state, RevocationState::Declined(Untrusted::new(name)));
        assert_eq!(is_answer(&bytes), number != 1);
    }
    assert!(complaint(read(b"<html>", &case, now()).state).contains("no OCSP response"));
}

/// One response for all mutations: OpenSSL is slow to start.
fn sample() -> Option<&'static (Case, Vec<u8>)> {
    static SAMPLE: std::sync::OnceLock<Option<(Case, Vec<u8>)>> = std::sync::OnceLock::new();
    let make = || {
        let bench = Bench::new()?;
        let case = bench.case(GOOD);
        let response = bench.respond(&Request::new(&case, None).unwrap().der, "ca", &["-resp_no_certs"]);
        Some((case, response))
    };
    SAMPLE.get_or_init(make).as_ref()
}

#[test]
fn no_bit_can_be_changed_and_nothing_cut_off() {
    let Some((case, response)) = sample() else { return };
    for bit in 0..response.len() * 8 {
        let mut bytes = response.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert_ne!(read(&bytes, case, now()).state, RevocationState::Good, "bit {bit}");
        repeats(&bytes, &[1]);
    }
    for length in 0..response.len() {
        assert_ne!(read(&response[..length], case, now()).state, RevocationState::Good, "cut at {length}");
    }
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_survived(bytes: Vec<u8>, at: proptest::sample::Index, other: u8) {
        let Some((case, response)) = sample() else { return Ok(()) };
        read(&bytes, case, now());
        let mut mutated = response.clone();
        mutated[at.index(response.len())] = other;
        mutated.extend(bytes);
        read(&mutated, case, now());
    }
}

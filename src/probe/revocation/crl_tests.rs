use std::time::Duration;

use super::super::bench::{Bench, GOOD, REVOKED, authority, now};
use super::super::distribution_points;
use super::*;
use crate::model::Certificate;

const DAY: Duration = Duration::from_hours(24);
const URL: &str = "http://crl.example/ca.crl";

/// A distribution point of one or several URLs, as a certificate carries it.
fn point(urls: &[&str]) -> DistributionPoint {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
    params.crl_distribution_points =
        vec![rcgen::CrlDistributionPoint { uris: urls.iter().map(|url| (*url).to_owned()).collect() }];
    let certificate = Certificate::parse(params.self_signed(&key).unwrap().der()).unwrap();
    distribution_points(&certificate).remove(0)
}

fn state_of(bench: &Bench, extensions: &str, serial: u64) -> RevocationState {
    let (case, der) = (bench.case(serial), bench.list(extensions));
    let list = RevocationList::parse(&der).unwrap();
    assert_eq!(list.verify(&case.issuer), Ok(()));
    list.statement(&case, &point(&[URL]), now()).state
}

fn words(state: &RevocationState) -> String {
    match state {
        RevocationState::Invalid(words) => format!("invalid: {words}"),
        RevocationState::Unchecked(words) => format!("unchecked: {words}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn points_are_read_with_all_their_urls() {
    let point = point(&["ldap://x/", URL]);
    assert_eq!((point.urls, point.is_indirect), (vec!["ldap://x/".to_owned(), URL.to_owned()], false));
}

#[test]
fn lists_of_both_versions_are_understood() {
    let Some(bench) = Bench::new() else { return };
    let at = Time::from_secs(1_767_225_600);
    for (extensions, reason) in
        [("", None), ("authorityKeyIdentifier = keyid:always", Some("keyCompromise".to_owned()))]
    {
        assert_eq!(state_of(&bench, extensions, GOOD), RevocationState::Good);
        let revoked = state_of(&bench, extensions, REVOKED);
        let RevocationState::Revoked { at: since, reason: told } = revoked else { panic!("{revoked:?}") };
        assert_eq!(since, at);
        // Version 1 has no room for reasons; OpenSSL makes version 2 when there is one all the same.
        assert!(told == reason || told == Some("keyCompromise".to_owned()));
    }
}

#[test]
fn a_list_answers_for_its_scope_only() {
    let Some(bench) = Bench::new() else { return };
    let idp = |rest: &str| format!("issuingDistributionPoint = critical, @point\n[point]\n{rest}");
    for (rest, expected) in [
        ("fullname = URI:http://crl.example/ca.crl", "Good"),
        ("onlyuser = TRUE", "Good"),
        ("fullname = URI:http://crl.example/other.crl", "invalid: it is another distribution point's list"),
        ("onlyCA = TRUE", "invalid: it is about authorities' certificates only"),
        ("onlyAA = TRUE", "invalid: it is about attribute certificates only"),
        ("indirectCRL = TRUE", "unchecked: indirect lists are not supported"),
        (
            "onlysomereasons = keyCompromise, superseded",
            "unchecked: not in a list that covers only keyCompromise, superseded",
        ),
    ] {
        assert_eq!(words(&state_of(&bench, &idp(rest), GOOD)), expected, "{rest}");
    }
    let user_only = bench.list(&idp("onlyuser = TRUE"));
    let authority = Case { is_ca: true, ..bench.case(GOOD) };
    let list = RevocationList::parse(&user_only).unwrap();
    assert!(words(&list.statement(&authority, &point(&[URL]), now()).state).contains("no authority's only"));
    assert_eq!(
        words(&state_of(&bench, "2.5.29.27 = critical, DER:02:01:01", GOOD)),
        "unchecked: delta lists are not supported"
    );
}

#[test]
fn who_signed_and_when_is_checked() {
    let Some(bench) = Bench::new() else { return };
    let (case, der) = (bench.case(GOOD), bench.list(""));
    let list = RevocationList::parse(&der).unwrap();
    let at = |time| list.statement(&case, &point(&[URL]), time).state;
    assert_eq!(at(now() + DAY * 2), RevocationState::Stale);
    assert!(words(&at(now() - DAY)).contains("from the future"));
    let issuer = |name: &str| {
        let (params, key) = authority(name);
        Issuer::of_certificate(&Certificate::parse(params.self_signed(&key).unwrap().der()).unwrap()).unwrap()
    };
    assert_eq!(list.verify(&issuer("Bench Root")), Err("its signature does not verify".to_owned()));
    assert_eq!(list.verify(&issuer("Another Root")), Err("it is the list of CN=Bench Root".to_owned()));
    let (mut params, key) = authority("Bench Root");
    params.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign];
    let root = Certificate::parse(params.self_signed(&key).unwrap().der()).unwrap();
    let complaint = list.verify(&Issuer::of_certificate(&root).unwrap()).unwrap_err();
    assert!(complaint.contains("not given the right"), "{complaint}");
}

#[test]
fn a_hundred_thousand_entries_are_looked_through_where_they_lie() {
    let entry = |serial: u32| {
        let [a, b, c, d] = serial.to_be_bytes();
        [&[0x30, 0x15, 2, 4, a | 1, b, c, d, 0x17, 13][..], b"260101000000Z"].concat()
    };
    let entries: Vec<u8> = (0..100_000).flat_map(entry).collect();
    let list = RevocationList {
        signed: Signed { content: &[], algorithm: &[], signature: &[] },
        issuer: &[],
        this_update: now(),
        next_update: None,
        entries: &entries,
        extensions: Vec::new(),
    };
    assert!(matches!(list.entry(&[1, 1, 0x86, 0x9f]), Ok(Some(RevocationState::Revoked { reason: None, .. }))));
    assert_eq!(list.entry(&[1, 1, 0x86, 0xa0]), Ok(None));
    let cut = RevocationList { entries: &entries[..entries.len() - 1], ..list };
    assert!(cut.entry(&[9]).is_err());
}

/// One list for all mutations: OpenSSL is slow to start.
fn sample() -> Option<&'static (Case, Vec<u8>)> {
    static SAMPLE: std::sync::OnceLock<Option<(Case, Vec<u8>)>> = std::sync::OnceLock::new();
    let make = || Bench::new().map(|bench| (bench.case(GOOD), bench.list("authorityKeyIdentifier = keyid:always")));
    SAMPLE.get_or_init(make).as_ref()
}

#[test]
fn no_bit_can_be_changed_and_nothing_cut_off() {
    let Some((case, der)) = sample() else { return };
    let believed = |bytes: &[u8]| {
        let Ok(list) = RevocationList::parse(bytes) else { return false };
        list.statement(case, &DistributionPoint::default(), now());
        list.verify(&case.issuer).is_ok()
    };
    assert!(believed(der));
    for bit in 0..der.len() * 8 {
        let mut bytes = der.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(!believed(&bytes), "bit {bit}");
    }
    assert!((0..der.len()).all(|length| !believed(&der[..length])));
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_survived(bytes: Vec<u8>, at: proptest::sample::Index, other: u8) {
        let Some((case, der)) = sample() else { return Ok(()) };
        let mut mutated = der.clone();
        mutated[at.index(der.len())] = other;
        mutated.extend(&bytes);
        for bytes in [bytes, mutated] {
            if let Ok(list) = RevocationList::parse(&bytes) {
                list.statement(case, &DistributionPoint::default(), now());
            }
        }
    }
}

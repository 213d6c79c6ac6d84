//! How far path verification agrees with x509-limbo, where its cases are at hand.

use std::path::Path;

use rustls_pki_types::{CertificateDer, ServerName};
use serde::Deserialize;

use super::certificates::Certificates;
use super::path::{Evidence, judge};
use super::trust::covers;
use crate::model::{PathResult, Time};

const CASES: &str = "../shared/data/x509-limbo.json";
/// Cases in which the answer is the expected one, per hundred. The others are rules for issuers that clients do not
/// enforce, most of them about roots and about names in subjects.
const FLOOR: usize = 68;

#[derive(Deserialize)]
struct Limbo {
    testcases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    features: Vec<String>,
    validation_kind: String,
    trusted_certs: Vec<String>,
    untrusted_intermediates: Vec<String>,
    peer_certificate: String,
    validation_time: Option<String>,
    expected_result: String,
    expected_peer_name: Option<Name>,
    max_chain_depth: Option<u32>,
}

#[derive(Deserialize)]
struct Name {
    value: String,
}

impl Case {
    /// Server certificates without CRLs and without a bound of the caller's on the path: all that is asked here.
    fn is_ours(&self) -> bool {
        let without_crl = !self.features.iter().any(|feature| feature == "has-crl");
        self.validation_kind == "SERVER" && self.max_chain_depth.is_none() && without_crl
    }

    fn is_accepted(&self, now: Time) -> bool {
        let now = self
            .validation_time
            .as_ref()
            .map_or(now, |text| Time::from_secs(text.parse::<jiff::Timestamp>().expect("a time").as_second()));
        let sent: Vec<Vec<u8>> =
            std::iter::once(&self.peer_certificate).chain(&self.untrusted_intermediates).map(|pem| der(pem)).collect();
        let chain = Certificates::default().read_chain(sent.iter().map(Vec::as_slice)).readable;
        let Some(leaf) = chain.first() else { return false };
        let roots: Vec<CertificateDer<'_>> = self.trusted_certs.iter().map(|pem| der(pem).into()).collect();
        let anchors: Vec<_> = roots.iter().filter_map(|root| webpki::anchor_from_trusted_cert(root).ok()).collect();
        let name = self.expected_peer_name.as_ref().map(|name| ServerName::try_from(name.value.as_str()));
        let is_named = name.is_none_or(|name| name.is_ok_and(|name| covers(leaf, &name)));
        is_named
            && matches!(judge(Evidence { chain: &chain, elsewhere: &[], now }, &anchors), PathResult::Trusted { .. })
    }
}

fn der(pem: &str) -> Vec<u8> {
    pem::parse(pem).expect("PEM").into_contents()
}

#[test]
fn paths_are_accepted_and_refused_as_limbo_expects() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(CASES);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is not there", path.display());
        return;
    };
    let limbo: Limbo = serde_json::from_str(&text).expect("limbo's format");
    let now = Time::from_secs(1_795_228_447);
    let cases: Vec<&Case> = limbo.testcases.iter().filter(|case| case.is_ours()).collect();
    let (mut too_strict, mut too_lenient) = (Vec::new(), Vec::new());
    for case in &cases {
        match (case.is_accepted(now), case.expected_result == "SUCCESS") {
            (true, false) => too_lenient.push(&*case.id),
            (false, true) => too_strict.push(&*case.id),
            _ => (),
        }
    }
    let agreed = cases.len() - too_strict.len() - too_lenient.len();
    println!("x509-limbo: {agreed} of {} as expected", cases.len());
    println!("accepted, to be refused: {too_lenient:#?}\nrefused, to be accepted: {too_strict:#?}");
    let profiles = ["rfc5280::", "webpki::"];
    let unsound = too_lenient.iter().find(|id| profiles.iter().all(|profile| !id.starts_with(profile)));
    assert_eq!(unsound, None, "accepted, and no matter of an issuer's profile");
    assert!(agreed * 100 >= cases.len() * FLOOR, "{agreed} of {}", cases.len());
}

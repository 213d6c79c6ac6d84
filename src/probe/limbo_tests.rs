//! How far path verification agrees with x509-limbo, where its cases are at hand.

use std::path::Path;
use std::sync::Arc;

use rustls_pki_types::{CertificateDer, ServerName};
use serde::Deserialize;

use super::certificates::Certificates;
use super::path::{Evidence, judge};
use super::routes::Walker;
use super::stores::Store;
use super::trust::covers;
use crate::model::{Certificate, PathResult, Time};

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
        let name = self.expected_peer_name.as_ref().map(|name| ServerName::try_from(name.value.as_str()));
        let chain = self.chain();
        let Some(leaf) = chain.first() else { return false };
        let is_named = name.is_none_or(|name| name.is_ok_and(|name| covers(leaf, &name)));
        is_named && self.has_path(&chain, now)
    }

    /// What the verifier says.
    fn has_path(&self, chain: &[Arc<Certificate>], now: Time) -> bool {
        let evidence = Evidence { chain, elsewhere: &[], now: self.at(now) };
        matches!(judge(evidence, &self.store().anchors), PathResult::Trusted { .. })
    }

    /// Whether any of all paths is accepted.
    fn has_route(&self, chain: &[Arc<Certificate>], now: Time) -> bool {
        let store = self.store();
        let Some(mut walker) = Walker::new(Evidence { chain, elsewhere: &[], now: self.at(now) }) else { return false };
        walker.walk(&store).iter().any(|route| route.refusal.is_none())
    }

    fn at(&self, now: Time) -> Time {
        let time = |text: &String| Time::from_secs(text.parse::<jiff::Timestamp>().expect("a time").as_second());
        self.validation_time.as_ref().map_or(now, time)
    }

    fn chain(&self) -> Vec<Arc<Certificate>> {
        let sent: Vec<Vec<u8>> =
            std::iter::once(&self.peer_certificate).chain(&self.untrusted_intermediates).map(|pem| der(pem)).collect();
        Certificates::default().read_chain(sent.iter().map(Vec::as_slice)).readable
    }

    fn store(&self) -> Store {
        let roots: Vec<CertificateDer<'_>> = self.trusted_certs.iter().map(|pem| der(pem).into()).collect();
        Store::new("limbo".into(), roots.iter())
    }
}

/// `None`, and says so, where they are not at hand.
fn cases() -> Option<Vec<Case>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(CASES);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is not there", path.display());
        return None;
    };
    let limbo: Limbo = serde_json::from_str(&text).expect("limbo's format");
    Some(limbo.testcases.into_iter().filter(Case::is_ours).collect())
}

const NOW: Time = Time::from_secs(1_795_228_447);

fn der(pem: &str) -> Vec<u8> {
    pem::parse(pem).expect("PEM").into_contents()
}

#[test]
fn paths_are_accepted_and_refused_as_limbo_expects() {
    let Some(cases) = cases() else { return };
    let (mut too_strict, mut too_lenient) = (Vec::new(), Vec::new());
    for case in &cases {
        match (case.is_accepted(NOW), case.expected_result == "SUCCESS") {
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

#[test]
fn walking_every_path_finds_one_where_the_verifier_does() {
    let Some(cases) = cases() else { return };
    let differ = |case: &&Case| {
        let chain = case.chain();
        case.has_path(&chain, NOW) != case.has_route(&chain, NOW)
    };
    let differing: Vec<&str> = cases.iter().filter(differ).map(|case| &*case.id).collect();
    println!("x509-limbo: {} cases walked", cases.len());
    assert_eq!(differing, [""; 0]);
}

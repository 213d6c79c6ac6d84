use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rcgen::{CrlDistributionPoint, CustomExtension};
use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::model::{
    Clock as _, FetchPolicy, FetchResult, ManualClock, RevocationState, Survey, SurveyReason, SystemClock, Target,
};
use crate::probe::revocation::Request;
use crate::probe::revocation::bench::{Bench, GOOD, REVOKED};
use crate::probe::rig::{prober_with, serve, serve_tls, target};
use crate::probe::stores::{StoreChoice, TrustStores};
use crate::probe::{Prober, Settings};

/// An OCSP URL (RFC 5280 section 4.2.2.1), by hand: short lengths only.
fn ocsp_at(url: &str) -> CustomExtension {
    let tlv = |tag: u8, content: &[u8]| [&[tag, u8::try_from(content.len()).unwrap()], content].concat();
    let method = tlv(6, &[0x2b, 6, 1, 5, 5, 7, 0x30, 1]);
    let access = tlv(0x30, &[method, tlv(0x86, url.as_bytes())].concat());
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], tlv(0x30, &access))
}

/// Answers every request by its head and body.
async fn answering(answer: impl Fn(&str, &[u8]) -> Vec<u8> + Send + Sync + 'static) -> SocketAddr {
    let answer = Arc::new(answer);
    serve(move |mut stream| {
        let answer = Arc::clone(&answer);
        async move {
            let mut bytes = Vec::new();
            loop {
                let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
                let head = String::from_utf8_lossy(&bytes[..end.unwrap_or(0)]).to_ascii_lowercase();
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
                if let Some(end) = end
                    && bytes.len() >= end + 4 + length.unwrap_or(0)
                {
                    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
                    let _ = stream.write_all(&answer(&head, &bytes[end + 4..])).await;
                    return;
                }
                if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
                    return;
                }
            }
        }
    })
    .await
}

fn ok(body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
}

/// A TLS server with such a certificate, under survey.
struct Scene {
    prober: Prober,
    target: Arc<Target>,
    address: SocketAddr,
}

impl Scene {
    async fn new(bench: &Bench, settings: &Settings, serial: u64, urls: (&[String], &[String]), staple: bool) -> Self {
        let (ocsp, crl) = urls;
        let leaf = bench.issue("leaf", serial, |params| {
            named(params);
            params.custom_extensions = ocsp.iter().map(|url| ocsp_at(url)).collect();
            params.crl_distribution_points =
                crl.iter().map(|url| CrlDistributionPoint { uris: vec![url.clone()] }).collect();
        });
        let case = Case::new(&leaf, Issuer::of_certificate(&bench.root).unwrap()).unwrap();
        let request = Request::new(&case, None).unwrap();
        let staple = if staple { bench.respond(&request.der, "ca", &[]) } else { Vec::new() };
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert_with_ocsp(
                vec![CertificateDer::from(leaf.der.to_vec())],
                PrivateKeyDer::Pkcs8(bench.key("leaf").serialize_der().into()),
                staple,
            )
            .unwrap();
        Self::at(bench, settings, serve_tls(config).await)
    }

    /// A server that is there already.
    fn at(bench: &Bench, settings: &Settings, address: SocketAddr) -> Self {
        let (stores, _) = TrustStores::load(&[StoreChoice::File(bench.path().join("ca.pem"))]).unwrap();
        Self { prober: prober_with(settings, stores), target: Arc::new(target()), address }
    }

    async fn survey(&self) -> Survey {
        let seen = self.prober.probe(&self.target, self.address).await;
        self.prober.survey(&self.target, &seen, &[], SurveyReason::Asked).await
    }
}

/// For the name that is asked for.
fn named(params: &mut rcgen::CertificateParams) {
    params.subject_alt_names =
        rcgen::CertificateParams::new(vec!["shop.example".to_owned()]).unwrap().subject_alt_names;
}

fn states(survey: &Survey) -> Vec<&RevocationState> {
    survey.revocation[0].words.iter().map(|word| &word.state).collect()
}

fn at(address: SocketAddr, path: &str) -> String {
    format!("http://{address}{path}")
}

#[tokio::test]
async fn a_real_responder_a_list_and_the_staple_agree() {
    let Some(bench) = Bench::new() else { return };
    let responder = bench.responder();
    let ocsp = [format!("http://127.0.0.1:{}", responder.port)];
    let list = bench.list("authorityKeyIdentifier = keyid:always");
    let crl = [at(answering(move |_, _| ok(&list)).await, "/ca.crl")];
    let good = Scene::new(&bench, &Settings::default(), GOOD, (&ocsp, &crl), true).await;
    let survey = good.survey().await;
    assert_eq!(states(&survey), [&RevocationState::Good; 3], "{survey:#?}");
    let [staple, asked, listed] = &survey.revocation[0].words[..] else { panic!("{survey:#?}") };
    assert!(staple.digest.is_some() && staple.took.is_none() && asked.took.is_some() && listed.fetched_at.is_some());
    assert_eq!(survey.fetches.len(), 2);
    let again = good.survey().await;
    assert!(again.fetches.iter().all(|fetch| fetch.result == FetchResult::Cached), "{:?}", again.fetches);
    assert_eq!(again.revocation, survey.revocation);

    let revoked = Scene::new(&bench, &Settings::default(), REVOKED, (&ocsp, &crl), true).await.survey().await;
    let is_revoked = |state: &&RevocationState| matches!(state, RevocationState::Revoked { reason: Some(_), .. });
    assert!(states(&revoked).iter().all(is_revoked), "{revoked:#?}");
}

#[tokio::test]
async fn a_server_that_refuses_us_is_asked_about_too() {
    let Some(bench) = Bench::new() else { return };
    let responder = bench.responder();
    bench.issue("leaf", REVOKED, |params| {
        named(params);
        params.custom_extensions = vec![ocsp_at(&format!("http://127.0.0.1:{}", responder.port))];
    });
    let server = bench.server(&["-tls1_3", "-Verify", "1"]);
    let scene = Scene::at(&bench, &Settings::default(), ([127, 0, 0, 1], server.port).into());
    let seen = scene.prober.probe(&scene.target, scene.address).await;
    assert!(!seen.is_handshake(), "{seen:?}");
    let survey = scene.prober.survey(&scene.target, &seen, &[], SurveyReason::Failure).await;
    assert!(matches!(states(&survey)[..], [RevocationState::Revoked { .. }]), "{survey:#?}");
}

#[tokio::test]
async fn what_was_fetched_holds_over_runs_until_its_next_update() {
    let Some(bench) = Bench::new() else { return };
    let cache = tempfile::tempdir().unwrap();
    let settings = Settings { cache: Some(cache.path().to_owned()), ..Settings::default() };
    let (responder, list) = (bench.responder(), bench.list(""));
    let gone = Arc::new(AtomicBool::new(false));
    let is_gone = Arc::clone(&gone);
    let publisher = answering(move |_, _| {
        if is_gone.load(Ordering::Relaxed) {
            return b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n".to_vec();
        }
        ok(&list)
    });
    let (ocsp, crl) = ([format!("http://127.0.0.1:{}", responder.port)], [at(publisher.await, "/ca.crl")]);
    let mut scene = Scene::new(&bench, &settings, GOOD, (&ocsp, &crl), false).await;
    assert_eq!(states(&scene.survey().await), [&RevocationState::Good; 2]);
    drop(responder);
    gone.store(true, Ordering::Relaxed);
    let (good, hour) = (["good"; 2], Duration::from_hours(1));
    // At once, when it is time to look for news, and when those have been due for a day.
    for (later, expected) in [(Duration::ZERO, good), (hour * 2, good), (hour * 48, ["unavailable", "declined"])] {
        let (stores, _) = TrustStores::load(&[StoreChoice::File(bench.path().join("ca.pem"))]).unwrap();
        let clock = Arc::new(ManualClock::new(SystemClock.now() + later));
        scene.prober = Prober::new(&settings, stores, clock).unwrap();
        let survey = scene.survey().await;
        let names: Vec<&str> = states(&survey).iter().map(|state| state.name()).collect();
        assert_eq!(names, expected, "{later:?}: {:#?}", survey.fetches);
        let cached = survey.fetches.iter().filter(|fetch| fetch.result == FetchResult::Cached).count();
        assert_eq!(cached, expected.iter().filter(|name| **name == "good").count(), "{:#?}", survey.fetches);
    }
}

#[tokio::test]
async fn staples_of_another_make_are_seen_with_either_version() {
    let Some(bench) = Bench::new() else { return };
    let leaf = bench.issue("leaf", GOOD, named);
    let case = Case::new(&leaf, Issuer::of_certificate(&bench.root).unwrap()).unwrap();
    let staple = bench.respond(&Request::new(&case, None).unwrap().der, "ca", &[]);
    std::fs::write(bench.path().join("staple.der"), &staple).unwrap();
    for (number, version) in [(0x0303, "-tls1_2"), (0x0304, "-tls1_3")] {
        let server = bench.server(&[version, "-status_file", "staple.der"]);
        let scene = Scene::at(&bench, &Settings::default(), ([127, 0, 0, 1], server.port).into());
        let seen = scene.prober.probe(&scene.target, scene.address).await;
        let handshake = seen.handshake.as_ref().unwrap();
        assert_eq!(handshake.version, Some(crate::model::TlsVersion(number)));
        assert_eq!(handshake.staple.as_deref(), Some(&staple[..]), "{version}");
        let survey = scene.survey().await;
        assert_eq!(states(&survey), [&RevocationState::Good], "{version}");
        assert!(survey.revocation[0].words[0].is_of(&staple));
        let server = bench.server(&[version]);
        let scene = Scene::at(&bench, &Settings::default(), ([127, 0, 0, 1], server.port).into());
        let without = scene.prober.probe(&scene.target, scene.address).await;
        assert_eq!(without.handshake.unwrap().staple, None, "{version}");
    }
}

#[tokio::test]
async fn who_does_not_understand_get_is_asked_by_post() {
    let Some(bench) = Bench::new() else { return };
    let bench = Arc::new(bench);
    let signer = Arc::clone(&bench);
    let ocsp = answering(move |head, body| {
        if head.starts_with("POST ") {
            return ok(&signer.respond(body, "ca", &[]));
        }
        b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n".to_vec()
    });
    let urls = [at(ocsp.await, "/ocsp/")];
    let survey = Scene::new(&bench, &Settings::default(), GOOD, (&urls, &[]), false).await.survey().await;
    assert_eq!(states(&survey), [&RevocationState::Good]);
    assert_eq!(survey.fetches.len(), 2, "{:?}", survey.fetches);
}

#[tokio::test]
async fn sources_that_fail_are_told_apart_and_hold_nobody_up() {
    let Some(bench) = Bench::new() else { return };
    let later = answering(|_, _| ok(&[0x30, 3, 0x0a, 1, 3])).await;
    let html = answering(|_, _| ok(b"<html>")).await;
    let gone = answering(|_, _| b"HTTP/1.1 404 Not Found\r\n\r\n".to_vec()).await;
    let silent = serve(|stream| async move { drop(stream) }).await;
    for (url, expected) in [
        (at(later, ""), "Declined(Untrusted(\"tryLater\"))"),
        (at(html, ""), "Invalid(Untrusted(\"it is no OCSP response"),
        (at(gone, ""), "Declined(Untrusted(\"HTTP 404"),
        (at(silent, ""), "Unavailable("),
        ("http://127.0.0.1:1/".to_owned(), "Unchecked(Untrusted(\"port 1 "),
        ("http://10.0.0.1/".to_owned(), "Unchecked(Untrusted(\"10.0.0.1 leads to 10.0.0.1, a private address"),
        ("ldap://x/".to_owned(), "Unchecked(Untrusted(\"only http"),
    ] {
        let urls = [url.clone()];
        let survey = Scene::new(&bench, &Settings::default(), GOOD, (&urls, &[]), false).await.survey().await;
        let state = format!("{:?}", states(&survey)[0]);
        assert!(state.starts_with(expected), "{url}: {state}");
        assert!(survey.took < Duration::from_secs(4), "{url}: {:?}", survey.took);
    }
    let not_a_list = at(answering(|_, _| ok(b"-----BEGIN X509 CRL-----")).await, "/");
    let survey = Scene::new(&bench, &Settings::default(), GOOD, (&[], &[not_a_list]), false).await.survey().await;
    assert!(format!("{:?}", states(&survey)[0]).contains("PEM"), "{survey:?}");
}

#[tokio::test]
async fn what_may_not_be_fetched_is_left_and_the_staple_still_counts() {
    let Some(bench) = Bench::new() else { return };
    let settings = Settings { fetch: FetchPolicy::NONE, ..Settings::default() };
    let (ocsp, crl) = (["http://127.0.0.1:9999/".to_owned()], ["http://127.0.0.1:9999/crl".to_owned()]);
    let survey = Scene::new(&bench, &settings, GOOD, (&ocsp, &crl), true).await.survey().await;
    assert_eq!((states(&survey), survey.fetches.len()), (vec![&RevocationState::Good], 0));
    let mut left: Vec<&str> = survey.unasked.iter().map(|left| &*left.question).collect();
    left.retain(|question| matches!(*question, "ocsp" | "crl"));
    assert_eq!(left, ["ocsp", "crl"]);
}

#[tokio::test]
async fn without_the_issuer_nothing_is_claimed() {
    let Some(bench) = Bench::new() else { return };
    let urls = ["http://127.0.0.1:9999/".to_owned()];
    let mut scene = Scene::new(&bench, &Settings::default(), GOOD, (&urls, &urls), true).await;
    scene.prober = prober_with(&Settings::default(), TrustStores::default());
    let survey = scene.survey().await;
    let unchecked = RevocationState::Unchecked(Untrusted::new(NO_ISSUER));
    assert_eq!((states(&survey), survey.fetches.len()), (vec![&unchecked; 3], 0));
}

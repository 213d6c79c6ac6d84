use std::sync::Arc;

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose};
use rustls::SupportedProtocolVersion;
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};

use super::*;
use crate::model::{ClientFiles, Secret, SurveyReason, SystemClock};
use crate::probe::rig::{self, Authority, around_now, configured, serve_tls, stores};
use crate::probe::{ClientChoice, Prober, Settings};

fn files() -> ClientFiles {
    ClientFiles { certificate: "client.pem".into(), key: None, password_file: None }
}

fn client(authority: &Authority, change: impl FnOnce(&mut CertificateParams)) -> Secret {
    let (certificate, key) = authority.leaf(|params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        change(params);
    });
    let pem = pem::encode(&pem::Pem::new("CERTIFICATE", certificate.to_vec()));
    Secret::new(format!("{pem}{}", key.serialize_pem()))
}

/// What is seen of a server that asks for certificates of `root`, by a client that has `ours`.
async fn asked(
    root: &Authority,
    config: rustls::ServerConfig,
    ours: Option<Secret>,
) -> (Observation, ClientCertificate) {
    let clients = ours.into_iter().map(|text| ClientChoice::Pem { name: files(), text }).collect::<Vec<_>>();
    let client = (!clients.is_empty()).then(|| Arc::new(files()));
    let settings = Settings { clients, ..Settings::default() };
    let prober = Prober::new(&settings, stores(&[("lab", root)]), Arc::new(SystemClock)).unwrap();
    let target = Arc::new(crate::model::Target { client, ..rig::target() });
    let address = serve_tls(config).await;
    let seen = prober.probe(&target, address).await;
    let survey = prober.survey(&target, &seen, &[], SurveyReason::Asked).await;
    (seen, survey.client_certificate.unwrap())
}

fn requiring(root: &Authority, version: &'static SupportedProtocolVersion) -> rustls::ServerConfig {
    let (leaf, key) = root.leaf(|_| ());
    configured(&[version], Some(root), vec![leaf], &key)
}

#[tokio::test]
async fn a_required_certificate_is_accepted_and_missed() {
    let root = Authority::root("Root");
    for version in [&TLS13, &TLS12] {
        let (seen, with) = asked(&root, requiring(&root, version), Some(client(&root, |_| ()))).await;
        assert!(seen.is_handshake(), "{seen:?}");
        let ClientAuth::Requested { presented: Some(ours), .. } = &seen.handshake.as_ref().unwrap().client_auth else {
            panic!("not presented: {seen:?}")
        };
        assert_eq!(ours.extended_key_usage, ["clientAuth"]);
        assert_eq!((with.required, &with.presented), (Some(true), &Some(Presented::Accepted)), "{version:?}");
        assert!(with.authorities[0].as_str().contains("CN=Root"));
        let (_, without) = asked(&root, requiring(&root, version), None).await;
        assert_eq!((without.requested, without.required, without.presented), (true, Some(true), None));
    }
}

#[tokio::test]
async fn the_reason_of_a_refusal_is_kept() {
    let (root, stranger) = (Authority::root("Root"), Authority::root("Stranger"));
    let ended = |params: &mut CertificateParams| params.not_after = around_now(-60);
    let for_servers = |params: &mut CertificateParams| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    };
    let cases: [(Secret, u8); 3] =
        [(client(&stranger, |_| ()), 48), (client(&root, ended), 45), (client(&root, for_servers), 43)];
    for version in [&TLS13, &TLS12] {
        for (ours, number) in cases.clone() {
            let (seen, asked) = asked(&root, requiring(&root, version), Some(ours)).await;
            let Some(Presented::Refused { alert: Some(alert), .. }) = asked.presented else { panic!("{asked:?}") };
            assert_eq!(alert, Alert { number, from: Peer::Server });
            let phase = if version.version == rustls::ProtocolVersion::TLSv1_3 { Phase::Read } else { Phase::Tls };
            assert_eq!(seen.failure().unwrap().phase, phase);
        }
    }
}

#[tokio::test]
async fn an_optional_certificate_is_not_required_and_none_may_be_asked_for() {
    let root = Authority::root("Root");
    let (leaf, key) = root.leaf(|_| ());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = rustls::RootCertStore::empty();
    roots.add(root.der.clone()).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let optional = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier.allow_unauthenticated().build().unwrap())
        .with_single_cert(vec![leaf], rustls_pki_types::PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    let (_, with) = asked(&root, optional.clone(), Some(client(&root, |_| ()))).await;
    assert_eq!((with.required, with.presented), (Some(false), Some(Presented::Accepted)));
    let (_, without) = asked(&root, optional, None).await;
    assert_eq!((without.requested, without.required, without.presented), (true, Some(false), None));

    let (leaf, key) = root.leaf(|_| ());
    let (_, nobody) = asked(&root, rig::config(vec![leaf], &key), Some(client(&root, |_| ()))).await;
    let expected = (false, Some(false), Some(Presented::NotAsked));
    assert_eq!((nobody.requested, nobody.required, nobody.presented), expected);
}

use std::sync::Arc;

use crate::model::{Answer, NamedGroup, ServedAnswer, ServedTo, Survey, SurveyReason, TlsVersion};
use crate::probe::rig::{Authority, config, configured, prober, serve_tls, stores, target};

async fn survey(versions: &[&'static rustls::SupportedProtocolVersion]) -> Survey {
    let root = Authority::root("Root");
    let (leaf, key) = root.leaf(|_| {});
    let address = serve_tls(configured(versions, None, vec![leaf], &key)).await;
    let (prober, target) = (prober(stores(&[("lab", &root)])), Arc::new(target()));
    let seen = prober.probe(&target, address).await;
    prober.survey(&target, &seen, &[], SurveyReason::Asked).await
}

fn accepted(survey: &Survey) -> Vec<TlsVersion> {
    let negotiation = survey.negotiation.as_ref().unwrap();
    let accepted = negotiation.versions.iter().filter(|one| one.answer == Answer::Accepted);
    accepted.map(|one| one.version).collect()
}

fn served(survey: &Survey, to: ServedTo) -> &ServedAnswer {
    &survey.served.iter().find(|served| served.to == to).unwrap().answer
}

#[tokio::test]
async fn everything_a_modern_server_accepts_is_seen() {
    let survey = survey(rustls::ALL_VERSIONS).await;
    assert_eq!(accepted(&survey), [TlsVersion::TLS12, TlsVersion::TLS13]);
    let negotiation = survey.negotiation.as_ref().unwrap();
    let names: Vec<Vec<String>> =
        negotiation.suites.iter().map(|of| of.suites.iter().map(ToString::to_string).collect()).collect();
    assert_eq!(names[0].len(), 3, "ECDSA suites of TLS 1.2: {names:?}");
    assert_eq!(names[1].len(), 3, "suites of TLS 1.3: {names:?}");
    assert!(negotiation.suites.iter().all(|of| of.complete));
    assert!(negotiation.groups.contains(&NamedGroup(0x11EC)) && negotiation.groups.contains(&NamedGroup(29)));
    assert!(negotiation.legacy_groups.contains(&NamedGroup(23)));
    assert_eq!(negotiation.signature_schemes.first().map(|scheme| scheme.0), Some(0x0403));
    assert_eq!(negotiation.features.extended_master_secret, Some(true));
    assert_eq!(negotiation.features.compression, Some(false));
    assert_eq!(negotiation.tolerance.grease, Some(Answer::Accepted));
    assert_eq!(negotiation.tolerance.long_hello, Some(Answer::Accepted));
    assert!(matches!(served(&survey, ServedTo::EcdsaOnly), ServedAnswer::Chain(chain) if chain.len() == 1));
    assert!(matches!(served(&survey, ServedTo::RsaOnly), ServedAnswer::Refused(_)));
}

#[tokio::test]
async fn certificates_of_tls_1_3_alone_are_read() {
    let survey = survey(&[&rustls::version::TLS13]).await;
    assert_eq!(accepted(&survey), [TlsVersion::TLS13]);
    assert!(matches!(served(&survey, ServedTo::EcdsaOnly), ServedAnswer::Chain(chain) if chain.len() == 1));
    let negotiation = survey.negotiation.as_ref().unwrap();
    assert_eq!(negotiation.signature_schemes.first().map(|scheme| scheme.0), Some(0x0403));
}

#[tokio::test]
async fn a_server_that_hangs_up_is_not_said_to_refuse_for_good() {
    let root = Authority::root("Root");
    let (leaf, key) = root.leaf(|_| {});
    let address = serve_tls(config(vec![leaf], &key)).await;
    let (prober, target) = (prober(stores(&[("lab", &root)])), Arc::new(target()));
    let seen = prober.probe(&target, address).await;
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let moved = crate::model::Observation { key: crate::model::AddressKey { address: nobody, ..seen.key }, ..seen };
    let survey = prober.survey(&target, &moved, &[], SurveyReason::Asked).await;
    let negotiation = survey.negotiation.as_ref().unwrap();
    assert!(negotiation.versions.iter().all(|one| matches!(one.answer, Answer::Unknown(_))), "{negotiation:?}");
}

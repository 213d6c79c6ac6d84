use hickory_resolver::proto::rr::RData;
use hickory_resolver::proto::rr::rdata::TLSA;
use hickory_resolver::proto::rr::rdata::tlsa::{CertUsage, Matching, Selector};

use super::*;
use crate::model::{Survey, SurveyReason, Target};
use crate::probe::Settings;
use crate::probe::name_server::Zone;
use crate::probe::rig::{Authority, config, prober_with, serve_tls, stores, target};

async fn survey(target: Target, zone: impl FnOnce(&[u8]) -> Zone) -> Survey {
    let root = Authority::root("Root");
    let (leaf, key) = root.leaf(|_| {});
    let settings = Settings { dns_servers: vec![zone(&leaf).serve().await], ..Settings::default() };
    let address = serve_tls(config(vec![leaf], &key)).await;
    let (prober, target) = (prober_with(&settings, stores(&[("lab", &root)])), Arc::new(target));
    let seen = prober.probe(&target, address).await;
    prober.survey(&target, &seen, &[], SurveyReason::Asked).await
}

fn exact(data: &[u8]) -> RData {
    RData::TLSA(TLSA::new(CertUsage::DaneEe, Selector::Full, Matching::Raw, data.to_vec()))
}

#[tokio::test]
async fn records_are_compared_with_what_is_served() {
    let zone = |leaf: &[u8]| {
        let zone = Zone { authenticated: true, ..Zone::default() };
        zone.with("_443._tcp.shop.example", 60, exact(leaf)).with("_443._tcp.shop.example", 60, exact(b"another"))
    };
    let records = survey(target(), zone).await.records.unwrap();
    let mut matches: Vec<_> = records.tlsa.records.iter().map(|record| record.matches).collect();
    matches.sort_unstable();
    assert_eq!((matches, records.tlsa.authenticated), (vec![Some(false), Some(true)], true));
}

#[tokio::test]
async fn nobody_is_asked_about_names_that_are_not_looked_up() {
    let refuse = |_: &[u8]| Zone::default();
    let pinned = Target { pinned: vec!["127.0.0.1:443".parse().unwrap()], ..target() };
    let survey_of = survey(pinned, refuse).await;
    assert_eq!(survey_of.records, None);
    let unasked = survey_of.unasked.iter().find(|unasked| &*unasked.question == QUESTION).unwrap();
    assert!(unasked.reason.as_str().contains("--resolve"), "{}", unasked.reason);
    let literal = Target { host: Host::Ip("127.0.0.1".parse().unwrap()), ..target() };
    let survey_of = survey(literal, refuse).await;
    assert!(survey_of.records.is_none() && survey_of.unasked.iter().all(|unasked| &*unasked.question != QUESTION));
}

#[test]
fn usages_selectors_and_matching_types() {
    let root = Authority::root("Root");
    let intermediate = root.intermediate("Intermediate", |_| {});
    let (leaf, _) = intermediate.leaf(|_| {});
    let parse = |der: &[u8]| Arc::new(Certificate::parse(der).unwrap());
    let (leaf, intermediate, root) = (parse(&leaf), parse(&intermediate.der), parse(&root.der));
    let chain = [Arc::clone(&leaf), Arc::clone(&intermediate)];
    let record = |usage, selector, matching, of: &Certificate| {
        let record = TlsaRecord { usage, selector, matching, data: String::new(), matches: None };
        TlsaRecord { data: association(&record, of).unwrap_or_default(), ..record }
    };
    for (selector, matching) in [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)] {
        for (usage, of, expected) in [
            (3, &leaf, Some(true)),
            (1, &leaf, Some(true)),
            (3, &intermediate, Some(false)),
            (2, &intermediate, Some(true)),
            (0, &intermediate, Some(true)),
            // The root is in nobody's message: a digest alone says that it should be (RFC 7671 section 5.2.2).
            (2, &root, (matching > 0).then_some(false)),
            (0, &root, None),
            (9, &leaf, None),
        ] {
            let record = record(usage, selector, matching, of);
            assert_eq!(agreement(&record, &chain), expected, "{usage} {selector} {matching}");
        }
    }
    assert_eq!(agreement(&record(3, 9, 1, &leaf), &chain), None);
    assert_eq!(agreement(&record(3, 1, 9, &leaf), &chain), None);
    assert_eq!(association(&record(3, 1, 1, &leaf), &leaf).unwrap(), leaf.spki.to_string());
    assert_eq!(agreement(&record(3, 1, 1, &leaf), &[]), None);
}

use std::time::Duration;

use hickory_resolver::proto::rr::rdata::svcb::{Alpn, EchConfigList, IpHint, SvcParamKey};
use hickory_resolver::proto::rr::rdata::tlsa::{CertUsage, Matching, Selector};
use hickory_resolver::proto::rr::rdata::{A, AAAA, CAA, CNAME, HTTPS};

use super::super::name_server::Zone;
use super::*;

fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

fn issue(authority: &str) -> RData {
    RData::CAA(CAA::new_issue(true, Some(name(authority)), Vec::new()))
}

fn key_hash(byte: u8) -> RData {
    RData::TLSA(TLSA::new(CertUsage::DaneEe, Selector::Spki, Matching::Sha256, vec![byte; 32]))
}

fn https() -> RData {
    let hints = |a: [u8; 4]| SvcParamValue::Ipv4Hint(IpHint(vec![A(a.into())]));
    let parameters = vec![
        (SvcParamKey::Alpn, SvcParamValue::Alpn(Alpn(vec!["h3".to_owned(), "h2".to_owned()]))),
        (SvcParamKey::Port, SvcParamValue::Port(8443)),
        (SvcParamKey::Ipv4Hint, hints([192, 0, 2, 7])),
        (SvcParamKey::EchConfigList, SvcParamValue::EchConfigList(EchConfigList(vec![0, 4, 1, 2, 3, 4]))),
        (SvcParamKey::Ipv6Hint, SvcParamValue::Ipv6Hint(IpHint(vec![AAAA("2001:db8::7".parse().unwrap())]))),
    ];
    RData::HTTPS(HTTPS(SVCB::new(1, Name::root(), parameters)))
}

/// A zone in which everything is said about `shop.example`, its authority one label up.
fn zone() -> Zone {
    Zone::default()
        .with("example", 300, issue("ca.example"))
        .with("_443._tcp.shop.example", 40, key_hash(7))
        .with("_443._tcp.shop.example", 60, key_hash(8))
        .with("shop.example", 300, https())
}

fn subject() -> Subject {
    let name = || "shop.example".to_owned();
    Subject { host: name(), covered: name(), port: 443, transport: "tcp", is_http: true }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(5)
}

async fn dns(zone: &Zone) -> Dns {
    Dns::of(&[zone.serve().await]).unwrap().unwrap()
}

async fn found(zone: &Zone, subject: Subject) -> Arc<DnsRecords> {
    Records::default().about(subject, &dns(zone).await, soon()).await
}

#[tokio::test]
async fn each_kind_is_found_where_it_belongs() {
    let zone = Zone { authenticated: true, ..zone() };
    let DnsRecords { caa, tlsa, https } = (*found(&zone, subject()).await).clone();
    assert_eq!((caa.owner.as_str(), caa.authenticated, caa.failure), ("example", true, None));
    let [CaaRecord { critical: true, tag, value }] = &caa.records[..] else { panic!("{:?}", caa.records) };
    assert_eq!((tag.as_str(), value.as_str()), ("issue", "ca.example"));
    assert_eq!(tlsa.owner.as_str(), "_443._tcp.shop.example");
    let data: Vec<(u8, u8, u8, &str)> =
        tlsa.records.iter().map(|one| (one.usage, one.selector, one.matching, &one.data[..4])).collect();
    assert_eq!(data, [(3, 1, 1, "0707"), (3, 1, 1, "0808")]);
    assert!(tlsa.authenticated && tlsa.records.iter().all(|one| one.matches.is_none()));
    let [service] = &https.records[..] else { panic!("{:?}", https.records) };
    assert_eq!((service.priority, service.target.as_str(), service.port), (1, ".", Some(8443)));
    assert_eq!(service.alpn.iter().map(Untrusted::as_str).collect::<Vec<_>>(), ["h3", "h2"]);
    assert!(service.ech);
    assert_eq!(service.hints, ["192.0.2.7".parse::<IpAddr>().unwrap(), "2001:db8::7".parse().unwrap()]);
    let asked = ["_443._tcp.shop.example. TLSA", "example. CAA", "shop.example. CAA", "shop.example. HTTPS"];
    assert_eq!(zone.asked(), asked);
}

#[tokio::test]
async fn other_ports_and_protocols_ask_for_other_names() {
    let zone = zone();
    let mail = Subject { port: 25, is_http: false, covered: "mx.shop.example".to_owned(), ..subject() };
    let records = found(&zone, mail).await;
    assert!(records.https.failure.as_ref().unwrap().as_str().contains("HTTP is not spoken"));
    assert!(records.tlsa.records.is_empty() && !records.caa.authenticated);
    let other = Subject { port: 8443, ..subject() };
    assert!(found(&zone, other).await.https.records.is_empty());
    let asked = zone.asked();
    for expected in ["_25._tcp.shop.example. TLSA", "mx.shop.example. CAA", "_8443._https.shop.example. HTTPS"] {
        assert!(asked.iter().any(|one| one == expected), "{expected}: {asked:?}");
    }
}

#[tokio::test]
async fn no_record_anywhere_is_an_answer() {
    let records = found(&Zone { authenticated: true, ..Zone::default() }, subject()).await;
    assert!(records.caa.records.is_empty() && records.caa.failure.is_none() && records.caa.authenticated);
    assert_eq!(records.caa.owner.as_str(), "shop.example");
}

#[tokio::test]
async fn what_fits_into_no_packet_comes_over_tcp() {
    let zone = Zone { large: true, ..zone() };
    let records = found(&zone, subject()).await;
    assert_eq!((records.tlsa.records.len(), records.https.records.len()), (2, 1));
}

#[tokio::test]
async fn records_behind_an_alias_count() {
    let alias = RData::CNAME(CNAME(name("real.example.")));
    let message = |answers: Vec<(&str, RData)>| {
        let mut message = Message::query();
        for (owner, data) in answers {
            message.add_answer(hickory_resolver::proto::rr::Record::from_rdata(name(owner), 60, data));
        }
        message
    };
    let both = message(vec![("shop.example.", alias), ("real.example.", issue("ca.example"))]);
    let read: Vec<CaaRecord> = both.answers.iter().filter_map(|record| caa(&record.data)).collect();
    assert_eq!(read.len(), 1);
}

#[tokio::test]
async fn failures_are_told_and_do_not_spoil_the_rest() {
    let broken =
        zone().failing("_443._tcp.shop.example", ResponseCode::ServFail).failing("shop.example", ResponseCode::Refused);
    let records = found(&broken, subject()).await;
    assert_eq!(records.tlsa.failure.as_ref().unwrap().as_str(), "Server Failure (RCODE 2)");
    let caa = records.caa.failure.as_ref().unwrap();
    assert!(
        caa.as_str().contains("RCODE 5"),
        "a parent's records do not count when the name's own are not known: {caa}"
    );
    let garbled = found(&Zone { garbled: true, ..zone() }, subject()).await;
    assert!(garbled.tlsa.failure.as_ref().unwrap().as_str().contains("cannot be read"), "{:?}", garbled.tlsa);
    let silent = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let silent = Dns::of(&[silent.local_addr().unwrap()]).unwrap().unwrap();
    let deadline = Instant::now() + Duration::from_millis(50);
    let nothing = Records::default().about(subject(), &silent, deadline).await;
    assert_eq!(nothing.caa.failure.as_ref().unwrap().as_str(), "no answer in time");
    let deep = Subject { covered: "a.".repeat(40) + "example", ..subject() };
    assert!(found(&zone(), deep).await.caa.failure.is_some());
}

#[tokio::test]
async fn a_name_is_asked_about_once_while_the_answer_holds() {
    let zone = zone();
    let (dns, records) = (dns(&zone).await, Records::default());
    let (one, other) = tokio::join!(records.about(subject(), &dns, soon()), records.about(subject(), &dns, soon()));
    assert!(Arc::ptr_eq(&one, &other));
    assert_eq!(zone.asked().len(), 4);
    let ended = OnceCell::from((one, Instant::now()));
    records.kept.lock().unwrap().insert(subject(), Arc::new(ended));
    records.about(subject(), &dns, soon()).await;
    assert_eq!(zone.asked().len(), 8);
}

#[test]
fn answers_hold_as_long_as_their_shortest_record() {
    let mut message = Message::query();
    assert_eq!(ttl(&message), FAILURE_TTL);
    let zone = name("example.");
    let soa = hickory_resolver::proto::rr::rdata::SOA::new(zone.clone(), zone.clone(), 1, 2, 3, 4, 17);
    let record = hickory_resolver::proto::rr::Record::from_rdata;
    message.add_authority(record(zone.clone(), 900, RData::SOA(soa)));
    assert_eq!(ttl(&message), Duration::from_secs(17));
    for seconds in [60, 40] {
        message.add_answer(record(zone.clone(), seconds, key_hash(1)));
    }
    assert_eq!(ttl(&message), Duration::from_secs(40));
}

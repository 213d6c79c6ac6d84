use std::net::Ipv4Addr;
use std::sync::Arc;

use hickory_resolver::proto::op::{Edns, Message, MessageType, OpCode, ResponseCode};
use hickory_resolver::proto::rr::rdata::opt::EdnsOption;
use hickory_resolver::proto::rr::rdata::{A, AAAA, CNAME, SOA};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use tokio::net::UdpSocket;

use super::super::rig;
use super::*;
use crate::model::{Family, Target};

/// A name server on loopback that answers by name, and nothing at all for `silent`.
async fn name_server() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut packet = [0; 1500];
        while let Ok((length, from)) = socket.recv_from(&mut packet).await {
            let Ok(query) = Message::from_vec(&packet[..length]) else { continue };
            if let Some(answer) = answer(&query) {
                let _ = socket.send_to(&answer.to_vec().unwrap(), from).await;
            }
        }
    });
    address
}

fn answer(query: &Message) -> Option<Message> {
    let question = query.queries.first()?.clone();
    let name = question.name().clone();
    let mut answer = Message::new(query.metadata.id, MessageType::Response, OpCode::Query);
    answer.add_query(question.clone());
    answer.metadata.recursion_desired = true;
    answer.metadata.recursion_available = true;
    let code = match name.to_ascii().trim_end_matches('.') {
        "silent.example" => return None,
        "missing.example" => ResponseCode::NXDomain,
        "broken.example" => ResponseCode::ServFail,
        "closed.example" => ResponseCode::Refused,
        _ => ResponseCode::NoError,
    };
    answer.metadata.response_code = code;
    if code == ResponseCode::ServFail && query.edns.is_some() {
        let mut edns = Edns::new();
        edns.options_mut().insert(EdnsOption::Unknown(15, b"\x00\x06no RRSIG for DS".to_vec()));
        answer.set_edns(edns);
    }
    match (name.to_ascii().trim_end_matches('.'), question.query_type()) {
        ("both.example" | "four.example", RecordType::A) => {
            answer.add_answer(Record::from_rdata(name.clone(), 60, RData::A(A(Ipv4Addr::new(192, 0, 2, 1)))));
            answer.add_answer(Record::from_rdata(name.clone(), 30, RData::A(A(Ipv4Addr::new(192, 0, 2, 2)))));
        }
        ("both.example", RecordType::AAAA) => {
            answer.add_answer(Record::from_rdata(name.clone(), 300, RData::AAAA(AAAA("2001:db8::1".parse().unwrap()))));
        }
        ("alias.example", RecordType::A) => {
            let real = Name::from_ascii("real.example.").unwrap();
            answer.add_answer(Record::from_rdata(name.clone(), 5, RData::CNAME(CNAME(real.clone()))));
            answer.add_answer(Record::from_rdata(real, 60, RData::A(A(Ipv4Addr::new(192, 0, 2, 3)))));
        }
        _ => {
            let zone = Name::from_ascii("example.").unwrap();
            let soa = SOA::new(zone.clone(), zone.clone(), 1, 2, 3, 4, 17);
            answer.add_authority(Record::from_rdata(zone, 17, RData::SOA(soa)));
        }
    }
    Some(answer)
}

fn target(host: &str) -> Target {
    let host = host.parse().map_or_else(|_| Host::Name(host.into()), Host::Ip);
    Target { host, timeout: Duration::from_secs(5), ..rig::target() }
}

async fn resolve(settings: &Settings, target: &Target) -> Resolution {
    let deadline = Instant::now() + target.timeout;
    Resolver::new(settings).unwrap().resolve(target, Time::default(), deadline).await
}

async fn ask(host: &str) -> Resolution {
    let settings = Settings { dns_servers: vec![name_server().await], ..Settings::default() };
    resolve(&settings, &target(host)).await
}

fn ips(resolution: &Resolution) -> Vec<String> {
    resolution.addresses.iter().map(|address| address.ip.to_string()).collect()
}

#[tokio::test]
async fn both_families_with_their_ttls() {
    let both = ask("both.example").await;
    assert_eq!(ips(&both), ["192.0.2.1", "192.0.2.2", "2001:db8::1"]);
    assert_eq!(both.addresses[2].ttl, Duration::from_mins(5));
    assert_eq!(both.ttl, Duration::from_secs(30));
    assert!(both.source.as_str().starts_with("127.0.0.1:") && both.took > Duration::ZERO);
    let four = ask("four.example").await;
    assert_eq!((ips(&four).len(), four.failure), (2, None), "one family suffices");
    assert_eq!(ask("alias.example").await.ttl, Duration::from_secs(5), "the alias ages first");
}

#[tokio::test]
async fn only_wanted_families_are_asked_for() {
    let settings = Settings { dns_servers: vec![name_server().await], ..Settings::default() };
    let six = Target { family: Family::V6, ..target("both.example") };
    assert_eq!(ips(&resolve(&settings, &six).await), ["2001:db8::1"]);
    let none = Target { family: Family::V6, ..target("four.example") };
    assert_eq!(resolve(&settings, &none).await.failure, Some(DnsFailure::NoAddress));
}

#[tokio::test]
async fn failures_are_exact() {
    let missing = ask("missing.example").await;
    assert_eq!((missing.failure, missing.ttl), (Some(DnsFailure::NxDomain), Duration::from_secs(17)));
    assert_eq!(ask("empty.example").await.failure, Some(DnsFailure::NoAddress));
    assert_eq!(ask("closed.example").await.failure, Some(DnsFailure::Refused));
    let Some(DnsFailure::ServFail { detail }) = ask("broken.example").await.failure else { panic!("no SERVFAIL") };
    assert_eq!(detail.as_str(), "Server Failure (RCODE 2): DNSSEC bogus (6): no RRSIG for DS");
}

#[tokio::test]
async fn silence_ends_at_the_deadline() {
    let settings = Settings { dns_servers: vec![name_server().await], ..Settings::default() };
    let silent = Target { timeout: Duration::from_millis(200), ..target("silent.example") };
    let resolution = resolve(&settings, &silent).await;
    assert_eq!(resolution.failure, Some(DnsFailure::TimedOut));
    assert!(resolution.took < Duration::from_secs(2), "{:?}", resolution.took);
}

#[tokio::test]
async fn what_is_known_is_not_asked_for() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, "10.0.0.1 both.example\n").unwrap();
    let settings = Settings {
        hosts_file: Some(file.path().to_owned()),
        dns_servers: vec![name_server().await],
        ..Settings::default()
    };
    let pinned = Target { pinned: vec!["10.0.0.5:8443".parse().unwrap()], ..target("both.example") };
    let dialled = Target { dial: Some((Host::Name("both.example".into()), 8443)), ..target("missing.example") };
    let cases = [
        (target("both.example"), "10.0.0.1", "hosts file"),
        (target("192.0.2.7"), "192.0.2.7", "literal"),
        (target("2001:db8::7"), "2001:db8::7", "literal"),
        (pinned, "10.0.0.5", "--resolve"),
        (dialled, "10.0.0.1", "hosts file"),
    ];
    for (target, ip, source) in cases {
        let resolution = resolve(&settings, &target).await;
        assert_eq!((ips(&resolution), resolution.source.as_str()), (vec![ip.to_owned()], source));
        assert_eq!(resolution.took, Duration::ZERO);
    }
    let four = Target { family: Family::V4, ..target("2001:db8::7") };
    assert_eq!(resolve(&settings, &four).await.failure, Some(DnsFailure::NoAddress));
    assert!(!ips(&resolve(&settings, &target("localhost")).await).is_empty());
}

#[test]
fn a_server_that_cannot_be_one_is_refused() {
    for (server, reason) in [("192.0.2.53:0", "port 0"), ("0.0.0.0:53", "single host")] {
        let settings = Settings { dns_servers: vec![server.parse().unwrap()], ..Settings::default() };
        let error = Resolver::new(&settings).unwrap_err().to_string();
        assert!(error.contains(server) && error.contains(reason), "{error}");
    }
}

#[test]
fn a_prober_is_set_up_without_a_runtime() {
    let settings = Settings { dns_servers: vec!["192.0.2.53:53".parse().unwrap()], ..Settings::default() };
    assert!(Resolver::new(&settings).unwrap().check().is_ok());
}

#[tokio::test]
async fn without_servers_a_name_fails_with_the_reason_and_literals_work() {
    let resolver = Resolver { hosts: Hosts::default(), dns: Err("no nameservers found in config".to_owned()) };
    let error = resolver.check().unwrap_err().to_string();
    assert!(error.contains("no nameservers") && error.contains("--dns-server"), "{error}");
    let deadline = Instant::now() + Duration::from_secs(1);
    let resolution = resolver.resolve(&target("both.example"), Time::default(), deadline).await;
    assert_eq!(resolution.failure, Some(DnsFailure::Unreachable { detail: Untrusted::new(&error) }));
    assert_eq!(ips(&resolver.resolve(&target("192.0.2.7"), Time::default(), deadline).await), ["192.0.2.7"]);
    let debug = format!("{:?}", Arc::new(resolver));
    assert!(debug.contains("no nameservers"));
}

//! What DNS says: names that are not there, name servers that do not answer, records that contradict what is served.

#[path = "../../src/probe/name_server.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "shared with the tests of the prober, which need more of it")]
mod name_server;

use std::net::SocketAddr;
use std::sync::Arc;

use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::rdata::tlsa::{CertUsage, Matching, Selector};
use hickory_resolver::proto::rr::rdata::{A, CAA, TLSA};
use hickory_resolver::proto::rr::{Name, RData};
use name_server::Zone;
use rcgen::DnType;
use tlscope::model::{Certificate, Target};
use tlscope::probe::{Prober, Settings};
use tokio::net::UdpSocket;

use crate::bench::{HOST, hasty, look, note, prober_with, serve, target};
use crate::papers::{Authority, Leaf};
use crate::record::Record;

pub(crate) async fn record() -> Vec<Record> {
    let root = Authority::root("Bench Root");
    // An authority whose names in CAA records are known, as a copy of its own.
    let issuer = root.below("R99", |params| params.distinguished_name.push(DnType::OrganizationName, "Let's Encrypt"));
    let leaf = issuer.leaf(|_| ());
    let port = serve(leaf.config()).await.port();
    let mut records = Vec::new();
    for (name, zone) in failures() {
        records.push(ask(name, &root, zone.serve().await, port).await);
    }
    let silent = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    let name = "a name server that says nothing (near miss of dns.servfail, dns.refused)";
    records.push(ask(name, &root, silent.local_addr().expect("an address"), port).await);
    for (name, zone) in contradictions(&leaf, port) {
        records.push(ask(name, &root, zone.serve().await, port).await);
    }
    records
}

async fn ask(name: &str, root: &Authority, server: SocketAddr, port: u16) -> Record {
    let target =
        Target { timeout: std::time::Duration::from_secs(2), ..hasty(target(&format!("https://{HOST}:{port}"))) };
    let prober = asking(root, server);
    note(name, look(&prober, &Arc::new(target), true).await)
}

/// A prober that asks this name server.
pub(crate) fn asking(root: &Authority, server: SocketAddr) -> Prober {
    let settings = Settings { dns_servers: vec![server], ..Settings::default() };
    prober_with(&[("bench", &root.pem)], &settings)
}

fn failures() -> [(&'static str, Zone); 5] {
    let failing = |code| Zone::default().failing(HOST, code);
    [
        ("a name that is not there", failing(ResponseCode::NXDomain)),
        ("a name server that cannot find out (near miss of dns.timeout)", failing(ResponseCode::ServFail)),
        ("a name server that refuses", failing(ResponseCode::Refused)),
        (
            "a name without addresses (near miss of dns.nxdomain)",
            Zone::default().with(HOST, 60, RData::TLSA(key_hash([7; 32]))),
        ),
        ("a name with an address (near miss of dns.no_address)", here()),
    ]
}

fn here() -> Zone {
    Zone::default().with(HOST, 60, RData::A(A([127, 0, 0, 1].into())))
}

fn key_hash(hash: [u8; 32]) -> TLSA {
    TLSA::new(CertUsage::DaneEe, Selector::Spki, Matching::Sha256, hash.to_vec())
}

fn contradictions(leaf: &Leaf, port: u16) -> Vec<(&'static str, Zone)> {
    let issue = |authority: &str| {
        RData::CAA(CAA::new_issue(false, Some(Name::from_ascii(authority).expect("a name")), Vec::new()))
    };
    let key = Certificate::parse(&leaf.chain[0]).expect("a certificate").spki.0;
    let owner = format!("_{port}._tcp.{HOST}");
    let vouched = |zone: Zone| Zone { authenticated: true, ..zone };
    vec![
        ("CAA that lets another authority issue", here().with(HOST, 60, issue("digicert.com"))),
        (
            "CAA that lets the authority issue (near miss of dns.caa_mismatch)",
            here().with(HOST, 60, issue("digicert.com")).with(HOST, 60, issue("letsencrypt.org")),
        ),
        ("TLSA of another key", vouched(here().with(&owner, 60, RData::TLSA(key_hash([7; 32]))))),
        (
            "TLSA of another key and of this one (near miss of dns.tlsa_mismatch)",
            vouched(here().with(&owner, 60, RData::TLSA(key_hash([7; 32]))).with(
                &owner,
                60,
                RData::TLSA(key_hash(key)),
            )),
        ),
        (
            "TLSA of another key for which nobody vouches (near miss of dns.tlsa_mismatch)",
            here().with(&owner, 60, RData::TLSA(key_hash([7; 32]))),
        ),
    ]
}

//! One target on two addresses, one of which refuses: what the tests of this room speak of.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::{Examined, Verdict, Visit};
use crate::model::{
    AddressKey, Certificate, CipherSuite, ClientAuth, Code, Confidence, Depth, Evidence, Failure, FailureKind, Family,
    Finding, Handshake, HandshakeKind, Host, Impact, Labels, NamedGroup, Next, Observation, Outcome, Phase, Protocol,
    Resolution, ResolvedAddress, Scope, Status, Target, TargetId, Time, Timings, TlsVersion, Untrusted,
};

pub(super) const NOW: Time = Time::from_secs(1_795_228_447);
pub(super) const GOOD: &str = "10.0.0.1:443";
pub(super) const BAD: &str = "10.0.0.2:443";

pub(super) fn target() -> Target {
    Target {
        id: TargetId(0),
        name: "shop.example:443".into(),
        host: Host::Name("shop.example".into()),
        port: 443,
        protocol: Protocol::Tls,
        servername: None,
        pinned: Vec::new(),
        dial: None,
        proxy: None,
        family: Family::Any,
        alpn: Vec::new(),
        client: None,
        cert_file: None,
        depth: Depth::Full,
        labels: Labels::from([("env".into(), "prod".into())]),
        interval: Duration::from_secs(30),
        timeout: Duration::from_secs(5),
        survey: Duration::from_hours(1),
        expect: None,
    }
}

pub(super) fn certificate() -> Arc<Certificate> {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(vec!["shop.example".to_owned()]).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, "shop\u{1b}.example");
    params.not_after = time::OffsetDateTime::from_unix_timestamp(NOW.secs() + 40 * 86_400).unwrap();
    Arc::new(Certificate::parse(params.self_signed(&key).unwrap().der()).unwrap())
}

pub(super) fn handshake(address: &str) -> Arc<Observation> {
    let shown = Handshake {
        version: Some(TlsVersion(0x0304)),
        cipher: Some(CipherSuite(0x1301)),
        group: Some(NamedGroup(0x11EC)),
        alpn: Some(Untrusted::new("h2")),
        kind: Some(HandshakeKind::Full),
        signature: None,
        chain: [certificate()].into(),
        malformed: [].into(),
        staple: None,
        client_auth: ClientAuth::None,
        tickets: 2,
        alerts: [].into(),
        closed_by: None,
        received: 1000,
        sent: 300,
        trust: None,
    };
    observation(address, Outcome::Handshake, Some(shown))
}

pub(super) fn refused(address: &str) -> Arc<Observation> {
    let kind = FailureKind::Refused;
    let failure = Failure { phase: Phase::Tcp, kind, detail: Untrusted::new("refused"), received: 0, sent: 0 };
    observation(address, Outcome::Failed(failure.into()), None)
}

fn observation(address: &str, outcome: Outcome, handshake: Option<Handshake>) -> Arc<Observation> {
    let key = AddressKey { target: TargetId(0), address: address.parse().unwrap() };
    let timings = Timings {
        tcp: Some(Duration::from_micros(300)),
        tls: handshake.as_ref().map(|_| Duration::from_micros(2100)),
        total: Duration::from_micros(2700),
        ..Timings::default()
    };
    Arc::new(Observation { key, at: NOW, outcome, timings, proxy: None, upgrade: None, handshake })
}

pub(super) fn finding() -> Finding {
    Finding {
        code: Code("tcp.partial"),
        impact: Impact::Partial,
        status: Status::Critical,
        confidence: Confidence::Certain,
        scope: Scope::Target,
        addresses: vec![BAD.parse().unwrap()],
        certificates: Vec::new(),
        summary: "1 of 2 addresses refuses connections".to_owned(),
        evidence: Evidence(vec![("refusing", BAD.to_owned()), ("answering", GOOD.to_owned())]),
        next: Next {
            text: "Start the listener on 10.0.0.2".to_owned(),
            command: Some("nc -vz 10.0.0.2 443".to_owned()),
        },
        caused_by: None,
        validity: None,
        since: NOW,
        last: NOW,
    }
}

/// The verdict on these observations, each paired with the failure before it.
pub(super) fn verdict(seen: &[(Arc<Observation>, Option<Arc<Observation>>)], findings: &[Finding]) -> Verdict {
    let visits: Vec<Visit> =
        seen.iter().map(|(last, before)| Visit { last: last.clone(), before: before.clone(), survey: None }).collect();
    verdict_of(&visits, findings)
}

/// The verdict on these visits.
pub(super) fn verdict_of(visits: &[Visit], findings: &[Finding]) -> Verdict {
    let address = |seen: &Visit| -> SocketAddr { seen.last.key.address };
    let ttl = Duration::from_mins(1);
    let resolution = Resolution {
        target: TargetId(0),
        at: NOW,
        took: Duration::from_micros(1200),
        addresses: visits.iter().map(|visit| ResolvedAddress { ip: address(visit).ip(), ttl }).collect(),
        ttl,
        failure: None,
        source: Untrusted::new("10.0.0.53"),
    };
    Verdict::of(&Examined {
        target: &target(),
        resolution: Some(&resolution),
        visits,
        findings,
        started: NOW,
        elapsed: Duration::from_micros(4250),
    })
}

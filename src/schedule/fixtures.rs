//! Targets and answers for this room's tests.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{
    AddressKey, ClientAuth, Depth, DnsFailure, Family, Handshake, Host, Labels, Observation, Outcome, Protocol,
    Resolution, ResolvedAddress, Target, TargetId, Time, Timings, TlsVersion, Untrusted,
};

pub(super) const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// A target that is probed every 30 seconds and not surveyed.
pub(super) fn target(id: u32) -> Target {
    let name: Arc<str> = format!("t{id}.example").into();
    Target {
        id: TargetId(id),
        host: Host::Name(Arc::clone(&name)),
        name,
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
        depth: Depth::Handshake,
        labels: Labels::new(),
        interval: secs(30),
        timeout: secs(5),
        survey: secs(3600),
        expect: None,
    }
}

/// The address 10.x.y.z for a number.
pub(super) fn address(number: u32) -> SocketAddr {
    SocketAddr::from(((0x0a00_0000 + number).to_be_bytes(), 443))
}

/// An answer that holds for a minute.
pub(super) fn answer(id: u32, addresses: &[SocketAddr]) -> Resolution {
    let ttl = secs(60);
    Resolution {
        target: TargetId(id),
        at: Time::default(),
        took: Duration::ZERO,
        addresses: addresses.iter().map(|address| ResolvedAddress { ip: address.ip(), ttl }).collect(),
        ttl,
        failure: None,
        source: Untrusted::new("fixture"),
    }
}

/// No answer.
pub(super) fn no_answer(id: u32) -> Resolution {
    Resolution { failure: Some(DnsFailure::TimedOut), ..answer(id, &[]) }
}

/// A handshake that completed and showed nothing.
pub(super) fn observation(id: u32, number: u32) -> Observation {
    let key = AddressKey { target: TargetId(id), address: address(number) };
    Observation {
        key,
        at: Time::default(),
        outcome: Outcome::Handshake,
        timings: Timings::default(),
        handshake: None,
        proxy: None,
        upgrade: None,
    }
}

/// A handshake of a version, without certificates.
pub(super) fn handshake(version: u16) -> Handshake {
    Handshake {
        version: Some(TlsVersion(version)),
        cipher: None,
        group: None,
        alpn: None,
        kind: None,
        signature: None,
        chain: [].into(),
        malformed: [].into(),
        staple: None,
        client_auth: ClientAuth::None,
        tickets: 0,
        alerts: [].into(),
        closed_by: None,
        received: 0,
        sent: 0,
        trust: None,
    }
}

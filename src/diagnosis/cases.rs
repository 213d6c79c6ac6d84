//! One world per code, and healthy worlds beside which each code must stay silent.

use std::sync::Arc;

use super::changes::tests::renewed;
use super::common_cause::tests::behind_one_address;
use super::commons::Common;
use super::deploy::tests::{renewed_and_not_reloaded, without_file};
use super::expect_cases;
use super::fixture::*;
use super::particular_cases;
use super::revocation_cases;
use super::skew::Skew;
use super::surveyed_cases;
use super::trust_cases;
use super::{History, Observer};
use crate::model::{
    Alert, Attempt, AttemptResult, Certificate, Change, CipherSuite, ClientAuth, Differential, DnsFailure, FailureKind,
    Handshake, Host, KeyAlgorithm, NamedGroup, Negotiation, Observation, Order, Outcome, PathRefusal, PathResult, Peer,
    Phase, PlaintextProtocol, Protocol, SignatureScheme, TlsVersion, Upgrade, VersionSuites,
};

pub(super) fn faulty() -> Vec<Case> {
    [
        local(),
        ours(),
        dns(),
        proxies(),
        tcp(),
        quic(),
        upgrades(),
        tls(),
        handshakes(),
        in_common(),
        differentials(),
        clients(),
        surveyed_cases::faulty(),
        certificates(),
        expect_cases::faulty(),
        particular_cases::faulty(),
        revocation_cases::revocations(),
        revocation_cases::staples(),
        chains(),
        trust_cases::faulty(),
        fleets(),
    ]
    .concat()
}

fn said(phase: Phase, kind: FailureKind, detail: &str) -> World {
    World::failing(crate::model::Failure { detail: untrusted(detail), ..failure(phase, kind) })
}

fn local() -> Vec<Case> {
    let skipped = observed("10.0.0.1:443", Outcome::Skipped { reason: untrusted("smtp is not built") }, None);
    let unreachable = crate::model::Failure {
        detail: untrusted("Network is unreachable (os error 101)"),
        ..failure(Phase::Tcp, FailureKind::Unreachable)
    };
    let refused = || failing("10.0.0.1:443", failure(Phase::Tcp, FailureKind::Refused));
    vec![
        (said(Phase::Tcp, FailureKind::Local, "Too many open files (os error 24)"), &["local.fd_limit"]),
        (said(Phase::Tcp, FailureKind::Local, "No buffer space available (os error 105)"), &["local.fault"]),
        (said(Phase::Tcp, FailureKind::Unreachable, "Network is unreachable (os error 101)"), &["local.no_route"]),
        // A machine without IPv6 says nothing about the target.
        (World::of(vec![healthy("10.0.0.1:443"), failing("[2001:db8::1]:443", unreachable)]), &["local.no_ipv6"]),
        (World::of(vec![skipped]), &["local.skipped"]),
        (throttled(failing("10.0.0.1:443", failure(Phase::Tls, FailureKind::Reset))), &["local.throttled"]),
        (throttled(failing("10.0.0.1:443", failure(Phase::Tcp, FailureKind::TimedOut))), &["local.throttled"]),
        (throttled(healthy("10.0.0.1:443")), &["local.throttled"]),
        // What a limit does not do is the server's own.
        (
            throttled(failing(
                "10.0.0.1:443",
                failure(Phase::Tls, FailureKind::Alert(Alert { number: 80, from: Peer::Server })),
            )),
            &["hs.internal_error"],
        ),
        // Before the survey, and long after it.
        (throttled_ago(refused(), std::time::Duration::from_secs(30)), &["tcp.refused"]),
        (throttled_ago(refused(), hours(1)), &["tcp.refused"]),
        (World::unresolved(DnsFailure::Unreachable { detail: untrusted("refused") }), &["local.dns_down"]),
    ]
}

/// An address that had enough of us a minute before it was looked at.
fn throttled(seen: Observation) -> World {
    throttled_ago(seen, hours(1) / 30)
}

fn throttled_ago(seen: Observation, ago: std::time::Duration) -> World {
    World::of(vec![seen]).surveyed(|survey| {
        survey.at = NOW - ago;
        survey.connections = 41;
        survey.throttled = Some(untrusted("connections fail after earlier ones were answered"));
    })
}

/// Worlds of which the fleet says that something is wrong on our side.
fn ours() -> Vec<Case> {
    let knowing = |world: World, change: &dyn Fn(&mut Observer)| {
        let mut world = world;
        change(&mut world.observer);
        world
    };
    let unreachable = || failing("[2001:db8::1]:443", failure(Phase::Tcp, FailureKind::Unreachable));
    let halved = || World::of(vec![healthy("10.0.0.1:443"), unreachable()]);
    let unknown = || World::serving(vec![leaf(), intermediate()], refused(PathRefusal::UnknownIssuer));
    let by = |certificate| Some(Common { certificate, name: untrusted("Proxy CA"), sites: 9 });
    let mut stranger = trusted(&[leaf(), intermediate()]);
    stranger.name_matches = false;
    let stranger = World::serving(vec![leaf(), intermediate()], stranger);
    let off = |ahead: i64| {
        move |observer: &mut Observer| {
            observer.clock = Some(Skew { ahead_ms: ahead * 3_600_000, is_exact: true, witnesses: 5 });
        }
    };
    let expired = || {
        let chain = vec![leaf().ended(days(90), hours(5)), intermediate()];
        World::serving(chain, refused(PathRefusal::Expired))
    };
    let early = || {
        let chain = vec![leaf().lasting(days(90), days(91)), intermediate()];
        World::serving(chain, refused(PathRefusal::NotYetValid))
    };
    vec![
        (knowing(halved(), &|observer| observer.no_ipv6 = Some(9)), &["local.no_ipv6"]),
        (halved(), &["tcp.family_split", "tcp.unreachable"]),
        // Four hundred time-outs of one lost route.
        (
            knowing(said(Phase::Tcp, FailureKind::TimedOut, ""), &|observer| observer.no_route = Some(400)),
            &["local.no_route", "tcp.timeout"],
        ),
        (
            knowing(said(Phase::Tcp, FailureKind::Refused, ""), &|observer| observer.no_route = Some(400)),
            &["tcp.refused"],
        ),
        (
            knowing(World::unresolved(DnsFailure::TimedOut), &|observer| {
                observer.dead_resolvers = vec![(untrusted("10.0.0.53"), 9)];
            }),
            &["local.dns_down"],
        ),
        (
            knowing(World::unresolved(DnsFailure::TimedOut), &|observer| {
                observer.dead_resolvers = vec![(untrusted("10.0.0.54"), 9)];
            }),
            &["dns.timeout"],
        ),
        (
            knowing(unknown(), &|observer| observer.interception = by(leaf().issuer_id)),
            &["local.interception", "chain.untrusted_root"],
        ),
        (knowing(unknown(), &|observer| observer.interception = by(root().subject_id)), &["chain.untrusted_root"]),
        (
            knowing(stranger.clone(), &|observer| observer.portal = by(leaf().fingerprint)),
            &["local.captive_portal", "cert.name_mismatch"],
        ),
        (knowing(stranger, &|observer| observer.portal = by(intermediate().fingerprint)), &["cert.name_mismatch"]),
        (knowing(expired(), &off(6)), &["local.clock_skew", "cert.expired"]),
        (knowing(expired(), &off(4)), &["cert.expired"]),
        (knowing(expired(), &off(-6)), &["cert.expired"]),
        (knowing(early(), &off(-25)), &["local.clock_skew", "cert.not_yet_valid"]),
        (knowing(early(), &off(-23)), &["cert.not_yet_valid"]),
        (
            knowing(unknown(), &|observer| observer.stale_tables = Some(days(200))),
            &["chain.untrusted_root", "local.store_stale"],
        ),
        (knowing(expired(), &|observer| observer.stale_tables = Some(days(200))), &["cert.expired"]),
    ]
}

fn dns() -> Vec<Case> {
    vec![
        (World::unresolved(DnsFailure::NxDomain), &["dns.nxdomain"]),
        (World::unresolved(DnsFailure::NoAddress), &["dns.no_address"]),
        (World::unresolved(DnsFailure::ServFail { detail: untrusted("SERVFAIL (DNSSEC Bogus)") }), &["dns.servfail"]),
        (World::unresolved(DnsFailure::TimedOut), &["dns.timeout"]),
        (World::unresolved(DnsFailure::Refused), &["dns.refused"]),
    ]
}

fn tcp() -> Vec<Case> {
    let fails = |address, kind| failing(address, failure(Phase::Tcp, kind));
    vec![
        (said(Phase::Tcp, FailureKind::Refused, ""), &["tcp.refused"]),
        (said(Phase::Tcp, FailureKind::TimedOut, ""), &["tcp.timeout"]),
        (said(Phase::Tcp, FailureKind::Unreachable, "No route to host (os error 113)"), &["tcp.unreachable"]),
        (said(Phase::Tls, FailureKind::Reset, ""), &["tcp.reset"]),
        // Refused everywhere is an outage, not a pattern.
        (
            World::of(vec![fails("10.0.0.1:443", FailureKind::Refused), fails("10.0.0.2:443", FailureKind::Refused)]),
            &["tcp.refused"],
        ),
        (
            World::of(vec![
                healthy("10.0.0.1:443"),
                fails("10.0.0.2:443", FailureKind::Refused),
                fails("10.0.0.3:443", FailureKind::TimedOut),
            ]),
            &["fleet.partial_outage", "tcp.partial", "tcp.refused", "tcp.timeout"],
        ),
        (
            World::of(vec![
                healthy("10.0.0.1:443"),
                healthy("10.0.0.2:443"),
                fails("[2001:db8::1]:443", FailureKind::TimedOut),
            ]),
            &["tcp.family_split", "tcp.timeout"],
        ),
    ]
}

fn quic() -> Vec<Case> {
    let refusal = FailureKind::Rejected { reply: untrusted("aborted by peer: the server refused to accept") };
    vec![
        (said(Phase::Quic, FailureKind::TimedOut, "no answer in time"), &["quic.no_answer"]),
        (said(Phase::Quic, FailureKind::Refused, "Connection refused (os error 111)"), &["quic.refused"]),
        (said(Phase::Quic, refusal, ""), &["quic.refused"]),
        (said(Phase::Quic, FailureKind::Incompatible, ""), &["quic.version"]),
        (said(Phase::Quic, FailureKind::Unreachable, "No route to host (os error 113)"), &["tcp.unreachable"]),
    ]
}

fn proxies() -> Vec<Case> {
    let reply = || untrusted("HTTP/1.1 407 Proxy Authentication Required");
    let fails = |kind| said(Phase::Proxy, kind, "10.0.0.9:3128");
    vec![
        (fails(FailureKind::Refused), &["proxy.refused"]),
        (fails(FailureKind::Rejected { reply: reply() }), &["proxy.refused"]),
        (fails(FailureKind::NotTls { first: untrusted("?") }), &["proxy.refused"]),
        (fails(FailureKind::Closed), &["proxy.refused"]),
        (fails(FailureKind::Unauthorized { reply: reply() }), &["proxy.auth"]),
        (fails(FailureKind::TimedOut), &["proxy.timeout"]),
    ]
}

/// A mail server that agreed to TLS, or did not come so far.
fn mail(phase: Phase, kind: FailureKind, received: u64, accepted: bool) -> World {
    let mut world = World::failing(crate::model::Failure { received, sent: 40, ..failure(phase, kind) });
    world.target.protocol = Protocol::Smtp;
    let upgrade = Upgrade {
        protocol: Protocol::Smtp,
        banner: Some(untrusted("220 mail.example ESMTP")),
        capabilities: vec![untrusted("STARTTLS")],
        reply: Some(untrusted("220 go ahead")),
        accepted,
        injected: None,
    };
    for node in &mut world.nodes {
        node.last = node
            .last
            .take()
            .map(|last| Observation { upgrade: Some(upgrade.clone().into()), ..(*last).clone() }.into());
    }
    world
}

fn upgrades() -> Vec<Case> {
    let plain = |protocol| FailureKind::Plaintext { protocol, first: untrusted("* OK ready") };
    let before = |kind, received| mail(Phase::Starttls, kind, received, false);
    let agreed = |kind, received| mail(Phase::Tls, kind, received, true);
    let mut injected = mail(Phase::Tls, FailureKind::Closed, 0, true);
    for node in &mut injected.nodes {
        let mut healthy = healthy("10.0.0.1:443");
        let upgrade = node.last.as_ref().and_then(|last| last.upgrade.clone());
        healthy.upgrade =
            upgrade.map(|upgrade| Upgrade { injected: Some(untrusted("RSET")), ..(*upgrade).clone() }.into());
        node.last = Some(healthy.into());
    }
    vec![
        (before(FailureKind::ImplicitTls, 0), &["starttls.wrong_mode"]),
        (before(plain(PlaintextProtocol::Imap), 10), &["starttls.wrong_mode"]),
        (before(plain(PlaintextProtocol::Ssh), 10), &["starttls.wrong_mode"]),
        // TLS was expected from the first byte.
        (said(Phase::Tls, plain(PlaintextProtocol::Smtp), ""), &["starttls.wrong_mode"]),
        (before(FailureKind::NotOffered, 90), &["starttls.not_offered"]),
        (before(FailureKind::Rejected { reply: untrusted("454 not now") }, 90), &["starttls.rejected"]),
        (before(FailureKind::Misbehaved, 90), &["starttls.broken"]),
        (before(FailureKind::NotTls { first: untrusted("?") }, 1), &["tls.not_tls"]),
        (before(FailureKind::TimedOut, 0), &["tls.no_response"]),
        (before(FailureKind::TimedOut, 30), &["tls.stalled"]),
        (before(FailureKind::Closed, 30), &["tls.closed_early"]),
        (before(FailureKind::Reset, 30), &["tls.reset_early"]),
        (agreed(FailureKind::Closed, 0), &["starttls.broken"]),
        (agreed(FailureKind::Reset, 0), &["starttls.broken"]),
        (agreed(FailureKind::TimedOut, 0), &["starttls.broken"]),
        (agreed(plain(PlaintextProtocol::Smtp), 10), &["starttls.broken"]),
        (agreed(FailureKind::NotTls { first: untrusted("?") }, 1), &["starttls.broken"]),
        // TLS began: its own faults have their own names.
        (agreed(FailureKind::Alert(Alert { number: 80, from: Peer::Server }), 7), &["hs.internal_error"]),
        (agreed(FailureKind::TimedOut, 90), &["tls.stalled"]),
        (injected, &["starttls.injected"]),
    ]
}

fn tls() -> Vec<Case> {
    let mut slow = healthy("10.0.0.1:443");
    slow.timings.tls = Some(hours(1) / 3600 * 3 / 2);
    let after =
        |kind, received| World::failing(crate::model::Failure { received, sent: 1800, ..failure(Phase::Tls, kind) });
    let http = FailureKind::Plaintext { protocol: PlaintextProtocol::Http, first: untrusted("HTTP/1.1 400") };
    vec![
        (after(http, 12), &["tls.plaintext_peer"]),
        (after(FailureKind::NotTls { first: untrusted("\u{1}\u{2}") }, 2), &["tls.not_tls"]),
        (after(FailureKind::TimedOut, 0), &["tls.no_response"]),
        (after(FailureKind::TimedOut, 90), &["tls.stalled"]),
        (after(FailureKind::Closed, 0), &["tls.closed_early"]),
        (after(FailureKind::Closed, 90), &["tls.closed_early"]),
        (after(FailureKind::Reset, 0), &["tls.reset_early"]),
        (after(FailureKind::Reset, 90), &["tls.reset_early"]),
        (World::of(vec![slow]), &["tls.slow"]),
    ]
}

fn alert(number: u8, from: Peer) -> World {
    said(Phase::Tls, FailureKind::Alert(Alert { number, from }), "")
}

/// A server that asked for a client certificate, and what it did then.
fn asking(version: u16, phase: Phase, kind: FailureKind) -> World {
    let client_auth = ClientAuth::Requested { authorities: vec![untrusted("CN=Corp CA")], presented: None };
    let chain = vec![leaf(), intermediate()];
    let trust = trusted(&chain);
    let handshake = Handshake { client_auth, version: Some(TlsVersion(version)), ..handshake(chain, trust) };
    World::of(vec![observed("10.0.0.1:443", Outcome::Failed(failure(phase, kind).into()), Some(handshake))])
}

/// A server that was shown this client certificate, and what it did then.
fn showing(ours: Certificate, phase: Phase, kind: FailureKind) -> World {
    let presented = Some(std::sync::Arc::new(ours));
    let client_auth = ClientAuth::Requested { authorities: vec![untrusted("CN=Corp CA")], presented };
    let chain = vec![leaf(), intermediate()];
    let trust = trusted(&chain);
    let handshake = Handshake { client_auth, ..handshake(chain, trust) };
    World::of(vec![observed("10.0.0.1:443", Outcome::Failed(failure(phase, kind).into()), Some(handshake))])
}

fn clients() -> Vec<Case> {
    let server = |number| FailureKind::Alert(Alert { number, from: Peer::Server });
    let ours = || Certificate { extended_key_usage: vec!["clientAuth".to_owned()], ..certificate("robot", "Corp CA") };
    let refused = |ours, number| showing(ours, Phase::Read, server(number));
    let mut optional = healthy("10.0.0.1:443");
    let asks = Handshake {
        client_auth: ClientAuth::Requested { authorities: Vec::new(), presented: None },
        ..optional.handshake.as_ref().unwrap().clone()
    };
    optional.handshake = Some(asks);
    vec![
        (refused(ours(), 48), &["mtls.rejected"]),
        (refused(ours(), 42), &["mtls.rejected"]),
        (refused(ours(), 49), &["mtls.rejected"]),
        (refused(ours(), 116), &["mtls.rejected"]),
        (showing(ours(), Phase::Read, FailureKind::Closed), &["mtls.rejected"]),
        (refused(ours(), 45), &["mtls.client_expired"]),
        (refused(ours().ended(days(90), hours(5)), 42), &["mtls.client_expired"]),
        (refused(ours(), 44), &["mtls.client_revoked"]),
        (refused(ours(), 51), &["mtls.client_key_mismatch"]),
        (refused(leaf(), 43), &["mtls.client_no_eku"]),
        // Broken for another reason.
        (refused(ours(), 80), &["hs.internal_error"]),
        (World::of(vec![optional]), &["mtls.optional"]),
    ]
}

fn handshakes() -> Vec<Case> {
    let server = |number| FailureKind::Alert(Alert { number, from: Peer::Server });
    let mut literal = alert(112, Peer::Server);
    literal.target.host = Host::Ip("10.0.0.1".parse().unwrap());
    let incompatible = |detail| said(Phase::Tls, FailureKind::Incompatible, detail);
    vec![
        (asking(0x0304, Phase::Read, server(116)), &["mtls.required"]),
        (asking(0x0303, Phase::Tls, server(40)), &["mtls.required"]),
        (asking(0x0303, Phase::Tls, server(42)), &["mtls.required"]),
        (asking(0x0303, Phase::Tls, FailureKind::Closed), &["mtls.required"]),
        // Asked for a certificate, but broke for another reason.
        (asking(0x0303, Phase::Tls, server(80)), &["hs.internal_error"]),
        (alert(70, Peer::Server), &["hs.protocol_version"]),
        (incompatible("ServerDoesNotSupportTls12Or13"), &["hs.protocol_version"]),
        (alert(40, Peer::Server), &["hs.no_shared_cipher"]),
        (alert(71, Peer::Server), &["hs.no_shared_cipher"]),
        (incompatible("SelectedUnusableCipherSuiteForVersion"), &["hs.no_shared_cipher"]),
        (incompatible("SelectedUnofferedApplicationProtocol"), &["hs.alpn_mismatch"]),
        (incompatible("SelectedUnofferedPsk"), &["hs.protocol_violation"]),
        (incompatible("NoKxGroupsInCommon"), &["hs.no_shared_group"]),
        (incompatible("NoCertificateRequestSignatureSchemesInCommon"), &["hs.no_shared_sigalg"]),
        (alert(112, Peer::Server), &["hs.sni_unrecognized"]),
        (literal, &["hs.sni_required"]),
        (alert(120, Peer::Server), &["hs.alpn_mismatch"]),
        (alert(80, Peer::Server), &["hs.internal_error"]),
        (alert(50, Peer::Us), &["hs.decode_error"]),
        (alert(47, Peer::Us), &["hs.protocol_violation"]),
        (alert(47, Peer::Server), &["hs.alert"]),
        (alert(49, Peer::Server), &["hs.alert"]),
        (alert(0, Peer::Server), &["tls.closed_early"]),
        (said(Phase::Tls, FailureKind::Misbehaved, "peer misbehaved: TooMuchEarlyData"), &["hs.protocol_violation"]),
        (said(Phase::Tls, FailureKind::Misbehaved, "received corrupt message of type Handshake"), &["hs.decode_error"]),
    ]
}

/// A failure, and the attempts that were made about it: an unchanged one, then `change`.
fn varied(kind: &FailureKind, change: &Change, flips: bool) -> World {
    differing(kind, kind, change, flips)
}

fn differing(now: &FailureKind, then: &FailureKind, change: &Change, flips: bool) -> World {
    let world = World::failing(crate::model::Failure { sent: 1502, ..failure(Phase::Tls, now.clone()) });
    world.surveyed(|survey| {
        let failed = || AttemptResult::Failed(untrusted("closed"));
        let unchanged = Attempt { change: Change::None, hello: 1502, result: failed() };
        let result = if flips { AttemptResult::Handshake } else { failed() };
        let changed = Attempt { change: change.clone(), hello: 265, result };
        let unstable = flips && *change == Change::None;
        let attempts = vec![unchanged, changed];
        let flips = (flips && !unstable).then(|| change.clone());
        survey.differential = Some(Differential { failure: then.clone(), attempts, flips, unstable });
    })
}

/// TLS 1.2 works, TLS 1.3 fails for want of a signature scheme.
fn missing_scheme() -> World {
    let mut world = varied(&FailureKind::Incompatible, &Change::Tls12Only, true);
    for last in world.nodes.iter_mut().filter_map(|node| node.last.as_mut()) {
        if let Outcome::Failed(failure) = &mut Arc::make_mut(last).outcome {
            failure.detail = untrusted("NoCertificateRequestSignatureSchemesInCommon");
        }
    }
    world
}

fn accepting(groups: &[u16], legacy: &[u16]) -> World {
    let groups_of = |numbers: &[u16]| numbers.iter().copied().map(NamedGroup).collect();
    World::of(vec![healthy("10.0.0.1:443")]).surveyed(|survey| {
        let (groups, legacy_groups) = (groups_of(groups), groups_of(legacy));
        survey.negotiation = Some(Negotiation { groups, legacy_groups, ..Negotiation::default() });
    })
}

/// A server that refuses our hello, and accepts that of others: suites of one version, its groups and its schemes.
fn refusing_but(version: TlsVersion, suites: &[u32], groups: &[u16], schemes: &[u16]) -> World {
    let alert = FailureKind::Alert(Alert { number: 40, from: Peer::Server });
    let world = varied(&alert, &Change::NoAlpn, false);
    let differential = world.nodes[0].survey.as_ref().and_then(|survey| survey.differential.clone());
    world.surveyed(|survey| {
        survey.differential.clone_from(&differential);
        let suites = suites.iter().copied().map(CipherSuite).collect();
        let groups: Vec<_> = groups.iter().copied().map(NamedGroup).collect();
        survey.negotiation = Some(Negotiation {
            suites: vec![VersionSuites { version, suites, order: Order::Unknown, complete: true }],
            groups: if version == TlsVersion::TLS13 { groups.clone() } else { Vec::new() },
            legacy_groups: if version == TlsVersion::TLS13 { Vec::new() } else { groups },
            signature_schemes: schemes.iter().copied().map(SignatureScheme).collect(),
            ..Negotiation::default()
        });
    })
}

/// What is not shared, by hellos of other kinds.
fn in_common() -> Vec<Case> {
    const ECDHE: u32 = 0xC02F;
    const CAMELLIA: u32 = 0xC076;
    const AES: u32 = 0x1301;
    vec![
        (refusing_but(TlsVersion::TLS12, &[CAMELLIA], &[0x001D], &[0x0804]), &["hs.no_shared_cipher", "cfg.cbc_only"]),
        (refusing_but(TlsVersion::TLS12, &[ECDHE], &[0x000E], &[0x0804]), &["hs.no_shared_group"]),
        (refusing_but(TlsVersion::TLS12, &[ECDHE], &[0x000E, 0x0017], &[0x0804]), &["hs.no_shared_cipher"]),
        (refusing_but(TlsVersion::TLS13, &[AES], &[0x001E, 0x0101], &[]), &["hs.no_shared_group", "cfg.no_pq"]),
        (refusing_but(TlsVersion::TLS13, &[AES], &[0x001E, 0x11EC], &[]), &["hs.no_shared_cipher"]),
        (refusing_but(TlsVersion::TLS13, &[AES], &[], &[]), &["hs.no_shared_cipher"]),
        (refusing_but(TlsVersion::TLS12, &[ECDHE], &[0x0017], &[0x0301]), &["hs.no_shared_sigalg"]),
        (refusing_but(TlsVersion::TLS12, &[ECDHE], &[0x0017], &[0x0301, 0x0401]), &["hs.no_shared_cipher"]),
    ]
}

fn differentials() -> Vec<Case> {
    let alert = |number| FailureKind::Alert(Alert { number, from: Peer::Server });
    let family = Change::OtherFamily(at("[2001:db8::1]:443"));
    let unnamed = Change::OtherName { sent: None };
    let named = Change::OtherName { sent: Some(untrusted("shop.example")) };
    let mut literal = varied(&FailureKind::Closed, &named, true);
    literal.target.host = Host::Ip("10.0.0.1".parse().unwrap());
    let mut beside = accepting(&[0x11EC], &[]);
    beside.nodes.extend(World::of(vec![healthy("10.0.0.2:443")]).nodes);
    vec![
        (varied(&FailureKind::Closed, &Change::ClassicalGroups, true), &["hs.pq_intolerant"]),
        (varied(&FailureKind::TimedOut, &Change::SmallHello, true), &["hs.pq_intolerant"]),
        (varied(&alert(70), &Change::Tls12Only, true), &["hs.tls13_intolerant"]),
        (varied(&FailureKind::Reset, &Change::Tls12Only, true), &["hs.tls13_intolerant"]),
        (varied(&alert(40), &unnamed, true), &["hs.sni_unrecognized"]),
        (literal, &["hs.sni_required"]),
        (varied(&alert(40), &Change::NoAlpn, true), &["hs.alpn_mismatch"]),
        (varied(&FailureKind::Closed, &Change::None, true), &["hs.intermittent"]),
        // An end is an end, however it came.
        (differing(&FailureKind::Reset, &FailureKind::Closed, &Change::Tls12Only, true), &["hs.tls13_intolerant"]),
        (accepting(&[0x11EC, 0x11EB], &[]), &["hs.pq_only"]),
        (beside, &["hs.pq_only"]),
        // What is missing is missing, though another version does without.
        (missing_scheme(), &["hs.no_shared_sigalg"]),
        // What explains nothing changes nothing.
        (varied(&FailureKind::Closed, &Change::SmallHello, false), &["tls.closed_early"]),
        (varied(&FailureKind::Closed, &family, true), &["tls.closed_early"]),
        (varied(&alert(70), &Change::Tls12Only, false), &["hs.protocol_version"]),
        // The attempts were made about another failure.
        (differing(&alert(80), &FailureKind::Closed, &Change::Tls12Only, true), &["hs.internal_error"]),
        (differing(&alert(80), &alert(70), &Change::Tls12Only, true), &["hs.internal_error"]),
    ]
}

/// A leaf changed in one way, sent with its intermediate and trusted.
fn with(change: impl FnOnce(&mut crate::model::Certificate)) -> World {
    let mut leaf = leaf();
    change(&mut leaf);
    World::of(vec![serving("10.0.0.1:443", vec![leaf, intermediate()])])
}

fn certificates() -> Vec<Case> {
    let refused_chain = |leaf, reason| World::serving(vec![leaf, intermediate()], refused(reason));
    let mut stranger = trusted(&[leaf(), intermediate()]);
    stranger.name_matches = false;
    let mut unproved = trusted(&[leaf(), intermediate()]);
    unproved.signature_valid = false;
    let mut own = leaf();
    own.self_signed = true;
    let mut authority = leaf();
    authority.is_ca = Some(true);
    let mut broken = handshake(vec![intermediate()], refused(PathRefusal::Malformed));
    broken.malformed = [(0, untrusted("bad tag"))].into();
    vec![
        (refused_chain(leaf().ended(days(90), hours(5)), PathRefusal::Expired), &["cert.expired"]),
        (refused_chain(leaf().lasting(days(90), days(91)), PathRefusal::NotYetValid), &["cert.not_yet_valid"]),
        (with(|leaf| *leaf = leaf.clone().lasting(days(90), hours(20))), &["cert.expiring"]),
        (with(|leaf| *leaf = leaf.clone().lasting(days(90), days(25))), &["cert.renewal_overdue"]),
        (World::serving(vec![leaf(), intermediate()], stranger), &["cert.name_mismatch"]),
        (World::serving(vec![leaf(), intermediate()], unproved), &["hs.key_not_proved"]),
        (World::serving(vec![own], refused(PathRefusal::UnknownIssuer)), &["cert.self_signed"]),
        (refused_chain(authority, PathRefusal::CaConstraint), &["cert.ca_as_leaf"]),
        (refused_chain(leaf(), PathRefusal::ExtendedKeyUsage), &["cert.eku_missing"]),
        (
            with(|leaf| {
                leaf.key.algorithm = KeyAlgorithm::Rsa;
                leaf.key.bits = 1024;
            }),
            &["cert.weak_key"],
        ),
        (with(|leaf| leaf.key.algorithm = KeyAlgorithm::Dsa), &["cert.weak_key"]),
        (with(|leaf| leaf.key.bits = 192), &["cert.weak_key"]),
        (with(|leaf| leaf.signature.weak = true), &["cert.weak_signature"]),
        (World::of(vec![observed("10.0.0.1:443", Outcome::Handshake, Some(broken))]), &["cert.malformed"]),
    ]
}

fn chains() -> Vec<Case> {
    let completed = report(PathResult::Refused {
        reason: PathRefusal::UnknownIssuer,
        detail: untrusted("UnknownIssuer"),
        valid_at_another_time: false,
        completed_by: Some(intermediate().fingerprint),
    });
    let sent = |reason| World::serving(vec![leaf(), intermediate()], refused(reason));
    let old = intermediate().ended(days(1800), days(2));
    let policy = certificate("Example CA R11", "Example Policy CA").lasting(days(1800), days(900));
    let above = certificate("Example Policy CA", "Example Root").lasting(days(1800), days(900));
    let mut weak = leaf();
    weak.signature.weak = true;
    vec![
        (World::serving(vec![leaf()], completed), &["chain.missing_intermediate"]),
        (World::serving(vec![leaf()], refused(PathRefusal::UnknownIssuer)), &["chain.missing_intermediate"]),
        (sent(PathRefusal::UnknownIssuer), &["chain.untrusted_root"]),
        (
            World::serving(vec![leaf(), intermediate(), root()], refused(PathRefusal::UnknownIssuer)),
            &["chain.untrusted_root"],
        ),
        (World::serving(vec![leaf(), old.clone()], refused(PathRefusal::Expired)), &["chain.intermediate_expired"]),
        // Where the verifier only says that it knows no issuer, the dates still tell.
        (
            World::serving(vec![leaf(), old], refused(PathRefusal::UnknownIssuer)),
            &["chain.intermediate_expired", "chain.untrusted_root"],
        ),
        (
            World::of(vec![serving("10.0.0.1:443", vec![leaf(), intermediate().lasting(days(1800), days(10))])]),
            &["chain.intermediate_expiring"],
        ),
        (World::of(vec![serving("10.0.0.1:443", vec![leaf(), above, policy])]), &["chain.wrong_order"]),
        (sent(PathRefusal::CaConstraint), &["chain.not_a_ca"]),
        (sent(PathRefusal::PathLength), &["chain.path_length"]),
        (sent(PathRefusal::NameConstraint), &["chain.name_constraint"]),
        (sent(PathRefusal::BadSignature), &["chain.rejected"]),
        (
            World::serving(vec![weak, intermediate()], refused(PathRefusal::UnsupportedAlgorithm)),
            &["cert.weak_signature", "chain.rejected"],
        ),
    ]
}

fn fleets() -> Vec<Case> {
    let expired = || {
        let chain = vec![leaf().ended(days(90), hours(3)), intermediate()];
        handshake(chain, refused(PathRefusal::Expired))
    };
    let stale = |address| observed(address, Outcome::Handshake, Some(expired()));
    let old = serving("10.0.0.3:443", vec![leaf().lasting(days(90), days(35)), intermediate()]);
    let mut sibling = leaf();
    sibling.fingerprint = crate::model::Fingerprint::of(b"sibling");
    sibling.key.algorithm = KeyAlgorithm::Ed25519;
    let mut older = handshake(vec![leaf(), intermediate()], trusted(&[leaf(), intermediate()]));
    older.version = Some(crate::model::TlsVersion(0x0303));
    let old_version = observed("10.0.0.3:443", Outcome::Handshake, Some(older));
    vec![
        (
            World::of(vec![
                healthy("10.0.0.1:443"),
                healthy("10.0.0.2:443"),
                stale("10.0.0.3:443"),
                stale("10.0.0.4:443"),
            ]),
            &["fleet.stale_node", "cert.expired"],
        ),
        (World::of(vec![healthy("10.0.0.1:443"), healthy("10.0.0.2:443"), old]), &["fleet.stale_node"]),
        (
            World::of(vec![
                healthy("10.0.0.1:443"),
                failing("10.0.0.2:443", failure(Phase::Tcp, FailureKind::Refused)),
            ]),
            &["fleet.partial_outage", "tcp.refused"],
        ),
        (
            World::of(vec![healthy("10.0.0.1:443"), serving("10.0.0.2:443", vec![sibling, intermediate()])]),
            &["fleet.mixed_certificates"],
        ),
        (World::of(vec![healthy("10.0.0.1:443"), healthy("10.0.0.2:443"), old_version]), &["fleet.config_drift"]),
        (behind_one_address(), &["fleet.common_cause", "tcp.timeout"]),
        (renewed(&[Some(12)]), &["change.recent"]),
        (renewed_and_not_reloaded(26 * 60), &["deploy.not_reloaded"]),
        (renewed_and_not_reloaded(5), &["deploy.converging"]),
        (without_file(), &["file.broken_reference"]),
        (renewed(&[Some(3), None]), &["deploy.converging", "change.recent"]),
        (renewed(&[Some(9), Some(2)]), &["deploy.converged", "change.recent"]),
        (renewed(&[Some(20), None]), &["fleet.stale_node", "change.recent"]),
        (over_time(turns(3)), &["fleet.flapping"]),
        (over_time(History { in_handshake: 3, ..turns(3) }), &["hs.intermittent"]),
        (over_time(History { changes: 3, ..History::default() }), &["fleet.lb_mixed"]),
    ]
}

/// A healthy address with a past.
fn over_time(history: History) -> World {
    let mut world = World::of(vec![healthy("10.0.0.1:443")]);
    world.nodes[0].history = Some(history);
    world
}

fn turns(failures: u8) -> History {
    History { probes: 30, failures, turns: 2 * failures, ..History::default() }
}

/// Worlds in which nothing is to be found.
pub(super) fn sound() -> Vec<(&'static str, World)> {
    let life = |lifetime, left| with(|leaf| *leaf = leaf.clone().lasting(lifetime, left));
    let past = |failures, changes| over_time(History { changes, ..turns(failures) });
    let mut nothing = World::of(Vec::new());
    let address = at("10.0.0.1:443");
    nothing.nodes.push(Node { address, last: None, last_seen: None, survey: None, changes: None, history: None });
    let mut no_stores = trusted(&[leaf()]);
    no_stores.stores.clear();
    let worlds = vec![
        ("healthy", World::of(vec![healthy("10.0.0.1:443"), healthy("[2001:db8::1]:443")])),
        ("six days, four left", life(hours(160), days(4))),
        ("47 days, 16 left", life(days(47), days(16))),
        ("398 days to the second, 40 left", life(whole_days(398), days(40))),
        ("ten years, one left", life(days(3650), days(365))),
        ("90 days, 29 left", life(days(90), days(29))),
        ("never probed", nothing),
        ("one outage", past(1, 0)),
        ("renewed and taken back", past(0, 2)),
        ("RSA 2048", with(|leaf| (leaf.key.algorithm, leaf.key.bits) = (KeyAlgorithm::Rsa, 2048))),
        ("EC 224", with(|leaf| leaf.key.bits = 224)),
        ("size unknown", with(|leaf| leaf.key.bits = 0)),
        ("no trust store", World::serving(vec![leaf()], no_stores)),
        ("post-quantum groups beside others", accepting(&[0x11EC, 0x001D], &[])),
        ("post-quantum groups beside TLS 1.2", accepting(&[0x11EC], &[0x001D])),
        ("groups not known", accepting(&[], &[])),
    ];
    [
        worlds,
        particular_cases::sound(),
        revocation_cases::unrevoked(),
        surveyed_cases::sound(),
        trust_cases::sound(),
        expect_cases::sound(),
    ]
    .concat()
}

//! Worlds in which a survey shows what one handshake does not.

use std::time::Duration;

use super::fixture::*;
use super::skew::Skew;
use crate::model::{
    AlpnAnswer, Answer, CaaRecord, CipherSuite, DhParameters, DnsRecords, Hsts, HttpAnswer, HttpFailureKind,
    NamedGroup, Negotiation, Order, QuicAnswer, RecordAnswer, Resumption, Served, ServedAnswer, ServedTo, Sessions,
    Survey, TlsVersion, TlsaRecord, VersionAnswer, VersionSuites,
};

pub(super) fn faulty() -> Vec<Case> {
    [responses(), records(), negotiations(), habits(), over_quic()].concat()
}

pub(super) fn sound() -> Vec<(&'static str, World)> {
    [sound_responses(), sound_records(), sound_negotiations(), sound_habits(), sound_over_quic()].concat()
}

fn healthy_world() -> World {
    World::of(vec![healthy("10.0.0.1:443")])
}

/// A healthy address, and the HTTP response behind it.
fn answering(change: impl Fn(&mut HttpAnswer)) -> World {
    healthy_world().surveyed(|survey| {
        let mut answer = HttpAnswer {
            status: Some(200),
            failure: None,
            first_byte: Some(Duration::from_millis(20)),
            hsts: Some(Hsts { max_age: 31_536_000, include_subdomains: true, preload: false }),
            date: Some(NOW),
            ..HttpAnswer::failed(HttpFailureKind::Silent, untrusted(""), NOW)
        };
        change(&mut answer);
        survey.http = Some(answer);
    })
}

/// A server that selects this protocol, and has no response behind the handshake.
fn unanswered(kind: HttpFailureKind, selected: &str) -> World {
    unanswered_until(kind, selected, None)
}

/// The same, which may have had enough of us before.
fn unanswered_until(kind: HttpFailureKind, selected: &str, throttled: Option<&str>) -> World {
    healthy_world().surveyed(|survey| {
        let selected = Some(untrusted(selected));
        survey.alpn = vec![AlpnAnswer { offered: Some("http/1.1".into()), selected, answer: Answer::Accepted }];
        survey.http = Some(HttpAnswer::failed(kind, untrusted("as it happened"), NOW));
        survey.throttled = throttled.map(untrusted);
    })
}

/// The server's clock is so far off, seen through a response that took this long.
fn clock_off_by(seconds: i64, first_byte: Duration) -> World {
    answering(|answer| {
        answer.date = Some(crate::model::Time::from_secs(NOW.secs() + seconds));
        answer.first_byte = Some(first_byte);
    })
}

const QUICK: Duration = Duration::from_millis(20);
const SLOW: Duration = Duration::from_secs(8);

/// The same, where others of the fleet show how far ahead our own clock is.
fn beside_others(mut world: World, ours_ahead: i64, is_exact: bool) -> World {
    world.observer.clock = Some(Skew { ahead_ms: ours_ahead * 1000, is_exact, witnesses: 5 });
    world
}

fn responses() -> Vec<Case> {
    vec![
        (beside_others(clock_off_by(-7200, QUICK), 7200, true), &["local.clock_skew", "server.clock_skew"]),
        (beside_others(clock_off_by(7200, QUICK), -7200, true), &["local.clock_skew", "server.clock_skew"]),
        (beside_others(clock_off_by(-7200, QUICK), 3600, true), &["server.clock_skew"]),
        (beside_others(clock_off_by(-7200, QUICK), 7200, false), &["server.clock_skew"]),
        (answering(|answer| answer.status = Some(500)), &["http.error"]),
        (answering(|answer| answer.status = Some(503)), &["http.error"]),
        (answering(|answer| (answer.status, answer.hsts) = (Some(521), None)), &["http.error"]),
        (unanswered(HttpFailureKind::Silent, "http/1.1"), &["http.no_response"]),
        (unanswered(HttpFailureKind::Ended, "http/1.1"), &["http.no_response"]),
        (unanswered(HttpFailureKind::Foreign, "http/1.1"), &["http.no_response"]),
        (unanswered(HttpFailureKind::Malformed, "http/1.1"), &["http.no_response"]),
        // Who has had enough of us may turn away this request, too.
        (unanswered_until(HttpFailureKind::Ended, "http/1.1", Some("resets after 40")), &["local.throttled"]),
        (clock_off_by(-7200, QUICK), &["server.clock_skew"]),
        (clock_off_by(7200, QUICK), &["server.clock_skew"]),
        (clock_off_by(63, SLOW), &["server.clock_skew"]),
        (answering(|answer| answer.hsts = None), &["cfg.hsts_missing"]),
        (answering(|answer| (answer.hsts, answer.status) = (None, Some(301))), &["cfg.hsts_missing"]),
        (answering(|answer| answer.hsts.as_mut().unwrap().max_age = 0), &["cfg.hsts_missing"]),
        (answering(|answer| answer.hsts.as_mut().unwrap().max_age = 86_400), &["cfg.hsts_short"]),
        (answering(|answer| answer.hsts.as_mut().unwrap().max_age = 15_551_999), &["cfg.hsts_short"]),
    ]
}

fn sound_responses() -> Vec<(&'static str, World)> {
    let mut literal = answering(|answer| answer.hsts = None);
    literal.target.host = crate::model::Host::Ip("10.0.0.1".parse().unwrap());
    let mut failed_since = answering(|answer| answer.status = Some(503));
    failed_since.nodes[0].last = None;
    vec![
        ("a response in order", answering(|_| ())),
        ("HEAD is not known", answering(|answer| (answer.status, answer.hsts) = (Some(501), None))),
        ("HEAD is not allowed", answering(|answer| (answer.status, answer.hsts) = (Some(405), None))),
        ("a page that needs a login", answering(|answer| (answer.status, answer.hsts) = (Some(401), None))),
        ("a request that was never sent", unanswered(HttpFailureKind::Unasked, "http/1.1")),
        ("no response of who speaks HTTP/2 only", unanswered(HttpFailureKind::Ended, "h2")),
        ("held by a cache", answering(|answer| (answer.date, answer.age) = (Some(NOW - hours(2)), Some(hours(2))))),
        ("no date", answering(|answer| answer.date = None)),
        ("a minute off", clock_off_by(-59, QUICK)),
        ("off by less than can be told", clock_off_by(-63, SLOW)),
        ("half a year of HSTS", answering(|answer| answer.hsts.as_mut().unwrap().max_age = 15_552_000)),
        ("no HSTS for a literal", literal),
        ("a response of one never probed since", failed_since),
    ]
}

fn record_answer<T>(owner: &str, records: Vec<T>) -> RecordAnswer<T> {
    RecordAnswer { owner: untrusted(owner), records, authenticated: true, failure: None }
}

/// A TLSA record by how it agrees with what is served.
const fn tlsa(usage: u8, matches: Option<bool>) -> TlsaRecord {
    TlsaRecord { usage, selector: 1, matching: 1, data: String::new(), matches }
}

/// `!` marks a property that issuers must understand.
fn caa(tag: &str, value: &str) -> CaaRecord {
    CaaRecord { critical: tag.starts_with('!'), tag: untrusted(tag.trim_start_matches('!')), value: untrusted(value) }
}

/// A healthy address whose name has these records.
fn recorded(change: impl Fn(&mut DnsRecords)) -> World {
    healthy_world().surveyed(|survey| {
        let mut records = DnsRecords {
            caa: record_answer("shop.example", Vec::new()),
            tlsa: record_answer("_443._tcp.shop.example", Vec::new()),
            https: record_answer("shop.example", Vec::new()),
        };
        change(&mut records);
        survey.records = Some(records.into());
    })
}

fn associated(records: &'static [TlsaRecord], authenticated: bool) -> World {
    recorded(|found| {
        found.tlsa.records = records.to_vec();
        found.tlsa.authenticated = authenticated;
    })
}

/// The leaf is issued by the organisation, for these names, and DNS says this of who may.
fn issued(organisation: &str, name: &str, records: &[(&str, &str)]) -> World {
    let mut leaf = leaf();
    leaf.issuer = untrusted(&format!("C=US, O={organisation}, CN=R11"));
    leaf.sans = vec![crate::model::San::Dns(untrusted(name))];
    let world = World::of(vec![serving("10.0.0.1:443", vec![leaf, intermediate()])]);
    let found = recorded(|found| found.caa.records = records.iter().map(|(tag, value)| caa(tag, value)).collect());
    world.surveyed(|survey| survey.records.clone_from(&found.nodes[0].survey.as_ref().unwrap().records))
}

const LETS: &str = "Let's Encrypt";
const EXACT: &str = "shop.example";
const WILD: &str = "*.example";

fn records() -> Vec<Case> {
    const NONE: &[TlsaRecord] = &[tlsa(3, Some(false)), tlsa(2, Some(false))];
    const ODD: &[TlsaRecord] = &[tlsa(3, Some(false)), tlsa(7, None)];
    vec![
        (associated(NONE, true), &["dns.tlsa_mismatch"]),
        (associated(ODD, true), &["dns.tlsa_mismatch"]),
        (issued(LETS, EXACT, &[("issue", "digicert.com")]), &["dns.caa_mismatch"]),
        (issued(LETS, EXACT, &[("issue", ";")]), &["dns.caa_mismatch"]),
        (issued("DigiCert Inc", EXACT, &[("issue", "letsencrypt.org"), ("issue", "pki.goog")]), &["dns.caa_mismatch"]),
        (issued(LETS, WILD, &[("issue", "letsencrypt.org"), ("issuewild", ";")]), &["dns.caa_mismatch"]),
        (issued(LETS, EXACT, &[("issue", "letsencrypt.org"), ("!future", "")]), &["dns.caa_mismatch"]),
    ]
}

fn sound_records() -> Vec<(&'static str, World)> {
    const ONE: &[TlsaRecord] = &[tlsa(3, Some(false)), tlsa(3, Some(true))];
    const NONE: &[TlsaRecord] = &[tlsa(3, Some(false))];
    const UNTOLD: &[TlsaRecord] = &[tlsa(3, Some(false)), tlsa(0, None)];
    const UNUSABLE: &[TlsaRecord] = &[tlsa(200, None)];
    let known = "letsencrypt.org; validationmethods=dns-01";
    vec![
        ("no records", recorded(|_| ())),
        ("one of the TLSA records agrees", associated(ONE, true)),
        ("TLSA without DNSSEC", associated(NONE, false)),
        ("TLSA of a root that is not sent", associated(UNTOLD, true)),
        ("TLSA of no assigned usage", associated(UNUSABLE, true)),
        ("the issuer may issue", issued(LETS, EXACT, &[("issue", "digicert.com"), ("issue", known)])),
        ("who may issue is spelled otherwise", issued(LETS, EXACT, &[("issue", " LetsEncrypt.ORG. ")])),
        ("CAA without a word on issuing", issued(LETS, EXACT, &[("iodef", "mailto:pki@shop.example")])),
        ("an issuer whose CAA names are not known", issued("Corp", EXACT, &[("issue", "digicert.com")])),
        ("an issuer that has it in another attribute", issued("Corp O=Let's Encrypt", EXACT, &[("issue", ";")])),
        ("wildcards have their own", issued(LETS, WILD, &[("issue", ";"), ("issuewild", "letsencrypt.org")])),
        ("nothing of wildcards", issued(LETS, WILD, &[("issue", "letsencrypt.org")])),
        ("issuewild does not count", issued(LETS, EXACT, &[("issuewild", ";")])),
    ]
}

/// A current server's willingness.
fn modern() -> Negotiation {
    let mut negotiation = Negotiation {
        groups: vec![NamedGroup(0x11EC), NamedGroup(0x001D)],
        legacy_groups: vec![NamedGroup(0x001D)],
        dh: Some(DhParameters { bits: 2048, known_as: None }),
        ..Negotiation::default()
    };
    for version in [0x0002, 0x0300, 0x0301, 0x0302] {
        negotiation.versions.push(answer(version, false));
    }
    for version in [0x0303, 0x0304] {
        negotiation.versions.push(answer(version, true));
    }
    negotiation.suites = vec![suites(0x0303, &[0xC02F, 0xC013]), suites(0x0304, &[0x1301])];
    negotiation.features.compression = Some(false);
    negotiation.features.secure_renegotiation = Some(true);
    negotiation
}

fn answer(version: u16, accepted: bool) -> VersionAnswer {
    let answer = if accepted { Answer::Accepted } else { Answer::Refused(untrusted("alert protocol_version (70)")) };
    VersionAnswer { version: TlsVersion(version), answer }
}

fn suites(version: u16, suites: &[u32]) -> VersionSuites {
    let suites = suites.iter().copied().map(CipherSuite).collect();
    VersionSuites { version: TlsVersion(version), suites, order: Order::Server, complete: true }
}

fn negotiating(change: impl Fn(&mut Negotiation)) -> World {
    healthy_world().surveyed(|survey| {
        let mut negotiation = modern();
        change(&mut negotiation);
        survey.negotiation = Some(negotiation);
    })
}

/// Accepts this version, too, or not any more.
fn set(negotiation: &mut Negotiation, version: u16, accepted: bool) {
    negotiation.versions.retain(|other| other.version.0 != version);
    negotiation.versions.push(answer(version, accepted));
    negotiation.versions.sort_by_key(|answer| answer.version);
}

/// Accepts this suite of TLS 1.2, too.
fn also(suite: u32) -> World {
    negotiating(|negotiation| negotiation.suites[0].suites.push(CipherSuite(suite)))
}

/// TLS 1.2 with these suites, and nothing newer.
fn only12(negotiation: &mut Negotiation, accepted: &[u32]) {
    set(negotiation, 0x0304, false);
    negotiation.groups.clear();
    negotiation.suites = vec![suites(0x0303, accepted)];
}

fn legacy_only(negotiation: &mut Negotiation) {
    only12(negotiation, &[]);
    set(negotiation, 0x0303, false);
    set(negotiation, 0x0301, true);
    negotiation.suites = vec![suites(0x0301, &[0xC013])];
}

fn negotiations() -> Vec<Case> {
    let refused = World::failing(failure(
        crate::model::Phase::Tls,
        crate::model::FailureKind::Alert(crate::model::Alert { number: 70, from: crate::model::Peer::Server }),
    ));
    let mut old = modern();
    legacy_only(&mut old);
    vec![
        (negotiating(|negotiation| set(negotiation, 0x0002, true)), &["cfg.ssl2"]),
        (negotiating(|negotiation| set(negotiation, 0x0300, true)), &["cfg.ssl3"]),
        (negotiating(|negotiation| set(negotiation, 0x0301, true)), &["cfg.legacy_protocol"]),
        (negotiating(|negotiation| set(negotiation, 0x0302, true)), &["cfg.legacy_protocol"]),
        (negotiating(legacy_only), &["cfg.legacy_only", "cfg.cbc_only"]),
        (
            refused.surveyed(|survey| survey.negotiation = Some(old.clone())),
            &["cfg.legacy_only", "hs.protocol_version", "cfg.cbc_only"],
        ),
        (also(0x0002), &["cfg.null_cipher"]),
        (also(0x0034), &["cfg.anon_cipher"]),
        (also(0x0008), &["cfg.export_cipher"]),
        (also(0x0003), &["cfg.export_cipher"]),
        (also(0x0009), &["cfg.des"]),
        (also(0x0005), &["cfg.rc4"]),
        (also(0x000A), &["cfg.3des"]),
        (negotiating(|negotiation| negotiation.features.compression = Some(true)), &["cfg.compression"]),
        (negotiating(|negotiation| negotiation.dh.as_mut().unwrap().bits = 1024), &["cfg.weak_dh"]),
        (negotiating(|negotiation| negotiation.dh.as_mut().unwrap().bits = 2047), &["cfg.weak_dh"]),
        (
            negotiating(|negotiation| negotiation.features.secure_renegotiation = Some(false)),
            &["cfg.insecure_renegotiation"],
        ),
        (negotiating(|negotiation| only12(negotiation, &[0x009C])), &["cfg.no_forward_secrecy", "cfg.no_tls13"]),
        (negotiating(|negotiation| only12(negotiation, &[0xC013])), &["cfg.cbc_only", "cfg.no_tls13"]),
        (negotiating(|negotiation| only12(negotiation, &[0xC02F])), &["cfg.no_tls13"]),
        (negotiating(|negotiation| negotiation.groups = vec![NamedGroup(0x001D)]), &["cfg.no_pq"]),
    ]
}

fn sound_negotiations() -> Vec<(&'static str, World)> {
    let unknown = |version: u16| {
        negotiating(move |negotiation| {
            negotiation.versions.retain(|answer| answer.version.0 != version);
            let answer = Answer::Unknown(untrusted("no answer in time"));
            negotiation.versions.push(VersionAnswer { version: TlsVersion(version), answer });
        })
    };
    let incomplete = negotiating(|negotiation| {
        negotiation.suites = vec![suites(0x0303, &[0x009C])];
        negotiation.suites[0].complete = false;
    });
    let unasked = negotiating(|negotiation| {
        (negotiation.dh, negotiation.features) = (None, crate::model::Features::default());
        negotiation.groups.clear();
    });
    vec![
        ("a modern negotiation", negotiating(|_| ())),
        ("static RSA beside ECDHE", also(0x009C)),
        ("SSL 3 not known", unknown(0x0300)),
        ("TLS 1.3 not known", unknown(0x0304)),
        ("a list of suites cut short", incomplete),
        ("neither groups nor features known", unasked),
        ("TLS 1.3 alone", negotiating(|negotiation| set(negotiation, 0x0303, false))),
    ]
}

fn surveyed(change: impl Fn(&mut Survey)) -> World {
    healthy_world().surveyed(change)
}

fn resuming(change: impl Fn(&mut Sessions)) -> World {
    surveyed(|survey| {
        let mut sessions = Sessions {
            ticket: Some(Resumption::Works),
            legacy_ticket: Some(Resumption::Works),
            session_id: Some(Resumption::NotOffered),
            elsewhere: vec![(at("10.0.0.2:443"), Resumption::Refused)],
            early_data: None,
        };
        change(&mut sessions);
        survey.sessions = Some(sessions);
    })
}

fn broken() -> Resumption {
    Resumption::Broken(untrusted("alert internal_error (80)"))
}

/// HTTP is spoken, and this is selected when HTTP/2 is offered.
fn offered_h2(selected: Option<&'static str>, answer: &Answer) -> World {
    answering(|_| ()).surveyed(|survey| {
        survey.http.clone_from(&answering(|_| ()).nodes[0].survey.as_ref().unwrap().http);
        let selected = selected.map(untrusted);
        survey.alpn = vec![AlpnAnswer { offered: Some("h2".into()), selected, answer: answer.clone() }];
    })
}

/// What clients without a name are served.
fn nameless(answer: &ServedAnswer) -> World {
    surveyed(|survey| survey.served = vec![Served { to: ServedTo::NoName, answer: answer.clone() }])
}

fn chain(leaf: crate::model::Certificate) -> ServedAnswer {
    ServedAnswer::Chain(vec![std::sync::Arc::new(leaf)].into())
}

fn habits() -> Vec<Case> {
    let refused = Answer::Refused(untrusted("alert no_application_protocol (120)"));
    vec![
        (resuming(|sessions| sessions.ticket = Some(broken())), &["hs.resumption_broken"]),
        (resuming(|sessions| sessions.session_id = Some(broken())), &["hs.resumption_broken"]),
        (resuming(|sessions| sessions.elsewhere[0].1 = broken()), &["hs.resumption_broken"]),
        (resuming(|sessions| sessions.early_data = Some(16_384)), &["cfg.early_data"]),
        (offered_h2(None, &Answer::Accepted), &["cfg.h2_missing"]),
        (offered_h2(None, &refused), &["cfg.h2_missing"]),
        (nameless(&chain(certificate("default.invalid", "Example CA R11"))), &["cfg.no_sni_certificate"]),
    ]
}

fn sound_habits() -> Vec<(&'static str, World)> {
    let unknown = || untrusted("no answer in time");
    let mut literal = nameless(&chain(certificate("default.invalid", "Example CA R11")));
    literal.target.host = crate::model::Host::Ip("10.0.0.1".parse().unwrap());
    let mut old_http = offered_h2(None, &Answer::Accepted);
    old_http.target.alpn = vec!["http/1.1".into()];
    let silent = offered_h2(None, &Answer::Accepted).surveyed(|survey| {
        survey.alpn.clone_from(&offered_h2(None, &Answer::Accepted).nodes[0].survey.as_ref().unwrap().alpn);
    });
    vec![
        ("sessions in order", resuming(|_| ())),
        ("sessions refused", resuming(|sessions| sessions.ticket = Some(Resumption::Refused))),
        ("sessions not known", resuming(|sessions| sessions.ticket = Some(Resumption::Unknown(unknown())))),
        ("TLS 1.2 not spoken", resuming(|sessions| (sessions.legacy_ticket, sessions.session_id) = (None, None))),
        ("HTTP/2", offered_h2(Some("h2"), &Answer::Accepted)),
        ("HTTP/2 not known", offered_h2(None, &Answer::Unknown(unknown()))),
        ("HTTP/2 not wanted", old_http),
        ("no HTTP at all", silent),
        ("the same certificate without a name", nameless(&chain(leaf()))),
        ("refused without a name", nameless(&ServedAnswer::Refused(untrusted("alert unrecognized_name (112)")))),
        ("no name to send", literal),
    ]
}

/// A healthy address, and what the same name shows over QUIC.
fn http3(change: impl Fn(&mut QuicAnswer)) -> World {
    surveyed(|survey| {
        let mut answer = QuicAnswer {
            port: 443,
            advertised: true,
            took: QUICK,
            alpn: Some(untrusted("h3")),
            chain: vec![std::sync::Arc::new(leaf())].into(),
            failure: None,
        };
        change(&mut answer);
        survey.quic = Some(answer);
    })
}

fn dead(answer: &mut QuicAnswer) {
    (answer.chain, answer.alpn, answer.failure) = (Vec::new().into(), None, Some(untrusted("no answer in time")));
}

fn over_quic() -> Vec<Case> {
    let serving = |leaf: crate::model::Certificate| http3(|answer| answer.chain = vec![leaf.clone().into()].into());
    vec![
        (http3(dead), &["cfg.h3_dead"]),
        (serving(leaf().lasting(days(90), days(50))), &["fleet.h3_differs"]),
        (serving(leaf().ended(days(90), days(3))), &["fleet.h3_differs"]),
    ]
}

fn sound_over_quic() -> Vec<(&'static str, World)> {
    let unasked = http3(|answer| {
        dead(answer);
        answer.advertised = false;
    });
    let mut failed_since = http3(dead);
    failed_since.nodes[0].last = None;
    vec![
        ("HTTP/3 as over TCP", http3(|_| ())),
        ("HTTP/3 that nobody advertises", unasked),
        ("HTTP/3 of an address never probed since", failed_since),
    ]
}

//! Worlds in which a survey shows what one handshake does not.

use std::time::Duration;

use super::fixture::*;
use crate::model::{CaaRecord, DnsRecords, Hsts, HttpAnswer, RecordAnswer, TlsaRecord};

pub(super) fn faulty() -> Vec<Case> {
    [responses(), records()].concat()
}

pub(super) fn sound() -> Vec<(&'static str, World)> {
    [sound_responses(), sound_records()].concat()
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
            ..HttpAnswer::failed(untrusted(""), NOW)
        };
        change(&mut answer);
        survey.http = Some(answer);
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

fn responses() -> Vec<Case> {
    vec![
        (answering(|answer| answer.status = Some(500)), &["http.error"]),
        (answering(|answer| answer.status = Some(503)), &["http.error"]),
        (answering(|answer| (answer.status, answer.hsts) = (Some(521), None)), &["http.error"]),
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
        ("no response", answering(|answer| *answer = HttpAnswer::failed(untrusted("closed"), NOW))),
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

use std::sync::Arc;
use std::time::Duration;

use super::super::fixture::*;
use super::*;
use crate::model::sample;
use crate::model::{
    Certificate, FailureKind, Family, Fingerprint, Host, HttpAnswer, PathRefusal, PathResult, StoreVerdict, Survey,
    SurveyReason, TargetId, TrustReport,
};

/// One target with one address, and what it shows.
#[derive(Clone)]
struct Place {
    target: Target,
    resolution: Option<Resolution>,
    last: Option<Arc<Observation>>,
    survey: Option<Survey>,
}

/// An HTTP response, as far as it does not matter.
fn answer() -> HttpAnswer {
    let key = crate::model::AddressKey { target: TargetId(1), address: at("10.0.0.1:443") };
    let known = sample::Certificates::around(sample::certificate("x", NOW, 86_400), NOW);
    sample::full(key, NOW, &known).http.unwrap()
}

/// Place number `n` of a site: in a network of its own, on a healthy server.
fn place(number: u16, name: &str) -> Place {
    let address = format!("10.{number}.0.1:443");
    let mut target = target();
    target.id = TargetId(u32::from(number));
    target.host = Host::Name(name.into());
    target.name = format!("{name}:443").into();
    Place { target, resolution: None, last: Some(Arc::new(healthy(&address))), survey: None }
}

impl Place {
    fn showing(self, leaf: Certificate, trust: TrustReport) -> Self {
        let address = self.last.as_ref().unwrap().key.address.to_string();
        let handshake = handshake(vec![leaf], trust);
        Self { last: Some(Arc::new(observed(&address, Outcome::Handshake, Some(handshake)))), ..self }
    }

    fn failing(self, address: &str, kind: FailureKind) -> Self {
        Self { last: Some(Arc::new(failing(address, failure(Phase::Tcp, kind)))), ..self }
    }

    /// A server whose clock is `behind` ours by so many seconds, asked so many seconds ago.
    fn dated(mut self, behind: i64, ago: u64) -> Self {
        let key = self.last.as_ref().unwrap().key;
        let at = NOW - Duration::from_secs(ago);
        let mut survey = Survey::new(key, at, SurveyReason::Rotation);
        survey.http = Some(HttpAnswer { date: Some(Time::from_secs(at.secs() - behind)), received_at: at, ..answer() });
        self.survey = Some(survey);
        self
    }

    fn looked_up(mut self, server: &str, failure: Option<DnsFailure>, ago: u64) -> Self {
        self.last = None;
        self.resolution = Some(Resolution {
            target: self.target.id,
            at: NOW - Duration::from_secs(ago),
            took: Duration::from_secs(2),
            addresses: Vec::new(),
            ttl: Duration::from_mins(1),
            failure,
            source: untrusted(server),
        });
        self
    }
}

fn facts(places: &[Place]) -> Vec<&'static str> {
    facts_at(places, NOW)
}

fn facts_at(places: &[Place], now: Time) -> Vec<&'static str> {
    let sightings = places.iter().map(|place| Sighting {
        target: &place.target,
        resolution: place.resolution.as_ref(),
        last: place.last.as_deref(),
        survey: place.survey.as_ref(),
    });
    Observer::of(sightings, now).troubles().iter().map(|fact| fact.code.0).collect()
}

const SITES: [&str; 8] = [
    "www.shop.com",
    "api.bank.co",
    "mail.news.org",
    "cdn.games.net",
    "docs.tools.io",
    "login.travel.eu",
    "static.music.fm",
    "id.health.care",
];

/// Healthy sites, of which the first `count` are changed.
fn sites(count: usize, change: impl Fn(Place) -> Place) -> Vec<Place> {
    let place = |(number, name): (u16, &&str)| place(number, name);
    let places = (1..).zip(&SITES).map(place).enumerate();
    places.map(|(at, place)| if at < count { change(place) } else { place }).collect()
}

fn check(cases: Vec<(&str, Vec<Place>, &[&str])>) {
    for (name, places, expected) in cases {
        assert_eq!(facts(&places), expected, "{name}");
    }
}

/// A certificate of the wanted name by an authority that nobody trusts.
fn forged(place: Place) -> Place {
    let Host::Name(name) = &place.target.host else { return place };
    let leaf = certificate(name, "Corp Inspection CA");
    place.showing(leaf, refused(PathRefusal::UnknownIssuer))
}

#[test]
fn one_authority_behind_most_public_sites_intercepts() {
    let named = |names: &[&str]| (1..).zip(names).map(|(n, name)| forged(place(n, name))).collect::<Vec<_>>();
    let one_network = sites(8, forged).into_iter().map(|mut place| {
        Arc::make_mut(place.last.as_mut().unwrap()).key.address = at("10.9.0.1:443");
        place
    });
    let own = |place: Place| {
        let Host::Name(name) = place.target.host.clone() else { return place };
        let mut leaf = certificate(&name, &name);
        leaf.self_signed = true;
        place.showing(leaf, refused(PathRefusal::UnknownIssuer))
    };
    let in_mozillas = |mozilla: PathResult, platform: PathResult| {
        move |place: Place| {
            let Host::Name(name) = place.target.host.clone() else { return place };
            let verdict =
                |store: &str, result: &PathResult| StoreVerdict { store: store.into(), result: result.clone() };
            let stores = vec![verdict("system", &platform), verdict("mozilla", &mozilla)];
            let trust = TrustReport { stores, ..refused(PathRefusal::UnknownIssuer) };
            place.showing(certificate(&name, "Corp Inspection CA"), trust)
        }
    };
    let no = || refused(PathRefusal::UnknownIssuer).stores.remove(0).result;
    let yes = || trusted(&[leaf()]).stores.remove(0).result;
    let found: &[&str] = &["local.interception"];
    check(vec![
        ("all", sites(8, forged), found),
        ("six of eight", sites(6, forged), found),
        ("five of eight", sites(5, forged), &[]),
        ("none", sites(0, forged), &[]),
        ("three of three", named(&SITES[..3]), found),
        ("two of two", named(&SITES[..2]), &[]),
        ("one site, many names", named(&["a.shop.com", "b.shop.com", "c.shop.com", "d.shop.com"]), &[]),
        ("names of our own", named(&["a.pay.internal", "b.hr.corp", "c.wiki.local", "d.lan", "e"]), &[]),
        ("one network", one_network.collect(), &[]),
        ("each its own", sites(8, own), &[]),
        ("trusted by this machine only", sites(8, in_mozillas(no(), yes())), found),
        ("trusted by all", sites(8, in_mozillas(yes(), yes())), &[]),
    ]);
}

#[test]
fn one_certificate_for_most_sites_is_a_portals() {
    let portal = |place: Place| {
        let trust = TrustReport { name_matches: false, ..trusted(&[leaf()]) };
        place.showing(certificate("login.hotel.example", "Example CA R11"), trust)
    };
    let others = |place: Place| {
        let Host::Name(name) = place.target.host.clone() else { return place };
        let trust = TrustReport { name_matches: false, ..trusted(&[leaf()]) };
        place.showing(certificate(&format!("not-{name}"), "Example CA R11"), trust)
    };
    // One broken entrance for all of our sites.
    let entrance = sites(8, portal).into_iter().map(|mut place| {
        Arc::make_mut(place.last.as_mut().unwrap()).key.address = at("10.9.0.1:443");
        place
    });
    check(vec![
        ("all", sites(8, portal), &["local.captive_portal"]),
        ("six of eight", sites(6, portal), &["local.captive_portal"]),
        ("three of eight", sites(3, portal), &[]),
        ("each another", sites(8, others), &[]),
        ("one entrance", entrance.collect(), &[]),
    ]);
}

#[test]
fn one_place_that_most_sites_lead_to_is_a_portals() {
    let led = |to: &'static str, proves: bool, ago: u64| {
        move |place: Place| {
            let Host::Name(name) = place.target.host.clone() else { return place };
            let leaf = certificate(&name, "Portal CA of its own for each");
            let trust = if proves { trusted(std::slice::from_ref(&leaf)) } else { refused(PathRefusal::BadSignature) };
            let mut place = place.showing(leaf, trust);
            let at = NOW - Duration::from_secs(ago);
            let mut survey = Survey::new(place.last.as_ref().unwrap().key, at, SurveyReason::Rotation);
            let location = Some(untrusted(to));
            let http = HttpAnswer { status: Some(302), location, date: None, received_at: at, ..answer() };
            survey.http = Some(http);
            place.survey = Some(survey);
            place
        }
    };
    let portal = "http://Login.Hotel.example:8080/?from=here";
    let found: &[&str] = &["local.captive_portal"];
    let mut one_network = sites(8, led(portal, false, 60));
    for place in &mut one_network {
        Arc::make_mut(place.last.as_mut().unwrap()).key.address = at("10.9.0.1:443");
    }
    let some = |count: usize| {
        let (mut led, proving) = (sites(8, led(portal, false, 60)), sites(8, led("/home", true, 60)));
        led.truncate(count);
        led.extend(proving.into_iter().skip(count));
        led
    };
    check(vec![
        ("all", sites(8, led(portal, false, 60)), found),
        ("an address, and no scheme", sites(8, led("//192.168.1.1/login", false, 60)), found),
        ("six of eight", some(6), found),
        ("five of eight", some(5), &[]),
        // One place to log in, of one owner of many sites.
        ("who prove to be themselves", sites(8, led(portal, true, 60)), &[]),
        ("to themselves", sites(8, led("/login", false, 60)), &[]),
        ("long ago", sites(8, led(portal, false, 3 * 3600)), &[]),
        ("one network", one_network, &[]),
    ]);
}

#[test]
fn the_clock_that_is_alone_is_wrong() {
    let dated = |behind: [i64; 4], ago: u64| {
        let places = sites(4, |place| place).into_iter().zip(behind);
        places.map(|(place, behind)| place.dated(behind, ago)).collect::<Vec<_>>()
    };
    let early = |issuers: [&str; 3], places: Vec<Place>| {
        let begins = |(place, issuer): (Place, &str)| {
            let leaf = certificate("x", issuer).lasting(days(90), days(90) + hours(3));
            place.showing(leaf, refused(PathRefusal::NotYetValid))
        };
        places.into_iter().zip(issuers).map(begins).collect::<Vec<_>>()
    };
    let plain = || sites(3, |place| place)[..3].to_vec();
    let skewed: &[&str] = &["local.clock_skew"];
    check(vec![
        ("two hours ahead", dated([7200, 7201, 7199, 7205], 60), skewed),
        ("two hours behind", dated([-7200, -7201, -7199, -7205], 60), skewed),
        ("three of four", dated([7200, 7201, 7199, 0], 60), skewed),
        ("two of four", dated([7200, 7201, 0, 0], 60), &[]),
        ("each another", dated([7200, 3600, -600, 0], 60), &[]),
        ("half a minute", dated([30, 31, 29, 30], 60), &[]),
        ("long ago", dated([7200, 7201, 7199, 7205], 3 * 3600), &[]),
        ("one server is wrong", dated([0, 0, 0, 7200], 60), &[]),
        ("early by several authorities", early(["A", "B", "B"], plain()), skewed),
        ("early by one authority", early(["A", "A", "A"], plain()), &[]),
        ("two early ones", early(["A", "B", "B"], plain())[..2].to_vec(), &[]),
    ]);
    // Servers that agree with our clock know better than certificates.
    let mut places = early(["A", "B", "B"], plain());
    places.extend(dated([0, 1, 2, 0], 60));
    assert_eq!(facts(&places), [""; 0]);
}

#[test]
fn ipv6_is_missing_where_none_of_it_works_and_ipv4_does() {
    use FailureKind::{Local, Refused, TimedOut, Unreachable};
    let six = |kinds: [Option<FailureKind>; 3], with_four: bool| {
        let mut places = sites(3, |place| place)[..3].to_vec();
        for ((number, place), kind) in (1..).zip(&mut places).zip(kinds) {
            let address = format!("[2001:db8::{number}]:443");
            place.target.family = Family::V6;
            place.last = Some(Arc::new(match kind {
                Some(kind) => failing(&address, failure(Phase::Tcp, kind)),
                None => healthy(&address),
            }));
        }
        if with_four {
            places.push(place(9, "four.example.org"));
        }
        places
    };
    let away = || Some(Unreachable);
    check(vec![
        ("all of three", six([away(), away(), away()], true), &["local.no_ipv6"]),
        ("no route", six([Some(Local), Some(Local), away()], true), &["local.no_ipv6"]),
        ("one works", six([away(), away(), None], true), &[]),
        ("one refuses", six([away(), away(), Some(Refused)], true), &[]),
        ("one is silent", six([away(), away(), Some(TimedOut)], true), &[]),
        ("nor does IPv4", six([away(), away(), away()], false), &[]),
        ("two only", six([away(), away(), away()], true)[1..].to_vec(), &[]),
    ]);
    let four = sites(3, |place| place.failing("10.0.0.1:443", Unreachable))[..3].to_vec();
    assert_eq!(facts(&four), [""; 0], "hosts that are away");
}

#[test]
fn a_name_server_is_down_when_it_answers_nobody_any_more() {
    let down = Some(DnsFailure::TimedOut);
    let asked = |server: &'static str, failures: &[(Option<DnsFailure>, u64)]| {
        let places = sites(8, |place| place).into_iter().zip(failures.to_vec());
        places.map(|(place, (failure, ago))| place.looked_up(server, failure, ago)).collect::<Vec<_>>()
    };
    let three = || vec![(down.clone(), 10), (down.clone(), 20), (down.clone(), 30)];
    let and = |more: (Option<DnsFailure>, u64)| [three(), vec![more]].concat();
    let dead: &[&str] = &["local.dns_down"];
    check(vec![
        ("three", asked("10.0.0.53", &three()), dead),
        ("two", asked("10.0.0.53", &three()[..2]), &[]),
        ("answered before", asked("10.0.0.53", &and((None, 60))), dead),
        ("answered since", asked("10.0.0.53", &and((None, 15))), &[]),
        ("an answer of no is one", asked("10.0.0.53", &and((Some(DnsFailure::NxDomain), 5))), &[]),
        ("nobody was asked", asked("hosts file", &three()), &[]),
    ]);
    let mut apart = asked("10.0.0.53", &three());
    apart[0] = apart[0].clone().looked_up("10.0.0.54", down, 10);
    assert_eq!(facts(&apart), [""; 0], "different servers");
}

#[test]
fn what_is_built_in_grows_old() {
    assert_eq!(facts_at(&[], TABLES_OF + TABLES_LAST), [""; 0]);
    assert_eq!(facts_at(&[], TABLES_OF + TABLES_LAST + Duration::from_secs(1)), ["local.store_stale"]);
}

/// Whoever updates the roots is to say when.
#[test]
fn the_age_of_the_tables_is_that_of_these_roots() {
    let lock = include_str!("../../Cargo.lock");
    let version = lock.split_once("name = \"webpki-root-certs\"\nversion = \"").unwrap().1;
    assert!(version.starts_with("1.0.11\""), "set TABLES_OF to today, and this version");
}

#[test]
fn counts_alone_are_no_news() {
    let observer = |sites: usize, certificate: Fingerprint| Observer {
        portal: Some(Common { certificate, name: untrusted("x"), sites }),
        ..Observer::default()
    };
    let (one, other) = (leaf().fingerprint, root().fingerprint);
    assert!(observer(3, one).says_the_same_as(&observer(4, one)));
    assert!(!observer(3, one).says_the_same_as(&observer(3, other)));
    assert!(!observer(3, one).says_the_same_as(&Observer::default()));
}

#[test]
fn a_lost_route_is_one_fact_and_nobodys_time_out() {
    use FailureKind::{Refused, Reset, TimedOut, Unreachable};
    let failing = |place: Place, kind: &FailureKind| {
        let address = place.last.as_ref().unwrap().key.address.to_string();
        place.failing(&address, kind.clone())
    };
    let all = |kind: FailureKind| sites(8, |place| failing(place, &kind));
    let but_one = |kind: FailureKind| {
        let mut places = all(TimedOut);
        places[7] = failing(places[7].clone(), &kind);
        places
    };
    check(vec![
        ("all time out", all(TimedOut), &["local.no_route"]),
        ("all are unreachable", all(Unreachable), &["local.no_route"]),
        ("all refuse", all(Refused), &[]),
        ("one refuses", but_one(Refused), &[]),
        ("one resets", but_one(Reset), &[]),
        ("one answers", sites(7, |place| failing(place, &TimedOut)), &[]),
        ("two are few", all(TimedOut)[..2].to_vec(), &[]),
        ("one network", sites(8, |place| place.failing("10.1.0.1:443", TimedOut)), &[]),
    ]);
}

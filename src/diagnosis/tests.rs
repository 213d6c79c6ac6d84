use std::collections::BTreeSet;
use std::sync::Arc;

use super::cases;
use super::fixture::*;
use super::{RULES, is_revocation_unasked, rule};
use crate::model::{
    Certificate, Confidence, Failure, FailureKind, Finding, Host, Impact, Observation, Outcome, Passage, PathRefusal,
    Phase, Proxy, ProxyKind, Scope, Severity, Status, Untrusted,
};

#[test]
fn every_case_is_named() {
    for (at, (world, expected)) in cases::faulty().into_iter().enumerate() {
        assert_eq!(world.codes(), expected, "case {at}: {:#?}", world.judge().findings);
    }
}

#[test]
fn health_is_silent() {
    for (name, world) in cases::sound() {
        assert_eq!(world.codes(), Vec::<&str>::new(), "{name}");
    }
}

#[test]
fn the_catalogue_is_complete_and_nothing_in_it_is_idle() {
    let codes: BTreeSet<_> = RULES.iter().map(|rule| rule.code.0).collect();
    assert_eq!(codes.len(), RULES.len(), "codes are unique");
    // Of objectives many targets tell; `objective` shows when.
    let of_many = [super::burn_key(&super::Objective { label: None, percent: 99.9 }).code.0];
    let of_targets = cases::faulty();
    let of_targets = of_targets.iter().flat_map(|(world, _)| world.codes());
    let fired: BTreeSet<_> = of_targets.chain(of_many).chain(super::files::tests::codes()).collect();
    assert_eq!(fired, codes);
    for rule in RULES {
        assert!(rule.next.ends_with('.') && rule.meaning.ends_with('.'), "{}", rule.code);
        assert!(rule.title.len() <= 40, "{}", rule.code);
        let prose = [rule.needs, rule.misread].into_iter().chain(rule.steps.iter().map(|step| step.text));
        assert!(prose.into_iter().all(|text| text.ends_with('.')), "{}", rule.code);
        assert!((2..=5).contains(&rule.steps.len()), "{}", rule.code);
    }
}

#[test]
fn every_finding_has_its_final_shape() {
    for (world, _) in cases::faulty() {
        let findings = world.judge().findings;
        for finding in &findings {
            assert!(rule(finding.code).is_some());
            assert!(finding.summary.contains("shop.example"), "{}", finding.summary);
            assert!(!finding.next.text.is_empty() && !finding.evidence.0.is_empty(), "{}", finding.code);
            assert!(finding.since <= finding.last, "{}", finding.code);
            assert!(finding.addresses.is_sorted(), "{}", finding.code);
            let names: BTreeSet<_> = finding.evidence.0.iter().map(|(name, _)| name).collect();
            assert_eq!(names.len(), finding.evidence.0.len(), "evidence has names of its own: {:?}", finding.evidence);
            let cause = finding.caused_by;
            assert!(cause.is_none_or(|cause| findings.iter().any(|other| other.code == cause)), "{}", finding.code);
        }
    }
}

fn first(world: &World) -> Finding {
    world.judge().findings.remove(0)
}

fn stale_checkout() -> World {
    cases::faulty().into_iter().find(|(_, codes)| *codes == ["fleet.stale_node", "cert.expired"]).unwrap().0
}

#[test]
fn a_stale_node_is_the_cause_of_its_expired_certificate() {
    let findings = stale_checkout().judge().findings;
    let (stale, expired) = (&findings[0], &findings[1]);
    assert_eq!(stale.summary, "2 of 4 addresses of shop.example:443 still serve the certificate that expired 3h ago");
    assert_eq!(
        stale.next.text,
        "Reload 10.0.0.3:443, 10.0.0.4:443: the successor (serial …4f21) is live on 10.0.0.1:443, 10.0.0.2:443."
    );
    assert_eq!(
        (stale.impact, stale.status, stale.confidence),
        (Impact::Partial, Status::Critical, Confidence::Certain)
    );
    assert_eq!(expired.caused_by, Some(stale.code));
    assert_eq!(expired.addresses, [at("10.0.0.3:443"), at("10.0.0.4:443")]);
    assert_eq!(expired.since, expired.validity.unwrap().1);
}

#[test]
fn sentences_carry_numbers_and_commands_reproduce() {
    let expiring = World::of(vec![serving("10.0.0.1:443", vec![leaf().lasting(days(90), hours(20)), intermediate()])]);
    let expiring = first(&expiring);
    assert_eq!(
        expiring.summary,
        "certificate of shop.example:443 expires in 20h (valid 90 days, renewal was due 29d ago)"
    );
    assert_eq!(
        expiring.next.command.unwrap(),
        "timeout 10 openssl s_client -connect 10.0.0.1:443 -servername shop.example </dev/null 2>/dev/null \
         | openssl x509 -noout -subject -issuer -serial -dates"
    );
    let closed = Failure { received: 7, ..failure(Phase::Tls, FailureKind::Closed) };
    let mut closed = World::of(vec![failing("[2001:db8::1]:443", closed)]);
    closed.target.servername = Some("$(reboot)".into());
    let closed = first(&closed);
    assert_eq!(closed.summary, "shop.example:443 closed the connection during the handshake, after 7 bytes");
    assert_eq!(
        closed.next.command.unwrap(),
        "timeout 10 openssl s_client -connect [2001:db8::1]:443 -servername '$(reboot)' </dev/null"
    );
    let lost = World::unresolved(crate::model::DnsFailure::NxDomain);
    assert_eq!(
        first(&lost).next.command.unwrap(),
        "dig @10.0.0.53 -q shop.example -t A; dig @10.0.0.53 -q shop.example -t AAAA"
    );
}

#[test]
fn a_proxy_on_the_way_is_evidence_and_in_every_command() {
    let through = |kind, failure: Failure| {
        let proxy = Arc::new(Proxy { kind, host: Host::Ip("10.0.0.9".parse().unwrap()), port: 3128, login: None });
        let answer = Some(Untrusted::new("HTTP/1.1 403 Forbidden"));
        let took = std::time::Duration::from_secs(1);
        let passage = Passage { proxy: Arc::clone(&proxy), answer, took };
        let seen = failing("10.0.0.1:443", failure);
        let mut world = World::of(vec![Observation { proxy: Some(Arc::new(passage)), ..seen }]);
        world.target.proxy = Some(proxy);
        first(&world)
    };
    let reply = Untrusted::new("HTTP/1.1 403 Forbidden");
    let forbidden = through(ProxyKind::Http, failure(Phase::Proxy, FailureKind::Rejected { reply }));
    assert_eq!(
        forbidden.summary,
        "shop.example:443 could not be tried: the proxy does not connect us: “HTTP/1.1 403 Forbidden”"
    );
    assert_eq!((forbidden.scope, forbidden.impact), (Scope::Observer, Impact::Inconclusive));
    assert_eq!(forbidden.evidence.value("proxy"), Some("http://10.0.0.9:3128"));
    assert_eq!(forbidden.evidence.value("proxy's answer"), Some("HTTP/1.1 403 Forbidden"));
    let connect = "curl -v --max-time 5 --proxytunnel --proxy http://10.0.0.9:3128 telnet://10.0.0.1:443 </dev/null";
    assert_eq!(forbidden.next.command.unwrap(), connect);

    let closed = |kind| through(kind, Failure { received: 7, ..failure(Phase::Tls, FailureKind::Closed) });
    let by_openssl =
        "timeout 10 openssl s_client -connect 10.0.0.1:443 -proxy 10.0.0.9:3128 -servername shop.example </dev/null";
    assert_eq!(closed(ProxyKind::Http).next.command.unwrap(), by_openssl);
    let by_curl =
        "curl -vk -m 10 --proxy socks5://10.0.0.9:3128 --resolve shop.example:443:10.0.0.1 https://shop.example:443/";
    assert_eq!(closed(ProxyKind::Socks5).next.command.unwrap(), by_curl);
}

#[test]
fn attempts_turn_a_guess_into_a_certainty_and_are_its_evidence() {
    let case = |code: &str| cases::faulty().into_iter().find(|(_, codes)| *codes == [code]).unwrap().0;
    let intolerant = first(&case("hs.pq_intolerant"));
    assert_eq!(
        intolerant.summary,
        "shop.example:443 closed the connection without a word, and completes the handshake with classical groups only \
         (a hello of 265 bytes, not 1502)"
    );
    assert_eq!((intolerant.confidence, intolerant.impact), (Confidence::Certain, Impact::Partial));
    assert_eq!(
        intolerant.evidence.value("attempts"),
        Some("unchanged (1502 bytes): closed, with classical groups only (265 bytes): handshake")
    );
    assert!(intolerant.next.command.unwrap().contains("-groups X25519MLKEM768:X25519"));
    assert_eq!(
        first(&case("hs.tls13_intolerant")).summary,
        "shop.example:443 refused our hello with protocol_version (70), and completes the handshake with TLS 1.2 only"
    );
    assert_eq!(
        first(&case("hs.intermittent")).summary,
        "shop.example:443 closed the connection without a word, but not always: the same hello succeeded between failures"
    );
    // A failure that no change mends says so.
    let all = cases::faulty().into_iter().filter(|(world, _)| world.nodes.iter().any(|node| node.survey.is_some()));
    let findings =
        all.flat_map(|(world, _)| world.judge().findings).filter(|found| found.evidence.value("phase").is_some());
    let told: BTreeSet<_> = findings.filter_map(|found| found.evidence.value("succeeds").map(str::to_owned)).collect();
    assert!(told.contains("nothing that was tried") && told.contains("at [2001:db8::1]:443"), "{told:?}");
}

#[test]
fn an_address_of_the_wrong_family_sends_nobody_to_a_name_server() {
    for (source, words) in
        [("literal", "is no address"), ("--resolve", "is led to no address"), ("hosts file", "the hosts file has no")]
    {
        let mut world = World::unresolved(crate::model::DnsFailure::NoAddress);
        if let Some(resolution) = &mut world.resolution {
            resolution.source = untrusted(source);
        }
        let finding = first(&world);
        assert!(finding.summary.contains(words) && finding.next.command.is_none(), "{finding:?}");
    }
}

#[test]
fn the_nearest_names_of_a_foreign_certificate_are_shown() {
    let mut other = leaf();
    let names = ["mail.other.test", "shop.exampel", "www.shop.example", "a.b.c.d", "sho.example"];
    other.sans = names.iter().map(|name| crate::model::San::Dns(untrusted(name))).collect();
    let mut trust = trusted(&[other.clone()]);
    trust.name_matches = false;
    assert_eq!(
        first(&World::serving(vec![other], trust)).summary,
        "certificate of shop.example:443 is for “sho.example”, “shop.exampel”, “www.shop.example” and 2 more names, \
         not for “shop.example”"
    );
}

#[test]
fn impact_follows_how_many_addresses_are_left() {
    let refused_at = |address| failing(address, failure(Phase::Tcp, FailureKind::Refused));
    let expired_at = |address| {
        let chain = vec![leaf().ended(days(90), hours(3)), intermediate()];
        observed(address, Outcome::Handshake, Some(handshake(chain, refused(PathRefusal::Expired))))
    };
    let some = World::of(vec![healthy("10.0.0.1:443"), expired_at("10.0.0.2:443")]).judge().findings;
    assert!(some.iter().all(|finding| finding.impact == Impact::Partial), "{some:#?}");
    // Each in its own way, but nobody gets through.
    let all = World::of(vec![refused_at("10.0.0.1:443"), expired_at("10.0.0.2:443")]).judge().findings;
    assert!(all.iter().all(|finding| finding.impact == Impact::Outage), "{all:#?}");
    // The family that could not be tried from here does not make it better.
    let detail = untrusted("Network is unreachable (os error 101)");
    let no_v6 = Failure { detail, ..failure(Phase::Tcp, FailureKind::Unreachable) };
    let v4 = World::of(vec![refused_at("10.0.0.1:443"), failing("[2001:db8::1]:443", no_v6)]).judge().findings;
    assert_eq!((v4[0].code.0, v4[0].impact), ("tcp.refused", Impact::Outage));
}

#[test]
fn a_failed_look_up_is_an_outage_only_without_addresses() {
    let servfail = || crate::model::DnsFailure::ServFail { detail: untrusted("") };
    let lost = World::unresolved(servfail());
    assert_eq!(first(&lost).impact, Impact::Outage);
    assert!(first(&lost).next.command.unwrap().ends_with("-t A +cd"));
    let remembered = World { resolution: lost.resolution.clone(), ..World::of(vec![healthy("10.0.0.1:443")]) };
    assert_eq!(first(&remembered).impact, Impact::Partial);
    // The zone itself says that the name is gone.
    let gone = World { resolution: World::unresolved(crate::model::DnsFailure::NxDomain).resolution, ..remembered };
    assert_eq!(first(&gone).impact, Impact::Outage);
}

#[test]
fn a_private_authority_is_named_in_the_command() {
    let mut trust = refused(PathRefusal::UnknownIssuer);
    trust.stores[0].store = "/etc/our ca.pem".into();
    let missing = first(&World::serving(vec![leaf()], trust));
    assert_eq!(
        missing.next.command.unwrap(),
        "timeout 10 openssl s_client -connect 10.0.0.1:443 -servername shop.example -showcerts \
         -CAfile '/etc/our ca.pem' </dev/null"
    );
}

#[test]
fn a_server_that_wants_a_certificate_says_from_whom() {
    let asking = cases::faulty().into_iter().find(|(_, codes)| *codes == ["mtls.required"]).unwrap().0;
    let finding = first(&asking);
    assert_eq!(finding.evidence.value("client certificates accepted from"), Some("CN=Corp CA"));
    assert_eq!((finding.impact, finding.status), (Impact::Inconclusive, Status::Unknown));
}

#[test]
fn an_expired_certificate_over_http3_is_no_mere_advice() {
    let both = cases::faulty().into_iter().filter(|(_, codes)| *codes == ["fleet.h3_differs"]);
    let told: Vec<_> = both.map(|(world, _)| first(&world)).map(|finding| (finding.impact, finding.status)).collect();
    assert_eq!(told, [(Impact::Advice, Status::Ok), (Impact::Partial, Status::Critical)]);
}

#[test]
fn a_certificate_sent_twice_is_told_once() {
    let mut weak = intermediate();
    weak.key.bits = 192;
    let world = World::of(vec![serving("10.0.0.1:443", vec![leaf(), weak.clone(), weak])]);
    assert_eq!(world.codes(), ["cert.weak_key", "chain.duplicate"]);
    assert_eq!(first(&world).addresses, [at("10.0.0.1:443")]);
    assert!(first(&world).summary.starts_with("intermediate “Example CA R11” of shop.example:443 has a weak key"));
}

#[test]
fn no_fault_hides_another() {
    let mut bad = certificate("old.example", "old.example").ended(days(398), days(3));
    bad.self_signed = true;
    bad.key.bits = 192;
    let mut trust = refused(PathRefusal::Expired);
    trust.name_matches = false;
    trust.stores = refused(PathRefusal::UnknownIssuer).stores;
    let mut codes = World::serving(vec![bad], trust).codes();
    codes.sort_unstable();
    assert_eq!(codes, ["cert.expired", "cert.name_mismatch", "cert.self_signed", "cert.weak_key"]);
}

#[test]
fn a_pattern_names_every_way_of_failing() {
    let refused = failing("10.0.0.2:443", failure(Phase::Tcp, FailureKind::Refused));
    let silent = failing("10.0.0.3:443", failure(Phase::Tls, FailureKind::TimedOut));
    let world = World::of(vec![healthy("10.0.0.1:443"), refused, silent]);
    assert_eq!(
        first(&world).summary,
        "2 of 3 addresses of shop.example:443 fail: connection refused, silent after connect \
         (10.0.0.2:443, 10.0.0.3:443)"
    );
}

#[test]
fn a_certificate_seen_before_the_failure_is_still_judged() {
    let mut world = World::failing(failure(Phase::Tcp, FailureKind::Refused));
    let seen = observed(
        "10.0.0.1:443",
        Outcome::Handshake,
        Some(handshake(vec![leaf().ended(days(90), hours(3)), intermediate()], refused(PathRefusal::Expired))),
    );
    world.nodes[0].last_seen = Some(seen.into());
    let findings = world.judge().findings;
    let told: Vec<_> = findings.iter().map(|finding| (finding.code.0, finding.confidence)).collect();
    assert_eq!(told, [("tcp.refused", Confidence::Certain), ("cert.expired", Confidence::Likely)]);
}

#[test]
fn time_alone_is_announced() {
    let soon = World::of(vec![serving("10.0.0.1:443", vec![leaf().lasting(days(90), days(25)), intermediate()])]);
    let mut now = NOW;
    let mut story = Vec::new();
    while let Some(next) = soon.judge_at(now).review_at {
        assert!(next > now);
        now = next;
        let findings = soon.judge_at(now).findings;
        let severity = findings.first().map(|finding| super::severity(&soon.target, finding, &soon.policy));
        story.push((findings.iter().map(|finding| (finding.code.0, finding.status)).collect::<Vec<_>>(), severity));
    }
    let expiring = |status| vec![("cert.expiring", status)];
    assert_eq!(story[0], (expiring(Status::Warning), Some(Severity::Ticket)));
    assert_eq!(story[1], (expiring(Status::Critical), Some(Severity::Ticket)));
    assert_eq!(story[2], (expiring(Status::Critical), Some(Severity::Page)));
    assert_eq!(story[3], (vec![("cert.expired", Status::Critical)], Some(Severity::Page)));
}

#[test]
fn a_symptom_stands_behind_what_may_be_its_cause() {
    let mut slow = healthy("10.0.0.1:443");
    slow.timings.tls = Some(hours(1) / 3600 * 3 / 2);
    let slow = World::of(vec![slow]).judge().findings.remove(0);
    assert_eq!(slow.code.0, "tls.slow");
    let like = |code, status| crate::model::Finding { code: crate::model::Code(code), status, ..slow.clone() };
    let other = || like("revocation.ocsp_slow", Status::Warning);
    let codes = |findings| super::report::order(findings).iter().map(|finding| finding.code.0).collect::<Vec<_>>();
    assert_eq!(codes(vec![slow.clone(), other()]), ["revocation.ocsp_slow", "tls.slow"]);
    let harmless = like("cfg.no_pq", Status::Ok);
    assert_eq!(codes(vec![slow.clone(), harmless]), ["tls.slow", "cfg.no_pq"], "what is no fault is no cause");
}

#[test]
fn the_right_notation_keeps_an_address_that_is_pinned() {
    let advice = |name: &str, pinned: &[&str]| {
        let mut world = World::failing(failure(Phase::Starttls, FailureKind::ImplicitTls));
        world.target.name = name.into();
        world.target.protocol = crate::model::Protocol::Smtp;
        world.target.pinned = pinned.iter().map(|address| at(address)).collect();
        world.judge().findings[0].next.text.clone()
    };
    let pinned = advice("smtp://shop.example@10.0.0.5:2525", &["10.0.0.5:2525"]);
    assert!(pinned.starts_with("Watch it as tls://shop.example@10.0.0.5:2525, without"), "{pinned}");
    let by_option = advice("smtp://shop.example:443", &["10.0.0.5:443"]);
    assert!(by_option.starts_with("Watch it as tls://shop.example:443, without"), "{by_option}");
}

#[test]
fn revocation_is_asked_when_a_source_was_heard_of_the_certificate_itself() {
    use crate::model::{Revocation, RevocationSource, RevocationState, RevocationWord, SurveyReason};
    let url = || untrusted("http://ocsp.example");
    let named = Certificate { ocsp_urls: vec![url()], ..leaf() };
    let heard = |certificate: &Certificate, state| {
        let key = healthy("10.0.0.1:443").key;
        let word = RevocationWord {
            source: RevocationSource::Ocsp(url()),
            state,
            produced_at: None,
            this_update: None,
            next_update: None,
            fetched_at: None,
            took: None,
            digest: None,
        };
        let mut survey = crate::model::Survey::new(key, NOW, SurveyReason::Asked);
        survey.revocation = vec![Revocation { certificate: certificate.fingerprint, words: vec![word] }];
        survey
    };
    let good = || heard(&named, RevocationState::Good);
    assert!(!is_revocation_unasked(&leaf(), None), "nobody to ask");
    assert!(is_revocation_unasked(&named, None), "not surveyed");
    assert!(!is_revocation_unasked(&named, Some(&good())));
    assert!(is_revocation_unasked(&named, Some(&heard(&intermediate(), RevocationState::Good))), "of another");
    let private = heard(&named, RevocationState::Unchecked(untrusted("not to be fetched")));
    assert!(is_revocation_unasked(&named, Some(&private)));
}

use super::expect_cases::{expecting, faulty};
use super::fixture::*;
use super::severity;
use crate::model::{Expectations, FailureKind, Finding, Impact, Phase, Pin, Severity, Status};

fn first(codes: &[&str]) -> (World, Finding) {
    let (world, _) = faulty().into_iter().find(|(_, found)| *found == codes).unwrap();
    let finding = world.judge().findings.remove(0);
    (world, finding)
}

#[test]
fn an_expectation_turns_advice_into_policy() {
    for codes in [&["cfg.hsts_missing"][..], &["cfg.legacy_protocol", "expect.version"], &["mtls.optional"]] {
        let (world, finding) = first(codes);
        assert_eq!((finding.impact, finding.status), (Impact::Advice, Status::Warning), "{}", finding.code);
        assert_eq!(severity(&world.target, &finding, &world.policy), Severity::Ticket, "{}", finding.code);
    }
    let (world, open) = first(&["mtls.not_enforced"]);
    assert_eq!(severity(&world.target, &open, &world.policy), Severity::Page);
    assert_eq!(
        open.summary,
        "shop.example:443 does not ask for a client certificate: mutual TLS is expected and not enforced"
    );
}

#[test]
fn a_refusal_that_is_expected_is_no_trouble() {
    let mut world = World::failing(failure(
        Phase::Read,
        FailureKind::Alert(crate::model::Alert { number: 116, from: crate::model::Peer::Server }),
    ));
    let judged = |world: &World| {
        let finding = world.judge().findings.remove(0);
        (finding.code.0, finding.status)
    };
    assert_eq!(judged(&world), ("mtls.required", Status::Unknown));
    world.target.expect = Some(Expectations { mtls: Some(true), ..Expectations::default() }.into());
    assert_eq!(judged(&world), ("mtls.required", Status::Ok));
}

#[test]
fn the_longest_latency_is_the_targets_own_else_that_of_its_label() {
    let [own, of_label, of_all] = [1, 2, 3].map(std::time::Duration::from_secs);
    let labelled = super::Policy { max_latency: of_label, ..super::Policy::default() };
    let by_label = vec![("env".into(), "prod".into(), labelled)];
    let policy = super::Policy { max_latency: of_all, by_label, ..super::Policy::default() };
    let mut target = target();
    assert_eq!(super::max_latency(&target, &policy), of_label);
    target.expect = Some(Expectations { max_latency: Some(own), ..Expectations::default() }.into());
    assert_eq!(super::max_latency(&target, &policy), own);
    (target.expect, target.labels) = (None, crate::model::Labels::new());
    assert_eq!(super::max_latency(&target, &policy), of_all);
}

#[test]
fn pins_say_which_broke_and_what_still_holds() {
    let [one, two, three] = [b"1", b"2", b"3"].map(|key| Pin(crate::model::Fingerprint::of(key)));
    let holds = Pin(intermediate().spki);
    let told = |pins: &[Pin]| expecting(|expect| expect.pins = pins.to_vec()).judge().findings.remove(0);
    let backed = told(&[one, two, holds]);
    assert_eq!(
        backed.summary,
        format!(
            "certificate of shop.example:443 no longer has the pinned key {one}; the backup {holds} holds, by “Example CA R11”"
        )
    );
    assert_eq!((backed.impact, backed.status), (Impact::Advice, Status::Warning));
    assert_eq!(backed.evidence.value("broken pins").unwrap(), format!("{one}, {two}"));
    let lone = told(&[one]);
    assert!(lone.summary.ends_with("and there is no backup pin"), "{}", lone.summary);
    assert_eq!((lone.impact, lone.status), (Impact::Partial, Status::Critical));
    let none = told(&[one, two, three]);
    assert_eq!(none.summary, "certificate of shop.example:443 has none of the 3 pinned keys");
    assert!(none.next.command.unwrap().ends_with("openssl dgst -sha256 -binary | openssl base64"));
}

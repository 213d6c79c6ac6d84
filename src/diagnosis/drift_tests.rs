use super::super::fixture::*;
use super::*;
use crate::model::{CipherSuite, Observation, Order, Outcome, Survey, TlsVersion, VersionAnswer, VersionSuites};

/// Four addresses, the last of them changed.
fn four(change: impl Fn(&mut Handshake)) -> World {
    let healthy = |last: u8| {
        let chain = vec![leaf(), intermediate()];
        let mut handshake = handshake(chain.clone(), trusted(&chain));
        if last == 4 {
            change(&mut handshake);
        }
        observed(&format!("10.0.0.{last}:443"), Outcome::Handshake, Some(handshake))
    };
    World::of((1..=4).map(healthy).collect::<Vec<Observation>>())
}

/// Four addresses that accept TLS 1.2 and 1.3 with one suite each; the last one's survey is changed.
fn surveyed(change: impl Fn(&mut Survey)) -> World {
    four(|_| ()).surveyed(|survey| {
        let version = |version, answer| VersionAnswer { version: TlsVersion(version), answer };
        let suites = |version, suite| VersionSuites {
            version: TlsVersion(version),
            suites: vec![CipherSuite(suite)],
            order: Order::Server,
            complete: true,
        };
        survey.negotiation = Some(Negotiation {
            versions: vec![
                version(0x0301, Answer::Refused(untrusted("alert protocol_version (70)"))),
                version(0x0303, Answer::Accepted),
                version(0x0304, Answer::Accepted),
            ],
            suites: vec![suites(0x0303, 0xC02F), suites(0x0304, 0x1301)],
            ..Negotiation::default()
        });
        if survey.key.address == at("10.0.0.4:443") {
            change(survey);
        }
    })
}

fn drift(world: &World) -> Option<Finding> {
    world.judge().findings.into_iter().find(|finding| finding.code == rules::FLEET_CONFIG_DRIFT.code)
}

#[test]
fn the_odd_one_out_is_named_with_what_it_does() {
    let accepts_old = |survey: &mut Survey| {
        let negotiation = survey.negotiation.as_mut().unwrap();
        negotiation.versions[0].answer = Answer::Accepted;
    };
    let old = |handshake: &mut Handshake| handshake.version = Some(TlsVersion(0x0303));
    let no_h2 = |handshake: &mut Handshake| handshake.alpn = None;
    let asks = |handshake: &mut Handshake| {
        handshake.client_auth = ClientAuth::Requested { authorities: Vec::new(), presented: None };
    };
    let cases = [
        (four(old), "negotiated version: TLSv1.2 instead of TLSv1.3 on 10.0.0.4:443; TLSv1.3 on 3 others"),
        (four(no_h2), "negotiated protocol: none instead of h2 on 10.0.0.4:443; h2 on 3 others"),
        (
            four(asks),
            "client certificate: asked for instead of not asked for on 10.0.0.4:443; not asked for on 3 others",
        ),
        (surveyed(accepts_old), "accepted versions: also TLSv1.0 on 10.0.0.4:443; TLSv1.2, TLSv1.3 on 3 others"),
    ];
    for (world, what) in cases {
        let finding = drift(&world).unwrap_or_else(|| panic!("nothing about {what}"));
        let who = "1 of 4 addresses of shop.example:443 is set up differently from the others";
        assert_eq!(finding.summary, format!("{who}: {what}"));
        assert_eq!(finding.addresses, [at("10.0.0.4:443")]);
        assert!(finding.next.text.ends_with("Odd ones out: 10.0.0.4:443."), "{}", finding.next.text);
        let hurts = if what.starts_with("client") { Impact::Partial } else { Impact::Advice };
        assert_eq!((finding.impact, finding.status), (hurts, Status::Warning), "{what}");
    }
}

#[test]
fn several_differences_are_one_finding_and_results_follow_from_reasons() {
    let world = surveyed(|survey| {
        let negotiation = survey.negotiation.as_mut().unwrap();
        negotiation.versions[2].answer = Answer::Refused(untrusted("closed"));
        negotiation.suites.pop();
    });
    let finding = drift(&world).expect("a drift");
    assert!(finding.summary.ends_with(": accepted versions, accepted suites differ"), "{}", finding.summary);
    let names: Vec<&str> = finding.evidence.0.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["accepted versions", "accepted suites"]);
    assert_eq!(
        finding.evidence.value("accepted versions"),
        Some("not TLSv1.3 on 10.0.0.4:443; TLSv1.2, TLSv1.3 on 3 others")
    );
}

#[test]
fn of_two_neither_is_the_odd_one() {
    let mut world = four(|handshake| handshake.version = Some(TlsVersion(0x0303)));
    world.nodes.drain(1..3);
    let finding = drift(&world).expect("a drift");
    assert!(
        finding.summary.starts_with("both addresses of shop.example:443 are set up differently from each other: "),
        "{}",
        finding.summary
    );
    assert_eq!(finding.addresses, [at("10.0.0.1:443"), at("10.0.0.4:443")]);
}

#[test]
fn what_is_not_known_is_no_difference() {
    let cut_short = |survey: &mut Survey| {
        survey.negotiation.as_mut().unwrap().suites.clear();
        survey.unasked.push(crate::model::Unasked { question: "negotiation".into(), reason: untrusted("budget") });
    };
    let unknown = |survey: &mut Survey| {
        survey.negotiation.as_mut().unwrap().versions[1].answer = Answer::Unknown(untrusted("no answer in time"));
    };
    let mut failing_one = four(|_| ());
    let refused = failure(crate::model::Phase::Tcp, crate::model::FailureKind::Refused);
    failing_one.nodes[3].last = Some(failing("10.0.0.4:443", refused).into());
    for world in [four(|_| ()), surveyed(|_| ()), surveyed(cut_short), surveyed(unknown), failing_one] {
        assert_eq!(drift(&world), None);
    }
}

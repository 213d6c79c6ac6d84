//! What a survey found, on the tabs of the endpoint view.

use std::sync::Arc;

use super::choices::Tab;
use super::golden::dump;
use super::samples::{self, NOW};
use super::tests::{drive, picture, screen, text};
use super::{UiModel, update};
use crate::model::{
    AddressKey, Answer, Certificate, Chain, CipherSuite, Depth, DhParameters, Failure, FailureKind, Fingerprint,
    NamedGroup, Observation, Order, Outcome, Phase, Resumption, Served, ServedAnswer, ServedTo, SignatureScheme,
    Status, Survey, Target, TargetId, TlsVersion, Unasked, Untrusted, VersionAnswer, VersionSuites,
};
use crate::store::{AddressRow, Snapshot};
use crate::theme::{Glyphs, Theme};

/// The endpoint view of the address at `slot`, led to by its own keys.
fn endpoint(size: (u16, u16), theme: &str, snapshot: Arc<Snapshot>, slot: usize, keys: &str) -> UiModel {
    let key = snapshot.addresses.get(slot).unwrap().key;
    let mut model = screen(size, theme, Some(snapshot));
    (model.selection.target, model.selection.address) = (Some(key.target), Some(key));
    drive(&mut model, "enter");
    let view = model.endpoint.unwrap();
    assert_eq!((view.target, view.address), (key.target, Some(key)));
    drive(&mut model, keys);
    model
}

fn with(change: impl FnOnce(&mut AddressRow)) -> Arc<Snapshot> {
    let mut snapshot = (*samples::surveyed()).clone();
    let mut row = (**snapshot.addresses.get(0).unwrap()).clone();
    change(&mut row);
    snapshot.addresses.set(0, Some(Arc::new(row)));
    Arc::new(snapshot)
}

#[test]
fn the_tab_is_reached_by_its_number_and_by_going_through_all() {
    for keys in ["5", "tab tab tab tab", "4 l", "]]]]"] {
        let model = endpoint((80, 24), "dark", samples::surveyed(), 0, keys);
        assert_eq!(model.endpoint.unwrap().tab, Tab::Survey, "{keys}");
        assert!(text(&model).contains("Survey of 10.0.0.1:443, 3m ago"), "{}", text(&model));
    }
}

#[test]
fn surveys_look_as_agreed() {
    for theme in ["dark", "light"] {
        for size in [(80, 24), (120, 36)] {
            let model = endpoint(size, theme, samples::surveyed(), 0, "5");
            insta::assert_snapshot!(format!("{theme}-{}x{}", size.0, size.1), dump(&picture(&model)));
        }
    }
    for (name, slot, keys) in [
        ("suites", 0, "5 pagedown pagedown"),
        ("asked", 0, "5 end"),
        ("partial", 1, "5"),
        ("failing", 2, "5"),
        ("first", 3, "5"),
        ("none", 4, "5"),
        ("again", 5, "5"),
        ("chain", 0, "3 end"),
        ("handshake", 2, "4 end"),
    ] {
        insta::assert_snapshot!(name, dump(&picture(&endpoint((80, 24), "dark", samples::surveyed(), slot, keys))));
    }
    let model = endpoint((160, 90), "dark", samples::surveyed(), 0, "5");
    insta::assert_snapshot!("beside", text(&model));
}

#[test]
fn every_sign_is_there_without_colour_and_in_ascii() {
    let mut model = endpoint((120, 90), "mono", samples::surveyed(), 0, "5");
    let shown = text(&model);
    for line in ["✗ 1 RC4", "▲ TLSv1.0 (deprecated)", "▲ TLS_RSA_WITH_3DES_EDE_CBC_SHA", "✓ ticket works"] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
    model.settings.theme = Arc::new(Theme::named("mono", |_| None).unwrap().with_glyphs(&Glyphs::ASCII));
    let shown = text(&model);
    assert!(shown.is_ascii() && shown.contains("x 1 RC4") && shown.contains("! TLSv1.0"), "{shown}");
}

#[test]
fn who_was_not_surveyed_learns_why_and_which_key_asks() {
    let shown = |snapshot| text(&endpoint((80, 24), "dark", snapshot, 0, "5"));
    let none = with(|row| row.survey = None);
    assert!(shown(none).contains("d asks for one now"));
    let probed_only = with(|row| {
        row.survey = None;
        row.target = Arc::new(Target { depth: Depth::Handshake, ..(*row.target).clone() });
    });
    assert!(shown(probed_only).contains("it is probed and never surveyed"));
}

#[test]
fn who_cannot_be_surveyed_learns_what_stands_in_the_way() {
    let failing = |phase, kind| {
        with(move |row| {
            row.survey = None;
            let last = row.last.as_deref().unwrap().clone();
            let detail = Untrusted::new("");
            let failure = Failure { phase, kind: FailureKind::clone(&kind), detail, received: 0, sent: 0 };
            row.last = Some(Arc::new(Observation { outcome: Outcome::Failed(Box::new(failure)), ..last }));
        })
    };
    let shown = |snapshot| text(&endpoint((120, 24), "dark", snapshot, 0, "5"));
    let reply = Untrusted::new("HTTP/1.1 403 Forbidden");
    let barred = shown(failing(Phase::Proxy, FailureKind::Rejected { reply }));
    assert!(barred.contains("no survey can be made: it could not be tried: the proxy does not connect us"), "{barred}");
    assert!(!barred.contains("asks for one now"), "{barred}");
    let silent = shown(failing(Phase::Tls, FailureKind::TimedOut));
    assert!(silent.contains("d asks for one now"), "a handshake that fails is surveyed: {silent}");
}

#[test]
fn asking_for_a_survey_works_from_the_tab() {
    let mut model = endpoint((80, 24), "dark", samples::surveyed(), 0, "5");
    let target = model.endpoint.unwrap().target;
    assert_eq!(drive(&mut model, "d"), [super::Effect::Survey(vec![target])]);
}

#[test]
fn chain_and_handshake_say_nothing_where_a_survey_adds_nothing() {
    let bare = |row: &mut AddressRow| {
        let key = AddressKey { target: TargetId(0), address: row.key.address };
        row.survey = Some(Arc::new(Survey::new(key, NOW, crate::model::SurveyReason::Asked)));
    };
    for keys in ["3", "4"] {
        let before = text(&endpoint((120, 90), "dark", samples::troubled(), 0, keys));
        let after = text(&endpoint((120, 90), "dark", with(bare), 0, keys));
        assert_eq!(before, after);
    }
    let shown = text(&endpoint((80, 24), "dark", with(bare), 0, "5"));
    assert!(shown.contains("nothing was found out") && !shown.contains("nothing unusual"), "{shown}");
}

#[test]
fn an_address_with_a_finding_is_not_called_unremarkable() {
    let plain = |status| {
        with(|row| {
            let chain = Arc::clone(row.last_seen.as_ref().unwrap());
            let mut survey = Survey::new(row.key, NOW, crate::model::SurveyReason::Asked);
            let answer = ServedAnswer::Chain(chain.chain().to_vec().into());
            survey.served = vec![Served { to: ServedTo::NoName, answer }];
            (row.survey, row.status) = (Some(Arc::new(survey)), status);
        })
    };
    let shown = |status| text(&endpoint((80, 24), "dark", plain(status), 0, "5"));
    assert!(shown(Status::Ok).contains("✓ nothing unusual"), "{}", shown(Status::Ok));
    let warned = shown(Status::Warning);
    assert!(warned.contains("nothing unusual beside what the verdict says"), "{warned}");
    assert!(!warned.contains("✓ nothing unusual"), "{warned}");
}

#[test]
fn what_follows_an_accepted_chain_is_no_fault() {
    let superfluous = with(|row| {
        let mut seen = (**row.last_seen.as_ref().unwrap()).clone();
        let mut handshake = seen.handshake.take().unwrap();
        let leaf = Arc::clone(handshake.chain.first().unwrap());
        // Below a root that is not sent, as is usual.
        let below_root =
            Certificate { issuer_id: Fingerprint::of(b"a root"), ..(**handshake.chain.last().unwrap()).clone() };
        handshake.chain = vec![Arc::clone(&leaf), Arc::new(below_root), leaf].into();
        seen.handshake = Some(handshake);
        row.last_seen = Some(Arc::new(seen));
    });
    let shown = text(&endpoint((120, 90), "dark", superfluous, 0, "3"));
    assert!(shown.contains("not issued by the certificate that follows, which no path needs"), "{shown}");
    assert!(!shown.contains("✗ not issued"), "{shown}");
}

/// As much as anyone can make a survey say, and as ill to draw.
fn maximal() -> Arc<Snapshot> {
    let long = || Untrusted::new(&"名\u{202e}ä\u{301}x".repeat(100));
    with(|row| {
        let mut survey = Survey::clone(row.survey.as_ref().unwrap());
        let negotiation = survey.negotiation.as_mut().unwrap();
        let versions = [0x0002, 0x0300, 0x0301, 0x0302, 0x0303, 0x0304, 0x7f1c].map(TlsVersion);
        negotiation.versions =
            versions.map(|version| VersionAnswer { version, answer: Answer::Unknown(long()) }).to_vec();
        let suites: Vec<CipherSuite> =
            CipherSuite::known().take(150).chain([CipherSuite(0x01_0080), CipherSuite(0xFFFE)]).collect();
        let of = |version| VersionSuites { version, suites: suites.clone(), order: Order::Server, complete: false };
        negotiation.suites = versions.map(of).to_vec();
        negotiation.groups = NamedGroup::KNOWN.to_vec();
        negotiation.signature_schemes = SignatureScheme::KNOWN.to_vec();
        negotiation.dh = Some(DhParameters { bits: u32::MAX, known_as: Some("x".repeat(3_000)) });
        let authorities = (0..50).map(|_| long()).collect();
        survey.client_certificate.as_mut().unwrap().authorities = authorities;
        let elsewhere = (0..20).map(|port| (([10, 0, 0, 9], port).into(), Resumption::Broken(long())));
        survey.sessions.as_mut().unwrap().elsewhere = elsewhere.collect();
        let chain: Chain = (0..20).map(|at| samples::certificate(&format!("{at}.example"), -4_000_000_000)).collect();
        survey.served = [ServedTo::NoName, ServedTo::UnknownName, ServedTo::EcdsaOnly, ServedTo::RsaOnly]
            .map(|to| Served { to, answer: ServedAnswer::Chain(Arc::clone(&chain)) })
            .to_vec();
        let failing = crate::model::sample::failing(survey.key, survey.at);
        survey.differential = failing.differential;
        let left = |at: usize| Unasked { question: format!("question-{at}").into(), reason: long() };
        survey.unasked = (0..10).map(left).collect();
        survey.throttled = Some(long());
        row.survey = Some(Arc::new(survey));
    })
}

#[test]
fn a_maximal_survey_fits_every_size() {
    for tab in ["3", "4", "5"] {
        let mut model = endpoint((80, 24), "dark", maximal(), 0, tab);
        for width in [0, 1, 2, 3, 10, 25, 39, 40, 59, 79, 121, 250] {
            for height in [0, 1, 2, 5, 8, 11, 12, 16, 36] {
                let resized = crossterm::event::Event::Resize(width, height);
                update(&mut model, super::Msg::Terminal(resized));
                drive(&mut model, "end");
                assert_eq!(picture(&model).area.width, width);
                drive(&mut model, "home");
                assert_eq!(picture(&model).area.height, height);
            }
        }
    }
}

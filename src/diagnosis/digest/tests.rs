use super::*;
use crate::model::sample::{self, Certificates};
use crate::model::{AddressKey, Answer, FetchKind, RevocationState, SurveyReason, TargetId};

const NOW: Time = Time::from_secs(1_795_228_447);

fn key() -> AddressKey {
    AddressKey { target: TargetId(0), address: ([10, 0, 0, 1], 443).into() }
}

fn known() -> Certificates {
    Certificates::around(sample::certificate("shop.example", NOW, 40 * 86_400), NOW)
}

/// `✗ name: piece, piece`, with the signs of marks.
fn lines(facts: &[Fact]) -> String {
    let sign = |mark| match mark {
        Mark::Quiet => "-",
        Mark::Plain => "",
        Mark::Good => "+",
        Mark::Weak => "!",
        Mark::Bad => "X",
    };
    let text = |fact: &Fact| {
        let pieces: Vec<String> =
            fact.pieces.iter().map(|piece| format!("{}{}", sign(piece.mark), piece.text)).collect();
        format!("{}: {}", fact.name, pieces.join(&format!("{} ", fact.separator())))
    };
    facts.iter().map(text).collect::<Vec<_>>().join("\n")
}

fn read(survey: &Survey, known: &Certificates, all: bool) -> String {
    let chain = [Arc::clone(&known.leaf), Arc::clone(&known.intermediate)];
    let digest = Digest { survey, chain: &chain, now: NOW };
    lines(&if all { digest.facts() } else { digest.brief() })
}

#[test]
fn samples_read_as_agreed() {
    let known = known();
    let surveys = [
        ("full", sample::full(key(), NOW, &known)),
        ("partial", sample::partial(key(), NOW, &known)),
        ("failing", sample::failing(key(), NOW)),
    ];
    for (name, survey) in surveys {
        let (brief, all) = (read(&survey, &known, false), read(&survey, &known, true));
        insta::assert_snapshot!(name, format!("{brief}\n\nall\n{all}"));
    }
}

#[test]
fn the_unusual_stands_alone_and_the_worst_first() {
    let known = known();
    let survey = sample::full(key(), NOW, &known);
    let digest = Digest { survey: &survey, chain: &[], now: NOW };
    insta::assert_snapshot!(lines(&digest.unusual()));
}

#[test]
fn what_is_missing_is_named_once() {
    let known = known();
    let missing = |survey: &Survey| Digest { survey, chain: &[], now: NOW }.missing();
    let (full, mut partial) = (sample::full(key(), NOW, &known), sample::partial(key(), NOW, &known));
    assert_eq!(missing(&full), None);
    assert_eq!(missing(&partial).unwrap(), "suites, ocsp and crl");
    partial.unasked.clear();
    assert_eq!(missing(&partial).unwrap(), "some suites");
    partial.negotiation = None;
    assert_eq!(missing(&partial).unwrap(), "what was to follow");
}

#[test]
fn what_was_fetched_for_one_purpose_is_told_apart() {
    let survey = sample::full(key(), NOW, &known());
    let digest = Digest { survey: &survey, chain: &[], now: NOW };
    let text = lines(digest.fetched(FetchKind::Aia).as_slice());
    assert_eq!(text, "fetched: -aia http://10.0.0.9/r12.cer: not fetched, a private address");
}

#[test]
fn a_server_without_the_newest_version_is_told_by_it() {
    let known = known();
    let mut survey = sample::full(key(), NOW, &known);
    let versions = &mut survey.negotiation.as_mut().unwrap().versions;
    versions.last_mut().unwrap().answer = Answer::Refused(Untrusted::new("alert protocol_version (70)"));
    let text = read(&survey, &known, false);
    assert!(text.contains("(deprecated), -no TLSv1.3\n"), "{text}");
}

#[test]
fn nothing_is_said_of_what_was_not_asked() {
    assert_eq!(read(&Survey::new(key(), NOW, SurveyReason::Asked), &known(), true), "");
}

#[test]
fn one_source_that_knows_makes_up_for_those_that_cannot_be_heard() {
    let known = known();
    let mut survey = sample::full(key(), NOW, &known);
    survey.revocation.truncate(1);
    survey.revocation[0].words[1].state = RevocationState::Unavailable(Untrusted::new("time ran out"));
    survey.revocation[0].words.truncate(2);
    let text = read(&survey, &known, false);
    assert!(text.contains("revocation: +staple good for 6d; -OCSP not heard: time ran out"), "{text}");
}

#[test]
fn every_name_fits_its_column() {
    let known = known();
    let chain = [Arc::clone(&known.leaf)];
    let survey = sample::full(key(), NOW, &known);
    let digest = Digest { survey: &survey, chain: &chain, now: NOW };
    for fact in digest.facts() {
        assert!(fact.name.len() < 14, "{}", fact.name);
        assert!(!fact.pieces.is_empty(), "{}", fact.name);
    }
}

#[test]
fn the_matrix_has_places_where_the_order_is_the_servers() {
    let known = known();
    let survey = sample::full(key(), NOW, &known);
    let matrix = Digest { survey: &survey, chain: &[], now: NOW }.matrix().unwrap();
    assert_eq!(matrix.versions.len(), 4);
    assert_eq!(matrix.rows[0].cells, [Cell::Place(1), Cell::Empty, Cell::Empty, Cell::Empty]);
    let old = matrix.rows.last().unwrap();
    assert_eq!(old.cells, [Cell::Empty, Cell::Place(11), Cell::Accepted, Cell::Accepted]);
    assert_eq!(old.weakness.unwrap().word, "RC4");
}

#[test]
fn a_reason_that_several_share_is_given_once() {
    let mut survey = Survey::new(key(), NOW, SurveyReason::Asked);
    let why = crate::model::Untrusted::new("the address had enough of us");
    let unknown = |offered: Option<&str>| crate::model::AlpnAnswer {
        offered: offered.map(Into::into),
        selected: None,
        answer: Answer::Unknown(why.clone()),
    };
    survey.alpn = vec![unknown(None), unknown(Some("h2")), unknown(Some("http/1.1"))];
    let text = read(&survey, &known(), true);
    assert_eq!(text.matches("had enough of us").count(), 1, "{text}");
    assert!(text.contains("ALPN: -none offered, h2 and http/1.1 not known: the address had enough of us"), "{text}");
}

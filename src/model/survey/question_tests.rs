use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::model::{
    AddressKey, AlpnAnswer, Answer, Fingerprint, Negotiation, Resumption, Revocation, Sessions, SurveyReason, TargetId,
    Time,
};

const START: Time = Time::from_secs(1_795_230_000);

fn unasked(question: &str) -> Unasked {
    Unasked { question: question.into(), reason: Untrusted::new("connection budget used up") }
}

/// A survey made `minute` minutes after the start; `answers` and `leaves` are bits: negotiation, alpn, sessions.
fn survey(minute: u32, answers: u8, leaves: u8, is_throttled: bool) -> Arc<Survey> {
    let key = AddressKey { target: TargetId(1), address: "10.0.0.1:443".parse().unwrap() };
    let mut survey = Survey::new(key, START + Duration::from_mins(u64::from(minute)), SurveyReason::Rotation);
    survey.connections = minute;
    if answers & 1 != 0 {
        survey.negotiation = Some(Negotiation::default());
    }
    if answers & 2 != 0 {
        let answer =
            AlpnAnswer { offered: None, selected: Some(Untrusted::new(&minute.to_string())), answer: Answer::Accepted };
        survey.alpn = vec![answer];
    }
    if answers & 4 != 0 {
        let refused = Resumption::Unknown(Untrusted::new(&minute.to_string()));
        survey.sessions = Some(Sessions {
            ticket: Some(refused),
            legacy_ticket: None,
            session_id: None,
            elsewhere: Vec::new(),
            early_data: None,
        });
    }
    let names = ["negotiation", "alpn", "sessions"].into_iter().enumerate();
    survey.unasked = names.filter(|(bit, _)| leaves & (1 << bit) != 0).map(|(_, name)| unasked(name)).collect();
    survey.throttled = is_throttled.then(|| Untrusted::new("enough"));
    Arc::new(survey)
}

/// Which survey each answer is of, by minute.
fn of(survey: &Survey) -> (Option<String>, Option<String>) {
    let alpn = survey.alpn.first().and_then(|answer| Some(answer.selected.as_ref()?.to_string()));
    let ticket = survey.sessions.as_ref().and_then(|sessions| sessions.ticket.clone());
    let sessions = match ticket {
        Some(Resumption::Unknown(words)) => Some(words.to_string()),
        _ => None,
    };
    (alpn, sessions)
}

fn arrive(surveys: &[Arc<Survey>]) -> Arc<Survey> {
    let mut standing = Vec::new();
    for survey in surveys {
        standing.push(Arc::clone(survey));
        standing = Survey::standing(standing);
    }
    Survey::merged(&standing).unwrap()
}

#[test]
fn what_was_cut_short_replaces_nothing_whole() {
    let minutes = |text: (&str, &str)| (Some(text.0.to_owned()), Some(text.1.to_owned()));
    let whole = survey(1, 7, 0, false);
    let cases = [
        (survey(2, 7, 0, false), minutes(("2", "2")), "a whole one"),
        (survey(2, 7, 2, false), minutes(("1", "2")), "the budget ended"),
        (survey(2, 7, 0, true), minutes(("1", "1")), "the address had enough"),
        (survey(2, 0, 0, false), minutes(("1", "1")), "not asked at all"),
    ];
    for (later, expected, name) in cases {
        let merged = arrive(&[Arc::clone(&whole), Arc::clone(&later)]);
        assert_eq!(of(&merged), expected, "{name}");
        assert_eq!((merged.at, &merged.throttled), (later.at, &later.throttled), "{name}");
    }
    // Something is better than nothing.
    assert_eq!(of(&arrive(&[survey(1, 2, 0, false), survey(2, 4, 4, true)])), minutes(("1", "2")));
}

#[test]
fn where_an_earlier_answer_stands_its_time_is_told() {
    let merged = arrive(&[survey(1, 7, 0, false), survey(2, 7, 2, false)]);
    assert_eq!(merged.unasked.len(), 1);
    let time = (START + Duration::from_mins(1)).rfc3339();
    assert_eq!(merged.unasked[0].reason.as_str(), format!("connection budget used up; the answer is of {time}"));
}

/// With `--fetch crl` no survey ever asks a responder: what it found must open and close incidents all the same.
#[test]
fn what_is_never_to_be_fetched_cuts_nothing_short() {
    let mut survey = Survey::clone(&survey(1, 0, 0, false));
    survey.revocation = vec![Revocation { certificate: Fingerprint::of(b"leaf"), words: Vec::new() }];
    survey.unasked = vec![unasked("ocsp"), unasked("aia")];
    assert_eq!(survey.extent(Question::Revocation), Extent::Whole);
    survey.unasked.push(unasked("revocation"));
    assert_eq!(survey.extent(Question::Revocation), Extent::Part);
    assert_eq!(survey.extent(Question::Paths), Extent::Nothing);
}

#[test]
fn one_survey_is_shared_and_not_copied() {
    let later = survey(2, 7, 0, false);
    assert!(Arc::ptr_eq(&arrive(&[survey(1, 7, 0, false), Arc::clone(&later)]), &later));
}

proptest! {
    #[test]
    fn the_order_of_arrival_does_not_matter(
        (made, order) in prop::collection::vec((0..8_u8, 0..8_u8, prop::bool::weighted(0.2)), 1..7)
            .prop_flat_map(|made| {
                let order = Just((0..made.len()).collect::<Vec<_>>()).prop_shuffle();
                (Just(made), order)
            }),
    ) {
        let surveys: Vec<_> = (0..).zip(&made).map(|(minute, (answers, leaves, throttled))| {
            survey(minute, *answers, *leaves, *throttled)
        }).collect();
        let shuffled: Vec<_> = order.iter().map(|place| Arc::clone(&surveys[*place])).collect();
        prop_assert_eq!(arrive(&shuffled), arrive(&surveys));
    }
}

use serde_json::{Value, json};

use super::super::fixtures::{GOOD, NOW, handshake, verdict_of};
use super::super::{Verdict, Visit, json_line};
use super::*;
use crate::model::Observation;
use crate::model::sample::{self, Certificates};

/// Certificates that look alike in every run.
fn known() -> Certificates {
    Certificates::around(sample::certificate("shop.example", NOW, 40 * 86_400), NOW)
}

fn seen(known: &Certificates, staple: bool) -> Arc<Observation> {
    let mut seen = (*handshake(GOOD)).clone();
    let mut shown = seen.handshake.take().unwrap();
    shown.chain = vec![Arc::clone(&known.leaf), Arc::clone(&known.intermediate)].into();
    shown.staple = staple.then(|| sample::STAPLE.into());
    seen.handshake = Some(shown);
    Arc::new(seen)
}

fn verdict(survey: Option<Survey>, staple: bool) -> Verdict {
    let known = known();
    let last = seen(&known, staple);
    verdict_of(&[Visit { last, before: None, survey: survey.map(Arc::new) }], &[])
}

fn value(survey: Survey) -> Value {
    serde_json::from_str(&json_line(&verdict(Some(survey), true)).unwrap()).unwrap()
}

fn full() -> Survey {
    sample::full(seen(&known(), true).key, NOW, &known())
}

#[test]
fn every_answer_has_its_place() {
    let survey = SurveyRecord(Arc::new(full()));
    insta::assert_snapshot!("full", serde_json::to_string_pretty(&survey).unwrap());
    let partial = SurveyRecord(Arc::new(sample::partial(seen(&known(), true).key, NOW, &known())));
    insta::assert_snapshot!("partial", serde_json::to_string_pretty(&partial).unwrap());
    let failing = SurveyRecord(Arc::new(sample::failing(seen(&known(), true).key, NOW)));
    insta::assert_snapshot!("failing", serde_json::to_string_pretty(&failing).unwrap());
}

#[test]
fn the_promised_fields_are_as_promised() {
    let value = value(full());
    let survey = &value["endpoints"][0]["survey"];
    for (field, expected) in [
        ("/versions/TLSv1.3", json!(true)),
        ("/versions/SSLv3", json!(false)),
        ("/ciphers/0", json!("TLS_AES_256_GCM_SHA384")),
        ("/groups/0", json!("X25519MLKEM768")),
        ("/alpn", json!(["h2"])),
        ("/tickets", json!(true)),
        ("/resumption", json!("works")),
        ("/early_data", json!(true)),
        ("/sni_required", json!(false)),
        ("/hsts", json!(31_536_000)),
    ] {
        assert_eq!(survey.pointer(field), Some(&expected), "{field}");
    }
    let default = survey["default_certificate"].as_str().unwrap();
    assert_eq!(value["certificates"][default]["subject"], json!("CN=default.invalid"));
    let found = survey["found"][0].as_str().unwrap();
    assert_eq!(value["certificates"][found]["subject"], json!("CN=Example CA R12"));
}

#[test]
fn what_was_not_asked_is_null() {
    let nothing = value(Survey::new(seen(&known(), true).key, NOW, crate::model::SurveyReason::Asked));
    let survey = nothing["endpoints"][0]["survey"].as_object().unwrap();
    let promised = [
        "versions",
        "ciphers",
        "groups",
        "alpn",
        "tickets",
        "resumption",
        "early_data",
        "sni_required",
        "default_certificate",
        "hsts",
    ];
    for field in promised {
        assert_eq!(survey[field], Value::Null, "{field}");
    }
}

#[test]
fn a_staple_is_what_the_survey_found_it_to_be() {
    let word = |survey, staple| verdict(survey, staple).endpoints[0].staple;
    assert_eq!(word(None, true), Some("present"));
    assert_eq!(word(Some(full()), false), Some("none"));
    assert_eq!(word(Some(full()), true), Some("good"));
    let mut stale = full();
    stale.revocation[0].words[0].state = crate::model::RevocationState::Stale;
    assert_eq!(word(Some(stale), true), Some("stale"));
    let mut of_another = full();
    of_another.revocation[0].words[0].digest = None;
    assert_eq!(word(Some(of_another), true), Some("present"));
}

#[test]
fn every_state_of_revocation_has_its_name() {
    use crate::model::{RevocationState, Untrusted};

    let told = || Untrusted::new("for this reason\u{7}");
    let state = |state| {
        let mut survey = full();
        survey.revocation[0].words.truncate(1);
        survey.revocation[0].words[0].state = state;
        let value = value(survey);
        let revocation = &value["endpoints"][0]["survey"]["revocation"][0];
        let word = &revocation["words"][0];
        json!([revocation["state"], word["source"], word["detail"], word["reason"], value["endpoints"][0]["staple"]])
    };
    let detail = "for this reason<U+0007>";
    let revoked = RevocationState::Revoked { at: NOW, reason: Some("superseded".to_owned()) };
    for (given, expected) in [
        (RevocationState::Good, json!(["good", "staple", null, null, "good"])),
        (revoked, json!(["revoked", "staple", null, "superseded", "revoked"])),
        (RevocationState::Stale, json!(["stale", "staple", null, null, "stale"])),
        (RevocationState::Unknown, json!(["unknown", "staple", null, null, "unknown"])),
        (RevocationState::Invalid(told()), json!(["invalid", "staple", detail, null, "invalid"])),
        (RevocationState::Declined(told()), json!(["declined", "staple", detail, null, "declined"])),
        (RevocationState::Unchecked(told()), json!(["unchecked", "staple", detail, null, "present"])),
        (RevocationState::Unavailable(told()), json!(["unavailable", "staple", detail, null, "unavailable"])),
    ] {
        assert_eq!(state(given), expected);
    }
}

#[test]
fn a_survey_adds_to_what_the_handshake_told() {
    let mut survey = full();
    survey.client_certificate.as_mut().unwrap().required = Some(true);
    let value = value(survey);
    assert_eq!(value["endpoints"][0]["client_auth"], json!("required"));
    assert_eq!(value["endpoints"][0]["timings_ms"]["first_byte"], json!(4.2));
}

use serde_json::{Value, json};

use super::super::fixtures::{BAD, GOOD, finding, handshake, refused, verdict};
use super::super::json::{Report, json_line};
use super::super::ours::OurSide;
use super::*;

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn one_line_has_the_promised_shape() {
    let verdict = verdict(&[(handshake(GOOD), None), (refused(BAD), Some(refused(BAD)))], &[finding()]);
    let line = json_line(&verdict).unwrap();
    assert_eq!(line.matches('\n').count(), 1);
    let value: Value = serde_json::from_str(&line).unwrap();
    for (field, expected) in [
        ("schema", json!(1)),
        ("kind", json!("verdict")),
        ("target", json!("shop.example:443")),
        ("host", json!("shop.example")),
        ("port", json!(443)),
        ("protocol", json!("tls")),
        ("labels", json!({"env": "prod"})),
        ("status", json!("critical")),
        ("impact", json!("partial")),
        ("summary", json!("1 of 2 addresses refuses connections")),
        ("started", json!("2026-11-21T02:34:07.000Z")),
        ("elapsed_ms", json!(4.25)),
    ] {
        assert_eq!(value[field], expected, "{field}");
    }
    assert_eq!(
        value["findings"][0],
        json!({"code": "tcp.partial", "impact": "partial", "status": "critical", "confidence": "certain", "scope": "target",
            "addresses": [BAD], "certificates": [], "summary": "1 of 2 addresses refuses connections",
            "evidence": {"refusing": BAD, "answering": GOOD},
            "next": {"text": "Start the listener on 10.0.0.2", "command": "nc -vz 10.0.0.2 443"}, "caused_by": null,
            "since": "2026-11-21T02:34:07Z", "last": "2026-11-21T02:34:07Z"})
    );
    let [good, bad] = &value["endpoints"].as_array().unwrap()[..] else { panic!("{value}") };
    let leaf = good["chain"][0].as_str().unwrap();
    assert_eq!(
        *good,
        json!({"address": GOOD, "outcome": "handshake", "phase": null, "error": null, "proxy": null, "version": "TLSv1.3",
            "cipher": "TLS_AES_128_GCM_SHA256", "group": "X25519MLKEM768", "alpn": "h2", "resumed": false,
            "client_auth": "none", "staple": "none", "chain": [leaf], "verified": null, "attempts": 1, "failures": 0,
            "timings_ms": {"dns": 1.2, "tcp": 0.3, "starttls": null, "tls": 2.1, "first_byte": null, "total": 3.6},
            "survey": null, "upgrade": null})
    );
    assert_eq!(
        (&bad["outcome"], &bad["phase"], &bad["error"]),
        (&json!("failed"), &json!("tcp"), &json!("connection refused"))
    );
    assert_eq!((&bad["attempts"], &bad["failures"], &bad["chain"]), (&json!(2), &json!(2), &json!([])));
    let facts = &value["certificates"][leaf];
    let expected =
        ["issuer", "key", "not_after", "not_before", "sans", "serial", "signature", "spki_sha256", "subject"];
    assert_eq!(keys(facts), expected);
    assert_eq!((&facts["not_after"], &facts["key"]), (&json!("2026-12-31T02:34:07Z"), &json!("ECDSA P-256")));
    assert!(!line.contains('\u{1b}') && facts["subject"].as_str().unwrap().contains("<U+001B>"));
}

#[test]
fn a_report_is_one_document_with_the_worst_status() {
    let good = verdict(&[(handshake(GOOD), None)], &[]);
    let bad = verdict(&[(refused(BAD), None)], &[finding()]);
    let text = Report::new(
        &[good, bad],
        &OurSide::of(&[], &std::iter::empty()),
        crate::model::Time::from_secs(0),
        Duration::from_millis(7),
    )
    .document()
    .unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(keys(&value), ["elapsed_ms", "kind", "observer", "schema", "started", "status", "verdicts"]);
    assert_eq!((&value["status"], value["verdicts"].as_array().unwrap().len()), (&json!("critical"), 2));
}

#[test]
fn healthy_and_unknown_are_said_in_words() {
    let healthy = verdict(&[(handshake(GOOD), None), (handshake(BAD), None)], &[]);
    assert_eq!((healthy.status, healthy.impact), (Status::Ok, None));
    assert_eq!(healthy.summary, "healthy on 2 addresses, certificate valid 40d more");
    let unseen = verdict(&[], &[]);
    assert_eq!((unseen.status, unseen.summary.as_str()), (Status::Unknown, "nothing could be seen"));
    let advice = Finding { status: Status::Ok, impact: Impact::Advice, ..finding() };
    assert!(verdict(&[(handshake(GOOD), None)], &[advice]).summary.starts_with("healthy"));
}

#[test]
fn what_nobody_was_asked_is_said() {
    let named = |address: &str| {
        let mut seen = (*handshake(address)).clone();
        let mut shown = seen.handshake.take().unwrap();
        let leaf = crate::model::Certificate {
            crl_urls: vec![crate::model::Untrusted::new("http://crl.example/1.crl")],
            ..(*shown.chain[0]).clone()
        };
        shown.chain = [std::sync::Arc::new(leaf)].into();
        seen.handshake = Some(shown);
        std::sync::Arc::new(seen)
    };
    let healthy = verdict(&[(named(GOOD), None)], &[]);
    assert_eq!(healthy.not_asked, ["revocation"]);
    assert!(healthy.summary.ends_with("valid 40d more; revocation not asked"), "{}", healthy.summary);
    assert_eq!(healthy.status, Status::Ok, "a hint, no warning");
    let broken = verdict(&[(named(GOOD), None), (refused(BAD), None)], &[finding()]);
    let text = super::super::TextStyle::default().verdict(&broken);
    assert!(text.contains("\n not asked  revocation\n"), "{text}");
    assert!(verdict(&[(handshake(GOOD), None)], &[]).not_asked.is_empty());
}

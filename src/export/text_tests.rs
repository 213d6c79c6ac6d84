use std::sync::Arc;

use super::super::Painter;
use super::super::fixtures::{BAD, GOOD, finding, handshake, refused, verdict};
use super::*;
use crate::model::{Code, Finding};

const PLAIN: TextStyle = TextStyle { painter: Painter::new(false), ascii: false, verbose: false };

/// Serial numbers of certificates made for the test differ from run to run.
fn steady(text: &str) -> String {
    let mut out = text.to_owned();
    while let Some(at) = out.find("serial …") {
        let end = at + "serial …".len() + 6;
        out.replace_range(at..end, "serial");
    }
    out
}

#[test]
fn planned_maintenance_is_said_and_changes_nothing_else() {
    let silence = crate::model::Silence { label: None, from: None, until: None, reason: "a move".into() };
    let verdict = verdict(&[(refused(BAD), None)], &[finding()]).silenced_by(Some(&Arc::new(silence)));
    let text = PLAIN.verdict(&verdict);
    assert!(text.contains("\n  silenced  without end: a move (the exit status is what was found)\n"), "{text}");
    assert_eq!(verdict.status, Status::Critical);
    assert!(super::super::markdown(&verdict).contains("Planned maintenance without end: a move"));
    let json = super::super::json_line(&verdict).unwrap();
    assert!(json.contains("\"silenced\":\"without end: a move\""), "{json}");
}

#[test]
fn the_verdict_comes_first_then_cause_next_step_and_addresses() {
    let second =
        Finding { code: Code("tls.slow"), caused_by: Some(Code("tcp.partial")), status: Status::Warning, ..finding() };
    let verdict = verdict(&[(handshake(GOOD), None), (refused(BAD), None)], &[finding(), second]);
    let expected = "\
✗ CRITICAL  shop.example:443  1 of 2 addresses refuses connections
     cause  tcp.partial · partial
  evidence  refusing   10.0.0.2:443
            answering  10.0.0.1:443
      next  Start the listener on 10.0.0.2
            $ nc -vz 10.0.0.2 443
      also  ▲ tls.slow  1 of 2 addresses refuses connections (follows from tcp.partial)
 addresses  ✓ 10.0.0.1:443  TLSv1.3  X25519MLKEM768  h2  serial ends in 40d   3.6 ms
            ✗ 10.0.0.2:443                               connection refused   2.7 ms
";
    let text = PLAIN.verdict(&verdict);
    let squeeze = |text: &str| {
        text.lines()
            .map(|line| line.split("  ").filter(|part| !part.is_empty()).map(str::trim).collect::<Vec<_>>().join("|"))
            .collect::<Vec<_>>()
    };
    assert_eq!(squeeze(&steady(&text)), squeeze(expected));
    assert_eq!(text.lines().take(6).collect::<Vec<_>>(), expected.lines().take(6).collect::<Vec<_>>());
}

#[test]
fn the_healthy_get_one_line_unless_a_probe_had_to_be_repeated() {
    let healthy = verdict(&[(handshake(GOOD), None)], &[]);
    assert_eq!(
        PLAIN.verdict(&healthy),
        "✓ OK        shop.example:443  healthy on 1 address, certificate valid 40d more\n"
    );
    let advice = Finding { code: Code("cfg.h2_missing"), status: Status::Ok, ..finding() };
    let advised = verdict(&[(handshake(GOOD), None)], &[advice]);
    assert_eq!(PLAIN.verdict(&advised), PLAIN.verdict(&healthy), "advice is for those who ask for more");
    assert!(TextStyle { verbose: true, ..PLAIN }.verdict(&advised).contains("also  ✓ cfg.h2_missing"));
    let blip = verdict(&[(handshake(GOOD), None), (handshake(BAD), Some(refused(BAD)))], &[]);
    assert!(PLAIN.verdict(&blip).contains("the first of two probes failed"));
    let verbose = TextStyle { verbose: true, ..PLAIN };
    assert!(verbose.verdict(&healthy).contains("addresses  ✓ 10.0.0.1:443"));
}

#[test]
fn the_conversation_before_tls_is_shown_when_more_is_asked_for() {
    let mut visit = handshake(GOOD);
    let said = |text: &str| Some(Untrusted::new(text));
    let seen = Arc::make_mut(&mut visit);
    seen.timings.starttls = Some(std::time::Duration::from_micros(1250));
    seen.upgrade = Some(Arc::new(crate::model::Upgrade {
        protocol: crate::model::Protocol::Smtp,
        banner: said("220 mail ESMTP \u{1b}[31m"),
        capabilities: vec![Untrusted::new("PIPELINING"), Untrusted::new("STARTTLS")],
        reply: said("220 go ahead"),
        accepted: true,
        injected: None,
    }));
    let mail = verdict(&[(visit, None)], &[]);
    assert!(!PLAIN.verdict(&mail).contains("ESMTP"));
    let text = TextStyle { verbose: true, ..PLAIN }.verdict(&mail);
    let expected = "   upgrade  10.0.0.1:443  smtp agreed to TLS in 1.2 ms
            greeting  220 mail ESMTP <U+001B>[31m
            offers    PIPELINING, STARTTLS
            reply     220 go ahead
";
    assert!(text.ends_with(expected), "{text}");
    let json = serde_json::to_value(&mail.endpoints[0]).unwrap();
    assert_eq!(json["upgrade"]["capabilities"][1], "STARTTLS");
    assert_eq!((&json["upgrade"]["protocol"], &json["timings_ms"]["starttls"]), (&"smtp".into(), &1.25.into()));
}

#[test]
fn colour_only_adds_and_ascii_marks_are_ascii() {
    let verdict = verdict(&[(handshake(GOOD), None), (refused(BAD), None)], &[finding()]);
    let coloured = TextStyle { painter: Painter::new(true), ..PLAIN }.verdict(&verdict);
    assert!(coloured.contains("\x1b[1;31m"));
    let mut stripped = coloured;
    for attributes in ["\x1b[1;31m", "\x1b[32m", "\x1b[1m", "\x1b[2m", "\x1b[0m"] {
        stripped = stripped.replace(attributes, "");
    }
    assert_eq!(stripped, PLAIN.verdict(&verdict));
    assert!(TextStyle { ascii: true, ..PLAIN }.verdict(&verdict).is_ascii());
    assert_eq!(PLAIN.total(&[Status::Ok, Status::Critical, Status::Ok]), "3 targets: 1 critical, 2 ok\n");
}

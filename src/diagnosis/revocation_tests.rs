use super::super::fixture::{NOW, World, at, days};
use super::super::{revocation_cases, severity};
use super::*;
use crate::model::Severity;

/// What is found in the one world in which exactly this is found; of several the one with `words` in its summary.
fn found(code: &str, words: &str) -> (World, Finding) {
    let all = revocation_cases::revocations().into_iter().chain(revocation_cases::staples());
    let found = all.filter_map(|(world, codes)| Some((world.judge().findings.into_iter().next()?, world, codes)));
    let mut alike = found.filter(|(first, _, codes)| codes[0] == code && first.summary.contains(words));
    let (finding, world, _) = alike.next().unwrap();
    (world, finding)
}

fn loudness(code: &str, words: &str) -> (Status, Severity, Confidence) {
    let (world, finding) = found(code, words);
    (finding.status, severity(&world.target, &finding, &world.policy), finding.confidence)
}

#[test]
fn a_revocation_is_told_with_reason_time_and_source() {
    let (_, finding) = found("cert.revoked", "ocsp.example");
    assert_eq!(
        finding.summary,
        "certificate of shop.example:443 was revoked 3d ago (keyCompromise), says the OCSP responder http://ocsp.example/"
    );
    assert_eq!((finding.since, finding.addresses.clone()), (NOW - days(3), vec![at("10.0.0.1:443")]));
    assert_eq!(finding.evidence.value("reason"), Some("keyCompromise"));
    assert_eq!(finding.evidence.value("sources"), Some("http://ocsp.example/: revoked (2026-11-20T03:00:00Z)"));
    assert!(finding.next.text.contains("new key"), "{}", finding.next.text);
    assert_eq!(
        finding.next.command.unwrap(),
        "timeout 10 openssl s_client -connect 10.0.0.1:443 -servername shop.example -showcerts </dev/null 2>/dev/null \
         | awk '/-BEGIN/{n++} n{print >n\".pem\"}'; \
         timeout 10 openssl ocsp -issuer 2.pem -cert 1.pem -no_nonce -partial_chain -CAfile 2.pem -url http://ocsp.example/"
    );
    let (_, listed) = found("cert.revoked", "(superseded)");
    assert_eq!(
        listed.next.command.unwrap(),
        "curl -sS -m 30 http://crl.example/r11.crl | openssl crl -inform DER -noout -text | grep -i -A 4 04a7c09e5b114f21"
    );
    let (_, intermediate) = found("cert.revoked", "intermediate");
    assert!(intermediate.summary.starts_with("intermediate “Example CA R11” of shop.example:443 was revoked"));
    let (_, stapled) = found("cert.revoked", "says the stapled OCSP response");
    assert!(stapled.next.command.unwrap().ends_with(" -status </dev/null"));
}

#[test]
fn a_hold_that_another_source_calls_good_since_is_likely_only() {
    let (_, held) = found("cert.revoked", "(certificateHold)");
    assert_eq!(held.confidence, Confidence::Likely);
    assert!(held.evidence.value("sources").unwrap().contains("http://ocsp.example/: good"));
    assert!(held.next.text.contains("can be lifted"));
}

#[test]
fn only_what_hurts_clients_wakes_somebody() {
    use Confidence::{Certain, Likely};

    assert_eq!(loudness("cert.revoked", "ocsp.example"), (Status::Critical, Severity::Page, Certain));
    for code in ["cert.must_staple_missing", "cert.staple_stale", "cert.staple_invalid"] {
        assert_eq!(loudness(code, ""), (Status::Warning, Severity::Ticket, Certain), "{code}");
    }
    for code in ["revocation.crl_stale", "revocation.crl_invalid"] {
        assert_eq!(loudness(code, ""), (Status::Warning, Severity::Ticket, Certain), "{code}");
    }
    for code in ["revocation.ocsp_unreachable", "revocation.crl_unavailable"] {
        assert_eq!(loudness(code, "cannot be reached"), (Status::Ok, Severity::Note, Likely), "{code}");
    }
    for code in ["revocation.ocsp_slow", "revocation.ocsp_error"] {
        assert_eq!(loudness(code, ""), (Status::Ok, Severity::Note, Certain), "{code}");
    }
}

#[test]
fn sources_are_named_with_what_they_did() {
    let summaries = [
        ("revocation.ocsp_slow", "", "took 3s to answer"),
        (
            "revocation.ocsp_error",
            "know",
            "the OCSP responder http://ocsp.example/ for the certificate of shop.example:443 does not know it",
        ),
        (
            "revocation.crl_stale",
            "",
            "the revocation list http://crl.example/r11.crl for the certificate of shop.example:443 has been out of date for 2d",
        ),
        ("cert.staple_stale", "", "shop.example:443 staples an OCSP response that ended 3h ago"),
        (
            "cert.must_staple_missing",
            "",
            "shop.example:443 staples no OCSP response, and the certificate says that servers must",
        ),
    ];
    for (code, words, expected) in summaries {
        let (_, finding) = found(code, words);
        assert!(finding.summary.contains(expected), "{}", finding.summary);
    }
    let (_, unreachable) = found("revocation.ocsp_unreachable", "");
    assert_eq!(
        unreachable.next.command.unwrap(),
        "curl -sS -m 10 -o /dev/null -w '%{http_code} after %{time_total} s\\n' http://ocsp.example/"
    );
}

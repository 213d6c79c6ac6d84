//! What a finding rests on: the probe of every interval, or the answer to a question of a survey.

use crate::model::{Code, Question};

/// The question whose answer shows a fact of this code; `None` for what every probe or look-up shows.
///
/// Probes neither confirm nor refute what only a survey can see.
#[must_use]
pub fn rests_on(code: Code) -> Option<Question> {
    Some(match (code.0, code.family()) {
        ("hs.resumption_broken" | "cfg.early_data", _) => Question::Sessions,
        ("cfg.h2_missing", _) => Question::Alpn,
        ("cfg.h3_dead" | "fleet.h3_differs", _) => Question::Quic,
        ("cfg.hsts_missing" | "cfg.hsts_short" | "server.clock_skew", _) | (_, "http") => Question::Http,
        ("cfg.no_sni_certificate" | "cert.dual_expired", _) => Question::Served,
        ("chain.client_impact", _) => Question::Paths,
        ("dns.caa_mismatch" | "dns.tlsa_mismatch", _) => Question::Records,
        ("cert.revoked" | "cert.staple_stale" | "cert.staple_invalid", _) | (_, "revocation") => Question::Revocation,
        ("hs.pq_only", _) | (_, "cfg") => Question::Negotiation,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::RULES;

    #[test]
    fn probes_show_the_connection_and_surveys_the_configuration() {
        let cases = [
            ("hs.pq_only", Some(Question::Negotiation)),
            ("cfg.rc4", Some(Question::Negotiation)),
            ("cfg.hsts_missing", Some(Question::Http)),
            ("revocation.crl_stale", Some(Question::Revocation)),
            ("cert.revoked", Some(Question::Revocation)),
            // A failure is seen by every probe; what attempts tell of it is kept beside it.
            ("hs.pq_intolerant", None),
            ("cert.expired", None),
            ("tcp.refused", None),
        ];
        for (code, expected) in cases {
            assert_eq!(rests_on(Code(code)), expected, "{code}");
        }
        for rule in RULES.iter().filter(|rule| matches!(rule.code.family(), "cfg" | "http" | "revocation")) {
            assert!(rests_on(rule.code).is_some(), "{}", rule.code);
        }
    }
}

//! What hand-built hellos showed.

use serde::{Serialize, Serializer};

use super::names;
use crate::model::{Answer, DhParameters, Features, Negotiation, Tolerance, Untrusted};

/// `{"TLSv1.3": true, "SSLv3": false, …}`, newest first.
#[derive(Debug)]
pub(super) struct Versions<'a>(pub(super) &'a Negotiation);

impl Serialize for Versions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let newest_first = self.0.versions.iter().rev();
        serializer.collect_map(newest_first.map(|asked| (asked.version.to_string(), asked.answer.is_accepted())))
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Suites {
    version: String,
    /// Whose order decides: `server`, `client`.
    order: Option<&'static str>,
    /// All of them.
    complete: bool,
    ciphers: Vec<String>,
}

impl Suites {
    pub(super) fn of(negotiation: &Negotiation) -> Vec<Self> {
        let newest_first = negotiation.suites.iter().rev();
        newest_first
            .map(|accepted| Self {
                version: accepted.version.to_string(),
                order: accepted.order.name(),
                complete: accepted.complete,
                ciphers: names(&accepted.suites),
            })
            .collect()
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Dh<'a> {
    bits: u32,
    known_as: Option<&'a str>,
}

impl<'a> Dh<'a> {
    pub(super) fn of(dh: &'a DhParameters) -> Self {
        Self { bits: dh.bits, known_as: dh.known_as.as_deref() }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct FeatureFacts {
    compression: Option<bool>,
    fallback_scsv: Option<bool>,
    extended_master_secret: Option<bool>,
    encrypt_then_mac: Option<bool>,
    secure_renegotiation: Option<bool>,
    status_request: Option<bool>,
    session_ticket: Option<bool>,
}

impl FeatureFacts {
    pub(super) const fn of(features: Features) -> Self {
        Self {
            compression: features.compression,
            fallback_scsv: features.fallback_scsv,
            extended_master_secret: features.extended_master_secret,
            encrypt_then_mac: features.encrypt_then_mac,
            secure_renegotiation: features.secure_renegotiation,
            status_request: features.status_request,
            session_ticket: features.session_ticket,
        }
    }
}

/// How unusual but correct hellos fare.
#[derive(Debug, Serialize)]
pub(super) struct ToleranceFacts<'a> {
    grease: Tolerated<'a>,
    long_hello: Tolerated<'a>,
    tls13: Tolerated<'a>,
}

#[derive(Debug, Serialize)]
struct Tolerated<'a> {
    accepted: Option<bool>,
    detail: Option<&'a Untrusted>,
}

impl<'a> ToleranceFacts<'a> {
    pub(super) fn of(tolerance: &'a Tolerance) -> Self {
        let of = |answer: &'a Option<Answer>| Tolerated {
            accepted: answer.as_ref().and_then(Answer::is_accepted),
            detail: answer.as_ref().and_then(Answer::detail),
        };
        Self { grease: of(&tolerance.grease), long_hello: of(&tolerance.long_hello), tls13: of(&tolerance.tls13) }
    }
}

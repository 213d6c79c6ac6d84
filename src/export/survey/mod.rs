//! A survey in the verdict object. One rule for every field: `null` was not asked or is not known (`unasked` often
//! says why), `false` and empty lists are answers.

mod asked;
mod hello;
mod records;
mod trust;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use self::asked::{AlpnAnswers, ClientCertificateFacts, HttpFacts, QuicFacts, SessionFacts};
use self::hello::{Dh, FeatureFacts, Suites, ToleranceFacts, Versions};
use self::records::{DnsFacts, Flip};
use self::trust::{ClientFacts, Fetched, PathFacts, RevocationFacts, ServedFacts};
use super::endpoint::millis;
use super::facts::rfc3339_millis;
use crate::model::{
    CipherSuite, Fingerprint, NamedGroup, Resumption, Sessions, SignatureScheme, Survey, Time, Untrusted,
};

/// What a survey showed, in the shape of schema 1.
#[derive(Clone, Debug, PartialEq)]
pub struct SurveyRecord(pub Arc<Survey>);

impl Serialize for SurveyRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Shape::of(&self.0).serialize(serializer)
    }
}

/// The promise. The first twelve are what most readers want; the rest is everything else.
#[derive(Debug, Serialize)]
struct Shape<'a> {
    /// Accepted or not, newest first.
    versions: Option<Versions<'a>>,
    /// Accepted suites of all versions, those of the newest first, without doubles.
    ciphers: Option<Vec<String>>,
    /// Accepted groups of all versions, those of TLS 1.3 first, without doubles.
    groups: Option<Vec<String>>,
    /// Protocols selected when each is offered alone.
    alpn: Option<Vec<&'a Untrusted>>,
    /// Session tickets are handed out.
    tickets: Option<bool>,
    /// `works`, `refused`, `broken`, `not_offered`, `unknown`: tickets and session ids together.
    resumption: Option<&'static str>,
    /// Early data is taken.
    early_data: Option<bool>,
    /// Clients without a name are refused.
    sni_required: Option<bool>,
    /// The leaf that clients without a name get.
    default_certificate: Option<Fingerprint>,
    /// `max-age` of the HSTS header; `http` tells a response without it from none.
    hsts: Option<u64>,
    /// What was not asked, or not to the end.
    unasked: Vec<UnaskedFacts<'a>>,
    /// Why it was given up: our own questions seem to have been too many.
    throttled: Option<&'a Untrusted>,

    #[serde(serialize_with = "rfc3339_millis")]
    at: Time,
    elapsed_ms: f64,
    /// `asked`, `change`, `failure`, `first_sight`, `rotation`.
    reason: &'static str,
    /// Connections to the address that it cost.
    connections: u32,
    /// Accepted suites of each accepted version, newest first.
    suites: Option<Vec<Suites>>,
    /// Groups of versions below TLS 1.3.
    legacy_groups: Option<Vec<String>>,
    signature_schemes: Option<Vec<String>>,
    dh: Option<Dh<'a>>,
    features: Option<FeatureFacts>,
    tolerance: Option<ToleranceFacts<'a>>,
    /// Signed certificate timestamps sent in the TLS extension.
    tls_scts: Option<u16>,
    alpn_answers: AlpnAnswers<'a>,
    sessions: Option<SessionFacts<'a>>,
    served: Vec<ServedFacts<'a>>,
    client_certificate: Option<ClientCertificateFacts<'a>>,
    revocation: Vec<RevocationFacts<'a>>,
    paths: Option<Vec<PathFacts<'a>>>,
    /// Certificates that were not sent and that paths need.
    found: Option<Vec<Fingerprint>>,
    /// By class of client: `browser`, `openssl`, `go`, `java`, `rustls`.
    clients: Option<BTreeMap<&'static str, ClientFacts<'a>>>,
    http: Option<HttpFacts<'a>>,
    quic: Option<QuicFacts<'a>>,
    dns: Option<DnsFacts<'a>>,
    differential: Option<Flip<'a>>,
    fetches: Vec<Fetched<'a>>,
}

#[derive(Debug, Serialize)]
struct UnaskedFacts<'a> {
    question: &'a str,
    reason: &'a Untrusted,
}

impl<'a> Shape<'a> {
    fn of(survey: &'a Survey) -> Self {
        let negotiation = survey.negotiation.as_ref();
        let paths = survey.paths.as_ref();
        let sessions = survey.sessions.as_ref();
        // An empty list of groups says that they were not asked for: some group is always accepted.
        let groups = |groups: &[NamedGroup]| (!groups.is_empty()).then(|| names(groups));
        let suites = |suites: &[CipherSuite]| (!suites.is_empty()).then(|| names(suites));
        let schemes = |schemes: &[SignatureScheme]| (!schemes.is_empty()).then(|| names(schemes));
        Self {
            versions: negotiation.map(Versions),
            ciphers: negotiation.and_then(|negotiation| suites(&negotiation.all_suites())),
            groups: negotiation.and_then(|negotiation| groups(&negotiation.all_groups())),
            alpn: survey.protocols(),
            tickets: sessions.and_then(Sessions::has_tickets),
            resumption: sessions.and_then(|sessions| sessions.resumption()).map(Resumption::name),
            early_data: sessions.map(|sessions| sessions.early_data.is_some()),
            sni_required: survey.is_sni_required(),
            default_certificate: survey.default_certificate().map(|leaf| leaf.fingerprint),
            hsts: survey.http.as_ref().and_then(|http| Some(http.hsts?.max_age)),
            unasked: survey
                .unasked
                .iter()
                .map(|unasked| UnaskedFacts { question: &unasked.question, reason: &unasked.reason })
                .collect(),
            throttled: survey.throttled.as_ref(),
            at: survey.at,
            elapsed_ms: millis(survey.took),
            reason: survey.reason.name(),
            connections: survey.connections,
            suites: negotiation.map(Suites::of),
            legacy_groups: negotiation.and_then(|negotiation| groups(&negotiation.legacy_groups)),
            signature_schemes: negotiation.and_then(|negotiation| schemes(&negotiation.signature_schemes)),
            dh: negotiation.and_then(|negotiation| negotiation.dh.as_ref()).map(Dh::of),
            features: negotiation.map(|negotiation| FeatureFacts::of(negotiation.features)),
            tolerance: negotiation.map(|negotiation| ToleranceFacts::of(&negotiation.tolerance)),
            tls_scts: negotiation.and_then(|negotiation| negotiation.tls_scts),
            alpn_answers: AlpnAnswers(&survey.alpn),
            sessions: sessions.map(SessionFacts::of),
            served: survey.served.iter().map(ServedFacts::of).collect(),
            client_certificate: survey.client_certificate.as_ref().map(ClientCertificateFacts::of),
            revocation: survey.revocation.iter().map(RevocationFacts::of).collect(),
            paths: paths.map(|report| report.paths.iter().map(PathFacts::of).collect()),
            found: paths.map(|report| report.found.iter().map(|found| found.fingerprint).collect()),
            clients: paths.map(|report| report.clients.iter().map(ClientFacts::of).collect()),
            http: survey.http.as_ref().map(HttpFacts::of),
            quic: survey.quic.as_ref().map(QuicFacts::of),
            dns: survey.records.as_deref().map(DnsFacts::of),
            differential: survey.differential.as_ref().map(Flip::of),
            fetches: survey.fetches.iter().map(Fetched::of).collect(),
        }
    }
}

/// Code points by name, in hexadecimal where they have none.
fn names<T: ToString>(values: &[T]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

/// A moment that may not be known.
#[expect(clippy::ref_option, reason = "serde's signature")]
fn rfc3339<S: Serializer>(time: &Option<Time>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(Time::rfc3339).serialize(serializer)
}

#[cfg(test)]
mod tests;

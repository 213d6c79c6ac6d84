//! What was asked over completed handshakes: protocols, sessions, client certificates, HTTP, QUIC.

use std::net::SocketAddr;

use serde::{Serialize, Serializer};

use super::rfc3339;
use crate::export::endpoint::millis;
use crate::model::{
    AlpnAnswer, AltSvc, ClientCertificate, Fingerprint, Hsts, HttpAnswer, Presented, QuicAnswer, Resumption, Sessions,
    Time, Untrusted,
};

#[derive(Debug)]
pub(super) struct AlpnAnswers<'a>(pub(super) &'a [AlpnAnswer]);

#[derive(Debug, Serialize)]
struct AlpnFacts<'a> {
    /// `null` for a hello without the extension.
    offered: Option<&'a str>,
    selected: Option<&'a Untrusted>,
    /// Whether the handshake went on.
    accepted: Option<bool>,
    detail: Option<&'a Untrusted>,
}

impl Serialize for AlpnAnswers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|answer| AlpnFacts {
            offered: answer.offered.as_deref(),
            selected: answer.selected.as_ref(),
            accepted: answer.answer.is_accepted(),
            detail: answer.answer.detail(),
        }))
    }
}

#[derive(Debug, Serialize)]
pub(super) struct SessionFacts<'a> {
    /// TLS 1.3; each way is `null` where the server does not speak its version.
    ticket: Option<Resumed<'a>>,
    /// TLS 1.2.
    legacy_ticket: Option<Resumed<'a>>,
    session_id: Option<Resumed<'a>>,
    /// A session of this address at others of the same name.
    elsewhere: Vec<Elsewhere<'a>>,
    /// How much early data is taken.
    early_data_bytes: Option<u32>,
}

#[derive(Debug, Serialize)]
struct Resumed<'a> {
    /// `works`, `refused`, `broken`, `not_offered`, `unknown`.
    result: &'static str,
    detail: Option<&'a Untrusted>,
}

#[derive(Debug, Serialize)]
struct Elsewhere<'a> {
    address: SocketAddr,
    #[serde(flatten)]
    resumed: Resumed<'a>,
}

impl<'a> Resumed<'a> {
    const fn of(resumption: &'a Resumption) -> Self {
        Self { result: resumption.name(), detail: resumption.detail() }
    }
}

impl<'a> SessionFacts<'a> {
    pub(super) fn of(sessions: &'a Sessions) -> Self {
        let elsewhere = sessions.elsewhere.iter();
        Self {
            ticket: sessions.ticket.as_ref().map(Resumed::of),
            legacy_ticket: sessions.legacy_ticket.as_ref().map(Resumed::of),
            session_id: sessions.session_id.as_ref().map(Resumed::of),
            elsewhere: elsewhere
                .map(|(address, resumed)| Elsewhere { address: *address, resumed: Resumed::of(resumed) })
                .collect(),
            early_data_bytes: sessions.early_data,
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct ClientCertificateFacts<'a> {
    requested: bool,
    /// A client without one is refused.
    required: Option<bool>,
    /// Empty means any.
    authorities: &'a [Untrusted],
    /// `null` without a certificate of ours.
    presented: Option<PresentedFacts<'a>>,
}

#[derive(Debug, Serialize)]
struct PresentedFacts<'a> {
    /// `accepted`, `refused`, `not_asked`, `unknown`.
    result: &'static str,
    alert: Option<String>,
    detail: Option<&'a Untrusted>,
}

impl<'a> ClientCertificateFacts<'a> {
    pub(super) fn of(asked: &'a ClientCertificate) -> Self {
        let presented = asked.presented.as_ref().map(|presented| PresentedFacts {
            result: presented.name(),
            alert: match presented {
                Presented::Refused { alert: Some(alert), .. } => Some(alert.name()),
                _ => None,
            },
            detail: presented.detail(),
        });
        Self { requested: asked.requested, required: asked.required, authorities: &asked.authorities, presented }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct HttpFacts<'a> {
    /// `null` when no response came; `failure` says why.
    status: Option<u16>,
    failure: Option<&'a Untrusted>,
    first_byte_ms: Option<f64>,
    /// `null` when the response has no such header.
    hsts: Option<HstsFacts>,
    #[serde(serialize_with = "rfc3339")]
    date: Option<Time>,
    /// How long a cache has held the response.
    age: Option<u64>,
    /// Our clock when the response began.
    #[serde(serialize_with = "rfc3339")]
    received_at: Option<Time>,
    alt_svc: Vec<AltSvcFacts<'a>>,
    server: Option<&'a Untrusted>,
    location: Option<&'a Untrusted>,
}

#[derive(Debug, Serialize)]
struct HstsFacts {
    max_age: u64,
    include_subdomains: bool,
    preload: bool,
}

#[derive(Debug, Serialize)]
struct AltSvcFacts<'a> {
    protocol: &'a Untrusted,
    authority: &'a Untrusted,
    max_age: u64,
}

impl<'a> HttpFacts<'a> {
    pub(super) fn of(http: &'a HttpAnswer) -> Self {
        let hsts = |hsts: Hsts| HstsFacts {
            max_age: hsts.max_age,
            include_subdomains: hsts.include_subdomains,
            preload: hsts.preload,
        };
        let service = |other: &'a AltSvc| AltSvcFacts {
            protocol: &other.protocol,
            authority: &other.authority,
            max_age: other.max_age,
        };
        Self {
            status: http.status,
            failure: http.failure.as_ref().map(|failure| &failure.words),
            first_byte_ms: http.first_byte.map(millis),
            hsts: http.hsts.map(hsts),
            date: http.date,
            age: http.age.map(|age| age.as_secs()),
            received_at: Some(http.received_at),
            alt_svc: http.alt_svc.iter().map(service).collect(),
            server: http.server.as_ref(),
            location: http.location.as_ref(),
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct QuicFacts<'a> {
    /// UDP port.
    port: u16,
    /// `Alt-Svc` or an HTTPS record speaks of it.
    advertised: bool,
    elapsed_ms: f64,
    alpn: Option<&'a Untrusted>,
    chain: Vec<Fingerprint>,
    failure: Option<&'a Untrusted>,
}

impl<'a> QuicFacts<'a> {
    pub(super) fn of(quic: &'a QuicAnswer) -> Self {
        Self {
            port: quic.port,
            advertised: quic.advertised,
            elapsed_ms: millis(quic.took),
            alpn: quic.alpn.as_ref(),
            chain: quic.chain.iter().map(|certificate| certificate.fingerprint).collect(),
            failure: quic.failure.as_ref(),
        }
    }
}

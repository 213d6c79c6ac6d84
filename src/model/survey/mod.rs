//! What was learnt of one address beyond a single handshake.
//!
//! A survey asks many small questions; each has its own part here. What was not
//! asked is absent (`None`, an empty list) and its reason stands in [`Survey::unasked`]:
//! absence of evidence is never evidence of absence.

mod fetch;
mod flip;
mod http;
mod names;
mod negotiation;
mod paths;
mod question;
mod quic;
mod records;
mod revocation;
#[cfg(test)]
pub(crate) mod sample;
mod served;
mod sessions;
mod summary;
mod words;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{AddressKey, Time, Untrusted};

pub use self::fetch::{Fetch, FetchKind, FetchPolicy, FetchResult, UnknownFetch};
pub use self::flip::{Attempt, AttemptResult, Change, Differential};
pub use self::http::{AltSvc, Hsts, HttpAnswer, HttpFailure, HttpFailureKind};
pub use self::names::{AlpnAnswer, ClientCertificate, Presented};
pub use self::negotiation::{
    Answer, DhParameters, Features, Negotiation, Order, Tolerance, VersionAnswer, VersionSuites,
};
pub use self::paths::{ClientClass, ClientVerdict, PathReport, TrustPath};
pub use self::question::{Extent, Question};
pub use self::quic::QuicAnswer;
pub use self::records::{CaaRecord, DnsRecords, RecordAnswer, ServiceRecord, TlsaRecord};
pub use self::revocation::{Revocation, RevocationSource, RevocationState, RevocationWord};
pub use self::served::{Served, ServedAnswer, ServedTo};
pub use self::sessions::{Resumption, Sessions};

/// Everything a survey of one address found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survey {
    /// Who was asked.
    pub key: AddressKey,
    /// When it began.
    pub at: Time,
    /// How long it took.
    pub took: Duration,
    /// What it was made for.
    pub reason: SurveyReason,
    /// Connections to the address that it cost.
    pub connections: u32,
    /// Versions, suites, groups, signature schemes and what else hand-built hellos show.
    pub negotiation: Option<Negotiation>,
    /// Chains served under other circumstances: without a name, to clients of another key type.
    pub served: Vec<Served>,
    /// Application protocols, one answer for each offer.
    pub alpn: Vec<AlpnAnswer>,
    /// Session resumption and early data.
    pub sessions: Option<Sessions>,
    /// Whether client certificates are asked for, and what became of ours.
    pub client_certificate: Option<ClientCertificate>,
    /// Revocation of each certificate of the chain.
    pub revocation: Vec<Revocation>,
    /// Paths from the leaf to an anchor, and which clients find one.
    pub paths: Option<PathReport>,
    /// The HTTP response, where HTTP is spoken.
    pub http: Option<HttpAnswer>,
    /// The same name over QUIC.
    pub quic: Option<QuicAnswer>,
    /// Records of the name that speak about its certificates and protocols.
    pub records: Option<Arc<DnsRecords>>,
    /// Where a handshake fails: which small change makes it succeed.
    pub differential: Option<Differential>,
    /// Everything that was fetched from elsewhere.
    pub fetches: Vec<Fetch>,
    /// What was not asked, and why.
    pub unasked: Vec<Unasked>,
    /// Our own questions seem to have been too many for the server: from here on nothing was asked.
    pub throttled: Option<Untrusted>,
}

impl Survey {
    /// How long an address is left in peace that had enough of us, and how long its failures are taken for our doing.
    pub const PENALTY: Duration = Duration::from_mins(5);

    /// A survey in which nothing was asked yet.
    #[must_use]
    pub const fn new(key: AddressKey, at: Time, reason: SurveyReason) -> Self {
        Self {
            key,
            at,
            took: Duration::ZERO,
            reason,
            connections: 0,
            negotiation: None,
            served: Vec::new(),
            alpn: Vec::new(),
            sessions: None,
            client_certificate: None,
            revocation: Vec::new(),
            paths: None,
            http: None,
            quic: None,
            records: None,
            differential: None,
            fetches: Vec::new(),
            unasked: Vec::new(),
            throttled: None,
        }
    }
}

/// What makes an address worth a survey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SurveyReason {
    /// Its turn has come round again.
    Rotation,
    /// It was never surveyed.
    FirstSight,
    /// It serves something else than before.
    Change,
    /// It fails.
    Failure,
    /// The user asked for it.
    Asked,
}

/// A question that was not asked, or not answered to the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unasked {
    /// What it was about: `suites`, `ocsp`.
    pub question: Arc<str>,
    /// Why: `connection budget used up`, `--fetch none`.
    pub reason: Untrusted,
}

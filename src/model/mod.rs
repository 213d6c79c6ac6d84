//! The nouns: plain data that every other room speaks in.
//!
//! What a target is, what one probe saw, what a certificate says, what was
//! found wrong. Serialisable, without I/O, and ignorant of every other room.

mod bypass;
mod certificate;
mod change;
mod cipher;
mod client;
mod clock;
mod cluster;
mod event;
mod expectation;
mod feed;
mod file;
mod finding;
mod host;
mod incident;
mod labels;
mod observation;
mod offer;
mod parse;
mod proxy;
mod resolution;
mod review;
mod secret;
mod silence;
mod stored;
mod suites;
mod survey;
mod target;
mod text;
mod time;
mod tls;
mod trust;
mod upgrade;

pub use self::bypass::Bypass;
pub use self::certificate::{
    Certificate, Chain, Fingerprint, KeyAlgorithm, KeyInfo, MalformedCertificate, San, SignatureInfo,
};
pub use self::change::{Changed, Changes};
pub use self::cipher::{Authentication, CipherSuite, Encryption, KeyExchange, Mode, SuiteParts};
pub use self::client::ClientFiles;
pub use self::clock::{Clock, ManualClock, SystemClock};
pub use self::cluster::{ClusterObject, Issuance, Lack, ObjectName, SecretUse, StoredSecret};
pub use self::event::{Event, SchedulerState};
pub use self::expectation::{Expectations, Pin};
pub use self::feed::{SourceFault, SourceState};
pub use self::file::{FileContent, FileFormat, FilePart, FoundFile, Held, HeldKey, Unread, visible_path};
pub use self::finding::{Code, Confidence, Evidence, Finding, Impact, Next, Scope, Status};
pub use self::host::Host;
pub use self::incident::{
    Acknowledgement, Incident, IncidentKey, IncidentName, Life, Milestone, Reach, Severity, Standing, Step,
};
pub use self::labels::Labels;
pub use self::observation::{
    AddressKey, ClientAuth, Failure, FailureKind, Handshake, HandshakeKind, Observation, Outcome, Phase,
    PlaintextProtocol, Timings,
};
pub use self::offer::{OFFERED_GROUPS, OFFERED_SCHEMES, OFFERED_SUITES};
pub use self::parse::distinguished_name;
pub use self::proxy::{Login, Passage, Proxy, ProxyKind};
pub use self::resolution::{DnsFailure, Resolution, ResolvedAddress};
pub use self::review::Review;
pub use self::secret::Secret;
pub use self::silence::Silence;
pub use self::stored::{StoredContent, StoredFile};
#[cfg(test)]
pub(crate) use self::survey::sample;
pub use self::survey::{
    AlpnAnswer, AltSvc, Answer, Attempt, AttemptResult, CaaRecord, Change, ClientCertificate, ClientClass,
    ClientVerdict, DhParameters, Differential, DnsRecords, Extent, Features, Fetch, FetchKind, FetchPolicy,
    FetchResult, Hsts, HttpAnswer, HttpFailure, HttpFailureKind, Negotiation, Order, PathReport, Presented, Question,
    QuicAnswer, RecordAnswer, Resumption, Revocation, RevocationSource, RevocationState, RevocationWord, Served,
    ServedAnswer, ServedTo, ServiceRecord, Sessions, Survey, SurveyReason, TlsaRecord, Tolerance, TrustPath, Unasked,
    UnknownFetch, VersionAnswer, VersionSuites,
};
pub use self::target::{Depth, Family, Protocol, Target, TargetId};
pub use self::text::Untrusted;
pub use self::time::{Time, human_duration};
pub use self::tls::{Alert, NamedGroup, Peer, SignatureScheme, TlsVersion};
pub use self::trust::{PathRefusal, PathResult, StoreVerdict, TrustReport};
pub use self::upgrade::Upgrade;

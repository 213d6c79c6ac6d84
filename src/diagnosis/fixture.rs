//! Evidence built by hand for tests: a healthy world, and what can be changed in it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::{AddressEvidence, History, Judgement, Observer, Policy, TargetEvidence, judge_knowing, max_latency};
use crate::model::{
    Certificate, Changes, CipherSuite, ClientAuth, Depth, DnsFailure, Failure, FailureKind, Family, Fingerprint,
    Handshake, Host, KeyAlgorithm, KeyInfo, NamedGroup, Observation, Outcome, PathRefusal, PathResult, Phase, Protocol,
    Resolution, San, SignatureInfo, StoreVerdict, StoredFile, Survey, SurveyReason, Target, TargetId, Time, Timings,
    TlsVersion, TrustReport, Untrusted,
};

pub(super) const NOW: Time = Time::from_secs(1_795_230_000);

pub(super) fn hours(hours: u64) -> Duration {
    Duration::from_hours(hours)
}

pub(super) fn days(days: u64) -> Duration {
    hours(days * 24)
}

/// From the first second to the last, which belongs to a validity, too.
pub(super) fn whole_days(days: u64) -> Duration {
    Duration::from_secs(days * 86_400 - 1)
}

pub(super) fn untrusted(text: &str) -> Untrusted {
    Untrusted::new(text)
}

/// A certificate for `shop.example` with 60 of 90 days left, issued by an intermediate.
pub(super) fn leaf() -> Certificate {
    certificate("shop.example", "Example CA R11").lasting(days(90), days(60))
}

/// The intermediate that issued it, below `Example Root`.
pub(super) fn intermediate() -> Certificate {
    let mut intermediate = certificate("Example CA R11", "Example Root").lasting(days(1800), days(900));
    intermediate.sans.clear();
    intermediate.is_ca = Some(true);
    intermediate
}

pub(super) fn root() -> Certificate {
    let mut root = certificate("Example Root", "Example Root").lasting(days(7300), days(3650));
    root.self_signed = true;
    root.is_ca = Some(true);
    root.sans.clear();
    root
}

pub(super) fn certificate(name: &str, issuer: &str) -> Certificate {
    let id = |text: &str| Fingerprint::of(text.as_bytes());
    Certificate {
        fingerprint: id(&format!("{name} by {issuer}")),
        der: Arc::from(&b""[..]),
        version: 3,
        subject: untrusted(&format!("CN={name}")),
        common_name: Some(untrusted(name)),
        issuer: untrusted(&format!("CN={issuer}")),
        issuer_short: untrusted(issuer),
        subject_id: id(name),
        issuer_id: id(issuer),
        serial: "04a7c09e5b114f21".to_owned(),
        not_before: NOW - days(30),
        not_after: NOW + days(60),
        sans: vec![San::Dns(untrusted(name))],
        key: KeyInfo { algorithm: KeyAlgorithm::Ecdsa("P-256".into()), bits: 256, exponent: None },
        spki: id(&format!("key of {name}")),
        signature: SignatureInfo { name: "ecdsa-with-SHA256".into(), weak: false },
        is_ca: Some(false),
        path_len: None,
        extended_key_usage: vec!["serverAuth".to_owned()],
        subject_key_id: None,
        authority_key_id: None,
        ocsp_urls: Vec::new(),
        issuer_urls: Vec::new(),
        crl_urls: Vec::new(),
        must_staple: false,
        embedded_scts: 2,
        self_signed: false,
    }
}

pub(super) trait Dated: Sized {
    /// So long in all, so long left; the identity follows the dates.
    fn lasting(self, lifetime: Duration, left: Duration) -> Self;
    /// So long in all, ended so long ago.
    fn ended(self, lifetime: Duration, ago: Duration) -> Self;
}

impl Dated for Certificate {
    fn lasting(mut self, lifetime: Duration, left: Duration) -> Self {
        self.not_after = NOW + left;
        self.not_before = self.not_after - lifetime;
        self.fingerprint = Fingerprint::of(format!("{}{}{}", self.subject, self.not_before, self.not_after).as_bytes());
        self
    }

    fn ended(mut self, lifetime: Duration, ago: Duration) -> Self {
        self = self.lasting(lifetime, Duration::ZERO);
        self.not_after = self.not_after - ago;
        self.not_before = self.not_before - ago;
        self.fingerprint = Fingerprint::of(format!("{}{}{}", self.subject, self.not_before, self.not_after).as_bytes());
        self
    }
}

/// A report that trusts `chain`.
pub(super) fn trusted(chain: &[Certificate]) -> TrustReport {
    let path = chain.iter().filter(|certificate| !certificate.self_signed).map(|certificate| certificate.fingerprint);
    report(PathResult::Trusted { path: path.collect(), anchor: untrusted("CN=Example Root") })
}

/// A report that does not.
pub(super) fn refused(reason: PathRefusal) -> TrustReport {
    let valid_at_another_time = matches!(reason, PathRefusal::Expired | PathRefusal::NotYetValid);
    let detail = untrusted(&format!("{reason:?}"));
    report(PathResult::Refused { reason, detail, valid_at_another_time, completed_by: None })
}

pub(super) fn report(result: PathResult) -> TrustReport {
    let stores = vec![StoreVerdict { store: "system".into(), result }];
    TrustReport { at: NOW - hours(1) / 60, stores, name_matches: true, signature_valid: true }
}

pub(super) fn handshake(chain: Vec<Certificate>, trust: TrustReport) -> Handshake {
    Handshake {
        version: Some(TlsVersion(0x0304)),
        cipher: Some(CipherSuite(0x1301)),
        group: Some(NamedGroup(0x11EC)),
        alpn: Some(untrusted("h2")),
        kind: None,
        signature: None,
        chain: chain.into_iter().map(Arc::new).collect(),
        malformed: [].into(),
        staple: None,
        client_auth: ClientAuth::None,
        tickets: 2,
        alerts: [].into(),
        closed_by: None,
        received: 3000,
        sent: 1800,
        trust: Some(Arc::new(trust)),
    }
}

/// A completed probe of an address that shows `chain` and is trusted.
pub(super) fn serving(address: &str, chain: Vec<Certificate>) -> Observation {
    let trust = trusted(&chain);
    observed(address, Outcome::Handshake, Some(handshake(chain, trust)))
}

pub(super) fn healthy(address: &str) -> Observation {
    serving(address, vec![leaf(), intermediate()])
}

pub(super) fn observed(address: &str, outcome: Outcome, handshake: Option<Handshake>) -> Observation {
    let ms = Duration::from_millis;
    Observation {
        key: crate::model::AddressKey { target: TargetId(7), address: at(address) },
        at: NOW - hours(1) / 60,
        outcome,
        timings: Timings { dns: None, tcp: Some(ms(2)), starttls: None, tls: Some(ms(20)), total: ms(22) },
        proxy: None,
        upgrade: None,
        handshake,
    }
}

pub(super) fn failure(phase: Phase, kind: FailureKind) -> Failure {
    Failure { phase, kind, detail: untrusted(""), received: 0, sent: 0 }
}

pub(super) fn failing(address: &str, failure: Failure) -> Observation {
    observed(address, Outcome::Failed(failure.into()), None)
}

pub(super) fn at(address: &str) -> SocketAddr {
    address.parse().unwrap()
}

pub(super) fn target() -> Target {
    Target {
        id: TargetId(7),
        name: "shop.example:443".into(),
        host: Host::Name("shop.example".into()),
        port: 443,
        protocol: Protocol::Tls,
        servername: None,
        pinned: Vec::new(),
        dial: None,
        proxy: None,
        family: Family::Any,
        alpn: vec!["h2".into(), "http/1.1".into()],
        client: None,
        cert_file: None,
        depth: Depth::Full,
        labels: [("env".into(), "prod".into())].into(),
        interval: Duration::from_secs(30),
        timeout: Duration::from_secs(5),
        survey: Duration::from_hours(1),
        expect: None,
    }
}

/// What one address last showed, and before that.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) address: SocketAddr,
    pub(super) last: Option<Arc<Observation>>,
    pub(super) last_seen: Option<Arc<Observation>>,
    pub(super) survey: Option<Arc<Survey>>,
    pub(super) changes: Option<Arc<Changes>>,
    /// That of the last probe alone, unless more is known.
    pub(super) history: Option<History>,
}

impl Node {
    pub(super) fn evidence(&self, longest: Duration) -> AddressEvidence<'_> {
        let alone = self.last.as_deref().map(|last| History::of(last, longest));
        AddressEvidence {
            address: self.address,
            last: self.last.as_ref(),
            last_seen: self.last_seen.as_ref(),
            survey: self.survey.as_deref(),
            changes: self.changes.as_deref(),
            history: self.history.or(alone).unwrap_or_default(),
        }
    }
}

/// A world, and the codes found in it in the order they are read.
pub(super) type Case = (World, &'static [&'static str]);

/// A target and everything known about it.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) target: Target,
    pub(super) resolution: Option<Resolution>,
    pub(super) nodes: Vec<Node>,
    pub(super) policy: Policy,
    pub(super) observer: Observer,
    pub(super) file: Option<StoredFile>,
}

impl World {
    pub(super) fn of(observations: Vec<Observation>) -> Self {
        let node = |observation: Observation| {
            let address = observation.key.address;
            let last = Arc::new(observation);
            let last_seen = (!last.chain().is_empty()).then(|| Arc::clone(&last));
            Node { address, last: Some(last), last_seen, survey: None, changes: None, history: None }
        };
        let nodes = observations.into_iter().map(node).collect();
        Self {
            target: target(),
            resolution: None,
            nodes,
            policy: Policy::default(),
            observer: Observer::default(),
            file: None,
        }
    }

    /// One address that fails.
    pub(super) fn failing(failure: Failure) -> Self {
        Self::of(vec![failing("10.0.0.1:443", failure)])
    }

    /// One address that completes a handshake.
    pub(super) fn serving(chain: Vec<Certificate>, trust: TrustReport) -> Self {
        Self::of(vec![observed("10.0.0.1:443", Outcome::Handshake, Some(handshake(chain, trust)))])
    }

    /// The same, surveyed; `found` fills in what the survey found.
    pub(super) fn surveyed(mut self, found: impl Fn(&mut Survey)) -> Self {
        for node in &mut self.nodes {
            let key = crate::model::AddressKey { target: self.target.id, address: node.address };
            let mut survey = Survey::new(key, NOW - hours(1) / 60, SurveyReason::Failure);
            found(&mut survey);
            node.survey = Some(Arc::new(survey));
        }
        self
    }

    pub(super) fn unresolved(failure: DnsFailure) -> Self {
        let resolution = Resolution {
            target: TargetId(7),
            at: NOW,
            took: Duration::from_secs(2),
            addresses: Vec::new(),
            ttl: Duration::from_mins(1),
            failure: Some(failure),
            source: untrusted("10.0.0.53"),
        };
        Self { resolution: Some(resolution), ..Self::of(Vec::new()) }
    }

    pub(super) fn judge(&self) -> Judgement {
        self.judge_at(NOW)
    }

    pub(super) fn judge_at(&self, now: Time) -> Judgement {
        let addresses: Vec<_> =
            self.nodes.iter().map(|node| node.evidence(max_latency(&self.target, &self.policy))).collect();
        let evidence = TargetEvidence {
            target: &self.target,
            resolution: self.resolution.as_ref(),
            file: self.file.as_ref(),
            addresses: &addresses,
        };
        judge_knowing(&self.observer, &evidence, &self.policy, now)
    }

    pub(super) fn codes(&self) -> Vec<&'static str> {
        self.judge().findings.iter().map(|finding| finding.code.0).collect()
    }
}

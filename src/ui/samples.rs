//! Small fleets made by hand, for tests of the screen.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{
    AddressKey, Certificate, CipherSuite, ClientAuth, Code, Confidence, Depth, Evidence, Failure, FailureKind, Family,
    Finding, Fingerprint, Handshake, HandshakeKind, Host, Impact, Incident, IncidentKey, Life, NamedGroup, Next,
    Observation, Outcome, PathRefusal, PathResult, Phase, Protocol, Reach, Scope, Severity, SignatureScheme, Status,
    StoreVerdict, Target, TargetId, Time, Timings, TlsVersion, TrustReport, Untrusted, sample,
};
use crate::store::{
    AddressRow, Aggregates, CertificateRow, Count, Digest, Distribution, ErrorGroup, LogEntry, Quantiles, Snapshot,
    TargetRow, Trend, TrendPoint, WindowCounts,
};

/// Saturday, 2026-11-21T03:14:07Z.
pub(crate) const NOW: Time = Time::from_secs(1_795_230_847);
const DAY: i64 = 86_400;
const ISSUER: &str = sample::ISSUER;

/// Four healthy targets in two services, nothing wrong.
pub(crate) fn healthy() -> Arc<Snapshot> {
    Fleet::default()
        .target("www.example.com", "web", &[Probe::ok(22, 60)])
        .target("api.example.com", "web", &[Probe::ok(31, 41), Probe::ok(28, 41)])
        .target("mail.example.net", "mail", &[Probe { version: 0x0303, ..Probe::ok(48, 12) }])
        .target("search.example.org", "search", &[Probe::ok(19, 300)])
        .finish()
}

/// The fleet of the sketches: a stale certificate on two of four addresses, something slow, a name that is gone.
pub(crate) fn troubled() -> Arc<Snapshot> {
    let stale = |millis| Probe {
        finding: Some(("cert.expired", Impact::Partial, Status::Critical)),
        ..Probe::ok_secs(millis, -11_520)
    };
    Fleet::default()
        .target("www.example.com", "web", &[Probe::ok(22, 60)])
        .target("checkout.example.com", "checkout", &[Probe::ok(40, 89), Probe::ok(37, 89), stale(41), stale(38)])
        .target(
            "api.example.com",
            "payments",
            &[Probe { finding: Some(("tls.slow", Impact::Advice, Status::Warning)), ..Probe::ok(912, 6) }],
        )
        .target("pay.example.com:8443", "payments", &[Probe::ok(30, 2), Probe::ok(33, 18), Probe::ok(35, 74)])
        .target("legacy.example.net", "legacy", &[])
        .target(
            "db.example.net:5432",
            "legacy",
            &[Probe {
                fails: true,
                finding: Some(("tcp.refused", Impact::Outage, Status::Critical)),
                ..Probe::ok(3, 40)
            }],
        )
        .target("exam\u{202e}ple.org", "odd", &[Probe { version: 0x0303, ..Probe::ok(48, 12) }])
        .finish()
}

/// The same after surveys: everything was asked of the first address, the second had enough of us, and the third
/// completes no handshake; the next is under survey for the first time, another once more.
pub(crate) fn surveyed() -> Arc<Snapshot> {
    let mut snapshot = (*troubled()).clone();
    for slot in 0..snapshot.addresses.len() {
        let Some(row) = snapshot.addresses.get(slot) else { continue };
        let Some(leaf) = row.last_seen.as_ref().and_then(|seen| seen.chain().first()) else { continue };
        let known = sample::Certificates::around(Arc::clone(leaf), NOW);
        let at = NOW - Duration::from_mins(3);
        let mut row = (**row).clone();
        row.survey = match slot {
            0 | 5 => Some(sample::full(row.key, at, &known)),
            1 => Some(sample::partial(row.key, at, &known)),
            2 => Some(sample::failing(row.key, at)),
            _ => None,
        }
        .map(Arc::new);
        row.surveying_since = matches!(slot, 3 | 5).then_some(NOW - Duration::from_secs(2));
        snapshot.addresses.set(slot, Some(Arc::new(row)));
    }
    Arc::new(snapshot)
}

/// `count` targets of one address each over `certificates` certificates.
pub(crate) fn large(count: usize, certificates: usize) -> Arc<Snapshot> {
    let mut fleet = Fleet::default();
    for at in 0..count {
        let days = i64::try_from(at % certificates).unwrap() + 1;
        fleet = fleet.target(
            &format!("host-{at}.example.com"),
            &format!("service-{}", at % 20),
            &[Probe::ok(20 + at as u64 % 50, days)],
        );
    }
    fleet.finish()
}

/// One address of a target in a sample.
#[derive(Clone, Copy)]
pub(crate) struct Probe {
    millis: u64,
    left: i64,
    version: u16,
    fails: bool,
    finding: Option<(&'static str, Impact, Status)>,
}

impl Probe {
    fn ok(millis: u64, days: i64) -> Self {
        Self::ok_secs(millis, days * DAY + 3 * 3600)
    }

    fn ok_secs(millis: u64, left: i64) -> Self {
        Self { millis, left, version: 0x0304, fails: false, finding: None }
    }
}

#[derive(Default)]
pub(crate) struct Fleet {
    snapshot: Snapshot,
    slots: HashMap<Fingerprint, u32>,
    incidents: Vec<Arc<Incident>>,
    errors: Vec<Arc<ErrorGroup>>,
    log: Vec<Arc<LogEntry>>,
}

impl Fleet {
    pub(crate) fn target(mut self, name: &str, service: &str, probes: &[Probe]) -> Self {
        let id = TargetId(u32::try_from(self.snapshot.targets.len()).unwrap());
        let target = target(id, name, service);
        let mut addresses = Vec::new();
        let mut findings = Vec::new();
        for (at, probe) in probes.iter().enumerate() {
            let address = SocketAddr::from((
                [10, 0, u8::try_from(id.0 % 250).unwrap(), u8::try_from(at + 1).unwrap()],
                target.port,
            ));
            let key = AddressKey { target: id, address };
            let slot = u32::try_from(self.snapshot.addresses.len()).unwrap();
            let row = self.address(&target, key, probe);
            findings.extend(row.finding.iter().cloned());
            self.snapshot.addresses.set(slot as usize, Some(Arc::new(row)));
            addresses.push((key, slot));
        }
        if probes.is_empty() {
            findings.push(Arc::new(finding("dns.nxdomain", Impact::Outage, Status::Critical, None, name)));
        }
        let status = findings.iter().map(|finding| finding.status).max().unwrap_or_default();
        if let Some(worst) = findings.first().cloned() {
            self.report(&target, &worst, &addresses);
        }
        let row = TargetRow {
            target,
            resolution: None,
            file: None,
            addresses: addresses.into(),
            findings: findings.into(),
            status,
        };
        self.snapshot.targets.set(id.0 as usize, Some(Arc::new(row)));
        self
    }

    fn address(&mut self, target: &Arc<Target>, key: AddressKey, probe: &Probe) -> AddressRow {
        let leaf = certificate(&target.host.to_string(), probe.left);
        self.serve(&leaf, key, target.group());
        let seen = Arc::new(observation(key, probe, &leaf));
        let mut trend = Trend::default();
        for at in 0..24 {
            let bad = (probe.fails || probe.finding.is_some_and(|(_, impact, _)| impact >= Impact::Partial)) && at > 18;
            let took = Duration::from_millis(probe.millis + (at * 7 + u64::from(key.target.0)) % 9);
            trend.push(if bad { TrendPoint::failed() } else { TrendPoint::took(took) });
        }
        let mut tls = Digest::default();
        for (times, percent) in [(21, 100), (2, 150), (1, 200)] {
            (0..times).for_each(|_| tls.record(Duration::from_millis(probe.millis * percent / 100)));
        }
        let finding = probe
            .finding
            .map(|(code, impact, status)| Arc::new(finding(code, impact, status, Some(key), &target.name)));
        let last = if probe.fails {
            Arc::new(Observation {
                outcome: Outcome::Failed(Box::new(Failure {
                    phase: Phase::Tcp,
                    kind: FailureKind::Refused,
                    detail: Untrusted::new("connection refused (os error 111)"),
                    received: 0,
                    sent: 0,
                })),
                handshake: None,
                timings: Timings { tls: None, ..seen.timings },
                ..(*seen).clone()
            })
        } else {
            Arc::clone(&seen)
        };
        AddressRow {
            key,
            target: Arc::clone(target),
            last: Some(last),
            last_seen: Some(seen),
            survey: None,
            changes: None,
            status: finding.as_ref().map(|finding| finding.status).unwrap_or_default(),
            finding,
            trend,
            tls,
            attempts: 24,
            successes: if probe.fails { 19 } else { 24 },
            probing_since: (key.target.0 == 2).then_some(NOW),
            surveying_since: None,
        }
    }

    fn serve(&mut self, leaf: &Arc<Certificate>, key: AddressKey, group: &str) {
        let next = u32::try_from(self.snapshot.certificates.len()).unwrap();
        let slot = *self.slots.entry(leaf.fingerprint).or_insert(next);
        let row = self.snapshot.certificates.get(slot as usize);
        let mut row = row.map_or_else(
            || CertificateRow {
                certificate: Arc::clone(leaf),
                served_by: Vec::new(),
                leaf_count: 0,
                chain_count: 0,
                group: group.into(),
                status: if leaf.not_after < NOW { Status::Critical } else { Status::Ok },
            },
            |row| (**row).clone(),
        );
        row.served_by.push(key);
        row.leaf_count += 1;
        row.chain_count += 1;
        self.snapshot.certificates.set(slot as usize, Some(Arc::new(row)));
    }

    fn report(&mut self, target: &Target, worst: &Finding, addresses: &[(AddressKey, u32)]) {
        let keys: Vec<AddressKey> = addresses.iter().map(|(key, _)| *key).collect();
        self.incidents.push(Arc::new(Incident {
            key: IncidentKey { code: worst.code, certificate: None, shared: None, target: Some(target.id) },
            severity: if worst.status == Status::Critical { Severity::Page } else { Severity::Ticket },
            impact: worst.impact,
            status: worst.status,
            summary: worst.summary.clone(),
            next: worst.next.text.clone(),
            targets: vec![target.id],
            target_count: 1,
            address_count: keys.len(),
            services: Reach::default(),
            owners: Reach::default(),
            life: Life::default(),
            since: NOW - Duration::from_secs(727),
            last: NOW,
        }));
        self.errors.push(Arc::new(ErrorGroup {
            code: worst.code,
            status: worst.status,
            count: 214,
            first: NOW - Duration::from_secs(727),
            last: NOW - Duration::from_secs(2),
            address_count: keys.len(),
            addresses: keys.clone(),
            target_count: 1,
            summary: worst.summary.clone(),
        }));
        let number = self.log.len() as u64;
        self.log.push(Arc::new(LogEntry {
            number,
            at: NOW - Duration::from_secs(2 + number),
            status: worst.status,
            code: Some(worst.code),
            target: Some(target.id),
            key: keys.last().copied(),
            text: worst.summary.clone(),
        }));
    }

    pub(crate) fn finish(mut self) -> Arc<Snapshot> {
        self.incidents.sort_by_key(|incident| std::cmp::Reverse(incident.severity));
        let mut aggregates = Aggregates::default();
        for row in self.snapshot.targets.iter() {
            aggregates.targets_by_status[row.status as usize] += 1;
        }
        aggregates.versions = distribution(&[("TLSv1.3", 9, Some(7)), ("TLSv1.2", 2, Some(4))]);
        aggregates.groups = distribution(&[("X25519MLKEM768", 8, None), ("x25519", 3, None)]);
        aggregates.ciphers =
            distribution(&[("TLS_AES_256_GCM_SHA384", 9, None), ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 2, None)]);
        aggregates.alpn = distribution(&[("h2", 10, None), ("none", 1, None)]);
        aggregates.keys = distribution(&[("ECDSA P-256", 8, None), ("RSA 2048", 2, None)]);
        aggregates.signatures = distribution(&[("ecdsa-with-SHA256", 10, None)]);
        aggregates.issuers = distribution(&[("Example CA R11", 10, None)]);
        let leaves =
            self.snapshot.certificates.iter().map(|row| (row.certificate.not_after, row.certificate.fingerprint));
        aggregates.nearest_expiry = leaves.min();
        aggregates.windows = [WindowCounts { attempts: 1_000, successes: 987 }; 6];
        let quantiles = |millis| Quantiles {
            count: 1_000,
            p50: Duration::from_millis(millis / 2),
            p95: Duration::from_millis(millis),
            p99: Duration::from_millis(millis * 2),
        };
        (aggregates.dns, aggregates.tcp, aggregates.tls) = (quantiles(8), quantiles(12), quantiles(60));
        aggregates.tls_p95_trend = [20, 22, 30, 41, 28, 60, 90].map(Duration::from_millis).to_vec();
        aggregates.rate = 38.2;
        self.snapshot.generation = 1_000;
        self.snapshot.at = NOW;
        self.snapshot.certificate_slots = Arc::new(self.slots);
        self.snapshot.aggregates = Arc::new(aggregates);
        self.snapshot.incident_count = self.incidents.len();
        self.snapshot.calling = self.incidents.iter().filter(|incident| incident.life.standing.is_open()).count();
        self.snapshot.incidents = self.incidents.into();
        self.snapshot.errors = self.errors.into();
        self.snapshot.log = self.log.into();
        Arc::new(self.snapshot)
    }
}

fn target(id: TargetId, name: &str, service: &str) -> Arc<Target> {
    let (host, port) = name.rsplit_once(':').map_or((name, 443), |(host, port)| (host, port.parse().unwrap()));
    let host = Untrusted::new(host).to_string();
    Arc::new(Target {
        id,
        name: format!("{host}:{port}").into(),
        host: Host::Name(host.as_str().into()),
        port,
        protocol: Protocol::Tls,
        servername: None,
        pinned: Vec::new(),
        dial: None,
        proxy: None,
        family: Family::Any,
        alpn: Vec::new(),
        client: None,
        cert_file: None,
        depth: Depth::Full,
        labels: [("service".into(), service.into())].into(),
        interval: Duration::from_secs(30),
        timeout: Duration::from_secs(5),
        survey: Duration::from_hours(1),
        expect: None,
    })
}

/// A certificate with `left` seconds to live.
pub(crate) fn certificate(name: &str, left: i64) -> Arc<Certificate> {
    sample::certificate(name, NOW, left)
}

fn observation(key: AddressKey, probe: &Probe, leaf: &Arc<Certificate>) -> Observation {
    let intermediate = certificate(ISSUER, 300 * DAY);
    let expired = probe.left < 0;
    let result = if expired {
        PathResult::Refused {
            reason: PathRefusal::Expired,
            detail: Untrusted::new("certificate has expired"),
            valid_at_another_time: true,
            completed_by: None,
        }
    } else {
        PathResult::Trusted {
            path: vec![leaf.fingerprint, intermediate.fingerprint],
            anchor: Untrusted::new("CN=Example Root X1"),
        }
    };
    let refused = PathResult::Refused {
        reason: PathRefusal::UnknownIssuer,
        detail: Untrusted::new("UnknownIssuer"),
        valid_at_another_time: false,
        completed_by: None,
    };
    let trust = TrustReport {
        at: NOW,
        stores: vec![
            StoreVerdict { store: "system".into(), result },
            StoreVerdict { store: "mozilla".into(), result: refused },
        ],
        name_matches: true,
        signature_valid: true,
    };
    let tls = Duration::from_millis(probe.millis);
    Observation {
        key,
        at: NOW - Duration::from_secs(4),
        outcome: Outcome::Handshake,
        timings: Timings {
            dns: Some(Duration::from_millis(3)),
            tcp: Some(Duration::from_millis(6)),
            starttls: None,
            tls: Some(tls),
            total: tls + Duration::from_millis(9),
        },
        proxy: None,
        upgrade: None,
        handshake: Some(Handshake {
            version: Some(TlsVersion(probe.version)),
            cipher: Some(CipherSuite(if probe.version == 0x0304 { 0x1302 } else { 0xC02F })),
            group: Some(NamedGroup(if probe.version == 0x0304 { 0x11EC } else { 0x001D })),
            alpn: Some(Untrusted::new("h2")),
            kind: Some(HandshakeKind::Full),
            signature: Some(SignatureScheme(0x0403)),
            chain: vec![Arc::clone(leaf), intermediate].into(),
            malformed: [].into(),
            staple: None,
            client_auth: ClientAuth::None,
            tickets: 2,
            alerts: [].into(),
            closed_by: None,
            received: 4_312,
            sent: 1_893,
            trust: Some(Arc::new(trust)),
        }),
    }
}

fn finding(code: &'static str, impact: Impact, status: Status, key: Option<AddressKey>, name: &str) -> Finding {
    let summary = match code {
        "cert.expired" => format!("{name}: 2 of 4 addresses still serve the certificate that expired 3h 12m ago"),
        "tls.slow" => format!("{name}: the TLS handshake takes 912 ms, above the objective of 200 ms"),
        "tcp.refused" => format!("{name}: the connection is refused"),
        _ => format!("{name}: the name does not exist"),
    };
    Finding {
        code: Code(code),
        impact,
        status,
        confidence: Confidence::Certain,
        scope: Scope::Address,
        addresses: key.iter().map(|key| key.address).collect(),
        certificates: Vec::new(),
        summary,
        evidence: Evidence(vec![
            ("address", key.map_or_else(String::new, |key| key.address.to_string())),
            ("seen", "serial 4f21 on 10.0.1.1, 10.0.1.2; serial 77aa on 10.0.1.3, 10.0.1.4".to_owned()),
        ]),
        next: Next {
            text: "reload the server on 10.0.1.3 and 10.0.1.4, so that they serve the renewed certificate".to_owned(),
            command: Some(format!("openssl s_client -connect 10.0.1.3:443 -servername {name} </dev/null")),
        },
        caused_by: None,
        validity: None,
        since: NOW - Duration::from_secs(727),
        last: NOW,
    }
}

fn distribution(counts: &[(&str, usize, Option<usize>)]) -> Distribution {
    Distribution {
        counts: counts
            .iter()
            .map(|(name, count, hour_ago)| Count { name: (*name).into(), count: *count, hour_ago: *hour_ago })
            .collect(),
        total: counts.iter().map(|(_, count, _)| count).sum(),
    }
}

//! Surveys made by hand, for tests of every output: one that fills every field, one cut short, one of a failing server.

use std::sync::Arc;
use std::time::Duration;

use super::{
    AlpnAnswer, AltSvc, Answer, Attempt, AttemptResult, CaaRecord, Change, ClientCertificate, ClientClass,
    ClientVerdict, DhParameters, Differential, DnsRecords, Features, Fetch, FetchKind, FetchResult, Hsts, HttpAnswer,
    HttpFailure, HttpFailureKind, Negotiation, Order, PathReport, Presented, QuicAnswer, RecordAnswer, Resumption,
    Revocation, RevocationSource, RevocationState, RevocationWord, Served, ServedAnswer, ServedTo, ServiceRecord,
    Sessions, Survey, SurveyReason, TlsaRecord, Tolerance, TrustPath, Unasked, VersionAnswer, VersionSuites,
};
use crate::model::{
    AddressKey, Alert, Certificate, CipherSuite, FailureKind, Fingerprint, KeyAlgorithm, KeyInfo, NamedGroup, Peer,
    San, SignatureInfo, SignatureScheme, Time, TlsVersion, Untrusted,
};

const DAY: Duration = Duration::from_hours(24);
/// What sample servers staple.
pub(crate) const STAPLE: &[u8] = &[1];
/// Who issues sample certificates.
pub(crate) const ISSUER: &str = "Example CA R11";

/// A 90-day certificate with `left` seconds to live; a long-lived one when that is more.
pub(crate) fn certificate(name: &str, now: Time, left: i64) -> Arc<Certificate> {
    const DAY: i64 = 86_400;
    let der: Arc<[u8]> = format!("{name} {left}").into_bytes().into();
    let fingerprint = Fingerprint::of(&der);
    let not_after = Time::from_secs(now.secs() + left);
    let lifetime = if left > 90 * DAY { 398 } else { 90 };
    Arc::new(Certificate {
        fingerprint,
        version: 3,
        subject: Untrusted::new(&format!("CN={name}")),
        common_name: Some(Untrusted::new(name)),
        issuer: Untrusted::new("C=XX, O=Example, CN=Example CA R11"),
        issuer_short: Untrusted::new(ISSUER),
        subject_id: if name == ISSUER { Fingerprint::of(ISSUER.as_bytes()) } else { fingerprint },
        issuer_id: Fingerprint::of(ISSUER.as_bytes()),
        serial: fingerprint.short(),
        not_before: Time::from_secs(not_after.secs() - lifetime * DAY),
        not_after,
        sans: vec![San::Dns(Untrusted::new(name))],
        key: KeyInfo { algorithm: KeyAlgorithm::Ecdsa("P-256".into()), bits: 256, exponent: None },
        spki: fingerprint,
        signature: SignatureInfo { name: "ecdsa-with-SHA256".into(), weak: false },
        is_ca: Some(false),
        path_len: None,
        extended_key_usage: vec!["serverAuth".to_owned()],
        subject_key_id: None,
        authority_key_id: None,
        ocsp_urls: Vec::new(),
        issuer_urls: vec![Untrusted::new("http://ca.example/r11.cer")],
        crl_urls: Vec::new(),
        must_staple: false,
        embedded_scts: 2,
        self_signed: false,
        der,
    })
}

/// Certificates that samples speak of.
#[derive(Clone, Debug)]
pub(crate) struct Certificates {
    /// Served to everyone.
    pub(crate) leaf: Arc<Certificate>,
    /// Its issuer, as sent.
    pub(crate) intermediate: Arc<Certificate>,
    /// Served to clients without a name.
    pub(crate) default: Arc<Certificate>,
    /// Not sent, fetched by AIA.
    pub(crate) missing: Arc<Certificate>,
}

impl Certificates {
    /// Those of a server that serves `leaf`.
    pub(crate) fn around(leaf: Arc<Certificate>, now: Time) -> Self {
        let lasting = |name| certificate(name, now, 300 * 86_400);
        let (intermediate, missing) = (lasting(ISSUER), lasting("Example CA R12"));
        Self { leaf, intermediate, default: certificate("default.invalid", now, 30 * 86_400), missing }
    }
}

/// Every question was answered.
pub(crate) fn full(key: AddressKey, at: Time, known: &Certificates) -> Survey {
    Survey {
        took: Duration::from_micros(118_400),
        connections: 87,
        negotiation: Some(negotiation()),
        served: served(known),
        alpn: protocols(),
        sessions: Some(Sessions {
            ticket: Some(Resumption::Works),
            legacy_ticket: Some(Resumption::NotOffered),
            session_id: Some(Resumption::Refused),
            elsewhere: vec![(([10, 0, 1, 2], 443).into(), Resumption::Refused)],
            early_data: Some(16_384),
        }),
        client_certificate: Some(ClientCertificate {
            requested: true,
            required: Some(false),
            authorities: vec![Untrusted::new("CN=Example Client CA\u{202e}")],
            presented: Some(Presented::Refused {
                alert: Some(Alert { number: 48, from: Peer::Server }),
                detail: Untrusted::new("alert unknown_ca (48)"),
            }),
        }),
        revocation: revocation(at, known),
        paths: Some(paths(at, known)),
        http: Some(http(at)),
        quic: Some(QuicAnswer {
            port: 443,
            advertised: true,
            took: Duration::from_micros(9_300),
            alpn: Some(Untrusted::new("h3")),
            chain: vec![Arc::clone(&known.default)].into(),
            failure: None,
        }),
        records: Some(Arc::new(records())),
        differential: None,
        fetches: fetches(),
        unasked: Vec::new(),
        throttled: None,
        ..Survey::new(key, at, SurveyReason::Asked)
    }
}

/// The connection budget was used up, fetching is off, and the server had enough.
pub(crate) fn partial(key: AddressKey, at: Time, known: &Certificates) -> Survey {
    let whole = negotiation();
    let mut suites = whole.suites;
    suites.retain(|version| version.version == TlsVersion::TLS13);
    if let Some(version) = suites.first_mut() {
        version.complete = false;
    }
    let versions = vec![
        VersionAnswer {
            version: TlsVersion::TLS12,
            answer: Answer::Unknown(Untrusted::new("connection budget used up")),
        },
        VersionAnswer { version: TlsVersion::TLS13, answer: Answer::Accepted },
    ];
    let unasked = |question: &str, reason: &str| Unasked { question: question.into(), reason: Untrusted::new(reason) };
    Survey {
        took: Duration::from_millis(2_710),
        connections: 24,
        negotiation: Some(Negotiation { versions, suites, ..Negotiation::default() }),
        served: vec![Served {
            to: ServedTo::NoName,
            answer: ServedAnswer::Unknown(Untrusted::new("no answer in time")),
        }],
        revocation: vec![Revocation {
            certificate: known.leaf.fingerprint,
            words: vec![word(
                RevocationSource::Ocsp(Untrusted::new("http://ocsp.example/")),
                RevocationState::Unavailable(Untrusted::new("no answer within 5000 ms")),
            )],
        }],
        http: Some(HttpAnswer {
            status: None,
            failure: Some(HttpFailure {
                kind: HttpFailureKind::Ended,
                words: Untrusted::new("closed before the response"),
            }),
            first_byte: None,
            hsts: None,
            date: None,
            age: None,
            received_at: at,
            alt_svc: Vec::new(),
            server: None,
            location: None,
        }),
        unasked: vec![
            unasked("suites", "connection budget used up"),
            unasked("ocsp", "--fetch none"),
            unasked("crl", "--fetch none"),
        ],
        throttled: Some(Untrusted::new("connections were reset from the 25th on; none were before")),
        ..Survey::new(key, at, SurveyReason::FirstSight)
    }
}

/// No handshake completes, unless the hello is small.
pub(crate) fn failing(key: AddressKey, at: Time) -> Survey {
    let attempt = |change, hello, result| Attempt { change, hello, result };
    let failed = |change, hello| {
        attempt(change, hello, AttemptResult::Failed(Untrusted::new("the server closed after 0 bytes")))
    };
    let attempts = vec![
        failed(Change::None, 1_583),
        attempt(Change::SmallHello, 220, AttemptResult::Handshake),
        attempt(Change::ClassicalGroups, 401, AttemptResult::Handshake),
        failed(Change::OtherName { sent: None }, 1_560),
        failed(Change::OtherFamily((std::net::Ipv6Addr::LOCALHOST, 443).into()), 0),
        failed(Change::None, 1_583),
    ];
    let failure = FailureKind::Closed;
    Survey {
        took: Duration::from_millis(1_420),
        connections: 6,
        differential: Some(Differential { failure, attempts, flips: Some(Change::ClassicalGroups), unstable: false }),
        unasked: vec![Unasked { question: "negotiation".into(), reason: Untrusted::new("no handshake completes") }],
        ..Survey::new(key, at, SurveyReason::Failure)
    }
}

fn negotiation() -> Negotiation {
    let answer = |version, answer| VersionAnswer { version: TlsVersion(version), answer };
    let refused = || Answer::Refused(Untrusted::new("alert protocol_version (70)"));
    let suites = |version, codes: &[u32], order| VersionSuites {
        version: TlsVersion(version),
        suites: codes.iter().copied().map(CipherSuite).collect(),
        order,
        complete: true,
    };
    let old = [0xC013, 0xC014, 0x002F, 0x000A, 0x0005];
    let new = [0xC02B, 0xC02F, 0xC030, 0xCCA8, 0x009E, 0xC013, 0xC014, 0x009C, 0x002F, 0x000A, 0x0005];
    let groups = |codes: &[u16]| codes.iter().copied().map(NamedGroup).collect();
    Negotiation {
        versions: vec![
            answer(0x0002, refused()),
            answer(0x0300, refused()),
            answer(0x0301, Answer::Accepted),
            answer(0x0302, Answer::Accepted),
            answer(0x0303, Answer::Accepted),
            answer(0x0304, Answer::Accepted),
        ],
        suites: vec![
            suites(0x0301, &old, Order::Client),
            suites(0x0302, &old, Order::Client),
            suites(0x0303, &new, Order::Server),
            suites(0x0304, &[0x1302, 0x1303, 0x1301], Order::Server),
        ],
        groups: groups(&[0x11EC, 0x001D, 0x0017]),
        legacy_groups: groups(&[0x001D, 0x0017, 0x0018]),
        dh: Some(DhParameters { bits: 1024, known_as: Some("RFC 2409 group 2".to_owned()) }),
        signature_schemes: [0x0403, 0x0804, 0x0401].map(SignatureScheme).to_vec(),
        features: Features {
            compression: Some(false),
            fallback_scsv: Some(true),
            extended_master_secret: Some(true),
            encrypt_then_mac: Some(false),
            secure_renegotiation: Some(true),
            status_request: Some(false),
            session_ticket: Some(true),
        },
        tolerance: Tolerance {
            grease: Some(Answer::Accepted),
            long_hello: Some(Answer::Accepted),
            tls13: Some(Answer::Refused(Untrusted::new("closed after 0 bytes"))),
        },
        tls_scts: Some(2),
    }
}

fn served(known: &Certificates) -> Vec<Served> {
    let chain = |certificates: &[&Arc<Certificate>]| {
        ServedAnswer::Chain(certificates.iter().map(|certificate| Arc::clone(certificate)).collect())
    };
    vec![
        Served { to: ServedTo::NoName, answer: chain(&[&known.default]) },
        Served {
            to: ServedTo::UnknownName,
            answer: ServedAnswer::Refused(Untrusted::new("alert unrecognized_name (112)")),
        },
        Served { to: ServedTo::EcdsaOnly, answer: chain(&[&known.leaf, &known.intermediate]) },
        Served { to: ServedTo::RsaOnly, answer: ServedAnswer::Refused(Untrusted::new("alert handshake_failure (40)")) },
    ]
}

fn protocols() -> Vec<AlpnAnswer> {
    let answer = |offered: Option<&str>, selected: Option<&str>, answer| AlpnAnswer {
        offered: offered.map(Into::into),
        selected: selected.map(Untrusted::new),
        answer,
    };
    vec![
        answer(Some("h2"), Some("h2"), Answer::Accepted),
        answer(Some("http/1.1"), None, Answer::Refused(Untrusted::new("alert no_application_protocol (120)"))),
        answer(None, None, Answer::Accepted),
    ]
}

fn word(source: RevocationSource, state: RevocationState) -> RevocationWord {
    RevocationWord {
        source,
        state,
        this_update: None,
        next_update: None,
        produced_at: None,
        fetched_at: None,
        took: None,
        digest: None,
    }
}

fn revocation(at: Time, known: &Certificates) -> Vec<Revocation> {
    let good = |source, took: Option<Duration>| RevocationWord {
        this_update: Some(at - DAY),
        next_update: Some(at + DAY * 6),
        fetched_at: took.map(|_| at),
        took,
        ..word(source, RevocationState::Good)
    };
    let revoked = RevocationState::Revoked { at: at - DAY * 2, reason: Some("keyCompromise".to_owned()) };
    vec![
        Revocation {
            certificate: known.leaf.fingerprint,
            words: vec![
                RevocationWord {
                    produced_at: Some(at - DAY),
                    digest: Some(Fingerprint::of(STAPLE)),
                    ..good(RevocationSource::Staple, None)
                },
                RevocationWord {
                    fetched_at: Some(at),
                    took: Some(Duration::from_millis(31)),
                    ..word(RevocationSource::Ocsp(Untrusted::new("http://ocsp.example/")), revoked)
                },
                word(
                    RevocationSource::Crl(Untrusted::new("http://crl.example/r11.crl")),
                    RevocationState::Invalid(Untrusted::new("its signature does not verify")),
                ),
            ],
        },
        Revocation {
            certificate: known.intermediate.fingerprint,
            words: vec![good(
                RevocationSource::Crl(Untrusted::new("http://crl.example/root.crl")),
                Some(Duration::from_millis(12)),
            )],
        },
    ]
}

fn paths(at: Time, known: &Certificates) -> PathReport {
    let path = |store: &str, path: &[Fingerprint], served, valid| TrustPath {
        store: store.into(),
        path: path.to_vec(),
        anchor: Untrusted::new("CN=Example Root X1"),
        served,
        not_after: at + DAY * 40,
        valid,
        refusal: (!valid).then(|| Untrusted::new("certificate expired on 2026-11-20 00:00")),
    };
    let verdict = |client, accepts, why| ClientVerdict { client, accepts, why: Untrusted::new(why) };
    let (leaf, intermediate, missing) =
        (known.leaf.fingerprint, known.intermediate.fingerprint, known.missing.fingerprint);
    let without = "needs “Example CA R12”, which is not sent";
    PathReport {
        sent: vec![leaf, intermediate],
        paths: vec![
            path("system", &[leaf, intermediate], true, true),
            path("mozilla", &[leaf, missing], false, true),
            path("mozilla", &[leaf, intermediate], true, false),
        ],
        found: vec![Arc::clone(&known.missing)],
        clients: vec![
            verdict(ClientClass::Browser, true, "fetches what is missing"),
            verdict(ClientClass::OpenSsl, false, without),
            verdict(ClientClass::Go, false, without),
            verdict(ClientClass::Java, false, without),
            verdict(ClientClass::Rustls, true, "the chain as sent leads to a root"),
        ],
    }
}

fn http(at: Time) -> HttpAnswer {
    HttpAnswer {
        status: Some(301),
        failure: None,
        first_byte: Some(Duration::from_micros(4_200)),
        hsts: Some(Hsts { max_age: 31_536_000, include_subdomains: true, preload: false }),
        date: Some(at - Duration::from_secs(93)),
        age: Some(Duration::from_secs(12)),
        received_at: at,
        alt_svc: vec![AltSvc { protocol: Untrusted::new("h3"), authority: Untrusted::new(":443"), max_age: 86_400 }],
        server: Some(Untrusted::new("nginx\u{1b}[31m")),
        location: Some(Untrusted::new("https://www.example.com/")),
    }
}

fn records() -> DnsRecords {
    let name = || Untrusted::new("www.example.com");
    DnsRecords {
        caa: RecordAnswer {
            owner: Untrusted::new("example.com"),
            records: vec![CaaRecord {
                critical: false,
                tag: Untrusted::new("issue"),
                value: Untrusted::new("ca.example"),
            }],
            authenticated: true,
            failure: None,
        },
        tlsa: RecordAnswer {
            owner: Untrusted::new("_443._tcp.www.example.com"),
            records: vec![TlsaRecord {
                usage: 3,
                selector: 1,
                matching: 1,
                data: "ab".repeat(32),
                matches: Some(false),
            }],
            authenticated: true,
            failure: None,
        },
        https: RecordAnswer {
            owner: name(),
            records: vec![ServiceRecord {
                priority: 1,
                target: Untrusted::new("."),
                alpn: vec![Untrusted::new("h3"), Untrusted::new("h2")],
                port: Some(443),
                ech: true,
                hints: vec![[192, 0, 2, 7].into()],
            }],
            authenticated: false,
            failure: None,
        },
    }
}

fn fetches() -> Vec<Fetch> {
    let fetch = |kind, url: &str, result| Fetch {
        kind,
        url: Untrusted::new(url),
        address: None,
        proxy: None,
        redirects: 0,
        took: Duration::ZERO,
        result,
    };
    vec![
        Fetch {
            address: Some(([192, 0, 2, 80], 80).into()),
            redirects: 1,
            took: Duration::from_millis(31),
            ..fetch(FetchKind::Ocsp, "http://ocsp.example/", FetchResult::Received(471))
        },
        fetch(FetchKind::Crl, "http://crl.example/root.crl", FetchResult::Cached),
        fetch(FetchKind::Crl, "http://crl.example/r11.crl", FetchResult::Failed(Untrusted::new("status 503"))),
        fetch(FetchKind::Aia, "http://10.0.0.9/r12.cer", FetchResult::Refused(Untrusted::new("a private address"))),
    ]
}

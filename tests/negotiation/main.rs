//! What a server negotiates, found by hellos of our own, against servers that are not ours: `openssl s_server` and
//! Java's JSSE, with `sslscan` as a second opinion.
//!
//! Linux only: the `openssl` of macOS is `LibreSSL`, which knows other options. Skipped where a program is missing.

#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, clippy::panic, reason = "a set-up that fails is a failed test")]

#[path = "../support/servers.rs"]
mod servers;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;

use servers::{HOST, Papers, Server, has};
use tlscope::inventory::{self, Recipe};
use tlscope::model::{
    Answer, CipherSuite, NamedGroup, Negotiation, Order, ServedAnswer, ServedTo, SignatureScheme, Survey, SurveyReason,
    SystemClock, Target, TargetId, TlsVersion,
};
use tlscope::probe::{Prober, Settings, TrustStores};

async fn survey(address: SocketAddr) -> Survey {
    let prober = Prober::new(&Settings::default(), TrustStores::default(), Arc::new(SystemClock)).expect("a prober");
    let target = target(address);
    let seen = prober.probe(&target, address).await;
    prober.survey(&target, &seen, &[], SurveyReason::Asked).await
}

async fn negotiation(server: &Server) -> Negotiation {
    survey(server.address).await.negotiation.expect("hellos were answered")
}

fn target(address: SocketAddr) -> Arc<Target> {
    let spec = inventory::parse(&format!("{HOST}@{address}")).expect("a notation");
    Arc::new(Recipe::default().target(TargetId(0), &spec))
}

fn accepted(found: &Negotiation) -> Vec<TlsVersion> {
    let is_accepted = |answer: &&tlscope::model::VersionAnswer| answer.answer.is_accepted() == Some(true);
    found.versions.iter().filter(is_accepted).map(|answer| answer.version).collect()
}

fn suites(found: &Negotiation, version: TlsVersion) -> &[CipherSuite] {
    found.suites.iter().find(|suites| suites.version == version).map_or(&[], |suites| &suites.suites)
}

/// Version and suite, as both tools see them.
fn pairs(found: &Negotiation) -> BTreeSet<(String, u32)> {
    let of = |list: &tlscope::model::VersionSuites| {
        let version = list.version.to_string();
        list.suites.iter().map(move |suite| (version.clone(), suite.0)).collect::<Vec<_>>()
    };
    found.suites.iter().flat_map(of).collect()
}

type Test = fn(CipherSuite) -> bool;

/// What `sslscan` lists of the same server.
fn second_opinion(address: SocketAddr) -> BTreeSet<(String, u32)> {
    const SKIPS: [&str; 6] = ["heartbleed", "groups", "renegotiation", "compression", "fallback", "check-certificate"];
    let mut command = Command::new("sslscan");
    command.args(SKIPS.map(|skip| format!("--no-{skip}"))).args(["--xml=-", "--sni-name", HOST]);
    let output = command.arg(address.to_string()).output().expect("sslscan runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let attribute = |line: &str, name: &str| {
        let (_, rest) = line.split_once(&format!(" {name}=\""))?;
        rest.split_once('"').map(|(value, _)| value.to_owned())
    };
    let ciphers = text.lines().filter(|line| line.trim_start().starts_with("<cipher "));
    let pair = |line| {
        let number = attribute(line, "id")?;
        Some((attribute(line, "sslversion")?, u32::from_str_radix(number.trim_start_matches("0x"), 16).ok()?))
    };
    ciphers.map(|line| pair(line).expect("a line of the known form")).collect()
}

fn names(pairs: &BTreeSet<(String, u32)>) -> Vec<String> {
    pairs.iter().map(|(version, suite)| format!("{version} {}", CipherSuite(*suite))).collect()
}

/// The leaf served to clients of one key type.
fn leaf(survey: &Survey, to: ServedTo) -> Option<String> {
    let served = survey.served.iter().find(|served| served.to == to).expect("it was asked");
    match &served.answer {
        ServedAnswer::Chain(chain) => Some(chain[0].key.to_string()),
        ServedAnswer::Refused(_) => None,
        ServedAnswer::Unknown(reason) => panic!("{to:?}: {reason}"),
    }
}

fn tolerates(answer: Option<&Answer>) -> Option<bool> {
    answer.and_then(Answer::is_accepted)
}

#[tokio::test]
async fn a_modern_server_is_known_in_few_hellos() {
    let Some(papers) = Papers::make() else { return };
    let server = Server::openssl(&papers, "rsa", &[]);
    let survey = survey(server.address).await;
    let found = survey.negotiation.as_ref().expect("hellos were answered");
    assert_eq!(accepted(found), [TlsVersion::TLS12, TlsVersion::TLS13]);
    assert_eq!(suites(found, TlsVersion::TLS13).len(), 3);
    assert!(found.suites.iter().all(|suites| suites.complete && suites.order == Order::Client), "{:?}", found.suites);
    assert!(found.groups.starts_with(&[NamedGroup(0x001D), NamedGroup(0x0017)]), "{:?}", found.groups);
    assert!(found.legacy_groups.contains(&NamedGroup(0x001E)), "X448: {:?}", found.legacy_groups);
    assert_eq!(found.signature_schemes, [0x0804, 0x0805, 0x0806].map(SignatureScheme));
    let features = found.features;
    assert_eq!((features.compression, features.fallback_scsv), (Some(false), Some(true)));
    assert_eq!((features.extended_master_secret, features.secure_renegotiation), (Some(true), Some(true)));
    assert_eq!((features.encrypt_then_mac, features.session_ticket), (Some(true), Some(true)));
    assert_eq!(features.status_request, Some(false));
    let tolerance = &found.tolerance;
    for answer in [&tolerance.grease, &tolerance.long_hello, &tolerance.tls13] {
        assert_eq!(tolerates(answer.as_ref()), Some(true), "{tolerance:?}");
    }
    assert_eq!(found.tls_scts, Some(0));
    assert_eq!(leaf(&survey, ServedTo::RsaOnly).as_deref(), Some("RSA 2048"));
    assert_eq!(leaf(&survey, ServedTo::EcdsaOnly), None);

    let listed: usize = found.suites.iter().map(|suites| suites.suites.len()).sum();
    let listed = listed + found.groups.len() + found.legacy_groups.len();
    let listed = listed + found.signature_schemes.len();
    let connections = usize::try_from(survey.connections).expect("few");
    assert!(connections <= listed + 50, "{connections} connections for {listed} things accepted");
    // The address is pinned: nobody is asked about the name.
    let unasked: Vec<&str> = survey.unasked.iter().map(|unasked| &*unasked.question).collect();
    assert_eq!(unasked, ["dns"]);
}

#[tokio::test]
async fn the_servers_order_of_suites_is_seen() {
    let Some(papers) = Papers::make() else { return };
    let order = "ECDHE-RSA-AES128-GCM-SHA256:AES256-SHA:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305";
    let server = Server::openssl(&papers, "rsa", &["-tls1_2", "-serverpref", "-cipher", order]);
    let found = negotiation(&server).await;
    assert_eq!(accepted(&found), [TlsVersion::TLS12]);
    let listed = &found.suites[0];
    assert_eq!(listed.order, Order::Server);
    assert_eq!(listed.suites, [0xC02F, 0x0035, 0xC030, 0xCCA8].map(CipherSuite));
    assert_eq!(found.features.fallback_scsv, None, "there is nothing to fall back from");
}

#[tokio::test]
async fn a_server_of_one_old_version_shows_its_chain_all_the_same() {
    let Some(papers) = Papers::make() else { return };
    let server = Server::openssl(&papers, "rsa", &["-tls1", "-cipher", "ALL:@SECLEVEL=0"]);
    let survey = survey(server.address).await;
    let found = survey.negotiation.as_ref().expect("hellos were answered");
    assert_eq!(accepted(found), [TlsVersion::TLS10]);
    let newer = found.versions.iter().find(|answer| answer.version == TlsVersion::TLS12).expect("it was asked");
    assert!(matches!(&newer.answer, Answer::Refused(words) if words.as_str() == "chose TLSv1.0"), "{newer:?}");
    assert_eq!(leaf(&survey, ServedTo::RsaOnly).as_deref(), Some("RSA 2048"));
    assert_eq!(found.features.secure_renegotiation, Some(true));
}

#[tokio::test]
async fn chains_of_two_key_types_are_told_apart() {
    let Some(papers) = Papers::make() else { return };
    let (certificate, key) = (papers.path("ecdsa", "pem"), papers.path("ecdsa", "key"));
    for version in ["-tls1_2", "-tls1_3"] {
        let server = Server::openssl(&papers, "rsa", &[version, "-dcert", &certificate, "-dkey", &key]);
        let survey = survey(server.address).await;
        assert_eq!(leaf(&survey, ServedTo::RsaOnly).as_deref(), Some("RSA 2048"), "{version}");
        assert_eq!(leaf(&survey, ServedTo::EcdsaOnly).as_deref(), Some("ECDSA P-256"), "{version}");
    }
}

#[tokio::test]
async fn groups_are_those_of_the_server() {
    let Some(papers) = Papers::make() else { return };
    let server = Server::openssl(&papers, "rsa", &["-groups", "P-384:X448:ffdhe3072", "-serverpref"]);
    let found = negotiation(&server).await;
    assert_eq!(found.groups, [0x0018, 0x001E, 0x0101].map(NamedGroup));
    assert_eq!(found.legacy_groups, [0x0018, 0x001E].map(NamedGroup));
}

/// RFC 2409 section 6.2.
const OAKLEY_2: &str = "\
-----BEGIN DH PARAMETERS-----
MIGHAoGBAP//////////yQ/aoiFowjTExmKLgNwc0SkCTgiKZ8x0Agu+pjsTmyJR
Sgh5jjQE3e+VGbPNOkMbMCsKbfJfFDdP4TVtbVHCReSFtXZiXn7G9ExC6aY37WsL
/1y29Aa37e44a/taiZ+lrp8kEXxLH+ZJKGZR7OZTgf//////////AgEC
-----END DH PARAMETERS-----
";

#[tokio::test]
async fn a_small_prime_is_measured() {
    let Some(papers) = Papers::make() else { return };
    let file = papers.write("dh", "pem", OAKLEY_2);
    let options = ["-tls1_2", "-cipher", "DHE:@SECLEVEL=0", "-dhparam", &file];
    let found = negotiation(&Server::openssl(&papers, "rsa", &options)).await;
    let dh = found.dh.expect("it uses one");
    assert_eq!((dh.bits, dh.known_as.as_deref()), (1024, Some("RFC 2409 MODP 1024")));
    assert_eq!(found.legacy_groups, []);
}

#[tokio::test]
async fn every_cipher_of_tls13_is_read() {
    let Some(papers) = Papers::make() else { return };
    for (suite, number) in [
        ("TLS_AES_128_GCM_SHA256", 0x1301),
        ("TLS_AES_256_GCM_SHA384", 0x1302),
        ("TLS_CHACHA20_POLY1305_SHA256", 0x1303),
    ] {
        let options = ["-tls1_3", "-ciphersuites", suite];
        let survey = survey(Server::openssl(&papers, "ecdsa", &options).address).await;
        let found = survey.negotiation.as_ref().expect("hellos were answered");
        assert_eq!(suites(found, TlsVersion::TLS13), [CipherSuite(number)]);
        assert_eq!(found.signature_schemes, [SignatureScheme(0x0403)], "{suite}");
        assert_eq!(leaf(&survey, ServedTo::EcdsaOnly).as_deref(), Some("ECDSA P-256"));
    }
}

#[tokio::test]
async fn tls13_is_read_over_the_curve_the_server_wants() {
    let Some(papers) = Papers::make() else { return };
    for curve in ["X25519", "P-256", "P-384", "P-521"] {
        let survey = survey(Server::openssl(&papers, "ecdsa", &["-tls1_3", "-groups", curve]).address).await;
        let found = survey.negotiation.as_ref().expect("hellos were answered");
        assert_eq!(found.signature_schemes, [SignatureScheme(0x0403)], "{curve}");
        assert_eq!(leaf(&survey, ServedTo::EcdsaOnly).as_deref(), Some("ECDSA P-256"), "{curve}");
    }
}

#[tokio::test]
async fn timestamps_in_the_extension_are_counted() {
    // Extension 18 with two timestamps of three bytes, in the form of `-serverinfo`: for the ServerHello of TLS 1.2 and
    // the certificate of TLS 1.3.
    const INFO: &str =
        "-----BEGIN SERVERINFOV2 FOR X-----\nAAARwAASAAwACgADAQIDAAMEBQY=\n-----END SERVERINFOV2 FOR X-----\n";
    let Some(papers) = Papers::make() else { return };
    let file = papers.write("scts", "pem", INFO);
    for version in ["-tls1_2", "-tls1_3"] {
        let found = negotiation(&Server::openssl(&papers, "rsa", &[version, "-serverinfo", &file])).await;
        assert_eq!(found.tls_scts, Some(2), "{version}");
    }
}

#[tokio::test]
async fn sslscan_lists_the_same_of_openssl() {
    let Some(papers) = Papers::make().filter(|_| has("sslscan", "--version")) else { return };
    let (certificate, key) = (papers.path("ecdsa", "pem"), papers.path("ecdsa", "key"));
    let options = ["-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0", "-dcert", &certificate, "-dkey", &key];
    let server = Server::openssl(&papers, "rsa", &options);
    let ours = pairs(&negotiation(&server).await);
    assert!(ours.len() > 100, "{:?}", names(&ours));
    assert_eq!(names(&ours), names(&second_opinion(server.address)));
}

#[tokio::test]
async fn legacy_versions_and_suites_are_seen() {
    let Some(papers) = Papers::make().filter(|_| has("java", "-version")) else { return };
    let server = Server::java(&papers);
    let survey = survey(server.address).await;
    let found = survey.negotiation.as_ref().expect("hellos were answered");
    let versions = [TlsVersion::SSL3, TlsVersion::TLS10, TlsVersion::TLS11, TlsVersion::TLS12, TlsVersion::TLS13];
    assert_eq!(accepted(found), versions);
    let old = suites(found, TlsVersion::SSL3);
    let kinds: [(&str, Test); 6] = [
        ("RC4", CipherSuite::is_rc4),
        ("3DES", CipherSuite::is_triple_des),
        ("DES", CipherSuite::is_des),
        ("EXPORT", CipherSuite::is_export),
        ("anonymous", CipherSuite::is_anonymous),
        ("NULL", CipherSuite::is_null),
    ];
    for (kind, is) in kinds {
        assert!(old.iter().any(|suite| is(*suite)), "{kind} among {old:?}");
    }
    let is_legacy = |suite: &&CipherSuite| kinds.iter().any(|(_, is)| is(**suite));
    let legacy: BTreeSet<_> = found.suites.iter().flat_map(|list| &list.suites).filter(is_legacy).collect();
    assert!(legacy.len() >= 20, "{legacy:?}");
    assert!(found.suites.iter().all(|suites| suites.complete), "{:?}", survey.unasked);
    assert_eq!(leaf(&survey, ServedTo::RsaOnly).as_deref(), Some("RSA 2048"));

    if has("sslscan", "--version") {
        // It finds SSL 3, but cannot list its suites without a library that speaks it.
        let ours = pairs(found).into_iter().filter(|(version, _)| version != "SSLv3").collect();
        assert_eq!(names(&ours), names(&second_opinion(server.address)));
    }
}

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::fixture::{Dated as _, NOW, certificate, days, hours, intermediate, leaf, root, untrusted};
use super::super::{Policy, rule};
use super::judge_files;
use crate::model::{
    Certificate, Confidence, FileContent, FileFormat, FilePart, FoundFile, Held, HeldKey, Impact, KeyAlgorithm,
    KeyInfo, San, Status, Unread,
};

#[path = "cluster_tests.rs"]
mod cluster;

/// Codes, in their order, of each file.
type Told = Vec<(&'static str, Vec<&'static str>)>;

fn holding(path: &'static str, held: Vec<Held>) -> FoundFile {
    let part = |(number, held)| FilePart { number, offset: Some(number * 100), alias: None, held };
    let parts = (1..).zip(held).map(part).collect();
    FoundFile {
        path: path.into(),
        also: Vec::new(),
        mode: Some(0o600),
        content: FileContent::Parts { format: FileFormat::Pem, parts },
    }
}

fn with(path: &'static str, content: FileContent) -> FoundFile {
    FoundFile { content, ..holding(path, Vec::new()) }
}

fn cert(certificate: &Certificate) -> Held {
    Held::Certificate(Arc::new(certificate.clone()))
}

fn key_of(certificate: &Certificate) -> Held {
    Held::Key(HeldKey { encrypted: false, spki: Some(certificate.spki) })
}

fn closed_key() -> Held {
    Held::Key(HeldKey { encrypted: true, spki: None })
}

fn told(files: &[FoundFile]) -> Vec<Vec<&'static str>> {
    let judged = judge_files(files, &Policy::default(), NOW);
    judged.iter().map(|findings| findings.iter().map(|finding| finding.code.0).collect()).collect()
}

fn unreadable() -> Held {
    Held::Unreadable { what: untrusted("CERTIFICATE"), reason: untrusted("it has no end") }
}

/// Sets of files, and what each of them is told to have.
fn faulty() -> Vec<(Vec<FoundFile>, Told)> {
    let (shop, issuing) = (leaf(), intermediate());
    let other = certificate("other.example", "Example CA R11");
    let spoilt = Certificate { key: KeyInfo { algorithm: KeyAlgorithm::Rsa, bits: 1024, exponent: None }, ..leaf() };
    let mut weakly = leaf();
    weakly.signature.weak = true;
    let namesake = Certificate { spki: shop.spki, ..certificate("api.example", "Example CA R11") };
    let readable = FoundFile { mode: Some(0o644), ..holding("k/shop.key", vec![key_of(&shop)]) };
    let gone = FileContent::Unread(Unread::BrokenLink { target: "nowhere".into() });
    let refused = FileContent::Unread(Unread::Refused { reason: "permission denied".to_owned() });
    let rest = FileContent::Unread(Unread::Rest { limit: "names are looked at up to number 7".to_owned() });
    let locked = FileContent::Locked { format: FileFormat::Pkcs12, tried: 1 };
    let own = Certificate { is_ca: Some(true), self_signed: true, ..leaf() };
    let list = Held::RevocationList { issuer: untrusted("CN=Example CA R11"), next_update: Some(NOW - days(1)) };
    let old_issuer = intermediate().ended(days(900), days(1));
    let ending_issuer = intermediate().lasting(days(900), days(10));
    let mut cases: Vec<(Vec<FoundFile>, Vec<&'static [&'static str]>)> = vec![
        (vec![with("a", gone)], vec![&["file.broken_link"]]),
        (vec![with("a", refused)], vec![&["file.not_reviewed"]]),
        (vec![with("a", rest)], vec![&["file.not_reviewed"]]),
        (vec![with("a", locked)], vec![&["file.needs_password"]]),
        (vec![holding("a", vec![unreadable(), cert(&shop)])], vec![&["file.unparseable"]]),
        (vec![holding("a", vec![cert(&shop), closed_key()])], vec![&["file.key_encrypted"]]),
        (vec![readable], vec![&["file.key_readable"]]),
        (vec![holding("a", vec![list])], vec![&["revocation.crl_stale"]]),
        (vec![holding("a", vec![cert(&leaf().ended(days(90), hours(5)))])], vec![&["cert.expired"]]),
        (vec![holding("a", vec![cert(&leaf().lasting(days(90), days(95)))])], vec![&["cert.not_yet_valid"]]),
        (vec![holding("a", vec![cert(&leaf().lasting(days(90), days(5)))])], vec![&["cert.expiring"]]),
        (vec![holding("a", vec![cert(&leaf().lasting(days(90), days(25)))])], vec![&["cert.renewal_overdue"]]),
        (vec![holding("a", vec![cert(&spoilt)])], vec![&["cert.weak_key"]]),
        (vec![holding("a", vec![cert(&weakly)])], vec![&["cert.weak_signature"]]),
        (vec![holding("a", vec![cert(&shop), key_of(&other)])], vec![&["file.key_mismatch"]]),
        (
            vec![holding("d/shop.crt", vec![cert(&shop)]), holding("d/shop.key", vec![key_of(&other)])],
            vec![&["file.key_mismatch"], &[]],
        ),
        (
            vec![holding("d/own.crt", vec![cert(&own)]), holding("d/own.key", vec![key_of(&other)])],
            vec![&["file.key_mismatch"], &[]],
        ),
        (
            vec![
                holding("d/other.crt", vec![cert(&other)]),
                holding("d/other.key", vec![key_of(&other)]),
                holding("d/shop.crt", vec![cert(&shop)]),
            ],
            vec![&[], &[], &["file.key_missing"]],
        ),
        (
            vec![holding("d/a", vec![cert(&shop)]), holding("e/a", vec![cert(&shop)])],
            vec![&["file.duplicate"], &["file.duplicate"]],
        ),
        (
            vec![holding("d/a", vec![cert(&shop)]), holding("d/b", vec![cert(&namesake)])],
            vec![&["cert.key_reused"], &["cert.key_reused"]],
        ),
        (vec![holding("a", vec![cert(&issuing), cert(&shop)])], vec![&["chain.wrong_order"]]),
        (vec![holding("a", vec![cert(&shop), cert(&issuing), cert(&issuing)])], vec![&["chain.duplicate"]]),
        (vec![holding("a", vec![cert(&shop), cert(&shop), cert(&issuing)])], vec![&["chain.duplicate"]]),
        (vec![holding("a", vec![cert(&shop), cert(&issuing), cert(&stranger())])], vec![&["chain.unrelated"]]),
        (
            vec![holding("a", vec![cert(&shop), key_of(&shop)]), holding("b", vec![cert(&issuing)])],
            vec![&["chain.missing_intermediate"], &[]],
        ),
        (vec![holding("a", vec![cert(&shop), cert(&old_issuer)])], vec![&["chain.intermediate_expired"]]),
        (vec![holding("a", vec![cert(&shop), cert(&ending_issuer)])], vec![&["chain.intermediate_expiring"]]),
    ];
    cases.extend(cluster::faulty());
    let named = |(files, codes): (Vec<FoundFile>, Vec<&'static [&'static str]>)| {
        let told = files.iter().zip(codes).map(|(file, codes)| (leak(file), codes.to_vec()));
        let told = told.collect();
        (files, told)
    };
    cases.drain(..).map(named).collect()
}

fn leak(file: &FoundFile) -> &'static str {
    Box::leak(file.name().to_string().into_boxed_str())
}

fn stranger() -> Certificate {
    let mut stranger = certificate("Other CA", "Other Root");
    stranger.is_ca = Some(true);
    stranger
}

/// Every code that files are told to have.
pub(in crate::diagnosis) fn codes() -> BTreeSet<&'static str> {
    faulty().iter().flat_map(|(files, _)| told(files)).flatten().collect()
}

#[test]
fn every_fault_is_told_by_its_name() {
    for (files, expected) in faulty() {
        let told: Told = files.iter().map(leak).zip(told(&files)).collect();
        assert_eq!(told, expected);
    }
}

#[test]
fn every_finding_has_its_final_shape() {
    for (files, _) in faulty() {
        for (file, finding) in files
            .iter()
            .zip(judge_files(&files, &Policy::default(), NOW))
            .flat_map(|(file, found)| found.into_iter().map(move |finding| (file, finding)))
        {
            assert!(rule(finding.code).is_some());
            assert!(finding.summary.contains(file.name().as_str()), "{}", finding.summary);
            assert!(!finding.next.text.is_empty() && !finding.evidence.0.is_empty(), "{}", finding.code);
            assert!(finding.since <= finding.last, "{}", finding.code);
            let names: BTreeSet<_> = finding.evidence.0.iter().map(|(name, _)| name).collect();
            assert_eq!(names.len(), finding.evidence.0.len(), "evidence has names of its own: {:?}", finding.evidence);
        }
    }
}

#[test]
fn a_file_of_nothing_but_faults_is_told_in_a_bearable_number() {
    let files = [holding("a", (0..150).map(|_| unreadable()).collect())];
    let findings = judge_files(&files, &Policy::default(), NOW).concat();
    assert_eq!(findings.len(), 101);
    assert!(findings.iter().any(|finding| finding.summary == "50 parts more of a cannot be read"));
}

#[test]
fn what_shows_a_fault_shows_no_key() {
    let command = |what: &str| {
        let held = Held::Unreadable { what: untrusted(what), reason: untrusted("it is cut off") };
        judge_files(&[holding("a b", vec![held])], &Policy::default(), NOW).concat()[0].next.command.clone()
    };
    assert_eq!(command("CERTIFICATE").as_deref(), Some("tail -c +101 'a b'"));
    assert_eq!(command("EC PRIVATE KEY").as_deref(), Some("openssl pkey -noout -in 'a b'"));
}

#[test]
fn a_broken_link_is_missed_where_certificates_are() {
    let link = |path, target: &str| with(path, FileContent::Unread(Unread::BrokenLink { target: target.into() }));
    let status = |link: FoundFile| {
        let files = [holding("/etc/tls/a", vec![cert(&leaf())]), link];
        let finding = &judge_files(&files, &Policy::default(), NOW)[1][0];
        (finding.status, finding.impact)
    };
    for (path, target) in [("/x/shop.PEM", "gone"), ("/x/a", "y/a.key"), ("/etc/tls/b", "gone"), ("/x/b", "/etc/tls/b")]
    {
        assert_eq!(status(link(path, target)), (Status::Warning, Impact::Partial), "{path}");
    }
    let other = link("/etc/modules-load.d/modules.conf", "../modules");
    assert_eq!(status(other), (Status::Ok, Impact::Advice));
}

#[test]
fn order_is_silent() {
    let (shop, issuing, top) = (leaf(), intermediate(), root());
    let files = [
        holding("live/cert.pem", vec![cert(&shop)]),
        holding("live/chain.pem", vec![cert(&issuing)]),
        holding("live/fullchain.pem", vec![cert(&shop), cert(&issuing)]),
        holding("live/privkey.pem", vec![key_of(&shop)]),
        holding(
            "proxy/shop.pem",
            vec![cert(&leaf_of("proxy.example")), cert(&issuing), key_of(&leaf_of("proxy.example"))],
        ),
        holding("trust/all.pem", vec![cert(&top), cert(&stranger())]),
        holding("request/new.csr", vec![Held::Request { subject: untrusted("CN=new"), spki: shop.spki }]),
    ];
    assert_eq!(told(&files).concat(), Vec::<&str>::new());
}

fn leaf_of(name: &str) -> Certificate {
    certificate(name, "Example CA R11")
}

#[test]
fn an_old_certificate_beside_its_successor_asks_for_nothing() {
    let old = leaf().ended(days(90), days(2));
    let files = [holding("archive/cert1.pem", vec![cert(&old)]), holding("archive/cert2.pem", vec![cert(&leaf())])];
    let judged = judge_files(&files, &Policy::default(), NOW);
    let finding = &judged[0][0];
    assert_eq!((finding.code.0, finding.impact, finding.status), ("cert.expired", Impact::Advice, Status::Ok));
    assert_eq!(finding.evidence.value("successor in"), Some("archive/cert2.pem"));
    let alone = judge_files(&files[..1], &Policy::default(), NOW);
    assert_eq!((alone[0][0].impact, alone[0][0].status), (Impact::Outage, Status::Critical));
}

#[test]
fn an_expired_root_among_many_is_no_alarm() {
    let mut over = root().ended(days(3650), days(400));
    over.self_signed = true;
    let files = [holding("bundle", vec![cert(&over), cert(&root())]), holding("alone", vec![cert(&over)])];
    let statuses = judge_files(&files, &Policy::default(), NOW).concat();
    let statuses: Vec<_> = statuses.iter().map(|finding| (finding.code.0, finding.status)).collect();
    assert_eq!(statuses, [("cert.expired", Status::Ok), ("cert.expired", Status::Warning)]);
}

#[test]
fn a_pair_by_name_is_likely_and_a_pair_in_one_file_certain() {
    let other = leaf_of("other.example");
    let beside = [holding("d/shop.crt", vec![cert(&leaf())]), holding("d/shop-key.pem", vec![key_of(&other)])];
    let within = [holding("d/shop.pem", vec![cert(&leaf()), key_of(&other)])];
    let confidence = |files: &[FoundFile]| judge_files(files, &Policy::default(), NOW).concat()[0].confidence;
    assert_eq!((confidence(&beside), confidence(&within)), (Confidence::Likely, Confidence::Certain));
    // The key is that of the newer certificate of the same name.
    let mut newer = Certificate { spki: other.spki, ..leaf().lasting(days(90), days(80)) };
    newer.sans = vec![San::Dns(untrusted("shop.example"))];
    let renewed = [
        holding("d/shop.crt", vec![cert(&newer)]),
        holding("d/shop.key", vec![key_of(&newer)]),
        holding("d/shop.pem", vec![cert(&leaf())]),
    ];
    assert!(!told(&renewed).concat().contains(&"file.key_mismatch"));
}

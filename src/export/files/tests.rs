use std::sync::Arc;

use super::super::TextStyle;
use super::super::fixtures::finding;
use super::*;
use crate::model::{
    Certificate, FileContent, FileFormat, FilePart, Finding, Fingerprint, FoundFile, Held, HeldKey, Status, Time,
    Untrusted,
};

const NOW: Time = Time::from_secs(1_795_230_000);

fn found(path: &str, findings: &[Finding]) -> FileRecord {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(vec!["=shop.example".to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2026, 11, 1);
    params.not_after = rcgen::date_time_ymd(2026, 12, 31);
    let der = params.self_signed(&key).unwrap().der().to_vec();
    let certificate = Certificate::parse(&der).unwrap();
    let key = HeldKey { encrypted: false, spki: Some(certificate.spki) };
    let held = [Held::Certificate(Arc::new(certificate)), Held::Key(key)];
    let parts = (1..).zip(held).map(|(number, held)| FilePart { number, offset: None, alias: None, held }).collect();
    let file = FoundFile {
        path: path.into(),
        also: vec!["live/a".into()],
        mode: Some(0o640),
        content: FileContent::Parts { format: FileFormat::Pem, parts },
    };
    FileRecord::of(&file, findings, NOW)
}

#[test]
fn a_record_has_what_scripts_were_promised() {
    let record = found("a.pem", &[finding()]);
    let json: serde_json::Value = serde_json::from_str(&record.json_line().unwrap()).unwrap();
    assert_eq!((&json["schema"], &json["kind"]), (&1.into(), &"file".into()));
    assert_eq!((&json["path"], &json["also"][0]), (&"a.pem".into(), &"live/a".into()));
    assert_eq!((&json["format"], &json["mode"], &json["status"]), (&"pem".into(), &"0640".into(), &"critical".into()));
    assert_eq!(json["summary"], json["findings"][0]["summary"]);
    let facts = &json["certificates"][json["chain"][0].as_str().unwrap()];
    assert_eq!((&facts["sans"][0], &facts["spki_sha256"]), (&"=shop.example".into(), &json["keys"][0]["spki_sha256"]));
    assert_eq!(found("a", &[]).summary, "1 certificate and 1 private key, valid 39d 21h more");
    let request = Held::Request { subject: Untrusted::new("CN=new"), spki: Fingerprint::of(b"") };
    let part = |number| FilePart { number, offset: None, alias: None, held: request.clone() };
    let content = FileContent::Parts { format: FileFormat::Pem, parts: vec![part(1), part(2)] };
    let requests = FoundFile { path: "a.csr".into(), also: Vec::new(), mode: None, content };
    assert_eq!(FileRecord::of(&requests, &[], NOW).summary, "2 certificate requests");
}

#[test]
fn formulas_are_no_formulas_in_csv() {
    let text = csv(&[found("+a,\"b\"", &[]), found("@c", &[finding()])]).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("status,path,format,subject,names,"), "{text}");
    assert!(lines[1].starts_with("ok,\"'+a,\"\"b\"\"\",pem,") && lines[1].contains(",'=shop.example,"), "{text}");
    assert!(lines[2].starts_with("critical,'@c,pem,") && lines[2].contains(",here,tcp.partial,"), "{text}");
    for field in lines[1..].iter().flat_map(|line| line.split(',')) {
        assert!(!field.starts_with(['=', '+', '-', '@']), "{field}");
    }
}

#[test]
fn the_worst_stands_first_in_the_table() {
    let records = [found("good", &[]), found("bad", &[finding()])];
    let table = TextStyle::default().review(&records, 7, NOW, false);
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0], "STATUS      ENDS        CERTIFICATE    FILE");
    assert_eq!(lines[1], "✗ CRITICAL  in 39d 21h  =shop.example  bad (+1)");
    assert_eq!(lines[2].trim_start(), "tcp.partial  1 of 2 addresses refuses connections");
    assert_eq!(lines[3], "✓ OK        in 39d 21h  =shop.example  good (+1)");
    assert_eq!(lines[4], "7 files looked at: 1 critical, 1 ok");
    let quiet = TextStyle { ascii: true, ..TextStyle::default() }.review(&records, 7, NOW, true);
    assert!(quiet.contains("X CRITICAL") && !quiet.contains("good"), "{quiet}");
    assert_eq!(TextStyle::default().review(&[], 3, NOW, false), "no certificates or keys in 3 files\n");
    assert_eq!(TextStyle::default().review(&[], 1, NOW, false), "no certificates or keys in 1 file\n");
    let record = &records[1];
    assert_eq!(record.status, Status::Critical);
}

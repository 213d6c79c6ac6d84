//! What only several targets together show: what the failing ones share, and certificates that share what they should
//! not.

use std::net::{SocketAddr, TcpListener};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use serde_json::Value;

use super::issuer::serve;
use super::{Bench, err, out, tlscope};

/// Ports of one address that were free a moment ago.
fn closed_ports(ip: &str) -> Option<[SocketAddr; 3]> {
    let listen = || TcpListener::bind((ip, 0)).ok();
    let listeners = [listen()?, listen()?, listen()?];
    Some(listeners.map(|listener| listener.local_addr().expect("an address")))
}

#[test]
fn what_failing_targets_share_is_named() {
    // Not the healthy one's address: what all share tells nobody apart.
    let Some(closed) = closed_ports("127.77.0.1") else {
        return println!("skipped: this machine's loopback has one address only");
    };
    let bench = Bench::start();
    let mut targets: Vec<String> = closed.iter().map(|address| format!("shop.example@{address}")).collect();
    targets.push(bench.pinned("healthy-ecdsa"));
    let mut arguments = vec!["--depth", "handshake", "--format", "json"];
    arguments.extend(targets.iter().map(String::as_str));
    let output = bench.check(&arguments).output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(2), "{}", err(&output));
    let report: Value = serde_json::from_str(&out(&output)).expect("one document");
    for at in 0..closed.len() {
        let findings = &report["verdicts"][at]["findings"];
        assert_eq!(findings[0]["code"], "fleet.common_cause", "{findings}");
        assert_eq!(findings[0]["evidence"]["shared by all that fail"], "address 127.77.0.1", "{findings}");
        let effect = (&findings[1]["code"], &findings[1]["caused_by"]);
        assert_eq!(effect, (&"tcp.refused".into(), &"fleet.common_cause".into()));
    }
    assert_eq!((&report["verdicts"][3]["status"], &report["observer"]), (&"ok".into(), &Value::Array(Vec::new())));
    arguments[3] = "jsonl";
    let lines = out(&bench.check(&arguments).output().expect("the binary runs"));
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    let last = lines.iter().rev().find(|line| line["target"] == report["verdicts"][0]["target"]).expect("a verdict");
    assert_eq!(last["findings"][0]["code"], "fleet.common_cause", "the last word on a target knows all of them");
    assert_eq!(lines.len(), 4 + 3);
    let fewer = bench.check(&["--depth", "handshake", &targets[0], &targets[1], &targets[3]]).output();
    let fewer = out(&fewer.expect("the binary runs"));
    assert!(fewer.contains("tcp.refused") && !fewer.contains("fleet.common_cause"), "two may be chance: {fewer}");
}

#[test]
fn certificates_that_share_a_key_and_a_number_are_named() {
    let home = tempfile::tempdir().expect("a home");
    let root_file = home.path().join("root.pem");
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Root of the Shops");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    std::fs::write(&root_file, params.self_signed(&key).expect("a root").pem()).expect("written");
    let root = Issuer::new(params, key);
    let key = KeyPair::generate().expect("a key");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let targets = ["one.example", "two.example"].map(|name| {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        params.serial_number = Some(vec![0x2a; 16].into());
        let leaf = params.signed_by(&key, &root).expect("a leaf").der().clone();
        format!("{name}@{}", runtime.block_on(serve(leaf, &key)))
    });
    let check = |targets: &[String]| {
        let mut command = tlscope(home.path());
        command.args(["check", "--trust", "none", "--depth", "handshake", "--format", "json", "--ca-file"]);
        let output = command.arg(&root_file).args(targets).output().expect("the binary runs");
        let report: Value = serde_json::from_str(&out(&output)).expect("one document");
        let codes = |verdict: &Value| {
            let findings = verdict["findings"].as_array().expect("findings").clone();
            findings.into_iter().map(|finding| finding["code"].clone()).collect::<Vec<_>>()
        };
        report["verdicts"].as_array().expect("verdicts").iter().map(codes).collect::<Vec<_>>()
    };
    let shared = ["cert.duplicate_serial", "cert.key_reused"];
    for codes in check(&targets) {
        assert!(shared.iter().all(|code| codes.contains(&Value::from(*code))), "{codes:?}");
    }
    for codes in check(&targets[..1]) {
        assert!(!shared.iter().any(|code| codes.contains(&Value::from(*code))), "{codes:?}");
    }
}

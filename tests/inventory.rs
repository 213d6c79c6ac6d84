//! `tlscope inventory` as people call it: the recipes of the README, its formats, and what never leaves it.

#![cfg(unix)]
#![expect(clippy::expect_used, clippy::panic, reason = "a set-up that fails is a failed test")]

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};
use tempfile::TempDir;
use tlscope::model::{Clock as _, SystemClock};

const README: &str = include_str!("../README.md");
const PASSWORD: &str = "geheim-Vae3ohqu";

/// The binary, in a home of its own and without the settings of whoever runs the tests.
fn command(program: &str, home: &Path) -> Command {
    let mut command = Command::new(program);
    let foreign = std::env::vars_os().map(|(name, _)| name);
    for name in foreign.filter(|name| name.to_string_lossy().starts_with("TLSCOPE_")) {
        command.env_remove(name);
    }
    command.env("HOME", home).env("XDG_CONFIG_HOME", home).env("XDG_STATE_HOME", home).env("LC_ALL", "C.UTF-8");
    command.stdin(Stdio::null());
    command
}

fn review(directory: &TempDir, arguments: &[&str]) -> Output {
    let mut command = command(env!("CARGO_BIN_EXE_tlscope"), directory.path());
    command.arg("inventory").args(arguments).current_dir(directory.path()).output().expect("the binary runs")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn lines(output: &Output) -> Vec<Value> {
    out(output).lines().map(|line| serde_json::from_str(line).expect("a line is an object")).collect()
}

fn codes(record: &Value) -> Vec<&str> {
    let findings = record["findings"].as_array().expect("findings");
    findings.iter().filter_map(|finding| finding["code"].as_str()).collect()
}

/// A certificate that has all its time before it, and its key.
fn pair(name: &str, days: i64) -> (String, KeyPair) {
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
    let now = time::OffsetDateTime::from_unix_timestamp(SystemClock.now().secs()).expect("a time");
    params.not_before = now - time::Duration::days(30);
    params.not_after = now + time::Duration::days(days);
    (params.self_signed(&key).expect("a certificate").pem(), key)
}

fn write(directory: &TempDir, name: &str, text: &str, mode: u32) {
    let path = directory.path().join(name);
    fs::create_dir_all(path.parent().expect("a directory")).expect("directories");
    fs::write(&path, text).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
}

/// A healthy pair below `good`, one that is over and one whose key is another's below `bad`.
fn shelves() -> TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    let (good, key) = pair("good.example", 60);
    write(&directory, "good/site.crt", &good, 0o644);
    write(&directory, "good/site.key", &key.serialize_pem(), 0o600);
    write(&directory, "bad/old.pem", &pair("old.example", -2).0, 0o644);
    let (shop, _) = pair("shop.example", 60);
    write(&directory, "bad/shop.pem", &(shop + &KeyPair::generate().expect("a key").serialize_pem()), 0o600);
    write(&directory, "bad/notes.txt", "nothing of the kind\n", 0o644);
    directory
}

#[test]
fn the_exit_status_is_that_of_the_worst() {
    let directory = shelves();
    let status = |path: &str| review(&directory, &[path]).status.code();
    assert_eq!((status("good"), status("bad"), status("nowhere")), (Some(0), Some(2), Some(3)));
    assert_eq!(review(&directory, &[]).status.code(), Some(3), "wrong usage is not critical");
}

#[test]
fn a_line_of_json_is_a_file_with_the_shapes_of_check() {
    let directory = shelves();
    let records = lines(&review(&directory, &["--format", "jsonl", "bad", "good"]));
    let paths: Vec<_> = records.iter().map(|record| record["path"].as_str().unwrap_or_default()).collect();
    assert_eq!(paths, ["bad/old.pem", "bad/shop.pem", "good/site.crt", "good/site.key"]);
    for record in &records {
        assert_eq!(
            (record["schema"].as_u64(), &record["kind"], &record["format"]),
            (Some(1), &"file".into(), &"pem".into())
        );
    }
    assert_eq!(codes(&records[0]), ["cert.expired"]);
    assert_eq!(codes(&records[1]), ["file.key_mismatch"]);
    let finding = &records[0]["findings"][0];
    assert_eq!((&finding["scope"], &finding["status"]), (&"file".into(), &"critical".into()));
    let fingerprint = finding["certificates"][0].as_str().expect("a fingerprint");
    assert_eq!(records[0]["certificates"][fingerprint]["sans"][0], "old.example");
    let good = &records[2]["certificates"][records[2]["chain"][0].as_str().expect("a fingerprint")];
    assert_eq!(good["spki_sha256"], records[3]["keys"][0]["spki_sha256"]);
}

#[test]
fn other_formats_say_the_same() {
    let directory = shelves();
    let said = |arguments: &[&str]| out(&review(&directory, &[arguments, &["bad", "good"]].concat()));
    let table = said(&[]);
    assert!(table.contains("CRITICAL  2d ago       old.example") || table.contains("2d ago"), "{table}");
    assert!(table.ends_with("5 files looked at: 2 critical, 2 ok\n"), "{table}");
    let quiet = said(&["--quiet"]);
    assert!(
        quiet.contains("old.example") && !quiet.contains("good.example") && !quiet.contains("looked at"),
        "{quiet}"
    );
    let report: Value = serde_json::from_str(&said(&["--format", "json"])).expect("a document");
    assert_eq!((&report["kind"], &report["status"]), (&"review".into(), &"critical".into()));
    assert_eq!((report["files"].as_array().map(Vec::len), report["looked_at"].as_u64()), (Some(4), Some(5)));
    let csv = said(&["--format", "csv"]);
    assert_eq!(csv.lines().count(), 5, "{csv}");
    assert!(csv.lines().any(|line| line.starts_with("critical,bad/old.pem,pem,")), "{csv}");
    let markdown = said(&["--format", "markdown"]);
    assert!(markdown.contains("| critical |") && markdown.contains("- `cert.expired` "), "{markdown}");
}

#[test]
fn hostile_names_stay_text() {
    let directory = tempfile::tempdir().expect("a directory");
    write(&directory, "=cmd|'x'\u{1b}[31m.pem", &pair("=HYPERLINK(1)", 60).0, 0o600);
    for format in ["table", "json", "jsonl", "csv", "markdown"] {
        let output = out(&review(&directory, &["--format", format, "=cmd|'x'\u{1b}[31m.pem"]));
        assert!(!output.contains('\u{1b}'), "{output}");
        assert!(output.contains("<U+001B>") || output.contains("&lt;U+001B>"), "{output}");
    }
    let csv = out(&review(&directory, &["--format", "csv", "=cmd|'x'\u{1b}[31m.pem"]));
    assert!(csv.contains(",'=cmd") && csv.contains(",'=HYPERLINK(1),"), "{csv}");
}

/// Whether there is an `openssl`; says so where there is none.
fn openssl(directory: &TempDir, arguments: &str) -> bool {
    let run = Command::new("openssl").args(arguments.split_whitespace()).current_dir(directory.path()).output();
    match run {
        Ok(output) if output.status.success() => true,
        Ok(output) => panic!("openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr)),
        Err(_) => {
            println!("skipped: there is no openssl here");
            false
        }
    }
}

#[test]
fn secrets_are_found_in_no_output() {
    let directory = shelves();
    let key = fs::read_to_string(directory.path().join("good/site.key")).expect("the key");
    let base64: String = key.lines().filter(|line| !line.starts_with('-')).collect();
    let wrap =
        format!("pkcs12 -export -in good/site.crt -inkey good/site.key -out good/site.p12 -passout pass:{PASSWORD}");
    let lock = format!("pkey -in good/site.key -aes256 -out good/locked.key -passout pass:{PASSWORD}");
    if !openssl(&directory, &wrap) || !openssl(&directory, &lock) {
        return;
    }
    write(&directory, "secret", PASSWORD, 0o600);
    for format in ["table", "json", "jsonl", "csv", "markdown"] {
        for given in [&[][..], &["--password-file", "secret"][..]] {
            let log = directory.path().join("log");
            let mut arguments = vec!["-v", "--log-file", "log", "--format", format];
            arguments.extend(given.iter().chain(&["good", "bad"]));
            let mut command = command(env!("CARGO_BIN_EXE_tlscope"), directory.path());
            command.env("TLSCOPE_LOG", "trace").arg("inventory").args(arguments).current_dir(directory.path());
            let output = command.output().expect("the binary runs");
            let mut said = [output.stdout, output.stderr].concat();
            said.extend(fs::read(&log).unwrap_or_default());
            let said = String::from_utf8_lossy(&said);
            // Any 24 letters of the key's middle, where only the key itself has them.
            assert!(!said.contains(&base64[60..84]) && !said.contains(PASSWORD), "{format}: {said}");
        }
    }
}

#[test]
fn passwords_come_from_files_and_the_environment() {
    let directory = shelves();
    let wrap =
        format!("pkcs12 -export -in good/site.crt -inkey good/site.key -out good/site.p12 -passout pass:{PASSWORD}");
    if !openssl(&directory, &wrap) {
        return;
    }
    write(&directory, "secret", &format!("{PASSWORD}\n"), 0o600);
    let locked = lines(&review(&directory, &["--format", "jsonl", "good/site.p12"]));
    assert_eq!((codes(&locked[0]), locked[0]["status"].as_str()), (vec!["file.needs_password"], Some("unknown")));
    let opened = lines(&review(&directory, &["--format", "jsonl", "--password-file", "secret", "good/site.p12"]));
    assert_eq!((codes(&opened[0]), opened[0]["chain"].as_array().map(Vec::len)), (vec![], Some(1)));
    let mut command = command(env!("CARGO_BIN_EXE_tlscope"), directory.path());
    command.env("TLSCOPE_PASSWORD", PASSWORD).args(["inventory", "--format", "jsonl", "good/site.p12"]);
    let output = command.current_dir(directory.path()).output().expect("the binary runs");
    assert_eq!(codes(&lines(&output)[0]), Vec::<&str>::new());
}

/// What `kubectl get … -o json` prints of two secrets and what uses them; the key of the first.
fn cluster() -> (String, KeyPair) {
    let coded = |text: &str| STANDARD.encode(text);
    let (shop, key) = pair("shop.example", 60);
    let secret = |name: &str, certificate: &str| {
        json!({"apiVersion": "v1", "data": {"tls.crt": coded(certificate), "tls.key": coded(&key.serialize_pem())},
            "kind": "Secret", "metadata": {"name": name, "namespace": "web"}, "type": "kubernetes.io/tls"})
    };
    let ingress = |name: &str, host: &str, secret: &str| {
        json!({"kind": "Ingress", "metadata": {"name": name, "namespace": "web"},
            "spec": {"tls": [{"hosts": [host], "secretName": secret}]}})
    };
    let items = [
        secret("shop-tls", &shop),
        secret("empty-tls", ""),
        ingress("shop", "shop.example", "shop-tls"),
        ingress("other", "other.example", "shop-tls"),
        ingress("gone", "gone.example", "gone-tls"),
        json!({"kind": "Certificate", "metadata": {"name": "shop", "namespace": "web"},
            "spec": {"secretName": "shop-tls", "dnsNames": ["shop.example"]},
            "status": {"conditions": [{"type": "Ready", "status": "True"}], "failedIssuanceAttempts": 2,
                "lastFailureTime": "2026-11-01T00:00:00Z"}}),
    ];
    (json!({"apiVersion": "v1", "items": items, "kind": "List"}).to_string(), key)
}

/// The same with a text on standard input.
fn review_of(text: &str, arguments: &[&str], directory: &TempDir) -> Output {
    let mut command = command(env!("CARGO_BIN_EXE_tlscope"), directory.path());
    command.env("TLSCOPE_LOG", "trace").args(["inventory", "-"]).args(arguments).current_dir(directory.path());
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("it is read");
    child.wait_with_output().expect("it ends")
}

#[test]
fn a_pipe_through_which_nothing_comes_is_not_in_order() {
    let directory = tempfile::tempdir().expect("a directory");
    let output = review_of("", &["--format", "jsonl"], &directory);
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    let records = lines(&output);
    assert_eq!((records.len(), codes(&records[0])), (1, vec!["file.not_reviewed"]));
    let summary = records[0]["summary"].as_str().unwrap_or_default();
    assert!(summary.contains("nothing came in"), "{summary}");
}

#[test]
fn a_cluster_is_reviewed_from_a_pipe() {
    let directory = tempfile::tempdir().expect("a directory");
    let (list, key) = cluster();
    let output = review_of(&list, &["--format", "jsonl"], &directory);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    let records = lines(&output);
    let told: Vec<_> =
        records.iter().map(|record| (record["path"].as_str().unwrap_or_default(), codes(record))).collect();
    let expected = [
        ("certificate/web/shop", vec!["k8s.issuance_failing"]),
        ("ingress/web/gone", vec!["k8s.secret_missing"]),
        ("ingress/web/other", vec!["k8s.host_not_covered"]),
        ("ingress/web/shop", vec![]),
        ("secret/web/empty-tls", vec!["k8s.secret_malformed"]),
        ("secret/web/shop-tls[tls.crt]", vec![]),
    ];
    assert_eq!(told, expected);
    assert!(records.iter().all(|record| record["format"] == "kubernetes"), "{told:?}");
    let led_to = &records[3]["object"]["uses"][0];
    assert_eq!((&led_to["stored"], &led_to["certificate"]), (&"there".into(), &records[5]["chain"][0]));
    let table = out(&review_of(&list, &[], &directory));
    assert!(table.contains("shop.example  ingress/web/shop → secret/web/shop-tls"), "{table}");

    let coded = STANDARD.encode(key.serialize_pem());
    let body: String = key.serialize_pem().lines().filter(|line| !line.starts_with('-')).collect();
    for format in ["table", "json", "jsonl", "csv", "markdown"] {
        let output = review_of(&list, &["-v", "--log-file", "log", "--format", format], &directory);
        let mut said = [output.stdout, output.stderr].concat();
        said.extend(fs::read(directory.path().join("log")).unwrap_or_default());
        let said = String::from_utf8_lossy(&said);
        assert!(!said.contains(&coded[80..104]) && !said.contains(&body[60..84]), "{format}: {said}");
    }
}

/// The commands of the README's section, without their comments.
fn recipes() -> Vec<&'static str> {
    let section = README.split_once("\n## Reviewing files\n").expect("the section").1;
    let section = section.split("\n## ").next().unwrap_or_default();
    let lines = section.lines().filter_map(|line| line.strip_prefix("    "));
    lines.map(|line| line.split(" # ").next().unwrap_or_default().trim()).collect()
}

#[test]
fn the_recipes_of_the_readme_work() {
    let directory = shelves();
    let root = directory.path();
    let wrap = format!("pkcs12 -export -in good/site.crt -inkey good/site.key -out app.p12 -passout pass:{PASSWORD}");
    if !openssl(&directory, &wrap) {
        return;
    }
    write(&directory, "etc/ssl/site.pem", &pair("site.example", 60).0, 0o644);
    write(&directory, "etc/nginx/old.pem", &pair("old.example", -2).0, 0o644);
    write(&directory, "etc/letsencrypt/archive/shop.example/cert1.pem", &pair("shop.example", -2).0, 0o644);
    write(&directory, "etc/app/password", PASSWORD, 0o600);
    fs::rename(root.join("app.p12"), root.join("etc/app/app.p12")).expect("a file");
    fs::create_dir_all(root.join("etc/letsencrypt/live/shop.example")).expect("a directory");
    symlink("../../archive/shop.example/gone.pem", root.join("etc/letsencrypt/live/shop.example/cert.pem"))
        .expect("a link");
    fs::create_dir_all(root.join("bin")).expect("a directory");
    symlink(env!("CARGO_BIN_EXE_tlscope"), root.join("bin/tlscope")).expect("a link");
    write(&directory, "cluster.json", &cluster().0, 0o600);
    let kubectl = "#!/bin/sh\nif [ $1 = get ]; then cat cluster.json; else cat good/site.crt good/site.key; fi\n";
    write(&directory, "bin/kubectl", kubectl, 0o755);
    let expected = [
        (2, "2 files looked at: 1 critical, 1 ok"),
        (1, "file.broken_link"),
        (0, ""),
        (0, "1 file looked at: 1 ok"),
        (0, "good.example"),
        (2, "k8s.secret_missing"),
    ];
    let recipes = recipes();
    assert_eq!(recipes.len(), expected.len(), "{recipes:?}");
    for (recipe, (status, says)) in recipes.into_iter().zip(expected) {
        let line = recipe.replace("/etc/", &format!("{}/etc/", root.display()));
        let path = format!("{}:/usr/bin:/bin", root.join("bin").display());
        let mut command = command("sh", root);
        let output = command.args(["-c", &line]).env("PATH", path).current_dir(root).output().expect("a shell");
        assert_eq!(
            output.status.code(),
            Some(status),
            "{recipe}: {}{}",
            out(&output),
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(out(&output).contains(says), "{recipe}: {}", out(&output));
    }
    let csv = fs::read_to_string(root.join("certificates.csv")).expect("what the recipe wrote");
    assert!(csv.contains("site.example"), "{csv}");
}

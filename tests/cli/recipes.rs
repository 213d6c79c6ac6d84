//! The recipes of the README, run as they stand there: with paths, programs and addresses of this test.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Output;

use super::import::answers;
use super::{err, out, tlscope};

const README: &str = include_str!("../../README.md");

/// The line for something, without what is said of it.
fn recipe(title: &str) -> &'static str {
    let section = README.split_once("\n## Recipes\n").expect("recipes").1.split("\n## ").next().unwrap_or_default();
    let lines = section.lines().filter_map(|line| line.strip_prefix("    ")?.split_once(" # "));
    lines.map(|(line, title)| (line.trim_end(), title.trim())).find(|(_, own)| *own == title).expect("a recipe").0
}

/// Runs it in a shell, with this instead of that. `sudo` is for what only root may read.
fn run(home: &Path, title: &str, instead: &[(&str, &str)]) -> Output {
    let mut line = recipe(title).replace("sudo ", "");
    for (that, this) in instead {
        assert!(line.contains(that), "{that} is not in: {line}");
        line = line.replace(that, this);
    }
    let program = env!("CARGO_BIN_EXE_tlscope");
    let bin = home.join("bin");
    if !bin.exists() {
        fs::create_dir(&bin).expect("a place");
        symlink(program, bin.join("tlscope")).expect("a link");
    }
    let path = std::env::var("PATH").expect("a path");
    let mut command = tlscope(home);
    // The settings of a program of ours, for a shell.
    let kept: Vec<_> =
        command.get_envs().map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned))).collect();
    command = std::process::Command::new("sh");
    for (name, value) in kept {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let command = command.env("PATH", format!("{}:{path}", bin.display())).args(["-c", &line]).current_dir(home);
    command.output().expect("a shell")
}

fn home() -> tempfile::TempDir {
    tempfile::tempdir().expect("a home")
}

/// What `--write` has made of the configuration.
fn configuration(home: &Path) -> String {
    let path = tlscope(home).args(["config", "path"]).output().expect("the binary runs");
    fs::read_to_string(out(&path).trim()).expect("a configuration")
}

fn certificate(name: &str) -> String {
    rcgen::generate_simple_self_signed(vec![name.to_owned()]).expect("a certificate").cert.pem()
}

#[test]
fn a_certbot_host() {
    let home = home();
    let at = |name: &str| home.path().join("letsencrypt").join(name);
    for name in ["renewal", "live/shop.example", "archive/shop.example"] {
        fs::create_dir_all(at(name)).expect("a place");
    }
    fs::write(at("archive/shop.example/fullchain1.pem"), certificate("shop.example")).expect("written");
    let link = at("live/shop.example/fullchain.pem");
    symlink("../../archive/shop.example/fullchain1.pem", &link).expect("a link");
    let renewal = format!("archive_dir = {}\nfullchain = {}\n", at("archive").display(), link.display());
    fs::write(at("renewal/shop.example.conf"), renewal).expect("written");
    let place = at("").display().to_string();
    let output = run(home.path(), "a certbot host", &[("/etc/letsencrypt", place.trim_end_matches('/'))]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let written = configuration(home.path());
    assert!(written.contains("target = \"shop.example:443\""), "{written}");
    assert!(written.contains(&format!("cert_file = \"{}\"", link.display())), "{written}");
}

#[test]
fn kubernetes() {
    let home = home();
    let list = r#"{"kind":"List","items":[{"kind":"Ingress","metadata":{"namespace":"web","name":"shop"},
        "spec":{"tls":[{"hosts":["shop.example"],"secretName":"shop-tls"}]}}]}"#;
    fs::write(home.path().join("list.json"), list).expect("written");
    let kubectl = recipe("Kubernetes").split(" | ").next().expect("a pipe");
    assert!(kubectl.starts_with("kubectl get ") && kubectl.ends_with(" -o json"), "{kubectl}");
    let output = run(home.path(), "Kubernetes", &[(kubectl, "cat list.json")]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let written = configuration(home.path());
    assert!(written.contains("target = \"shop.example:443\"") && written.contains("shop-tls"), "{written}");
}

#[test]
fn nginx() {
    let home = home();
    let main = home.path().join("nginx.conf");
    let file = home.path().join("shop.pem");
    fs::write(&file, certificate("shop.example")).expect("written");
    let server = format!("server {{ listen 8443 ssl; server_name shop.example; ssl_certificate {}; }}", file.display());
    fs::write(&main, &server).expect("written");
    let dump = format!("# configuration file {}:\n{server}\n", main.display());
    fs::write(home.path().join("dump"), dump).expect("written");
    let output = run(home.path(), "nginx", &[("nginx -T", "cat dump")]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let written = configuration(home.path());
    let table = format!("target = \"shop.example:8443\"\ncert_file = \"{}\"\n", file.display());
    assert!(written.contains(&table), "{written}");
}

#[test]
fn prometheus() {
    let home = home();
    let targets = r#"{"status":"success","data":{"activeTargets":[{"labels":{"job":"web","instance":"https://shop.example"},"scrapeUrl":"http://bb/probe?module=m&target=https%3A%2F%2Fshop.example"}]}}"#;
    let metrics = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"probe_ssl_earliest_cert_expiry","job":"web","instance":"https://shop.example"},"value":[1795651200,"1798070400"]}]}}"#;
    let (address, asked) = answers("application/json", &[targets, metrics]);
    let output = run(home.path(), "Prometheus", &[("prometheus.example:9090", &address)]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(out(&output).contains("expires=2026-12-24"), "{}", out(&output));
    let asked = asked.join().expect("requests");
    assert!(asked[0].starts_with("GET /api/v1/targets?state=active HTTP/1.1\r\n"), "{asked:?}");
    assert!(asked[1].starts_with("GET /api/v1/query?query=%7B__name__"), "{asked:?}");
    let written = configuration(home.path());
    assert!(written.contains("target = \"shop.example:443\"") && written.contains("\"job\" = \"web\""), "{written}");
}

#[test]
fn a_directory() {
    let home = home();
    let directory = home.path().join("ssl");
    fs::create_dir(&directory).expect("a place");
    fs::write(directory.join("shop.pem"), certificate("shop.example")).expect("written");
    let output = run(home.path(), "a directory", &[("/etc/ssl", &directory.display().to_string())]);
    assert!(out(&output).contains("shop.pem"), "{}{}", out(&output), err(&output));
}

//! The real binary: what it prints, where, and with which exit status.

#![expect(clippy::expect_used, reason = "a set-up that fails is a failed test")]

#[path = "cli/fetched.rs"]
mod fetched;
#[path = "cli/import.rs"]
mod import;
#[path = "cli/issuer.rs"]
mod issuer;
#[cfg(unix)]
#[path = "cli/odd.rs"]
mod odd;
#[cfg(unix)]
#[path = "cli/recipes.rs"]
mod recipes;
#[path = "cli/shared.rs"]
mod shared;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use serde_json::Value;
use tempfile::TempDir;
use tlscope::lab::Lab;
use tlscope::model::SystemClock;

/// The binary, in a home of its own and without the settings of whoever runs the tests.
fn tlscope(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tlscope"));
    let foreign = std::env::vars_os().map(|(name, _)| name);
    for name in foreign.filter(|name| name.to_string_lossy().starts_with("TLSCOPE_")) {
        command.env_remove(name);
    }
    command.env("HOME", home).env("XDG_CONFIG_HOME", home).env("XDG_STATE_HOME", home).env("LC_ALL", "C.UTF-8");
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
        command.env_remove(name).env_remove(name.to_uppercase());
    }
    command.env_remove("NO_COLOR").stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    let home = tempfile::tempdir().expect("a home");
    tlscope(home.path()).args(arguments).output().expect("the binary runs")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

/// A lab in this process, its CA file, and a home for the binary.
struct Bench {
    lab: Lab,
    home: TempDir,
    runtime: tokio::runtime::Runtime,
}

impl Bench {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
        let lab = runtime.block_on(Lab::start(Arc::new(SystemClock))).expect("the lab starts");
        let home = tempfile::tempdir().expect("a home");
        lab.write_ca_file(&home.path().join("ca.pem")).expect("the CA file is written");
        Self { lab, home, runtime }
    }

    fn member(&self, name: &str) -> (&str, &[SocketAddr]) {
        let member = self.lab.members().iter().find(|member| member.name == name).expect("a member of that name");
        (&member.host, &member.addresses)
    }

    /// `host@ip:port` of a member's first address.
    fn pinned(&self, name: &str) -> String {
        let (host, addresses) = self.member(name);
        format!("{host}@{}", addresses[0])
    }

    fn check(&self, arguments: &[&str]) -> Command {
        let mut command = tlscope(self.home.path());
        command.args(["check", "--trust", "none", "--ca-file"]).arg(self.home.path().join("ca.pem")).args(arguments);
        command
    }
}

#[test]
fn check_tells_verdicts_in_every_format_and_by_its_exit_status() {
    let bench = Bench::start();
    let check = |arguments: &[&str]| bench.check(arguments).output().expect("the binary runs");
    for (member, status) in [("healthy-ecdsa", 0), ("renewal-overdue", 1), ("expired", 2), ("client-cert", 3)] {
        let output = check(&["--format", "jsonl", &bench.pinned(member)]);
        assert_eq!(output.status.code(), Some(status), "{member}: {}{}", out(&output), err(&output));
        assert_eq!(err(&output), "", "{member}");
        let verdict: Value = serde_json::from_str(&out(&output)).expect("one JSON object");
        let name = ["ok", "warning", "critical", "unknown"][usize::try_from(status).expect("small")];
        assert_eq!(verdict["status"], name, "{member}");
        assert_eq!((&verdict["schema"], &verdict["kind"]), (&1.into(), &"verdict".into()));
        assert_eq!(verdict["target"], bench.pinned(member));
    }
    the_whole_verdict(&check(&["--format", "jsonl", &bench.pinned("expired")]));

    let (healthy, expired) = (bench.pinned("healthy-ecdsa"), bench.pinned("expired"));
    let output = check(&["--format", "json", &healthy, &expired]);
    let report: Value = serde_json::from_str(&out(&output)).expect("one document");
    assert_eq!((&report["kind"], &report["status"]), (&"report".into(), &"critical".into()));
    let targets: Vec<_> =
        report["verdicts"].as_array().expect("verdicts").iter().map(|v| v["target"].clone()).collect();
    assert_eq!(targets, [healthy.as_str(), expired.as_str()], "in the order asked for");

    let output = check(&[&healthy, &expired]);
    assert_eq!(output.status.code(), Some(2));
    let text = out(&output);
    assert!(text.starts_with("✗ CRITICAL "), "worst first: {text}");
    assert!(
        text.contains("     cause  cert.expired · outage\n") && text.contains("$ timeout 10 openssl s_client "),
        "{text}"
    );
    assert!(text.contains("\n✓ OK "), "{text}");
    assert!(text.ends_with("2 targets: 1 critical, 1 ok\n") && !text.contains('\u{1b}'), "{text}");
    let output = check(&["--format", "nagios", &healthy, &expired]);
    let line = out(&output);
    assert_eq!((output.status.code(), line.lines().count()), (Some(2), 1), "{line}");
    assert!(line.starts_with("TLS CRITICAL - 1 of 2 targets critical: ") && line.contains(" expires'=-"), "{line}");
    let ticket = out(&check(&["--format", "markdown", &healthy, &expired]));
    assert!(ticket.starts_with("## CRITICAL: ") && ticket.contains("\n## OK: "), "{ticket}");
    let quiet = out(&check(&["-q", &healthy, &expired]));
    // Advice about the target that is shown may stand there; the healthy target may not.
    assert!(
        quiet.starts_with("✗ CRITICAL ") && !quiet.contains("✓ OK ") && !quiet.contains("healthy-ecdsa"),
        "{quiet}"
    );
}

#[test]
fn check_says_once_what_is_wrong_on_our_own_side() {
    let deaf = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let server = deaf.local_addr().expect("an address").to_string();
    let check = |format: &str| {
        let names = ["a.example", "b.example", "c.example"];
        let options = ["check", "--dns-server", &server, "--timeout", "400ms", "--format", format];
        run(&[&options[..], &names[..]].concat())
    };
    let output = check("text");
    let text = out(&output);
    assert_eq!(output.status.code(), Some(3), "no target is to blame: {text}");
    let said = format!("\n? UNKNOWN   the name server {server} answers for none of 3 names\n");
    assert_eq!(text.matches(&said).count(), 1, "{text}");
    assert!(text.contains(" explains  a.example:443, b.example:443 and c.example:443\n"), "{text}");
    assert!(text.ends_with("\n3 targets: 3 unknown\n"), "{text}");

    let report: Value = serde_json::from_str(&out(&check("json"))).expect("one document");
    let fault = &report["observer"][0];
    assert_eq!((&fault["code"], &fault["scope"]), (&"local.dns_down".into(), &"observer".into()));
    assert_eq!(fault["explains"][2]["target"], "c.example:443");
    assert_eq!((&report["status"], &report["verdicts"][0]["status"]), (&"unknown".into(), &"unknown".into()));

    let output = check("jsonl");
    let lines: Vec<Value> =
        out(&output).lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect();
    let kinds: Vec<_> = lines.iter().map(|line| line["kind"].as_str().expect("a kind")).collect();
    // Once as each is done, and once more as all of them together show whose fault it is.
    assert_eq!((&kinds[..6], &kinds[6..], output.status.code()), (&["verdict"; 6][..], &["observer"][..], Some(3)));
    assert_eq!(lines[6]["findings"], report["observer"]);
    assert!(lines[3..6].iter().all(|line| line["status"] == "unknown"), "{lines:?}");
}

fn the_whole_verdict(output: &Output) {
    let verdict: Value = serde_json::from_str(&out(output)).expect("one JSON object");
    let endpoint = &verdict["endpoints"][0];
    assert_eq!((&endpoint["outcome"], &endpoint["version"]), (&"handshake".into(), &"TLSv1.3".into()));
    assert_eq!((&endpoint["group"], &endpoint["verified"]), (&"X25519MLKEM768".into(), &false.into()));
    let survey = &endpoint["survey"];
    assert_eq!((&survey["versions"]["TLSv1.2"], &survey["versions"]["TLSv1.1"]), (&true.into(), &false.into()));
    assert!(survey["ciphers"].as_array().is_some_and(|suites| suites.len() > 3), "{survey}");
    assert!(endpoint["timings_ms"]["tls"].as_f64().is_some_and(|millis| millis > 0.0), "{endpoint}");
    let leaf = endpoint["chain"][0].as_str().expect("a fingerprint");
    assert_eq!(leaf.len(), 64);
    let certificate = &verdict["certificates"][leaf];
    assert!(certificate["not_after"].as_str().is_some_and(|date| date.ends_with('Z')), "{certificate}");
    let cause = &verdict["findings"][0];
    assert_eq!((&cause["code"], &cause["certificates"][0]), (&"cert.expired".into(), &leaf.into()));
    assert!(
        cause["next"]["command"].as_str().is_some_and(|command| command.starts_with("timeout 10 openssl ")),
        "{cause}"
    );
    assert!(cause["evidence"].as_object().is_some_and(|facts| !facts.is_empty()), "{cause}");
}

#[test]
fn check_names_the_cause_behind_several_addresses() {
    let bench = Bench::start();
    let (host, addresses) = bench.member("checkout");
    let port = addresses[0].port();
    if addresses.iter().any(|address| address.port() != port) {
        return; // Only 127.0.0.1 on this system: --resolve cannot name several ports.
    }
    let list: Vec<String> = addresses.iter().map(|address| address.ip().to_string()).collect();
    let route = format!("{host}:{port}:{}", list.join(","));
    let output = bench.check(&["--resolve", &route, &format!("{host}:{port}")]).output().expect("the binary runs");
    let text = out(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("cause  fleet.stale_node · partial"), "{text}");
    assert!(text.contains("(follows from fleet.stale_node)"), "{text}");
    let table: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.starts_with(" addresses"))
        .take_while(|line| !line.starts_with("    survey"))
        .collect();
    assert_eq!(table.len(), 4, "{text}");
    assert_eq!(table.iter().filter(|line| line.contains("✗ 127.0.0.")).count(), 2, "{text}");
}

#[test]
fn check_reads_lists_and_the_configured_fleet() {
    let bench = Bench::start();
    let list = bench.home.path().join("hosts.txt");
    let (one, other) = (bench.pinned("healthy-ecdsa"), bench.pinned("healthy-rsa"));
    std::fs::write(&list, format!("# two\n{one} # the first\n\n{other}\n")).expect("a list");
    let output = bench.check(&[&format!("@{}", list.display())]).output().expect("the binary runs");
    assert!(out(&output).ends_with("2 targets: 2 ok\n"), "{}{}", out(&output), err(&output));

    let stdin = std::fs::File::open(&list).expect("the list");
    let output = bench.check(&["--format", "jsonl", "-"]).stdin(stdin).output().expect("the binary runs");
    assert_eq!((out(&output).lines().count(), output.status.code()), (2, Some(0)));

    let config = bench.home.path().join("tlscope.toml");
    let text = format!(
        "[trust]\nstores = []\nca_files = [\"ca.pem\"]\n[[target]]\ntarget = \"{one}\"\nlabels = {{ env = \"prod\" }}\n\
         [[target]]\ntarget = \"{other}\"\n"
    );
    std::fs::write(&config, text).expect("a configuration");
    let fleet = |arguments: &[&str]| {
        let mut command = tlscope(bench.home.path());
        let output = command.args(["check", "--format", "jsonl", "--config"]).arg(&config).args(arguments).output();
        output.expect("the binary runs")
    };
    assert_eq!(out(&fleet(&[])).lines().count(), 2);
    let narrowed = out(&fleet(&["--label", "env=prod"]));
    assert_eq!(narrowed.lines().count(), 1);
    assert!(narrowed.contains(r#""labels":{"env":"prod"}"#), "{narrowed}");
    let none = fleet(&["--label", "env=dev"]);
    assert_eq!(none.status.code(), Some(3));
    assert!(err(&none).contains("there is nothing to check"), "{}", err(&none));
}

#[test]
fn wrong_usage_is_told_with_place_and_remedy() {
    let home = tempfile::tempdir().expect("a home");
    let bad_ca = home.path().join("bad.pem");
    std::fs::write(&bad_ca, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").expect("a file");
    let bad_ca = bad_ca.to_str().expect("UTF-8");
    let cases: &[(&[&str], i32, &str)] = &[
        (&["check", "--timeot", "3s"], 3, "'--timeout'"),
        (&["--timeot", "3s"], 2, "'--timeout'"),
        (
            &["check", "a..b"],
            3,
            "error: a label is empty: a name has no leading dot and no two dots in a row\n  a..b\n    ^\n",
        ),
        (&["check", "example.com:70000"], 3, "a port is a number from 1 to 65535"),
        (&["check"], 3, "there is nothing to check: name a target"),
        (&["check", "-"], 3, "there is nothing to check: no target is in what was named"),
        (&["check", "@"], 3, "a file's name is missing after '@'"),
        (&["check", "@/nowhere"], 3, "cannot read targets from '/nowhere'"),
        (&["check", "--ca-file", bad_ca, "a.example"], 3, "block 1 cannot be read"),
        (&["check", "--ca-file", "/nowhere.pem", "a.example"], 3, "cannot read the CA file /nowhere.pem"),
        (&["check", "--hosts-file", "/nowhere", "a.example"], 3, "cannot read the hosts file /nowhere"),
        (&["check", "--dns-server", "dns.example", "a.example"], 3, "'dns.example' is no name server"),
        (&["check", "--interval", "soon", "a.example"], 3, "'soon' is no duration"),
        (&["check", "--interval", "1ms", "a.example"], 3, "an interval is from 100ms to 7d, not 1ms"),
        (&["check", "--resolve", "a.example:443", "a.example"], 3, "an address is missing"),
        (&["check", "--servername", "a b", "a.example"], 3, "--servername: a name has no spaces"),
        (&["check", "--config", "/nowhere.toml", "a.example"], 3, "cannot read the configuration '/nowhere.toml'"),
        (&["check", "--trust", "none", "--trust", "system", "a.example"], 3, "--trust none stands alone"),
        (&["check", "--client-cert", "/no/c.pem", "a.example"], 3, "cannot use the client certificate of '/no/c.pem'"),
        (&["check", "--client-key", "c.pem", "a.example"], 3, "--client-key needs --client-cert"),
        (&["check", "--depth", "deep", "a.example"], 3, "invalid value 'deep'"),
        (&["check", "--fetch", "everything", "a.example"], 3, "write all, none, or some of aia, crl, ocsp"),
        (&["watch", "a.example"], 2, "'tlscope watch' is not built yet"),
        (&["chek"], 2, "there is no command 'chek'; did you mean 'check'?"),
        (&["a.example", "check"], 2, "'check' is a command and comes first"),
        (
            &["a.example"],
            2,
            "the dashboard needs a terminal, and there is none; without one use 'tlscope check TARGET…'",
        ),
        (&["--filter", "é (env:prod"], 2, "\n  é (env:prod\n    ^\n"),
        (&["lab", "--filter", "expires<soon"], 2, "'--filter <QUERY>'"),
        (&["--filter", "a", "check", "a.example"], 3, "--filter is for the dashboard"),
        (&["lab", "--list", "--filter", "a"], 2, "cannot be used with"),
        (&["lab"], 2, "without one use 'tlscope lab --serve-only'"),
        (&["explain", "cert.expird"], 2, "did you mean 'cert.expired'?"),
    ];
    for (arguments, status, message) in cases {
        let output = run(arguments);
        assert!(err(&output).contains(message), "{arguments:?}: {}", err(&output));
        assert_eq!(output.status.code(), Some(*status), "{arguments:?}");
        assert_eq!(out(&output), "", "{arguments:?}: messages go to standard error");
    }
}

#[test]
fn the_environment_counts_and_is_checked() {
    let home = tempfile::tempdir().expect("a home");
    let show = |name: &str, value: &str, arguments: &[&str]| {
        tlscope(home.path())
            .env(name, value)
            .args(["config", "show"])
            .args(arguments)
            .output()
            .expect("the binary runs")
    };
    assert!(out(&show("TLSCOPE_INTERVAL", "77s", &[])).contains("interval = \"1m17s\""));
    assert!(out(&show("TLSCOPE_INTERVAL", "77s", &["--interval", "5s"])).contains("interval = \"5s\""));
    assert!(out(&show("TLSCOPE_INTERVAL", "", &[])).contains("interval = \"30s\""));
    assert!(out(&show("TLSCOPE_ASCII", "1", &[])).contains("glyphs = \"ascii\""));
    let wrong = show("TLSCOPE_INTERVAL", "soon", &[]);
    assert_eq!(wrong.status.code(), Some(2));
    let unknown = err(&show("TLSCOPE_INTERVALL", "5s", &[]));
    assert!(unknown.contains("TLSCOPE_INTERVALL has no effect; did you mean TLSCOPE_INTERVAL?"), "{unknown}");
}

#[test]
fn config_makes_checks_and_shows_a_file() {
    let home = tempfile::tempdir().expect("a home");
    let config =
        |arguments: &[&str]| tlscope(home.path()).arg("config").args(arguments).output().expect("the binary runs");
    let path = out(&config(&["path"]));
    assert!(!Path::new(path.trim()).exists());
    assert!(err(&config(&["check"])).contains("defaults are in effect"));
    assert_eq!(out(&config(&["init"])), path);
    assert!(err(&config(&["check"])).contains("fine, 0 targets"));
    config_looks_at_the_files_it_names(home.path());
    let again = config(&["init"]);
    assert_eq!((again.status.code(), err(&again).contains("exists already and is left as it is")), (Some(2), true));

    std::fs::write(path.trim(), "[defaults]\nintervall = \"5s\"\n").expect("the file");
    let wrong = config(&["check"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(err(&wrong).contains(":2:1: unknown key 'intervall'; did you mean 'interval'?"), "{}", err(&wrong));

    std::fs::write(path.trim(), "[defaults]\ninterval = \"5s\"\n[ui]\ncolumns = []\n").expect("the file");
    let later = config(&["show"]);
    assert!(err(&later).contains("warning: ") && err(&later).contains("'columns' is not built yet"), "{}", err(&later));
    let shown = home.path().join("shown.toml");
    std::fs::write(&shown, out(&later)).expect("the file");
    let again = config(&["show", "--config", shown.to_str().expect("UTF-8")]);
    let body = |text: String| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(body(out(&again)), body(out(&later)), "what is shown can be read");
}

fn config_looks_at_the_files_it_names(home: &Path) {
    let file = home.join("names.toml");
    let log = home.join("log");
    let check = |text: &str| {
        std::fs::write(&file, text).expect("the file");
        let mut command = tlscope(home);
        let output =
            command.args(["config", "check", "-q", "--config"]).arg(&file).arg("--log-file").arg(&log).output();
        err(&output.expect("the binary runs"))
    };
    let cases = [
        ("[trust]\nca_files = [\"gone.pem\"]", "cannot read the CA file "),
        ("[probe]\nhosts_file = \"gone\"", "cannot read the hosts file "),
        ("[ui]\ntheme = \"gone\"", "theme 'gone'"),
        ("[[target]]\ntarget = \"a.example\"", "fine, 1 target\n"),
    ];
    for (text, message) in cases {
        let said = check(text);
        assert!(said.contains(message) && said.matches("os error").count() < 2, "{text}: {said}");
    }
    check("[ui]\ncolumns = []");
    let log = std::fs::read_to_string(&log).expect("the log");
    assert!(log.contains("WARN") && log.contains("'columns' is not built yet"), "quiet is for the terminal: {log}");
}

#[test]
fn the_program_describes_itself() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        assert!(out(&run(&["completions", shell])).contains("check"), "{shell}");
    }
    assert!(out(&run(&["man"])).contains(".TH tlscope 1"));
    assert!(out(&run(&["themes"])).starts_with("dark "));
    let help = out(&run(&["check", "--help"]));
    assert!(help.contains("--ca-file") && help.contains("--client-cert"), "{help}");
    let all = out(&run(&["explain"]));
    assert!(all.lines().count() > 100 && all.contains("\nchain: chains\n"), "{all}");
    let one = out(&run(&["explain", "chain.missing_intermediate"]));
    assert!(one.starts_with("chain.missing_intermediate: missing intermediate\n"), "{one}");
    let parts = ["\nEvidence it needs\n", "\nEasily misread\n", "\nWhat to do\n", "\nRunbook\n  1. Append the"];
    assert!(parts.iter().all(|part| one.contains(part)), "{one}");
    assert!(out(&run(&["lab", "--list"])).lines().count() > 16);
}

#[test]
fn themes_of_the_user_are_listed_and_a_broken_one_says_why() {
    let home = tempfile::tempdir().expect("a home");
    let themes = home.path().join("tlscope/themes");
    std::fs::create_dir_all(&themes).expect("a folder");
    let files = [
        ("mine", "title = \"My own\"\ninherits = \"light\""),
        ("dark", "title = \"Darker\""),
        ("bad", "[roles]\nsevrity = \"red\""),
    ];
    for (name, text) in files {
        std::fs::write(themes.join(name).with_extension("toml"), text).expect("a theme");
    }
    let output = |arguments: &[&str]| tlscope(home.path()).args(arguments).output().expect("the binary runs");
    let listed = out(&output(&["themes"]));
    let lines = [
        "dark           Darker\n",
        "\nmine           My own\n",
        "\nbad            unusable: theme 'bad' styles 'sevrity'",
    ];
    for line in lines {
        assert!(listed.contains(line), "{listed}");
    }
    assert_eq!(err(&output(&["config", "check", "--theme", "mine"])).lines().count(), 1);
    for name in ["bad", "gone"] {
        let said = err(&output(&["config", "check", "--theme", name]));
        assert!(said.matches(&format!("theme '{name}'")).count() == 1 && said.contains("'tlscope themes'"), "{said}");
    }
}

#[test]
fn a_reader_that_leaves_ends_it_quietly() {
    let home = tempfile::tempdir().expect("a home");
    for arguments in [&["explain"][..], &["man"], &["--help"], &["completions", "zsh"]] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = tlscope(home.path()).args(arguments).stdout(writer).stderr(Stdio::piped()).output();
        let output = output.expect("the binary runs");
        assert_eq!((output.status.code(), err(&output).as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let home = tempfile::tempdir().expect("a home");
    let full = std::fs::File::options().write(true).open("/dev/full").expect("the device");
    let output = tlscope(home.path()).arg("themes").stdout(full).stderr(Stdio::piped()).output().expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).starts_with("error: cannot write to standard output: "), "{}", err(&output));
}

#[test]
fn lab_serves_others_until_it_is_told_to_stop() {
    let home = tempfile::tempdir().expect("a home");
    let mut lab = tlscope(home.path())
        .args(["lab", "--serve-only"])
        .env("TMPDIR", home.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the lab starts");
    let mut lines = BufReader::new(lab.stdout.take().expect("its output")).lines().map_while(Result::ok);
    let ca_file = lines.next().and_then(|line| line.strip_prefix("# CA file: ").map(PathBuf::from)).expect("a CA file");
    let target = lines.find(|line| line.starts_with("expired.lab.example@")).expect("a member");
    let target = target.split_whitespace().next().expect("its notation");
    let output = tlscope(home.path()).args(["check", "--format", "jsonl", target, "--ca-file"]).arg(&ca_file).output();
    assert!(out(&output.expect("the binary runs")).contains("cert.expired"));

    let pid = rustix::process::Pid::from_child(&lab);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it can be told");
    assert_eq!(lab.wait().expect("it ends").code(), Some(0));
    assert!(!ca_file.exists(), "{}", ca_file.display());
}

#[test]
fn the_labs_own_list_is_a_list_of_targets() {
    let bench = Bench::start();
    let list = bench.home.path().join("lab.txt");
    let text = bench.lab.serve_text(&bench.home.path().join("ca.pem"), |name| bench.home.path().join(name));
    let count = text.lines().filter(|line| !line.starts_with('#')).count();
    std::fs::write(&list, text).expect("a list");
    let list = format!("@{}", list.display());
    let limits = ["--depth", "handshake", "--timeout", "2s", "--format", "jsonl"];
    let output = bench.check(&[&limits[..], &[&list]].concat()).output().expect("the binary runs");
    let lines: Vec<Value> = out(&output).lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    let targets: std::collections::BTreeSet<&str> = lines.iter().filter_map(|line| line["target"].as_str()).collect();
    assert_eq!((targets.len(), err(&output)), (count, String::new()));
    assert!(!out(&output).contains(r#""survey":{"#), "none was asked for");
}

/// The output of a command on a terminal, and its exit status.
#[cfg(unix)]
fn on_terminal(mut configure: impl FnMut(&mut portable_pty::CommandBuilder)) -> String {
    let pty = portable_pty::native_pty_system().openpty(portable_pty::PtySize::default()).expect("a terminal");
    let mut command = portable_pty::CommandBuilder::new(env!("CARGO_BIN_EXE_tlscope"));
    configure(&mut command);
    let mut child = pty.slave.spawn_command(command).expect("the binary runs");
    drop(pty.slave);
    let mut reader = pty.master.try_clone_reader().expect("a reader");
    let text = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // Linux ends a terminal without writers with an error; what was read counts.
        let _ = reader.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    });
    child.wait().expect("it ends");
    text.join().expect("its output")
}

#[cfg(unix)]
#[test]
fn colour_is_for_terminals_that_want_it() {
    let bench = Bench::start();
    let target = bench.pinned("expired");
    let check = |variable: (&str, &str), flag: &str| {
        on_terminal(|command| {
            command.args(["check", "--trust", "none", &target, flag]);
            command.env_remove("NO_COLOR");
            command.env("HOME", bench.home.path());
            command.env("XDG_CONFIG_HOME", bench.home.path());
            command.env("TERM", "xterm-256color");
            command.env(variable.0, variable.1);
        })
    };
    let painted = check(("X", "1"), "-v");
    assert!(painted.contains("\x1b[1;31m"));
    let first = painted.find("surveying; so far: ✗ CRITICAL").expect("the first verdict");
    assert!(painted[first..].contains("\r\x1b[K"), "taken away again: {painted}");
    for plain in [check(("NO_COLOR", "1"), "-v"), check(("TERM", "dumb"), "-v"), check(("X", "1"), "--no-color")] {
        assert!(plain.contains("CRITICAL") && !plain.contains("\x1b[1;31m"), "{plain}");
    }
}

/// A proxy that wants another password than it is given, and says back what it was told.
fn unforgiving_proxy() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let lines = BufReader::new(stream.try_clone().expect("a stream")).lines().map_while(Result::ok);
            let told: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            let authorized = told.iter().any(|line| line.starts_with("Proxy-Authorization: Basic "));
            let _ = write!(stream, "HTTP/1.1 407 Wrong login: {authorized}\r\n\r\n");
        }
    });
    address
}

#[test]
fn a_proxys_password_is_shown_nowhere() {
    let home = tempfile::tempdir().expect("a home");
    let (config, log) = (home.path().join("secret.toml"), home.path().join("log"));
    let url = format!("http://planted-name:planted-word@{}", unforgiving_proxy());
    std::fs::write(&config, format!("[probe]\nproxy = \"{url}\"\n")).expect("the file");
    let run = |change: &dyn Fn(&mut Command), arguments: &[&str]| {
        let mut command = tlscope(home.path());
        change(command.args(arguments).arg("--log-file").arg(&log).env("TLSCOPE_LOG", "trace"));
        let output = command.output().expect("the binary runs");
        let text = [out(&output), err(&output), std::fs::read_to_string(&log).unwrap_or_default()].concat();
        assert!(!text.contains("planted") && !text.contains("cGxhbnRlZC"), "{text}");
        text
    };
    let by_flag = |command: &mut Command| {
        command.args(["--proxy", &url]);
    };
    let by_file = |command: &mut Command| {
        command.arg("--config").arg(&config);
    };
    let by_variable = |command: &mut Command| {
        command.env("TLSCOPE_PROXY", &url);
    };
    let as_usual = |command: &mut Command| {
        command.env("HTTPS_PROXY", &url);
    };
    let ways: [&dyn Fn(&mut Command); 4] = [&by_flag, &by_file, &by_variable, &as_usual];
    for way in ways {
        for format in ["text", "jsonl"] {
            let text = run(way, &["check", "-v", "--format", format, "shop.example@192.0.2.1:443"]);
            assert!(text.contains("proxy.auth") && text.contains("407 Wrong login: true"), "{text}");
        }
        let text = run(way, &["config", "show"]);
        assert!(text.contains("http://127.0.0.1:"), "{text}");
    }
    for wrong in ["ftp://planted-name:planted-word@p.example", "http://planted-name:planted/word@p.example"] {
        let flag = |command: &mut Command| {
            command.args(["--proxy", wrong]);
        };
        assert!(run(&flag, &["check", "shop.example"]).contains("error: --proxy: "));
        let usual = |command: &mut Command| {
            command.env("all_proxy", wrong);
        };
        assert!(run(&usual, &["check", "shop.example"]).contains("error: all_proxy: "));
    }
}

#[test]
fn starttls_counts_more_than_scheme_and_port() {
    let show = |arguments: &[&str]| out(&run(&[&["config", "show"], arguments].concat()));
    assert!(!show(&[]).contains("starttls"));
    let output = run(&["check", "--starttls", "stmp", "a.example"]);
    assert!(err(&output).contains("'stmp' is no upgrade to TLS; known are none, smtp"), "{}", err(&output));
    let bench = Bench::start();
    let plain = bench.check(&["--starttls", "smtp", "--format", "jsonl", &bench.pinned("healthy-ecdsa")]).output();
    let text = out(&plain.expect("the binary runs"));
    assert!(text.contains("starttls.wrong_mode") && text.contains("\"protocol\":\"smtp\""), "{text}");
}

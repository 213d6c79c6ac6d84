use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::config::{Rate, RootStore};
use crate::inventory;
use crate::model::{Depth, Family, FetchPolicy, Protocol, Severity, Time, TlsVersion};

fn file(text: &str) -> File {
    File::parse(Path::new("/etc/tlscope/config.toml"), text.to_owned()).unwrap_or_else(|error| panic!("{error}"))
}

fn fold(text: &str, overrides: &Overrides) -> Settings {
    Settings::fold(Some(&file(text)), overrides, None).unwrap_or_else(|error| panic!("{error}"))
}

fn named(arguments: &[&str]) -> Vec<Item> {
    let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
    inventory::read(&arguments, &b""[..]).unwrap()
}

#[test]
fn wrong_files_are_told_with_place_and_remedy() {
    let cases = [
        ("[defaults]\nintervall = \"30s\"", 2, 1, "unknown key 'intervall'; did you mean 'interval'?"),
        ("[probe]\nfrobnicate = 1", 2, 1, "unknown key 'frobnicate'; known here are concurrency, rate"),
        ("[targets]\n", 1, 2, "unknown key 'targets'; did you mean 'target'?"),
        ("[[target]]\nTarget = \"a.example\"", 2, 1, "did you mean 'target'?"),
        ("[defaults]\ninterval = 30", 2, 12, "'interval': expected a string, found integer `30`; write it in quotes"),
        ("[defaults]\ninterval = \"30\"", 2, 12, "'30' is no duration; write a number with a unit"),
        ("[defaults]\ninterval = \"1ms\"", 2, 12, "an interval is from 100ms to 7d, not 1ms"),
        ("[defaults]\ntimeout = \"1h\"", 2, 11, "a timeout is from 10ms to 10m, not 1h"),
        ("[defaults]\ntarget = \"a.example\"", 2, 10, "'target' belongs in a [[target]] table"),
        (
            "[trust]\nstores = [\"system\", \"mozila\"]",
            2,
            21,
            "'stores': unknown value 'mozila'; did you mean 'mozilla'?",
        ),
        ("[trust]\nstores = [\n  \"none\",\n]", 3, 3, "'stores': unknown value 'none'; known here are mozilla, system"),
        ("[[target]]\ntarget = \"a\"\nlabels = { b = 1 }", 3, 16, "'labels': expected a string, found integer `1`"),
        ("[[target]]\ntarget = \"a\"\nalpn = [\"\"]", 3, 8, "'alpn': a protocol's name has 1 to 255 bytes"),
        ("[ui]\nmouse = \"yes\"", 2, 9, "'mouse': expected a boolean, found string"),
        ("[probe]\nconcurrency = -1", 2, 15, "'concurrency': expected a whole number from 0 on, found integer `-1`"),
        ("[probe]\nconcurrency = 0", 2, 15, "concurrency is at least 1"),
        ("[probe]\nfetch = \"sometimes\"", 2, 9, "'fetch': 'sometimes' is nothing that can be fetched"),
        ("[defaults]\nsurvey = \"1s\"", 2, 10, "the time between surveys is from 1m to 365d, not 1s"),
        ("[probe]\nsurveys = 0", 2, 11, "surveys is at least 1"),
        ("[defaults]\ndepth = \"deep\"", 2, 9, "'depth': unknown value 'deep'; known here are full, handshake"),
        ("[probe]\nproxy = \"https://a:hunter2@p\"", 2, 9, "'proxy': a proxy that is itself reached by TLS"),
        ("[probe]\nproxy = [\"http://a:hunter2@p\"]", 2, 9, "'proxy': expected a string"),
        ("[probe]\nrate = \"fast\"", 2, 8, "'fast' is no rate"),
        ("[probe]\ndns_servers = [\"dns.example\"]", 2, 15, "'dns.example' is no name server"),
        ("[thresholds]\nexpiring_page = 1.5", 2, 17, "a factor is from 0.0 to 1.0"),
        ("[[target]]\nlabels = { a = \"b\" }", 1, 1, "names no target: the key 'target' is missing"),
        ("\n[[target]]\ntarget = \"a b\"", 3, 10, "a name has no spaces in it"),
        ("[[target]]\ntarget = \"a\"\nstarttls = \"stmp\"", 3, 12, "'stmp' is no upgrade to TLS; known are none, smtp"),
        ("[[target]]\ntarget = \"a\"\nconnect_to = \"x\"", 3, 14, "four parts"),
        ("[[target]]\ntarget = \"a\"\nservername = \"b c\"", 3, 14, "a name has no spaces"),
        (
            "[[target]]\ntarget = \"a\"\nexpect = { min_versoin = 1 }",
            3,
            12,
            "unknown key 'min_versoin'; did you mean 'min_version'?",
        ),
        (
            "[[target]]\ntarget = \"a\"\nexpect = { min_version = \"TLSv1.4\" }",
            3,
            26,
            "'expect': unknown value 'TLSv1.4'; known here are TLSv1.0, ",
        ),
        (
            "[[target]]\ntarget = \"a\"\nexpect = { pins = [\"sha256/AAAA\"] }",
            3,
            19,
            "'sha256/AAAA' is no pin; write sha256/",
        ),
        ("[[target]]\ntarget = \"a\"\nexpect = { names = [\"a b\"] }", 3, 21, "'expect.names': "),
        (
            "[[target]]\ntarget = \"a\"\nalpn = [\"x\"]\nexpect = { alpn = [\"h2\"] }",
            4,
            19,
            "'expect.alpn': 'h2' is not among the protocols offered ('alpn')",
        ),
        ("[[target]]\ntarget = \"a\"\nexpect = { max_latency = \"0s\" }", 3, 26, "'expect.max_latency' is above zero"),
        ("[[slo]]\nobjective = 100.0", 2, 13, "an objective is above 0 and below 100 per cent, such as 99.95, not 100"),
        ("[[slo]]\nmatch = \"a=b\"", 1, 1, "the key 'objective' is missing here"),
        ("[thresholds]\nmatch = \"env=x\"", 2, 9, "'match' belongs in a [[thresholds.label]] table"),
        ("[[thresholds.label]]\nmax_latency = \"1s\"", 1, 1, "the key 'match' is missing here"),
        ("[[thresholds.label]]\nmatch = \"env\"", 2, 9, "'match': 'env' is no label"),
        ("[[thresholds.label]]\nmatch = \"a=b\"\nexpiring_page = 2.0", 3, 17, "a factor is from 0.0 to 1.0"),
        (
            "[thresholds]\nseverity_at_most = \"pager\"",
            2,
            20,
            "'severity_at_most': unknown value 'pager'; did you mean 'page'?",
        ),
        ("[[silence]]\nmatch = \"a=b\"", 1, 1, "the key 'reason' is missing here"),
        ("[[silence]]\nreason = \"x\"\nfrom = 2026-11-25", 3, 8, "a moment has a date, a time and an offset"),
        ("[[silence]]\nreason = \"x\"\nfrm = 1", 3, 1, "unknown key 'frm'; did you mean 'from'?"),
        (
            "[[silence]]\nreason = \"x\"\nfrom = 2026-11-25T22:00:00Z\nuntil = 2026-11-25T21:00:00Z",
            1,
            1,
            "this silence is over at 2026-11-25T21:00:00Z, before it begins",
        ),
        ("[[key]]\naction = \"quit\"", 1, 1, "the key 'keys' is missing here"),
        ("[[key]]\naction = \"quitt\"\nkeys = [\"q\"]", 1, 1, "'quitt' is no action"),
        ("\n[[key]]\naction = \"app.quit\"\nkeys = [\"ctrl-\"]", 2, 1, "action 'app.quit'"),
        ("[ui\ntheme = 1", 1, 4, ""),
    ];
    for (text, line, column, message) in cases {
        let result = File::parse(Path::new("c.toml"), text.to_owned())
            .and_then(|file| Settings::fold(Some(&file), &Overrides::default(), None));
        let error = result.expect_err(text).to_string();
        assert!(error.starts_with(&format!("c.toml:{line}:{column}: ")), "{text}\n{error}");
        assert!(error.contains(message) && !error.contains("hunter2"), "{text}\n{error}");
    }
}

#[test]
fn what_is_not_built_is_said_and_does_no_harm() {
    let text = "[[target]]\ntarget = \"a.example\"\ncert_file = \"a.pem\"\n\
                [ui]\nview = \"oncall\"\ncolumns = []\n";
    let warnings = fold(text, &Overrides::default()).warnings;
    let keys = ["view", "columns"];
    assert_eq!(warnings.len(), keys.len(), "{warnings:#?}");
    for (warning, key) in warnings.iter().zip(keys) {
        assert!(warning.starts_with("/etc/tlscope/config.toml:"), "{warning}");
        assert!(warning.ends_with(&format!(": '{key}' is not built yet and has no effect")), "{warning}");
    }
}

#[test]
fn a_target_is_expected_what_it_says_over_what_the_defaults_say() {
    let pin = "sha256/LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564=";
    let text = format!(
        "[defaults]\nexpect = {{ min_version = \"TLSv1.2\", hsts = true }}\n[[target]]\ntarget = \"a.example\"\n\
         expect = {{ hsts = false, pins = [\"{pin}\"], names = [\"*.A.example\"], max_latency = \"200ms\" }}\n\
         [[target]]\ntarget = \"b.example\"\n[[target]]\ntarget = \"imaps://c.example\"\nexpect = {{ alpn = [\"imap\"] }}\n"
    );
    let settings = fold(&text, &Overrides::default());
    let [a, b, c] = &settings.targets[..] else { panic!("{:?}", settings.targets) };
    let (own, common) = (a.expect.as_ref().unwrap(), b.expect.as_ref().unwrap());
    assert_eq!((own.min_version, own.hsts), (Some(TlsVersion::TLS12), Some(false)));
    assert_eq!((own.pins[0].to_string().as_str(), &*own.names[0]), (pin, "*.a.example"));
    assert_eq!((own.max_latency, common.hsts), (Some(Duration::from_millis(200)), Some(true)));
    assert_eq!(c.alpn, ["imap".into()], "what is expected is offered");
    assert!(
        settings.warnings[0].starts_with("/etc/tlscope/config.toml:5:33: one pin and no backup"),
        "{:?}",
        settings.warnings
    );
}

#[test]
fn what_only_a_survey_sees_is_not_expected_in_silence() {
    let blind = "[defaults]\ndepth = \"handshake\"\nexpect = { hsts = true }\n[[target]]\ntarget = \"a.example\"\n\
                 [[target]]\ntarget = \"b.example\"\n[[target]]\ntarget = \"c.example\"\ndepth = \"full\"\n";
    let settings = fold(blind, &Overrides::default());
    let expected =
        "expect.hsts of 'a.example:443' and 1 more is checked by surveys, of which depth = \"handshake\" makes none";
    assert_eq!(settings.warnings, [expected]);
    let seeing = blind.replace("hsts = true", "mtls = true");
    assert_eq!(fold(&seeing, &Overrides::default()).warnings, Vec::<String>::new());
}

#[test]
fn thresholds_and_silences_go_by_label() {
    let text = "[thresholds]\nmax_latency = \"2s\"\n[[thresholds.label]]\nmatch = \"env=staging\"\nexpiring_warning = 0.1\n\
                severity_at_most = \"ticket\"\n[[thresholds.label]]\nmatch = \"tier=1\"\nmax_latency = \"200ms\"\n\
                [[silence]]\nmatch = \"env=staging\"\nuntil = 2026-11-25T22:00:00Z\nreason = \"a move\"\n";
    let policy = fold(text, &Overrides::default()).policy;
    let of =
        |labels: [(&str, &str); 1]| policy.of(&labels.map(|(name, value)| (name.into(), value.into())).into()).clone();
    let (staging, first, other) = (of([("env", "staging")]), of([("tier", "1")]), of([("env", "prod")]));
    assert_eq!((staging.expiring_warning, staging.max_latency), (0.1, Duration::from_secs(2)));
    assert_eq!((staging.severity_at_most, first.severity_at_most), (Severity::Ticket, Severity::Page));
    assert_eq!((first.max_latency, other.max_latency), (Duration::from_millis(200), Duration::from_secs(2)));
    let staging = [("env".into(), "staging".into())].into();
    let at = Time::from_secs(1_795_643_999);
    assert_eq!(policy.silence(&staging, at).map(|silence| &*silence.reason), Some("a move"));
    assert_eq!(policy.silence(&staging, at + Duration::from_secs(1)), None);
}

#[test]
fn a_target_configured_twice_is_said() {
    let text = "[[target]]\ntarget = \"a.example\"\n[[target]]\ntarget = \"https://a.example/x\"\n";
    let settings = fold(text, &Overrides::default());
    assert_eq!(settings.targets.len(), 1);
    let expected = "/etc/tlscope/config.toml:4:10: 'a.example:443' is configured above; this one has no effect";
    assert_eq!(settings.warnings, [expected]);
}

#[test]
fn the_file_counts_more_than_defaults_and_flags_more_than_the_file() {
    let text = "[defaults]\ninterval = \"10s\"\nfamily = \"ipv4\"\ndepth = \"handshake\"\nsurvey = \"30m\"\nlabels = { env = \"prod\" }\n\
                [trust]\nstores = []\nca_files = [\"corp.pem\", \"/abs.pem\"]\n[probe]\nfetch = \"aia\"\nrate = \"60/m\"\n\
                [thresholds]\nmax_latency = \"250ms\"\n[ui]\ntheme = \"light\"\nglyphs = \"unicode\"\n\
                [[target]]\ntarget = \"a.example\"\ninterval = \"20s\"\ndepth = \"full\"\nlabels = { service = \"a\" }\n\
                [[target]]\ntarget = \"b.example:25\"\nstarttls = \"none\"\nlabels = { env = \"dev\" }\n";
    let settings = fold(text, &Overrides::default());
    let [a, b] = &settings.targets[..] else { panic!("{:?}", settings.targets) };
    assert_eq!((a.interval, b.interval), (Duration::from_secs(20), Duration::from_secs(10)));
    assert_eq!(
        (a.labels.get("env").map(|env| &**env), b.labels.get("env").map(|env| &**env)),
        (Some("prod"), Some("dev"))
    );
    assert_eq!((b.protocol, a.family), (Protocol::Tls, Family::V4));
    assert_eq!((a.depth, b.depth), (Depth::Full, Depth::Handshake));
    assert_eq!((a.survey, settings.probe.surveys), (Duration::from_mins(30), 8));
    assert_eq!(settings.probe.fetch, "aia".parse().unwrap());
    assert_eq!((a.id.0, b.id.0), (0, 1));
    assert_eq!(settings.trust.stores, []);
    assert_eq!(settings.trust.ca_files, [Path::new("/etc/tlscope/corp.pem"), Path::new("/abs.pem")]);
    assert_eq!(settings.policy.max_latency, Duration::from_millis(250));
    assert_eq!((settings.probe.rate, settings.ui.ascii), (Some(Rate(1.0)), Some(false)));

    let overrides = Overrides {
        interval: Some(Duration::from_secs(1)),
        trust: Some(vec![RootStore::Mozilla]),
        ca_files: vec!["more.pem".into()],
        concurrency: Some(7),
        depth: Some(Depth::Handshake),
        fetch: Some(FetchPolicy::NONE),
        theme: Some("dark".to_owned()),
        ascii: true,
        labels: vec!["env=prod".parse().unwrap()],
        ..Overrides::default()
    };
    let settings = fold(text, &overrides);
    assert_eq!(settings.targets.iter().map(|target| &*target.name).collect::<Vec<_>>(), ["a.example:443"]);
    assert_eq!(settings.targets[0].interval, Duration::from_secs(1));
    assert_eq!((settings.targets[0].depth, settings.probe.fetch), (Depth::Handshake, FetchPolicy::NONE));
    assert_eq!(settings.trust.stores, [RootStore::Mozilla]);
    assert_eq!(settings.trust.ca_files.last().unwrap(), Path::new("more.pem"));
    assert_eq!(
        (settings.probe.concurrency, settings.ui.theme.as_deref(), settings.ui.ascii),
        (7, Some("dark"), Some(true))
    );
}

#[test]
fn named_targets_replace_the_fleet_and_keep_what_it_knows_of_them() {
    let text =
        "[[target]]\ntarget = \"a.example\"\nlabels = { service = \"shop\" }\n[[target]]\ntarget = \"b.example\"\n";
    let file = file(text);
    let arguments = named(&["c.example", "https://A.example/", "c.example:443"]);
    let settings = Settings::fold(Some(&file), &Overrides::default(), Some(arguments)).unwrap();
    let groups: Vec<_> = settings.targets.iter().map(|target| (&*target.name, target.group())).collect();
    assert_eq!(groups, [("c.example:443", "c.example:443"), ("a.example:443", "shop")]);
    let in_group = Overrides { group: Some("shop".to_owned()), ..Overrides::default() };
    assert_eq!(Settings::fold(Some(&file), &in_group, None).unwrap().targets.len(), 1);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(\\[|defaults|probe|key|\\]|=|\"|\n|interval|30s|ü|\\PC){0,40}") {
        let result = File::parse(Path::new("c.toml"), text)
            .and_then(|file| Settings::fold(Some(&file), &Overrides::default(), None));
        let _ = result.map_err(|error| error.to_string());
    }
}

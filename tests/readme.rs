//! The README promises what the program has, and all of it.

#![expect(clippy::expect_used, reason = "a README that cannot be read is a failed test")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use tlscope::config::{File, Overrides, Settings};
use tlscope::input::{ACTIONS, Category, Scope};
use tlscope::inventory::sources::Kind;
use tlscope::query::Query;

const README: &str = include_str!("../README.md");

fn help(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_tlscope")).args(arguments).arg("--help").output();
    String::from_utf8(output.expect("the binary runs").stdout).expect("UTF-8")
}

/// `--options` of a text.
fn options(text: &str) -> BTreeSet<&str> {
    let is_end = |c: char| !c.is_ascii_alphanumeric() && c != '-';
    let found = text.match_indices("--").filter(|(at, _)| !text[..*at].ends_with(|c: char| !is_end(c)));
    let names = found.map(|(at, _)| text[at..].split(is_end).next().unwrap_or_default());
    names.filter(|name| name.len() > 3 && !name.starts_with("---")).collect()
}

/// The text below a heading.
fn section(title: &str) -> &'static str {
    let after = README.split_once(&format!("\n## {title}\n")).expect("the section").1;
    after.split("\n## ").next().unwrap_or_default()
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Indented lines, without their indentation.
fn blocks(text: &str) -> String {
    text.lines().filter_map(|line| line.strip_prefix("    ")).flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn every_option_is_named_and_there_are_no_others() {
    let commands: [&[&str]; 5] = [&[], &["check"], &["import"], &["inventory"], &["lab"]];
    let helps = commands.map(help).concat();
    let known: BTreeSet<&str> = options(&helps).into_iter().filter(|name| *name != "--version").collect();
    // Cargo's and kubectl's own, and the one that every program has.
    let foreign = BTreeSet::from(["--bench", "--raw", "--release", "--version"]);
    let named: BTreeSet<&str> = options(README).difference(&foreign).copied().collect();
    assert_eq!(named, known);
}

#[test]
fn every_command_is_named_and_there_are_no_others() {
    let commands = |text: &str| -> BTreeSet<String> {
        let list = text.split_once("Commands:\n").expect("commands").1.split("\n\n").next().unwrap_or_default();
        list.lines().filter_map(|line| Some(line.split_whitespace().next()?.to_owned())).collect()
    };
    let code: Vec<&str> = quoted(README).chain(README.lines().filter(|line| line.starts_with("    "))).collect();
    let named = |word: &str| -> BTreeSet<String> {
        let calls = code.iter().filter_map(|text| text.split_once(word)?.1.split_whitespace().next());
        calls.filter(|call| call.bytes().all(|b| b.is_ascii_lowercase())).map(str::to_owned).collect()
    };
    assert_eq!(named("tlscope "), commands(&help(&[])));
    let of_config = named("config ");
    assert!(commands(&help(&["config"])).is_subset(&of_config), "{of_config:?}");
}

#[test]
fn every_kind_of_source_is_named_and_there_are_no_others() {
    let kinds: BTreeSet<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    let list = section("Taking a fleet from what you have");
    let named: BTreeSet<&str> = quoted(list).filter(|word| kinds.contains(word)).collect();
    assert_eq!(named, kinds);
    let help = help(&["import"]).split_whitespace().collect::<Vec<_>>().join(" ");
    let told = help.split_once("Kinds: ").expect("kinds").1.split_once(" Options:").expect("more").0;
    assert_eq!(told.split(", ").collect::<Vec<_>>(), Kind::ALL.map(Kind::name));
}

#[test]
fn the_table_of_keys_is_that_of_the_program() {
    let rows = section("Keys").lines().filter(|line| line.starts_with("| `"));
    let shown: BTreeSet<String> = rows
        .filter_map(|row| row.split('|').nth(1))
        .chain([section("Keys").lines().nth(1).unwrap_or_default()])
        .flat_map(quoted)
        .filter(|key| *key != "hjkl")
        .map(|key| {
            if key == "↵" {
                "enter".to_owned()
            } else if key.len() > 1 {
                key.to_lowercase()
            } else {
                key.to_owned()
            }
        })
        .collect();
    let worth_a_row = ACTIONS.iter().filter(|spec| {
        let on_the_dashboard = matches!(spec.scope, Scope::Global | Scope::Handshakes | Scope::Errors);
        on_the_dashboard && spec.category != Category::Move
    });
    for spec in worth_a_row.filter(|spec| spec.id != "pane.previous") {
        assert!(spec.keys.iter().any(|key| shown.contains(*key)), "{} is missing: {:?}", spec.id, spec.keys);
    }
    for key in &shown {
        assert!(ACTIONS.iter().any(|spec| spec.keys.contains(&key.as_str())), "'{key}' does nothing");
    }
}

/// `UPDATE_DOCS=1` writes it anew.
#[test]
fn the_document_of_findings_is_the_catalogue() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/findings.md");
    let catalogue = tlscope::export::handbook();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &catalogue).expect("docs can be written");
    }
    let document = std::fs::read_to_string(&path).expect("docs/findings.md");
    let differs = document.lines().zip(catalogue.lines()).find(|(one, other)| one != other);
    assert_eq!(differs, None, "write it anew: UPDATE_DOCS=1 cargo test --test readme");
    assert!(document == catalogue, "write it anew: UPDATE_DOCS=1 cargo test --test readme");
    assert!(README.contains("(docs/findings.md)"), "the README leads to it");
}

#[test]
fn examples_can_be_read() {
    let file = File::parse(Path::new("README.md"), blocks(section("Configuration"))).expect("a configuration");
    let settings = Settings::fold(Some(&file), &Overrides::default(), None).expect("settings");
    assert_eq!((settings.targets.len(), settings.warnings), (1, Vec::<String>::new()));

    let filters = section("Keys").lines().find(|line| line.contains("filter: words")).expect("the row");
    for filter in quoted(filters.rsplit_once("filter: ").expect("examples").1) {
        assert!(Query::parse(filter).is_ok_and(|query| !query.is_empty()), "{filter}");
    }

    let notations = blocks(section("Naming targets"));
    for target in notations.lines().filter_map(|line| line.split("  ").next().map(str::trim)) {
        let is_list = target.starts_with('@') || target == "-";
        assert!(is_list || tlscope::inventory::parse(target).is_ok(), "{target}");
    }
    let schemes = notations.split_once("(https, ").expect("schemes").1.split_once(" …").expect("more").0;
    for scheme in schemes.split(", ") {
        assert!(tlscope::inventory::parse(&format!("{scheme}://a.example")).is_ok(), "{scheme}");
    }
}

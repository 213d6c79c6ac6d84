//! Evidence recorded from real servers, judged again: what was found then is found now.
//!
//! Each line of `evidence/*.jsonl` is one target: everything that probes and surveys saw of it, when it was judged, and
//! the codes that were found, the cause first. There is one file for each bench of servers: the lab, and those of the
//! modules here. `TLSCOPE_RECORD=all cargo test --test corpus` records anew, `TLSCOPE_RECORD=names,tcp` those benches
//! only (Linux, with `unshare`, `ip` and `openssl`; some benches want `java`). Where new rules find more in old evidence,
//! `TLSCOPE_REJUDGE=1 cargo test --test corpus` writes the codes anew.
//!
//! A record that is named `… (near miss of CODE)` shows the neighbour of what CODE is about.

#![expect(clippy::expect_used, reason = "a set-up that fails is a failed test")]

#[cfg(target_os = "linux")]
mod bench;
#[cfg(target_os = "linux")]
mod certificates;
#[cfg(target_os = "linux")]
mod chains;
#[cfg(target_os = "linux")]
mod clients;
#[cfg(target_os = "linux")]
mod configuration;
#[cfg(target_os = "linux")]
mod connections;
#[cfg(target_os = "linux")]
mod handshakes;
#[cfg(target_os = "linux")]
#[path = "../support/lab.rs"]
mod laboratory;
#[cfg(target_os = "linux")]
mod names;
#[cfg(target_os = "linux")]
mod ourselves;
#[cfg(target_os = "linux")]
mod pages;
#[cfg(target_os = "linux")]
mod papers;
mod record;
#[cfg(target_os = "linux")]
mod recorder;
#[cfg(target_os = "linux")]
mod revocation;
#[cfg(target_os = "linux")]
mod sequences;
#[cfg(target_os = "linux")]
#[path = "../support/servers.rs"]
mod servers;

use std::collections::BTreeSet;
use std::fs;

use record::{Record, Seen, directory, read, write};
use tlscope::diagnosis::RULES;
use tlscope::model::Confidence;

/// All that is recorded, bench by bench.
const MOST_BYTES: u64 = 3 << 20;

fn benches() -> Vec<(String, Vec<Record>)> {
    let files = fs::read_dir(directory()).expect("the evidence is there");
    let name = |path: std::path::PathBuf| Some(path.file_stem()?.to_str()?.to_owned());
    let mut names: Vec<String> = files.filter_map(|file| name(file.ok()?.path())).collect();
    names.sort_unstable();
    names.into_iter().map(|name| (name.clone(), read(&name))).collect()
}

fn records() -> Vec<Record> {
    benches().into_iter().flat_map(|(_, records)| records).collect()
}

#[test]
fn recorded_evidence_is_judged_as_it_was() {
    for (bench, mut records) in benches() {
        if std::env::var_os("TLSCOPE_REJUDGE").is_some() {
            for record in &mut records {
                record.codes = record.judged_codes();
            }
            write(&bench, &records);
        }
        for record in records {
            assert_eq!(record.judged_codes(), record.codes, "{bench}: {}", record.name);
        }
    }
}

#[test]
fn what_is_recorded_is_of_a_size_to_be_kept() {
    let files = fs::read_dir(directory()).expect("the evidence is there");
    let bytes: u64 = files.map(|file| file.and_then(|file| file.metadata()).expect("a file").len()).sum();
    assert!(bytes <= MOST_BYTES, "{bytes} bytes");
}

#[test]
fn the_order_of_addresses_does_not_matter() {
    for record in records().iter().filter(|record| record.is_of_a_moment() && record.subject.addresses.len() > 1) {
        let backwards: Vec<&Seen> = record.subject.addresses.iter().rev().collect();
        let forwards: Vec<&Seen> = record.subject.addresses.iter().collect();
        assert_eq!(record.judge(&backwards).findings, record.judge(&forwards).findings, "{}", record.name);
    }
}

/// A survey may explain what a handshake shows, and tells more; what is certain without it stays.
#[test]
fn a_survey_takes_back_nothing_that_is_certain() {
    for mut record in records().into_iter().filter(Record::is_of_a_moment) {
        let after: BTreeSet<String> = record.judged_codes().into_iter().collect();
        record.subject.addresses.iter_mut().for_each(|seen| seen.survey = None);
        let before = record.judge(&record.subject.addresses.iter().collect::<Vec<_>>());
        let certain = before.findings.iter().filter(|finding| finding.confidence == Confidence::Certain);
        for code in certain.map(|finding| finding.code.0) {
            // How a handshake fails is named more exactly by the attempts of a survey.
            let is_failure = code.starts_with("hs.") || code.starts_with("tls.");
            let named = after.contains(code) || (is_failure && after.iter().any(|code| code.starts_with("hs.")));
            assert!(named, "{}: {code} is gone, found {after:?}", record.name);
        }
    }
}

/// What is not to be seen in evidence about one target's addresses.
fn is_recorded_elsewhere(code: &str) -> bool {
    // Of files on disk and manifests: `judge_files` has fixtures of its own (tests/inventory.rs, src/diagnosis/files).
    // An objective's budget is no target's: src/diagnosis/objective.rs and src/store/objectives.rs.
    code.starts_with("file.") || code.starts_with("k8s.") || code == "slo.burn"
}

#[test]
fn the_whole_catalogue_was_seen_on_a_real_server() {
    let seen: BTreeSet<String> = records().into_iter().flat_map(|record| record.codes).collect();
    let known: BTreeSet<String> = RULES.iter().map(|rule| rule.code.to_string()).collect();
    assert!(seen.is_subset(&known), "{:?}", seen.difference(&known));
    let wanted: BTreeSet<&String> = known.iter().filter(|code| !is_recorded_elsewhere(code)).collect();
    let unseen: Vec<&&String> = wanted.iter().filter(|code| !seen.contains(**code)).collect();
    println!("{} of {} codes are recorded", wanted.len() - unseen.len(), wanted.len());
    assert!(unseen.is_empty(), "not recorded: {unseen:?}");
}

#[test]
fn near_misses_have_not_the_code_they_nearly_have() {
    let known: BTreeSet<String> = RULES.iter().map(|rule| rule.code.to_string()).collect();
    let mut missed = BTreeSet::new();
    for record in records() {
        for code in record.nearly() {
            assert!(known.contains(code), "{}: there is no code {code}", record.name);
            assert!(!record.codes.iter().any(|found| found == code), "{}: {:?}", record.name, record.codes);
            missed.insert(code.to_owned());
        }
    }
    let seen: BTreeSet<String> = records().into_iter().flat_map(|record| record.codes).collect();
    let without: Vec<&String> = seen.difference(&missed).collect();
    assert!(without.is_empty(), "without a near miss: {without:?}");
}

/// Records the benches that are asked for, in a network of their own.
#[cfg(target_os = "linux")]
#[test]
fn record_anew_when_asked_to() {
    recorder::run();
}

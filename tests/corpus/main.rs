//! Evidence recorded from real servers, judged again: what was found then is found now.
//!
//! Each line of `evidence.jsonl` is one member of the lab: everything that probes and surveys saw of it, when it was
//! judged, and the codes that were found, the cause first. `TLSCOPE_RECORD=1 cargo test --test corpus` records anew;
//! where new rules find more in old evidence, `TLSCOPE_REJUDGE=1 cargo test --test corpus` writes the codes anew.

#![expect(clippy::expect_used, reason = "a set-up that fails is a failed test")]

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tlscope::diagnosis::{AddressEvidence, History, Judgement, Policy, RULES, TargetEvidence, judge};
use tlscope::lab::{ClientPapers, Lab};
use tlscope::model::{
    Clock as _, Confidence, Observation, Resolution, Secret, Survey, SurveyReason, SystemClock, Target, TargetId, Time,
};
use tlscope::probe::{ClientChoice, Prober, Settings, StoreChoice, TrustStores};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/evidence.jsonl");

/// Everything known of one target at one moment.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    name: String,
    now: Time,
    target: Target,
    resolution: Option<Resolution>,
    addresses: Vec<Seen>,
    /// What was found, the cause first.
    codes: Vec<String>,
}

/// Everything known of one address.
#[derive(Debug, Serialize, Deserialize)]
struct Seen {
    address: SocketAddr,
    last: Arc<Observation>,
    survey: Option<Survey>,
}

impl Record {
    fn judge(&self, addresses: &[&Seen]) -> Judgement {
        let evidence: Vec<AddressEvidence<'_>> = addresses
            .iter()
            .map(|seen| AddressEvidence {
                address: seen.address,
                last: Some(&seen.last),
                last_seen: seen.last.handshake.is_some().then_some(&seen.last),
                survey: seen.survey.as_ref(),
                changes: None,
                history: History::of(&seen.last, Policy::default().max_latency),
            })
            .collect();
        let evidence = TargetEvidence {
            target: &self.target,
            resolution: self.resolution.as_ref(),
            file: None,
            addresses: &evidence,
        };
        judge(&evidence, &Policy::default(), self.now)
    }

    fn codes(&self) -> Vec<String> {
        codes(&self.judge(&self.addresses.iter().collect::<Vec<_>>()))
    }
}

fn codes(judgement: &Judgement) -> Vec<String> {
    judgement.findings.iter().map(|finding| finding.code.to_string()).collect()
}

fn records() -> Vec<Record> {
    let text = fs::read_to_string(FILE).expect("the evidence is there");
    text.lines().map(|line| serde_json::from_str(line).expect("a record")).collect()
}

fn write(records: &[Record]) {
    let line = |record: &Record| {
        let mut line = serde_json::to_value(record).expect("JSON");
        forget_bytes(&mut line);
        line.to_string() + "\n"
    };
    fs::write(FILE, records.iter().map(line).collect::<String>()).expect("written");
}

#[test]
fn recorded_evidence_is_judged_as_it_was() {
    let mut records = records();
    if std::env::var_os("TLSCOPE_REJUDGE").is_some() {
        for record in &mut records {
            record.codes = record.codes();
        }
        write(&records);
    }
    for record in records {
        assert_eq!(record.codes(), record.codes, "{}", record.name);
    }
}

#[test]
fn the_order_of_addresses_does_not_matter() {
    for record in records().iter().filter(|record| record.addresses.len() > 1) {
        let backwards: Vec<&Seen> = record.addresses.iter().rev().collect();
        let forwards: Vec<&Seen> = record.addresses.iter().collect();
        assert_eq!(record.judge(&backwards).findings, record.judge(&forwards).findings, "{}", record.name);
    }
}

/// A survey may explain what a handshake shows, and tells more; what is certain without it stays.
#[test]
fn a_survey_takes_back_nothing_that_is_certain() {
    for mut record in records() {
        let after: BTreeSet<String> = record.codes().into_iter().collect();
        record.addresses.iter_mut().for_each(|seen| seen.survey = None);
        let before = record.judge(&record.addresses.iter().collect::<Vec<_>>());
        let certain = before.findings.iter().filter(|finding| finding.confidence == Confidence::Certain);
        for code in certain.map(|finding| finding.code.0) {
            // How a handshake fails is named more exactly by the attempts of a survey.
            let is_failure = code.starts_with("hs.") || code.starts_with("tls.");
            let named = after.contains(code) || (is_failure && after.iter().any(|code| code.starts_with("hs.")));
            assert!(named, "{}: {code} is gone, found {after:?}", record.name);
        }
    }
}

#[test]
fn much_of_the_catalogue_was_seen_on_a_real_server() {
    let seen: BTreeSet<String> = records().into_iter().flat_map(|record| record.codes).collect();
    let known: BTreeSet<String> = RULES.iter().map(|rule| rule.code.to_string()).collect();
    assert!(seen.is_subset(&known), "{:?}", seen.difference(&known));
    let unseen: Vec<&String> = known.difference(&seen).collect();
    println!("{} of {} codes; not recorded: {unseen:?}", seen.len(), known.len());
    assert!(seen.len() >= 60, "only {} codes were seen", seen.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn record_anew_when_asked_to() {
    if std::env::var_os("TLSCOPE_RECORD").is_none() {
        return;
    }
    let lab = Lab::start(Arc::new(SystemClock)).await.expect("the lab starts");
    let directory = tempfile::tempdir().expect("a directory");
    let ca_file = directory.path().join("ca.pem");
    lab.write_ca_file(&ca_file).expect("the CA file is written");
    let client = |papers: &ClientPapers| ClientChoice::Pem {
        name: (*papers.files).clone(),
        text: Secret::new(papers.pem.clone()),
    };
    let clients = lab.clients().iter().map(client).collect();
    let (stores, _) = TrustStores::load(&[StoreChoice::File(ca_file)]).expect("the CA file is read");
    let settings = Settings { clients, ..Settings::default() };
    let prober = Prober::new(&settings, stores, Arc::new(SystemClock)).expect("a prober");
    let mut records = Vec::new();
    for (member, target) in lab.members().iter().zip(lab.targets(TargetId(0), Duration::from_secs(30))) {
        records.push(record(&prober, member.name, Arc::new(target)).await);
    }
    write(&records);
}

async fn record(prober: &Prober, name: &str, target: Arc<Target>) -> Record {
    let resolution = prober.resolve(&target).await;
    let mut addresses = Vec::new();
    for address in &target.pinned {
        let last = Arc::new(prober.probe(&target, *address).await);
        let survey = prober.survey(&target, &last, &target.pinned, SurveyReason::Asked).await;
        addresses.push(Seen { address: *address, last, survey: Some(survey) });
    }
    let target = Target::clone(&target);
    let mut record = Record {
        name: name.to_owned(),
        now: SystemClock.now(),
        target,
        resolution: Some(resolution),
        addresses,
        codes: Vec::new(),
    };
    record.codes = record.codes();
    record
}

/// The certificates' bytes are most of it, and no judgement reads them.
fn forget_bytes(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(der) = fields.get_mut("der").filter(|der| der.is_string()) {
                *der = Value::String(String::new());
            }
            fields.values_mut().for_each(forget_bytes);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_bytes),
        _ => {}
    }
}

//! What is recorded of a target, how it is written, and how it is judged.

use std::fs;
use std::iter::once;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tlscope::diagnosis::{AddressEvidence, History, Judgement, Policy, TargetEvidence, judge};
use tlscope::model::{Event, Observation, Resolution, StoredFile, Survey, Target, Time};
use tlscope::store::{Limits, State};

/// Everything known of one target at one moment, and what was found.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) name: String,
    pub(crate) now: Time,
    #[serde(flatten)]
    pub(crate) subject: Watched,
    /// Other targets of the fleet, where it takes them to tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) beside: Vec<Watched>,
    /// What was found, the cause first.
    pub(crate) codes: Vec<String>,
}

/// What was seen of one target.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Watched {
    pub(crate) target: Target,
    pub(crate) resolution: Option<Resolution>,
    pub(crate) addresses: Vec<Seen>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<StoredFile>,
}

/// What was seen of one address.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub(crate) address: SocketAddr,
    /// Probes before the last, oldest first, where it takes several to tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) earlier: Vec<Arc<Observation>>,
    pub(crate) last: Arc<Observation>,
    pub(crate) survey: Option<Survey>,
}

impl Record {
    /// Whether it takes nothing but the last look at this target.
    pub(crate) fn is_of_a_moment(&self) -> bool {
        self.beside.is_empty() && self.subject.addresses.iter().all(|seen| seen.earlier.is_empty())
    }

    /// Judges what was last seen of these addresses.
    pub(crate) fn judge(&self, addresses: &[&Seen]) -> Judgement {
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
            target: &self.subject.target,
            resolution: self.subject.resolution.as_ref(),
            file: self.subject.file.as_ref(),
            addresses: &evidence,
        };
        judge(&evidence, &Policy::default(), self.now)
    }

    /// What is found in it now.
    pub(crate) fn judged_codes(&self) -> Vec<String> {
        if !self.is_of_a_moment() {
            return self.replayed();
        }
        let judgement = self.judge(&self.subject.addresses.iter().collect::<Vec<_>>());
        judgement.findings.iter().map(|finding| finding.code.to_string()).collect()
    }

    /// The codes that it nearly has, by its name.
    pub(crate) fn nearly(&self) -> impl Iterator<Item = &str> {
        let codes = self.name.split_once("(near miss of ").map_or("", |(_, codes)| codes.trim_end_matches(')'));
        codes.split(", ").filter(|code| !code.is_empty())
    }

    /// What the store makes of it, event by event as it happened.
    fn replayed(&self) -> Vec<String> {
        let mut state = State::new(Policy::default(), Limits::default());
        let mut events: Vec<(Time, Event)> =
            once(&self.subject).chain(&self.beside).flat_map(Watched::events).collect();
        // Stable: a target is there before anything is known of it.
        events.sort_by_key(|(at, _)| *at);
        for (_, event) in events {
            state.apply(event);
        }
        // The fleet is looked at every few seconds, then its targets.
        for seconds in 0..30 {
            state.apply(Event::Tick { at: self.now + Duration::from_secs(seconds) });
        }
        let snapshot = state.snapshot(self.now);
        let row = snapshot.target(self.subject.target.id).expect("it is watched");
        row.findings.iter().map(|finding| finding.code.to_string()).collect()
    }
}

impl Watched {
    fn events(&self) -> Vec<(Time, Event)> {
        let id = self.target.id;
        let observations = self.addresses.iter().flat_map(|seen| seen.earlier.iter().chain(once(&seen.last)));
        let resolved = self.resolution.iter().map(|resolution| resolution.at);
        let begun = observations.clone().map(|seen| seen.at).chain(resolved).min().unwrap_or_default();
        let mut events = vec![Event::TargetAdded { target: Arc::new(self.target.clone()), at: begun }];
        events.extend(self.resolution.clone().map(|resolution| Event::Resolved(Arc::new(resolution))));
        let added = self.addresses.iter().map(|seen| seen.address).collect();
        events.push(Event::AddressesChanged { target: id, at: begun, added, removed: Vec::new() });
        let mut events: Vec<(Time, Event)> = events.into_iter().map(|event| (begun, event)).collect();
        events.extend(observations.map(|seen| (seen.at, Event::Observed(Arc::clone(seen)))));
        let surveys = self.addresses.iter().filter_map(|seen| seen.survey.clone());
        events.extend(surveys.map(|survey| (survey.at, Event::Surveyed(Arc::new(survey)))));
        events.extend(self.file.clone().map(|file| (file.at, Event::FileRead { target: id, file: Arc::new(file) })));
        events
    }

    /// The same target under another number.
    #[cfg(target_os = "linux")]
    pub(crate) fn numbered(mut self, id: u32) -> Self {
        use tlscope::model::TargetId;

        self.target.id = TargetId(id);
        if let Some(resolution) = &mut self.resolution {
            resolution.target = TargetId(id);
        }
        for seen in &mut self.addresses {
            for observation in seen.earlier.iter_mut().chain(once(&mut seen.last)) {
                Arc::make_mut(observation).key.target = TargetId(id);
            }
            if let Some(survey) = &mut seen.survey {
                survey.key.target = TargetId(id);
            }
        }
        self
    }
}

/// Where the evidence is kept.
pub(crate) fn directory() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/evidence"))
}

/// The records of one bench.
pub(crate) fn read(bench: &str) -> Vec<Record> {
    let text = fs::read_to_string(directory().join(format!("{bench}.jsonl"))).expect("the evidence is there");
    let record = |line: &str| {
        let mut line = serde_json::from_str(line).expect("JSON");
        each_der(&mut line, &restore);
        serde_json::from_value(line).expect("a record")
    };
    text.lines().map(record).collect()
}

/// Writes the records of one bench.
pub(crate) fn write(bench: &str, records: &[Record]) {
    let line = |record: &Record| {
        let mut line = serde_json::to_value(record).expect("JSON");
        each_der(&mut line, &forget);
        line.to_string() + "\n"
    };
    let text = records.iter().map(line).collect::<String>();
    fs::write(directory().join(format!("{bench}.jsonl")), text).expect("written");
}

/// The certificates' bytes are most of it, and no judgement reads them; how many there are is read.
fn forget(der: &mut Value) {
    if let Some(text) = der.as_str() {
        let padding = text.bytes().rev().take_while(|byte| *byte == b'=').count();
        *der = Value::from(text.len() / 4 * 3 - padding);
    }
}

/// As many bytes as there were.
fn restore(der: &mut Value) {
    if let Some(length) = der.as_u64().and_then(|length| usize::try_from(length).ok()) {
        let text = "A".repeat((length * 4).div_ceil(3));
        *der = Value::String(format!("{text:=<width$}", width = text.len().next_multiple_of(4)));
    }
}

fn each_der(value: &mut Value, change: &impl Fn(&mut Value)) {
    match value {
        Value::Object(fields) => {
            if let Some(der) = fields.get_mut("der") {
                change(der);
            }
            fields.values_mut().for_each(|value| each_der(value, change));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_der(item, change)),
        _ => {}
    }
}

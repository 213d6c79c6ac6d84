//! The record of a file, schema 1: a promise to scripts. Fields may be added, never changed.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::facts::CertificateFacts;
use super::super::verdict::FindingRecord;
use super::cluster::ObjectRecord;
use crate::model::{
    Certificate, Finding, Fingerprint, FoundFile, Held, Impact, Status, Time, Untrusted, human_duration, visible_path,
};

/// A file that holds certificates or keys, or could not be looked at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FileRecord {
    schema: u8,
    kind: &'static str,
    /// By which it was reached first.
    pub path: Untrusted,
    /// Further paths to the same file.
    pub also: Vec<Untrusted>,
    /// How it is written; `null` when it was not read.
    pub format: Option<&'static str>,
    /// Permission bits in octal.
    pub mode: Option<String>,
    /// Worst status.
    pub status: Status,
    /// Worst impact; `null` when there are no findings.
    pub impact: Option<Impact>,
    /// One sentence.
    pub summary: String,
    /// What is wrong, the cause first.
    pub findings: Vec<FindingRecord>,
    /// Its certificates in the order of the file, repetitions included.
    pub chain: Vec<Fingerprint>,
    /// Its private keys: their public parts alone.
    pub keys: Vec<KeyRecord>,
    /// What it leads to, where it is an object of a cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectRecord>,
    /// What its certificates say; of an object of a cluster those that it leads to.
    pub certificates: BTreeMap<Fingerprint, CertificateFacts>,
    /// The certificate it is for: the first that is no authority's, else the first.
    #[serde(skip)]
    pub main: Option<Fingerprint>,
}

/// A private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct KeyRecord {
    /// SHA-256 of its public key; `null` when it could not be opened.
    pub spki_sha256: Option<Fingerprint>,
    /// Whether the file protects it with a password.
    pub encrypted: bool,
}

impl FileRecord {
    /// The record of a file and what diagnosis made of it.
    #[must_use]
    pub fn of(file: &FoundFile, findings: &[Finding], now: Time) -> Self {
        let uses = file.object().map(|object| &object.uses[..]).unwrap_or_default();
        let led_to = || uses.iter().filter_map(|one| one.stored.certificate());
        let main = file.certificates().find(|certificate| certificate.is_ca != Some(true));
        let main = main.or_else(|| file.certificates().next()).or_else(|| led_to().next());
        let status = findings.iter().map(|finding| finding.status).max().unwrap_or(Status::Ok);
        let worst = findings.first().filter(|_| status != Status::Ok);
        Self {
            schema: 1,
            kind: "file",
            path: file.name(),
            also: file.also.iter().map(|path| visible_path(path)).collect(),
            format: file.format().map(crate::model::FileFormat::name),
            mode: file.mode.map(|mode| format!("{mode:04o}")),
            status,
            impact: findings.iter().map(|finding| finding.impact).max(),
            summary: worst.map_or_else(|| contents(file, main, now), |finding| finding.summary.clone()),
            findings: findings.iter().map(FindingRecord::of).collect(),
            chain: file.certificates().map(|certificate| certificate.fingerprint).collect(),
            keys: file.keys().map(|key| KeyRecord { spki_sha256: key.spki, encrypted: key.encrypted }).collect(),
            object: file.object().map(ObjectRecord::of),
            certificates: file
                .certificates()
                .chain(led_to())
                .map(|held| (held.fingerprint, CertificateFacts::of(held)))
                .collect(),
            main: main.map(|certificate| certificate.fingerprint),
        }
    }

    /// One line of JSON, newline included.
    pub fn json_line(&self) -> serde_json::Result<String> {
        serde_json::to_string(self).map(|text| text + "\n")
    }

    /// What the certificate it is for says.
    pub(super) fn main_certificate(&self) -> Option<&CertificateFacts> {
        self.certificates.get(self.main.as_ref()?)
    }
}

/// What is in a file with which nothing is wrong.
fn contents(file: &FoundFile, main: Option<&std::sync::Arc<Certificate>>, now: Time) -> String {
    let (certificates, keys) = (file.certificates().count(), file.keys().count());
    let counted = |count: usize, one: &str, several: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{count} {several}")),
    };
    let requests = file.parts().iter().filter(|part| matches!(part.held, Held::Request { .. })).count();
    let lists = file.parts().iter().filter(|part| matches!(part.held, Held::RevocationList { .. })).count();
    let parts = [
        counted(certificates, "certificate", "certificates"),
        counted(keys, "private key", "private keys"),
        counted(requests, "certificate request", "certificate requests"),
        counted(lists, "revocation list", "revocation lists"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let left = main.map_or_else(String::new, |main| {
        let left = main.not_after.since(now);
        if left.is_zero() { String::new() } else { format!(", valid {} more", human_duration(left)) }
    });
    if let Some(object) = file.object() {
        let count: usize = object.uses.iter().map(|one| one.hosts.len()).sum();
        return format!("{}{left}", counted(count, "host", "hosts").unwrap_or_else(|| "any host".to_owned()));
    }
    if parts.is_empty() { "nothing of note".to_owned() } else { format!("{}{left}", parts.join(" and ")) }
}

/// The document of `--format json`, schema 1.
#[derive(Debug, Serialize)]
pub struct ReviewReport<'a> {
    schema: u8,
    kind: &'static str,
    status: Status,
    files: &'a [FileRecord],
    /// Files looked at, those with nothing in them included.
    looked_at: usize,
}

impl<'a> ReviewReport<'a> {
    /// All records, and how many files were looked at.
    #[must_use]
    pub fn new(files: &'a [FileRecord], looked_at: usize) -> Self {
        let status = files.iter().map(|file| file.status).max().unwrap_or(Status::Ok);
        Self { schema: 1, kind: "review", status, files, looked_at }
    }

    /// Indented, with a final newline.
    pub fn document(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }
}

//! Certificates rather than endpoints: where each is stored and served, whose it is, and what is wrong with it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::{Certificate, Code, Finding, Fingerprint, FoundFile, Review, Status, Time, Untrusted, visible_path};
use crate::store::{CertificateRow, Snapshot};

/// Files and targets listed by name for one certificate.
const LISTED: usize = 16;

/// Things that are wrong with one certificate, of which each is told: a copy in every directory is one more.
const TOLD: usize = 64;

/// Labels that say whose a target is, the first that it has counts.
const OWNERS: [&str; 3] = ["owner", "team", "service"];

/// A certificate, or a file without one.
#[derive(Clone, Debug)]
pub(crate) struct Holding {
    /// What it is.
    pub(crate) what: What,
    /// Worst status of what is wrong with it.
    pub(crate) status: Status,
    /// By which people know it.
    pub(crate) name: Untrusted,
    /// Files that have it, the first ones.
    pub(crate) files: Vec<Untrusted>,
    /// How many there are.
    pub(crate) file_count: usize,
    /// Some file has its private key.
    pub(crate) has_key: bool,
    /// Other certificates with the same key.
    pub(crate) twins: usize,
    /// Targets that serve it, the first ones.
    pub(crate) targets: Vec<Arc<str>>,
    /// How many addresses serve it, or send it in their chains.
    pub(crate) served: usize,
    /// Whose it is, by a label of a target that serves it.
    pub(crate) owner: Option<Arc<str>>,
    /// What is wrong with it, the worst first.
    pub(crate) wrongs: Vec<Wrong>,
}

/// What a row is about.
#[derive(Clone, Debug)]
pub(crate) enum What {
    /// A certificate.
    Certificate(Arc<Certificate>),
    /// A file in which none could be read.
    File(PathBuf),
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) status: Status,
    pub(crate) code: Code,
    pub(crate) summary: String,
    pub(crate) next: String,
}

impl Holding {
    /// Whether another row is about the same.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (&self.what, &other.what) {
            (What::Certificate(one), What::Certificate(other)) => one.fingerprint == other.fingerprint,
            (What::File(one), What::File(other)) => one == other,
            _ => false,
        }
    }

    /// The end of its validity.
    pub(crate) fn end(&self) -> Option<Time> {
        match &self.what {
            What::Certificate(certificate) => Some(certificate.not_after),
            What::File(_) => None,
        }
    }

    fn new(what: What, name: Untrusted) -> Self {
        Self {
            what,
            status: Status::Ok,
            name,
            files: Vec::new(),
            file_count: 0,
            has_key: false,
            twins: 0,
            targets: Vec::new(),
            served: 0,
            owner: None,
            wrongs: Vec::new(),
        }
    }

    fn blame(&mut self, finding: &Finding) {
        let Finding { status, code, summary, next, .. } = finding;
        self.status = self.status.max(*status);
        let mildest = || self.wrongs.iter().enumerate().min_by_key(|(_, wrong)| wrong.status);
        let is_known = self.wrongs.iter().any(|wrong| (wrong.code, &wrong.summary) == (*code, summary));
        let gives_way = if self.wrongs.len() < TOLD { None } else { mildest().map(|(at, wrong)| (at, wrong.status)) };
        if is_known || gives_way.is_some_and(|(_, mildest)| mildest >= *status) {
            return;
        }
        let wrong = Wrong { status: *status, code: *code, summary: summary.clone(), next: next.text.clone() };
        match gives_way {
            Some((at, _)) => self.wrongs[at] = wrong,
            None => self.wrongs.push(wrong),
        }
    }
}

/// All certificates that are stored or served as leaves, and files without any: the worst first, then the first to end.
#[must_use]
pub(crate) fn holdings(snapshot: &Snapshot, review: Option<&Review>) -> Vec<Holding> {
    let mut found: BTreeMap<Fingerprint, Holding> = BTreeMap::new();
    let mut files = Vec::new();
    for (file, findings) in review.iter().flat_map(|review| review.files.iter().zip(&review.findings)) {
        files.extend(stored(file, findings, &mut found));
    }
    named(snapshot, review, &mut found);
    for row in snapshot.certificates.iter() {
        if row.leaf_count > 0 || found.contains_key(&row.certificate.fingerprint) {
            served(snapshot, row, &mut found);
        }
    }
    let mut keys: HashMap<Fingerprint, usize> = HashMap::new();
    for certificate in found.values().filter_map(|holding| certificate(holding)) {
        *keys.entry(certificate.spki).or_default() += 1;
    }
    let files_with_keys = review.iter().flat_map(|review| &review.files);
    let held: HashSet<Fingerprint> = files_with_keys.flat_map(FoundFile::keys).filter_map(|key| key.spki).collect();
    let mut all: Vec<Holding> = found.into_values().chain(files).collect();
    for holding in &mut all {
        if let What::Certificate(certificate) = &holding.what {
            holding.twins = keys.get(&certificate.spki).map_or(0, |count| count - 1);
            holding.has_key = held.contains(&certificate.spki);
        }
        holding.wrongs.sort_by_key(|wrong| Reverse(wrong.status));
    }
    all.sort_by(|one, other| {
        let key = |holding: &Holding| (Reverse(holding.status), holding.end().is_none(), holding.end());
        key(one).cmp(&key(other)).then_with(|| one.name.as_str().cmp(other.name.as_str()))
    });
    all
}

const fn certificate(holding: &Holding) -> Option<&Arc<Certificate>> {
    match &holding.what {
        What::Certificate(certificate) => Some(certificate),
        What::File(_) => None,
    }
}

/// The file's certificates; a row of its own where it has none and something is wrong with it.
fn stored(file: &FoundFile, findings: &[Finding], found: &mut BTreeMap<Fingerprint, Holding>) -> Option<Holding> {
    let mut main: Option<(Fingerprint, bool)> = None;
    let mut seen = HashSet::new();
    for certificate in file.certificates().filter(|certificate| seen.insert(certificate.fingerprint)) {
        let blank = || Holding::new(What::Certificate(Arc::clone(certificate)), certificate.display_name().clone());
        let holding = found.entry(certificate.fingerprint).or_insert_with(blank);
        holding.file_count += 1;
        if holding.files.len() < LISTED {
            holding.files.push(file.name());
        }
        let is_leaf = certificate.is_ca != Some(true);
        if main.is_none() || (is_leaf && main.is_some_and(|(_, is_leaf)| !is_leaf)) {
            main = Some((certificate.fingerprint, is_leaf));
        }
    }
    let mut own = Holding::new(What::File(file.path.clone()), file.name());
    own.files.push(file.name());
    own.file_count = 1;
    for finding in findings {
        let named = finding.certificates.iter().find(|named| found.contains_key(*named));
        match named.or(main.as_ref().map(|(main, _)| main)).and_then(|at| found.get_mut(at)) {
            Some(holding) => holding.blame(finding),
            None => own.blame(finding),
        }
    }
    (!own.wrongs.is_empty()).then_some(own)
}

/// What is in the files that targets name: it is stored whether or not somebody looked there, and whether or not it is served.
fn named(snapshot: &Snapshot, review: Option<&Review>, found: &mut BTreeMap<Fingerprint, Holding>) {
    let known: HashSet<&Path> = review.iter().flat_map(|review| &review.files).flat_map(paths).collect();
    let mut seen = HashSet::new();
    for file in snapshot.targets.iter().filter_map(|row| row.file.as_ref()) {
        let Some(leaf) = file.leaf().filter(|leaf| seen.insert((leaf.fingerprint, &file.path))) else { continue };
        let blank = || Holding::new(What::Certificate(Arc::clone(leaf)), leaf.display_name().clone());
        let holding = found.entry(leaf.fingerprint).or_insert_with(blank);
        if holding.file_count > 0 && is_known(&file.path, &known) {
            continue;
        }
        holding.file_count += 1;
        if holding.files.len() < LISTED {
            holding.files.push(visible_path(&file.path));
        }
    }
}

/// All paths of a file, as they were reached.
fn paths(file: &FoundFile) -> impl Iterator<Item = &Path> {
    let all = std::iter::once(&file.path).chain(&file.also);
    all.map(|path| path.strip_prefix(".").unwrap_or(path))
}

/// Whether a file was looked at, by its whole path or by one that is relative to some directory above it.
fn is_known(path: &Path, known: &HashSet<&Path>) -> bool {
    let mut rest = path.components();
    loop {
        if known.contains(rest.as_path()) {
            return true;
        }
        if rest.next().is_none() {
            return false;
        }
    }
}

fn served(snapshot: &Snapshot, row: &CertificateRow, found: &mut BTreeMap<Fingerprint, Holding>) {
    let certificate = &row.certificate;
    let blank = || Holding::new(What::Certificate(Arc::clone(certificate)), certificate.display_name().clone());
    let holding = found.entry(certificate.fingerprint).or_insert_with(blank);
    holding.served = row.leaf_count.max(row.chain_count);
    holding.status = holding.status.max(row.status);
    for target in row.served_by.iter().filter_map(|key| snapshot.target(key.target)) {
        if holding.targets.len() >= LISTED || holding.targets.contains(&target.target.name) {
            continue;
        }
        holding.targets.push(Arc::clone(&target.target.name));
        let labels = &target.target.labels;
        holding.owner = holding.owner.take().or_else(|| OWNERS.iter().find_map(|name| labels.get(name)).cloned());
        for finding in target.findings.iter().filter(|finding| finding.certificates.contains(&certificate.fingerprint))
        {
            if finding.status > Status::Ok {
                holding.blame(finding);
            }
        }
    }
}

//! Private keys by their public parts: whose they are, who has none, and what is kept more than once.

use super::super::lifetime::is_expired;
use super::super::rules;
use super::super::words;
use super::shelves::pair_name;
use super::tell::{Desk, quiet};
use crate::model::{Certificate, Confidence, FileFormat, Finding, Fingerprint};

/// Files that have one key or one certificate, among which another is looked for: there can be all of them.
const LOOKED_AT: usize = 64;

pub(super) fn look(desk: &Desk<'_>, findings: &mut Vec<Finding>) {
    let strangers = mismatch_within(desk).or_else(|| mismatch_beside(desk));
    let is_told = strangers.is_some();
    findings.extend(strangers);
    if !is_told {
        findings.extend(missing(desk));
    }
    findings.extend(copies(desk));
    findings.extend(reused(desk));
}

/// A key in a file with certificates of which none is its own.
fn mismatch_within(desk: &Desk<'_>) -> Option<Finding> {
    let first = desk.file.certificates().next()?;
    let is_its_own = |key: &Fingerprint| desk.file.certificates().any(|certificate| certificate.spki == *key);
    let stranger = desk.file.keys().filter_map(|key| key.spki).find(|key| !is_its_own(key))?;
    let certificate = desk.leaf().unwrap_or(first);
    let summary = format!("the private key in {} is not that of “{}”", desk.file.name(), certificate.display_name());
    Some(mismatch(desk, certificate, stranger, desk.at, summary))
}

/// A key in the file that goes by the same name, where the right one is in none of the directory.
fn mismatch_beside(desk: &Desk<'_>) -> Option<Finding> {
    let leaf = desk.leaf().filter(|_| desk.file.keys().next().is_none())?;
    let beside = desk.shelves.beside(desk.file)?;
    let at = *beside.bare_keys.get(&pair_name(&desk.file.path))?;
    let file = desk.shelves.files.get(at)?;
    let stranger = file.keys().find_map(|key| key.spki)?;
    if beside.keys.contains(&leaf.spki) || is_at_home(desk, &stranger) {
        return None;
    }
    let (certificate, key) = (desk.certificate(leaf), file.name());
    let summary = format!("the private key in {key} is not that of the {certificate}");
    Some(Finding { confidence: Confidence::Likely, ..mismatch(desk, leaf, stranger, at, summary) })
}

/// Whether the key's own certificate goes by the same name in the same directory: the other one is an older or newer.
fn is_at_home(desk: &Desk<'_>, key: &Fingerprint) -> bool {
    let owners = desk.shelves.by_key.get(key).map_or(&[][..], Vec::as_slice);
    let files = owners.iter().take(LOOKED_AT).filter_map(|(at, _)| desk.shelves.files.get(*at));
    let name = pair_name(&desk.file.path);
    { files }.any(|file| file.path.parent() == desk.file.path.parent() && pair_name(&file.path) == name)
}

fn mismatch(desk: &Desk<'_>, leaf: &Certificate, key: Fingerprint, key_at: usize, summary: String) -> Finding {
    let mut facts = words::identity("certificate", leaf);
    facts.push(("its public key", leaf.spki.to_string()));
    facts.push(("the key's public part", key.to_string()));
    facts.push(("key in", desk.paths(&[key_at])));
    let owners = desk.shelves.by_key.get(&key).map_or(&[][..], Vec::as_slice);
    facts.extend(owners.first().map(|(at, _)| ("the key's certificate in", desk.paths(&[*at]))));
    desk.about(&rules::FILE_KEY_MISMATCH, leaf, summary, facts)
}

/// A certificate without a key, where certificates have their keys with them.
fn missing(desk: &Desk<'_>) -> Option<Finding> {
    let leaf = desk.leaf().filter(|leaf| !desk.shelves.has_key_of(leaf) && !is_expired(leaf, desk.now))?;
    // Stores without any key are lists of whom to trust.
    if !matches!(desk.file.format(), Some(FileFormat::Pem | FileFormat::Der)) || desk.file.keys().next().is_some() {
        return None;
    }
    let beside = desk.shelves.beside(desk.file)?;
    if beside.hides_keys || !beside.has_pairs {
        return None;
    }
    let summary = format!("there is no private key for the {}", desk.certificate(leaf));
    let mut facts = words::identity("certificate", leaf);
    facts.push(("keys of others in", desk.directory()));
    Some(quiet(desk.about(&rules::FILE_KEY_MISSING, leaf, summary, facts)))
}

/// The same leaf, or the same key, in several directories.
fn copies(desk: &Desk<'_>) -> Option<Finding> {
    let elsewhere = |places: &[usize]| {
        let mut directories = places.iter().take(LOOKED_AT).filter_map(|at| desk.shelves.files.get(*at)?.path.parent());
        directories.any(|directory| Some(directory) != desk.file.path.parent())
    };
    let (shelves, file) = (desk.shelves, desk.file);
    let certificates = desk.leaves().map(|leaf| (Some(leaf), shelves.leaves.get(&leaf.fingerprint)));
    let keys = file.keys().filter_map(|key| key.spki).map(|key| (None, shelves.keys.get(&key)));
    let places = certificates.chain(keys).filter_map(|(leaf, places)| Some((leaf, places?)));
    let (leaf, places) = { places }.find(|(_, places)| elsewhere(places))?;
    let others: Vec<usize> = places.iter().copied().filter(|at| *at != desk.at).take(LOOKED_AT).collect();
    let count = places.len().saturating_sub(1);
    let files = if count == 1 { "one other file".to_owned() } else { format!("{count} other files") };
    let facts = vec![("also in", desk.paths(&others))];
    Some(quiet(if let Some(leaf) = leaf {
        let summary = format!("{} is in {files} as well", desk.certificate(leaf));
        desk.about(&rules::FILE_DUPLICATE, leaf, summary, facts)
    } else {
        let summary = format!("the private key in {} is in {files} as well", file.name());
        desk.finding(&rules::FILE_DUPLICATE, summary, facts)
    }))
}

/// Valid certificates for other names with the same key.
fn reused(desk: &Desk<'_>) -> Option<Finding> {
    let leaf = desk.leaf().filter(|leaf| !is_expired(leaf, desk.now))?;
    let others = desk.shelves.by_key.get(&leaf.spki)?;
    let is_another = |other: &Certificate| {
        other.sans != leaf.sans && other.subject_id != leaf.subject_id && !is_expired(other, desk.now)
    };
    let (at, other) = others.iter().take(LOOKED_AT).find(|(_, other)| is_another(other))?;
    let summary =
        format!("{} has the same key as “{}” in {}", desk.certificate(leaf), other.display_name(), desk.paths(&[*at]));
    let facts = vec![("public key", leaf.spki.to_string()), ("certificates", others.len().to_string())];
    let mut finding = desk.about(&rules::CERT_KEY_REUSED, leaf, summary, facts);
    finding.certificates.push(other.fingerprint);
    Some(quiet(finding))
}

//! Bundles: whether a server that loads the file sends a chain in order, whole, and nothing else.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::chain::is_out_of_order;
use super::super::rules;
use super::super::words;
use super::shelves::is_leaf;
use super::tell::{Desk, quiet, warned};
use crate::model::{Certificate, Confidence, FileFormat, Finding, Impact};

/// Most certificates of a bundle that is taken for a chain: collections of roots are larger.
const LONGEST: usize = 16;

/// Authorities of one name among which an issuer is looked for: tests make thousands.
const NAMESAKES: usize = 256;

pub(super) fn look(desk: &Desk<'_>, findings: &mut Vec<Finding>) {
    let chain: Vec<Arc<Certificate>> = desk.file.certificates().cloned().collect();
    let is_bundle = matches!(desk.file.format(), Some(FileFormat::Pem)) || is_served(desk);
    let in_a_row = is_bundle || desk.file.format() == Some(FileFormat::Der);
    let is_one = |leaf: &&Certificate| desk.leaves().all(|other| other.fingerprint == leaf.fingerprint);
    let Some(leaf) = desk.leaf().filter(|leaf| chain.len() <= LONGEST && is_one(leaf)) else { return };
    if in_a_row {
        findings.extend(order(desk, &chain));
        findings.extend(repeated(desk, &chain));
    }
    let path = path(leaf, &chain);
    let top = path.last().copied().unwrap_or(leaf);
    findings.extend(incomplete(desk, top, chain.len()));
    if is_bundle || desk.file.format() == Some(FileFormat::Pkcs12) {
        findings.extend(unrelated(desk, &path, &chain));
    }
}

/// The value of a Secret that servers present as it is.
fn is_served(desk: &Desk<'_>) -> bool {
    desk.file.format() == Some(FileFormat::Kubernetes) && desk.file.name().as_str().ends_with("[tls.crt]")
}

/// The leaf and whichever issuers link up from it.
fn path<'a>(leaf: &'a Certificate, chain: &'a [Arc<Certificate>]) -> Vec<&'a Certificate> {
    let mut path = vec![leaf];
    while let Some(last) = path.last().filter(|last| !last.self_signed) {
        let is_new = |other: &Certificate| path.iter().all(|known| known.fingerprint != other.fingerprint);
        let issuer = chain.iter().find(|other| last.is_named_issuer(other) && is_new(other));
        let Some(issuer) = issuer else { break };
        path.push(issuer);
    }
    path
}

fn order(desk: &Desk<'_>, chain: &[Arc<Certificate>]) -> Option<Finding> {
    let leaf_is_first = chain.first().is_some_and(|first| is_leaf(first));
    if leaf_is_first && !is_out_of_order(chain) {
        return None;
    }
    let names = chain.iter().map(|certificate| format!("“{}”", certificate.display_name()));
    let order = words::list(names, chain.len());
    let summary = format!("{} has its certificates in the wrong order: {order}", desk.file.name());
    let finding = desk.finding(&rules::CHAIN_WRONG_ORDER, summary, vec![("order", order)]);
    Some(warned(finding))
}

fn repeated(desk: &Desk<'_>, chain: &[Arc<Certificate>]) -> Option<Finding> {
    let mut seen = HashSet::new();
    let twice = chain.iter().find(|certificate| !seen.insert(certificate.fingerprint))?;
    let summary = format!("{} is in it more than once", desk.certificate(twice));
    Some(quiet(desk.about(&rules::CHAIN_DUPLICATE, twice, summary, words::identity("certificate", twice))))
}

fn unrelated(desk: &Desk<'_>, path: &[&Certificate], chain: &[Arc<Certificate>]) -> Option<Finding> {
    let is_on_it = |certificate: &Certificate| path.iter().any(|on| on.fingerprint == certificate.fingerprint);
    // Cross-signs are other certificates of the same authority.
    let is_cross = |certificate: &Certificate| path.iter().any(|on| on.subject_id == certificate.subject_id);
    let stray = chain.iter().find(|certificate| !is_on_it(certificate) && !is_cross(certificate))?;
    let summary = format!("{} is on no path from the leaf", desk.certificate(stray));
    let mut facts = words::identity("certificate", stray);
    facts.extend(path.first().map(|leaf| ("leaf", leaf.display_name().to_string())));
    Some(quiet(desk.about(&rules::CHAIN_UNRELATED, stray, summary, facts)))
}

/// A file that a server would load as it is, and that ends below an intermediate.
fn incomplete(desk: &Desk<'_>, top: &Certificate, length: usize) -> Option<Finding> {
    let is_loaded_as_it_is = length > 1 || desk.file.keys().next().is_some() || is_served(desk);
    if top.self_signed || !is_loaded_as_it_is {
        return None;
    }
    let issuers = desk.shelves.authorities.get(&top.issuer_id).map_or(&[][..], Vec::as_slice);
    let issuers = &issuers[..issuers.len().min(NAMESAKES)];
    let mut named = issuers.iter().filter(|(_, issuer)| top.is_named_issuer(issuer));
    let known = named.next();
    let is_root = issuers.iter().any(|(_, issuer)| issuer.self_signed && top.is_named_issuer(issuer));
    // Public authorities sign leaves with intermediates only, and say where those can be had.
    let must_have_one = is_leaf(top) && !top.issuer_urls.is_empty();
    if is_root || (known.is_none() && !must_have_one) {
        return None;
    }
    let summary = format!("{} lacks the intermediate “{}” of its certificate", desk.file.name(), top.issuer_short);
    let mut facts = vec![("missing", top.issuer.to_string()), ("needed by", top.display_name().to_string())];
    facts.extend(known.map(|(at, _)| ("found in", desk.paths(&[*at]))));
    facts.extend(top.issuer_urls.first().map(|url| ("offered at", url.to_string())));
    let finding = desk.about(&rules::CHAIN_MISSING_INTERMEDIATE, top, summary, facts);
    let confidence = if known.is_some() { Confidence::Certain } else { Confidence::Likely };
    Some(warned(Finding { impact: Impact::Advice, confidence, ..finding }))
}

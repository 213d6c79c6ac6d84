//! Which certificate is missing between what is sent and a trusted root, what is sent instead, and where it can be had.

use std::sync::Arc;

use super::evidence::{AddressEvidence, Shown};
use super::fault::{Fault, Group};
use super::refusal::{Refusal, tell, trust_of};
use super::rules;
use super::words;
use crate::model::{Certificate, FetchKind, FetchResult, Finding, Fingerprint, Untrusted};

/// Certificates looked at one by one; a sane chain has four.
const CHECKED: usize = 16;

/// The fault where `top` is the last of those that link up from the leaf and no store has its issuer.
pub(super) fn look<'a>(
    evidence: &AddressEvidence<'a>,
    shown: &Shown<'a>,
    top: &'a Certificate,
    refusal: &Refusal<'_>,
) -> Option<Fault<'a>> {
    let known = refusal.completed_by.is_some() || !found(evidence, shown.observation.chain()).is_empty();
    let fault = if sent_instead(shown, top).is_some() {
        Fault::shown(&rules::CHAIN_WRONG_INTERMEDIATE, shown, top, tell_wrong)
    } else if known || shown.leaf().is_some_and(|leaf| leaf.fingerprint == top.fingerprint) {
        Fault::shown(&rules::CHAIN_MISSING_INTERMEDIATE, shown, top, tell_missing)
    } else {
        return None;
    };
    // A root that issues leaves itself looks the same from here, but is rare.
    Some(if known { fault } else { fault.likely() })
}

/// The fault where an issuer of the right name is sent whose key signed nothing here.
pub(super) fn look_at_namesake<'a>(evidence: &AddressEvidence<'a>, shown: &Shown<'a>) -> Option<Fault<'a>> {
    let chain = shown.observation.chain();
    let leaf = shown.leaf()?;
    let top = shown.path().last().unwrap_or(leaf);
    if namesake(chain, top).is_some() {
        return Some(Fault::shown(&rules::CHAIN_WRONG_INTERMEDIATE, shown, top, tell_wrong));
    }
    // Without key identifiers only the one that fits tells that the other does not.
    let right = *found(evidence, chain).first()?;
    let child = chain.iter().map(|sent| &**sent).find(|sent| sent.is_named_issuer(right))?;
    let is_other = chain.iter().any(|sent| sent.subject_id == right.subject_id && sent.spki != right.spki);
    is_other.then(|| Fault::shown(&rules::CHAIN_WRONG_INTERMEDIATE, shown, child, tell_wrong))
}

/// Certificates that the survey found, that were not sent and would complete an accepted path.
fn found<'a>(evidence: &AddressEvidence<'a>, chain: &[Arc<Certificate>]) -> Vec<&'a Arc<Certificate>> {
    evidence.paths_of(chain).map(crate::model::PathReport::missing).unwrap_or_default()
}

/// An authority's certificate that was sent where the issuer of `top` should have been.
fn sent_instead<'a>(shown: &Shown<'a>, top: &Certificate) -> Option<&'a Certificate> {
    let chain: &'a [Arc<Certificate>] = &shown.handshake.chain;
    let chain = &chain[..chain.len().min(CHECKED)];
    let is_on_path = |sent: &Certificate| shown.path().any(|linked| linked.subject_id == sent.subject_id);
    // A root without the intermediate below it takes nobody's place.
    let mut strays = chain.iter().skip(1).map(|sent| &**sent);
    let stray = strays.find(|sent| sent.is_ca == Some(true) && !sent.self_signed && !is_on_path(sent));
    namesake(chain, top).or(stray)
}

/// One of the name of `top`'s issuer and another key.
fn namesake<'a>(chain: &'a [Arc<Certificate>], top: &Certificate) -> Option<&'a Certificate> {
    let mut sent = chain.iter().skip(1).map(|sent| &**sent);
    sent.find(|sent| sent.subject_id == top.issuer_id && !top.is_named_issuer(sent) && !sent.self_signed)
}

fn tell_missing(group: &Group<'_, '_>) -> Finding {
    let Some(top) = group.first.about else { return tell(group, group.who(), Vec::new()) };
    let missing = Missing::of(group, top);
    let sends = words::verb(group.count(), "does not send", "do not send");
    let summary = format!("{} {sends} the {}", group.who(), missing.named());
    let mut finding = tell(group, summary, missing.facts(top));
    missing.conclude(&mut finding, "Append the intermediate");
    finding
}

fn tell_wrong(group: &Group<'_, '_>) -> Finding {
    let Some(top) = group.first.about else { return tell(group, group.who(), Vec::new()) };
    let chain = group.first.observation.chain();
    let missing = Missing::of(group, top);
    let of_name = || chain.iter().skip(1).map(|sent| &**sent).find(|sent| sent.subject_id == top.issuer_id);
    let shown = group.case.address(group.first.address).and_then(AddressEvidence::shown);
    let instead = shown.as_ref().and_then(|shown| sent_instead(shown, top)).or_else(of_name);
    let sends = words::verb(group.count(), "sends", "send");
    let is_leaf = chain.first().is_some_and(|leaf| leaf.fingerprint == top.fingerprint);
    let child = if is_leaf { "the certificate".to_owned() } else { format!("“{}”", top.display_name()) };
    let summary = match instead {
        Some(other) if other.subject_id == top.issuer_id => {
            let name = other.display_name();
            format!("{} {sends} an intermediate “{name}” of another key than the one that signed {child}", group.who())
        }
        Some(other) => {
            let name = other.display_name();
            format!("{} {sends} the intermediate “{name}”, but {child} was issued by “{}”", group.who(), missing.name)
        }
        None => format!("{} {sends} another intermediate than “{}”", group.who(), missing.name),
    };
    let mut facts = missing.facts(top);
    if let Some(other) = instead {
        facts.push(("sent instead", format!("{} (sha256 {})", other.display_name(), other.fingerprint)));
    }
    let mut finding = tell(group, summary, facts);
    missing.conclude(&mut finding, "Replace the intermediate that is sent: put");
    finding
}

/// What is known of the certificates that were not sent.
struct Missing<'a> {
    /// The issuer's name, which is always known.
    name: &'a Untrusted,
    /// It itself.
    fingerprint: Option<Fingerprint>,
    /// All of them, nearest to the leaf first, where a survey found them.
    found: Vec<&'a Arc<Certificate>>,
    /// Where it can be had.
    url: Option<String>,
}

impl<'a> Missing<'a> {
    fn of(group: &Group<'a, 'a>, top: &'a Certificate) -> Self {
        let chain = group.first.observation.chain();
        let evidence = group.case.address(group.first.address);
        let found = evidence.map(|evidence| found(evidence, chain)).unwrap_or_default();
        let completed_by = || Refusal::nearest_to_acceptance(trust_of(group)?)?.completed_by;
        let fingerprint = found.first().map(|first| first.fingerprint).or_else(completed_by);
        let url = evidence.and_then(|evidence| fetched_from(evidence, top));
        let url = url.or_else(|| top.issuer_urls.first().map(ToString::to_string));
        Self { name: &top.issuer_short, fingerprint, found, url }
    }

    /// `intermediate “R11”`, `intermediates “R11”, “X1”`.
    fn named(&self) -> String {
        if self.found.len() < 2 {
            return format!("intermediate “{}”", self.name);
        }
        let names = self.found.iter().map(|one| format!("“{}”", one.display_name()));
        format!("intermediates {}", words::list(names, self.found.len()))
    }

    fn facts(&self, top: &Certificate) -> Vec<(&'static str, String)> {
        let mut facts = vec![
            ("intermediate", self.name.to_string()),
            ("name", top.issuer.to_string()),
            ("needed by", top.display_name().to_string()),
        ];
        facts.extend(self.fingerprint.map(|fingerprint| ("sha256", fingerprint.to_string())));
        if let Some(first) = self.found.first() {
            facts.push(("valid until", first.not_after.rfc3339()));
        }
        if let [_, above @ ..] = &self.found[..]
            && !above.is_empty()
        {
            let told = above.iter().map(|one| format!("{} (sha256 {})", one.display_name(), one.fingerprint));
            facts.push(("missing above", words::list(told, above.len())));
        }
        facts.extend(self.url.clone().map(|url| ("available at", url)));
        facts
    }

    /// Which certificate the finding is about, and what is to be done with it.
    fn conclude(&self, finding: &mut Finding, action: &str) {
        if let Some(fingerprint) = self.fingerprint {
            finding.certificates = vec![fingerprint];
        }
        let source = self.url.as_ref().map_or_else(String::new, |url| format!(" (from {url})"));
        let place = if action.ends_with("put") { "into" } else { "to" };
        let private =
            if self.fingerprint.is_some() { "" } else { "; if it is a private root, trust it with --ca-file" };
        finding.next.text =
            format!("{action} “{}”{source} {place} the certificate file that the server sends{private}.", self.name);
    }
}

/// The URL among those of `top` that did yield a certificate.
fn fetched_from(evidence: &AddressEvidence<'_>, top: &Certificate) -> Option<String> {
    let fetches = &evidence.survey?.fetches;
    let came = |url: &&Untrusted| {
        fetches.iter().any(|fetch| {
            let received = matches!(fetch.result, FetchResult::Received(_) | FetchResult::Cached);
            fetch.kind == FetchKind::Aia && received && fetch.url == **url
        })
    };
    top.issuer_urls.iter().find(came).map(ToString::to_string)
}

//! Trust in what was served: every store's verdict, remembered for as long as it cannot change.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls_pki_types::{CertificateDer, ServerName, TrustAnchor};
use webpki::EndEntityCert;

use super::kept::Kept;
use super::path::{self, Evidence};
use super::revocation::Issuer;
use super::stores::{Store, TrustStores};
use crate::model::{
    Certificate, Fingerprint, PathRefusal, PathResult, San, StoreVerdict, Time, TrustReport, Untrusted,
};

/// Judges chains against the configured stores.
#[derive(Debug)]
pub(super) struct Judge {
    stores: TrustStores,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    verdicts: Kept<Key, Verdict>,
    intermediates: Intermediates,
}

/// A chain by the digest of its fingerprints, and what else the report says.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    chain: Fingerprint,
    name_matches: bool,
    signature_valid: bool,
}

#[derive(Debug)]
struct Verdict {
    report: Arc<TrustReport>,
    /// From here on a date in the chain, or plain age, may change it.
    until: Time,
    /// Intermediates known then; more of them may complete a refused path.
    known: usize,
}

impl Judge {
    /// Longest that a verdict is kept.
    const KEPT: Duration = Duration::from_mins(10);

    pub(super) fn new(stores: TrustStores) -> Self {
        Self { stores, memory: Mutex::default() }
    }

    /// The report on a chain, leaf first; an empty chain stands for a leaf that could not be read.
    pub(super) fn report(
        &self,
        chain: &[Arc<Certificate>],
        name: &ServerName<'_>,
        signature_valid: bool,
        now: Time,
    ) -> Arc<TrustReport> {
        let digest: Vec<u8> = chain.iter().flat_map(|certificate| certificate.fingerprint.0).collect();
        let name_matches = chain.first().is_some_and(|leaf| covers(leaf, name));
        let key = Key { chain: Fingerprint::of(&digest), name_matches, signature_valid };
        let (elsewhere, known) = {
            let memory = self.memory();
            let known = memory.intermediates.count;
            if let Some(verdict) = memory.verdicts.get(&key).filter(|verdict| verdict.holds(now, known)) {
                return Arc::clone(&verdict.report);
            }
            (memory.intermediates.issuers_of(chain), known)
        };
        let judge = |anchors| path::judge(Evidence { chain, elsewhere: &elsewhere, now }, anchors);
        let verdicts = self.stores.stores.iter().map(|store| StoreVerdict {
            store: Arc::clone(&store.name),
            result: if chain.is_empty() { unreadable() } else { judge(&store.anchors) },
        });
        let report = Arc::new(TrustReport { at: now, stores: verdicts.collect(), name_matches, signature_valid });
        let verdict = Verdict { report: Arc::clone(&report), until: horizon(chain, now), known };
        self.memory().remember(key, verdict, chain);
        report
    }

    /// Whether some store has an anchor of the name that issued this.
    pub(super) fn has_issuer_of(&self, certificate: &Certificate) -> bool {
        self.stores.stores.iter().any(|store| store.anchors.iter().any(|anchor| is_named_issuer(anchor, certificate)))
    }

    /// Issuers by that name that this certificate's server did not send: from trusted chains of others, and anchors.
    pub(super) fn issuers_of(&self, certificate: &Certificate) -> Vec<Issuer> {
        let known = self.memory().intermediates.by_subject.get(&certificate.issuer_id).cloned().unwrap_or_default();
        let known = known.iter().filter_map(|issuer| Issuer::of_certificate(issuer));
        let anchors = self.stores.stores.iter().flat_map(|store| store.anchors.iter());
        let named = anchors.filter(|anchor| is_named_issuer(anchor, certificate)).filter_map(Issuer::of_anchor);
        known.chain(named).collect()
    }

    /// Remembers certificates found elsewhere if they complete a path for `chain`: what its server should have sent.
    pub(super) fn learn(&self, chain: &[Arc<Certificate>], found: &[Arc<Certificate>], now: Time) {
        let evidence = Evidence { chain, elsewhere: found, now };
        let completes = |store: &Store| {
            let result = path::judge(evidence, &store.anchors);
            matches!(result, PathResult::Refused { completed_by: Some(_), .. })
        };
        if !found.is_empty() && self.stores.stores.iter().any(completes) {
            let mut memory = self.memory();
            for certificate in found {
                memory.intermediates.learn(certificate);
            }
        }
    }

    /// The stores, in the order of their verdicts.
    pub(super) fn stores(&self) -> &[Store] {
        &self.stores.stores
    }

    /// Known certificates that may be missing above this chain.
    pub(super) fn known_above(&self, chain: &[Arc<Certificate>]) -> Vec<Arc<Certificate>> {
        self.memory().intermediates.issuers_of(chain)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_named_issuer(anchor: &TrustAnchor<'_>, certificate: &Certificate) -> bool {
    let name = rustls::DistinguishedName::in_sequence(&anchor.subject);
    Fingerprint::of(name.as_ref()) == certificate.issuer_id
}

impl Memory {
    fn remember(&mut self, key: Key, verdict: Verdict, chain: &[Arc<Certificate>]) {
        let paths = verdict.report.stores.iter().filter_map(|verdict| match &verdict.result {
            PathResult::Trusted { path, .. } => Some(path),
            PathResult::Refused { .. } => None,
        });
        let used: HashSet<&Fingerprint> = paths.flatten().collect();
        for issuer in chain.iter().skip(1).filter(|certificate| used.contains(&certificate.fingerprint)) {
            self.intermediates.learn(issuer);
        }
        self.verdicts.insert(key, verdict, |verdict| Arc::strong_count(&verdict.report) > 1);
    }
}

impl Verdict {
    fn holds(&self, now: Time, known: usize) -> bool {
        (self.report.at..self.until).contains(&now) && (self.known == known || self.report.has_path())
    }
}

fn unreadable() -> PathResult {
    PathResult::Refused {
        reason: PathRefusal::Malformed,
        detail: Untrusted::new("the server's own certificate cannot be read"),
        valid_at_another_time: false,
        completed_by: None,
    }
}

/// The next date in the chain, at most [`Judge::KEPT`] away.
fn horizon(chain: &[Arc<Certificate>], now: Time) -> Time {
    let dates = chain.iter().flat_map(|certificate| [certificate.not_before, certificate.not_after + SECOND]);
    dates.filter(|date| *date > now).fold(now + Judge::KEPT, Time::min)
}

/// The last second of validity belongs to it.
const SECOND: Duration = Duration::from_secs(1);

pub(super) fn covers(leaf: &Certificate, name: &ServerName<'_>) -> bool {
    let der = CertificateDer::from(&leaf.der[..]);
    match EndEntityCert::try_from(&der) {
        Ok(leaf) => leaf.verify_is_valid_for_subject_name(name).is_ok(),
        // What keeps the verifier from reading it, a version or an extension, is another fault than a wrong name.
        Err(_) => leaf.sans.iter().any(|san| is_for(san, name)),
    }
}

fn is_for(san: &San, name: &ServerName<'_>) -> bool {
    match (san, name) {
        (San::Dns(pattern), ServerName::DnsName(wanted)) => is_pattern_for(pattern.as_str(), wanted.as_ref()),
        (San::Ip(text), ServerName::IpAddress(wanted)) => text.as_str().parse() == Ok(IpAddr::from(*wanted)),
        _ => false,
    }
}

/// Whether a name in a certificate covers a host, by itself or by `*` for one label.
pub(super) fn is_pattern_for(pattern: &str, host: &str) -> bool {
    let by_star = || {
        let (suffix, (label, rest)) = (pattern.strip_prefix("*.")?, host.split_once('.')?);
        Some(!label.is_empty() && rest.eq_ignore_ascii_case(suffix))
    };
    pattern.eq_ignore_ascii_case(host) || by_star() == Some(true)
}

/// CA certificates that were part of trusted paths, by subject: what a server that forgot one should have sent.
#[derive(Debug, Default)]
struct Intermediates {
    by_subject: HashMap<Fingerprint, Vec<Arc<Certificate>>>,
    count: usize,
}

impl Intermediates {
    const MOST: usize = 512;
    /// No path is longer.
    const DEPTH: usize = 6;

    fn learn(&mut self, certificate: &Arc<Certificate>) {
        if self.count >= Self::MOST || certificate.is_ca != Some(true) || certificate.self_signed {
            return;
        }
        let same_name = self.by_subject.entry(certificate.subject_id).or_default();
        if same_name.iter().all(|known| known.fingerprint != certificate.fingerprint) {
            same_name.push(Arc::clone(certificate));
            self.count += 1;
        }
    }

    /// Possible issuers of these certificates, and theirs.
    fn issuers_of(&self, chain: &[Arc<Certificate>]) -> Vec<Arc<Certificate>> {
        let mut found: Vec<Arc<Certificate>> = Vec::new();
        let mut wanted: Vec<Fingerprint> = chain.iter().map(|certificate| certificate.issuer_id).collect();
        for _ in 0..Self::DEPTH {
            let candidates = wanted.iter().filter_map(|subject| self.by_subject.get(subject)).flatten();
            let unknown = |candidate: &&Arc<Certificate>| {
                found.iter().chain(chain).all(|known| known.fingerprint != candidate.fingerprint)
            };
            let new: Vec<Arc<Certificate>> = candidates.filter(unknown).cloned().collect();
            if new.is_empty() {
                break;
            }
            wanted = new.iter().map(|certificate| certificate.issuer_id).collect();
            found.extend(new);
        }
        found
    }
}

#[cfg(test)]
#[path = "trust_tests.rs"]
mod tests;

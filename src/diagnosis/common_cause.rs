//! What failing targets have in common and working ones have not: one cause where every target shows its own fault.
//!
//! What shares a certificate at fault is one incident already. This is about faults that look like so many:
//! each target times out, and all of them stand behind one address.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::Arc;

use super::evidence::{AddressEvidence, Case};
use super::incident::incident_key;
use super::rules::{self, rule};
use super::shared::{CommonCause, SHARED, Shared};
use super::words;
use crate::model::{
    Certificate, Code, Confidence, Evidence, Finding, Impact, IncidentKey, Next, Scope, Status, Target, TargetId, Time,
    Untrusted,
};

/// Fewer targets than this may fail together by chance.
const WITNESSES: usize = 3;
/// Of a hundred targets that share it at least so many fail: one that works may have been probed before the fault.
const SHARE: usize = 90;

const HOUR: i64 = 3600;

/// A target with what was found of it.
#[derive(Clone, Debug)]
pub struct Witness<'a> {
    /// The target.
    pub target: &'a Target,
    /// The evidence about its addresses.
    pub addresses: Vec<AddressEvidence<'a>>,
    /// Its findings, the cause first.
    pub findings: &'a [Arc<Finding>],
}

impl CommonCause {
    /// All that can be told of a fleet, widest first: of its targets that have findings, and, where that is not
    /// enough, of `all`.
    #[must_use]
    pub fn find<'a, W: Iterator<Item = Witness<'a>>>(
        troubled: impl Iterator<Item = Witness<'a>>,
        all: impl FnOnce() -> W,
    ) -> Vec<Self> {
        let mut suspects: HashMap<(Shared, Code), Suspect> = HashMap::new();
        for witness in troubled {
            let Some(root) = root(witness.findings) else { continue };
            for shared in shared(witness.target, &witness.addresses) {
                let suspect = suspects.entry((shared, root.code)).or_default();
                suspect.failing.push(witness.target.id);
                suspect.keys.insert(incident_key(witness.target, root));
            }
        }
        suspects.retain(|_, suspect| suspect.failing.len() >= WITNESSES && suspect.keys.len() >= WITNESSES);
        if suspects.is_empty() {
            return Vec::new();
        }
        let mut sharing: HashMap<Shared, usize> = suspects.keys().map(|(shared, _)| (shared.clone(), 0)).collect();
        let mut fleet = 0;
        for witness in all() {
            fleet += 1;
            for shared in shared(witness.target, &witness.addresses) {
                if let Some(count) = sharing.get_mut(&shared) {
                    *count += 1;
                }
            }
        }
        // What everybody has tells nobody apart.
        let blamed = |shared: &Shared, failing: usize| {
            let all = sharing.get(shared).copied().unwrap_or_default();
            all < fleet && failing * 100 >= all * SHARE
        };
        suspects.retain(|(shared, _), suspect| blamed(shared, suspect.failing.len()));
        widest(suspects, &sharing)
    }
}

/// What may be the cause of one fault.
#[derive(Debug, Default)]
struct Suspect {
    failing: Vec<TargetId>,
    /// The incidents it would be without a common cause.
    keys: HashSet<IncidentKey>,
}

/// Each target is explained once, by what explains most of them; where two explain as many, by the narrower one.
fn widest(suspects: HashMap<(Shared, Code), Suspect>, sharing: &HashMap<Shared, usize>) -> Vec<CommonCause> {
    let mut suspects: Vec<_> = suspects.into_iter().collect();
    suspects.sort_by(|((shared, code), suspect), ((other, other_code), other_suspect)| {
        let wide = other_suspect.failing.len().cmp(&suspect.failing.len());
        wide.then_with(|| sharing[shared].cmp(&sharing[other])).then_with(|| (shared, code).cmp(&(other, other_code)))
    });
    let mut explained: HashSet<TargetId> = HashSet::new();
    let mut causes = Vec::new();
    for ((shared, code), suspect) in suspects {
        if suspect.failing.iter().filter(|id| !explained.contains(id)).count() >= WITNESSES {
            explained.extend(suspect.failing);
            causes.push(CommonCause { shared, code });
        }
    }
    causes
}

/// What breaks a target, before any common cause.
fn root<F: AsRef<Finding>>(findings: &[F]) -> Option<&Finding> {
    findings.iter().map(AsRef::as_ref).find(|finding| is_root(finding))
}

fn is_root(finding: &Finding) -> bool {
    let common = rules::FLEET_COMMON_CAUSE.code;
    finding.code != common
        && finding.caused_by.is_none_or(|cause| cause == common)
        && finding.scope != Scope::Observer
        && finding.impact >= Impact::Partial
        && finding.status == Status::Critical
}

fn shared(target: &Target, addresses: &[AddressEvidence<'_>]) -> HashSet<Shared> {
    let mut shared = HashSet::new();
    for address in addresses {
        shared.insert(Shared::Address(address.address.ip()));
        shared.extend(certificates(address));
    }
    let proxy = target.proxy.as_ref();
    shared.extend(proxy.map(|proxy| Shared::Proxy(Untrusted::new(&format!("{}:{}", proxy.host, proxy.port)))));
    shared
}

fn certificates(address: &AddressEvidence<'_>) -> Vec<Shared> {
    let Some(shown) = address.shown() else { return Vec::new() };
    let Some(leaf) = shown.leaf() else { return Vec::new() };
    let mut shared = vec![
        Shared::Key(leaf.spki),
        Shared::Issuer(leaf.issuer_short.clone()),
        Shared::Expiry(Time::from_secs(leaf.not_after.secs() / HOUR * HOUR)),
    ];
    shared.extend(leaf.ocsp_urls.first().cloned().map(Shared::Responder));
    let signer = |issuer: &&Certificate| leaf.is_named_issuer(issuer) && issuer.fingerprint != leaf.fingerprint;
    let intermediate = shown.handshake.chain.iter().map(|certificate| &**certificate).find(signer);
    shared.extend(intermediate.map(|one| Shared::Intermediate(one.display_name().clone(), one.fingerprint)));
    shared
}

/// Adds what explains this target as it does others, above the fault it shows.
pub(super) fn look(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let causes = &case.observer.common_causes;
    if causes.is_empty() {
        return;
    }
    let roots: Vec<usize> = (0..findings.len()).filter(|at| is_root(&findings[*at])).collect();
    let ours = shared(case.target, case.addresses);
    let found = causes.iter().find_map(|common| {
        let at = roots.iter().copied().find(|at| findings[*at].code == common.code)?;
        ours.contains(&common.shared).then_some((common, at))
    });
    let Some((common, at)) = found else { return };
    let finding = tell(case, common, &findings[at]);
    findings[at].caused_by = Some(finding.code);
    findings.push(finding);
}

fn tell(case: &Case<'_>, common: &CommonCause, root: &Finding) -> Finding {
    let title = rule(root.code).map_or(root.code.0, |rule| rule.title);
    let article = &rules::FLEET_COMMON_CAUSE;
    let summary = format!("{} fails as all do that share the {}: {title}", words::target(case), common.shared);
    let addresses: Vec<SocketAddr> = root.addresses.clone();
    Finding {
        code: article.code,
        impact: root.impact,
        status: root.status,
        confidence: Confidence::Likely,
        scope: Scope::Target,
        certificates: Vec::new(),
        summary,
        evidence: Evidence(vec![
            (SHARED, common.shared.to_string()),
            ("fault", root.code.to_string()),
            ("addresses", words::addresses(&addresses)),
        ]),
        next: Next { text: format!("{} Here: {}.", article.next, common.shared), command: root.next.command.clone() },
        addresses,
        caused_by: None,
        validity: None,
        since: root.since,
        last: root.last,
    }
}

#[cfg(test)]
#[path = "common_cause_tests.rs"]
pub(super) mod tests;

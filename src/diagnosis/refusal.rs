//! What trust stores say of a chain, and what findings about chains share.

use super::command::{self, Show};
use super::fault::Group;
use super::words;
use crate::model::{Finding, Fingerprint, PathRefusal, PathResult, Scope, StoreVerdict, TrustReport, Untrusted};

/// The refusal that came furthest, over all stores.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal<'a> {
    pub(super) reason: PathRefusal,
    pub(super) detail: &'a Untrusted,
    pub(super) only_time: bool,
    pub(super) completed_by: Option<Fingerprint>,
}

impl<'a> Refusal<'a> {
    pub(super) fn nearest_to_acceptance(trust: &'a TrustReport) -> Option<Self> {
        let refusals = trust.stores.iter().filter_map(|verdict| match &verdict.result {
            PathResult::Refused { reason, detail, valid_at_another_time, completed_by } => {
                Some(Self { reason: *reason, detail, only_time: *valid_at_another_time, completed_by: *completed_by })
            }
            PathResult::Trusted { .. } => None,
        });
        refusals.min_by_key(|refusal| {
            (!refusal.only_time, refusal.completed_by.is_none(), refusal.reason == PathRefusal::UnknownIssuer)
        })
    }
}

/// The report that the words of a group are taken from.
pub(super) fn trust_of<'g>(group: &Group<'g, '_>) -> Option<&'g TrustReport> {
    group.first.observation.handshake.as_ref()?.trust.as_deref()
}

/// A finding about a chain: each store's words, and the command that shows the chain.
pub(super) fn tell(group: &Group<'_, '_>, summary: String, mut facts: Vec<(&'static str, String)>) -> Finding {
    if let Some(trust) = trust_of(group) {
        facts.push(("trust stores", words::list(trust.stores.iter().map(answer), trust.stores.len())));
    }
    facts.push(("certificates sent", group.first.observation.chain().len().to_string()));
    let mut finding = group.finding(Scope::Certificate, summary, facts);
    finding.next.command = Some(command::handshake(group.case, group.first.address, Show::Chain));
    finding
}

fn answer(verdict: &StoreVerdict) -> String {
    let store = Untrusted::new(&verdict.store);
    match &verdict.result {
        PathResult::Refused { detail, .. } => format!("{store}: {detail}"),
        PathResult::Trusted { anchor, .. } => format!("{store}: trusted through {anchor}"),
    }
}

//! Every path from the leaf to a trusted root, and which clients find one. Costs no connection.

use std::sync::Arc;

use rustls_pki_types::ServerName;

use super::{Interview, issuers};
use crate::model::{Certificate, Chain, PathReport, TrustPath, TrustReport};
use crate::probe::clients::{self, Scene};
use crate::probe::path::Evidence;
use crate::probe::routes::{Route, Walker};
use crate::probe::stores::Store;

/// `None` where no certificate was seen.
pub(super) async fn ask(interview: &Interview<'_>) -> Option<PathReport> {
    let handshake = interview.seen.handshake.as_ref()?;
    let chain = Chain::clone(&handshake.chain);
    let trust = Arc::clone(handshake.trust.as_ref()?);
    let name = ServerName::try_from(interview.target.verified_name()).ok()?;
    let judge = &interview.inner.judge;
    let mut elsewhere = issuers::found(interview).await.found.clone();
    elsewhere.extend(judge.known_above(&chain));
    let stores = judge.stores().to_vec();
    let now = interview.inner.clock.now();
    // Up to a hundred signatures and more: not on a thread that others' packets wait for.
    let explored = move || explore(Evidence { chain: &chain, elsewhere: &elsewhere, now }, &stores, &name, &trust);
    tokio::task::spawn_blocking(explored).await.ok()?
}

/// `None` for an empty chain.
fn explore(evidence: Evidence<'_>, stores: &[Store], name: &ServerName<'_>, trust: &TrustReport) -> Option<PathReport> {
    let mut walker = Walker::new(evidence)?;
    let mut routes: Vec<Route<'_>> = stores.iter().flat_map(|store| walker.walk(store)).collect();
    routes.sort_by_key(|route| (!route.is_within(evidence.chain), route.refusal.is_some()));
    let scene = Scene { sent: evidence.chain, routes: &routes, name, trust, now: evidence.now };
    Some(PathReport {
        sent: evidence.chain.iter().map(|certificate| certificate.fingerprint).collect(),
        paths: routes.iter().map(|route| told(route, evidence.chain)).collect(),
        found: unsent(&routes, evidence.chain),
        clients: clients::verdicts(&scene),
    })
}

/// Certificates of paths that were not sent, each once.
fn unsent(routes: &[Route<'_>], sent: &[Arc<Certificate>]) -> Vec<Arc<Certificate>> {
    let mut found: Vec<Arc<Certificate>> = Vec::new();
    for used in routes.iter().flat_map(|route| &route.certificates) {
        if sent.iter().chain(&found).all(|known| known.fingerprint != used.fingerprint) {
            found.push(Arc::clone(used));
        }
    }
    found
}

fn told(route: &Route<'_>, sent: &[Arc<Certificate>]) -> TrustPath {
    TrustPath {
        store: Arc::clone(&route.store.name),
        path: route.certificates.iter().map(|certificate| certificate.fingerprint).collect(),
        anchor: route.anchor.clone(),
        served: route.is_within(sent),
        not_after: route.not_after(),
        valid: route.refusal.is_none(),
        refusal: route.refusal.as_ref().map(|(_, detail)| detail.clone()),
    }
}

//! The one way of a client that does not turn back.

use std::sync::Arc;

use super::Scene;
use crate::model::{Certificate, Time};
use crate::probe::routes::Route;
use crate::probe::stores::Root;

/// Whether a path is the one that a client takes that looks for each issuer among the roots first, then among
/// what was sent, and of several takes the first that is valid, else the one that ends last.
pub(super) fn is_taken(scene: &Scene<'_>, route: &Route<'_>) -> bool {
    let mut way = route.certificates.iter();
    let Some(mut head) = way.next() else { return false };
    loop {
        let roots = route.store.roots.iter().filter(|root| is_root_of(root, head));
        let root = first_or_last(roots, |root| (root.is_in_time(scene.now), root.not_after));
        let next = way.next();
        match (root, next) {
            (Some(root), None) => return root == route.root,
            (Some(_), Some(_)) | (None, None) => return false,
            (None, Some(next)) => {
                let used = |issuer: &Certificate| {
                    route
                        .certificates
                        .iter()
                        .take_while(|used| used.fingerprint != next.fingerprint)
                        .any(|used| used.fingerprint == issuer.fingerprint)
                };
                let issuers = scene.sent.iter().filter(|issuer| head.is_named_issuer(issuer) && !used(issuer));
                let valid = |issuer: &Arc<Certificate>| (issuer.not_before..=issuer.not_after).contains(&scene.now);
                let taken = first_or_last(issuers, |issuer| (valid(issuer), issuer.not_after));
                // One that was not sent is found missing by another rule.
                if taken.is_some_and(|taken| taken.fingerprint != next.fingerprint) {
                    return false;
                }
                head = next;
            }
        }
    }
}

fn is_root_of(root: &Root, child: &Certificate) -> bool {
    let by_key = match (&child.authority_key_id, &root.key_id) {
        (Some(authority), Some(subject)) => authority == subject,
        _ => true,
    };
    root.subject_id == child.issuer_id && by_key
}

/// The first that is valid, else the first of those that end last.
fn first_or_last<'a, T>(mut among: impl Iterator<Item = &'a T>, rank: impl Fn(&T) -> (bool, Time)) -> Option<&'a T> {
    let mut last: Option<&T> = None;
    among
        .find(|one| {
            let (valid, end) = rank(one);
            if last.is_none_or(|last| end > rank(last).1) {
                last = Some(one);
            }
            valid
        })
        .or(last)
}

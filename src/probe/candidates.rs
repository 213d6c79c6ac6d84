//! Certificates that can be on a path from a leaf, out of all that are at hand.
//!
//! Whoever chooses the certificates chooses how much work it is to try them: a search over n certificates of one name
//! takes n! steps. Hence a few of each name, those first that the certificates point to.

use std::collections::HashSet;
use std::sync::Arc;

use crate::model::{Certificate, Fingerprint, Time};

/// Of one subject: real cross-signing takes two or three.
const MOST_PER_SUBJECT: usize = 4;
/// In all: a real chain has four.
const MOST: usize = 24;

/// Possible issuers of `leaf`, theirs, and so on: nearest first, each once, the most promising of each name first.
pub(super) fn of<'a>(
    leaf: &'a Certificate,
    others: impl Iterator<Item = &'a Arc<Certificate>>,
    now: Time,
) -> Vec<&'a Arc<Certificate>> {
    let mut known = HashSet::from([leaf.fingerprint]);
    let others: Vec<&Arc<Certificate>> = others.filter(|other| known.insert(other.fingerprint)).collect();
    let mut found: Vec<&Arc<Certificate>> = Vec::new();
    let mut asked: HashSet<Fingerprint> = HashSet::new();
    let mut wanted: Vec<&Certificate> = vec![leaf];
    while let Some(child) = wanted.pop() {
        if !asked.insert(child.issuer_id) {
            continue;
        }
        let mut issuers: Vec<&Arc<Certificate>> =
            others.iter().copied().filter(|other| other.subject_id == child.issuer_id).collect();
        let is_valid = |issuer: &Certificate| (issuer.not_before..=issuer.not_after).contains(&now);
        issuers.sort_by_key(|issuer| (!child.is_named_issuer(issuer), !is_valid(issuer)));
        issuers.truncate(MOST_PER_SUBJECT.min(MOST - found.len()));
        found.extend(&issuers);
        wanted.splice(0..0, issuers.into_iter().map(|issuer| &**issuer));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Clock as _, SystemClock};
    use crate::probe::rig::Authority;

    fn read(authority: &Authority) -> Arc<Certificate> {
        Arc::new(Certificate::parse(&authority.der).unwrap())
    }

    #[test]
    fn what_links_up_is_taken_once_and_the_rest_is_left() {
        let root = Authority::root("Root");
        let (policy, strange) = (root.intermediate("Policy", |_| ()), Authority::root("Strange"));
        let issuing = policy.intermediate("Issuing", |_| ());
        let (leaf, _) = issuing.leaf(|_| ());
        let leaf = Certificate::parse(&leaf).unwrap();
        let others = [&strange, &policy, &issuing, &policy].map(read);
        let names: Vec<_> =
            of(&leaf, others.iter(), SystemClock.now()).iter().map(|ca| ca.display_name().to_string()).collect();
        assert_eq!(names, ["Issuing", "Policy"]);
    }

    #[test]
    fn a_crowd_of_one_name_is_thinned_out_and_the_right_one_stays() {
        let root = Authority::root("Root");
        let mut crowd: Vec<Arc<Certificate>> = (0..100).map(|_| read(&root.intermediate("Issuing", |_| ()))).collect();
        let issuing = root.intermediate("Issuing", |_| ());
        let (leaf, _) = issuing.leaf(|leaf| leaf.use_authority_key_identifier_extension = true);
        crowd.push(read(&issuing));
        let leaf = Certificate::parse(&leaf).unwrap();
        let found = of(&leaf, crowd.iter(), SystemClock.now());
        assert_eq!(found.len(), MOST_PER_SUBJECT);
        assert_eq!(found[0].fingerprint, crowd[100].fingerprint);
    }
}

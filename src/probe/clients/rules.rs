//! One rule a function: what stands between a client and a path.

use rustls_pki_types::ServerName;

use super::profile::Profile;
use super::{Scene, is_public, quoted};
use crate::model::{Certificate, ClientClass, KeyAlgorithm, PathRefusal, San, SignatureInfo, Time};
use crate::probe::routes::Route;
use crate::probe::trust::is_pattern_for;

/// What stands in the way, in a sentence's predicate; `None` when nothing does.
pub(super) type Objection = Option<String>;

/// In the order in which a path's faults are told.
pub(super) const RULES: [fn(&Profile, &Scene<'_>, &Route<'_>) -> Objection; 9] =
    [sent, dates, root_dates, root_kind, length, keys, signatures, lifetime, otherwise];

/// Too many certificates.
pub(super) fn number_sent(profile: &Profile, scene: &Scene<'_>) -> Objection {
    let (sent, most) = (scene.sent.len(), profile.most_sent);
    (sent > most).then(|| format!("takes at most {most} certificates, and {sent} are sent"))
}

/// The name asked for.
pub(super) fn name(profile: &Profile, scene: &Scene<'_>) -> Objection {
    if scene.trust.name_matches {
        return None;
    }
    let leaf = scene.sent.first()?;
    let ServerName::DnsName(wanted) = scene.name else {
        return Some("finds another name in the certificate".to_owned());
    };
    let by_common_name = !leaf.sans.iter().any(|san| matches!(san, San::Dns(_)))
        && leaf.common_name.as_ref().is_some_and(|common| is_pattern_for(common.as_str(), wanted.as_ref()));
    match (by_common_name, profile.reads_common_name) {
        (true, true) => None,
        (true, false) => Some("ignores the common name, and there is no alternative name".to_owned()),
        (false, _) => Some("finds another name in the certificate".to_owned()),
    }
}

/// Certificates that were not sent.
fn sent(profile: &Profile, scene: &Scene<'_>, route: &Route<'_>) -> Objection {
    if profile.completes {
        return None;
    }
    let is_sent = |used: &Certificate| scene.sent.iter().any(|sent| sent.fingerprint == used.fingerprint);
    let missing = route.certificates.iter().find(|used| !is_sent(used))?;
    Some(format!("needs {}, which is not sent", quoted(missing)))
}

/// Validity of leaf and intermediates.
fn dates(_: &Profile, scene: &Scene<'_>, route: &Route<'_>) -> Objection {
    route.certificates.iter().find_map(|certificate| {
        if scene.now < certificate.not_before {
            Some(format!("finds {} not valid before {}", quoted(certificate), certificate.not_before))
        } else if scene.now > certificate.not_after {
            Some(format!("finds {} expired since {}", quoted(certificate), certificate.not_after))
        } else {
            None
        }
    })
}

/// Validity of the root.
fn root_dates(profile: &Profile, scene: &Scene<'_>, route: &Route<'_>) -> Objection {
    let out = profile.dates_roots && !route.root.is_in_time(scene.now);
    out.then(|| format!("finds the root “{}” expired since {}", route.anchor, route.root.not_after))
}

/// Anchors that are no roots.
fn root_kind(profile: &Profile, _: &Scene<'_>, route: &Route<'_>) -> Objection {
    let partial = !profile.ends_anywhere && !route.store.has_root_above(route.root);
    partial.then(|| format!("wants a self-signed root, and “{}” is none", route.anchor))
}

/// Intermediates on the path.
fn length(profile: &Profile, scene: &Scene<'_>, route: &Route<'_>) -> Objection {
    let issuers = route.certificates.len() - 1;
    let is_in_order = || scene.sent.windows(2).all(|pair| pair[0].issuer_id == pair[1].subject_id);
    if issuers > profile.most_issuers {
        let most = profile.most_issuers;
        return Some(format!("goes by at most {most} intermediates, and there are {issuers}"));
    }
    let most = profile.most_unordered;
    (issuers > most && !is_in_order())
        .then(|| format!("puts at most {most} intermediates in order, and there are {issuers}"))
}

/// Kinds and sizes of keys.
fn keys(profile: &Profile, _: &Scene<'_>, route: &Route<'_>) -> Objection {
    let mut refused = route.certificates.iter().filter(|certificate| {
        let key = &certificate.key;
        match &key.algorithm {
            KeyAlgorithm::Rsa => (1..profile.rsa).contains(&key.bits),
            // No class has had smaller curves for years.
            KeyAlgorithm::Ecdsa(_) => (1..224).contains(&key.bits),
            KeyAlgorithm::Dsa => true,
            KeyAlgorithm::Ed25519 => !profile.edwards.0,
            KeyAlgorithm::Ed448 => !profile.edwards.1,
            KeyAlgorithm::Other(_) => false,
        }
    });
    refused.next().map(|certificate| format!("does not take the {} key of {}", certificate.key, quoted(certificate)))
}

/// Signatures built on SHA-1 or worse.
fn signatures(profile: &Profile, _: &Scene<'_>, route: &Route<'_>) -> Objection {
    let takes_sha1 = profile.takes_private_sha1 && !is_public(route.store);
    let takes = |name: &str| takes_sha1 && name.to_ascii_lowercase().contains("sha1");
    let is_refused = |signature: &SignatureInfo| signature.weak && !takes(&signature.name);
    let refused = route.certificates.iter().find(|certificate| is_refused(&certificate.signature))?;
    Some(format!("does not take the {} signature of {}", refused.signature.name, quoted(refused)))
}

/// Lifetimes below public roots.
fn lifetime(profile: &Profile, _: &Scene<'_>, route: &Route<'_>) -> Objection {
    /// 2020-09-01.
    const SINCE: Time = Time::from_secs(1_598_918_400);
    const DAY: u64 = 86_400;
    let (days, leaf) = (profile.public_days?, route.certificates.first()?);
    let seconds = leaf.lifetime().as_secs();
    let is_long = &*route.store.name == "mozilla" && leaf.not_before >= SINCE && seconds > days * DAY;
    is_long.then(|| format!("takes at most {days} days below a public root, and it lives {}", seconds.div_ceil(DAY)))
}

/// What our verifier has against the path, where it is nothing that a rule above is about.
fn otherwise(profile: &Profile, _: &Scene<'_>, route: &Route<'_>) -> Objection {
    let (reason, detail) = route.refusal.as_ref()?;
    let is_ruled = match reason {
        PathRefusal::Expired | PathRefusal::NotYetValid | PathRefusal::UnsupportedAlgorithm => true,
        // Our verifier's words for a key that is too small for it.
        PathRefusal::BadSignature => route.certificates.iter().any(|certificate| certificate.key.bits < 2048),
        PathRefusal::CaConstraint => {
            profile.takes_authority && route.certificates.first().is_some_and(|leaf| leaf.is_ca == Some(true))
        }
        PathRefusal::ExtendedKeyUsage => {
            let permits = |usage: &String| usage == "serverAuth";
            let leaf = route.certificates.first();
            !profile.nests_usages
                && leaf.is_some_and(|leaf| {
                    leaf.extended_key_usage.is_empty() || leaf.extended_key_usage.iter().any(permits)
                })
        }
        // Longer than our verifier goes, whatever the authorities allow.
        PathRefusal::PathLength => route.certificates.len() > 7,
        _ => false,
    };
    let is_ours = profile.client == ClientClass::Rustls;
    (is_ours || !is_ruled).then(|| format!("refuses the path: {detail}"))
}

//! A server that refuses our hello without saying why: what it accepts of others, against what ours offers.

use super::reading::Reading;
use super::rules::{self, Rule};
use super::words;
use crate::model::{Negotiation, OFFERED_GROUPS, OFFERED_SCHEMES, OFFERED_SUITES, TlsVersion, VersionSuites};

/// What is not shared; the first reading where hellos of other kinds do not say.
pub(super) fn refine(reading: Reading, negotiation: &Negotiation) -> Reading {
    let is_open = reading.rule.code == rules::HS_NO_SHARED_CIPHER.code;
    let is_known = !negotiation.suites.is_empty() && negotiation.suites.iter().all(|version| version.complete);
    if !is_open || !is_known {
        return reading;
    }
    let is_shared = |version: &&VersionSuites| version.suites.iter().any(|suite| OFFERED_SUITES.contains(suite));
    let mut shared = negotiation.suites.iter().filter(is_shared).peekable();
    if shared.peek().is_none() {
        return Reading::certain(&rules::HS_NO_SHARED_CIPHER);
    }
    let lacks_group = |version: &VersionSuites| {
        let is_tls13 = version.version == TlsVersion::TLS13;
        let groups = if is_tls13 { &negotiation.groups } else { &negotiation.legacy_groups };
        !groups.is_empty() && !groups.iter().any(|group| OFFERED_GROUPS.contains(group))
    };
    if shared.all(lacks_group) {
        return Reading::certain(&rules::HS_NO_SHARED_GROUP);
    }
    let schemes = &negotiation.signature_schemes;
    if !schemes.is_empty() && !schemes.iter().any(|scheme| OFFERED_SCHEMES.contains(scheme)) {
        return Reading::certain(&rules::HS_NO_SHARED_SIGALG);
    }
    reading
}

/// What the server accepts where nothing of it is ours.
pub(super) fn facts(rule: &Rule, negotiation: &Negotiation) -> Vec<(&'static str, String)> {
    let list = |names: Vec<String>| words::list(names.iter().cloned(), names.len());
    let shown = |name, names: Vec<String>| if names.is_empty() { Vec::new() } else { vec![(name, list(names))] };
    match rule.code {
        code if code == rules::HS_NO_SHARED_CIPHER.code => {
            shown("suites accepted", negotiation.all_suites().iter().map(ToString::to_string).collect())
        }
        code if code == rules::HS_NO_SHARED_GROUP.code => {
            let groups = negotiation.groups.iter().chain(&negotiation.legacy_groups);
            shown("groups accepted", groups.map(ToString::to_string).collect())
        }
        code if code == rules::HS_NO_SHARED_SIGALG.code => {
            shown("schemes accepted", negotiation.signature_schemes.iter().map(ToString::to_string).collect())
        }
        _ => Vec::new(),
    }
}

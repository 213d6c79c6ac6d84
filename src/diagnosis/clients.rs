//! Which classes of clients accept a chain, where they disagree.

use super::evidence::{AddressEvidence, Shown};
use super::fault::{Fault, Group};
use super::refusal::tell;
use super::rules;
use super::words;
use crate::model::{Certificate, ClientClass, ClientVerdict, Finding, Status};

pub(super) fn look<'a>(
    evidence: &AddressEvidence<'a>,
    shown: &Shown<'a>,
    leaf: &'a Certificate,
    faults: &mut Vec<Fault<'a>>,
) {
    let Some(paths) = evidence.paths_of(&shown.handshake.chain) else { return };
    let accepts = |verdict: &ClientVerdict| verdict.accepts;
    if paths.clients.iter().any(accepts) && !paths.clients.iter().all(accepts) {
        faults.push(Fault::shown(&rules::CHAIN_CLIENT_IMPACT, shown, leaf, tell_impact));
    }
}

fn tell_impact(group: &Group<'_, '_>) -> Finding {
    let evidence = group.case.address(group.first.address);
    let paths = evidence.and_then(|evidence| evidence.paths_of(group.first.observation.chain()));
    let clients = paths.map_or(&[][..], |paths| &paths.clients);
    let (accepting, refusing): (Vec<_>, Vec<_>) = clients.iter().partition(|verdict| verdict.accepts);
    let reason = refusing.first().map_or_else(String::new, |first| format!("{} {}", one(first.client), first.why));
    let summary = format!(
        "{} is refused by {} and accepted by {}: {reason}",
        group.certificate(),
        names(&refusing),
        names(&accepting)
    );
    let told = clients.iter().map(|verdict| {
        let accepts = if verdict.accepts { "accepts" } else { "refuses" };
        (verdict.client.name(), format!("{accepts}: {}", verdict.why))
    });
    let mut finding = tell(group, summary, told.collect());
    finding.status = Status::Warning;
    finding
}

fn names(verdicts: &[&ClientVerdict]) -> String {
    let names: Vec<&str> = verdicts.iter().map(|verdict| all(verdict.client)).collect();
    match &names[..] {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        names => words::list(names.iter().map(|name| (*name).to_owned()), names.len()),
    }
}

const fn all(client: ClientClass) -> &'static str {
    match client {
        ClientClass::Browser => "browsers",
        other => other.name(),
    }
}

/// As the subject of a verb in the singular.
const fn one(client: ClientClass) -> &'static str {
    match client {
        ClientClass::Browser => "a browser",
        other => other.name(),
    }
}

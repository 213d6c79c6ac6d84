//! What is said of certificates that share a serial number or a key with others of the fleet.

use super::certificate::tell;
use super::command::Show;
use super::evidence::{Case, Shown};
use super::fault::{Fault, Group};
use super::rules;
use super::sharing::Holder;
use super::words::{self, coarse};
use crate::model::{Certificate, Finding, Impact, Status};

pub(super) fn look<'a>(case: &Case<'_>, shown: &Shown<'a>, leaf: &'a Certificate, faults: &mut Vec<Fault<'a>>) {
    let sharing = &case.observer.sharing;
    if sharing.doubles.contains_key(&leaf.fingerprint) {
        faults.push(Fault::shown(&rules::CERT_DUPLICATE_SERIAL, shown, leaf, tell_double));
    }
    if sharing.keys.contains_key(&leaf.spki) {
        faults.push(Fault::shown(&rules::CERT_KEY_REUSED, shown, leaf, tell_key));
    }
}

fn tell_double(group: &Group<'_, '_>) -> Finding {
    let sharing = &group.case.observer.sharing;
    let double = group.first.about.and_then(|leaf| sharing.doubles.get(&leaf.fingerprint));
    let mut finding = tell(group, Show::Dates, |leaf| {
        let other = double.map(|double| double.target.to_string()).unwrap_or_default();
        let (certificate, serial, issuer) = (group.certificate(), words::serial(leaf), &leaf.issuer_short);
        format!(
            "{certificate} has the serial number {serial} of “{issuer}”, which another certificate of {other} has, too"
        )
    });
    if let Some(double) = double {
        finding.evidence.0.push(("the other is served by", double.target.to_string()));
        finding.evidence.0.push(("the other's sha256", double.certificate.to_string()));
    }
    finding.status = Status::Warning;
    finding
}

fn tell_key(group: &Group<'_, '_>) -> Finding {
    let sharing = &group.case.observer.sharing;
    let sharers = group.first.about.and_then(|leaf| sharing.keys.get(&leaf.spki));
    let own = group.first.about.map(|leaf| leaf.fingerprint);
    let others = sharers.into_iter().flat_map(|sharers| &sharers.holders);
    let others: Vec<&Holder> = others.filter(|holder| Some(holder.certificate) != own).collect();
    let named = others.iter().map(|holder| format!("{} (serial {})", holder.target, words::end_of(&holder.serial)));
    let named = words::list(named, others.len());
    let revoked = group.first.about.and_then(|leaf| sharing.revoked_sharer(leaf));
    let mut finding = tell(group, Show::Chain, |_| match revoked {
        Some((at, _, reason)) => {
            let because = reason.as_ref().map_or_else(String::new, |reason| format!(" ({reason})"));
            let ago = coarse(group.case.now.since(*at));
            format!("{} has the key of a certificate that was revoked {ago} ago{because}: {named}", group.certificate())
        }
        None => format!("{} has the same key as other certificates: {named}", group.certificate()),
    });
    if let Some(leaf) = group.first.about {
        finding.evidence.0.push(("key (sha256)", leaf.spki.to_string()));
    }
    finding.evidence.0.push(("shared with", named));
    if let Some((at, fingerprint, reason)) = revoked {
        finding.evidence.0.push(("revoked", at.rfc3339()));
        finding.evidence.0.push(("revoked certificate (sha256)", fingerprint.to_string()));
        let is_compromised = reason.as_ref().is_some_and(|reason| reason.as_str() == "keyCompromise");
        finding.impact = Impact::Partial;
        finding.status = if is_compromised { Status::Critical } else { Status::Warning };
        "Issue a certificate with a new key and deploy it: who has the revoked one's key can pose as this server."
            .clone_into(&mut finding.next.text);
    }
    finding
}

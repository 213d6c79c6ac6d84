//! What DNS says about a name's certificates, against what is served.

use super::command;
use super::evidence::{AddressEvidence, Case};
use super::fault::{Fault, Group};
use super::issuance::{self, Permission};
use super::rules;
use super::words;
use crate::model::{
    Certificate, Confidence, DnsRecords, Finding, Host, Protocol, RecordAnswer, San, Scope, Status, TlsaRecord,
};

pub(super) fn look<'a>(case: &Case<'a>, evidence: &AddressEvidence<'a>, faults: &mut Vec<Fault<'a>>) {
    let Some(records) = evidence.survey.and_then(|survey| survey.records.as_deref()) else { return };
    if is_contradicted(&records.tlsa) {
        faults.extend(Fault::surveyed(&rules::DNS_TLSA_MISMATCH, evidence, tell_tlsa));
    }
    let Some(leaf) = evidence.shown().and_then(|shown| shown.leaf()) else { return };
    if matches!(permission(case, records, leaf), Some(Permission::Refused)) {
        let fault = Fault::surveyed(&rules::DNS_CAA_MISMATCH, evidence, tell_caa);
        // Brands of an authority change hands.
        faults.extend(fault.map(|fault| Fault { about: Some(leaf), confidence: Confidence::Likely, ..fault }));
    }
}

/// Whether every usable record disagrees. Without DNSSEC the records say nothing (RFC 6698 section 4.1).
fn is_contradicted(tlsa: &RecordAnswer<TlsaRecord>) -> bool {
    tlsa.authenticated
        && !tlsa.records.is_empty()
        && tlsa.records.iter().all(|record| is_unusable(record) || record.matches == Some(false))
        && tlsa.records.iter().any(|record| record.matches == Some(false))
}

/// Values that nobody has assigned: clients skip such records (RFC 7671 section 4).
const fn is_unusable(record: &TlsaRecord) -> bool {
    record.usage > 3 || record.selector > 1 || record.matching > 2
}

/// What the records say about the leaf's issuer, if that is one whose names are known.
fn permission(case: &Case<'_>, records: &DnsRecords, leaf: &Certificate) -> Option<Permission> {
    if !matches!(case.target.host, Host::Name(_)) || records.caa.failure.is_some() {
        return None;
    }
    let name = case.target.verified_name();
    let is_exact = leaf.sans.iter().any(|san| matches!(san, San::Dns(dns) if dns.as_str().eq_ignore_ascii_case(&name)));
    issuance::permission(&records.caa.records, &leaf.issuer, !is_exact)
}

fn answer<'a>(group: &Group<'_, 'a>) -> Option<&'a DnsRecords> {
    group.first.survey.and_then(|survey| survey.records.as_deref())
}

fn tell_tlsa(group: &Group<'_, '_>) -> Finding {
    let who = group.who();
    let verb = words::verb(group.count(), "serves", "serve");
    let summary = format!("{who} {verb} a certificate that the name's TLSA records do not permit");
    let mut facts = Vec::new();
    let mut owner = String::new();
    if let Some(tlsa) = answer(group).map(|records| &records.tlsa) {
        owner = tlsa.owner.to_string();
        facts.push(("name", owner.clone()));
        facts.push(("expected", words::list(tlsa.records.iter().map(shown), tlsa.records.len())));
        facts.push(("authenticated", "by DNSSEC, says the resolver".to_owned()));
    }
    if let Some(leaf) = group.first.observation.chain().first() {
        facts.push(("served certificate (sha256)", leaf.fingerprint.to_string()));
        facts.push(("served key (sha256)", leaf.spki.to_string()));
    }
    let mut finding = group.finding(Scope::Address, summary, facts);
    // Mail servers and XMPP servers insist on it (RFC 7672, RFC 7673); browsers never look.
    let is_insisted_on = matches!(group.case.target.protocol, Protocol::Smtp | Protocol::XmppServer);
    if !is_insisted_on {
        finding.status = Status::Warning;
    }
    finding.next.command = Some(command::records(group.case, &owner, "TLSA"));
    finding
}

fn tell_caa(group: &Group<'_, '_>) -> Finding {
    let issuer = group.first.about.map(|leaf| leaf.issuer_short.to_string()).unwrap_or_default();
    let mut facts = Vec::new();
    let mut owner = String::new();
    let mut permitted = "nobody".to_owned();
    if let Some(caa) = answer(group).map(|records| &records.caa) {
        owner = caa.owner.to_string();
        let told = caa.records.iter().map(|record| format!("{} “{}”", record.tag, record.value));
        facts.push(("name", owner.clone()));
        facts.push(("caa", words::list(told, caa.records.len())));
        let names: Vec<String> = issuance::permitted(&caa.records);
        if !names.is_empty() {
            permitted = words::list(names.iter().cloned(), names.len());
        }
    }
    let target = words::target(group.case);
    let summary = format!("DNS lets {permitted} issue for {target}, not its certificate's issuer, “{issuer}”");
    facts.extend(group.first.about.map(|leaf| ("issuer", leaf.issuer.to_string())));
    let mut finding = group.finding(Scope::Certificate, summary, facts);
    finding.next.command = Some(command::records(group.case, &owner, "CAA"));
    finding
}

fn shown(record: &TlsaRecord) -> String {
    let TlsaRecord { usage, selector, matching, data, .. } = record;
    let end = data.char_indices().nth(16).map_or(data.len(), |(at, _)| at);
    let more = if end < data.len() { "…" } else { "" };
    format!("{usage} {selector} {matching} {}{more}", &data[..end])
}

//! What DNS says about the name's certificates and protocols, and whether its TLSA records agree with what is served.

use std::sync::Arc;

use tokio::time::Instant;

use super::Interview;
use super::http;
use crate::model::{Certificate, DnsRecords, Host, Protocol, TlsaRecord, Untrusted};
use crate::probe::records::{Subject, hexadecimal};

const QUESTION: &str = "dns";

/// The records; `None` for an address, and where the name is not looked up.
pub(super) async fn ask(interview: &Interview<'_>) -> Option<Arc<DnsRecords>> {
    let target = interview.target;
    let Host::Name(host) = &target.host else { return None };
    let dns = match interview.inner.resolver.dns_about(target) {
        Ok(dns) => dns,
        Err(reason) => {
            interview.leave(QUESTION, Untrusted::new(&reason));
            return None;
        }
    };
    let subject = Subject {
        host: host.to_string(),
        covered: target.servername.as_deref().unwrap_or(host).to_owned(),
        port: target.port,
        // Of each transport in its own name (RFC 6698 section 3).
        transport: if target.protocol == Protocol::H3 { "udp" } else { "tcp" },
        is_http: target.protocol == Protocol::H3 || http::is_expected(interview),
    };
    let deadline = interview.deadline.min(Instant::now() + interview.patience());
    let records = interview.inner.records.about(subject, dns, deadline).await;
    let chain = interview.seen.chain();
    if records.tlsa.records.is_empty() || chain.is_empty() {
        return Some(records);
    }
    let mut records = (*records).clone();
    for record in &mut records.tlsa.records {
        record.matches = agreement(record, chain);
    }
    Some(Arc::new(records))
}

/// Whether a record agrees with a chain (RFC 6698 section 2.1, RFC 7671 section 5); `None` where it cannot be told.
fn agreement(record: &TlsaRecord, chain: &[Arc<Certificate>]) -> Option<bool> {
    let (leaf, issuers) = chain.split_first()?;
    let is_match = |certificate: &Arc<Certificate>| Some(association(record, certificate)? == record.data);
    match record.usage {
        // The end entity's.
        1 | 3 => is_match(leaf),
        // An authority's: one that is not sent, as a root mostly is, cannot be compared.
        0 | 2 => {
            let mut matches = issuers.iter().map(is_match);
            let (any, unsent) = (matches.any(|one| one == Some(true)), record.usage == 0 || record.matching == 0);
            if any { Some(true) } else { (!unsent && association(record, leaf).is_some()).then_some(false) }
        }
        _ => None,
    }
}

/// What the record would say of this certificate, in hexadecimal.
fn association(record: &TlsaRecord, certificate: &Certificate) -> Option<String> {
    let chosen = match record.selector {
        0 => certificate.der.to_vec(),
        1 => public_key(certificate)?,
        _ => return None,
    };
    let digest = |algorithm| aws_lc_rs::digest::digest(algorithm, &chosen).as_ref().to_vec();
    let bytes = match record.matching {
        0 => chosen,
        1 => digest(&aws_lc_rs::digest::SHA256),
        2 => digest(&aws_lc_rs::digest::SHA512),
        _ => return None,
    };
    Some(hexadecimal(&bytes))
}

fn public_key(certificate: &Certificate) -> Option<Vec<u8>> {
    let (_, parsed) = x509_parser::parse_x509_certificate(&certificate.der).ok()?;
    Some(parsed.public_key().raw.to_vec())
}

#[cfg(test)]
#[path = "records_tests.rs"]
mod tests;

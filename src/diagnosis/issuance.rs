//! Whom CAA records permit to issue (RFC 8659), and by which names authorities know themselves there.

use crate::model::{CaaRecord, Untrusted};

/// What records say about one authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Permission {
    /// It may issue.
    Granted,
    /// It may not.
    Refused,
}

/// Whether the authority that calls itself `issuer` may issue; `None` when its names are not known.
///
/// `wildcard`: the name is covered by a wildcard only, for which `issuewild` counts before `issue` (section 4.3).
pub(super) fn permission(records: &[CaaRecord], issuer: &Untrusted, wildcard: bool) -> Option<Permission> {
    let (_, names) = AUTHORITIES.iter().find(|(organisation, _)| is_of(issuer, organisation))?;
    let tagged = |wanted: &str| records.iter().filter(|record| record.tag.as_str() == wanted).collect::<Vec<_>>();
    let (mut relevant, wild) = (tagged("issue"), tagged("issuewild"));
    if wildcard && !wild.is_empty() {
        relevant = wild;
    }
    // Properties that are critical and unknown forbid everybody; those without any that restrict permit everybody.
    let is_unknown = |record: &CaaRecord| record.critical && !KNOWN.contains(&record.tag.as_str());
    if records.iter().any(is_unknown) {
        return Some(Permission::Refused);
    }
    let granted = relevant.is_empty() || relevant.iter().any(|record| names.contains(&&*domain(record)));
    Some(if granted { Permission::Granted } else { Permission::Refused })
}

/// The names that `issue` and `issuewild` permit.
pub(super) fn permitted(records: &[CaaRecord]) -> Vec<String> {
    let issues = records.iter().filter(|record| matches!(record.tag.as_str(), "issue" | "issuewild"));
    let mut names: Vec<String> = issues.map(domain).filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The authority's name, without parameters.
fn domain(record: &CaaRecord) -> String {
    let value = record.value.as_str();
    value.split(';').next().unwrap_or_default().trim().trim_end_matches('.').to_ascii_lowercase()
}

/// `C=US, O=Let's Encrypt, CN=R11`.
fn is_of(issuer: &Untrusted, organisation: &str) -> bool {
    let mut parts = issuer.as_str().split([',', '+']).filter_map(|part| part.trim_start().strip_prefix("O="));
    parts.any(|name| name.starts_with(organisation))
}

/// Of the IANA registry of CAA properties.
const KNOWN: &[&str] = &["issue", "issuewild", "iodef", "contactemail", "contactphone", "issuemail", "issuevmc"];

/// The beginning of an issuer's organisation, and the names it recognises in CAA records, as its policies state them.
const AUTHORITIES: &[(&str, &[&str])] = &[
    ("Actalis", &["actalis.it"]),
    ("Amazon", &["amazon.com", "amazonaws.com", "amazontrust.com", "aws.amazon.com", "awstrust.com"]),
    ("Asseco Data Systems", &["certum.eu", "certum.pl"]),
    ("Buypass", &["buypass.com", "buypass.no"]),
    ("COMODO CA", SECTIGO),
    ("DigiCert", DIGICERT),
    ("GeoTrust", DIGICERT),
    ("GlobalSign", &["globalsign.com"]),
    ("GoDaddy.com", GODADDY),
    ("Google Trust Services", &["google.com", "pki.goog"]),
    ("IdenTrust", &["identrust.com"]),
    ("Let's Encrypt", &["letsencrypt.org"]),
    ("SSL Corp", &["ssl.com"]),
    ("Sectigo", SECTIGO),
    ("Starfield Technologies", GODADDY),
    ("SwissSign", &["swisssign.ch", "swisssign.com", "swisssign.net"]),
    ("Thawte", DIGICERT),
    ("ZeroSSL", SECTIGO),
];
const DIGICERT: &[&str] = &[
    "cybertrust.ne.jp",
    "digicert.com",
    "digicert.ne.jp",
    "geotrust.com",
    "rapidssl.com",
    "symantec.com",
    "thawte.com",
    "www.digicert.com",
];
const GODADDY: &[&str] = &["godaddy.com", "starfieldtech.com"];
const SECTIGO: &[&str] = &["comodo.com", "comodoca.com", "sectigo.com", "trust-provider.com", "usertrust.com"];

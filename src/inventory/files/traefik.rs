//! Traefik's `acme.json`: certificates and keys in base64 within JSON. The key of the account is not looked at.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::wiped;
use super::shelf::{Parts, Shelf, unreadable};
use super::text;

#[derive(Deserialize)]
struct Resolver<'a> {
    #[serde(borrow, default, rename = "Certificates")]
    certificates: Option<Vec<Entry<'a>>>,
}

/// Borrowed, so that no key is copied: base64 needs no escapes.
#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(default)]
    domain: Domain,
    #[serde(default)]
    certificate: &'a str,
    #[serde(default)]
    key: &'a str,
}

#[derive(Default, Deserialize)]
struct Domain {
    #[serde(default)]
    main: String,
}

/// The parts of all resolvers, numbered by certificate; none when it is no such file.
pub(super) fn parts(bytes: &[u8], shelf: &Shelf) -> Option<Parts> {
    let has = |word: &str| memchr::memmem::find(bytes, word.as_bytes()).is_some();
    if !(bytes.trim_ascii_start().starts_with(b"{") && has("\"Certificates\"") && has("\"certificate\"")) {
        return None;
    }
    let resolvers: BTreeMap<String, Resolver<'_>> = serde_json::from_slice(bytes).ok()?;
    let mut parts = Parts::default();
    let entries = resolvers.into_values().filter_map(|resolver| resolver.certificates).flatten();
    for (number, entry) in (1..).zip(entries) {
        for (what, coded) in [("certificate", entry.certificate), ("private key", entry.key)] {
            let decoded = wiped::base64(coded.as_bytes()).ok();
            let Some(found) = decoded.and_then(|decoded| text::parts(&decoded, shelf)) else {
                let held = unreadable(what, "its value is no PEM in base64");
                parts.add(number, None, Some(&entry.domain.main), held);
                continue;
            };
            for part in found.0 {
                parts.add(number, None, Some(&entry.domain.main), part.held);
            }
        }
    }
    if parts.0.is_empty() { None } else { Some(parts) }
}

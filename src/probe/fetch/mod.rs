//! What certificates point to, fetched under guard: issuers' certificates, revocation lists, OCSP answers.
//!
//! Whoever chose the certificate chose the URL, so every fetch is limited in size and time, goes only to addresses
//! the target's own address justifies, and is shown as evidence. Plain HTTP only: what is fetched is signed, and asking
//! over TLS whether TLS can be trusted goes round in a circle (RFC 5280 section 8).

mod aia;
mod bundle;
mod cache;
mod disk;
mod document;
mod exchange;
mod fetcher;
mod guard;
mod place;
mod ways;

pub(super) use self::aia::{Chase, Hunt};
#[cfg(any(test, fuzzing))]
pub(super) use self::bundle::certificates as published;
pub(super) use self::cache::{Obtained, Wanted};
pub(super) use self::document::{Document, Loaded, Unfetched};
pub(super) use self::fetcher::{Errand, Fetcher};
#[cfg(test)]
use self::guard::Guard;

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod proxied_tests;

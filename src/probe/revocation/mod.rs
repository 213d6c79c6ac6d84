//! Statements about revocation, read and verified: OCSP responses (RFC 6960) and revocation lists (RFC 5280 section 5).
//!
//! Bytes in, statement out: whose word it is, whether it is theirs, and whether it is about the certificate in
//! question. Fetching them is another matter.

mod asn1;
#[cfg(test)]
pub(in crate::probe) mod bench;
mod case;
mod crl;
mod issuer;
mod points;
mod reason;
mod request;
mod response;
mod signature;
mod statement;

pub(super) use self::case::Case;
pub(super) use self::crl::RevocationList;
pub(super) use self::issuer::Issuer;
pub(super) use self::points::{DistributionPoint, distribution_points};
pub(super) use self::request::Request;
pub(super) use self::response::{is_answer, read as read_response, repeats};
pub(super) use self::statement::Statement;

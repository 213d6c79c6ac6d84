//! Revocation lists (RFC 5280 section 5): read where they lie, however long.

use std::ops::ControlFlow;

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode as _, Reader as _, SliceReader, Tag, Tagged as _};

use super::asn1::{Extension, Moment, each, elements, has_tag, inner};
use super::case::Case;
use super::issuer::Issuer;
use super::points::{DistributionPoint, OutOfScope, scope};
use super::reason;
use super::signature::Signed;
use super::statement::Statement;
use crate::model::{RevocationState, Time, Untrusted, distinguished_name};

/// A list as it came, of version 1 or 2. Nothing in it is believed yet.
#[derive(Debug)]
pub(in crate::probe) struct RevocationList<'a> {
    signed: Signed<'a>,
    issuer: &'a [u8],
    this_update: Time,
    next_update: Option<Time>,
    /// The content of the SEQUENCE of revoked certificates: a hundred thousand of them are not unusual.
    entries: &'a [u8],
    extensions: Vec<Extension<'a>>,
}

/// More extensions than a list needs.
const MOST_EXTENSIONS: usize = 64;

const CRL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.20");
const REASON_CODE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.21");
const DELTA_INDICATOR: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.27");
const ISSUING_POINT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.28");
const AUTHORITY_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");

impl<'a> RevocationList<'a> {
    pub(in crate::probe) fn parse(der: &'a [u8]) -> der::Result<Self> {
        let signed = Signed::read(der)?;
        AnyRef::from_der(signed.content)?.sequence(|reader| {
            // Absent in version 1.
            if Tag::peek(reader)? == Tag::Integer {
                reader.decode::<AnyRef<'_>>()?;
            }
            reader.decode::<AnyRef<'_>>()?.tag().assert_eq(Tag::Sequence)?;
            let issuer = reader.tlv_bytes()?;
            let this_update = reader.decode::<Moment>()?.into();
            let next_update = reader.decode::<Option<Moment>>()?.map(Time::from);
            let (mut entries, mut extensions) = (&[][..], Vec::new());
            while !reader.is_finished() {
                let part = reader.decode::<AnyRef<'_>>()?;
                if part.tag() == Tag::Sequence {
                    entries = part.value();
                } else if has_tag(part, 0) {
                    let found = elements(inner(part, 0)?.value(), MOST_EXTENSIONS)?;
                    extensions = found.into_iter().map(Extension::from_der).collect::<der::Result<_>>()?;
                }
            }
            Ok(Self { signed, issuer, this_update, next_update, entries, extensions })
        })
    }

    /// Whether it was signed by this issuer, with the right to; else why not.
    pub(in crate::probe) fn verify(&self, issuer: &Issuer) -> Result<(), String> {
        if !same_name(self.issuer, &issuer.name) {
            return Err(format!("it is the list of {}", distinguished_name(self.issuer)));
        }
        if !issuer.signs_lists {
            return Err("its signer was not given the right to sign lists".to_owned());
        }
        self.signed.verify(&issuer.spki).map_err(|bad| bad.to_string())
    }

    /// What a verified list of `point` says about the certificate of `case`.
    pub(in crate::probe) fn statement(&self, case: &Case, point: &DistributionPoint, now: Time) -> Statement {
        let state = self.state(case, point).unwrap_or_else(|reason| RevocationState::Invalid(Untrusted::new(&reason)));
        let (this_update, next_update) = (Some(self.this_update), self.next_update);
        Statement { state, this_update, next_update, produced_at: None }.in_time(now)
    }

    /// A list that cannot be relied upon, for this reason.
    pub(in crate::probe) fn doubted(&self, reason: &str) -> Statement {
        let (this_update, next_update) = (Some(self.this_update), self.next_update);
        Statement { this_update, next_update, ..Statement::invalid(reason) }
    }

    /// When news are due.
    pub(in crate::probe) const fn next_update(&self) -> Option<Time> {
        self.next_update
    }

    fn state(&self, case: &Case, point: &DistributionPoint) -> Result<RevocationState, String> {
        let unchecked = |words: &str| Ok(RevocationState::Unchecked(Untrusted::new(words)));
        if self.extension(DELTA_INDICATOR).is_some() {
            return unchecked("delta lists are not supported");
        }
        let known = [CRL_NUMBER, ISSUING_POINT, AUTHORITY_KEY];
        let unknown = |extension: &&Extension<'_>| extension.critical && !known.contains(&extension.id);
        if let Some(unknown) = self.extensions.iter().find(unknown) {
            return Err(format!("a critical extension of it, {}, is unknown", unknown.id));
        }
        let reasons = match self.extension(ISSUING_POINT).map(|value| scope(value, case, point)) {
            Some(Ok(reasons)) => reasons,
            None => None,
            Some(Err(OutOfScope::Foreign(words))) => return Err(words),
            Some(Err(OutOfScope::Unsupported(words))) => return unchecked(&words),
        };
        match (self.entry(&case.serial), reasons) {
            (Ok(Some(revoked)), _) => Ok(revoked),
            (Ok(None), None) => Ok(RevocationState::Good),
            (Ok(None), Some(reasons)) => unchecked(&format!("not in a list that covers only {reasons}")),
            (Err(error), _) => Err(format!("it cannot be read to its end: {error}")),
        }
    }

    fn extension(&self, id: ObjectIdentifier) -> Option<&'a [u8]> {
        self.extensions.iter().find(|extension| extension.id == id).map(|extension| extension.value)
    }

    /// The entry of a serial number.
    fn entry(&self, serial: &[u8]) -> der::Result<Option<RevocationState>> {
        let (wanted, mut found) = (significant(serial), Ok(None));
        each(self.entries, |entry| {
            let number =
                AnyRef::from_der(entry).and_then(|entry| AnyRef::decode(&mut SliceReader::new(entry.value())?));
            match number {
                Ok(number) if significant(number.value()) != wanted => return ControlFlow::Continue(()),
                Ok(_) => found = revoked(entry).map(Some),
                Err(error) => found = Err(error),
            }
            ControlFlow::Break(())
        })?;
        found
    }
}

fn revoked(entry: &[u8]) -> der::Result<RevocationState> {
    AnyRef::from_der(entry)?.sequence(|reader| {
        reader.decode::<AnyRef<'_>>()?;
        let at = reader.decode::<Moment>()?.into();
        let extensions: Vec<Extension<'_>> = reader.decode::<Option<Vec<Extension<'_>>>>()?.unwrap_or_default();
        let code = extensions.iter().find(|extension| extension.id == REASON_CODE);
        let reason = code.map(|code| Ok::<_, der::Error>(reason::name(AnyRef::from_der(code.value)?.value())));
        Ok(RevocationState::Revoked { at, reason: reason.transpose()? })
    })
}

/// A serial number without leading zeros, which some encoders leave or add.
fn significant(serial: &[u8]) -> &[u8] {
    &serial[serial.iter().position(|byte| *byte != 0).unwrap_or(serial.len())..]
}

/// Equal, or written alike in other string types.
fn same_name(one: &[u8], other: &[u8]) -> bool {
    one == other || distinguished_name(one) == distinguished_name(other)
}

#[cfg(test)]
#[path = "crl_tests.rs"]
mod tests;

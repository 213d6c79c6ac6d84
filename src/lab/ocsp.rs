//! OCSP responses (RFC 6960 section 4.2.1), written out by hand: no crate makes them for the few that the lab needs.

use std::time::Duration;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use der::asn1::AnyRef;
use der::{Decode as _, Reader as _, SliceReader, Tag};
use rcgen::{KeyPair, PublicKeyData as _, SigningKey as _};

use crate::model::Time;

/// An authority that speaks for itself.
#[derive(Clone, Copy)]
pub(super) struct Signer<'a> {
    /// Its name, as DER.
    pub(super) name: &'a [u8],
    /// ECDSA P-256.
    pub(super) key: &'a KeyPair,
}

/// What is said about a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Good,
    /// Since then: `keyCompromise`.
    Revoked(Time),
    /// Not one of ours.
    Unknown,
}

/// How long a statement holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
    pub(super) from: Time,
    pub(super) until: Time,
}

impl Term {
    /// A week that has just begun: clocks differ.
    pub(super) fn around(now: Time) -> Self {
        Self { from: now - Duration::from_hours(1), until: now + Duration::from_hours(7 * 24) }
    }

    /// A week that ended two days ago.
    pub(super) fn ended(now: Time) -> Self {
        Self { from: now - Duration::from_hours(9 * 24), until: now - Duration::from_hours(2 * 24) }
    }
}

/// The answer when none can be signed: `internalError`.
pub(super) const INTERNAL_ERROR: [u8; 5] = [0x30, 3, ENUMERATED, 1, 2];
/// The answer to a request about another authority's certificate: `unauthorized`.
pub(super) const UNAUTHORIZED: [u8; 5] = [0x30, 3, ENUMERATED, 1, 6];
/// The answer to anything else: `malformedRequest`.
pub(super) const MALFORMED: [u8; 5] = [0x30, 3, ENUMERATED, 1, 1];

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const ENUMERATED: u8 = 0x0a;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const KEY_COMPROMISE: u8 = 1;
/// `AlgorithmIdentifier` of SHA-1 and of ecdsa-with-SHA256 (RFC 5758 section 3.2).
const SHA1: [u8; 11] = [SEQUENCE, 9, 0x06, 5, 0x2b, 14, 3, 2, 26, 0x05, 0];
const ECDSA_SHA256: [u8; 12] = [SEQUENCE, 10, 0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
/// `id-pkix-ocsp-basic`, with tag and length.
const BASIC: [u8; 11] = [0x06, 9, 0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1];

impl Signer<'_> {
    /// The `CertID` of one of its certificates.
    pub(super) fn id(self, serial: u64) -> Vec<u8> {
        let hash = |bytes: &[u8]| tlv(OCTET_STRING, digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref());
        let hashes = [hash(self.name), hash(self.key.der_bytes())].concat();
        tlv(SEQUENCE, &[&SHA1[..], &hashes, &tlv(INTEGER, &integer(serial))].concat())
    }

    /// A signed answer about one of its certificates.
    pub(super) fn response(self, serial: u64, standing: Standing, term: Term) -> Result<Vec<u8>, rcgen::Error> {
        let status = match standing {
            Standing::Good => tlv(0x80, &[]),
            Standing::Revoked(at) => tlv(0xa1, &[time(at), tlv(0xa0, &tlv(ENUMERATED, &[KEY_COMPROMISE]))].concat()),
            Standing::Unknown => tlv(0x82, &[]),
        };
        let answer = [self.id(serial), status, time(term.from), tlv(0xa0, &time(term.until))].concat();
        let answers = tlv(SEQUENCE, &tlv(SEQUENCE, &answer));
        let data = tlv(SEQUENCE, &[tlv(0xa1, self.name), time(term.from), answers].concat());
        let signature = [&[0], &self.key.sign(&data)?[..]].concat();
        let basic = tlv(SEQUENCE, &[&data[..], &ECDSA_SHA256, &tlv(BIT_STRING, &signature)].concat());
        let bytes = tlv(SEQUENCE, &[&BASIC[..], &tlv(OCTET_STRING, &basic)].concat());
        Ok(tlv(SEQUENCE, &[tlv(ENUMERATED, &[0]), tlv(0xa0, &bytes)].concat()))
    }
}

/// The first `CertID` of a request (section 4.1.1), and its serial number where that may be one of ours.
pub(super) fn asked(request: &[u8]) -> der::Result<(&[u8], Option<u64>)> {
    let list = AnyRef::from_der(request)?.sequence(|reader| {
        let request = reader.decode::<AnyRef<'_>>()?;
        // A signature may follow.
        reader.drain(reader.remaining_len())?;
        der::Result::Ok(request)
    })?;
    let mut fields = SliceReader::new(list.value())?;
    let mut field = fields.decode::<AnyRef<'_>>()?;
    // Version and requestor, which are optional.
    while der::Tagged::tag(&field) != Tag::Sequence {
        field = fields.decode()?;
    }
    let first = SliceReader::new(field.value())?.decode::<AnyRef<'_>>()?;
    let id = SliceReader::new(first.value())?.tlv_bytes()?;
    let mut parts = SliceReader::new(AnyRef::from_der(id)?.value())?;
    for _ in 0..3 {
        parts.tlv_bytes()?;
    }
    let serial = parts.decode::<AnyRef<'_>>()?.value();
    let ours =
        |serial: &[u8]| (serial.len() <= 9).then(|| serial.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)));
    Ok((id, ours(serial)))
}

/// Tag, length and content; no content is longer than 65535 bytes.
pub(super) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let [.., high, low] = content.len().to_be_bytes();
    let head = match (high, low) {
        (0, 0..0x80) => vec![tag, low],
        (0, _) => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [&head[..], content].concat()
}

/// The shortest encoding that is not negative.
fn integer(number: u64) -> Vec<u8> {
    let bytes = [&[0], &number.to_be_bytes()[..]].concat();
    let spare = bytes.windows(2).take_while(|pair| pair[0] == 0 && pair[1] < 0x80).count();
    bytes[spare..].to_vec()
}

fn time(at: Time) -> Vec<u8> {
    tlv(GENERALIZED_TIME, at.strftime("%Y%m%d%H%M%SZ").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_lengths_are_the_shortest() {
        for (number, bytes) in [(0, &[0][..]), (0x7f, &[0x7f]), (0x80, &[0, 0x80]), (0x1234, &[0x12, 0x34])] {
            assert_eq!(integer(number), bytes, "{number}");
        }
        assert_eq!(integer(u64::MAX), [&[0][..], &[0xff; 8]].concat());
        for (length, head) in [(0, &[4, 0][..]), (127, &[4, 127]), (128, &[4, 0x81, 128]), (300, &[4, 0x82, 1, 44])] {
            assert!(tlv(4, &vec![0; length]).starts_with(head), "{length}");
        }
    }

    #[test]
    fn what_is_asked_is_read_back() {
        let key = KeyPair::generate().unwrap();
        let signer = Signer { name: &[0x30, 0], key: &key };
        let id = signer.id(0x80ff);
        let tbs = tlv(SEQUENCE, &tlv(SEQUENCE, &tlv(SEQUENCE, &id)));
        assert_eq!(asked(&tlv(SEQUENCE, &tbs)), Ok((&id[..], Some(0x80ff))));
        assert!(asked(b"").is_err() && asked(b"<html>").is_err());
    }
}

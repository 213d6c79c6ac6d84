//! One object in DER: what it is, by its shape.

use der::asn1::AnyRef;
use der::{Decode as _, Reader as _, SliceReader, Tag, Tagged};

/// What stands in DER by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Object {
    Certificate,
    EncryptedKey,
    Key,
    Pkcs12,
    Pkcs7,
    Request,
    RevocationList,
}

impl Object {
    /// What to call it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::EncryptedKey => "encrypted private key",
            Self::Key => "private key",
            Self::Pkcs12 => "PKCS#12",
            Self::Pkcs7 => "PKCS#7",
            Self::Request => "certificate request",
            Self::RevocationList => "revocation list",
        }
    }

    /// By the tags of its parts; none for what is not ours. Looks no deeper than it must, and copies nothing.
    pub(super) fn of(der: &[u8]) -> Option<Self> {
        let parts = children(der)?;
        match tags(&parts)[..] {
            [Tag::ObjectIdentifier, Tag::ContextSpecific { .. }] => is_signed_data(parts[0]).then_some(Self::Pkcs7),
            // PKCS#8, SEC1.
            [Tag::Integer, Tag::Sequence, Tag::OctetString, ..]
            | [Tag::Integer, Tag::OctetString, Tag::ContextSpecific { .. }, ..] => Some(Self::Key),
            // PKCS#1.
            [Tag::Integer, Tag::Integer, Tag::Integer, ..] => (parts.len() >= 9).then_some(Self::Key),
            [Tag::Integer, Tag::Sequence, ..] if parts[0].value() == [3] && parts.len() <= 3 => Some(Self::Pkcs12),
            [Tag::Sequence, Tag::OctetString] if begins_with_oid(parts[0]) => Some(Self::EncryptedKey),
            [Tag::Sequence, Tag::Sequence, Tag::BitString] if begins_with_oid(parts[1]) => signed(parts[0]),
            _ => None,
        }
    }
}

/// A certificate, a request or a list by what was signed (RFC 5280 sections 4.1 and 5.1, RFC 2986 section 4).
fn signed(signed: AnyRef<'_>) -> Option<Object> {
    let parts = within(signed.value())?;
    match tags(&parts)[..] {
        // The second is one without a version: the first one.
        [Tag::ContextSpecific { .. }, Tag::Integer, Tag::Sequence, ..]
        | [Tag::Integer, Tag::Sequence, Tag::Sequence, Tag::Sequence, ..] => Some(Object::Certificate),
        [Tag::Integer, Tag::Sequence, Tag::Sequence, Tag::UtcTime | Tag::GeneralizedTime, ..]
        | [Tag::Sequence, Tag::Sequence, Tag::UtcTime | Tag::GeneralizedTime, ..] => Some(Object::RevocationList),
        [Tag::Integer, Tag::Sequence, Tag::Sequence, ..] => Some(Object::Request),
        _ => None,
    }
}

fn is_signed_data(oid: AnyRef<'_>) -> bool {
    /// `signedData` (RFC 5652 section 5.1).
    const SIGNED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];
    oid.value() == SIGNED_DATA
}

fn begins_with_oid(sequence: AnyRef<'_>) -> bool {
    SliceReader::new(sequence.value())
        .and_then(|reader| Tag::peek(&reader))
        .is_ok_and(|tag| tag == Tag::ObjectIdentifier)
}

fn tags(parts: &[AnyRef<'_>]) -> Vec<Tag> {
    parts.iter().map(Tagged::tag).collect()
}

/// The first parts of a sequence.
fn children(der: &[u8]) -> Option<Vec<AnyRef<'_>>> {
    let outer = AnyRef::from_der(der).ok()?;
    if outer.tag() == Tag::Sequence { within(outer.value()) } else { None }
}

fn within(content: &[u8]) -> Option<Vec<AnyRef<'_>>> {
    /// No shape needs more.
    const MOST: usize = 10;
    let mut reader = SliceReader::new(content).ok()?;
    let mut parts = Vec::new();
    while !reader.is_finished() && parts.len() < MOST {
        parts.push(AnyRef::decode(&mut reader).ok()?);
    }
    Some(parts)
}

/// The elements of a sequence, tags and lengths included.
pub(super) fn parts(der: &[u8]) -> Option<Vec<&[u8]>> {
    all(inside(der, 0x30)?)
}

/// The elements one after the other, tags and lengths included.
pub(super) fn all(content: &[u8]) -> Option<Vec<&[u8]>> {
    let mut reader = SliceReader::new(content).ok()?;
    let mut parts = Vec::new();
    while !reader.is_finished() {
        parts.push(reader.tlv_bytes().ok()?);
    }
    Some(parts)
}

/// What is in an element of this tag.
pub(super) fn inside(element: &[u8], tag: u8) -> Option<&[u8]> {
    if element.first() == Some(&tag) { Some(AnyRef::from_der(element).ok()?.value()) } else { None }
}

/// Whether it is one sequence from its beginning to its end, and so are its parts.
pub(super) fn is_whole(der: &[u8]) -> bool {
    first(der) == Some(der) && children(der).is_some()
}

/// The first element of `bytes`, whole; none when it is cut off or no element.
pub(super) fn first(bytes: &[u8]) -> Option<&[u8]> {
    SliceReader::new(bytes).ok()?.tlv_bytes().ok()
}

/// The certificates of a `SignedData`, unparsed (RFC 5652 sections 3 and 5.1).
pub(super) fn pkcs7(der: &[u8]) -> der::Result<Vec<&[u8]>> {
    let mut reader = SliceReader::new(AnyRef::from_der(der)?.value())?;
    reader.tlv_bytes()?;
    let content = AnyRef::decode(&mut reader)?;
    let mut reader = SliceReader::new(AnyRef::from_der(content.value())?.value())?;
    let mut found = Vec::new();
    while !reader.is_finished() {
        let part = AnyRef::decode(&mut reader)?;
        if part.tag() == (Tag::ContextSpecific { constructed: true, number: der::TagNumber(0) }) {
            let mut set = SliceReader::new(part.value())?;
            while !set.is_finished() {
                found.push(set.tlv_bytes()?);
            }
        }
    }
    Ok(found)
}

//! Pieces of ASN.1 that several statements share.

use std::fmt::Write as _;
use std::ops::ControlFlow;

use der::asn1::{AnyRef, GeneralizedTime, ObjectIdentifier, UtcTime};
use der::{
    Choice, Decode as _, Encode as _, ErrorKind, Reader as _, Sequence, SliceReader, Tag, TagNumber, Tagged as _,
};

use crate::model::Time;

/// RFC 5280 section 4.1.1.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Sequence)]
pub(super) struct AlgorithmIdentifier<'a> {
    pub(super) algorithm: ObjectIdentifier,
    pub(super) parameters: Option<AnyRef<'a>>,
}

/// RFC 5280 section 4.1.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct Extension<'a> {
    pub(super) id: ObjectIdentifier,
    #[asn1(default = "Default::default")]
    pub(super) critical: bool,
    #[asn1(type = "OCTET STRING")]
    pub(super) value: &'a [u8],
}

/// RFC 5280 section 4.1.2.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(super) enum Moment {
    #[asn1(type = "UTCTime")]
    Utc(UtcTime),
    #[asn1(type = "GeneralizedTime")]
    General(GeneralizedTime),
}

impl From<Moment> for Time {
    fn from(moment: Moment) -> Self {
        match moment {
            Moment::Utc(utc) => Self::default() + utc.to_unix_duration(),
            Moment::General(general) => time(general),
        }
    }
}

pub(super) fn time(general: GeneralizedTime) -> Time {
    Time::default() + general.to_unix_duration()
}

/// The value inside an explicit tag of this number.
pub(super) fn inner(tagged: AnyRef<'_>, number: u32) -> der::Result<AnyRef<'_>> {
    tagged.tag().assert_eq(Tag::ContextSpecific { constructed: true, number: TagNumber(number) })?;
    AnyRef::from_der(tagged.value())
}

/// Whether a value has the context-specific tag of this number.
pub(super) fn has_tag(value: AnyRef<'_>, wanted: u32) -> bool {
    matches!(value.tag(), Tag::ContextSpecific { number, .. } if number == TagNumber(wanted))
}

/// The values of a `SEQUENCE OF` or `SET OF`, given its content, each with its tag and length; `visit` may end it early.
pub(super) fn each<'a>(content: &'a [u8], mut visit: impl FnMut(&'a [u8]) -> ControlFlow<()>) -> der::Result<()> {
    let mut reader = SliceReader::new(content)?;
    while !reader.is_finished() {
        if visit(reader.tlv_bytes()?).is_break() {
            return Ok(());
        }
    }
    Ok(())
}

/// All of them, when they are at most `most`.
pub(super) fn elements(content: &[u8], most: usize) -> der::Result<Vec<&[u8]>> {
    let mut found = Vec::new();
    each(content, |element| {
        found.push(element);
        if found.len() > most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    if found.len() > most { Err(ErrorKind::Overlength.into()) } else { Ok(found) }
}

/// Bytes in hexadecimal, for people.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A SEQUENCE around `content`.
pub(super) fn sequence(content: &[u8]) -> der::Result<Vec<u8>> {
    AnyRef::new(Tag::Sequence, content)?.to_der()
}

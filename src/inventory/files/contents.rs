//! What bytes are, by what they say and never by a file's name.

use super::object::{self, Object};
use super::sealed::Effort;
use super::shelf::{Parts, Shelf, unreadable};
use super::{jks, kubeconfig, pem, pkcs12, text, traefik};
use crate::model::{FileContent, FileFormat};

/// How far a file has to be read to know that it is none of ours.
pub(super) const PROSPECT: usize = 64 * 1024;

/// Whether a file that begins so may hold something of ours further on.
pub(super) fn is_promising(beginning: &[u8]) -> bool {
    let is_text = || memchr::memchr(0, &beginning[..beginning.len().min(8192)]).is_none();
    is_ours(beginning) || is_text()
}

/// Whether a beginning shows already that there is something of ours.
pub(super) fn is_ours(beginning: &[u8]) -> bool {
    jks::format(beginning).is_some() || looks_like_der(beginning) || pem::is_in(beginning)
}

/// Reads what is of ours; none when nothing is.
pub(super) fn read(bytes: &[u8], shelf: &Shelf) -> Option<FileContent> {
    if let Some(format) = jks::format(bytes) {
        return Some(jks::read(format, bytes, shelf));
    }
    if looks_like_der(bytes) {
        return der(bytes, shelf);
    }
    if let Some(parts) = kubeconfig::parts(bytes, shelf) {
        return Some(FileContent::Parts { format: FileFormat::Kubeconfig, parts: parts.0 });
    }
    if let Some(parts) = traefik::parts(bytes, shelf) {
        return Some(FileContent::Parts { format: FileFormat::Traefik, parts: parts.0 });
    }
    if !pem::is_in(bytes) {
        return None;
    }
    let parts = text::parts(bytes, shelf)?;
    Some(FileContent::Parts { format: FileFormat::Pem, parts: parts.0 })
}

/// A sequence that says its length: short ones are keys, those without a length are BER.
fn looks_like_der(bytes: &[u8]) -> bool {
    matches!(bytes, [0x30, length, 0x02 | 0x06 | 0x30, ..] if *length < 0x80)
        || matches!(bytes, [0x30, 0x80..=0x84, ..])
}

/// One object after the other, as far as they are ours.
fn der(bytes: &[u8], shelf: &Shelf) -> Option<FileContent> {
    let Some(whole) = object::first(bytes) else { return broken(bytes) };
    match Object::of(whole)? {
        Object::Pkcs12 => return Some(pkcs12::read(whole, shelf)),
        Object::Pkcs7 => {
            let mut parts = Parts::default();
            text::of_pkcs7(whole, (1, Some(0)), shelf, &mut parts);
            return Some(FileContent::Parts { format: FileFormat::Pkcs7, parts: parts.0 });
        }
        _ => {}
    }
    let (mut parts, mut at, effort) = (Parts::default(), 0, Effort::default());
    for number in 1.. {
        let rest = bytes.get(at..).filter(|rest| !rest.is_empty());
        let Some(rest) = rest.filter(|_| !parts.is_full()) else { break };
        let found = object::first(rest).and_then(|whole| Some((Object::of(whole)?, whole)));
        let Some((object, whole)) = found else {
            parts.add(number, Some(at), None, unreadable("rest of the file", "it is no object that is known here"));
            break;
        };
        parts.add(number, Some(at), None, text::held(object, whole, shelf, &effort));
        at += whole.len();
    }
    Some(FileContent::Parts { format: FileFormat::Der, parts: parts.0 })
}

/// A beginning of ours without a proper end: cut off, or in the form without lengths that only BER allows.
fn broken(bytes: &[u8]) -> Option<FileContent> {
    /// `ContentInfo` of `SignedData`, and PKCS#12's version 3.
    const IN_BER: [(&[u8], FileFormat); 2] = [
        (&[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02], FileFormat::Pkcs7),
        (&[0x02, 0x01, 0x03], FileFormat::Pkcs12),
    ];
    let (format, what, reason) = if bytes.get(1) == Some(&0x80) {
        let (_, format) = IN_BER.into_iter().find(|(beginning, _)| bytes[2..].starts_with(beginning))?;
        (format, format.name(), "it is BER without lengths, and only DER can be read".to_owned())
    } else {
        let length = declared(bytes).filter(|_| begins_a_certificate(bytes))?;
        let reason = format!("it ends after {} of {length} bytes", bytes.len());
        (FileFormat::Der, Object::Certificate.name(), reason)
    };
    let mut parts = Parts::default();
    parts.add(1, Some(0), None, unreadable(what, &reason));
    Some(FileContent::Parts { format, parts: parts.0 })
}

/// The length that a sequence says it has, its own header included.
fn declared(bytes: &[u8]) -> Option<usize> {
    let header = header(bytes)?;
    let length = bytes.get(2..header)?.iter().fold(0_usize, |length, digit| (length << 8) | usize::from(*digit));
    Some(length + header)
}

/// Two sequences and the explicit version of X.509 (RFC 5280 section 4.1).
fn begins_a_certificate(bytes: &[u8]) -> bool {
    let inner = header(bytes).and_then(|at| bytes.get(at..)).filter(|inner| inner.first() == Some(&0x30));
    inner.is_some_and(|inner| header(inner).is_some_and(|at| inner[at..].starts_with(&[0xA0, 0x03, 0x02])))
}

/// Bytes before a sequence's content, where its length takes several.
fn header(bytes: &[u8]) -> Option<usize> {
    let count = bytes.get(1).filter(|length| matches!(length, 0x81..=0x84))? & 0x7F;
    let header = 2 + usize::from(count);
    (bytes.len() >= header).then_some(header)
}

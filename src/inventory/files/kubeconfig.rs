//! Configurations of `kubectl`: certificates and keys in base64 within YAML or JSON.
//!
//! Read line by line for three keys, which `kubectl` writes on a line each: the rest, tokens and passwords among it,
//! is not looked at.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::shelf::{Parts, Shelf, unreadable};
use super::text;

const KEYS: [&[u8]; 3] = [b"certificate-authority-data", b"client-certificate-data", b"client-key-data"];

/// The parts of a configuration; none when the text is no such thing.
pub(super) fn parts(bytes: &[u8], shelf: &Shelf) -> Option<Parts> {
    if !KEYS.iter().any(|key| memchr::memmem::find(bytes, key).is_some()) {
        return None;
    }
    let mut parts = Parts::default();
    let (mut at, mut number) = (0, 0);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let offset = Some(at);
        at += line.len();
        let Some((key, value)) = value(line) else { continue };
        number += 1;
        let decoded = STANDARD.decode(value).map(Zeroizing::new);
        let Some(found) = decoded.ok().and_then(|decoded| text::parts(&decoded, shelf)) else {
            let key = String::from_utf8_lossy(key);
            parts.add(number, offset, None, unreadable(&key, "its value is no PEM in base64"));
            continue;
        };
        for part in found.0 {
            parts.add(number, offset, None, part.held);
        }
    }
    if parts.0.is_empty() { None } else { Some(parts) }
}

/// Key and value of a line that has one of ours.
fn value(line: &[u8]) -> Option<(&'static [u8], &[u8])> {
    let (key, value) = line.split_at_checked(line.iter().position(|byte| *byte == b':')?)?;
    let key = KEYS.into_iter().find(|known| *known == bare(key))?;
    let value = bare(value);
    (!value.is_empty()).then_some((key, value))
}

/// Without the signs of YAML and JSON around it.
fn bare(text: &[u8]) -> &[u8] {
    let is_around = |byte: &u8| byte.is_ascii_whitespace() || b"\"',:-".contains(byte);
    let start = text.iter().position(|byte| !is_around(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !is_around(byte)).map_or(start, |last| last + 1);
    &text[start..end]
}

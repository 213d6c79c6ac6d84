//! Configurations of `kubectl`: certificates and keys in base64 within YAML or JSON.
//!
//! Read for three keys, whose values are on one line with them: the rest, tokens and passwords among it, is not looked
//! at.

use memchr::{memchr, memchr2, memmem, memrchr};

use super::super::wiped;
use super::shelf::{Parts, Shelf, unreadable};
use super::text;

const KEYS: [&str; 3] = ["certificate-authority-data", "client-certificate-data", "client-key-data"];

/// The parts of a configuration; none when the text is no such thing.
pub(super) fn parts(bytes: &[u8], shelf: &Shelf) -> Option<Parts> {
    let mut parts = Parts::default();
    for (number, (offset, key, value)) in (1..).zip(values(bytes)) {
        let decoded = wiped::base64(value).ok();
        let Some(found) = decoded.and_then(|decoded| text::parts(&decoded, shelf)) else {
            parts.add(number, Some(offset), None, unreadable(key, "its value is no PEM in base64"));
            continue;
        };
        for part in found.0 {
            parts.add(number, Some(offset), None, part.held);
        }
    }
    if parts.0.is_empty() { None } else { Some(parts) }
}

/// Every key of ours with its value, and where it is.
fn values(bytes: &[u8]) -> Vec<(usize, &'static str, &[u8])> {
    let of = |key: &'static str| {
        let places = memmem::find_iter(bytes, key).filter(|at| is_key(&bytes[..*at]));
        places.filter_map(move |at| Some((at, key, value(&bytes[at + key.len()..])?))).collect::<Vec<_>>()
    };
    let mut found: Vec<_> = KEYS.into_iter().flat_map(of).collect();
    found.sort_unstable_by_key(|(at, ..)| *at);
    found
}

/// Whether a key can follow: at the beginning of a line, or within an object of JSON.
fn is_key(before: &[u8]) -> bool {
    let line = &before[memrchr(b'\n', before).map_or(0, |end| end + 1)..];
    let is_first = line.iter().all(|byte| byte.is_ascii_whitespace() || b"\"'-".contains(byte));
    let in_object = line.strip_suffix(b"\"").map(<[u8]>::trim_ascii_end);
    is_first || in_object.and_then(<[u8]>::last).is_some_and(|last| b"{,".contains(last))
}

/// What is behind a key, without the signs of YAML and JSON around it.
fn value(rest: &[u8]) -> Option<&[u8]> {
    let line = &rest[..memchr2(b'\n', b'\r', rest).unwrap_or(rest.len())];
    let unquoted = line.strip_prefix(b"\"").or_else(|| line.strip_prefix(b"'")).unwrap_or(line);
    let value = unquoted.trim_ascii_start().strip_prefix(b":")?.trim_ascii();
    let value = match value {
        [quote @ (b'"' | b'\''), rest @ ..] => &rest[..memchr(*quote, rest).unwrap_or(rest.len())],
        bare => bare.split(|byte| b",} \t".contains(byte)).next().unwrap_or_default(),
    };
    (!value.is_empty()).then_some(value)
}

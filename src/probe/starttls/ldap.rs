//! LDAP: the `StartTLS` extended operation (RFC 4511 section 4.14).

use super::notes::Notes;
use crate::probe::talk::{Stop, Stream, Talk};

/// `ExtendedRequest` number 1 for `1.3.6.1.4.1.1466.20037`.
const START_TLS: &[u8] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";
/// A response has names and a sentence in it.
const MOST_RESPONSE: usize = 8 * 1024;

pub(super) async fn upgrade<S: Stream>(talk: &mut Talk<S>, notes: &mut Notes) -> Result<(), Stop> {
    talk.say(START_TLS).await?;
    let Some(length) = length(talk).await? else { return Err(Stop::Foreign) };
    if length > MOST_RESPONSE {
        return Err(Stop::Garbled(format!("a response of {length} bytes")));
    }
    let message = talk.exactly(length).await?;
    let Some(response) = Response::read(&message) else { return Err(crate::probe::talk::garbled(&message)) };
    let words = notes.reply(response.words().as_bytes());
    match response.code {
        0 if response.number == 1 => Ok(()),
        // What a server says that does not know the operation (RFC 4511 section 4.12).
        2 if response.number == 1 => Err(Stop::NotOffered(format!("StartTLS is answered with “{words}”"))),
        // Number 0 is a notice of disconnection (section 4.4.1).
        _ => Err(Stop::Rejected(words)),
    }
}

/// The whole message's length, header included; `None` when it is no BER sequence.
async fn length<S: Stream>(talk: &mut Talk<S>) -> Result<Option<usize>, Stop> {
    if talk.at_least(1).await?.first() != Some(&SEQUENCE) {
        return Ok(None);
    }
    let mut have = 2;
    loop {
        let head = talk.at_least(have).await?;
        match header(head) {
            Header::Whole { start, length, .. } => return Ok(Some(start + length)),
            Header::Cut(needed) => have = needed,
            Header::Wrong => return Ok(None),
        }
    }
}

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const ENUMERATED: u8 = 0x0a;
const OCTET_STRING: u8 = 0x04;
/// `[APPLICATION 24]`.
const EXTENDED_RESPONSE: u8 = 0x78;

/// A tag and a length in BER; long forms of at most four bytes, indefinite ones not at all (RFC 4511 section 5.1).
enum Header {
    Cut(usize),
    Whole { tag: u8, start: usize, length: usize },
    Wrong,
}

fn header(bytes: &[u8]) -> Header {
    match bytes {
        [tag, short @ 0..=0x7f, ..] => Header::Whole { tag: *tag, start: 2, length: usize::from(*short) },
        [tag, long @ 0x81..=0x84, rest @ ..] => {
            let count = usize::from(long & 0x7f);
            let Some(digits) = rest.get(..count) else { return Header::Cut(2 + count) };
            let length = digits.iter().fold(0_usize, |length, digit| (length << 8) | usize::from(*digit));
            Header::Whole { tag: *tag, start: 2 + count, length }
        }
        [_, _, ..] => Header::Wrong,
        _ => Header::Cut(2),
    }
}

/// Cuts one element off.
fn element<'a>(bytes: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let Header::Whole { tag, start, length } = header(bytes) else { return None };
    let content = bytes.get(start..start.checked_add(length)?)?;
    *bytes = &bytes[start + length..];
    Some((tag, content))
}

fn number(content: &[u8]) -> Option<u32> {
    if content.is_empty() || content.len() > 4 {
        return None;
    }
    Some(content.iter().fold(0, |number, byte| (number << 8) | u32::from(*byte)))
}

/// An `ExtendedResponse`, as far as it matters here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Response {
    /// Of the request it answers; 0 for none.
    number: u32,
    code: u32,
    diagnostic: Vec<u8>,
}

impl Response {
    /// Reads an `LDAPMessage`.
    pub(super) fn read(message: &[u8]) -> Option<Self> {
        let mut rest = message;
        let (SEQUENCE, mut fields) = element(&mut rest)? else { return None };
        let (INTEGER, id) = element(&mut fields)? else { return None };
        let (EXTENDED_RESPONSE, mut result) = element(&mut fields)? else { return None };
        let (ENUMERATED, code) = element(&mut result)? else { return None };
        let (OCTET_STRING, _matched) = element(&mut result)? else { return None };
        let (OCTET_STRING, diagnostic) = element(&mut result)? else { return None };
        Some(Self { number: number(id)?, code: number(code)?, diagnostic: diagnostic.to_vec() })
    }

    fn words(&self) -> String {
        let name =
            name(self.code).map_or_else(|| format!("result {}", self.code), |name| format!("{name} ({})", self.code));
        let diagnostic = String::from_utf8_lossy(&self.diagnostic);
        if diagnostic.is_empty() { name } else { format!("{name}: {diagnostic}") }
    }
}

/// Result codes of RFC 4511 section 4.1.9 that answer this operation.
const fn name(code: u32) -> Option<&'static str> {
    Some(match code {
        0 => "success",
        1 => "operationsError",
        2 => "protocolError",
        8 => "strongerAuthRequired",
        11 => "adminLimitExceeded",
        12 => "unavailableCriticalExtension",
        13 => "confidentialityRequired",
        50 => "insufficientAccessRights",
        51 => "busy",
        52 => "unavailable",
        53 => "unwillingToPerform",
        80 => "other",
        _ => return None,
    })
}

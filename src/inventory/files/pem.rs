//! Blocks of PEM in whatever text (RFC 7468, laxly): each with its place, and a bad one is no reason to lose the next.

use zeroize::Zeroizing;

use super::super::wiped;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// A block and where it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block<'a> {
    /// `CERTIFICATE`.
    pub(super) label: &'a [u8],
    /// Where it begins, in bytes from the start.
    pub(super) offset: usize,
    /// What stands between the dashes, and where that begins.
    pub(super) body: Result<(usize, &'a [u8]), Fault>,
}

/// What is wrong with a block.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    #[error("it has no end")]
    NoEnd,
    #[error("its first line goes on behind the dashes: its line breaks were lost")]
    NoLines,
    #[error("it ends as something else at byte {0}")]
    OtherEnd(usize),
    #[error("there is no base64 at byte {0}")]
    NotBase64(usize),
    #[error("its base64 is cut off")]
    CutOff,
    #[error("it is encrypted in OpenSSL's old way (Proc-Type: 4,ENCRYPTED)")]
    OldEncryption,
}

/// Whether there may be blocks in it at all.
pub(super) fn is_in(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, BEGIN).is_some()
}

/// All blocks, from the first line to the last.
pub(super) fn blocks(bytes: &[u8]) -> impl Iterator<Item = Block<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let line = line(bytes, at)?;
            let offset = at;
            at = line.end;
            if let Some(label) = run_on(line.text) {
                return Some(Block { label, offset, body: Err(Fault::NoLines) });
            }
            let Some(label) = boundary(line.text, BEGIN) else { continue };
            let (body, next) = body(bytes, at, label);
            at = next;
            return Some(Block { label, offset, body });
        }
    })
}

/// What follows the line of dashes until the one that ends it, and where to go on.
fn body<'a>(bytes: &'a [u8], start: usize, label: &[u8]) -> (Result<(usize, &'a [u8]), Fault>, usize) {
    let mut at = start;
    while let Some(line) = line(bytes, at) {
        if let Some(other) = boundary(line.text, END) {
            let whole = bytes.get(start..at).unwrap_or_default();
            let body = if other == label { Ok((start, whole)) } else { Err(Fault::OtherEnd(at)) };
            return (body, line.end);
        }
        if boundary(line.text, BEGIN).is_some() {
            return (Err(Fault::NoEnd), at);
        }
        at = line.end;
    }
    (Err(Fault::NoEnd), bytes.len())
}

/// The bytes that a block stands for. They may be secret, and are wiped.
pub(super) fn decode((start, body): (usize, &[u8])) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let headers = headers(body);
    if headers.is_encrypted {
        return Err(Fault::OldEncryption);
    }
    bytes(start, body, headers.length)
}

/// What stands below the headers.
fn bytes(start: usize, body: &[u8], skipped: usize) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let body = body.get(skipped..).unwrap_or_default();
    wiped::base64(body).map_err(|letter| match letter {
        Some(at) => Fault::NotBase64(start + skipped + place(body, at)),
        None => Fault::CutOff,
    })
}

/// What a block that OpenSSL sealed in its old way says of how, and what is sealed.
pub(super) fn sealed((start, body): (usize, &[u8])) -> Result<(&str, Zeroizing<Vec<u8>>), Fault> {
    let headers = headers(body);
    let dek_info = std::str::from_utf8(headers.dek_info).unwrap_or_default().trim();
    Ok((dek_info, bytes(start, body, headers.length)?))
}

/// What stands before the base64 (RFC 1421 section 4.4): lines with a colon, and the empty line after them.
#[derive(Default)]
struct Headers<'a> {
    /// In bytes.
    length: usize,
    is_encrypted: bool,
    /// `AES-256-CBC,0123…`.
    dek_info: &'a [u8],
}

fn headers(body: &[u8]) -> Headers<'_> {
    let mut headers = Headers::default();
    while let Some(line) = line(body, headers.length) {
        let goes_on = headers.length > 0 && line.text.starts_with(b" ");
        if !line.text.contains(&b':') && !goes_on {
            break;
        }
        if let Some(kind) = line.text.strip_prefix(b"Proc-Type:") {
            headers.is_encrypted |= memchr::memmem::find(kind, b"ENCRYPTED").is_some();
        }
        headers.dek_info = line.text.strip_prefix(b"DEK-Info:").unwrap_or(headers.dek_info);
        headers.length = line.end;
    }
    headers
}

/// Where the letter of that number is, not counting space.
fn place(body: &[u8], number: usize) -> usize {
    let mut letters = body.iter().enumerate().filter(|(_, byte)| !byte.is_ascii_whitespace());
    letters.nth(number).map_or(body.len(), |(at, _)| at)
}

#[derive(Clone, Copy)]
struct Line<'a> {
    text: &'a [u8],
    /// Where the next begins.
    end: usize,
}

fn line(bytes: &[u8], at: usize) -> Option<Line<'_>> {
    let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
    Some(match memchr::memchr(b'\n', rest) {
        Some(length) => Line { text: &rest[..length], end: at + length + 1 },
        None => Line { text: rest, end: bytes.len() },
    })
}

/// The label of a line that begins as a block does and goes on: what was copied as one line, with `\n` or spaces where
/// its lines were. Source code has quotes before it.
fn run_on(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line).trim_ascii().strip_prefix(BEGIN)?;
    let end = memchr::memmem::find(rest, DASHES)?;
    let (label, rest) = (&rest[..end], &rest[end + DASHES.len()..]);
    (is_label(label) && !rest.is_empty()).then_some(label)
}

/// Long ones are none.
fn is_label(label: &[u8]) -> bool {
    !label.is_empty() && label.len() <= 64
}

/// The label of a line of dashes. Space around it is allowed: manifests indent what they quote.
fn boundary<'a>(line: &'a [u8], kind: &[u8]) -> Option<&'a [u8]> {
    let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line).trim_ascii();
    let label = line.strip_prefix(kind)?.strip_suffix(DASHES)?;
    is_label(label).then_some(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, usize, Result<Vec<u8>, Fault>)> {
        let read = |block: Block<'_>| block.body.and_then(decode).map(|bytes| bytes.to_vec());
        let label = |block: &Block<'_>| String::from_utf8_lossy(block.label).into_owned();
        blocks(text.as_bytes()).map(|block| (label(&block), block.offset, read(block))).collect()
    }

    #[test]
    fn blocks_are_found_in_any_text() {
        let text = "\u{feff}-----BEGIN A-----\r\nAQID\r\n-----END A-----\r\nnotes\n  -----BEGIN B C-----\n  BAU\n  -----END B C-----";
        assert_eq!(read(text), [("A".to_owned(), 0, Ok(vec![1, 2, 3])), ("B C".to_owned(), 51, Ok(vec![4, 5]))]);
        assert!(is_in(text.as_bytes()) && !is_in(b"----BEGIN SSH2 PUBLIC KEY----"));
        assert_eq!(read("let x = \"-----BEGIN A-----\";\n// -----END A-----\n"), []);
    }

    #[test]
    fn a_bad_block_is_named_and_the_next_is_read() {
        let good = "-----BEGIN A-----\nAQID\n-----END A-----\n";
        let cases = [
            ("-----BEGIN A-----\nAQ!D\n-----END A-----\n", Fault::NotBase64(20)),
            ("-----BEGIN A-----\nAQIDB\n-----END A-----\n", Fault::CutOff),
            ("-----BEGIN A-----\nAQID\n", Fault::NoEnd),
            ("-----BEGIN A-----\\nAQID\\n-----END A-----\n", Fault::NoLines),
            ("-----BEGIN A----- AQID -----END A-----\n", Fault::NoLines),
            ("-----BEGIN A-----\nAQID\n-----END B-----\n", Fault::OtherEnd(23)),
            ("-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: x\n\nAQID\n-----END A-----\n", Fault::OldEncryption),
        ];
        for (bad, fault) in cases {
            let found = read(&format!("{bad}{good}"));
            assert_eq!(found.len(), 2, "{bad}");
            assert_eq!(found[0].2, Err(fault), "{bad}");
            assert_eq!((found[1].1, &found[1].2), (bad.len(), &Ok(vec![1, 2, 3])), "{bad}");
        }
    }

    #[test]
    fn headers_are_skipped() {
        let text = "-----BEGIN A-----\nComment: one,\n two\n\nAQID\n-----END A-----\n";
        assert_eq!(read(text)[0].2, Ok(vec![1, 2, 3]));
    }
}

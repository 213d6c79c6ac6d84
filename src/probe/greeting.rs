//! What another protocol's first bytes look like.

use crate::model::{FailureKind, PlaintextProtocol, Untrusted};

/// Whether these can be the first bytes of a TLS record: a content type and major version 3.
pub(super) fn is_tls(first: &[u8]) -> bool {
    matches!(first, [20..=24, 3, ..] | [20..=24] | [])
}

/// Whether these are the first bytes of a TLS record, beyond doubt.
pub(super) fn is_record(first: &[u8]) -> bool {
    matches!(first, [20..=24, 3, 0..=4, ..])
}

/// Whether [`kind`] has seen enough: further bytes would not change its answer.
pub(super) fn is_decided(first: &[u8]) -> bool {
    first.len() >= 16 || first.contains(&b'\n') || protocol(first).is_some()
}

/// Names what was received where TLS was expected.
pub(super) fn kind(first: &[u8]) -> FailureKind {
    let shown = Untrusted::from_bytes(first);
    match protocol(first) {
        Some(protocol) => FailureKind::Plaintext { protocol, first: shown },
        None => FailureKind::NotTls { first: shown },
    }
}

/// The protocol of a first line, where it can be told.
pub(super) fn protocol(first: &[u8]) -> Option<PlaintextProtocol> {
    let starts = |word: &[u8]| first.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    if starts(b"HTTP/") || starts(b"<html") || starts(b"<!doctype") {
        return Some(PlaintextProtocol::Http);
    }
    if starts(b"SSH-") {
        return Some(PlaintextProtocol::Ssh);
    }
    if starts(b"* OK") || starts(b"* PREAUTH") || starts(b"* BYE") {
        return Some(PlaintextProtocol::Imap);
    }
    if starts(b"+OK") {
        return Some(PlaintextProtocol::Pop3);
    }
    if starts(b"\"IMPLEMENTATION\"") || starts(b"\"SIEVE\"") {
        return Some(PlaintextProtocol::Sieve);
    }
    if starts(b"<?xml") || starts(b"<stream:") {
        return Some(PlaintextProtocol::Xmpp);
    }
    match first {
        // 3 bytes length, sequence 0, protocol version 10 (or an error packet), then the server's version.
        [_, _, 0, 0, 10, b'0'..=b'9', ..] | [_, _, 0, 0, 0xff, _, _, ..] => Some(PlaintextProtocol::Mysql),
        [b'1'..=b'5', b'0'..=b'9', b'0'..=b'9', b' ' | b'-', ..] if is_whole(first) => {
            Some(numbered(first).unwrap_or(PlaintextProtocol::Smtp))
        }
        _ => None,
    }
}

/// Which of the protocols that greet with three digits this is; `None` when it does not say.
pub(super) fn numbered(first: &[u8]) -> Option<PlaintextProtocol> {
    let says = |word: &[u8]| first.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    if first.starts_with(b"200 ") || first.starts_with(b"201 ") {
        Some(PlaintextProtocol::Nntp)
    } else if says(b"lmtp") {
        Some(PlaintextProtocol::Lmtp)
    } else if says(b"smtp") {
        Some(PlaintextProtocol::Smtp)
    } else if says(b"ftp") {
        Some(PlaintextProtocol::Ftp)
    } else {
        None
    }
}

/// A greeting tells FTP from SMTP only when its line, or a good part of it, is there.
fn is_whole(first: &[u8]) -> bool {
    first.contains(&b'\n') || first.len() >= 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_protocols_by_their_first_bytes() {
        let cases: [(&[u8], Option<PlaintextProtocol>); 18] = [
            (b"HTTP/1.1 400 Bad Request\r\n", Some(PlaintextProtocol::Http)),
            (b"<html><body>", Some(PlaintextProtocol::Http)),
            (b"SSH-2.0-OpenSSH_9.2\r\n", Some(PlaintextProtocol::Ssh)),
            (b"220 mail.example ESMTP\r\n", Some(PlaintextProtocol::Smtp)),
            (b"554 no service\r\n", Some(PlaintextProtocol::Smtp)),
            (b"220-Welcome to Pure-FTPd\r\n", Some(PlaintextProtocol::Ftp)),
            (b"220 (vsFTPd 3.0.3)\r\n", Some(PlaintextProtocol::Ftp)),
            (b"220 ftp.example ESMTP\r\n", Some(PlaintextProtocol::Smtp)),
            (b"220 mail.example LMTP ready\r\n", Some(PlaintextProtocol::Lmtp)),
            (b"200 news.example ready\r\n", Some(PlaintextProtocol::Nntp)),
            (b"\"IMPLEMENTATION\" \"Dovecot Pigeonhole\"", Some(PlaintextProtocol::Sieve)),
            (b"* OK [CAPABILITY IMAP4rev1]", Some(PlaintextProtocol::Imap)),
            (b"+OK ready\r\n", Some(PlaintextProtocol::Pop3)),
            (b"J\x00\x00\x00\x0a8.0.36\x00", Some(PlaintextProtocol::Mysql)),
            (b"<?xml version='1.0'?>", Some(PlaintextProtocol::Xmpp)),
            (b"\x00\x01\x02garbage-garbage", None),
            (b"E", None),
            (b"-ERR unknown command\r\n", None),
        ];
        for (first, expected) in cases {
            let found = match kind(first) {
                FailureKind::Plaintext { protocol, .. } => Some(protocol),
                _ => None,
            };
            assert_eq!(found, expected, "{first:?}");
            assert!(!is_tls(first));
        }
        assert!(is_tls(b"\x16\x03\x03") && is_tls(b"\x15"));
        assert!(!is_decided(b"220 ") && is_decided(b"220 mail\r\n") && is_decided(b"SSH-2.0"));
    }
}

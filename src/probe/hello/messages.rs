//! The server's handshake messages (RFC 9846 section 4, RFC 5246 section 7.4, RFC 8422 section 5.4).

use super::client_hello::extension;
use super::flight::NotHeard;
use super::reader::{Reader, Short};

impl From<Short> for NotHeard {
    fn from(Short: Short) -> Self {
        Self::Malformed
    }
}

/// One message, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::probe) enum Sent {
    /// Certificates, leaf first; with the number of timestamps that came with the leaf (TLS 1.3).
    Certificate(Vec<Vec<u8>>, Option<u16>),
    /// A request for a client certificate.
    CertificateRequest,
    /// The scheme of the proof of possession (TLS 1.3).
    CertificateVerify(u16),
    /// A staple (TLS 1.2 and below).
    CertificateStatus,
    /// The server is done (TLS 1.2 and below).
    Done,
    /// Choices, a `HelloRetryRequest` included.
    Hello(ServerHello),
    /// The server's part of the key exchange; its group and signature as far as they are known.
    KeyExchange(KeyExchange),
    /// Anything else.
    Other,
}

/// A `ServerHello`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::probe) struct ServerHello {
    /// Negotiated version.
    pub(in crate::probe) version: u16,
    /// Chosen suite.
    pub(in crate::probe) suite: u16,
    /// Chosen compression.
    pub(in crate::probe) compression: u8,
    /// It is a `HelloRetryRequest`.
    pub(in crate::probe) is_retry: bool,
    /// The group of its key share, or the one it asks for.
    pub(in crate::probe) group: Option<u16>,
    /// Its key share.
    pub(in crate::probe) share: Vec<u8>,
    /// Extensions by number.
    pub(in crate::probe) extensions: Vec<u16>,
    /// Timestamps in the extension.
    pub(in crate::probe) timestamps: Option<u16>,
}

/// A `ServerKeyExchange`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::probe) struct KeyExchange {
    /// The named group of ECDHE.
    pub(in crate::probe) group: Option<u16>,
    /// The prime of DHE, without leading zeros.
    pub(in crate::probe) prime: Vec<u8>,
    /// The scheme of the signature, TLS 1.2 only.
    pub(in crate::probe) scheme: Option<u16>,
}

/// SHA-256 of "HelloRetryRequest" (RFC 9846 section 4.2.2).
const RETRY: [u8; 32] = [
    0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91, 0xC2, 0xA2, 0x11,
    0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
];
/// Longer chains are cut here.
const MOST_CERTIFICATES: usize = 256;

/// Reads one message, header included, that follows the hello in `after`.
pub(in crate::probe) fn read_message(message: &[u8], after: Option<&ServerHello>) -> Result<Sent, NotHeard> {
    let mut reader = Reader(message);
    let kind = reader.u8()?;
    let mut body = Reader(reader.vec24()?);
    let version = after.map_or(0, |hello| hello.version);
    Ok(match kind {
        2 => Sent::Hello(server_hello(&mut body)?),
        11 if version >= 0x0304 => certificates_13(&mut body)?,
        11 => certificates(&mut body)?,
        12 => Sent::KeyExchange(key_exchange(&mut body, after)?),
        13 => Sent::CertificateRequest,
        14 => Sent::Done,
        15 => Sent::CertificateVerify(body.u16()?),
        22 => Sent::CertificateStatus,
        _ => Sent::Other,
    })
}

fn server_hello(body: &mut Reader<'_>) -> Result<ServerHello, NotHeard> {
    let version = body.u16()?;
    let random = body.take(32)?;
    body.vec8()?;
    let (suite, compression) = (body.u16()?, body.u8()?);
    let is_retry = random == RETRY;
    let mut hello = ServerHello { version, suite, compression, is_retry, ..ServerHello::default() };
    if body.is_empty() {
        return Ok(hello);
    }
    let mut extensions = Reader(body.vec16()?);
    while !extensions.is_empty() {
        let (kind, mut content) = (extensions.u16()?, Reader(extensions.vec16()?));
        hello.extensions.push(kind);
        match kind {
            extension::SUPPORTED_VERSIONS => hello.version = content.u16()?,
            extension::KEY_SHARE => {
                hello.group = Some(content.u16()?);
                hello.share = if is_retry { Vec::new() } else { content.vec16()?.to_vec() };
            }
            extension::SIGNED_CERTIFICATE_TIMESTAMP => hello.timestamps = Some(timestamps(content)?),
            _ => {}
        }
    }
    Ok(hello)
}

/// How many are in a `SignedCertificateTimestampList` (RFC 6962 section 3.3).
fn timestamps(mut content: Reader<'_>) -> Result<u16, NotHeard> {
    let mut list = Reader(content.vec16()?);
    let mut count = 0_u16;
    while !list.is_empty() {
        list.vec16()?;
        count = count.saturating_add(1);
    }
    Ok(count)
}

fn certificates(body: &mut Reader<'_>) -> Result<Sent, NotHeard> {
    let mut list = Reader(body.vec24()?);
    let mut chain = Vec::new();
    while !list.is_empty() && chain.len() < MOST_CERTIFICATES {
        chain.push(list.vec24()?.to_vec());
    }
    Ok(Sent::Certificate(chain, None))
}

fn certificates_13(body: &mut Reader<'_>) -> Result<Sent, NotHeard> {
    body.vec8()?;
    let mut list = Reader(body.vec24()?);
    let (mut chain, mut of_leaf) = (Vec::new(), None);
    while !list.is_empty() && chain.len() < MOST_CERTIFICATES {
        let is_leaf = chain.is_empty();
        chain.push(list.vec24()?.to_vec());
        let mut extensions = Reader(list.vec16()?);
        while !extensions.is_empty() {
            let (kind, content) = (extensions.u16()?, Reader(extensions.vec16()?));
            if is_leaf && kind == extension::SIGNED_CERTIFICATE_TIMESTAMP {
                of_leaf = Some(timestamps(content)?);
            }
        }
    }
    Ok(Sent::Certificate(chain, of_leaf))
}

/// Its form depends on the suite: an elliptic curve by number, or a prime.
fn key_exchange(body: &mut Reader<'_>, after: Option<&ServerHello>) -> Result<KeyExchange, NotHeard> {
    let mut seen = KeyExchange::default();
    let Some(hello) = after else { return Ok(seen) };
    let name = crate::model::CipherSuite(hello.suite.into()).name().unwrap_or_default();
    // Pre-shared keys put a hint before, anonymous servers no signature behind.
    if name.contains("PSK") {
        return Ok(seen);
    }
    if name.contains("ECDH") {
        if body.u8()? != NAMED_CURVE {
            return Ok(seen);
        }
        seen.group = Some(body.u16()?);
        body.vec8()?;
    } else if name.contains("DH") {
        let prime = body.vec16()?;
        let zeros = prime.iter().take_while(|byte| **byte == 0).count();
        seen.prime = prime[zeros..].to_vec();
        body.vec16()?;
        body.vec16()?;
    } else {
        return Ok(seen);
    }
    if hello.version == 0x0303 && !name.contains("anon") {
        seen.scheme = Some(body.u16()?);
    }
    Ok(seen)
}

const NAMED_CURVE: u8 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        [&[kind, 0, 0, u8::try_from(body.len()).unwrap()], body].concat()
    }

    #[test]
    fn a_retry_is_told_from_a_choice() {
        let body = [&[3, 3][..], &RETRY, &[0, 0x13, 1, 0, 0, 12, 0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0, 24]].concat();
        let Ok(Sent::Hello(hello)) = read_message(&message(2, &body), None) else { panic!("a hello") };
        assert!(hello.is_retry);
        assert_eq!((hello.version, hello.suite, hello.group), (0x0304, 0x1301, Some(24)));
    }

    #[test]
    fn key_exchanges_are_read_by_their_suite() {
        let after = |suite| ServerHello { version: 0x0303, suite, ..ServerHello::default() };
        let curve = message(12, &[3, 0, 29, 2, 7, 7, 4, 3, 0, 0]);
        let Ok(Sent::KeyExchange(seen)) = read_message(&curve, Some(&after(0xC02B))) else { panic!("a key exchange") };
        assert_eq!((seen.group, seen.scheme), (Some(29), Some(0x0403)));
        assert_eq!(read_message(&curve[..6], Some(&after(0xC02B))), Err(NotHeard::Malformed));
    }

    #[test]
    fn chains_of_both_kinds_are_read() {
        let old = message(11, &[0, 0, 5, 0, 0, 2, 1, 2]);
        assert_eq!(read_message(&old, None), Ok(Sent::Certificate(vec![vec![1, 2]], None)));
        let hello = ServerHello { version: 0x0304, ..ServerHello::default() };
        let new = message(11, &[0, 0, 0, 16, 0, 0, 1, 9, 0, 10, 0, 18, 0, 6, 0, 4, 0, 2, 5, 5]);
        assert_eq!(read_message(&new, Some(&hello)), Ok(Sent::Certificate(vec![vec![9]], Some(1))));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_survived(bytes: Vec<u8>, kind in 0u8..26, version in 0x0300u16..0x0305, suite: u16) {
            let after = ServerHello { version, suite, ..ServerHello::default() };
            let _ = read_message(&message(kind, &bytes[..bytes.len().min(200)]), Some(&after));
            let _ = read_message(&bytes, None);
        }
    }
}

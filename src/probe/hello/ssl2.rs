//! The hellos of SSL 2 (draft-hickman-netscape-ssl-00), to notice who still answers them (RFC 6176).

use super::flight::NotHeard;
use super::reader::Reader;

/// Every cipher kind of the draft's appendix C.4.
const KINDS: [u32; 7] = [0x01_0080, 0x02_0080, 0x03_0080, 0x04_0080, 0x05_0080, 0x06_0040, 0x07_00C0];

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::probe) struct Ssl2Hello {
    /// Cipher kinds it accepts, three bytes each.
    pub(in crate::probe) kinds: Vec<u32>,
}

/// A `CLIENT-HELLO` that offers everything.
pub(in crate::probe) fn client_hello(challenge: [u8; 16]) -> Vec<u8> {
    let kinds: Vec<u8> = KINDS.iter().flat_map(|kind| kind.to_be_bytes()[1..].to_vec()).collect();
    let length = |bytes: usize| u16::try_from(bytes).unwrap_or(0).to_be_bytes();
    let mut body = vec![1, 0, 2];
    body.extend(length(kinds.len()));
    body.extend(length(0));
    body.extend(length(challenge.len()));
    body.extend(kinds);
    body.extend(challenge);
    let [high, low] = length(body.len());
    [&[0x80 | high, low], &body[..]].concat()
}

/// Reads a `SERVER-HELLO`; `None` while it is not whole.
pub(in crate::probe) fn server_hello(bytes: &[u8]) -> Result<Option<Ssl2Hello>, NotHeard> {
    let [high, low, body @ ..] = bytes else { return Ok(None) };
    if high & 0x80 == 0 {
        return Err(NotHeard::NotTls);
    }
    let length = usize::from(u16::from_be_bytes([high & 0x7F, *low]));
    let Some(body) = body.get(..length) else { return Ok(None) };
    let mut reader = Reader(body);
    // Type, session hit, certificate type, version.
    let head = reader.take(5)?;
    if head[0] != 4 || head[3..] != [0, 2] {
        return Err(NotHeard::NotTls);
    }
    let (certificate, kinds) = (reader.u16()?, reader.u16()?);
    reader.u16()?;
    reader.take(certificate.into())?;
    let kinds = reader.take(kinds.into())?;
    let kinds = kinds.chunks_exact(3).map(|kind| u32::from_be_bytes([0, kind[0], kind[1], kind[2]])).collect();
    Ok(Some(Ssl2Hello { kinds }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_hello_is_read_when_it_is_whole() {
        let body = [4, 0, 1, 0, 2, 0, 2, 0, 3, 0, 0, 9, 9, 7, 0, 0xC0];
        let whole = [&[0x80, 16][..], &body].concat();
        for cut in 0..whole.len() {
            assert_eq!(server_hello(&whole[..cut]), Ok(None), "{cut} bytes");
        }
        assert_eq!(server_hello(&whole), Ok(Some(Ssl2Hello { kinds: vec![0x07_00C0] })));
        assert_eq!(server_hello(&[21, 3, 1, 0, 2, 2, 70]), Err(NotHeard::NotTls), "an alert");
        assert_eq!(client_hello([0; 16]).len(), 2 + 9 + 21 + 16);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_survived(bytes: Vec<u8>) {
            let _ = server_hello(&bytes);
        }
    }
}

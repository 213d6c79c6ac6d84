//! Reading what may be a key: buffers that are wiped, and never moved without being.

use std::io::{self, Read};

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

/// Padding is often lost on the way.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Room at the beginning.
const FIRST: usize = 64 << 10;

/// Everything there is. A buffer that grows by itself would leave copies behind.
pub(super) fn all(mut source: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; FIRST]);
    let mut filled = 0;
    loop {
        filled += fill(&mut source, &mut bytes[filled..])?;
        if filled < bytes.len() {
            bytes.truncate(filled);
            return Ok(bytes);
        }
        let mut larger = Zeroizing::new(vec![0; bytes.len() * 2]);
        larger[..filled].copy_from_slice(&bytes);
        bytes = larger;
    }
}

/// As much as there is room for, or left.
pub(super) fn fill(source: &mut impl Read, room: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < room.len() {
        match source.read(&mut room[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// What base64 stands for, whatever space is in it; where it is none, the number of the letter that is at fault, or none
/// when it is cut off.
pub(super) fn base64(text: &[u8]) -> Result<Zeroizing<Vec<u8>>, Option<usize>> {
    let mut bare = Zeroizing::new(Vec::with_capacity(text.len()));
    bare.extend(text.iter().filter(|byte| !byte.is_ascii_whitespace()));
    let mut bytes = Zeroizing::new(vec![0; bare.len() / 4 * 3 + 3]);
    let length = ENGINE.decode_slice(&*bare, &mut bytes).map_err(|error| match error {
        base64::DecodeSliceError::DecodeError(base64::DecodeError::InvalidByte(at, _)) => Some(at),
        _ => None,
    })?;
    bytes.truncate(length);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_read_whatever_its_length() {
        for length in [0, 1, FIRST - 1, FIRST, FIRST + 1, 5 * FIRST] {
            let bytes: Vec<u8> = (0..=250).cycle().take(length).collect();
            assert_eq!(all(&bytes[..]).unwrap().as_slice(), bytes, "{length}");
        }
    }

    #[test]
    fn base64_may_have_lines_and_no_end() {
        assert_eq!(base64(b"QUJD\r\n RA").unwrap().as_slice(), b"ABCD");
        assert_eq!((base64(b"QU JD!A"), base64(b"QUJDR")), (Err(Some(4)), Err(None)));
    }
}

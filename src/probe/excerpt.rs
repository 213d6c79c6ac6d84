//! Pieces of what was received, no longer than is worth keeping.

use std::ops::Deref;

use crate::model::Untrusted;

/// The text in some bytes without the white space around it, cut after `most` bytes with a mark that it was.
pub(super) fn excerpt(bytes: &[u8], most: usize) -> Untrusted {
    let bytes = bytes.trim_ascii();
    match bytes.get(..most) {
        Some(kept) if kept.len() < bytes.len() => Untrusted::from_bytes(&[kept, "…".as_bytes()].concat()),
        _ => Untrusted::from_bytes(bytes),
    }
}

/// The first bytes that came, by which a protocol is known; at most 64.
#[derive(Debug, Default)]
pub(super) struct FirstBytes(Vec<u8>);

impl FirstBytes {
    const MOST: usize = 64;

    /// Takes what still fits.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        let room = Self::MOST - self.0.len();
        self.0.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

impl Deref for FirstBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_cut_and_says_so() {
        assert_eq!(excerpt(b" 220 mail\r\n", 8).as_str(), "220 mail");
        assert_eq!(excerpt(b"220 mail", 7).as_str(), "220 mai…");
    }

    #[test]
    fn first_bytes_are_kept_in_any_pieces() {
        let mut first = FirstBytes::default();
        (0..100).for_each(|number| first.take(&[number; 3]));
        assert_eq!((first.len(), &first[..4], first[63]), (64, &[0, 0, 0, 1][..], 21));
    }
}

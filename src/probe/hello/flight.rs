//! A server's plaintext records, put together into handshake messages however they were cut.

use crate::model::{Alert, Peer};

/// What was said so far; fed in any pieces.
#[derive(Debug, Default)]
pub(in crate::probe) struct Flight {
    /// Bytes of records that are not whole yet.
    pending: Vec<u8>,
    /// Bytes of handshake messages that are not whole yet.
    message: Vec<u8>,
    /// Whole plaintext messages, each with its header.
    messages: Vec<Vec<u8>>,
    /// Whole encrypted records, each with its header.
    sealed: Vec<Vec<u8>>,
    /// The first fatal alert, or the first warning with nothing after it.
    alert: Option<Alert>,
    total: usize,
}

/// Why nothing can be made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::probe) enum NotHeard {
    /// The first bytes are no record.
    #[error("the answer is not TLS")]
    NotTls,
    /// More than any answer needs.
    #[error("the answer is longer than any handshake needs")]
    TooMuch,
    /// A length or value that cannot be.
    #[error("the answer cannot be decoded")]
    Malformed,
}

impl Flight {
    /// In all. A certificate message alone may have 16 MiB (RFC 9846 section 4.5.2); no honest one has a fraction.
    const MOST: usize = 256 * 1024;
    /// Plaintext of a record, and what encryption adds to it (RFC 9846 section 5.2).
    const LONGEST_RECORD: usize = (1 << 14) + 256;
    const MOST_MESSAGES: usize = 32;

    /// Takes in what came.
    pub(in crate::probe) fn feed(&mut self, bytes: &[u8]) -> Result<(), NotHeard> {
        self.total += bytes.len();
        if self.total > Self::MOST {
            return Err(NotHeard::TooMuch);
        }
        self.pending.extend_from_slice(bytes);
        while let Some(record) = self.whole_record()? {
            self.open(record)?;
        }
        Ok(())
    }

    /// Whole plaintext handshake messages, in order: type, length in three bytes, body.
    pub(in crate::probe) fn messages(&self) -> &[Vec<u8>] {
        &self.messages
    }

    /// Encrypted records, in order, each with its header.
    pub(in crate::probe) fn sealed(&self) -> &[Vec<u8>] {
        &self.sealed
    }

    /// The alert that ended it.
    pub(in crate::probe) const fn alert(&self) -> Option<Alert> {
        self.alert
    }

    fn whole_record(&mut self) -> Result<Option<Vec<u8>>, NotHeard> {
        let [kind, rest @ ..] = &self.pending[..] else { return Ok(None) };
        if !(20..=24).contains(kind) || rest.first().is_some_and(|major| *major != 3) {
            return Err(if self.messages.is_empty() { NotHeard::NotTls } else { NotHeard::Malformed });
        }
        let [_, _, high, low, ..] = *rest else { return Ok(None) };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length > Self::LONGEST_RECORD {
            return Err(NotHeard::Malformed);
        }
        if self.pending.len() < 5 + length {
            return Ok(None);
        }
        let rest = self.pending.split_off(5 + length);
        Ok(Some(std::mem::replace(&mut self.pending, rest)))
    }

    fn open(&mut self, record: Vec<u8>) -> Result<(), NotHeard> {
        match record[0] {
            21 => {
                if let [_, _, _, _, _, level, number] = record[..]
                    && (level == 2 || self.alert.is_none())
                {
                    self.alert = Some(Alert { number, from: Peer::Server });
                }
            }
            22 => {
                // An answer after a warning: the warning was one only.
                self.alert = None;
                self.message.extend_from_slice(&record[5..]);
                self.split()?;
            }
            23 if self.sealed.len() < Self::MOST_MESSAGES => self.sealed.push(record),
            _ => {}
        }
        Ok(())
    }

    fn split(&mut self) -> Result<(), NotHeard> {
        while let [_, high, middle, low, ..] = self.message[..] {
            let length = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
            if length > Self::MOST {
                return Err(NotHeard::TooMuch);
            }
            if self.message.len() < 4 + length {
                break;
            }
            if self.messages.len() >= Self::MOST_MESSAGES {
                return Err(NotHeard::TooMuch);
            }
            let rest = self.message.split_off(4 + length);
            self.messages.push(std::mem::replace(&mut self.message, rest));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLIGHT: &[u8] = &[
        21, 3, 3, 0, 2, 1, 112, // a warning
        22, 3, 3, 0, 6, 2, 0, 0, 3, 9, 9, // a message of three bytes over two records
        22, 3, 3, 0, 5, 9, 14, 0, 0, 0, // its end, and an empty one
        23, 3, 3, 0, 1, 7,
    ];

    #[test]
    fn messages_are_whole_however_the_bytes_are_cut() {
        for step in 1..=FLIGHT.len() {
            let mut flight = Flight::default();
            FLIGHT.chunks(step).for_each(|piece| flight.feed(piece).unwrap());
            assert_eq!(flight.messages(), [vec![2, 0, 0, 3, 9, 9, 9], vec![14, 0, 0, 0]], "in steps of {step}");
            assert_eq!((flight.sealed().len(), flight.alert()), (1, None));
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let feed = |bytes: &[u8]| Flight::default().feed(bytes);
        assert_eq!(feed(b"HTTP/1.1 400"), Err(NotHeard::NotTls));
        assert_eq!(feed(&[22, 3, 3, 0xFF, 0xFF]), Err(NotHeard::Malformed));
        assert_eq!(feed(&[22, 3, 3, 0, 4, 11, 0xFF, 0xFF, 0xFF]), Err(NotHeard::TooMuch));
        assert_eq!(feed(&vec![22; Flight::MOST + 1]), Err(NotHeard::TooMuch));
        let mut flight = Flight::default();
        flight.feed(&[21, 3, 1, 0, 2, 2, 40]).unwrap();
        assert_eq!(flight.alert().map(|alert| alert.number), Some(40));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_survived(bytes: Vec<u8>, step in 1usize..9) {
            let mut flight = Flight::default();
            let _ = bytes.chunks(step).try_for_each(|piece| flight.feed(piece));
        }
    }
}

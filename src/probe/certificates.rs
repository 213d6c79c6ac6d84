//! Certificates seen so far: each is parsed once and shared, whoever serves it.

use std::sync::{Arc, Mutex, PoisonError};

use super::kept::Kept;
use crate::model::{Certificate, Fingerprint, Untrusted};

/// A table of parsed certificates by SHA-256, bounded by how many are in use elsewhere.
#[derive(Debug, Default)]
pub(super) struct Certificates {
    known: Mutex<Kept<Fingerprint, Arc<Certificate>>>,
}

/// A chain as sent: what could be read, and what could not, by position and reason.
#[derive(Debug, Default)]
pub(super) struct ReadChain {
    /// Leaf first. Empty when the leaf is unreadable: nothing else may stand in its place.
    pub(super) readable: Vec<Arc<Certificate>>,
    /// Positions from 0.
    pub(super) malformed: Vec<(u16, Untrusted)>,
}

impl Certificates {
    /// More certificates than any chain needs; what follows is not looked at.
    const LONGEST_CHAIN: usize = 128;

    /// Reads a chain in the order sent.
    pub(super) fn read_chain<'a>(&self, ders: impl Iterator<Item = &'a [u8]>) -> ReadChain {
        let mut chain = ReadChain::default();
        for (at, der) in (0..).zip(ders.take(Self::LONGEST_CHAIN)) {
            match self.read(der) {
                Ok(certificate) => chain.readable.push(certificate),
                Err(reason) => chain.malformed.push((at, reason)),
            }
        }
        if chain.malformed.first().is_some_and(|(at, _)| *at == 0) {
            chain.readable.clear();
        }
        chain
    }

    /// Reads one certificate.
    pub(super) fn read(&self, der: &[u8]) -> Result<Arc<Certificate>, Untrusted> {
        let fingerprint = Fingerprint::of(der);
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(certificate) = known().get(&fingerprint) {
            return Ok(Arc::clone(certificate));
        }
        let certificate = Arc::new(Certificate::parse(der).map_err(|malformed| malformed.reason)?);
        known().insert(fingerprint, Arc::clone(&certificate), |certificate| Arc::strong_count(certificate) > 1);
        Ok(certificate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_bytes_are_one_certificate_and_bad_bytes_have_a_position() {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
        let good = params.self_signed(&key).unwrap().der().to_vec();
        let certificates = Certificates::default();
        let chain = certificates.read_chain([&good[..], b"bad", &good].into_iter());
        assert!(Arc::ptr_eq(&chain.readable[0], &chain.readable[1]));
        assert_eq!(chain.malformed[0].0, 1);
        let headless = certificates.read_chain([&b"bad"[..], &good].into_iter());
        assert!(headless.readable.is_empty());
    }
}

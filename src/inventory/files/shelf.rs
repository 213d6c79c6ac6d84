//! What is read once and shared: certificates, and the passwords that are tried on everything locked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer as _;
use x509_parser::revocation_list::CertificateRevocationList;

use super::object::Object;
use crate::model::{Certificate, FilePart, Fingerprint, Held, Secret, Time, Untrusted, distinguished_name};

/// Certificates by their bytes, and passwords.
#[derive(Debug)]
pub(super) struct Shelf {
    known: Mutex<HashMap<Fingerprint, Arc<Certificate>>>,
    /// The empty one first: files are locked with it so as not to be locked.
    pub(super) passwords: Vec<Secret>,
}

impl Shelf {
    pub(super) fn new(passwords: &[Secret]) -> Self {
        let empty = Secret::new(String::new());
        Self { known: Mutex::default(), passwords: [&[empty], passwords].concat() }
    }

    /// One that opens nothing.
    #[cfg(any(test, fuzzing))]
    pub(super) fn closed() -> Self {
        Self { known: Mutex::default(), passwords: Vec::new() }
    }

    /// A certificate, parsed if it is new.
    pub(super) fn certificate(&self, der: &[u8]) -> Held {
        let fingerprint = Fingerprint::of(der);
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = known().get(&fingerprint).cloned();
        if let Some(certificate) = shared {
            return Held::Certificate(certificate);
        }
        match Certificate::parse(der) {
            Ok(certificate) => {
                let certificate = known().entry(fingerprint).or_insert_with(|| Arc::new(certificate)).clone();
                Held::Certificate(certificate)
            }
            Err(malformed) => unreadable(Object::Certificate.name(), malformed.reason.as_str()),
        }
    }
}

/// A request for a certificate.
pub(super) fn request(der: &[u8]) -> Held {
    match X509CertificationRequest::from_der(der) {
        Ok((_, request)) => {
            let info = &request.certification_request_info;
            let spki = Fingerprint::of(info.subject_pki.raw);
            Held::Request { subject: distinguished_name(info.subject.as_raw()), spki }
        }
        Err(error) => unreadable(Object::Request.name(), &error.to_string()),
    }
}

/// A list of revoked certificates.
pub(super) fn revocation_list(der: &[u8]) -> Held {
    match CertificateRevocationList::from_der(der) {
        Ok((_, list)) => Held::RevocationList {
            issuer: distinguished_name(list.issuer().as_raw()),
            next_update: list.next_update().map(|time| Time::from_secs(time.timestamp())),
        },
        Err(error) => unreadable(Object::RevocationList.name(), &error.to_string()),
    }
}

pub(super) fn unreadable(what: &str, reason: &str) -> Held {
    Held::Unreadable { what: Untrusted::new(what), reason: Untrusted::new(reason) }
}

/// About how much memory a part takes.
pub(super) fn size(part: &FilePart) -> usize {
    match &part.held {
        Held::Certificate(certificate) => certificate.der.len(),
        _ => size_of::<FilePart>(),
    }
}

/// The parts of one file, as many as we keep.
#[derive(Debug, Default)]
pub(super) struct Parts(pub(super) Vec<FilePart>);

impl Parts {
    /// Twenty times the roots that a platform trusts.
    const MOST: usize = 5000;

    /// Adds a part; the first that is one too many is told as unreadable, the rest is not kept.
    pub(super) fn add(&mut self, number: usize, offset: Option<usize>, alias: Option<&str>, held: Held) {
        let alias = alias.map(Untrusted::new);
        match self.0.len() {
            ..Self::MOST => self.0.push(FilePart { number, offset, alias, held }),
            Self::MOST => {
                let reason = format!("a file's parts are read up to number {}", Self::MOST);
                self.0.push(FilePart { number, offset, alias, held: unreadable("rest of the file", &reason) });
            }
            _ => {}
        }
    }

    /// Whether no further part would be kept.
    pub(super) const fn is_full(&self) -> bool {
        self.0.len() > Self::MOST
    }
}

//! Who issued a certificate, as far as statements about it need: a name and a key.

use rustls_pki_types::TrustAnchor;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{KeyUsage, ParsedExtension};
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::asn1;
use super::signature::Signed;
use crate::model::{Certificate, Fingerprint};

/// An issuer, from its certificate or from a trust anchor.
#[derive(Clone, Debug)]
pub(in crate::probe) struct Issuer {
    /// Its name, as DER.
    pub(super) name: Vec<u8>,
    /// Its `SubjectPublicKeyInfo`.
    pub(super) spki: Vec<u8>,
    /// The bits of its key, which OCSP hashes.
    pub(super) key: Vec<u8>,
    /// Its key usage, where it has one, lets it sign revocation lists.
    pub(super) signs_lists: bool,
}

impl Issuer {
    pub(in crate::probe) fn of_certificate(certificate: &Certificate) -> Option<Self> {
        let (_, x509) = X509Certificate::from_der(&certificate.der).ok()?;
        let usage = x509.extensions().iter().find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::KeyUsage(usage) => Some(usage),
            _ => None,
        });
        Some(Self {
            name: x509.subject().as_raw().to_vec(),
            spki: x509.public_key().raw.to_vec(),
            key: x509.public_key().subject_public_key.data.to_vec(),
            signs_lists: usage.is_none_or(KeyUsage::crl_sign),
        })
    }

    /// A store keeps no more than name and key.
    pub(in crate::probe) fn of_anchor(anchor: &TrustAnchor<'_>) -> Option<Self> {
        let spki = asn1::sequence(&anchor.subject_public_key_info).ok()?;
        let (_, info) = SubjectPublicKeyInfo::from_der(&spki).ok()?;
        let key = info.subject_public_key.data.to_vec();
        Some(Self { name: asn1::sequence(&anchor.subject).ok()?, key, spki, signs_lists: true })
    }

    /// Whether it signed this certificate: several can have the same name.
    pub(in crate::probe) fn signed(&self, certificate: &Certificate) -> bool {
        let Ok((_, x509)) = X509Certificate::from_der(&certificate.der) else { return false };
        x509.issuer().as_raw() == self.name
            && Signed::read(&certificate.der).is_ok_and(|signed| signed.verify(&self.spki).is_ok())
    }

    /// SHA-256 of its `SubjectPublicKeyInfo`.
    pub(in crate::probe) fn id(&self) -> Fingerprint {
        Fingerprint::of(&self.spki)
    }
}

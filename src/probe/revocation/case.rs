//! The certificate in question.

use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use super::asn1::hex;
use super::issuer::Issuer;
use crate::model::Certificate;

/// A certificate and who issued it: what every statement is checked against.
#[derive(Clone, Debug)]
pub(in crate::probe) struct Case {
    pub(in crate::probe) issuer: Issuer,
    /// Serial number, the content of its INTEGER.
    pub(super) serial: Vec<u8>,
    pub(super) is_ca: bool,
}

impl Case {
    pub(in crate::probe) fn new(certificate: &Certificate, issuer: Issuer) -> Option<Self> {
        let (_, x509) = X509Certificate::from_der(&certificate.der).ok()?;
        let is_ca = certificate.is_ca == Some(true);
        Some(Self { issuer, serial: x509.raw_serial().to_vec(), is_ca })
    }

    /// Tells it apart from every other certificate.
    pub(in crate::probe) fn key(&self) -> String {
        format!("{}-{}", self.issuer.id(), hex(&self.serial))
    }
}

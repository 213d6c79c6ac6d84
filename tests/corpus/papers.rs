//! Certificates of every kind, right and wrong.

use std::sync::Arc;
use std::time::Duration;

use rcgen::string::Ia5String;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, SanType, SerialNumber};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::sign::CertifiedKey;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use time::OffsetDateTime;
use tlscope::model::{Clock as _, SystemClock};

use crate::bench::{HOST, serving};

pub(crate) const DAY: Duration = Duration::from_hours(24);

pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(SystemClock.now().secs()).expect("a time")
}

/// One that issues certificates.
pub(crate) struct Authority {
    pub(crate) issuer: Issuer<'static, KeyPair>,
    pub(crate) der: CertificateDer<'static>,
    pub(crate) pem: String,
}

impl Authority {
    pub(crate) fn root(name: &str) -> Self {
        let key = KeyPair::generate().expect("a key");
        let certificate = authority(name).self_signed(&key).expect("a root");
        Self { der: certificate.der().clone(), pem: certificate.pem(), issuer: Issuer::new(authority(name), key) }
    }

    /// One below it, changed as wanted.
    pub(crate) fn below(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = authority(name);
        change(&mut params);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("an intermediate");
        Self { der: certificate.der().clone(), pem: certificate.pem(), issuer: Issuer::new(params, key) }
    }

    /// A certificate for [`HOST`], changed as wanted, with a key of its own.
    pub(crate) fn leaf(&self, change: impl FnOnce(&mut CertificateParams)) -> Leaf {
        self.leaf_with(&KeyPair::generate().expect("a key"), change)
    }

    /// The same with that key.
    pub(crate) fn leaf_with(&self, key: &KeyPair, change: impl FnOnce(&mut CertificateParams)) -> Leaf {
        let mut params = usual();
        change(&mut params);
        let certificate = params.signed_by(key, &self.issuer).expect("a leaf");
        Leaf { chain: vec![certificate.der().clone(), self.der.clone()], key: key.serialize_pem() }
    }
}

/// Of an authority for ten years.
pub(crate) fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    (params.not_before, params.not_after) = (now() - DAY * 400, now() + DAY * 3650);
    params
}

/// Of a leaf of 90 days, the first ten of which are over.
pub(crate) fn usual() -> CertificateParams {
    let mut params = CertificateParams::new(vec![HOST.to_owned()]).expect("a name");
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, HOST);
    params.use_authority_key_identifier_extension = true;
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    (params.not_before, params.not_after) = (now() - DAY * 10, now() + DAY * 80);
    params
}

pub(crate) fn serial(bytes: &[u8]) -> SerialNumber {
    SerialNumber::from_slice(bytes)
}

pub(crate) fn dns(name: &str) -> SanType {
    SanType::DnsName(Ia5String::try_from(name).expect("ASCII"))
}

/// What a server serves.
#[derive(Clone)]
pub(crate) struct Leaf {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    /// PEM.
    pub(crate) key: String,
}

impl Leaf {
    pub(crate) fn certified(&self) -> CertifiedKey {
        let der = pem::parse(&self.key).expect("PEM").into_contents();
        let key = any_supported_type(&PrivateKeyDer::try_from(der).expect("a key")).expect("a usual key");
        CertifiedKey::new(self.chain.clone(), key)
    }

    pub(crate) fn config(&self) -> ServerConfig {
        serving(self.certified())
    }

    pub(crate) fn shared_config(&self) -> Arc<ServerConfig> {
        Arc::new(self.config())
    }

    /// The first certificate.
    pub(crate) fn pem(&self) -> String {
        pem::encode(&pem::Pem::new("CERTIFICATE", &*self.chain[0]))
    }

    /// The chain in PEM.
    pub(crate) fn chain_pem(&self) -> String {
        self.chain.iter().map(|der| pem::encode(&pem::Pem::new("CERTIFICATE", &**der))).collect()
    }
}

//! The certificate authority, made anew at every start: roots, intermediates, leaves.

use std::net::SocketAddr;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CrlDistributionPoint, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384,
    PKCS_ED25519, PKCS_RSA_SHA256, RsaKeySize, SerialNumber,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use time::OffsetDateTime;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use super::leaf::{Issuer, Key, Leaf, Revocation, Sent, Source, Staple};
use super::ocsp::{Signer, Standing, Term, tlv};
use super::plan::Client;
use super::register::{self, Register};
use super::{responder, weak};
use crate::model::Time;

const HOUR: i64 = 3600;
const REVOKED_AGO: Duration = Duration::from_hours(3 * 24);
const YEAR: i64 = 365 * 24 * HOUR;

/// A chain as it is sent, and the leaf's key.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) chain: Vec<CertificateDer<'static>>,
    /// `None` for the RSA 1024 key, which no TLS library takes: [`weak`] signs with it.
    pub(super) key: Option<PrivateKeyDer<'static>>,
    /// The OCSP response that goes with it.
    pub(super) staple: Option<Vec<u8>>,
}

impl Clone for Identity {
    fn clone(&self) -> Self {
        let key = self.key.as_ref().map(PrivateKeyDer::clone_key);
        Self { chain: self.chain.clone(), key, staple: self.staple.clone() }
    }
}

/// Where revocation is asked about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sources {
    /// Who answers.
    pub(super) responder: SocketAddr,
    /// Where nobody does.
    pub(super) deaf: SocketAddr,
}

/// Every issuer of the lab.
pub(super) struct Authority {
    now: Time,
    sources: Sources,
    first_serial: u64,
    next_serial: u64,
    /// By serial number, and when.
    revoked: Vec<(u64, Time)>,
    /// All RSA members share it: making one takes longer than everything else together.
    rsa: KeyPair,
    root: Ca,
    first: Ca,
    /// The first's name and key, certified by an older root.
    cross: CertificateDer<'static>,
    second: Ca,
    /// Root's child, and the issuer of leaves below it.
    policy: Ca,
    deep: Ca,
    expired: Ca,
    stranger: Ca,
}

/// One certificate authority.
struct Ca {
    certificate: rcgen::Certificate,
    issuer: rcgen::Issuer<'static, KeyPair>,
}

impl Authority {
    /// Makes all roots and intermediates. Takes a while (an RSA key): not for an async thread.
    pub(super) fn new(now: Time, sources: Sources) -> Result<Self, rcgen::Error> {
        let rsa = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
        // Milliseconds leave room for the serials of one run, and order those of two.
        let mut serial = u64::try_from(now.millis()).unwrap_or(0) << 12;
        let mut ca = |name: &str, from: i64, to: i64, parent: Option<&Ca>| {
            serial += 1;
            let params = ca_params(name, serial, (moment(now, from)?, moment(now, to)?));
            Ca::new(params, parent)
        };
        let root = ca("Lab Root", -5 * YEAR, 20 * YEAR, None)?;
        let unknown = ca("Stranger Root", -5 * YEAR, 20 * YEAR, None)?;
        let first = ca("Lab Issuing CA E1", -YEAR, 5 * YEAR, Some(&root))?;
        let second = ca("Lab Issuing CA E2", -YEAR, 5 * YEAR, Some(&root))?;
        let policy = ca("Lab Policy CA", -2 * YEAR, 6 * YEAR, Some(&root))?;
        let deep = ca("Lab Department CA", -YEAR, 5 * YEAR, Some(&policy))?;
        let expired = ca("Lab Issuing CA E0", -2 * YEAR, -48 * HOUR, Some(&root))?;
        let stranger = ca("Stranger Issuing CA", -YEAR, 5 * YEAR, Some(&unknown))?;
        let older = ca("Lab Root G0", -20 * YEAR, YEAR, None)?;
        serial += 1;
        let until_lately = (moment(now, -3 * YEAR)?, moment(now, -40 * 24 * HOUR)?);
        let cross = ca_params("Lab Issuing CA E1", serial, until_lately);
        let cross = cross.signed_by(first.issuer.key(), &older.issuer)?.into();
        let (first_serial, next_serial, revoked) = (serial + 1, serial + 1, Vec::new());
        Ok(Self {
            now,
            sources,
            first_serial,
            next_serial,
            revoked,
            rsa,
            root,
            first,
            cross,
            second,
            policy,
            deep,
            expired,
            stranger,
        })
    }

    /// The root that clients are to trust.
    pub(super) fn root_pem(&self) -> String {
        self.root.certificate.pem()
    }

    /// The root in DER: the issuer of client certificates too.
    pub(super) fn root_der(&self) -> CertificateDer<'static> {
        self.root.certificate.der().clone()
    }

    /// Issues a leaf for `host` as planned.
    pub(super) fn issue(&mut self, leaf: &Leaf, host: &str) -> Result<Identity, rcgen::Error> {
        let end = leaf.left * HOUR;
        let validity = (moment(self.now, end - leaf.lifetime * HOUR)?, moment(self.now, end)?);
        let serial = self.next_serial;
        let mut params = leaf_params(leaf.host.unwrap_or(host), serial, validity)?;
        self.next_serial += 1;
        self.announce(leaf.revocation, &mut params);
        if leaf.revocation.revoked {
            self.revoked.push((serial, self.now - REVOKED_AGO));
        }
        let fresh = |algorithm| {
            let key = KeyPair::generate_for(algorithm)?;
            Ok::<_, rcgen::Error>((self.certify(&params, leaf.issuer, &key)?, Some(private(&key))))
        };
        let (certificate, key) = match leaf.key {
            Key::P256 => fresh(&PKCS_ECDSA_P256_SHA256)?,
            Key::P384 => fresh(&PKCS_ECDSA_P384_SHA384)?,
            Key::Ed25519 => fresh(&PKCS_ED25519)?,
            Key::Rsa2048 => (self.certify(&params, leaf.issuer, &self.rsa)?, Some(private(&self.rsa))),
            Key::Rsa1024 => (params.signed_by(&weak::PublicKey::new(), &self.first.issuer)?, None),
        };
        let staple = leaf.revocation.staple.map(|staple| self.staple(staple, serial)).transpose()?;
        Ok(Identity { chain: self.chain(certificate.into(), leaf), key, staple })
    }

    /// Tells clients whom to ask and what to expect.
    fn announce(&self, revocation: Revocation, params: &mut CertificateParams) {
        let Sources { responder, deaf } = self.sources;
        match revocation.source {
            None => {}
            Some(Source::List) => {
                let url = format!("http://{responder}{}", responder::LIST);
                params.crl_distribution_points = vec![CrlDistributionPoint { uris: vec![url] }];
            }
            Some(Source::Responder) => params.custom_extensions.push(ocsp_at(responder)),
            Some(Source::Deaf) => params.custom_extensions.push(ocsp_at(deaf)),
        }
        if revocation.must_staple {
            params.custom_extensions.push(CustomExtension::from_oid_content(TLS_FEATURE, STATUS_REQUEST.to_vec()));
        }
    }

    fn staple(&self, staple: Staple, serial: u64) -> Result<Vec<u8>, rcgen::Error> {
        let (about, term) = match staple {
            Staple::Current => (serial, Term::around(self.now)),
            Staple::Ended => (serial, Term::ended(self.now)),
            Staple::Foreign => (serial + 1, Term::around(self.now)),
        };
        let name = self.first.name();
        Signer { name: &name, key: self.first.issuer.key() }.response(about, Standing::Good, term)
    }

    /// What its first issuing authority answers to those who ask, when everything is issued.
    pub(super) fn register(self) -> Result<Register, rcgen::Error> {
        let issued = self.first_serial..self.next_serial;
        Register::new(self.first.name(), self.first.issuer, issued, self.revoked, self.now)
    }

    /// Issues a client certificate: itself, its intermediate and its key in PEM.
    pub(super) fn issue_client(&mut self, client: Client) -> Result<String, rcgen::Error> {
        let left = if client == Client::Expired { -24 * HOUR } else { 24 * HOUR };
        let validity = (moment(self.now, left - 30 * 24 * HOUR)?, moment(self.now, left)?);
        let mut params = leaf_params(&format!("{}.client.lab.example", client.name()), self.next_serial, validity)?;
        self.next_serial += 1;
        if client != Client::ServerOnly {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        }
        let issuer = if client == Client::Stranger { &self.stranger } else { &self.first };
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let certificate = params.signed_by(&key, &issuer.issuer)?;
        Ok([certificate.pem(), issuer.certificate.pem(), key.serialize_pem()].concat())
    }

    fn certify(
        &self,
        params: &CertificateParams,
        issuer: Issuer,
        key: &KeyPair,
    ) -> Result<rcgen::Certificate, rcgen::Error> {
        match self.issuers(issuer).first() {
            Some(ca) => params.signed_by(key, &ca.issuer),
            None => params.self_signed(key),
        }
    }

    /// The issuer of a leaf, its issuer, and so on, without the root.
    fn issuers(&self, issuer: Issuer) -> Vec<&Ca> {
        match issuer {
            Issuer::Itself => vec![],
            Issuer::First => vec![&self.first],
            Issuer::Second => vec![&self.second],
            Issuer::Deep => vec![&self.deep, &self.policy],
            Issuer::Expired => vec![&self.expired],
            Issuer::Stranger => vec![&self.stranger],
        }
    }

    fn chain(&self, certificate: CertificateDer<'static>, leaf: &Leaf) -> Vec<CertificateDer<'static>> {
        let der = |ca: &Ca| ca.certificate.der().clone();
        let mut chain: Vec<_> =
            std::iter::once(certificate).chain(self.issuers(leaf.issuer).into_iter().map(der)).collect();
        match leaf.sent {
            Sent::InOrder => {}
            Sent::LeafOnly => chain.truncate(1),
            Sent::Reversed => chain[1..].reverse(),
            Sent::Crossed => chain.push(self.cross.clone()),
            Sent::Dozen => chain.extend(vec![der(&self.first); 10]),
            Sent::Other => chain.splice(1.., [der(&self.second)]).for_each(drop),
            Sent::Twice => chain.extend_from_within(1..),
            Sent::WithRoot => chain.push(der(&self.root)),
            Sent::WithStranger => chain.push(der(&self.stranger)),
        }
        chain
    }
}

impl Ca {
    fn new(params: CertificateParams, parent: Option<&Self>) -> Result<Self, rcgen::Error> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let certificate = match parent {
            Some(parent) => params.signed_by(&key, &parent.issuer)?,
            None => params.self_signed(&key)?,
        };
        Ok(Self { certificate, issuer: rcgen::Issuer::new(params, key) })
    }

    /// Its name as DER; it reads what it wrote itself.
    fn name(&self) -> Vec<u8> {
        let parsed = X509Certificate::from_der(self.certificate.der());
        parsed.map(|(_, parsed)| parsed.subject().as_raw().to_vec()).unwrap_or_default()
    }
}

/// RFC 7633.
const TLS_FEATURE: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 1, 24];
/// A SEQUENCE of one INTEGER: the extension `status_request` (RFC 8446 section 4.2).
const STATUS_REQUEST: [u8; 5] = [0x30, 3, 2, 1, 5];

/// An OCSP responder's URL (RFC 5280 section 4.2.2.1).
fn ocsp_at(address: SocketAddr) -> CustomExtension {
    const AUTHORITY_INFORMATION: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 1, 1];
    const OCSP_METHOD: [u8; 10] = [6, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 1];
    let url = format!("http://{address}{}", responder::OCSP);
    let description = [&OCSP_METHOD[..], &tlv(0x86, url.as_bytes())].concat();
    CustomExtension::from_oid_content(AUTHORITY_INFORMATION, tlv(0x30, &tlv(0x30, &description)))
}

type Validity = (OffsetDateTime, OffsetDateTime);

fn ca_params(name: &str, serial: u64, validity: Validity) -> CertificateParams {
    let mut params = params(name, serial, validity);
    params.distinguished_name.push(DnType::OrganizationName, "tlscope lab");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn leaf_params(host: &str, serial: u64, validity: Validity) -> Result<CertificateParams, rcgen::Error> {
    let mut params = params(host, serial, validity);
    params.subject_alt_names = CertificateParams::new(vec![host.to_owned()])?.subject_alt_names;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}

fn params(name: &str, serial: u64, (not_before, not_after): Validity) -> CertificateParams {
    let mut distinguished_name = DistinguishedName::new();
    distinguished_name.push(DnType::CommonName, name);
    let mut params = CertificateParams::default();
    params.not_before = not_before;
    params.not_after = not_after;
    params.serial_number = Some(SerialNumber::from(serial));
    params.distinguished_name = distinguished_name;
    params.use_authority_key_identifier_extension = true;
    params
}

fn private(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivatePkcs8KeyDer::from(key.serialize_der()).into()
}

/// The moment so many seconds from `now`.
fn moment(now: Time, seconds: i64) -> Result<OffsetDateTime, rcgen::Error> {
    register::moment(Time::from_secs(now.secs() + seconds))
}

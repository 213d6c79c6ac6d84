//! Ears inside the TLS library: lets every handshake finish and remembers what it showed.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientSessionStore, ResolvesClientCert, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::{DigitallySignedStruct, NamedGroup, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use webpki::{EndEntityCert, RawPublicKeyEntity};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use super::certificates::{Certificates, ReadChain};
use crate::credentials::Identity;
use crate::model::{ClientAuth, KeyAlgorithm, Untrusted, distinguished_name};

/// What the callbacks of one handshake were told.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// The chain, when a certificate message came; `None` without one.
    pub(super) chain: Option<ReadChain>,
    /// Stapled OCSP response.
    pub(super) staple: Option<Arc<[u8]>>,
    /// The scheme of the proof of possession, and whether the proof holds.
    pub(super) signature: Option<(SignatureScheme, bool)>,
    /// The request for a client certificate.
    pub(super) client_auth: ClientAuth,
}

/// One per handshake: verifier and client-certificate resolver that never say no.
#[derive(Debug)]
pub(super) struct Recorder {
    certificates: Arc<Certificates>,
    algorithms: WebPkiSupportedAlgorithms,
    /// What is presented to a server that asks.
    identity: Option<Arc<Identity>>,
    heard: Mutex<Heard>,
}

impl Recorder {
    /// A request can name 64 KiB of authorities, and every address keeps its own.
    const MOST_AUTHORITY_BYTES: usize = 16 * 1024;

    pub(super) fn new(certificates: Arc<Certificates>, algorithms: WebPkiSupportedAlgorithms) -> Self {
        Self { certificates, algorithms, identity: None, heard: Mutex::default() }
    }

    /// Presents this to a server that asks.
    pub(super) fn presenting(self, identity: Option<Arc<Identity>>) -> Self {
        Self { identity, ..self }
    }

    /// What was heard so far; leaves nothing behind.
    pub(super) fn take(&self) -> Heard {
        std::mem::take(&mut *self.heard())
    }

    fn heard(&self) -> std::sync::MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear_signature(&self, scheme: SignatureScheme, valid: bool) -> HandshakeSignatureValid {
        self.heard().signature = Some((scheme, valid));
        HandshakeSignatureValid::assertion()
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let ders = std::iter::once(end_entity).chain(intermediates).map(AsRef::as_ref);
        let chain = self.certificates.read_chain(ders);
        let mut heard = self.heard();
        heard.chain = Some(chain);
        heard.staple = (!ocsp_response.is_empty()).then(|| ocsp_response.into());
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let valid = verify_tls12_signature(message, cert, dss, &self.algorithms).is_ok()
            || is_signed_unread(cert, message, dss, &self.algorithms)
            || self.heard().chain.as_ref().is_some_and(|chain| is_signed_weakly(chain, message, dss));
        Ok(self.hear_signature(dss.scheme, valid))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let valid = verify_tls13_signature(message, cert, dss, &self.algorithms).is_ok()
            || is_signed_unread(cert, message, dss, &self.algorithms);
        Ok(self.hear_signature(dss.scheme, valid))
    }

    /// With the schemes of old and odd servers at the end, so that their certificates are seen at all.
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = self.algorithms.supported_schemes();
        schemes.extend([SignatureScheme::ED448, SignatureScheme::RSA_PKCS1_SHA1, SignatureScheme::ECDSA_SHA1_Legacy]);
        schemes
    }
}

impl ResolvesClientCert for Recorder {
    fn resolve(
        &self,
        root_hint_subjects: &[&[u8]],
        sigschemes: &[SignatureScheme],
    ) -> Option<Arc<rustls::sign::CertifiedKey>> {
        let names = root_hint_subjects.iter().map(|name| distinguished_name(name));
        let mut room = Self::MOST_AUTHORITY_BYTES;
        let fits = |name: &Untrusted| {
            let left = room.checked_sub(name.as_str().len() + size_of::<Untrusted>());
            room = left.unwrap_or(room);
            left.is_some()
        };
        let authorities = names.take_while(fits).collect();
        // Whatever the authorities: if the server is to refuse it, it shall say so.
        let identity = self.identity.as_deref().filter(|identity| identity.fits(sigschemes));
        let presented = identity.map(|identity| Arc::clone(&identity.leaf));
        self.heard().client_auth = ClientAuth::Requested { authorities, presented };
        identity.map(|identity| Arc::clone(&identity.certified))
    }

    fn has_certs(&self) -> bool {
        self.identity.is_some()
    }
}

/// Whether a signature holds by the key alone, where the verifier takes no certificate of this form (a version, an
/// extension): that is another fault than a key that is not the certificate's.
fn is_signed_unread(
    certificate: &CertificateDer<'_>,
    message: &[u8],
    signed: &DigitallySignedStruct,
    algorithms: &WebPkiSupportedAlgorithms,
) -> bool {
    if EndEntityCert::try_from(certificate).is_ok() {
        return false;
    }
    let Ok((_, x509)) = X509Certificate::from_der(certificate) else { return false };
    let key = SubjectPublicKeyInfoDer::from(x509.public_key().raw);
    let Ok(key) = RawPublicKeyEntity::try_from(&key) else { return false };
    let fitting = algorithms.mapping.iter().filter(|(scheme, _)| *scheme == signed.scheme);
    let mut fitting = fitting.flat_map(|(_, algorithms)| algorithms.iter());
    fitting.any(|algorithm| key.verify_signature(*algorithm, message, signed.signature()).is_ok())
}

/// Whether a TLS 1.2 signature that the verifier refuses for the size of its RSA key, or for SHA-1, holds all the same:
/// a weak key is another fault than a key that is not the certificate's.
fn is_signed_weakly(chain: &ReadChain, message: &[u8], signed: &DigitallySignedStruct) -> bool {
    use aws_lc_rs::signature as algorithm;

    let parameters = match signed.scheme {
        SignatureScheme::RSA_PKCS1_SHA1 => &algorithm::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
        SignatureScheme::RSA_PKCS1_SHA256 => &algorithm::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        SignatureScheme::RSA_PKCS1_SHA512 => &algorithm::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        _ => return false,
    };
    let Some(leaf) = chain.readable.first().filter(|leaf| leaf.key.algorithm == KeyAlgorithm::Rsa) else {
        return false;
    };
    let Ok((_, x509)) = X509Certificate::from_der(&leaf.der) else { return false };
    let key = algorithm::UnparsedPublicKey::new(parameters, &x509.public_key().subject_public_key.data);
    key.verify(message, signed.signature()).is_ok()
}

/// A session store that keeps nothing: every probe is a full handshake, yet tickets are asked for.
#[derive(Debug)]
pub(super) struct NoSessions;

impl ClientSessionStore for NoSessions {
    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    fn set_tls12_session(&self, _: ServerName<'static>, _: Tls12ClientSessionValue) {}

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        None
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _: ServerName<'static>, _: Tls13ClientSessionValue) {}

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_offered_is_what_the_model_says() {
        use std::collections::BTreeSet;

        use crate::model::{OFFERED_GROUPS, OFFERED_SCHEMES, OFFERED_SUITES};

        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let suites = provider.cipher_suites.iter().map(|suite| u32::from(u16::from(suite.suite())));
        assert_eq!(suites.collect::<BTreeSet<_>>(), OFFERED_SUITES.iter().map(|suite| suite.0).collect());
        let groups = provider.kx_groups.iter().map(|group| u16::from(group.name()));
        assert_eq!(groups.collect::<BTreeSet<_>>(), OFFERED_GROUPS.iter().map(|group| group.0).collect());
        let recorder = Recorder::new(Arc::default(), provider.signature_verification_algorithms);
        let schemes = recorder.supported_verify_schemes().into_iter().map(u16::from);
        assert_eq!(schemes.collect::<BTreeSet<_>>(), OFFERED_SCHEMES.iter().map(|scheme| scheme.0).collect());
    }

    #[test]
    fn a_long_list_of_authorities_is_cut() {
        let algorithms = rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms;
        let recorder = Recorder::new(Arc::default(), algorithms);
        let names = vec![&b"\x07\x07\x07"[..]; 10_000];
        assert!(recorder.resolve(&names, &[]).is_none());
        let ClientAuth::Requested { authorities, .. } = recorder.take().client_auth else { panic!("it asked") };
        assert!(authorities.iter().map(|name| name.as_str().len()).sum::<usize>() <= Recorder::MOST_AUTHORITY_BYTES);
        assert!(authorities.len() > 100);
    }
}

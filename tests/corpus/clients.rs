//! Client certificates: servers that want one, and what they make of ours.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{
    CertificateRevocationListParams, ExtendedKeyUsagePurpose, KeyIdMethod, RevocationReason, RevokedCertParams,
};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::sign::SingleCertAndKey;
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, ServerConfig, SignatureScheme,
};
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, UnixTime};
use tlscope::model::{ClientFiles, Expectations, Secret, Target};
use tlscope::probe::{ClientChoice, Settings};

use crate::bench::{Bench, at, prober_with, serve};
use crate::papers::{Authority, DAY, Leaf, now, serial};
use crate::record::Record;

const OURS: [u8; 4] = [0x11, 0x22, 0x33, 0x44];

pub(crate) async fn record() -> Vec<Record> {
    let root = Authority::root("Bench Root");
    let ours = root.leaf(|params| {
        params.serial_number = Some(serial(&OURS));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    let files = Arc::new(ClientFiles { certificate: PathBuf::from("ours.pem"), key: None, password_file: None });
    let choice = ClientChoice::Pem { name: (*files).clone(), text: Secret::new(ours.chain_pem() + &ours.key) };
    let settings = Settings { clients: vec![choice], ..Settings::default() };
    let mut bench = Bench::new(prober_with(&[("bench", &root.pem)], &settings));
    let leaf = root.leaf(|_| ());

    let showing = |target: Target| Target { client: Some(Arc::clone(&files)), ..target };
    let cases = [
        ("a client certificate that is on the server's list", verifier(&root, Some(&OURS))),
        (
            "a client certificate that is not on the server's list (near miss of mtls.client_revoked, mtls.rejected, \
            mtls.required, mtls.client_expired, mtls.client_no_eku, mtls.client_key_mismatch)",
            verifier(&root, Some(&[9])),
        ),
        ("a server that cannot verify our signature", odd(verifier(&root, None), Oddity::Doubts)),
    ];
    for (name, verifier) in cases {
        bench.survey(name, showing(at(serve(config(&leaf, verifier)).await))).await;
    }

    for (name, schemes) in [
        ("a request for signatures that TLS 1.3 has not", &[SignatureScheme::RSA_PKCS1_SHA256][..]),
        (
            "a request for signatures of which TLS 1.3 has one (near miss of hs.no_shared_sigalg)",
            &[SignatureScheme::RSA_PKCS1_SHA256, SignatureScheme::RSA_PSS_SHA256],
        ),
    ] {
        let verifier = odd(optional(&root), Oddity::Wants(schemes));
        bench.survey(name, at(serve(config(&leaf, verifier)).await)).await;
    }

    let expect = Arc::new(Expectations { mtls: Some(true), ..Expectations::default() });
    let expecting = |target: Target| Target { expect: Some(Arc::clone(&expect)), ..target };
    let open = serve(leaf.config()).await;
    bench.survey("nobody asked for a certificate, where that is expected", expecting(at(open))).await;
    let closed = serve(config(&leaf, verifier(&root, None))).await;
    let name = "everybody asked for a certificate, as expected (near miss of mtls.not_enforced, mtls.optional)";
    bench.survey(name, expecting(showing(at(closed)))).await;
    bench.records
}

fn config(leaf: &Leaf, verifier: Arc<dyn ClientCertVerifier>) -> ServerConfig {
    ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(leaf.certified())))
}

/// One that takes certificates of this authority, but for the one on its list.
fn verifier(root: &Authority, revoked: Option<&[u8]>) -> Arc<dyn ClientCertVerifier> {
    let mut roots = RootCertStore::empty();
    roots.add(root.der.clone()).expect("a root");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    let lists = revoked.map(|serial| list(root, serial));
    verifier.with_crls(lists).build().expect("a verifier")
}

/// One that goes on without a certificate.
fn optional(root: &Authority) -> Arc<dyn ClientCertVerifier> {
    let mut roots = RootCertStore::empty();
    roots.add(root.der.clone()).expect("a root");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    verifier.allow_unauthenticated().build().expect("a verifier")
}

fn odd(usual: Arc<dyn ClientCertVerifier>, oddity: Oddity) -> Arc<dyn ClientCertVerifier> {
    Arc::new(Odd { usual, oddity })
}

fn list(root: &Authority, revoked: &[u8]) -> CertificateRevocationListDer<'static> {
    let entry = RevokedCertParams {
        serial_number: serial(revoked),
        revocation_time: now() - DAY,
        reason_code: Some(RevocationReason::KeyCompromise),
        invalidity_date: None,
    };
    let params = CertificateRevocationListParams {
        this_update: now() - DAY,
        next_update: now() + DAY,
        crl_number: serial(&[1]),
        issuing_distribution_point: None,
        revoked_certs: vec![entry],
        key_identifier_method: KeyIdMethod::Sha256,
    };
    params.signed_by(&root.issuer).expect("a list").der().clone()
}

/// One that is as another is, but for what it wants to be odd.
struct Odd {
    usual: Arc<dyn ClientCertVerifier>,
    oddity: Oddity,
}

#[derive(Debug)]
enum Oddity {
    /// It finds no signature valid: `decrypt_error`.
    Doubts,
    /// It wants these signatures.
    Wants(&'static [SignatureScheme]),
}

impl fmt::Debug for Odd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Odd({:?})", self.oddity)
    }
}

impl Odd {
    /// As the other finds the signature, unless it doubts it.
    fn unless_doubted(
        &self,
        verify: impl FnOnce() -> Result<HandshakeSignatureValid, Error>,
    ) -> Result<HandshakeSignatureValid, Error> {
        match self.oddity {
            Oddity::Doubts => Err(Error::InvalidCertificate(CertificateError::BadSignature)),
            Oddity::Wants(_) => verify(),
        }
    }
}

impl ClientCertVerifier for Odd {
    fn client_auth_mandatory(&self) -> bool {
        self.usual.client_auth_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.usual.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.usual.verify_client_cert(leaf, others, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.unless_doubted(|| self.usual.verify_tls12_signature(message, certificate, signed))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.unless_doubted(|| self.usual.verify_tls13_signature(message, certificate, signed))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        match self.oddity {
            Oddity::Doubts => self.usual.supported_verify_schemes(),
            Oddity::Wants(schemes) => schemes.to_vec(),
        }
    }
}

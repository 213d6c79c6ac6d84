//! From an identity and a stack to a TLS server's configuration.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::cipher_suite::{
    TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TLS13_CHACHA20_POLY1305_SHA256,
};
use rustls::crypto::aws_lc_rs::kx_group::{SECP256R1, X25519};
use rustls::crypto::aws_lc_rs::{default_provider, sign::any_supported_type};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoClientAuth, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SigningKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use rustls::{ALL_VERSIONS, RootCertStore, ServerConfig, SupportedProtocolVersion};
use rustls_pki_types::CertificateDer;

use super::authority::Identity;
use super::plan::Stack;
use super::weak::WeakKey;
use crate::model::Protocol;

/// Bytes a server takes before the handshake is complete.
const MOST_EARLY_DATA: u32 = 16 * 1024;

/// A server that shows `identity`; where the stack asks for clients' certificates, `client_root` issues them.
pub(super) fn server(
    identity: Identity,
    stack: Stack,
    spoken: Protocol,
    client_root: CertificateDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let provider = Arc::new(provider(stack));
    let key: Arc<dyn SigningKey> = match identity.key {
        Some(key) => any_supported_type(&key)?,
        None => Arc::new(WeakKey),
    };
    let mut certified = CertifiedKey::new(identity.chain, key);
    certified.ocsp = identity.staple;
    let mut config = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(versions(stack))?
        .with_client_cert_verifier(client_verifier(stack, client_root, provider)?)
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    config.alpn_protocols = vec![application_protocol(stack, spoken).to_vec()];
    if stack == Stack::EarlyData {
        config.max_early_data_size = MOST_EARLY_DATA;
    }
    Ok(config)
}

const fn application_protocol(stack: Stack, spoken: Protocol) -> &'static [u8] {
    match (stack, spoken) {
        (Stack::OddAlpn, _) => b"lab/1",
        // As PostgreSQL 17 has it; a server that knows ALPN refuses clients that offer nothing it knows.
        (_, Protocol::Postgres) => b"postgresql",
        _ => b"http/1.1",
    }
}

fn versions(stack: Stack) -> &'static [&'static SupportedProtocolVersion] {
    static ONLY_12: &[&SupportedProtocolVersion] = &[&TLS12];
    static ONLY_13: &[&SupportedProtocolVersion] = &[&TLS13];
    match stack {
        Stack::Tls12 | Stack::Mutual12 => ONLY_12,
        Stack::Mutual13 => ONLY_13,
        Stack::Modern
        | Stack::Classical
        | Stack::Nist
        | Stack::ChaCha
        | Stack::OddAlpn
        | Stack::Optional
        | Stack::EarlyData => ALL_VERSIONS,
    }
}

fn provider(stack: Stack) -> CryptoProvider {
    let modern = default_provider();
    match stack {
        Stack::Classical => CryptoProvider { kx_groups: vec![X25519], ..modern },
        Stack::Nist => CryptoProvider { kx_groups: vec![SECP256R1], ..modern },
        Stack::ChaCha => CryptoProvider {
            cipher_suites: vec![TLS13_CHACHA20_POLY1305_SHA256, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256],
            ..modern
        },
        Stack::Modern
        | Stack::Tls12
        | Stack::Mutual12
        | Stack::Mutual13
        | Stack::Optional
        | Stack::OddAlpn
        | Stack::EarlyData => modern,
    }
}

fn client_verifier(
    stack: Stack,
    root: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, rustls::Error> {
    if !matches!(stack, Stack::Mutual12 | Stack::Mutual13 | Stack::Optional) {
        return Ok(Arc::new(NoClientAuth));
    }
    let mut roots = RootCertStore::empty();
    roots.add(root)?;
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    let verifier = if stack == Stack::Optional { verifier.allow_unauthenticated() } else { verifier };
    verifier.build().map_err(|error| rustls::Error::General(error.to_string()))
}

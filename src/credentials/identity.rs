//! Client certificates with their keys, ready to be presented.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::sign::{CertifiedKey, SigningKey};
use rustls::{Error, InconsistentKeys, SignatureScheme};
use rustls_pki_types::CertificateDer;

use super::keyfile::{Fault, KeyFile, Wanted, read};
use crate::model::{Certificate, ClientFiles, Secret};

/// A client certificate and its key.
pub struct Identity {
    /// As TLS uses them: the chain from the certificate on, and what signs.
    pub certified: Arc<CertifiedKey>,
    /// The certificate.
    pub leaf: Arc<Certificate>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.leaf.fingerprint)
    }
}

/// A client certificate that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the client certificate of '{}': {fault}", path.display())]
pub struct ClientError {
    /// The file at fault.
    path: PathBuf,
    fault: ClientFault,
}

#[derive(Debug, thiserror::Error)]
enum ClientFault {
    #[error(transparent)]
    File(#[from] Fault),
    #[error("there is no certificate in it")]
    NoCertificate,
    #[error("there is no private key in it; name the key's file with --client-key")]
    NoKey,
    #[error("its key is of a kind or size that TLS cannot use ({0})")]
    Key(Error),
    #[error("its certificate cannot be read: {0}")]
    Certificate(String),
    #[error("the key{of} does not belong to the certificate '{subject}'")]
    Mismatch {
        /// ` in 'FILE'` when that is another one.
        of: String,
        subject: String,
    },
    #[error("its password file '{}' cannot be read: {fault}", path.display())]
    Password { path: PathBuf, fault: Fault },
}

impl Identity {
    /// Reads it from its files; `general` opens a key without a password of its own. Waits for the disk.
    pub fn load(files: &ClientFiles, general: Option<&Secret>) -> Result<Self, ClientError> {
        let at = |path: &PathBuf, fault: ClientFault| ClientError { path: path.clone(), fault };
        let own = files.password_file.as_ref().map(|path| password(path)).transpose();
        let own = own.map_err(|fault| at(&files.certificate, fault))?;
        let password = own.as_ref().or(general);
        let parse = |path: &PathBuf, wanted| {
            let parsed = read(path).and_then(|bytes| KeyFile::parse(&bytes, password, wanted));
            parsed.map_err(|fault| at(path, fault.into()))
        };
        let wanted = if files.key.is_some() { Wanted::Certificates } else { Wanted::All };
        let mut file = parse(&files.certificate, wanted)?;
        if let Some(path) = &files.key {
            file.key = parse(path, Wanted::All)?.key;
            if file.key.is_none() {
                return Err(at(path, ClientFault::NoKey));
            }
        }
        Self::of(file, files.key.as_ref()).map_err(|fault| at(&files.certificate, fault))
    }

    /// Reads certificate and key in PEM that are known under this name.
    pub fn parse(name: &Path, text: &Secret) -> Result<Self, ClientError> {
        let parsed = KeyFile::parse(text.as_str().as_bytes(), None, Wanted::All).map_err(ClientFault::from);
        parsed.and_then(|file| Self::of(file, None)).map_err(|fault| ClientError { path: name.to_owned(), fault })
    }

    /// The certificate that the key belongs to comes first, whatever the order of the file.
    fn of(file: KeyFile, key_file: Option<&PathBuf>) -> Result<Self, ClientFault> {
        let first = file.certificates.first().cloned().ok_or(ClientFault::NoCertificate)?;
        let key = any_supported_type(&*file.key.ok_or(ClientFault::NoKey)?).map_err(ClientFault::Key)?;
        let mut chain = file.certificates;
        let Some(at) = chain.iter().position(|certificate| belongs(&key, certificate)) else {
            let subject = parse(&first)?.subject.to_string();
            let of = key_file.map_or_else(String::new, |path| format!(" in '{}'", path.display()));
            return Err(ClientFault::Mismatch { of, subject });
        };
        let leaf = chain.remove(at);
        let parsed = Arc::new(parse(&leaf)?);
        chain.insert(0, leaf);
        Ok(Self { certified: Arc::new(CertifiedKey::new(chain, key)), leaf: parsed })
    }

    /// Whether it can prove possession of its key in one of these ways.
    #[must_use]
    pub fn fits(&self, schemes: &[SignatureScheme]) -> bool {
        self.certified.key.choose_scheme(schemes).is_some()
    }
}

fn password(path: &Path) -> Result<Secret, ClientFault> {
    let fault = |fault| ClientFault::Password { path: path.to_owned(), fault };
    let bytes = read(path).map_err(fault)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| fault(Fault::Malformed("it is not UTF-8".to_owned())))?;
    Ok(Secret::new(text.lines().next().unwrap_or_default().to_owned()))
}

fn belongs(key: &Arc<dyn SigningKey>, certificate: &CertificateDer<'static>) -> bool {
    match CertifiedKey::new(vec![certificate.clone()], Arc::clone(key)).keys_match() {
        Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => true,
        Err(_) => false,
    }
}

fn parse(certificate: &CertificateDer<'_>) -> Result<Certificate, ClientFault> {
    Certificate::parse(certificate).map_err(|malformed| ClientFault::Certificate(malformed.reason.to_string()))
}

#[cfg(test)]
#[path = "identity_tests.rs"]
mod tests;

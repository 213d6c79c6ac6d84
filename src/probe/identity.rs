//! Client certificates with their keys, ready to be presented.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::sign::{CertifiedKey, SigningKey};
use rustls::{Error, InconsistentKeys, SignatureScheme};
use rustls_pki_types::CertificateDer;
use tokio::time::Instant;

use super::keyfile::{Fault, KeyFile, Wanted, read};
use crate::model::{Certificate, ClientFiles, Secret, Target};

/// A client certificate to have at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientChoice {
    /// In files.
    Files(ClientFiles),
    /// Certificate and key in PEM, known under the name of files.
    Pem {
        /// What targets call it.
        name: ClientFiles,
        /// The text.
        text: Secret,
    },
}

/// A client certificate and its key.
pub(super) struct Identity {
    pub(super) certified: Arc<CertifiedKey>,
    pub(super) leaf: Arc<Certificate>,
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

/// How long what was read is believed without a look at its files.
const BELIEVED: Duration = Duration::from_secs(30);

/// All client certificates of this run, and those that targets which come later have. They are read again when their
/// files change, as those of short life do; the last that was good is kept.
#[derive(Debug, Default)]
pub(super) struct Identities {
    known: Mutex<HashMap<ClientFiles, Kept>>,
    /// What opens keys of files without a password of their own.
    password: Option<Secret>,
}

/// A client certificate and how it stands with its files.
#[derive(Debug)]
struct Kept {
    /// None where there was no good one yet.
    identity: Option<Arc<Identity>>,
    /// When the files were written, at the last look; none where it is in no files.
    written: Option<Vec<Option<SystemTime>>>,
    looked: Instant,
}

impl Identities {
    /// Reads and checks them all.
    pub(super) fn load(choices: &[ClientChoice], password: Option<&Secret>) -> Result<Self, ClientError> {
        let identities = Self { known: Mutex::default(), password: password.cloned() };
        let looked = Instant::now();
        for choice in choices {
            let (files, written, identity) = match choice {
                ClientChoice::Files(files) => (files, Some(written(files)), load(files, password)?),
                ClientChoice::Pem { name, text } => {
                    let at = |fault: ClientFault| ClientError { path: name.certificate.clone(), fault };
                    let file = KeyFile::parse(text.as_str().as_bytes(), None, Wanted::All)
                        .map_err(|fault| at(fault.into()))?;
                    (name, None, identity(file, None).map_err(at)?)
                }
            };
            identities.known().insert(files.clone(), Kept { identity: Some(Arc::new(identity)), written, looked });
        }
        Ok(identities)
    }

    /// What is presented to a target that asks.
    pub(super) fn of(&self, target: &Target) -> Option<Arc<Identity>> {
        self.at(target.client.as_deref()?, Instant::now())
    }

    fn at(&self, files: &ClientFiles, now: Instant) -> Option<Arc<Identity>> {
        let mut known = self.known();
        let before = known.get(files);
        let is_fresh =
            before.is_some_and(|kept| kept.written.is_none() || now.saturating_duration_since(kept.looked) < BELIEVED);
        if is_fresh {
            return before.and_then(|kept| kept.identity.clone());
        }
        let written = Some(written(files));
        let identity = match before.filter(|kept| kept.written == written && kept.identity.is_some()) {
            Some(same) => same.identity.clone(),
            None => match load(files, self.password.as_ref()) {
                Ok(identity) => Some(Arc::new(identity)),
                Err(error) => {
                    tracing::warn!("{error}");
                    before.and_then(|kept| kept.identity.clone())
                }
            },
        };
        known.insert(files.clone(), Kept { identity: identity.clone(), written, looked: now });
        identity
    }

    fn known(&self) -> MutexGuard<'_, HashMap<ClientFiles, Kept>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When each of the files was written.
fn written(files: &ClientFiles) -> Vec<Option<SystemTime>> {
    let all = [Some(&files.certificate), files.key.as_ref(), files.password_file.as_ref()];
    all.into_iter().flatten().map(|path| fs::metadata(path).and_then(|file| file.modified()).ok()).collect()
}

impl Identity {
    /// Whether it can prove possession of its key in one of these ways.
    pub(super) fn fits(&self, schemes: &[SignatureScheme]) -> bool {
        self.certified.key.choose_scheme(schemes).is_some()
    }
}

fn load(files: &ClientFiles, general: Option<&Secret>) -> Result<Identity, ClientError> {
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
    identity(file, files.key.as_ref()).map_err(|fault| at(&files.certificate, fault))
}

fn password(path: &Path) -> Result<Secret, ClientFault> {
    let fault = |fault| ClientFault::Password { path: path.to_owned(), fault };
    let bytes = read(path).map_err(fault)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| fault(Fault::Malformed("it is not UTF-8".to_owned())))?;
    Ok(Secret::new(text.lines().next().unwrap_or_default().to_owned()))
}

/// The certificate that the key belongs to comes first, whatever the order of the file.
fn identity(file: KeyFile, key_file: Option<&PathBuf>) -> Result<Identity, ClientFault> {
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
    Ok(Identity { certified: Arc::new(CertifiedKey::new(chain, key)), leaf: parsed })
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

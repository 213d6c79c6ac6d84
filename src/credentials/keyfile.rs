//! Files that hold certificates and a private key: PEM and PKCS#12. Keys are wiped from memory when dropped.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use p12_keystore::Pkcs12Archive;
use p12_keystore::error::Error as Pkcs12Error;
use pkcs8::EncryptedPrivateKeyInfoRef;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer};
use zeroize::Zeroizing;

use super::traditional::{Unopened, open_traditional};
use crate::model::Secret;

/// More than any chain and key; a file that is larger is something else.
const MOST_BYTES: u64 = 1024 * 1024;

/// What was found in a file.
#[derive(Default)]
pub(super) struct KeyFile {
    /// In the order of the file.
    pub(super) certificates: Vec<CertificateDer<'static>>,
    /// The first private key.
    pub(super) key: Option<Zeroizing<PrivateKeyDer<'static>>>,
}

/// What a file is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    All,
    Certificates,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("{0}")]
    Read(#[from] io::Error),
    #[error("it has more than 1 MiB")]
    TooLarge,
    #[error("it is neither PEM nor PKCS#12")]
    NeitherKind,
    #[error("{0}")]
    Malformed(String),
    #[error(
        "its key is encrypted and no password is given; give one with --client-cert-password-file or \
         TLSCOPE_CLIENT_CERT_PASSWORD"
    )]
    NoPassword,
    #[error("the password is wrong")]
    WrongPassword,
    #[error(
        "its key is encrypted in a way that cannot be read ({0}); convert it with 'openssl pkcs8 -topk8 -v2 aes256'"
    )]
    Encryption(String),
}

impl From<Unopened> for Fault {
    fn from(unopened: Unopened) -> Self {
        match unopened {
            Unopened::Wrong => Self::WrongPassword,
            Unopened::Unknown(how) => Self::Encryption(how),
        }
    }
}

impl KeyFile {
    /// Reads the contents of a file of either kind; a key in PEM that is not `wanted` is not looked at.
    pub(super) fn parse(bytes: &[u8], password: Option<&Secret>, wanted: Wanted) -> Result<Self, Fault> {
        const BEGIN: &[u8] = b"-----BEGIN ";
        if bytes.windows(BEGIN.len()).any(|window| window == BEGIN) {
            return Self::of_pem(bytes, password, wanted);
        }
        // A sequence; what else DER files are made of is not told apart here.
        if bytes.first() == Some(&0x30) { Self::of_pkcs12(bytes, password) } else { Err(Fault::NeitherKind) }
    }

    fn of_pem(bytes: &[u8], password: Option<&Secret>, wanted: Wanted) -> Result<Self, Fault> {
        let blocks = pem::parse_many(bytes).map_err(|error| Fault::Malformed(error.to_string()))?;
        let mut file = Self::default();
        for block in blocks {
            let is_key = block.tag().ends_with("PRIVATE KEY");
            if is_key && (file.key.is_some() || wanted == Wanted::Certificates) {
                drop(Zeroizing::new(block.into_contents()));
                continue;
            }
            let kind = block.tag().to_owned();
            let is_sealed = block.headers().get("Proc-Type").is_some_and(|kind| kind.contains("ENCRYPTED"));
            let dek_info = block.headers().get("DEK-Info").unwrap_or_default().to_owned();
            let mut contents = block.into_contents();
            if is_key && is_sealed {
                let password = password.ok_or(Fault::NoPassword)?;
                // It is moved where it is wiped at the end.
                contents = std::mem::take(&mut *open_traditional(&dek_info, &contents, password)?);
            }
            match &*kind {
                "CERTIFICATE" => file.certificates.push(contents.into()),
                "PRIVATE KEY" => file.key = Some(wiped(PrivatePkcs8KeyDer::from(contents).into())),
                "RSA PRIVATE KEY" => file.key = Some(wiped(PrivatePkcs1KeyDer::from(contents).into())),
                "EC PRIVATE KEY" => file.key = Some(wiped(PrivateSec1KeyDer::from(contents).into())),
                "ENCRYPTED PRIVATE KEY" => file.key = Some(decrypt(&contents, password)?),
                _ => (),
            }
        }
        Ok(file)
    }

    fn of_pkcs12(bytes: &[u8], password: Option<&Secret>) -> Result<Self, Fault> {
        let word = password.map_or("", Secret::as_str);
        let archive = Pkcs12Archive::from_pkcs12(bytes, word).map_err(|error| match error {
            Pkcs12Error::MacError(_) if password.is_none() => Fault::NoPassword,
            Pkcs12Error::MacError(_) | Pkcs12Error::UnpadError => Fault::WrongPassword,
            Pkcs12Error::DerError(_) | Pkcs12Error::InvalidVersion => Fault::NeitherKind,
            other => Fault::Malformed(other.to_string()),
        })?;
        let pkcs8 = |key: &[u8]| wiped(PrivatePkcs8KeyDer::from(key.to_vec()).into());
        Ok(Self {
            certificates: archive.certs.iter().map(|bag| bag.cert.as_der().to_vec().into()).collect(),
            key: archive.keys.first().map(|bag| pkcs8(bag.key.as_der())),
        })
    }
}

fn wiped(key: PrivateKeyDer<'static>) -> Zeroizing<PrivateKeyDer<'static>> {
    Zeroizing::new(key)
}

fn decrypt(contents: &[u8], password: Option<&Secret>) -> Result<Zeroizing<PrivateKeyDer<'static>>, Fault> {
    let info = EncryptedPrivateKeyInfoRef::try_from(contents).map_err(|error| Fault::Encryption(error.to_string()))?;
    let password = password.ok_or(Fault::NoPassword)?;
    // A wrong password shows as bad padding, or as plaintext that is no key.
    let key = info.decrypt(password.as_str()).map_err(|error| match error {
        pkcs8::Error::EncryptedPrivateKey(error) if error != pkcs8::pkcs5::Error::DecryptFailed => {
            Fault::Encryption(error.to_string())
        }
        _ => Fault::WrongPassword,
    })?;
    Ok(wiped(PrivatePkcs8KeyDer::from(key.as_bytes().to_vec()).into()))
}

/// The whole file, if it is not too large.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let file = File::open(path)?;
    // All room at once: a buffer that grows leaves copies behind. A pipe does not say its length.
    let length = file.metadata()?.len().clamp(16 * 1024, MOST_BYTES + 1);
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(length).unwrap_or_default() + 1));
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES { Err(Fault::TooLarge) } else { Ok(bytes) }
}

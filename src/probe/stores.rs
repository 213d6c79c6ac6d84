//! Trust stores: whose word counts, by name.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls_pki_types::{CertificateDer, TrustAnchor};

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer as _;

use crate::credentials::{Authorities, AuthoritiesFault};
use crate::model::{Fingerprint, Time, Untrusted};

/// One store to load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreChoice {
    /// Certificates of a PEM (or one in a DER) file.
    File(PathBuf),
    /// Mozilla's roots, as of this program's build.
    Mozilla,
    /// Certificates in PEM that are in no file.
    Pem {
        /// What the store is called.
        name: Arc<str>,
        /// The certificates.
        text: String,
    },
    /// The platform's roots; `SSL_CERT_FILE` and `SSL_CERT_DIR` are honoured.
    System,
}

/// Why a CA file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// What is in it is of no use.
    #[error("{store}: {fault}")]
    Unusable {
        /// The file, or the store's name.
        store: Arc<str>,
        /// What is wrong with it.
        fault: AuthoritiesFault,
    },
    /// It cannot be read.
    #[error("cannot read the CA file {}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's words.
        error: std::io::Error,
    },
}

/// Named trust stores in the order of their verdicts. A path to an anchor of any of them is trusted.
#[derive(Clone, Debug, Default)]
pub struct TrustStores {
    pub(super) stores: Vec<Store>,
}

/// Trust anchors under one name.
#[derive(Clone, Debug)]
pub(super) struct Store {
    pub(super) name: Arc<str>,
    pub(super) anchors: Arc<[TrustAnchor<'static>]>,
    /// What else their certificates say, one for each anchor.
    pub(super) roots: Arc<[Root]>,
}

/// What an anchor's certificate says beside name and key. Verifiers differ in whether they care.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Root {
    /// SHA-256 of the subject's DER, as in [`crate::model::Certificate::subject_id`].
    pub(super) subject_id: Fingerprint,
    pub(super) not_before: Time,
    pub(super) not_after: Time,
    /// The same of the issuer.
    pub(super) issuer_id: Fingerprint,
    /// Subject key identifier, hexadecimal.
    pub(super) key_id: Option<String>,
}

impl Store {
    /// Those that the verifier cannot use as anchors are left out.
    pub(super) fn new<'a>(name: Arc<str>, certificates: impl Iterator<Item = &'a CertificateDer<'a>>) -> Self {
        let read = certificates.filter_map(|der| {
            let anchor = webpki::anchor_from_trusted_cert(der).ok()?;
            Some((anchor.to_owned(), Root::read(der)?))
        });
        let (anchors, roots): (Vec<_>, Vec<_>) = read.unzip();
        Self { name, anchors: anchors.into(), roots: roots.into() }
    }
}

impl Store {
    /// Whether an anchor is a root, or the store has its root above it.
    pub(super) fn has_root_above(&self, root: &Root) -> bool {
        let mut at = root;
        for _ in 0..self.roots.len() {
            if at.is_self_issued() {
                return true;
            }
            let Some(above) = self.roots.iter().find(|above| above.subject_id == at.issuer_id) else { return false };
            at = above;
        }
        false
    }
}

impl Root {
    pub(super) fn is_self_issued(&self) -> bool {
        self.subject_id == self.issuer_id
    }

    pub(super) fn is_in_time(&self, now: Time) -> bool {
        (self.not_before..=self.not_after).contains(&now)
    }

    /// Lighter than [`crate::model::Certificate::parse`]: no signature is checked.
    fn read(der: &[u8]) -> Option<Self> {
        let (_, x509) = X509Certificate::from_der(der).ok()?;
        let key_id = x509.extensions().iter().find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(id) => Some(hex(id.0)),
            _ => None,
        });
        Some(Self {
            subject_id: Fingerprint::of(x509.subject().as_raw()),
            not_before: Time::from_secs(x509.validity().not_before.timestamp()),
            not_after: Time::from_secs(x509.validity().not_after.timestamp()),
            issuer_id: Fingerprint::of(x509.issuer().as_raw()),
            key_id,
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl TrustStores {
    /// Loads stores in order, and says what the user should know about them.
    ///
    /// An empty system store is replaced by Mozilla's roots. Without any choice nothing is trusted.
    pub fn load(choices: &[StoreChoice]) -> Result<(Self, Vec<String>), TrustError> {
        let mut stores: Vec<Store> = Vec::new();
        let mut notices = Vec::new();
        for choice in choices {
            let store = match choice {
                StoreChoice::File(path) => file(path, &mut notices)?,
                StoreChoice::Mozilla => mozilla(),
                StoreChoice::Pem { name, text } => read(name.clone(), text.as_bytes(), &mut notices)?,
                StoreChoice::System => system(&mut notices).unwrap_or_else(mozilla),
            };
            if stores.iter().all(|known| known.name != store.name) {
                stores.push(store);
            }
        }
        Ok((Self { stores }, notices))
    }

    /// Names of the stores, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.stores.iter().map(|store| &*store.name)
    }
}

fn mozilla() -> Store {
    Store::new("mozilla".into(), webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter())
}

fn system(notices: &mut Vec<String>) -> Option<Store> {
    let found = rustls_native_certs::load_native_certs();
    let store = Store::new("system".into(), found.certs.iter());
    let problems = found.errors.iter().map(|error| Untrusted::new(&error.to_string()));
    if store.anchors.is_empty() {
        let reasons: Vec<String> = problems.map(|problem| problem.to_string()).collect();
        let because = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join("; ")) };
        notices.push(format!("the system's trust store is empty{because}; using Mozilla's roots instead"));
        return None;
    }
    notices.extend(problems.map(|problem| format!("the system's trust store is incomplete: {problem}")));
    Some(store)
}

fn file(path: &Path, notices: &mut Vec<String>) -> Result<Store, TrustError> {
    let bytes = std::fs::read(path).map_err(|error| TrustError::Read { path: path.to_owned(), error })?;
    read(path.to_string_lossy().into(), &bytes, notices)
}

fn read(name: Arc<str>, bytes: &[u8], notices: &mut Vec<String>) -> Result<Store, TrustError> {
    let read = Authorities::parse(bytes).map_err(|fault| TrustError::Unusable { store: name.clone(), fault })?;
    notices.extend(
        read.others
            .iter()
            .map(|(block, kind)| format!("{name}: block {block} is no certificate but '{kind}'; ignored")),
    );
    Ok(Store::new(name, read.certificates.iter()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(name: &str) -> String {
        let mut params = rcgen::CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().pem()
    }

    fn load(text: &str) -> Result<(TrustStores, Vec<String>), TrustError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, text).unwrap();
        TrustStores::load(&[StoreChoice::File(file.path().to_owned())])
    }

    #[test]
    fn a_file_is_one_store_named_by_its_path() {
        let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
        let (stores, notices) = load(&format!("# ours\n{}\n{key}{}", root("One"), root("Two"))).unwrap();
        assert_eq!((stores.stores[0].anchors.len(), stores.stores[0].roots.len()), (2, 2));
        assert!(stores.stores[0].roots.iter().all(|root| root.is_self_issued() && root.key_id.is_some()));
        assert!(stores.names().next().unwrap().contains("tmp"));
        assert!(notices[0].contains("block 2 is no certificate but 'PRIVATE KEY'"), "{notices:?}");
    }

    #[test]
    fn text_is_a_store_by_its_name() {
        let choice = |text: &str| StoreChoice::Pem { name: "lab".into(), text: text.to_owned() };
        let (stores, _) = TrustStores::load(&[choice(&root("One"))]).unwrap();
        assert_eq!((stores.names().collect::<Vec<_>>(), stores.stores[0].anchors.len()), (vec!["lab"], 1));
        assert!(TrustStores::load(&[choice("")]).unwrap_err().to_string().starts_with("lab: there is no certificate"));
    }

    #[test]
    fn a_bad_block_is_named() {
        let good = root("One");
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let unended = "-----BEGIN CERTIFICATE-----\nAAAA\n";
        for bad in [broken, unended] {
            let error = load(&format!("{good}{bad}{good}")).unwrap_err().to_string();
            assert!(error.contains("block 2 cannot be read"), "{error}");
        }
        assert!(load("nothing here").unwrap_err().to_string().contains("no certificate in this file"));
        let missing = TrustStores::load(&[StoreChoice::File("/nowhere/ca.pem".into())]).unwrap_err().to_string();
        assert!(missing.contains("/nowhere/ca.pem"), "{missing}");
    }

    #[test]
    fn mozilla_is_there_and_no_choice_trusts_nothing() {
        let (stores, notices) = TrustStores::load(&[StoreChoice::Mozilla, StoreChoice::Mozilla]).unwrap();
        assert_eq!(stores.names().collect::<Vec<_>>(), ["mozilla"]);
        assert!(stores.stores[0].anchors.len() > 100 && notices.is_empty());
        assert_eq!(stores.stores[0].anchors.len(), webpki_root_certs::TLS_SERVER_ROOT_CERTS.len());
        assert_eq!(TrustStores::load(&[]).unwrap().0.names().count(), 0);
    }
}

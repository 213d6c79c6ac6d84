//! Whose word counts when a source is fetched over TLS.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls_pki_types::{CertificateDer, TrustAnchor};

use crate::credentials::Authorities;

/// Files beyond this are not read.
const LARGEST: u64 = 16 << 20;

/// Root certificates, read anew for each fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roots {
    /// Those of the platform (`SSL_CERT_FILE` and `SSL_CERT_DIR` are honoured); where it has none, Mozilla's.
    pub system: bool,
    /// Mozilla's, compiled in.
    pub mozilla: bool,
    /// Those of these files: PEM, or one in DER.
    pub files: Vec<PathBuf>,
    /// Those of this text in PEM.
    pub text: Option<String>,
}

impl Default for Roots {
    fn default() -> Self {
        Self { system: true, mozilla: false, files: Vec::new(), text: None }
    }
}

impl Roots {
    /// What the verifier cannot use is left out.
    pub(super) fn load(&self) -> Result<RootCertStore, String> {
        let mut roots = RootCertStore::empty();
        let mut add = |der: &CertificateDer<'_>| roots.roots.extend(anchor(der));
        let of_system = if self.system { rustls_native_certs::load_native_certs().certs } else { Vec::new() };
        of_system.iter().for_each(&mut add);
        if self.mozilla || self.system && of_system.is_empty() {
            webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().for_each(&mut add);
        }
        for path in &self.files {
            let read = file(path).map_err(|reason| format!("the CA file '{}': {reason}", path.display()))?;
            read.iter().for_each(&mut add);
        }
        if let Some(text) = &self.text {
            let read = Authorities::parse(text.as_bytes());
            let read = read.map_err(|fault| format!("the authorities in 'tls_config.ca': {fault}"))?;
            read.certificates.iter().for_each(&mut add);
        }
        if roots.is_empty() {
            return Err("no certificate authority is trusted; --trust or --ca-file can name some".to_owned());
        }
        Ok(roots)
    }
}

fn anchor(der: &CertificateDer<'_>) -> Option<TrustAnchor<'static>> {
    Some(webpki::anchor_from_trusted_cert(der).ok()?.to_owned())
}

fn file(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let mut bytes = Vec::new();
    // A device or a pipe does not say how much there is.
    let read = File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes));
    read.map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!("larger than {} MiB", LARGEST >> 20));
    }
    Ok(Authorities::parse(&bytes).map_err(|fault| fault.to_string())?.certificates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_chosen_is_trusted() {
        let count = |roots: &Roots| roots.load().unwrap().len();
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        let pem = rcgen::generate_simple_self_signed(vec!["a.example".to_owned()]).unwrap();
        std::fs::write(path("two.pem"), pem.cert.pem().repeat(2)).unwrap();
        std::fs::write(path("one.der"), pem.cert.der()).unwrap();
        let of = |names: &[&str]| Roots {
            system: false,
            mozilla: false,
            files: names.iter().map(|name| path(name)).collect(),
            text: None,
        };
        assert_eq!(count(&of(&["two.pem", "one.der"])), 3);
        let mozilla = Roots { mozilla: true, ..of(&[]) };
        assert_eq!(count(&mozilla), webpki_root_certs::TLS_SERVER_ROOT_CERTS.len());
        assert!(of(&[]).load().unwrap_err().starts_with("no certificate authority is trusted"));
        std::fs::write(path("none.pem"), "nothing").unwrap();
        let cases = [
            ("none.pem", "there is no certificate in this file"),
            ("gone.pem", "No such file"),
            ("/dev/zero", "larger than 16 MiB"),
        ];
        for (name, expected) in cases {
            let error = of(&[name]).load().unwrap_err();
            assert!(error.contains(name) && error.contains(expected), "{error}");
        }
    }
}

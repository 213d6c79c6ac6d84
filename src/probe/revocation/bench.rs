//! For tests: an authority whose statements OpenSSL makes.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer as Signer, KeyPair, SerialNumber};
use tempfile::TempDir;

use super::{Case, Issuer};
use crate::model::{Certificate, Clock as _, SystemClock, Time};
use crate::probe::rig::around_now;

/// A directory with an authority (`ca`), its database (`index.txt`) and whatever else is issued.
pub(in crate::probe) struct Bench {
    directory: TempDir,
    ca: Signer<'static, KeyPair>,
    pub(in crate::probe) root: Certificate,
}

/// Ended when dropped.
pub(in crate::probe) struct Responder {
    child: Child,
    pub(in crate::probe) port: u16,
    /// Kept open: a program that cannot write ends.
    _output: Box<dyn Iterator<Item = std::io::Result<String>>>,
}

impl Drop for Responder {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(in crate::probe) const GOOD: u64 = 0x1234;
pub(in crate::probe) const REVOKED: u64 = 0x80FF;
pub(in crate::probe) const UNKNOWN: u64 = 0x77;

impl Bench {
    /// `None`, said aloud, where OpenSSL cannot be run.
    pub(in crate::probe) fn new() -> Option<Self> {
        if let Err(error) = Command::new("openssl").arg("version").output() {
            eprintln!("skipped, as the openssl command cannot be run: {error}");
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        let (params, key) = authority("Bench Root");
        let root = params.self_signed(&key).unwrap();
        fs::write(directory.path().join("ca.pem"), root.pem()).unwrap();
        fs::write(directory.path().join("ca.key"), key.serialize_pem()).unwrap();
        let index = "V\t300101000000Z\t\t1234\tunknown\t/CN=good\n\
                     R\t300101000000Z\t260101000000Z,keyCompromise\t80FF\tunknown\t/CN=revoked\n";
        fs::write(directory.path().join("index.txt"), index).unwrap();
        let root = Certificate::parse(root.der()).unwrap();
        Some(Self { directory, ca: Signer::new(params, key), root })
    }

    pub(in crate::probe) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// A certificate of this serial number.
    pub(in crate::probe) fn certificate(
        &self,
        serial: u64,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Certificate {
        self.issue("leaf", serial, change)
    }

    /// The question about such a certificate.
    pub(in crate::probe) fn case(&self, serial: u64) -> Case {
        Case::new(&self.certificate(serial, |_| {}), Issuer::of_certificate(&self.root).unwrap()).unwrap()
    }

    /// Issues a certificate into `name`.pem and `name`.key.
    pub(in crate::probe) fn issue(
        &self,
        name: &str,
        serial: u64,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Certificate {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![format!("{name}.example")]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.serial_number = Some(SerialNumber::from(serial));
        (params.not_before, params.not_after) = (around_now(-3600), around_now(3600));
        change(&mut params);
        let certificate = params.signed_by(&key, &self.ca).unwrap();
        fs::write(self.path().join(format!("{name}.pem")), certificate.pem()).unwrap();
        fs::write(self.path().join(format!("{name}.key")), key.serialize_pem()).unwrap();
        Certificate::parse(certificate.der()).unwrap()
    }

    /// The key of a certificate that was issued into `name`.key.
    pub(in crate::probe) fn key(&self, name: &str) -> KeyPair {
        KeyPair::from_pem(&fs::read_to_string(self.path().join(format!("{name}.key"))).unwrap()).unwrap()
    }

    /// A running `openssl ocsp` that answers on a port of the system's choice.
    pub(in crate::probe) fn responder(&self) -> Responder {
        let papers = ["-index", "index.txt", "-CA", "ca.pem", "-rsigner", "ca.pem", "-rkey", "ca.key"];
        self.start(&[&["ocsp", "-port", "0", "-ndays", "1"][..], &papers].concat())
    }

    /// A running `openssl s_server` with the papers of `leaf`.
    pub(in crate::probe) fn server(&self, options: &[&str]) -> Responder {
        let papers = ["-cert", "leaf.pem", "-key", "leaf.key"];
        self.start(&[&["s_server", "-www", "-accept", "127.0.0.1:0"][..], &papers, options].concat())
    }

    /// Starts a program that says where it accepts.
    fn start(&self, arguments: &[&str]) -> Responder {
        let mut child = Command::new("openssl")
            .args(arguments)
            .current_dir(self.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let accept = lines.find_map(|line| line.unwrap().strip_prefix("ACCEPT ").map(str::to_owned)).unwrap();
        let port = accept.split_whitespace().next().unwrap().rsplit(':').next().unwrap().parse().unwrap();
        Responder { child, port, _output: Box::new(lines) }
    }

    /// What `openssl ocsp` answers to a request, signed by the papers of `signer`.
    pub(in crate::probe) fn respond(&self, request: &[u8], signer: &str, options: &[&str]) -> Vec<u8> {
        fs::write(self.path().join("request.der"), request).unwrap();
        let (certificate, key) = (format!("{signer}.pem"), format!("{signer}.key"));
        self.openssl(
            &[
                &["ocsp", "-index", "index.txt", "-CA", "ca.pem", "-rsigner", &certificate, "-rkey", &key][..],
                &["-reqin", "request.der", "-respout", "response.der", "-ndays", "1"],
                options,
            ]
            .concat(),
        );
        fs::read(self.path().join("response.der")).unwrap()
    }

    /// The list that `openssl ca` makes of the database, with these lines as its extensions (`idp`).
    pub(in crate::probe) fn list(&self, extensions: &str) -> Vec<u8> {
        let version = if extensions.is_empty() { "" } else { "crl_extensions = idp" };
        let config = format!(
            "[ca]\ndefault_ca = bench\n[bench]\ndatabase = index.txt\ndefault_md = sha256\n{version}\n[idp]\n{extensions}\n"
        );
        fs::write(self.path().join("ca.conf"), config).unwrap();
        let out = ["-cert", "ca.pem", "-keyfile", "ca.key", "-crldays", "1", "-out", "list.pem"];
        self.openssl(&[&["ca", "-gencrl", "-config", "ca.conf"], &out[..]].concat());
        pem::parse(fs::read(self.path().join("list.pem")).unwrap()).unwrap().into_contents()
    }

    fn openssl(&self, arguments: &[&str]) -> Output {
        let output = Command::new("openssl").args(arguments).current_dir(self.path()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }
}

pub(in crate::probe) fn authority(name: &str) -> (CertificateParams, KeyPair) {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    (params, KeyPair::generate().unwrap())
}

pub(in crate::probe) fn now() -> Time {
    SystemClock.now()
}

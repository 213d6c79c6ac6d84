//! Servers of other makes, and papers for them.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

pub(crate) const HOST: &str = "shop.example";

/// Whether a program can be run; says so when it cannot.
pub(crate) fn has(program: &str, argument: &str) -> bool {
    let ran = Command::new(program).arg(argument).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if let Err(error) = &ran {
        eprintln!("skipped, as {program} cannot be run: {error}");
    }
    ran.is_ok()
}

/// Self-signed certificates of several key types, as files.
pub(crate) struct Papers {
    directory: TempDir,
}

impl Papers {
    /// `None` where there is nothing to make them with.
    pub(crate) fn make() -> Option<Self> {
        if !has("openssl", "version") {
            return None;
        }
        let papers = Self { directory: tempfile::tempdir().expect("a directory") };
        let keys: [(&str, &[&str]); 2] =
            [("rsa", &["rsa:2048"]), ("ecdsa", &["ec", "-pkeyopt", "ec_paramgen_curve:P-256"])];
        for (name, key) in keys {
            openssl(&[
                &["req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=shop.example", "-newkey"],
                key,
                &["-addext", "subjectAltName=DNS:shop.example", "-out", &papers.path(name, "pem"), "-keyout"],
                &[&papers.path(name, "key")],
            ]);
        }
        Some(papers)
    }

    /// A file among them.
    pub(crate) fn path(&self, name: &str, kind: &str) -> String {
        let path: PathBuf = self.directory.path().join(format!("{name}.{kind}"));
        path.to_string_lossy().into_owned()
    }

    /// Writes a file among them.
    pub(crate) fn write(&self, name: &str, kind: &str, content: &str) -> String {
        let path = self.path(name, kind);
        fs::write(&path, content).expect("written");
        path
    }
}

/// Runs a command of openssl's.
pub(crate) fn openssl(arguments: &[&[&str]]) {
    let output = Command::new("openssl").args(arguments.concat()).output().expect("openssl runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A running server, ended when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// Kept open: a server that cannot write ends.
    _output: Box<dyn Iterator<Item = String>>,
}

impl Server {
    /// `openssl s_server` with the certificate of that key type.
    pub(crate) fn openssl(papers: &Papers, key: &str, options: &[&str]) -> Self {
        let mut command = Command::new("openssl");
        command.args(["s_server", "-accept", "127.0.0.1:0", "-www"]);
        command.args(["-cert", &papers.path(key, "pem"), "-key", &papers.path(key, "key")]);
        Self::start(command.args(options), "ACCEPT ")
    }

    /// Java's own, with the RSA certificate and everything old switched on.
    pub(crate) fn java(papers: &Papers) -> Self {
        let (store, certificate, key) =
            (papers.path("rsa", "p12"), papers.path("rsa", "pem"), papers.path("rsa", "key"));
        openssl(&[&[
            "pkcs12",
            "-export",
            "-passout",
            "pass:secret",
            "-in",
            &certificate,
            "-inkey",
            &key,
            "-out",
            &store,
        ]]);
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/negotiation/Legacy.java");
        Self::start(Command::new("java").args([source, &store, "secret"]), "ACCEPT ")
    }

    /// Any server that says on a line of its own, behind `word`, where it accepts.
    pub(crate) fn start(command: &mut Command, word: &str) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("it is installed");
        let mut output = BufReader::new(child.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
        let address = output.find_map(|line| line.strip_prefix(word)?.parse().ok());
        Self { child, address: address.expect("the server says where it accepts"), _output: Box::new(output) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

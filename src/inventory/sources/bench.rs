//! Web servers for tests.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ResolvesServerCertUsingSni, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::{NamedTempFile, TempDir};

/// A server that answers each request with the next of its answers, on a connection of its own.
pub(in crate::inventory) struct Server {
    base: String,
    asked: Arc<Mutex<Vec<String>>>,
}

trait Talk: Read + Write {}
impl<T: Read + Write> Talk for T {}

impl Server {
    pub(in crate::inventory) fn new(answers: Vec<String>) -> Self {
        Self::start("http", answers, |stream| Some(Box::new(stream)))
    }

    /// One that is believed by who trusts the file.
    pub(in crate::inventory) fn with_tls(answers: Vec<String>) -> (Self, NamedTempFile) {
        Self::believed(answers, None)
    }

    /// The same, which asks for a client certificate and does without.
    pub(in crate::inventory) fn with_optional_clients(answers: Vec<String>) -> (Self, NamedTempFile) {
        let mut roots = RootCertStore::empty();
        roots
            .add(rcgen::generate_simple_self_signed(vec!["x.example".to_owned()]).unwrap().cert.der().clone())
            .unwrap();
        let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::new(default_provider()));
        Self::believed(answers, Some(clients.allow_unauthenticated().build().unwrap()))
    }

    fn believed(answers: Vec<String>, clients: Option<Arc<dyn ClientCertVerifier>>) -> (Self, NamedTempFile) {
        let pair = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        let file = NamedTempFile::new().unwrap();
        std::fs::write(&file, pair.cert.pem()).unwrap();
        let key = PrivateKeyDer::Pkcs8(pair.signing_key.serialize_der().into());
        let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap();
        let clients = clients.unwrap_or_else(WebPkiClientVerifier::no_client_auth);
        let config = builder.with_client_cert_verifier(clients).with_single_cert(vec![pair.cert.der().clone()], key);
        (Self::tls(answers, config.unwrap()), file)
    }

    /// One that answers to `sd.example` only, and to nobody but the client whose certificate is among the papers.
    pub(in crate::inventory) fn with_clients(answers: Vec<String>) -> (Self, Papers) {
        let provider = Arc::new(default_provider());
        let own = rcgen::generate_simple_self_signed(vec!["sd.example".to_owned()]).unwrap();
        let papers = Papers::new(&own.cert.pem());
        let mut clients = RootCertStore::empty();
        clients.add(papers.client.clone()).unwrap();
        let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(clients), Arc::clone(&provider));
        let key = PrivateKeyDer::Pkcs8(own.signing_key.serialize_der().into());
        let certified = CertifiedKey::from_der(vec![own.cert.der().clone()], key, &provider).unwrap();
        let mut by_name = ResolvesServerCertUsingSni::new();
        by_name.add("sd.example", certified).unwrap();
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_client_cert_verifier(clients.build().unwrap()).with_cert_resolver(Arc::new(by_name));
        (Self::tls(answers, config), papers)
    }

    fn tls(answers: Vec<String>, config: ServerConfig) -> Self {
        let config = Arc::new(config);
        Self::start("https", answers, move |mut stream| {
            let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            if connection.complete_io(&mut stream).is_err() {
                // Its alert says why.
                let _ = connection.write_tls(&mut stream);
                return None;
            }
            Some(Box::new(StreamOwned::new(connection, stream)))
        })
    }

    fn start(
        scheme: &str,
        answers: Vec<String>,
        talk: impl Fn(std::net::TcpStream) -> Option<Box<dyn Talk>> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let base = format!("{scheme}://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        thread::spawn(move || {
            for answer in answers {
                // Who does not trust us asks for nothing.
                let (mut stream, request) = loop {
                    let Ok((stream, _)) = listener.accept() else { return };
                    let Some(mut stream) = talk(stream) else { continue };
                    let Some(request) = request(&mut *stream) else { continue };
                    break (stream, request);
                };
                heard.lock().unwrap().push(request);
                let _ = stream.write_all(answer.as_bytes()).and_then(|()| stream.flush());
            }
            // What has no answer waits until the client leaves.
            let waiting = listener.accept();
            let _ = waiting.map(|(mut stream, _)| stream.read_to_end(&mut Vec::new()));
        });
        Self { base, asked }
    }

    pub(in crate::inventory) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The requests so far.
    pub(in crate::inventory) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// What a client needs, in files: the server's authority in `ca.pem`, certificate and key in `c.pem` and `k.pem`, and
/// those of a stranger in `stranger.pem`.
pub(in crate::inventory) struct Papers {
    directory: TempDir,
    client: CertificateDer<'static>,
}

impl Papers {
    fn new(authority: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let pair = || rcgen::generate_simple_self_signed(vec!["client.example".to_owned()]).unwrap();
        let (own, stranger) = (pair(), pair());
        let key = own.signing_key.serialize_pem();
        let stranger = stranger.cert.pem() + &stranger.signing_key.serialize_pem();
        for (name, text) in
            [("ca.pem", authority), ("c.pem", &own.cert.pem()), ("k.pem", &key), ("stranger.pem", &stranger)]
        {
            std::fs::write(directory.path().join(name), text).unwrap();
        }
        Self { client: own.cert.der().clone(), directory }
    }

    pub(in crate::inventory) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(in crate::inventory) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.directory.path().join(name)).unwrap()
    }
}

/// A proxy for one connection, and what was asked of it.
pub(in crate::inventory) fn proxy() -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let place = listener.local_addr().unwrap().to_string();
    let relay = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let asked = request(&mut client).unwrap();
        let server = asked.split(' ').nth(1).unwrap().to_owned();
        let mut server = TcpStream::connect(server).unwrap();
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        let up = thread::spawn(move || std::io::copy(&mut from, &mut to));
        let _ = std::io::copy(&mut server, &mut client);
        let _ = client.shutdown(std::net::Shutdown::Both);
        let _ = up.join();
        asked
    });
    (place, relay)
}

/// A request up to its empty line; none where there is none.
fn request(stream: &mut dyn Talk) -> Option<String> {
    let mut asked = Vec::new();
    let mut byte = [0];
    while !asked.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        asked.push(byte[0]);
    }
    Some(String::from_utf8_lossy(&asked).into_owned())
}

/// An answer with a body.
pub(in crate::inventory) fn answer(head: &str, body: &str) -> String {
    format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

/// One in JSON.
pub(in crate::inventory) fn json(body: &str) -> String {
    answer("200 OK\r\nContent-Type: application/json", body)
}

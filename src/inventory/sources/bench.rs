//! Web servers for tests.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use rustls_pki_types::PrivateKeyDer;
use tempfile::NamedTempFile;

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
        let pair = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        let file = NamedTempFile::new().unwrap();
        std::fs::write(&file, pair.cert.pem()).unwrap();
        let key = PrivateKeyDer::Pkcs8(pair.signing_key.serialize_der().into());
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![pair.cert.der().clone()], key)
            .unwrap();
        let config = Arc::new(config);
        let server = Self::start("https", answers, move |mut stream| {
            let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            connection.complete_io(&mut stream).ok()?;
            Some(Box::new(StreamOwned::new(connection, stream)))
        });
        (server, file)
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

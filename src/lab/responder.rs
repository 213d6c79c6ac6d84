//! The authority's web server: answers OCSP requests, hands out the revocation list.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::register::Register;
use crate::model::Clock;

/// Connections it keeps at a time; further ones wait in the backlog.
const MOST_CONNECTIONS: usize = 64;
/// No connection lives longer.
const LONGEST: Duration = Duration::from_secs(5);
/// Head and body of a request, in bytes: none of ours comes near.
const LARGEST: usize = 16 * 1024;
/// Pause after a failed accept, which is a shortage of file descriptors.
const SHORTAGE: Duration = Duration::from_millis(100);

/// Where OCSP requests go.
pub(super) const OCSP: &str = "/ocsp";
/// Where the list is.
pub(super) const LIST: &str = "/lab.crl";

/// Serves until dropped, and its connections with it.
pub(super) async fn serve(listener: TcpListener, register: Arc<Register>, clock: Arc<dyn Clock>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            result = listener.accept(), if connections.len() < MOST_CONNECTIONS => match result {
                Ok((stream, _)) => {
                    let (register, clock) = (Arc::clone(&register), Arc::clone(&clock));
                    let answer = async move { timeout(LONGEST, converse(stream, &register, &*clock)).await.is_ok() };
                    connections.spawn(answer);
                }
                Err(_) => sleep(SHORTAGE).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn converse(mut stream: TcpStream, register: &Register, clock: &dyn Clock) -> io::Result<()> {
    let mut bytes = Vec::new();
    while bytes.len() < LARGEST {
        if let Some(request) = Request::parse(&bytes) {
            stream.write_all(&request.answer(register, clock)).await?;
            return stream.shutdown().await;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            break;
        }
    }
    Ok(())
}

/// A request that has come to its end.
#[derive(Debug, PartialEq, Eq)]
struct Request<'a> {
    method: &'a str,
    path: &'a str,
    body: &'a [u8],
}

impl<'a> Request<'a> {
    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let mut lines = std::str::from_utf8(&bytes[..end]).ok()?.lines();
        let mut words = lines.next()?.split(' ');
        let (method, path) = (words.next()?, words.next()?);
        let length = lines.find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
        });
        let body = bytes[end + 4..].get(..length.unwrap_or(0))?;
        Some(Self { method, path, body })
    }

    fn answer(&self, register: &Register, clock: &dyn Clock) -> Vec<u8> {
        match (self.method, self.path.strip_prefix(OCSP)) {
            ("GET", _) if self.path == LIST => page("application/pkix-crl", register.list()),
            ("GET", Some(encoded)) => {
                let plain = encoded.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
                let request = STANDARD.decode(plain.trim_start_matches('/')).unwrap_or_default();
                page("application/ocsp-response", &register.answer(&request, clock.now()))
            }
            ("POST", Some(_)) => page("application/ocsp-response", &register.answer(self.body, clock.now())),
            _ => b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec(),
        }
    }
}

fn page(kind: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_when_all_of_it_is_there() {
        let text = b"POST /ocsp HTTP/1.1\r\nHost: x\r\ncontent-length: 3\r\n\r\nabc";
        let whole = Request { method: "POST", path: "/ocsp", body: b"abc" };
        assert_eq!(Request::parse(text), Some(whole));
        assert!((0..text.len()).all(|length| Request::parse(&text[..length]).is_none()));
        assert_eq!(Request::parse(b"GET /lab.crl HTTP/1.1\r\n\r\n").map(|request| request.path), Some(LIST));
        assert_eq!(Request::parse(b"\xff\r\n\r\n"), None);
    }
}

//! One request and one response over one connection (RFC 9112), limited before anything is allocated.

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, CONNECTION, CONTENT_TYPE, HOST, HeaderValue, LOCATION, PROXY_AUTHORIZATION, USER_AGENT};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncReadExt as _;

use super::place::Place;
use crate::model::{Proxy, Untrusted};
use crate::probe::proxy::basic;
use crate::probe::transport::Transport;

/// What came back.
#[derive(Debug)]
pub(super) enum Reply {
    /// What was asked for.
    Body(Bytes),
    /// It is elsewhere.
    Redirect(String),
    /// Anything else, in words: `HTTP 404 Not Found`, too large.
    Other(Untrusted),
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    pub(super) place: &'a Place,
    /// Whom it is asked of, where that is an HTTP proxy (RFC 9112 section 3.2.2).
    pub(super) proxy: Option<&'a Proxy>,
    /// An OCSP request (RFC 6960 appendix A.1).
    pub(super) post: Option<&'a [u8]>,
    /// Largest body in bytes.
    pub(super) limit: usize,
}

/// Asks and listens. `Err` when no response came, in words.
pub(super) async fn ask(stream: Transport, question: Question<'_>) -> Result<Reply, Untrusted> {
    let request = request(question)?;
    // Interim responses and the framing of chunks are in no other limit.
    let (input, output) = tokio::io::split(stream);
    let stream = tokio::io::join(input.take(2 * question.limit as u64 + AROUND_THE_BODY), output);
    let broken = |error: hyper::Error| Untrusted::new(&words(&error));
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(LARGEST_BUFFER)
        .max_header_size(LARGEST_HEAD)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(broken)?;
    let conversation = async move {
        let response = sender.send_request(request).await.map_err(broken)?;
        read(response, question).await
    };
    let (mut conversation, mut connection) = (std::pin::pin!(conversation), std::pin::pin!(connection));
    tokio::select! {
        reply = &mut conversation => reply,
        // The rest of the body waits in between.
        _ = &mut connection => conversation.await,
    }
}

const LARGEST_BUFFER: usize = 64 * 1024;
const LARGEST_HEAD: usize = 16 * 1024;
/// Bytes read at most, beside twice the largest body: heads, and chunks as small as half their framing.
const AROUND_THE_BODY: u64 = 64 * 1024;
/// Of a body: the largest has as many of 256 bytes, and a packet carries five times that.
const MOST_PIECES: usize = 64 * 1024;

fn request(Question { place, proxy, post, .. }: Question<'_>) -> Result<Request<Full<Bytes>>, Untrusted> {
    let agent = concat!("tlscope/", env!("CARGO_PKG_VERSION"));
    let request = Request::builder()
        .method(if post.is_some() { Method::POST } else { Method::GET })
        .uri(if proxy.is_some() { place.absolute()? } else { place.target()? })
        .header(HOST, place.authority())
        .header(USER_AGENT, agent)
        .header(ACCEPT, "*/*")
        .header(CONNECTION, "close");
    let request = if post.is_some() { request.header(CONTENT_TYPE, "application/ocsp-request") } else { request };
    let request = match proxy.and_then(|proxy| proxy.login.as_ref()) {
        Some(login) => {
            let secret = |_| Untrusted::new("the proxy's login cannot be sent");
            let mut value = HeaderValue::from_str(&basic(login)).map_err(secret)?;
            value.set_sensitive(true);
            request.header(PROXY_AUTHORIZATION, value)
        }
        None => request,
    };
    let body = Full::new(Bytes::copy_from_slice(post.unwrap_or_default()));
    request.body(body).map_err(|error| Untrusted::new(&format!("cannot be asked for: {error}")))
}

async fn read(response: Response<Incoming>, question: Question<'_>) -> Result<Reply, Untrusted> {
    let (status, limit) = (response.status(), question.limit);
    // Of these statuses it is certain that nobody behind the proxy sent them.
    if question.proxy.is_some() && matches!(status.as_u16(), 407 | 502 | 504) {
        return Err(Untrusted::new(&format!("the proxy answers HTTP {status}")));
    }
    if status.is_redirection()
        && let Some(location) = response.headers().get(LOCATION)
    {
        return Ok(Reply::Redirect(String::from_utf8_lossy(location.as_bytes()).into_owned()));
    }
    if !status.is_success() {
        return Ok(Reply::Other(Untrusted::new(&format!("HTTP {status}"))));
    }
    let mut body = response.into_body();
    if body.size_hint().lower() > limit as u64 {
        return Ok(too_large(limit));
    }
    // Copied: each piece as it comes would keep what it was read into.
    let (mut held, mut pieces) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Untrusted::new(&words(&error)))?;
        let Ok(piece) = frame.into_data() else { continue };
        pieces += 1;
        if held.len() + piece.len() > limit {
            return Ok(too_large(limit));
        }
        if pieces > MOST_PIECES {
            return Ok(Reply::Other(Untrusted::new("a body in too many small pieces")));
        }
        held.extend_from_slice(&piece);
    }
    Ok(Reply::Body(held.into()))
}

fn too_large(limit: usize) -> Reply {
    Reply::Other(Untrusted::new(&format!("larger than {} KiB", limit / 1024)))
}

/// The library's words and those of what caused it.
fn words(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

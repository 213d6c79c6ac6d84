//! What is answered to one `HEAD /` behind the handshake, where HTTP is spoken.

use std::time::Duration;

use rustls_pki_types::ServerName;
use tokio::time::{Instant, timeout_at};

use super::Interview;
use super::call::{Call, Uncalled, call, ended};
use super::head::Head;
use crate::model::HttpFailureKind::{Ended, Foreign, Malformed, Silent, Unasked};
use crate::model::{Clock, HttpAnswer, HttpFailure, HttpFailureKind, Protocol, Target, Time, Untrusted};
use crate::probe::handshake::configure;

const QUESTION: &str = "http";
/// Header bytes read, interim responses included; browsers stop at about this many.
const MOST_BYTES: usize = 64 * 1024;
/// The whole exchange; who takes longer is slow for people, too.
const LONGEST: Duration = Duration::from_secs(3);
/// Interim responses (RFC 9110 section 15.2) that are skipped.
const MOST_INTERIM: usize = 4;
/// Ports on which HTTP is expected although nobody says so.
const PORTS: [u16; 2] = [443, 8443];

/// The response, or why there is none; `None` where HTTP is not expected.
pub(super) async fn ask(interview: &Interview<'_>) -> Option<HttpAnswer> {
    if !is_expected(interview) {
        return None;
    }
    let recorder = interview.inner.recorder(interview.target).await;
    let config = configure(interview.inner.builder.clone(), &recorder, &["http/1.1".into()]);
    let exchanged = match call(interview, QUESTION, interview.address, config).await {
        Ok(mut call) => {
            let request = request(interview.target);
            let deadline = call.deadline.min(Instant::now() + LONGEST);
            let exchanged = timeout_at(deadline, exchange(&mut call, &request, &*interview.inner.clock)).await;
            let _ = timeout_at(deadline, call.talk.close()).await;
            exchanged.unwrap_or_else(|_| Err(failed(Silent, "no complete response in time")))
        }
        Err(uncalled) => Err(HttpFailure { kind: Unasked, words: unanswered(interview, uncalled) }),
    };
    Some(match exchanged {
        Ok((head, First { after, at })) => {
            if let Some(why) = head.enough(is_own_name(interview)) {
                interview.turned_away(&why);
            }
            head.answer(after, at)
        }
        Err(failure) => HttpAnswer::failed(failure.kind, failure.words, interview.inner.clock.now()),
    })
}

/// Whether HTTP is plausible: selected, offered because the scheme says so, or usual on the port.
pub(super) fn is_expected(interview: &Interview<'_>) -> bool {
    let target = interview.target;
    let is_http = |protocol: &str| matches!(protocol, "h2" | "http/1.1");
    let selected = interview.seen.handshake.as_ref().and_then(|handshake| handshake.alpn.as_ref());
    let others = !target.alpn.is_empty() && !target.alpn.iter().any(|protocol| is_http(protocol));
    target.protocol == Protocol::Tls
        && !others
        && (selected.is_some_and(|selected| is_http(selected.as_str()))
            || target.alpn.iter().any(|protocol| is_http(protocol))
            || PORTS.contains(&target.port))
}

/// Whether the server has a certificate for the name that is asked about.
fn is_own_name(interview: &Interview<'_>) -> bool {
    let trust = interview.seen.handshake.as_ref().and_then(|handshake| handshake.trust.as_deref());
    trust.is_some_and(|trust| trust.name_matches)
}

/// A server of HTTP/2 alone is no failure of it.
fn unanswered(interview: &Interview<'_>, uncalled: Uncalled) -> Untrusted {
    let selected = interview.seen.handshake.as_ref().and_then(|handshake| handshake.alpn.as_ref());
    match uncalled {
        Uncalled::Refused(words) if selected.is_some_and(|selected| selected.as_str() == "h2") => {
            Untrusted::new(&format!("speaks HTTP/2 only; HTTP/1.1 was refused with {words}"))
        }
        Uncalled::Refused(words) | Uncalled::Unknown(words) => words,
    }
}

fn request(target: &Target) -> Vec<u8> {
    let name = target.verified_name();
    let host = match ServerName::try_from(name.as_str()) {
        Ok(ServerName::IpAddress(rustls_pki_types::IpAddr::V6(_))) => format!("[{name}]"),
        _ => name,
    };
    let port = if target.port == 443 { String::new() } else { format!(":{}", target.port) };
    let version = env!("CARGO_PKG_VERSION");
    format!("HEAD / HTTP/1.1\r\nHost: {host}{port}\r\nUser-Agent: tlscope/{version}\r\nAccept: */*\r\nConnection: close\r\n\r\n")
        .into_bytes()
}

fn failed(kind: HttpFailureKind, words: &str) -> HttpFailure {
    HttpFailure { kind, words: Untrusted::new(words) }
}

/// When the first byte of a response came.
#[derive(Clone, Copy)]
struct First {
    /// The request.
    after: Duration,
    /// On our clock.
    at: Time,
}

/// Asks and reads up to the end of the final response's head.
async fn exchange(call: &mut Call<'_>, request: &[u8], clock: &dyn Clock) -> Result<(Head, First), HttpFailure> {
    let broken = |error, call: &Call<'_>| {
        let ended = ended(&error, &call.talk);
        let kind = if matches!(ended, Uncalled::Refused(_)) { Ended } else { Unasked };
        HttpFailure { kind, words: ended.words().clone() }
    };
    if let Err(error) = call.talk.say(request).await {
        return Err(broken(error, call));
    }
    let asked = Instant::now();
    let mut first = None;
    let (mut bytes, mut searched, mut interim) = (Vec::new(), 0, 0);
    loop {
        if let Err(error) = call.talk.hear(&mut bytes).await {
            return Err(broken(error, call));
        }
        let first = *first.get_or_insert_with(|| First { after: asked.elapsed(), at: clock.now() });
        if !b"HTTP/".starts_with(&bytes[..bytes.len().min(5)]) && !bytes.starts_with(b"HTTP/") {
            let shown = [b"answered with something else than HTTP/1: ", &bytes[..bytes.len().min(64)]].concat();
            return Err(HttpFailure { kind: Foreign, words: Untrusted::from_bytes(&shown) });
        }
        while let Some(end) = end_of_head(&bytes, searched) {
            let head = Head::parse(&bytes[..end]).map_err(|error| failed(Malformed, &error))?;
            if !head.is_interim() {
                return Ok((head, first));
            }
            interim += 1;
            if interim > MOST_INTERIM {
                return Err(failed(Malformed, "nothing but interim responses"));
            }
            bytes.drain(..end);
            searched = 0;
        }
        if bytes.len() > MOST_BYTES {
            return Err(failed(Malformed, "more than 64 KiB of header"));
        }
        searched = bytes.len().saturating_sub(3);
    }
}

/// Where the head ends, its empty line included; nothing before `from` is looked at again.
fn end_of_head(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let after =
        |mark: &[u8]| rest.windows(mark.len()).position(|window| window == mark).map(|at| from + at + mark.len());
    match (after(b"\r\n\r\n"), after(b"\n\n")) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
#[path = "http_tests.rs"]
mod tests;

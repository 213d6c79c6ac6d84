//! The way through a proxy: `CONNECT` (RFC 9110 section 9.3.6) and SOCKS 5 (RFC 1928, RFC 1929).
//!
//! The proxy is asked for an address, never for a name: which addresses a name has is for us to see.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::excerpt::excerpt;
use super::talk::{Stop, Stream, Talk, code_of, garbled};
use crate::model::{FailureKind, Login, Proxy, ProxyKind, Untrusted};

/// Why the proxy did not connect us.
#[derive(Debug)]
pub(super) enum Blocked {
    /// The way ends at the proxy.
    ByProxy(Stop),
    /// The proxy says what became of its attempt to connect.
    AtTarget(FailureKind, String),
}

impl From<Stop> for Blocked {
    fn from(stop: Stop) -> Self {
        Self::ByProxy(stop)
    }
}

/// Asks for a connection to `address`; what follows in the conversation is said by whoever is there. The proxy's own
/// answer is noted whatever it means.
pub(super) async fn connect<S: Stream>(
    proxy: &Proxy,
    talk: &mut Talk<S>,
    address: SocketAddr,
    answer: &mut Option<Untrusted>,
) -> Result<(), Blocked> {
    let login = proxy.login.as_ref();
    match proxy.kind {
        ProxyKind::Http => http(talk, address, login, answer).await,
        ProxyKind::Socks5 => socks(talk, address, login, answer).await,
    }
}

/// Bytes of a status line that are shown.
const MOST_STATUS: usize = 200;

async fn http<S: Stream>(
    talk: &mut Talk<S>,
    address: SocketAddr,
    login: Option<&Login>,
    answer: &mut Option<Untrusted>,
) -> Result<(), Blocked> {
    talk.say(http_request(address, login).as_bytes()).await?;
    let line = talk.line().await?;
    let Some((code, _)) = line.strip_prefix(b"HTTP/1.").and_then(|rest| code_of(rest.get(2..)?)) else {
        return Err(Stop::Foreign.into());
    };
    let words = excerpt(&line, MOST_STATUS);
    *answer = Some(words.clone());
    match code {
        200..=299 => (),
        407 => return Err(Stop::Unauthorized(words).into()),
        // What became of it on the other side; 502 and 503 do not say on which side it failed.
        504 => return Err(Blocked::AtTarget(FailureKind::TimedOut, format!("the proxy says: {words}"))),
        _ => return Err(Stop::Rejected(words).into()),
    }
    for _ in 0..Talk::<S>::MOST_LINES {
        if talk.line().await?.is_empty() {
            return Ok(());
        }
    }
    Err(Stop::Garbled(format!("a response of more than {} header lines", Talk::<S>::MOST_LINES)).into())
}

fn http_request(address: SocketAddr, login: Option<&Login>) -> Zeroizing<String> {
    let mut request = Zeroizing::new(format!("CONNECT {address} HTTP/1.1\r\nHost: {address}\r\n"));
    if let Some(login) = login {
        request.push_str("Proxy-Authorization: ");
        request.push_str(&basic(login));
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    request
}

/// A login as the value of a header (RFC 7617 section 2).
pub(super) fn basic(Login { name, password }: &Login) -> Zeroizing<String> {
    let pair = Zeroizing::new(format!("{name}:{}", password.as_str()));
    let mut value = Zeroizing::new("Basic ".to_owned());
    STANDARD.encode_string(pair.as_bytes(), &mut value);
    value
}

const VERSION: u8 = 5;
const NO_LOGIN: u8 = 0;
const LOGIN: u8 = 2;
const NO_METHOD: u8 = 0xff;

async fn socks<S: Stream>(
    talk: &mut Talk<S>,
    address: SocketAddr,
    login: Option<&Login>,
    answer: &mut Option<Untrusted>,
) -> Result<(), Blocked> {
    let methods: &[u8] = if login.is_some() { &[VERSION, 2, NO_LOGIN, LOGIN] } else { &[VERSION, 1, NO_LOGIN] };
    talk.say(methods).await?;
    if talk.at_least(1).await?.first() != Some(&VERSION) {
        return Err(Stop::Foreign.into());
    }
    let chosen = talk.exactly(2).await?;
    match (chosen[1], login) {
        (NO_LOGIN, _) => (),
        (LOGIN, Some(login)) => log_in(talk, login, answer).await?,
        (NO_METHOD, None) => return Err(unauthorized("nobody is served without a login", answer)),
        (NO_METHOD, Some(_)) => return Err(unauthorized("no login by password is accepted", answer)),
        _ => return Err(garbled(&chosen).into()),
    }
    talk.say(&request(address)).await?;
    let head = talk.exactly(4).await?;
    let [VERSION, code, _, kind] = head[..] else { return Err(garbled(&head).into()) };
    let bound = match kind {
        1 => 4,
        3 => 1 + usize::from(talk.at_least(1).await?.first().copied().unwrap_or_default()),
        4 => 16,
        _ => return Err(garbled(&head).into()),
    };
    let words = format!("{} ({code})", meaning(code));
    *answer = Some(Untrusted::new(&words));
    verdict(code, &words)?;
    // The address the connection comes from on the other side.
    talk.exactly(bound + 2).await?;
    Ok(())
}

fn unauthorized(words: &str, answer: &mut Option<Untrusted>) -> Blocked {
    let words = Untrusted::new(words);
    *answer = Some(words.clone());
    Stop::Unauthorized(words).into()
}

/// RFC 1929.
async fn log_in<S: Stream>(talk: &mut Talk<S>, login: &Login, answer: &mut Option<Untrusted>) -> Result<(), Blocked> {
    let (name, password) = (login.name.as_bytes(), login.password.as_bytes());
    let (Ok(name_length), Ok(password_length)) = (u8::try_from(name.len()), u8::try_from(password.len())) else {
        return Err(unauthorized("a login of more than 255 bytes cannot be sent", answer));
    };
    let message = Zeroizing::new([&[1, name_length], name, &[password_length], password].concat());
    talk.say(&message).await?;
    match talk.exactly(2).await?[1] {
        0 => Ok(()),
        code => Err(unauthorized(&format!("this login is not accepted (status {code})"), answer)),
    }
}

fn request(address: SocketAddr) -> Vec<u8> {
    let mut message = vec![VERSION, 1, 0];
    match address {
        SocketAddr::V4(v4) => {
            message.push(1);
            message.extend(v4.ip().octets());
        }
        SocketAddr::V6(v6) => {
            message.push(4);
            message.extend(v6.ip().octets());
        }
    }
    message.extend(address.port().to_be_bytes());
    message
}

/// RFC 1928 section 6.
const fn meaning(code: u8) -> &'static str {
    match code {
        0 => "connected",
        1 => "general failure",
        2 => "not allowed by its rules",
        3 => "no way to the network",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "TTL expired",
        7 => "command not supported",
        8 => "address type not supported",
        _ => "an unknown code",
    }
}

fn verdict(code: u8, words: &str) -> Result<(), Blocked> {
    let kind = match code {
        0 => return Ok(()),
        3 | 4 => FailureKind::Unreachable,
        5 => FailureKind::Refused,
        6 => FailureKind::TimedOut,
        _ => return Err(Stop::Rejected(Untrusted::new(words)).into()),
    };
    Err(Blocked::AtTarget(kind, format!("the proxy says: {words}")))
}

#[cfg(test)]
#[path = "proxy_tests.rs"]
mod tests;

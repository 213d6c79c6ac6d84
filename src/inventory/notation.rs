//! Target notation: one line of text to one [`Spec`], errors with their position.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::host;
use super::scheme::{SCHEMES, Scheme};
use crate::model::{Host, Untrusted};

/// A target as written: host, port, service, and the one address to use if given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// The name or literal.
    pub host: Host,
    /// TCP port.
    pub port: u16,
    /// The service, written or implied by the port.
    pub scheme: &'static Scheme,
    /// The only address to connect to (`name@ip:port`, `scheme://name@ip:port`).
    pub pinned: Option<SocketAddr>,
}

/// Canonical notation: parsing it gives the same [`Spec`].
impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.scheme != Scheme::of_port(self.port) {
            write!(f, "{}://", self.scheme.name)?;
        }
        if let Some(address) = self.pinned {
            return write!(f, "{}@{address}", self.host);
        }
        match self.host {
            Host::Ip(ip) => SocketAddr::new(ip, self.port).fmt(f),
            Host::Name(ref name) => write!(f, "{name}:{}", self.port),
        }
    }
}

/// Text that is no target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotationError {
    /// The text.
    pub input: String,
    /// Byte of the text at which it goes wrong; its length when something is missing at the end.
    pub at: usize,
    /// What is wrong there and what to write instead.
    pub message: String,
}

impl NotationError {
    /// Characters shown on either side of the position.
    const WINDOW: usize = 60;
}

impl std::error::Error for NotationError {}

/// The message, the text, and a caret under the position.
impl fmt::Display for NotationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, after) = self.input.split_at_checked(self.at).unwrap_or((&self.input, ""));
        let skipped = before.chars().count().saturating_sub(Self::WINDOW);
        let before: String = before.chars().skip(skipped).collect();
        let rest: String = after.chars().take(Self::WINDOW).collect();
        let mark = |cut: bool| if cut { "…" } else { "" };
        let lead = format!("{}{}", mark(skipped > 0), Untrusted::new(&before));
        let tail = format!("{}{}", Untrusted::new(&rest), mark(rest.len() < after.len()));
        let column = unicode_width::UnicodeWidthStr::width(lead.as_str());
        write!(f, "{}\n  {lead}{tail}\n  {:column$}^", self.message, "")
    }
}

/// Reads one target in any notation.
pub fn parse(text: &str) -> Result<Spec, NotationError> {
    let trimmed = text.trim();
    let result = match trimmed.split_once("://") {
        Some((scheme, rest)) => url(scheme, rest),
        None => bare(trimmed),
    };
    result.map_err(|(at, message)| NotationError { input: trimmed.to_owned(), at, message })
}

/// Reads a name to send and verify (`--servername`); an address cannot be sent (RFC 6066 section 3), yet verified.
pub fn servername(text: &str) -> Result<Arc<str>, NotationError> {
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Ok(ip.to_string().into());
    }
    host::name(text).map(Into::into).map_err(|(at, message)| NotationError { input: text.to_owned(), at, message })
}

/// `host`, `host:port`, `[v6]:port`, `name@ip:port`.
fn bare(text: &str) -> Result<Spec, host::Fault> {
    if text.is_empty() {
        return Err((0, "an empty text is no target; write a host name, as in example.com:443".to_owned()));
    }
    if text.starts_with('@') {
        return Err((0, "a list cannot name another list; '@FILE' belongs on the command line".to_owned()));
    }
    let Some((name, address)) = text.split_once('@') else {
        let (host, port) = authority(text)?;
        let port = port.unwrap_or(SCHEMES[0].port);
        return Ok(Spec { host, port, scheme: Scheme::of_port(port), pinned: None });
    };
    let name = host::name(name)?;
    let shift = |(at, message): host::Fault| (text.len() - address.len() + at, message);
    let (host, port) = authority(address).map_err(shift)?;
    let Host::Ip(ip) = host else {
        return Err(shift((0, "an IP address is needed after '@'; for another name use --connect-to".to_owned())));
    };
    let port = port.unwrap_or(SCHEMES[0].port);
    Ok(pinned(Scheme::of_port(port), name, ip, port))
}

fn pinned(scheme: &'static Scheme, name: String, ip: IpAddr, port: u16) -> Spec {
    Spec { host: Host::Name(name.into()), port, scheme, pinned: Some(SocketAddr::new(ip, port)) }
}

/// `scheme://host[:port][/path]`, `scheme://name@ip[:port]`; path, query and fragment say nothing about TLS.
fn url(scheme: &str, rest: &str) -> Result<Spec, host::Fault> {
    let start = scheme.len() + "://".len();
    let scheme = Scheme::named(scheme).ok_or_else(|| (0, unknown_scheme(scheme)))?;
    let authority_text = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let shift = |by: usize| move |(at, message): host::Fault| (start + by + at, message);
    let Some((name, address)) = authority_text.rsplit_once('@') else {
        let (host, port) = authority(authority_text).map_err(shift(0))?;
        return Ok(Spec { host, port: port.unwrap_or(scheme.port), scheme, pinned: None });
    };
    // Who writes a password here may not expect it in names, logs and exports.
    if let Some(colon) = name.find(':') {
        let message = "a URL with a user name and password is no target; before '@' stands a host name only";
        return Err(shift(colon)((0, message.to_owned())));
    }
    let behind = name.len() + 1;
    let (Host::Ip(ip), port) = authority(address).map_err(shift(behind))? else {
        let message = "a URL with a user name is no target; a name at one address is written name@10.0.0.5:443";
        return Err(shift(name.len())((0, message.to_owned())));
    };
    let name = host::name(name).map_err(shift(0))?;
    Ok(pinned(scheme, name, ip, port.unwrap_or(scheme.port)))
}

fn unknown_scheme(written: &str) -> String {
    if written.eq_ignore_ascii_case("http") {
        return "http is not encrypted, so there is no TLS to look at; did you mean https://?".to_owned();
    }
    if written.contains('+') {
        return "schemes are not combined; smtp://, imap:// and so on say STARTTLS by themselves".to_owned();
    }
    let names = || SCHEMES.iter().map(|scheme| scheme.name);
    let lower: String = written.chars().take(20).flat_map(char::to_lowercase).collect();
    let near = names().map(|name| (strsim::damerau_levenshtein(name, &lower), name)).min();
    match near {
        Some((distance, name)) if distance <= 2 || lower.starts_with(name) => {
            format!("unknown scheme; did you mean {name}://?")
        }
        _ => format!("unknown scheme; known are {}", names().collect::<Vec<_>>().join(", ")),
    }
}

/// `host[:port]` with IPv6 in brackets.
fn authority(text: &str) -> Result<(Host, Option<u16>), host::Fault> {
    let host_end = match text.find(']') {
        Some(bracket) if text.starts_with('[') => bracket + 1,
        None if text.starts_with('[') => text.len(),
        _ if text.bytes().filter(|byte| *byte == b':').count() > 1 && is_ipv6_like(text) => {
            return Err((0, format!("an IPv6 address is written in brackets, as in [{text}]:443")));
        }
        _ => text.find(':').unwrap_or(text.len()),
    };
    let (host, port) = text.split_at(host_end);
    let host = host::parse(host)?;
    match port.strip_prefix(':') {
        Some(digits) => self::port(digits).map(|port| (host, Some(port))).map_err(|message| (host_end + 1, message)),
        None if port.is_empty() => Ok((host, None)),
        None => Err((host_end, "only ':' and a port can stand after the bracket".to_owned())),
    }
}

fn is_ipv6_like(text: &str) -> bool {
    text.len() <= 45 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'))
}

pub(super) fn port(digits: &str) -> Result<u16, String> {
    if digits.is_empty() {
        return Err("a port number is missing after ':'".to_owned());
    }
    if let Some(slash) = digits.find('/')
        && digits[..slash].bytes().all(|byte| byte.is_ascii_digit())
    {
        return Err("a path needs a scheme before the host, as in https://host:8443/path".to_owned());
    }
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    match digits.parse::<u16>() {
        Ok(port) if port > 0 && is_number => Ok(port),
        _ => Err("a port is a number from 1 to 65535".to_owned()),
    }
}

#[cfg(test)]
#[path = "notation_tests.rs"]
mod tests;

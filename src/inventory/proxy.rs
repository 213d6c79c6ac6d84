//! Which connections go through a proxy: its URL, and what is excepted.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use percent_encoding::percent_decode_str;

use super::notation::Spec;
use super::{host, notation};
use crate::model::{Bypass, Host, Login, Proxy, ProxyKind};

/// The way connections take: what was chosen, else what the usual environment variables say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxying {
    /// `--proxy`, or a configuration file's `proxy`.
    pub chosen: Option<ProxyChoice>,
    /// The usual environment variables.
    pub usual: UsualProxies,
}

/// A proxy, or expressly none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxyChoice {
    /// `none`.
    Direct,
    /// Everything through this one.
    Through(Arc<Proxy>),
}

/// The proxies of an environment, with the meaning they have for curl.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsualProxies {
    /// `https_proxy` or `HTTPS_PROXY`: for targets that are HTTPS.
    pub https: Option<Arc<Proxy>>,
    /// `all_proxy` or `ALL_PROXY`: for all others.
    pub all: Option<Arc<Proxy>>,
    /// `no_proxy` or `NO_PROXY`: reached directly, whatever was chosen.
    pub bypass: Bypass,
}

impl Proxying {
    /// The proxy on the way to a target; `pinned` are its addresses, where they are fixed.
    pub(super) fn lead(&self, spec: &Spec, pinned: &[SocketAddr]) -> Option<Arc<Proxy>> {
        if self.usual.bypass.covers(&spec.host, spec.port) {
            return None;
        }
        match &self.chosen {
            Some(ProxyChoice::Direct) => None,
            Some(ProxyChoice::Through(proxy)) => Some(Arc::clone(proxy)),
            // Whoever set the environment did not mean the proxy's own loopback.
            None if is_loopback(&spec.host, pinned) => None,
            None => {
                let https = self.usual.https.as_ref().filter(|_| spec.scheme.name == "https");
                https.or(self.usual.all.as_ref()).cloned()
            }
        }
    }
}

fn is_loopback(host: &Host, pinned: &[SocketAddr]) -> bool {
    let own = |ip: IpAddr| ip.to_canonical().is_loopback();
    if !pinned.is_empty() {
        return pinned.iter().all(|address| own(address.ip()));
    }
    match host {
        Host::Ip(ip) => own(*ip),
        Host::Name(name) => &**name == "localhost" || name.ends_with(".localhost"),
    }
}

/// `none`, or a proxy's URL: `http://[name:password@]host[:port]` or `socks5://…`; without a scheme it is HTTP, as for
/// curl. Errors never repeat the text: there may be a password in it.
impl FromStr for ProxyChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("none") {
            return Ok(Self::Direct);
        }
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let kind = kind(scheme)?;
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if path.contains('@') {
            return Err("of a name or password '/' is written %2F, '?' %3F, '#' %23".to_owned());
        }
        let (login, place) = match authority.rsplit_once('@') {
            Some((login, place)) => (Some(self::login(login)?), place),
            None => (None, authority),
        };
        let (host, port) = split(place);
        let host = host::parse(host).map_err(|(_, message)| message)?;
        let port = match port {
            Some(digits) => notation::port(digits)?,
            None if kind == ProxyKind::Http => 80,
            None => 1080,
        };
        Ok(Self::Through(Arc::new(Proxy { kind, host, port, login })))
    }
}

fn kind(scheme: &str) -> Result<ProxyKind, String> {
    match scheme.to_ascii_lowercase().as_str() {
        "http" => Ok(ProxyKind::Http),
        "socks5" => Ok(ProxyKind::Socks5),
        "socks5h" => Err("names are looked up here, each address is tried by itself: write socks5://".to_owned()),
        "https" => Err("a proxy that is itself reached by TLS is not supported; write http:// or socks5://".to_owned()),
        "socks4" | "socks4a" | "socks" => {
            Err("of SOCKS only version 5 is supported: socks5://proxy.example:1080".to_owned())
        }
        _ => Err("a proxy is written http://proxy.example:3128 or socks5://proxy.example:1080".to_owned()),
    }
}

/// At the colon outside brackets.
fn split(place: &str) -> (&str, Option<&str>) {
    let bracket = place.find(']').unwrap_or(0);
    match place[bracket..].split_once(':') {
        Some((rest, port)) => (&place[..bracket + rest.len()], Some(port)),
        None => (place, None),
    }
}

fn login(text: &str) -> Result<Login, String> {
    let (name, password) = text.split_once(':').unwrap_or((text, ""));
    let decoded = |text: &str| {
        let text = percent_decode_str(text).decode_utf8().map_err(|_| "the login is not UTF-8".to_owned())?;
        // One byte counts them (RFC 1929 section 2), and no control characters are in them (RFC 7617 section 2).
        let fits = text.len() <= 255 && !text.chars().any(char::is_control);
        fits.then(|| text.into_owned()).ok_or_else(|| "a name or password has at most 255 visible bytes".to_owned())
    };
    let name = decoded(name)?;
    // The first colon ends the name (RFC 7617 section 2).
    if name.is_empty() || name.contains(':') {
        return Err("the login before '@' needs a name without a colon in it".to_owned());
    }
    Ok(Login { name, password: decoded(password)?.into() })
}

#[cfg(test)]
#[path = "proxy_tests.rs"]
mod tests;

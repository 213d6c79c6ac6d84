//! `--resolve` and `--connect-to`: connections led elsewhere, in curl's notation.

use std::net::IpAddr;

use super::host;
use super::notation;
use crate::model::{Host, Untrusted};

/// `HOST:PORT:ADDR[,ADDR]…`: use these addresses instead of asking a resolver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolve {
    /// The name asked for; `None` for `*`, any name.
    pub host: Option<Host>,
    /// The port asked for.
    pub port: u16,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
}

/// `HOST:PORT:HOST:PORT`: connect to another place under the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectTo {
    /// For this host; `None` (empty) for any.
    pub host: Option<Host>,
    /// For this port; `None` (empty) for any.
    pub port: Option<u16>,
    /// Where to; `None` (empty) for the same host.
    pub to_host: Option<Host>,
    /// Where to; `None` (empty) for the same port.
    pub to_port: Option<u16>,
}

/// Text that is no route.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not of the form {form}: {message}")]
pub struct RouteError {
    text: Untrusted,
    form: &'static str,
    message: String,
}

impl std::str::FromStr for Resolve {
    type Err = RouteError;

    fn from_str(text: &str) -> Result<Self, RouteError> {
        let error = |message: String| RouteError { text: Untrusted::new(text), form: "HOST:PORT:ADDR[,ADDR]", message };
        let (host, rest) = split(text).ok_or_else(|| error("a port and an address are missing".to_owned()))?;
        let (port, addresses) = rest.split_once(':').ok_or_else(|| error("an address is missing".to_owned()))?;
        let host = if host == "*" { None } else { Some(parse_host(host).map_err(error)?) };
        let port = notation::port(port).map_err(error)?;
        let address = |text: &str| {
            let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
            bare.parse().map_err(|_| error(format!("'{}' is not an IP address", Untrusted::new(text))))
        };
        let addresses = addresses.split(',').map(address).collect::<Result<_, _>>()?;
        Ok(Self { host, port, addresses })
    }
}

impl std::str::FromStr for ConnectTo {
    type Err = RouteError;

    fn from_str(text: &str) -> Result<Self, RouteError> {
        let error = |message: String| RouteError { text: Untrusted::new(text), form: "HOST:PORT:HOST:PORT", message };
        let missing = || error("four parts separated by ':' are needed; each can be empty".to_owned());
        let (host, rest) = split(text).ok_or_else(missing)?;
        let (port, rest) = rest.split_once(':').ok_or_else(missing)?;
        let (to_host, to_port) = split(rest).ok_or_else(missing)?;
        let host_or_any = |text: &str| if text.is_empty() { Ok(None) } else { parse_host(text).map(Some) };
        let port_or_any = |text: &str| if text.is_empty() { Ok(None) } else { notation::port(text).map(Some) };
        Ok(Self {
            host: host_or_any(host).map_err(error)?,
            port: port_or_any(port).map_err(error)?,
            to_host: host_or_any(to_host).map_err(error)?,
            to_port: port_or_any(to_port).map_err(error)?,
        })
    }
}

impl Resolve {
    /// Whether it speaks of this destination.
    #[must_use]
    pub fn covers(&self, host: &Host, port: u16) -> bool {
        self.port == port && self.host.as_ref().is_none_or(|own| own == host)
    }
}

impl ConnectTo {
    /// Where it leads this host and port, when it speaks of them.
    #[must_use]
    pub fn lead(&self, host: &Host, port: u16) -> Option<(Host, u16)> {
        let covers = self.host.as_ref().is_none_or(|own| own == host) && self.port.is_none_or(|own| own == port);
        covers.then(|| (self.to_host.clone().unwrap_or_else(|| host.clone()), self.to_port.unwrap_or(port)))
    }
}

fn parse_host(text: &str) -> Result<Host, String> {
    host::parse(text).map_err(|(_, message)| message)
}

/// Splits at the first `:` outside brackets.
fn split(text: &str) -> Option<(&str, &str)> {
    let from = if text.starts_with('[') { text.find(']')? } else { 0 };
    let colon = from + text[from..].find(':')?;
    Some((&text[..colon], &text[colon + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_curl_reads() {
        let resolve: Resolve = "shop.example:443:10.0.0.1,[2001:db8::1],::1".parse().unwrap();
        assert_eq!(resolve.addresses.len(), 3);
        assert!(resolve.covers(&Host::Name("shop.example".into()), 443));
        assert!(!resolve.covers(&Host::Name("shop.example".into()), 444));
        assert!("*:443:127.0.0.1".parse::<Resolve>().unwrap().covers(&Host::Name("any.example".into()), 443));

        let any: ConnectTo = "::127.0.0.1:8443".parse().unwrap();
        let name = Host::Name("a.example".into());
        assert_eq!(any.lead(&name, 443), Some((Host::Ip([127, 0, 0, 1].into()), 8443)));
        let port_only: ConnectTo = "a.example:443::8443".parse().unwrap();
        assert_eq!(port_only.lead(&name, 443), Some((name.clone(), 8443)));
        assert_eq!(port_only.lead(&name, 8080), None);
        let v6: ConnectTo = "[::1]:1:[::2]:2".parse().unwrap();
        assert_eq!(v6.to_port, Some(2));
    }

    #[test]
    fn says_what_is_wrong() {
        let cases = [
            ("shop.example", "a port and an address are missing"),
            ("shop.example:443", "an address is missing"),
            ("shop.example:443:nowhere", "'nowhere' is not an IP address"),
            ("shop.example:0:10.0.0.1", "a port is a number from 1 to 65535"),
            ("-x:443:10.0.0.1", "cannot begin with a hyphen"),
        ];
        for (text, message) in cases {
            let error = text.parse::<Resolve>().unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
        assert!("a:1:b".parse::<ConnectTo>().unwrap_err().to_string().contains("four parts"));
    }
}

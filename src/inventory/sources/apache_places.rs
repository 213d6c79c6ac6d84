//! Where Apache's virtual hosts are: `<VirtualHost ADDRESS[:PORT]…>`, as httpd 2.4 reads it (`get_addresses` in
//! server/vhost.c).

use std::net::IpAddr;

use super::sites::Listen;

/// Where a virtual host is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    At(Listen),
    /// At every port that somebody listens at: everywhere, or at one host.
    AnyPort(Option<String>),
}

impl Place {
    /// One as written. Without a port one that names an address is at that of the server's own name, if that has any. What
    /// Apache would look up as a name and find nowhere, and so ignore, is none.
    pub(super) fn parse(text: &str, port: Option<u16>) -> Result<Self, &'static str> {
        if text.contains("${") {
            return Err("it depends on a variable");
        }
        let (host, own) = match text.rsplit_once(':') {
            Some((host, own)) if own == "*" || is_number(own) => (host, Some(own)),
            _ if is_number(text) => return Err("it has no address; any is '*'"),
            _ => (text, None),
        };
        let is_any = host == "*" || host.eq_ignore_ascii_case("_default_");
        if !is_any && !is_host(host) {
            return Err("Apache finds no address in it, and ignores it");
        }
        let named = (!is_any && !is_unspecified(host)).then(|| host.to_owned());
        match own {
            Some("*") => Ok(Self::AnyPort(named)),
            Some(own) => {
                let own = own.parse().ok().filter(|port| *port > 0).ok_or("that is no port")?;
                Ok(Self::At(Listen::of(host, own)))
            }
            None => Ok(match port.filter(|_| named.is_some()) {
                Some(port) => Self::At(Listen::of(host, port)),
                None => Self::AnyPort(named),
            }),
        }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_unspecified(host: &str) -> bool {
    bare(host).parse::<IpAddr>().is_ok_and(|ip| ip.is_unspecified())
}

/// An address, those of IPv6 in brackets, or a name.
fn is_host(host: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    bare(host).parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv4() || host.starts_with('['))
        || !host.is_empty() && host.bytes().all(is_letter)
}

fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `apache2 -t -D DUMP_VHOSTS` of 2.4.71 shows them.
    #[test]
    fn places_are_those_that_apache_finds() {
        let at = |text: &str| Ok(Place::At(Listen::parse(text, 0).unwrap()));
        let any = |host: Option<&str>| Ok(Place::AnyPort(host.map(str::to_owned)));
        let ignored = Err("Apache finds no address in it, and ignores it");
        let cases = [
            ("*:8443", at("8443")),
            ("_DEFAULT_:8443", at("8443")),
            ("0.0.0.0:8443", at("8443")),
            ("[::]:8443", at("8443")),
            ("10.0.0.5:8443", at("10.0.0.5:8443")),
            ("[::1]:8443", at("[::1]:8443")),
            ("localhost:8443", at("127.0.0.1:8443")),
            ("www.shop.example:8443", at("8443")),
            ("*", any(None)),
            ("*:*", any(None)),
            ("_default_", any(None)),
            ("10.0.0.5:*", any(Some("10.0.0.5"))),
            ("10.0.0.5", any(Some("10.0.0.5"))),
            ("[::1]", any(Some("[::1]"))),
            ("*:\"8443\"", ignored.clone()),
            ("*:@port", ignored.clone()),
            ("*:", ignored.clone()),
            ("*:443x", ignored.clone()),
            (":8443", ignored.clone()),
            ("::1", ignored.clone()),
            ("8443", Err("it has no address; any is '*'")),
            ("*:0", Err("that is no port")),
            ("*:70000", Err("that is no port")),
            ("*:${PORT}", Err("it depends on a variable")),
        ];
        for (text, expected) in cases {
            assert_eq!(Place::parse(text, None), expected, "{text}");
        }
        assert_eq!(Place::parse("10.0.0.5", Some(8443)), at("10.0.0.5:8443"));
        assert_eq!(Place::parse("*", Some(8443)), any(None));
    }
}

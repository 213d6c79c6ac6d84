use proptest::prelude::*;

use super::*;
use crate::model::Protocol;

#[test]
fn reads_every_notation() {
    let cases = [
        ("example.com", "example.com:443", Protocol::Tls),
        ("example.com:8443", "example.com:8443", Protocol::Tls),
        ("[2001:db8::1]:443", "[2001:db8::1]:443", Protocol::Tls),
        ("[2001:DB8:0::1]", "[2001:db8::1]:443", Protocol::Tls),
        ("192.0.2.7", "192.0.2.7:443", Protocol::Tls),
        ("https://example.com/path?q#f", "example.com:443", Protocol::Tls),
        ("HTTPS://EXAMPLE.com.:9000/", "example.com:9000", Protocol::Tls),
        ("example.com@10.0.0.5:8443", "example.com@10.0.0.5:8443", Protocol::Tls),
        ("example.com@[2001:db8::1]", "example.com@[2001:db8::1]:443", Protocol::Tls),
        ("imap://mail.example@10.0.0.5:1143/x", "imap://mail.example@10.0.0.5:1143", Protocol::Imap),
        ("imap://mail.example@10.0.0.5", "mail.example@10.0.0.5:143", Protocol::Imap),
        ("https://mail.example@[2001:db8::1]:143", "https://mail.example@[2001:db8::1]:143", Protocol::Tls),
        ("h3://example.com", "h3://example.com:443", Protocol::H3),
        ("tls://example.com:25", "tls://example.com:25", Protocol::Tls),
        ("smtps://mail.example", "mail.example:465", Protocol::Tls),
        ("smtps://mail.example:25", "smtps://mail.example:25", Protocol::Tls),
        ("smtp://mail.example:2525", "smtp://mail.example:2525", Protocol::Smtp),
        ("tds://db.example", "tds://db.example:1433", Protocol::Tds),
        ("_dmarc.example.com", "_dmarc.example.com:443", Protocol::Tls),
        ("größe.example:443", "xn--gre-6ka8i.example:443", Protocol::Tls),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah:443", Protocol::Tls),
        ("  spaced.example ", "spaced.example:443", Protocol::Tls),
    ];
    for (text, canonical, protocol) in cases {
        let spec = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!((spec.to_string().as_str(), spec.scheme.protocol), (canonical, protocol), "{text}");
    }
}

#[test]
fn a_bare_port_selects_its_protocol() {
    let ports = [
        (25, Protocol::Smtp),
        (587, Protocol::Submission),
        (143, Protocol::Imap),
        (110, Protocol::Pop3),
        (21, Protocol::Ftp),
        (389, Protocol::Ldap),
        (5222, Protocol::Xmpp),
        (5269, Protocol::XmppServer),
        (4190, Protocol::Sieve),
        (119, Protocol::Nntp),
        (24, Protocol::Lmtp),
        (5432, Protocol::Postgres),
        (3306, Protocol::Mysql),
        (993, Protocol::Tls),
        (1433, Protocol::Tls),
    ];
    for (port, protocol) in ports {
        assert_eq!(parse(&format!("host.example:{port}")).unwrap().scheme.protocol, protocol, "{port}");
    }
}

#[test]
fn every_scheme_has_its_default_port() {
    for scheme in SCHEMES {
        let spec = parse(&format!("{}://host.example", scheme.name)).unwrap();
        assert_eq!((spec.port, spec.scheme), (scheme.port, scheme));
    }
}

#[test]
fn points_at_what_is_wrong() {
    let long_label = format!("{}.example", "a".repeat(64));
    let long_name = format!("{}example", "abcdefg.".repeat(32));
    let cases = [
        ("", 0, "an empty text is no target"),
        (":443", 0, "a host name or address is missing"),
        ("example.com:", 12, "a port number is missing"),
        ("example.com:0", 12, "from 1 to 65535"),
        ("example.com:65536", 12, "from 1 to 65535"),
        ("example.com:+443", 12, "from 1 to 65535"),
        ("example.com:https", 12, "from 1 to 65535"),
        ("example.com/path", 11, "a path needs a scheme"),
        ("example.com:443/path", 12, "a path needs a scheme"),
        ("exa mple.com", 3, "no spaces"),
        ("exa\u{1b}mple.com", 3, "control character U+001B"),
        ("*.example.com", 0, "a wildcard cannot be connected to"),
        ("a..example", 2, "a label is empty"),
        (".example", 0, "a label is empty"),
        ("a.-b.example", 2, "begin with a hyphen"),
        ("a-.example", 1, "end with a hyphen"),
        ("a-\u{fe00}.example", 1, "end with a hyphen"),
        ("a\u{ff0d}.example", 1, "end with a hyphen"),
        ("2001:db8::1", 0, "written in brackets"),
        ("[2001:db8::1", 12, "not closed"),
        ("[example.com]:443", 1, "not an IPv6 address"),
        ("[fe80::1%eth0]:443", 8, "a zone"),
        ("[::1]443", 5, "only ':' and a port"),
        ("1.2.3", 0, "not an IPv4 address"),
        ("256.1.1.1:443", 0, "not an IPv4 address"),
        ("http://example.com", 0, "did you mean https://?"),
        ("smpt://example.com", 0, "did you mean smtp://?"),
        ("postgresql://example.com", 0, "did you mean postgres://?"),
        ("https+starttls://example.com", 0, "not combined"),
        ("gopher://example.com", 0, "unknown scheme"),
        ("https://user@example.com", 12, "a user name"),
        ("https://user:secret@example.com", 12, "a user name and password"),
        ("https://user:secret@10.0.0.5:443", 12, "a user name and password"),
        ("https://user:@10.0.0.5", 12, "a user name and password"),
        ("https://a@b@10.0.0.5", 9, "only an address can stand after '@'"),
        ("https://@10.0.0.5", 8, "a host name is missing"),
        ("https://192.0.2.1@10.0.0.5", 8, "a name is needed here"),
        ("imap://mail.example@10.0.0.5:0", 29, "from 1 to 65535"),
        ("https://", 8, "a host name or address is missing"),
        ("https://:443", 8, "a host name or address is missing"),
        ("name.example@other.example:443", 13, "an IP address is needed after '@'"),
        ("10.0.0.1@10.0.0.2:443", 0, "a name is needed here"),
        ("@list.txt", 0, "a list cannot name another list"),
        ("xn--a.example", 0, "not valid Punycode"),
        (long_label.as_str(), 0, "64 octets, at most 63"),
        (long_name.as_str(), 0, "at most 253"),
    ];
    for (text, at, message) in cases {
        let error = parse(text).expect_err(text);
        assert!(error.message.contains(message), "{text}: {}", error.message);
        assert_eq!(error.at, at, "{text}: {}", error.message);
    }
}

#[test]
fn shows_a_caret_under_the_place() {
    let error = parse("größe.example:70000").unwrap_err();
    assert_eq!(error.to_string(), "a port is a number from 1 to 65535\n  größe.example:70000\n                ^");
    let error = parse(&format!("{}:x", "a.".repeat(40))).unwrap_err().to_string();
    assert!(error.lines().all(|line| line.chars().count() < 140), "{error}");
}

proptest! {
    #[test]
    fn never_panics(text in ".{0,80}") {
        if let Err(error) = parse(&text) {
            prop_assert!(error.input.is_char_boundary(error.at), "{error:?}");
            prop_assert!(!error.to_string().chars().any(|c| c.is_control() && c != '\n'));
        }
    }

    #[test]
    fn never_panics_on_almost_targets(text in "(https|smtp|h3|x)?(://)?[a-z0-9@:./\\[\\]%_*ßü。-]{0,40}") {
        let _ = parse(&text).map_err(|error| error.to_string());
    }

    #[test]
    fn what_is_shown_parses_to_the_same(
        scheme in proptest::sample::select(SCHEMES.iter().map(|scheme| scheme.name).collect::<Vec<_>>()),
        host in "([a-z_][a-z0-9_]{0,10}\\.){0,3}[a-zü][a-z]{1,5}|\\[2001:db8::[0-9a-f]{1,4}\\]|10\\.[0-9]\\.1\\.[0-9]",
        port in proptest::option::of(1..u16::MAX),
        form in 0..4,
    ) {
        let port = port.map_or_else(String::new, |port| format!(":{port}"));
        let text = match form {
            0 => format!("{scheme}://{host}{port}/x"),
            1 => format!("{host}{port}"),
            2 => format!("{scheme}://pinned.example@10.0.0.1{port}"),
            _ => format!("pinned.example@10.0.0.1{port}"),
        };
        let spec = parse(&text).unwrap();
        prop_assert_eq!(parse(&spec.to_string()).unwrap(), spec);
    }
}

//! Host names and address literals, checked.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::model::Host;

/// Longest name in octets without the final dot (RFC 1035 section 2.3.4).
const MAX_NAME: usize = 253;
/// Longest label in octets.
const MAX_LABEL: usize = 63;

/// What is wrong with a host, and at which byte of it.
pub(super) type Fault = (usize, String);

/// Reads a host: `[v6]`, an IPv4 literal, or a name, internationalised or not.
pub(super) fn parse(text: &str) -> Result<Host, Fault> {
    if let Some(inside) = text.strip_prefix('[') {
        return bracketed(inside);
    }
    if text.is_empty() {
        return Err((0, "a host name or address is missing here".to_owned()));
    }
    if text.parse::<Ipv6Addr>().is_ok() {
        return Err((0, format!("an IPv6 address is written in brackets: [{text}]")));
    }
    if let Ok(ip) = text.parse::<Ipv4Addr>() {
        return Ok(Host::Ip(ip.into()));
    }
    name(text).map(|name| Host::Name(name.into()))
}

fn bracketed(inside: &str) -> Result<Host, Fault> {
    let Some(text) = inside.strip_suffix(']') else {
        return Err((inside.len() + 1, "the bracket of an IPv6 address is not closed: ']' expected".to_owned()));
    };
    if let Some(at) = text.find('%') {
        return Err((at + 1, "a zone such as '%eth0' cannot be given; use an address that needs none".to_owned()));
    }
    match text.parse::<Ipv6Addr>() {
        Ok(ip) => Ok(Host::Ip(ip.into())),
        Err(_) => Err((1, "not an IPv6 address; brackets are for IPv6 addresses only".to_owned())),
    }
}

/// A DNS name in its ASCII form, lower case, without the final dot.
pub(super) fn name(text: &str) -> Result<String, Fault> {
    if let Some((at, c)) = text.char_indices().find(|&(_, c)| is_forbidden(c)) {
        return Err((at, forbidden(c)));
    }
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.is_empty() {
        return Err((0, "a host name is missing here".to_owned()));
    }
    if text.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit())) {
        let last = text.rfind('.').map_or(0, |dot| dot + 1);
        if last == text.len() {
            return Err((last, "a label is empty: two dots in a row".to_owned()));
        }
        if text.parse::<Ipv4Addr>().is_ok() {
            return Err((0, "a name is needed here, not an address".to_owned()));
        }
        return Err((0, "not an IPv4 address, and no name ends in a number".to_owned()));
    }
    let mut ascii = Vec::new();
    let mut at = 0;
    for label in text.split(['.', '\u{3002}', '\u{ff0e}', '\u{ff61}']) {
        ascii.push(self::label(label).map_err(|(inner, message)| (at + inner, message))?);
        at += label.len() + text[at + label.len()..].chars().next().map_or(0, char::len_utf8);
    }
    let ascii = ascii.join(".");
    if ascii.len() > MAX_NAME {
        return Err((0, format!("the name has {} octets, at most {MAX_NAME} are allowed", ascii.len())));
    }
    Ok(ascii)
}

fn label(label: &str) -> Result<String, Fault> {
    if label.is_empty() {
        return Err((0, "a label is empty: a name has no leading dot and no two dots in a row".to_owned()));
    }
    let ascii = if label.is_ascii() { label.to_ascii_lowercase() } else { internationalised(label)? };
    if ascii.len() > MAX_LABEL {
        return Err((0, format!("this label has {} octets, at most {MAX_LABEL} are allowed", ascii.len())));
    }
    if ascii.starts_with('-') {
        return Err((0, "a label cannot begin with a hyphen".to_owned()));
    }
    if ascii.ends_with('-') {
        // What follows it may have been mapped to nothing (UTS #46 section 4), and it may have been another hyphen.
        let last = label.char_indices().next_back().map_or(0, |(at, _)| at);
        return Err((label.rfind('-').unwrap_or(last), "a label cannot end with a hyphen".to_owned()));
    }
    if ascii.starts_with("xn--") && url::Host::parse(&ascii).is_err() {
        return Err((0, "this label is not valid Punycode".to_owned()));
    }
    Ok(ascii)
}

/// The label in Punycode (RFC 5891), mapped and checked as browsers do (UTS 46).
fn internationalised(label: &str) -> Result<String, Fault> {
    let fault = || (0, "this label has no valid internationalised form (IDNA)".to_owned());
    match url::Host::parse(label) {
        Ok(url::Host::Domain(ascii)) if !ascii.contains('.') => Ok(ascii),
        _ => Err(fault()),
    }
}

/// Whether `c` never occurs in a name. The underscore is no host-name character, yet names in use have it.
fn is_forbidden(c: char) -> bool {
    c.is_ascii() && !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-' | '_')
}

fn forbidden(c: char) -> String {
    match c {
        '*' => "a wildcard cannot be connected to; name a host it covers".to_owned(),
        '/' => "a path needs a scheme before it, as in https://host/path".to_owned(),
        '@' => "only an address can stand after '@', as in name@10.0.0.5:443".to_owned(),
        c if c.is_whitespace() => "a name has no spaces in it; separate targets are separate arguments".to_owned(),
        c if c.is_control() => format!("a name cannot contain the control character U+{:04X}", u32::from(c)),
        c => format!("a name cannot contain '{c}'"),
    }
}

//! The head of an HTTP/1 response, as far as it speaks of transport security.

use std::time::Duration;

use crate::model::{AltSvc, Hsts, HttpAnswer, Time, Untrusted};

/// A parsed head.
#[derive(Debug, Default)]
pub(super) struct Head {
    status: u16,
    hsts: Option<Hsts>,
    date: Option<Time>,
    age: Option<Duration>,
    alt_svc: Vec<AltSvc>,
    server: Option<Untrusted>,
    location: Option<Untrusted>,
    retry_after: Option<Untrusted>,
}

impl Head {
    const MOST_HEADERS: usize = 128;
    /// Alternatives kept.
    const MOST_ALTERNATIVES: usize = 8;
    /// Of a value that is shown.
    const LONGEST_VALUE: usize = 1024;

    /// Reads a whole head; in words what is wrong with it.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let mut headers = [httparse::EMPTY_HEADER; Self::MOST_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        // One bad header of a backend does not make the others unreadable.
        let mut lenient = httparse::ParserConfig::default();
        lenient.ignore_invalid_headers_in_responses(true);
        match lenient.parse_response(&mut response, bytes) {
            Ok(httparse::Status::Complete(_)) => (),
            Ok(httparse::Status::Partial) => return Err("the response's head is cut off".to_owned()),
            Err(error) => return Err(format!("the response cannot be read: {error}")),
        }
        let mut head = Self { status: response.code.unwrap_or_default(), ..Self::default() };
        response.headers.iter().for_each(|header| head.take(header));
        Ok(head)
    }

    /// Whether another response follows (RFC 9110 section 15.2).
    pub(super) const fn is_interim(&self) -> bool {
        matches!(self.status, 100..=199) && self.status != 101
    }

    /// In words, where the response says that we ask too much; `is_own_name` when the server has a certificate for the
    /// name it was asked about.
    ///
    /// 429 says nothing else (RFC 6585 section 4). 421 means that the server does not answer for the name (RFC 9110
    /// section 15.5.20), and is then no matter of our number; who has a certificate for it, under the very name that
    /// was sent in the handshake, cannot mean that, and sends 421 as mail servers do.
    pub(super) fn enough(&self, is_own_name: bool) -> Option<String> {
        let status = match self.status {
            429 => "HTTP 429 Too Many Requests",
            421 if is_own_name => "HTTP 421 for a name that its certificate covers",
            _ => return None,
        };
        let again = self.retry_after.as_ref().map(|after| format!(", to be asked again after {after}"));
        Some(format!("{status}{}", again.unwrap_or_default()))
    }

    /// The evidence.
    pub(super) fn answer(self, first_byte: Duration, received_at: Time) -> HttpAnswer {
        HttpAnswer {
            status: Some(self.status),
            failure: None,
            first_byte: Some(first_byte),
            hsts: self.hsts,
            date: self.date,
            age: self.age,
            received_at,
            alt_svc: self.alt_svc,
            server: self.server,
            location: self.location,
        }
    }

    fn take(&mut self, header: &httparse::Header<'_>) {
        let text = String::from_utf8_lossy(header.value);
        let shown = || Some(Untrusted::from_bytes(&header.value[..header.value.len().min(Self::LONGEST_VALUE)]));
        match &*header.name.to_ascii_lowercase() {
            // Only the first counts (RFC 6797 section 8.1).
            "strict-transport-security" if self.hsts.is_none() => self.hsts = hsts(&text),
            "date" if self.date.is_none() => self.date = date(&text),
            "age" if self.age.is_none() => self.age = text.trim().parse().ok().map(Duration::from_secs),
            "alt-svc" => {
                let room = Self::MOST_ALTERNATIVES - self.alt_svc.len();
                self.alt_svc.extend(parts(&text, ',').filter_map(alternative).take(room));
            }
            "server" if self.server.is_none() => self.server = shown(),
            "location" if self.location.is_none() => self.location = shown(),
            "retry-after" if self.retry_after.is_none() => self.retry_after = shown(),
            _ => (),
        }
    }
}

/// RFC 6797 section 6.1; without a `max-age` it means nothing.
fn hsts(value: &str) -> Option<Hsts> {
    let mut max_age = None;
    let (mut include_subdomains, mut preload) = (false, false);
    for directive in parts(value, ';') {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        match &*name.trim().to_ascii_lowercase() {
            "max-age" if max_age.is_none() => max_age = Some(value.trim().trim_matches('"').parse().ok()?),
            "includesubdomains" => include_subdomains = true,
            "preload" => preload = true,
            _ => (),
        }
    }
    Some(Hsts { max_age: max_age?, include_subdomains, preload })
}

/// The one form of a date that is generated (RFC 9110 section 5.6.7).
fn date(value: &str) -> Option<Time> {
    let parser = jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true);
    Some(Time::from_secs(parser.parse_timestamp(value.trim()).ok()?.as_second()))
}

/// `h3=":443"; ma=86400` (RFC 7838 section 3); `clear` names none.
fn alternative(text: &str) -> Option<AltSvc> {
    let mut parts = parts(text, ';');
    let (protocol, authority) = parts.next()?.split_once('=')?;
    let authority = authority.trim().strip_prefix('"')?.strip_suffix('"')?;
    let age = parts.find_map(|part| part.split_once('=').filter(|(name, _)| name.trim().eq_ignore_ascii_case("ma")));
    let max_age =
        age.map_or(Some(AltSvc::DEFAULT_MAX_AGE), |(_, seconds)| seconds.trim().trim_matches('"').parse().ok())?;
    Some(AltSvc { protocol: Untrusted::new(protocol.trim()), authority: Untrusted::new(authority), max_age })
}

/// The parts of a value between separators that are not quoted.
fn parts(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c| {
        quoted ^= c == '"';
        c == separator && !quoted
    })
    .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(headers: &str) -> Head {
        Head::parse(format!("HTTP/1.1 200 OK\r\n{headers}\r\n\r\n").as_bytes()).unwrap()
    }

    #[test]
    fn transport_security_is_read_as_browsers_do() {
        let cases = [
            ("max-age=31536000; includeSubDomains; preload", Some((31_536_000, true, true))),
            ("MAX-AGE=\"600\" ;includesubdomains", Some((600, true, false))),
            ("max-age=0", Some((0, false, false))),
            ("includeSubDomains", None),
            ("max-age=soon", None),
            ("max-age=-1", None),
        ];
        for (value, expected) in cases {
            let found = head(&format!("Strict-Transport-Security: {value}")).hsts;
            let told = found.map(|hsts| (hsts.max_age, hsts.include_subdomains, hsts.preload));
            assert_eq!(told, expected, "{value}");
        }
        let twice = head("strict-transport-security: max-age=1\r\nStrict-Transport-Security: max-age=2").hsts;
        assert_eq!(twice.unwrap().max_age, 1);
    }

    #[test]
    fn dates_and_alternatives_are_read() {
        let read = head(
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nAge: 12\r\nServer: lab\x1b[31m\r\n\
             Alt-Svc: h3=\":443\"; ma=3600; persist=1, h3-29=\"alt, really.example:8443\"\r\nAlt-Svc: clear, broken",
        );
        assert_eq!(read.date, Some(Time::from_secs(784_111_777)));
        assert_eq!(read.age, Some(Duration::from_secs(12)));
        assert_eq!(read.server, None, "a header with control characters is refused");
    }

    #[test]
    fn a_flood_of_headers_and_alternatives_is_cut() {
        let many = "Alt-Svc: h3=\":1\",h3=\":2\",h3=\":3\"\r\n".repeat(20);
        let read = head(many.trim_end());
        assert_eq!(read.alt_svc.len(), Head::MOST_ALTERNATIVES);
        let flood = format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(1000));
        assert!(Head::parse(flood.as_bytes()).unwrap_err().contains("cannot be read"));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_survived(bytes: Vec<u8>, value in "[ -~]{0,60}") {
            let _ = Head::parse(&bytes);
            let _ = head(&format!("Alt-Svc: {value}\r\nStrict-Transport-Security: {value}\r\nDate: {value}"));
        }
    }
}

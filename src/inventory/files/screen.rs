//! What JSON has to pass on its way to the parser: values of private keys go no further than a buffer that is wiped, no
//! text is longer than the limit, and whoever does not want to wait longer ends it.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};

use zeroize::Zeroizing;

use super::super::wiped;

/// Longest text of a manifest: objects of a cluster have 1.5 MiB at most (etcd's limit).
pub(super) const LONGEST_TEXT: usize = 4 << 20;

/// Longest name that is compared.
const LONGEST_NAME: usize = 256;

/// So much of a value tells whether it is a private key in PEM, in base64 or not: no more of a key than the first
/// letters, which are those of every key of its kind.
const BEGINNING: usize = 40;

/// Whether a value of this name is secret and of no use: it is passed over while reading.
pub(super) fn is_secret(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    let has = |word: &[u8]| memchr::memmem::find(&name, word).is_some();
    let is_key = name.ends_with(b"key") || name.ends_with(b"key.pem") || name.ends_with(b".p8");
    // The last one is a copy of the whole object.
    is_key || [&b"privkey"[..], b"private", b"password", b"token", b"last-applied-configuration"].into_iter().any(has)
}

/// A source of JSON without its secrets.
pub(super) struct Screen<'a, R> {
    source: R,
    raw: Zeroizing<Vec<u8>>,
    /// What of `raw` is still to be passed on.
    rest: std::ops::Range<usize>,
    state: State,
    /// Bytes read.
    read: u64,
    most_bytes: u64,
    cancelled: &'a AtomicBool,
}

/// Where in the JSON we are.
#[derive(Debug, Default)]
struct State {
    place: Place,
    /// The last text, as far as it may be a name.
    name: Vec<u8>,
}

#[derive(Debug, Default)]
enum Place {
    #[default]
    Between,
    AfterColon,
    Text(Text),
}

#[derive(Debug)]
struct Text {
    /// How it begins, as far as that tells what it is.
    beginning: [u8; BEGINNING],
    /// It is what a name stands for.
    is_value: bool,
    /// It is passed over.
    is_secret: bool,
    is_escaped: bool,
    length: usize,
}

impl<'a, R: Read> Screen<'a, R> {
    pub(super) fn new(source: R, most_bytes: u64, cancelled: &'a AtomicBool) -> Self {
        let raw = Zeroizing::new(vec![0; 64 << 10]);
        Self { source, raw, rest: 0..0, state: State::default(), read: 0, most_bytes, cancelled }
    }

    fn refill(&mut self) -> io::Result<()> {
        if self.cancelled.load(Ordering::Relaxed) {
            return Err(io::Error::other("reading was stopped"));
        }
        let read = loop {
            match self.source.read(&mut self.raw) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.read += read as u64;
        if self.read > self.most_bytes {
            return Err(io::Error::other(format!("manifests are read up to {} bytes (--max-size)", self.most_bytes)));
        }
        self.rest = 0..read;
        Ok(())
    }
}

impl<R: Read> Read for Screen<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        while written == 0 && !out.is_empty() {
            if self.rest.is_empty() {
                self.refill()?;
                if self.rest.is_empty() {
                    return Ok(0);
                }
            }
            while let (Some(byte), Some(room)) = (self.raw.get(self.rest.start), out.get_mut(written)) {
                if self.rest.is_empty() {
                    break;
                }
                self.rest.start += 1;
                if let Some(byte) = self.state.pass(*byte)? {
                    *room = byte;
                    written += 1;
                }
            }
        }
        Ok(written)
    }
}

impl State {
    /// The byte to pass on, where there is one.
    fn pass(&mut self, byte: u8) -> io::Result<Option<u8>> {
        let is_value = match &mut self.place {
            Place::Text(text) if byte == b'"' && !text.is_escaped => {
                if text.is_value {
                    self.name.clear();
                }
                self.place = Place::Between;
                return Ok(Some(byte));
            }
            Place::Text(text) => return text.pass(byte, &mut self.name),
            Place::AfterColon => true,
            Place::Between => false,
        };
        match byte {
            b'"' => {
                let is_secret = is_value && is_secret(&self.name);
                self.name.clear();
                let beginning = [0; BEGINNING];
                self.place = Place::Text(Text { beginning, is_value, is_secret, is_escaped: false, length: 0 });
            }
            b':' => self.place = Place::AfterColon,
            byte if byte.is_ascii_whitespace() => {}
            _ => self.place = Place::Between,
        }
        Ok(Some(byte))
    }
}

impl Text {
    fn pass(&mut self, byte: u8, name: &mut Vec<u8>) -> io::Result<Option<u8>> {
        self.is_escaped = byte == b'\\' && !self.is_escaped;
        self.length += 1;
        if self.length > LONGEST_TEXT {
            return Err(io::Error::other(format!("values of manifests are read up to {LONGEST_TEXT} bytes")));
        }
        if self.is_secret {
            // One letter tells that there is something.
            return Ok((self.length == 1).then_some(b'x'));
        }
        if let Some(place) = self.beginning.get_mut(self.length - 1).filter(|_| self.is_value) {
            *place = byte;
            self.is_secret = self.length == BEGINNING && is_private(&self.beginning);
        }
        if !self.is_value && self.length <= LONGEST_NAME {
            name.push(byte);
        }
        Ok(Some(byte))
    }
}

/// Whether a value that begins so is a private key, whatever its name.
fn is_private(beginning: &[u8]) -> bool {
    let says_so = |text: &[u8]| text.starts_with(b"-----BEGIN ") && memchr::memmem::find(text, b"PRIVATE").is_some();
    says_so(beginning) || wiped::base64(beginning).is_ok_and(|text| says_so(&text))
}

/// The same for YAML: the values of private keys, on the line or in the block below it, are overwritten in place.
pub(super) fn blank_yaml(text: &mut [u8]) {
    let mut at = 0;
    // The indentation of a name whose value is in the lines below.
    let mut below: Option<usize> = None;
    while at < text.len() {
        let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |length| at + length);
        let line = &mut text[at..end];
        let indent = line.iter().take_while(|byte| **byte == b' ').count();
        let is_empty = line.trim_ascii().is_empty();
        if below.is_some_and(|above| is_empty || indent > above) {
            line.fill(b' ');
        } else if let Some((column, value)) = secret_value(line) {
            let stays = line[value..].trim_ascii().first().is_some_and(|first| b"|>".contains(first));
            let is_there = !line[value..].trim_ascii().is_empty();
            if !stays {
                line[value..].fill(b' ');
                // One letter tells that there is something.
                if is_there && line.len() > value + 1 {
                    line[value + 1] = b'x';
                }
            }
            below = Some(column);
        } else if !is_empty {
            below = None;
        }
        at = end + 1;
    }
}

/// The column of a secret name and where its value begins.
fn secret_value(line: &[u8]) -> Option<(usize, usize)> {
    let colon = memchr::memmem::find(line, b": ").or_else(|| line.ends_with(b":").then(|| line.len() - 1))?;
    let name = &line[..colon];
    let column = name.iter().take_while(|byte| b" -".contains(byte)).count();
    let name = name[column..].trim_ascii();
    let bare = |quote: &[u8]| name.strip_prefix(quote).and_then(|name| name.strip_suffix(quote));
    let name = bare(b"\"").or_else(|| bare(b"'")).unwrap_or(name);
    is_secret(name).then_some((column, colon + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screened(text: &str, most_bytes: u64) -> io::Result<String> {
        let cancelled = AtomicBool::new(false);
        let mut out = String::new();
        Screen::new(text.as_bytes(), most_bytes, &cancelled).read_to_string(&mut out)?;
        Ok(out)
    }

    #[test]
    fn values_of_keys_are_passed_over() {
        let text =
            r#"{"a\"tls.key": "b", "tls.key" : "S\"ECRET", "x": {"ca.key": "", "tls.crt": "tls.key", "y": "z"}}"#;
        let kept = r#"{"a\"tls.key": "x", "tls.key" : "x", "x": {"ca.key": "", "tls.crt": "tls.key", "y": "z"}}"#;
        assert_eq!(screened(text, 1000).unwrap(), kept);
        assert_eq!(screened(r#"["tls.key", "a", {"tls.key": ["b"]}]"#, 100).unwrap().len(), 36);
    }

    #[test]
    fn keys_are_known_by_what_they_begin_with() {
        use base64::Engine as _;
        for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY"] {
            let pem =
                format!("-----BEGIN {label}-----\\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCSECRET\\n-----END {label}-----\\n");
            let coded = base64::engine::general_purpose::STANDARD.encode(pem.replace("\\n", "\n"));
            for value in [&pem, &coded] {
                let kept = screened(&format!("{{\"id\": \"{value}\", \"b\": \"c\"}}"), 1000).unwrap();
                assert!(kept.len() < 70 && kept.ends_with(", \"b\": \"c\"}") && !kept.contains("SECRET"), "{kept}");
            }
        }
        let certificate = "{\"id\": \"-----BEGIN CERTIFICATE-----\\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC PRIVATE\"}";
        assert_eq!(screened(certificate, 1000).unwrap(), certificate);
    }

    #[test]
    fn limits_are_named() {
        let error = screened("[1, 2]", 5).unwrap_err().to_string();
        assert!(error.contains("up to 5 bytes (--max-size)"), "{error}");
        let error = screened(&format!("[\"{}\"]", "x".repeat(LONGEST_TEXT + 1)), u64::MAX).unwrap_err().to_string();
        assert!(error.contains("up to 4194304 bytes"), "{error}");
        let cancelled = AtomicBool::new(true);
        let mut screen = Screen::new(&b"{}"[..], 9, &cancelled);
        assert!(screen.read(&mut [0; 4]).unwrap_err().to_string().contains("stopped"));
    }

    #[test]
    fn yaml_loses_its_keys_in_place() {
        let text = "data:\n  tls.crt: QQ==\n  tls.key: U0VDUkVU\n  'b.key': UkVU\n  \"ca.key\": |\n    U0VD\n\n    UkVU\n  b: c\nkey:\n";
        let mut blank = text.as_bytes().to_vec();
        blank_yaml(&mut blank);
        let blank = String::from_utf8(blank).unwrap();
        assert!(blank.contains("tls.crt: QQ==\n  tls.key: x") && blank.contains("  b: c\n"), "{blank}");
        assert!(!blank.contains("U0VD") && !blank.contains("UkVU"), "{blank}");
        assert_eq!((blank.len(), blank.lines().count()), (text.len(), text.lines().count()));
    }
}

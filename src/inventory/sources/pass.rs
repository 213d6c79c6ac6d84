//! Who asks for a source: a token or a login, read when it is needed and shown to nobody.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ureq::http::HeaderValue;
use zeroize::Zeroizing;

use super::super::wiped;
use crate::model::Secret;

/// Secrets beyond this are not read.
const LONGEST: u64 = 64 << 10;

/// What a server wants to see before it answers (RFC 9110 section 11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pass {
    /// A token, as for `Bearer` (RFC 6750).
    Token {
        /// The scheme's name.
        scheme: String,
        /// The token.
        token: SecretAt,
    },
    /// A name and a password, for `Basic` (RFC 7617).
    Login {
        /// The name.
        name: String,
        /// The password.
        password: SecretAt,
    },
}

/// Where a secret is. It is read each time it is needed: tokens are renewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretAt {
    /// On the first line of a file.
    File(PathBuf),
    /// In an environment variable of that name.
    Variable(String),
    /// Here.
    Here(Secret),
}

impl Pass {
    /// A token of the usual scheme.
    #[must_use]
    pub fn bearer(token: SecretAt) -> Self {
        Self::Token { scheme: "Bearer".to_owned(), token }
    }

    /// The value of the header `Authorization`.
    pub(super) fn header(&self) -> Result<HeaderValue, String> {
        let text = match self {
            Self::Token { scheme, token } => joined(&[scheme, " ", token.read()?.as_str()]),
            Self::Login { name, .. } if name.contains(':') => {
                return Err("the name of a login has no colon in it (RFC 7617)".to_owned());
            }
            Self::Login { name, password } => {
                let plain = joined(&[name, ":", password.read()?.as_str()]);
                let encoded = Zeroizing::new(STANDARD.encode(plain.as_bytes()));
                joined(&["Basic ", &encoded])
            }
        };
        let value = HeaderValue::from_str(&text);
        let mut value = value.map_err(|_| "its token has characters in it that no header can have".to_owned())?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// In one piece of memory, so that no copy of a secret is left behind while it grows.
fn joined(parts: &[&str]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(parts.iter().map(|part| part.len()).sum()));
    for part in parts {
        text.push_str(part);
    }
    text
}

impl SecretAt {
    /// The first line of it.
    pub(super) fn read(&self) -> Result<Secret, String> {
        match self {
            Self::Here(secret) => Ok(secret.clone()),
            Self::Variable(name) => match std::env::var(name).map(Zeroizing::new) {
                Ok(text) => first_line(&text).ok_or_else(|| format!("the environment variable {name} is empty")),
                Err(std::env::VarError::NotPresent) => Err(format!("the environment variable {name} is not set")),
                Err(std::env::VarError::NotUnicode(_)) => Err(format!("the environment variable {name} is not UTF-8")),
            },
            Self::File(path) => {
                let text = text(path, "which has its token or password")?;
                let empty = || format!("'{}', which has its token or password, is empty", path.display());
                first_line(text.as_str()).ok_or_else(empty)
            }
        }
    }

    /// All of it, such as PEM.
    pub(super) fn all(&self) -> Result<Secret, String> {
        match self {
            Self::File(path) => text(path, "which has its client certificate or key"),
            Self::Here(secret) => Ok(secret.clone()),
            Self::Variable(_) => self.read(),
        }
    }

    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Variable(_) | Self::Here(_) => None,
        }
    }
}

/// A file's text, which is `what`.
fn text(path: &Path, what: &str) -> Result<Secret, String> {
    let shown = path.display();
    let read = File::open(path).and_then(|file| wiped::all(file.take(LONGEST)));
    let mut bytes = read.map_err(|error| format!("cannot read '{shown}', {what}: {error}"))?;
    let text = String::from_utf8(std::mem::take(&mut *bytes));
    text.map(Secret::new).map_err(|error| {
        drop(Zeroizing::new(error.into_bytes()));
        format!("'{shown}', {what}, is not UTF-8")
    })
}

fn first_line(text: &str) -> Option<Secret> {
    let line = text.lines().next().unwrap_or_default().trim();
    (!line.is_empty()).then(|| Secret::new(line.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here(text: &str) -> SecretAt {
        SecretAt::Here(Secret::new(text.to_owned()))
    }

    fn login(name: &str, password: SecretAt) -> Pass {
        Pass::Login { name: name.to_owned(), password }
    }

    #[test]
    fn headers_are_as_written_in_their_standards() {
        // RFC 7617 section 2, and its example with UTF-8.
        let said = |pass: &Pass| pass.header().unwrap().to_str().unwrap().to_owned();
        assert_eq!(said(&login("Aladdin", here("open sesame"))), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(said(&login("test", here("123\u{a3}"))), "Basic dGVzdDoxMjPCow==");
        assert_eq!(said(&Pass::bearer(here("mF_9.B5f-4.1JqM"))), "Bearer mF_9.B5f-4.1JqM");
        assert!(!format!("{:?}", Pass::bearer(here("planted")).header()).contains("planted"));
    }

    #[test]
    fn secrets_are_read_where_they_are_and_each_time() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let pass = Pass::bearer(SecretAt::File(file.path().to_owned()));
        assert!(pass.header().unwrap_err().ends_with("is empty"));
        for token in ["one", "two"] {
            std::fs::write(&file, format!("{token} \r\nsecond line\n")).unwrap();
            assert_eq!(pass.header().unwrap(), format!("Bearer {token}"));
        }
        let path = std::env::var("PATH").unwrap();
        assert_eq!(Pass::bearer(SecretAt::Variable("PATH".to_owned())).header().unwrap(), format!("Bearer {path}"));
    }

    #[test]
    fn faults_name_the_place_and_not_the_secret() {
        let cases = [
            (Pass::bearer(SecretAt::File("/nowhere/token".into())), "cannot read '/nowhere/token'"),
            (Pass::bearer(SecretAt::Variable("TLSCOPE_NO_SUCH".to_owned())), "TLSCOPE_NO_SUCH is not set"),
            (Pass::bearer(here("planted\u{7}")), "characters in it that no header can have"),
            (login("a:b", here("planted")), "no colon in it"),
        ];
        for (pass, expected) in cases {
            let error = pass.header().unwrap_err();
            assert!(error.contains(expected) && !error.contains("planted"), "{error}");
        }
    }
}

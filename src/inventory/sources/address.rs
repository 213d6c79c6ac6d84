//! Where a source is fetched, apart from who asks there.

use percent_encoding::percent_decode_str;
use url::Url;

use super::pass::{Pass, SecretAt};
use crate::model::Secret;

/// A URL to fetch: without a login in it, and so fit to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    url: Url,
    text: String,
}

impl Address {
    /// Reads `http://…` or `https://…`; a login that stands in it is taken out of it. Errors never repeat the text.
    pub fn parse(text: &str) -> Result<(Self, Option<Pass>), String> {
        let mut url = Url::parse(text).map_err(|error| format!("not a URL: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("not a URL that begins with http:// or https://".to_owned());
        }
        let decoded = |text: &str| percent_decode_str(text).decode_utf8().map(std::borrow::Cow::into_owned);
        let (name, password) = (decoded(url.username()), decoded(url.password().unwrap_or_default()));
        let (Ok(name), Ok(password)) = (name, password) else {
            return Err("the login before '@' is not UTF-8".to_owned());
        };
        let password = Secret::new(password);
        if name.is_empty() && password.as_str().is_empty() {
            return Ok((Self { url, text: text.to_owned() }, None));
        }
        if url.set_username("").and_then(|()| url.set_password(None)).is_err() {
            return Err("it has a login and no host".to_owned());
        }
        let text = url.to_string();
        Ok((Self { url, text }, Some(Pass::Login { name, password: SecretAt::Here(password) })))
    }

    pub(super) const fn url(&self) -> &Url {
        &self.url
    }

    /// The URL as it was written, but for the login.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.text
    }
}

/// Whether it is something to fetch.
pub(super) fn is_url(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

/// So much of a text as can be shown: a login in what is, or should be, a URL is left out.
#[must_use]
pub fn masked(text: &str) -> String {
    if !text.contains("://") {
        return text.to_owned();
    }
    match Address::parse(text) {
        Ok((address, _)) => address.text,
        // Where the login ends in what is no URL nobody knows.
        Err(_) => match text.rsplit_once('@') {
            Some((_, rest)) => format!("…@{rest}"),
            None => text.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_taken_out() {
        let written = [
            ("https://u:planted@a.example/x?y=z", "https://a.example/x?y=z", Some(("u", "planted"))),
            ("http:///u:planted@a.example/", "http://a.example/", Some(("u", "planted"))),
            ("https://us%C3%A9r:plan%2Fted@a.example", "https://a.example/", Some(("usér", "plan/ted"))),
            ("https://:planted@a.example/", "https://a.example/", Some(("", "planted"))),
            ("https://a.example", "https://a.example", None),
            ("https://a.example/x?mail=a@b.example", "https://a.example/x?mail=a@b.example", None),
        ];
        for (text, shown, login) in written {
            let (address, pass) = Address::parse(text).unwrap();
            let expected = login.map(|(name, password)| Pass::Login {
                name: name.to_owned(),
                password: SecretAt::Here(Secret::new(password.to_owned())),
            });
            assert_eq!((address.shown(), &pass, masked(text).as_str()), (shown, &expected, shown), "{text}");
            assert!(!format!("{address:?}{pass:?}").contains("plan"), "{text}");
        }
    }

    #[test]
    fn what_is_no_url_shows_no_login_either() {
        for text in [
            "http://u:planted@a b/",
            "http://u:plan/planted@a.example/",
            "ftp://u:planted@a.example/",
            "http://u:planted%FF@a/",
        ] {
            let error = Address::parse(text).map(|_| ()).unwrap_err();
            assert!(
                !error.contains("planted") && !masked(text).contains("planted"),
                "{text}: {error}, {}",
                masked(text)
            );
        }
    }
}

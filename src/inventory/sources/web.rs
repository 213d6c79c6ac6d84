//! Sources that are fetched: `http_sd`, and any other kind as `KIND:URL`.
//!
//! Whoever runs the command names the URL, so it may lead anywhere; what answers is as little trusted as any source.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::aws_lc_rs;
use ureq::http::StatusCode;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body, Error, Proxy, http};
use url::Url;
use zeroize::Zeroizing;

use super::super::wiped;
use super::address::Address;
use super::pass::Pass;
use super::roots::Roots;
use crate::model::{Clock as _, SystemClock};

/// Limits of one fetch, redirects and all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) time: Duration,
    pub(super) bytes: u64,
}

impl Limits {
    pub(super) const USUAL: Self = Self { time: Duration::from_secs(20), bytes: 64 << 20 };
}

const MOST_REDIRECTS: u32 = 3;

/// What is asked for, and by whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request<'a> {
    pub(super) address: &'a Address,
    /// Shown to the server of that address, and to no other that it leads to.
    pub(super) pass: Option<&'a Pass>,
    pub(super) roots: &'a Roots,
    pub(super) limits: Limits,
}

/// What was fetched.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// Its media type without parameters, in lower case.
    pub(super) media: String,
}

/// Why something was not fetched, in words.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfetched {
    /// The server says no.
    #[error("HTTP {0}{1}")]
    Status(StatusCode, String),
    #[error("{0}")]
    Other(String),
}

impl From<String> for Unfetched {
    fn from(reason: String) -> Self {
        Self::Other(reason)
    }
}

impl Request<'_> {
    /// Fetches it. Proxies are those of the environment.
    pub(super) fn fetch(&self) -> Result<Fetched, Unfetched> {
        self.fetch_by(Proxy::try_from_env())
    }

    fn fetch_by(&self, proxy: Option<Proxy>) -> Result<Fetched, Unfetched> {
        let limits = self.limits;
        let pass = self.pass.map(Pass::header).transpose()?;
        let home = self.address.url();
        let is_tls = home.scheme() == "https";
        // Reading roots takes its time, and a redirect can lead to https.
        let agent = agent(proxy, if is_tls { Some(self.roots.load()?) } else { self.roots.load().ok() });
        let deadline = SystemClock.elapsed() + limits.time;
        let mut at = home.clone();
        for _ in 0..=MOST_REDIRECTS {
            let left = deadline.saturating_sub(SystemClock.elapsed()).max(Duration::from_millis(1));
            let request = agent.get(at.as_str()).config().timeout_global(Some(left)).build();
            let mut request = request.header("accept", "application/json, */*;q=0.5");
            // A login is for one server: another port or scheme is another (RFC 9110 section 15.4).
            if let Some(pass) = pass.as_ref().filter(|_| at.origin() == home.origin()) {
                request = request.header("authorization", pass.clone());
            }
            let response = request.call().map_err(|error| words(&error, limits))?;
            match location(&response) {
                Some(location) => at = next(&at, location)?,
                None => return self.taken(response, &at),
            }
        }
        Err(format!("redirected more than {MOST_REDIRECTS} times").into())
    }

    fn taken(&self, mut response: http::Response<Body>, at: &Url) -> Result<Fetched, Unfetched> {
        let status = response.status();
        if !status.is_success() {
            return Err(Unfetched::Status(status, self.login(status, at)));
        }
        let media = response.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let body = wiped::all(response.body_mut().with_config().limit(self.limits.bytes).reader());
        Ok(Fetched { bytes: body.map_err(|error| words(&error.into(), self.limits))?, media })
    }

    /// What became of the login, where that may be why.
    fn login(&self, status: StatusCode, at: &Url) -> String {
        let home = self.address.url().origin();
        match self.pass {
            _ if !matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => String::new(),
            None => ": it wants a token or a login, and none is given".to_owned(),
            Some(_) if at.origin() != home => {
                let away = at.origin().ascii_serialization();
                format!(" from {away}, to which it redirects; a login is sent to the server that is named only")
            }
            Some(_) => ": it does not take the token or login".to_owned(),
        }
    }
}

/// Where a redirect leads.
fn location(response: &http::Response<Body>) -> Option<&str> {
    let is_redirect = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    response.headers().get("location").filter(|_| is_redirect).and_then(|value| value.to_str().ok())
}

fn next(at: &Url, location: &str) -> Result<Url, String> {
    let mut next = at.join(location).map_err(|error| format!("redirected to what is no URL: {error}"))?;
    match (at.scheme(), next.scheme()) {
        ("https", "http") => return Err("redirected from https to http".to_owned()),
        (_, "http" | "https") => {}
        _ => return Err("redirected to what is neither http nor https".to_owned()),
    }
    // It is not for a server to say who we are.
    if next.set_username("").and_then(|()| next.set_password(None)).is_err() {
        return Err("redirected to what has no host".to_owned());
    }
    Ok(next)
}

fn agent(proxy: Option<Proxy>, roots: Option<RootCerts>) -> Agent {
    let tls = TlsConfig::builder()
        .root_certs(roots.unwrap_or_else(|| RootCerts::Specific(Arc::default())))
        .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
        .build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .proxy(proxy)
        .max_redirects(0)
        .max_response_header_size(64 << 10)
        .http_status_as_error(false)
        .user_agent(concat!("tlscope/", env!("CARGO_PKG_VERSION")))
        .build();
    config.new_agent()
}

fn words(error: &Error, limits: Limits) -> String {
    match error {
        Error::Timeout(_) => format!("no whole answer within {} s", limits.time.as_secs_f32()),
        Error::BodyExceedsLimit(_) => format!("larger than {} KiB", limits.bytes >> 10),
        Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => {
            format!("no whole answer within {} s", limits.time.as_secs_f32())
        }
        // A certificate that is not believed comes as an error of the stream.
        Error::Io(error) => of_trust(&error.to_string()),
        Error::Rustls(error) => of_trust(&error.to_string()),
        other => other.to_string(),
    }
}

fn of_trust(reason: &str) -> String {
    match reason.strip_prefix("invalid peer certificate: ") {
        Some("UnknownIssuer") => {
            "its certificate is not from an authority that is trusted; --ca-file or [trust] can name another".to_owned()
        }
        Some(reason) => format!("its certificate is not believed: {reason}"),
        None => reason.to_owned(),
    }
}

#[cfg(test)]
#[path = "web_tests.rs"]
mod tests;

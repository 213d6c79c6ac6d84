//! Sources that are fetched: `http_sd`, and any other kind as `KIND:URL`.
//!
//! Whoever runs the command names the URL, so it may lead anywhere; what answers is as little trusted as any source.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::RootCertStore;
use ureq::http::StatusCode;
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{ConnectProxyConnector, Connector as _, SocksConnector, TcpConnector};
use ureq::{Agent, Body, Error, Proxy, http};
use url::Url;
use zeroize::Zeroizing;

use super::super::wiped;
use super::address::Address;
use super::asker::Asker;
use super::roots::Roots;
use super::web_tls::{Presented, Tls};
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
    pub(super) asker: &'a Asker,
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
    /// Fetches it. Proxies are those of the environment, unless who asks has one.
    pub(super) fn fetch(&self) -> Result<Fetched, Unfetched> {
        self.fetch_by(self.asker.way.proxy())
    }

    fn fetch_by(&self, proxy: Option<Proxy>) -> Result<Fetched, Unfetched> {
        let limits = self.limits;
        let lines = self.asker.lines()?;
        let home = self.address.url();
        let roots = match self.roots.load() {
            // A redirect could lead to https, and would not be followed.
            Err(_) if home.scheme() != "https" => RootCertStore::empty(),
            loaded => loaded?,
        };
        let tls = Tls::new(home, self.asker, roots)?;
        let presented = Arc::clone(&tls.presented);
        let agent = agent(proxy, tls);
        let deadline = SystemClock.elapsed() + limits.time;
        let mut at = home.clone();
        for _ in 0..=MOST_REDIRECTS {
            let left = deadline.saturating_sub(SystemClock.elapsed()).max(Duration::from_millis(1));
            let request = agent.get(at.as_str()).config().timeout_global(Some(left)).build();
            let mut request = request.header("accept", "application/json, */*;q=0.5");
            // A login is for one server: another port or scheme is another (RFC 9110 section 15.4).
            for (name, value) in lines.iter().filter(|_| at.origin() == home.origin()) {
                request = request.header(name, value);
            }
            let response = request.call().map_err(|error| words(&error, limits, &presented))?;
            match location(&response) {
                Some(location) => at = next(&at, location)?,
                None => return self.taken(response, &at, &presented),
            }
        }
        Err(format!("redirected more than {MOST_REDIRECTS} times").into())
    }

    fn taken(&self, mut response: http::Response<Body>, at: &Url, presented: &Presented) -> Result<Fetched, Unfetched> {
        let status = response.status();
        if !status.is_success() {
            let login = self.login(status, at);
            let told = presented.told().filter(|_| login.is_empty() && status.is_client_error());
            return Err(Unfetched::Status(status, told.map_or(login, |told| format!(": {told}"))));
        }
        let media = response.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let body = wiped::all(response.body_mut().with_config().limit(self.limits.bytes).reader());
        Ok(Fetched { bytes: body.map_err(|error| words(&error.into(), self.limits, presented))?, media })
    }

    /// What became of the login, where that may be why.
    fn login(&self, status: StatusCode, at: &Url) -> String {
        let home = self.address.url().origin();
        match &self.asker.pass {
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

fn agent(proxy: Option<Proxy>, tls: Tls) -> Agent {
    let config = Agent::config_builder()
        .proxy(proxy)
        .max_redirects(0)
        .max_response_header_size(64 << 10)
        .http_status_as_error(false)
        .user_agent(concat!("tlscope/", env!("CARGO_PKG_VERSION")))
        .build();
    let way = ().chain(SocksConnector::default()).chain(ConnectProxyConnector::default());
    let way = way.chain(TcpConnector::default());
    Agent::with_parts(config, way.chain(tls), DefaultResolver::default())
}

fn words(error: &Error, limits: Limits, presented: &Presented) -> String {
    match error {
        Error::Timeout(_) => format!("no whole answer within {} s", limits.time.as_secs_f32()),
        Error::BodyExceedsLimit(_) => format!("larger than {} KiB", limits.bytes >> 10),
        Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => {
            format!("no whole answer within {} s", limits.time.as_secs_f32())
        }
        // What is wrong with TLS comes as an error of the stream.
        Error::Io(error) => of_tls(&error.to_string(), presented),
        Error::Rustls(error) => of_tls(&error.to_string(), presented),
        other => of_tls(&other.to_string(), presented),
    }
}

fn of_tls(reason: &str, presented: &Presented) -> String {
    if let Some(reason) = reason.strip_prefix("invalid peer certificate: ") {
        return match reason {
            "UnknownIssuer" => "its certificate is not from an authority that is trusted; --ca-file or [trust] can \
                                name another"
                .to_owned(),
            reason => format!("its certificate is not believed: {reason}"),
        };
    }
    // Who does not like a certificate, or misses one, ends the connection with an alert or without (RFC 8446 section 4.4.2).
    match presented.told() {
        Some(told) => format!("{told} ({reason})"),
        None => reason.to_owned(),
    }
}

#[cfg(test)]
#[path = "web_tests.rs"]
mod tests;

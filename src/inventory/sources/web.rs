//! Sources that are fetched: `http_sd`, and any other kind as `KIND:URL`.
//!
//! Whoever runs the command names the URL, so it may lead anywhere; what answers is as little trusted as any source.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::aws_lc_rs;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Error, Proxy, ResponseExt as _};
use url::Url;
use zeroize::Zeroizing;

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

/// What was fetched.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// Its media type without parameters, in lower case.
    pub(super) media: String,
}

/// Whether it is something to fetch.
pub(super) fn is_url(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

/// Fetches it, or tells why not in words. Proxies are those of the environment, roots those of the system
/// (`SSL_CERT_FILE`).
pub(super) fn fetch(url: &str, limits: Limits) -> Result<Fetched, String> {
    fetch_by(url, limits, Proxy::try_from_env())
}

fn fetch_by(text: &str, limits: Limits, proxy: Option<Proxy>) -> Result<Fetched, String> {
    let url = Url::parse(text).map_err(|error| format!("not a URL: {error}"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the URL has a user in it, who would be shown and written down".to_owned());
    }
    let agent = agent(limits, proxy, url.scheme() == "https")?;
    let mut response = agent
        .get(url.as_str())
        .header("accept", "application/json, */*;q=0.5")
        .call()
        .map_err(|error| words(&error, limits))?;
    if url.scheme() == "https" && response.get_uri().scheme_str() != Some("https") {
        return Err("redirected from https to http".to_owned());
    }
    let status = response.status();
    if !status.is_success() {
        return Err(format!("HTTP {status}"));
    }
    let media = response.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let body = response.body_mut().with_config().limit(limits.bytes).read_to_vec();
    Ok(Fetched { bytes: Zeroizing::new(body.map_err(|error| words(&error, limits))?), media })
}

fn agent(limits: Limits, proxy: Option<Proxy>, is_tls: bool) -> Result<Agent, String> {
    // Reading the system's roots takes its time, and a redirect can lead to https.
    let roots = rustls_native_certs::load_native_certs();
    if is_tls && roots.certs.is_empty() {
        return Err("the system's trust store is empty; SSL_CERT_FILE can name another".to_owned());
    }
    let roots: Vec<Certificate<'static>> =
        roots.certs.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect();
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::Specific(Arc::new(roots)))
        .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
        .build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .proxy(proxy)
        .timeout_global(Some(limits.time))
        .max_redirects(MOST_REDIRECTS)
        .max_response_header_size(64 << 10)
        .http_status_as_error(false)
        .user_agent(concat!("tlscope/", env!("CARGO_PKG_VERSION")))
        .build();
    Ok(config.new_agent())
}

fn words(error: &Error, limits: Limits) -> String {
    match error {
        Error::Timeout(_) => format!("no whole answer within {} s", limits.time.as_secs_f32()),
        Error::BodyExceedsLimit(_) => format!("larger than {} KiB", limits.bytes >> 10),
        Error::TooManyRedirects => format!("redirected more than {MOST_REDIRECTS} times"),
        Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => {
            format!("no whole answer within {} s", limits.time.as_secs_f32())
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
#[path = "web_tests.rs"]
mod tests;

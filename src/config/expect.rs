//! What targets are expected to be like, as it is written.

use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::value::{ShowDuration, Span};
use crate::inventory;
use crate::model::{Expectations, Pin, TlsVersion};

/// `expect = { … }` of a target or of the defaults.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ExpectTable {
    min_version: Option<Version>,
    alpn: Option<Spanned<Vec<Arc<str>>>>,
    issuer: Option<Spanned<Arc<str>>>,
    names: Option<Vec<Spanned<String>>>,
    hsts: Option<bool>,
    mtls: Option<bool>,
    pins: Option<Spanned<Vec<Pin>>>,
    max_latency: Option<Spanned<Span>>,
}

/// A version by the name it has everywhere in output.
#[derive(Clone, Copy, Debug, Deserialize)]
enum Version {
    #[serde(rename = "TLSv1.0")]
    Tls10,
    #[serde(rename = "TLSv1.1")]
    Tls11,
    #[serde(rename = "TLSv1.2")]
    Tls12,
    #[serde(rename = "TLSv1.3")]
    Tls13,
}

impl From<Version> for TlsVersion {
    fn from(version: Version) -> Self {
        match version {
            Version::Tls10 => Self::TLS10,
            Version::Tls11 => Self::TLS11,
            Version::Tls12 => Self::TLS12,
            Version::Tls13 => Self::TLS13,
        }
    }
}

/// Where in the file something is that cannot be, and what is wrong with it.
pub(super) type Misfit = (usize, String);

/// What a table says, over what the defaults say; `offered` are the protocols that the same targets are told to offer.
pub(super) fn apply(
    table: &ExpectTable,
    above: Option<&Expectations>,
    offered: Option<&[Arc<str>]>,
) -> Result<Arc<Expectations>, Misfit> {
    let mut expect = above.cloned().unwrap_or_default();
    expect.min_version = table.min_version.map(Into::into).or(expect.min_version);
    expect.hsts = table.hsts.or(expect.hsts);
    expect.mtls = table.mtls.or(expect.mtls);
    if let Some(alpn) = &table.alpn {
        let missing = offered.and_then(|offered| alpn.get_ref().iter().find(|name| !offered.contains(name)));
        if let Some(missing) = missing {
            let message = format!("'expect.alpn': '{missing}' is not among the protocols offered ('alpn')");
            return Err((alpn.span().start, message));
        }
        if alpn.get_ref().iter().any(|name| !(1..=255).contains(&name.len())) {
            let message = "'expect.alpn': a protocol's name has 1 to 255 bytes (RFC 7301)";
            return Err((alpn.span().start, message.into()));
        }
        expect.alpn.clone_from(alpn.get_ref());
    }
    if let Some(issuer) = &table.issuer {
        let is_empty = issuer.get_ref().trim().is_empty();
        expect.issuer = (!is_empty).then(|| issuer.get_ref().clone());
    }
    if let Some(names) = &table.names {
        let checked = |name: &Spanned<String>| {
            let bare = name.get_ref().strip_prefix("*.").unwrap_or(name.get_ref());
            let known = inventory::servername(bare);
            known
                .map(|_| Arc::from(name.get_ref().to_ascii_lowercase()))
                .map_err(|error| (name.span().start, format!("'expect.names': {error}")))
        };
        expect.names = names.iter().map(checked).collect::<Result<_, _>>()?;
    }
    if let Some(pins) = &table.pins {
        expect.pins.clone_from(pins.get_ref());
    }
    if let Some(latency) = &table.max_latency {
        let longest = latency.get_ref().0;
        if longest.is_zero() {
            return Err((latency.span().start, "'expect.max_latency' is above zero".to_owned()));
        }
        expect.max_latency = Some(longest);
    }
    Ok(Arc::new(expect))
}

/// What can be expected and is unwise.
pub(super) fn doubts(table: &ExpectTable) -> Option<(usize, &'static str)> {
    let pins = table.pins.as_ref().filter(|pins| pins.get_ref().len() == 1)?;
    let text =
        "one pin and no backup: a lost key, or a new one, locks out every client that pins (RFC 7469 section 4.3)";
    Some((pins.span().start, text))
}

/// As it can be read back.
pub(super) fn show(expect: &Expectations) -> String {
    let Expectations { min_version, alpn, issuer, names, hsts, mtls, pins, max_latency } = expect;
    let text = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let list = |items: Vec<String>| {
        (!items.is_empty()).then(|| format!("[{}]", items.iter().map(|item| text(item)).collect::<Vec<_>>().join(", ")))
    };
    let texts = |items: &[Arc<str>]| items.iter().map(ToString::to_string).collect::<Vec<_>>();
    let said = [
        ("min_version", min_version.map(|version| text(&version.to_string()))),
        ("alpn", list(texts(alpn))),
        ("issuer", issuer.as_deref().map(text)),
        ("names", list(texts(names))),
        ("hsts", hsts.map(|hsts| hsts.to_string())),
        ("mtls", mtls.map(|mtls| mtls.to_string())),
        ("pins", list(pins.iter().map(ToString::to_string).collect())),
        ("max_latency", max_latency.map(|longest| text(&ShowDuration(longest).to_string()))),
    ];
    let pairs: Vec<_> = said.into_iter().filter_map(|(key, value)| Some(format!("{key} = {}", value?))).collect();
    if pairs.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", pairs.join(", ")) }
}

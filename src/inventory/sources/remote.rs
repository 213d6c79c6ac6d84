//! Sources that a URL answers.

use std::path::Path;

use super::address::{Address, masked};
use super::asker::Asker;
use super::disk::Disk;
use super::found::Found;
use super::gathered::Gathered;
use super::http_sd;
use super::kind::Kind;
use super::means::Means;
use super::prometheus::{self, Asked};
use super::web::{Limits, Request, Unfetched};
use crate::model::Untrusted;

/// Reads what the URL `text` answers; a login may stand in it.
pub(super) fn gather(text: &str, kind: Kind, asker: &Asker, means: &Means) -> Gathered {
    match (Address::parse(text), &asker.pass) {
        (Err(reason), _) => Gathered::unreadable(&masked(text), &reason),
        (Ok((address, Some(_))), Some(_)) => {
            Gathered::unreadable(address.shown(), "a login stands in the URL, and another is given beside it")
        }
        (Ok((address, None)), _) => gather_url(&address, kind, asker, means),
        (Ok((address, own)), None) => gather_url(&address, kind, &Asker { pass: own, ..asker.clone() }, means),
    }
}

/// Reads what is at an address. What it refers to is on another machine.
#[must_use]
pub fn gather_url(address: &Address, kind: Kind, asker: &Asker, means: &Means) -> Gathered {
    let name = address.shown();
    let request = Request { address, asker, roots: &means.roots, limits: Limits::USUAL };
    let found = match kind {
        Kind::Prometheus => of_prometheus(&request),
        Kind::HttpSd => http_sd::fetch(request).and_then(|bytes| read(name, &bytes, kind, means)),
        _ => {
            let fetched = request.fetch().map_err(|error| error.to_string());
            fetched.and_then(|fetched| read(name, &fetched.bytes, kind, means))
        }
    };
    let found = found.map_err(|reason| Untrusted::new(&reason));
    Gathered { source: Untrusted::new(name), kind: Some(kind), found: found.map(|found| unencrypted(found, &request)) }
}

fn read(name: &str, bytes: &[u8], kind: Kind, means: &Means) -> Result<Found, String> {
    kind.read(name, bytes, Path::new(""), means, Disk::Elsewhere)
}

/// Both that it has to say: what says a part only would be taken for all there is.
fn of_prometheus(request: &Request<'_>) -> Result<Found, String> {
    let name = request.address.shown();
    let answer = |url: &str| {
        let (address, _) = Address::parse(url)?;
        Request { address: &address, ..*request }.fetch()
    };
    let (targets, metrics) = match prometheus::asked(name) {
        Asked::One(url) => {
            let fetched = answer(&url).map_err(|error| error.to_string())?;
            return Ok(prometheus::read(name, &[&fetched.bytes])?.closed(name));
        }
        Asked::Both { targets, metrics } => (answer(&targets), answer(&metrics)),
    };
    let mut missing = None;
    let targets = match targets {
        Ok(fetched) => Some(fetched.bytes),
        // Those that keep metrics for several servers have no such list.
        Err(Unfetched::Status(status, _)) if status.as_u16() == 404 && metrics.is_ok() => {
            missing = Some("it has no list of targets (HTTP 404); these are from its metrics about certificates");
            None
        }
        Err(error) => return Err(error.to_string()),
    };
    let metrics = metrics.map_err(|error| {
        format!("its metrics about certificates: {error}; /api/v1/targets at the end of the URL asks for targets only")
    })?;
    let answers: Vec<&[u8]> = targets.iter().map(|bytes| &bytes[..]).chain([&metrics.bytes[..]]).collect();
    let mut found = prometheus::read(name, &answers)?;
    if let Some(missing) = missing {
        found.skip(name, missing);
    }
    Ok(found.closed(name))
}

/// Tells of a secret that anybody on the way could read; there is no way on the machine itself.
fn unencrypted(mut found: Found, request: &Request<'_>) -> Found {
    let url = request.address.url();
    let is_own = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    // An empty list is one where nothing is said beside it.
    if request.asker.pass.is_some() && url.scheme() == "http" && !is_own && !found.sightings.is_empty() {
        found.skip(request.address.shown(), "the token or login goes there unencrypted; https:// would protect it");
    }
    found
}

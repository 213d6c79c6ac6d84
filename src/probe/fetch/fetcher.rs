//! One fetch: lane, look-up, guard, connection, redirects, under one time limit, with its evidence.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hyper::body::Bytes;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use super::cache::{Cache, Obtained, Wanted};
use super::document::{Document, Loaded, Unfetched};
use super::exchange::{self, Question, Reply};
use super::guard::{AddressKind, Guard};
use super::place::Place;
use super::ways::{Arrival, Journey, Ways};
use crate::model::{Bypass, Clock, Fetch, FetchKind, FetchPolicy, FetchResult, Proxy, ProxyKind, Untrusted};
use crate::probe::resolver::Resolver;
use crate::probe::settings::Settings;

/// Fetches for everyone, a few at a time.
#[derive(Debug)]
pub(in crate::probe) struct Fetcher {
    policy: FetchPolicy,
    private_too: bool,
    bypass: Bypass,
    pub(super) ways: Ways,
    /// Revocation lists can be large: fewer of them at once.
    large: Semaphore,
    small: Semaphore,
    cache: Cache,
    clock: Arc<dyn Clock>,
}

/// What is to be fetched.
#[derive(Clone, Copy, Debug)]
pub(in crate::probe) struct Errand<'a> {
    pub(in crate::probe) kind: FetchKind,
    pub(in crate::probe) url: &'a str,
    /// An OCSP request to post.
    pub(in crate::probe) post: Option<&'a [u8]>,
    /// What the target is reached through is gone through here, too, but to what is reached directly.
    pub(in crate::probe) proxy: Option<&'a Arc<Proxy>>,
    pub(in crate::probe) guard: Guard,
    /// When whoever waits for it gives up.
    pub(in crate::probe) deadline: Instant,
}

/// Where a fetch has got to.
struct Trail {
    place: Result<Place, Untrusted>,
    address: Option<SocketAddr>,
    /// Of that address, or of those that a proxy was led to.
    kind: AddressKind,
    proxy: Option<Arc<Proxy>>,
    redirects: u8,
}

impl Fetcher {
    const LARGE_LANES: usize = 8;
    const SMALL_LANES: usize = 64;
    const MOST_REDIRECTS: u8 = 3;

    /// With the resolver of all probes.
    pub(in crate::probe) fn new(settings: &Settings, resolver: Arc<Resolver>, clock: Arc<dyn Clock>) -> Self {
        Self {
            policy: settings.fetch,
            private_too: settings.fetch_private,
            bypass: settings.bypass.clone(),
            ways: Ways::new(resolver),
            cache: Cache::new(Arc::clone(&clock), settings.cache.as_deref()),
            clock,
            large: Semaphore::new(Self::LARGE_LANES),
            small: Semaphore::new(Self::SMALL_LANES),
        }
    }

    /// Whether this kind may be fetched at all.
    pub(in crate::probe) const fn allows(&self, kind: FetchKind) -> bool {
        self.policy.allows(kind)
    }

    /// Where fetches for a target at this address may go.
    pub(in crate::probe) fn guard(&self, target: IpAddr) -> Guard {
        Guard::of(target, self.private_too)
    }

    /// What was fetched before and holds, else what `load` brings.
    pub(in crate::probe) async fn obtain(&self, wanted: Wanted<'_>, load: impl AsyncFnOnce() -> Loaded) -> Obtained {
        self.cache.obtain(wanted, load).await
    }

    /// Fetches, as far as guard and limits allow.
    pub(in crate::probe) async fn fetch(&self, errand: Errand<'_>) -> Loaded {
        let mut trail = Trail {
            place: Place::parse(errand.url),
            address: None,
            kind: AddressKind::Public,
            proxy: None,
            redirects: 0,
        };
        let lanes = if errand.kind == FetchKind::Crl { &self.large } else { &self.small };
        let lane = timeout_at(errand.deadline, lanes.acquire()).await;
        let begun = Instant::now();
        let result = match lane {
            Ok(Ok(_)) => {
                let deadline = errand.deadline.min(begun + patience(errand.kind));
                let silent = |_| {
                    let waited = begun.elapsed().as_millis();
                    Err(Unfetched::Unreachable(Untrusted::new(&format!("no answer within {waited} ms"))))
                };
                timeout_at(deadline, self.follow(errand, &mut trail, deadline)).await.unwrap_or_else(silent)
            }
            _ => Err(Unfetched::Unreachable(Untrusted::new("too many other fetches were under way"))),
        };
        let evidence = Fetch {
            kind: errand.kind,
            url: trail.place.map_or_else(|_| Untrusted::new(errand.url), |place| place.shown()),
            address: trail.address,
            proxy: trail.proxy,
            redirects: trail.redirects,
            took: begun.elapsed(),
            result: match &result {
                Ok(body) => FetchResult::Received(body.len() as u64),
                Err(Unfetched::Refused(why)) => FetchResult::Refused(why.clone()),
                Err(Unfetched::Unreachable(why) | Unfetched::Unusable(why)) => FetchResult::Failed(why.clone()),
            },
        };
        let (fetched_at, took) = (self.clock.now(), evidence.took);
        let document = |body| Document { body, fetched_at, took, from: trail.kind, signed_by: OnceLock::new() };
        Loaded { evidence: vec![evidence], result: result.map(document) }
    }

    /// From redirect to redirect, the trail showing how far it came.
    async fn follow(&self, errand: Errand<'_>, trail: &mut Trail, deadline: Instant) -> Result<Bytes, Unfetched> {
        loop {
            let place = trail.place.clone().map_err(Unfetched::Refused)?;
            let Errand { post, guard, .. } = errand;
            let proxy = errand.proxy.filter(|_| !self.bypass.covers(&place.host(), place.port()));
            trail.proxy = proxy.cloned();
            let journey = Journey { place: &place, proxy, guard, deadline };
            let Arrival { stream, kind } = self.ways.lead(journey, &mut trail.address).await?;
            trail.kind = kind;
            let proxy = proxy.filter(|proxy| proxy.kind == ProxyKind::Http).map(|proxy| &**proxy);
            let question = Question { place: &place, proxy, post, limit: largest(errand.kind) };
            let location = match exchange::ask(stream, question).await.map_err(Unfetched::Unreachable)? {
                Reply::Body(body) => return Ok(body),
                Reply::Other(words) => return Err(Unfetched::Unusable(words)),
                Reply::Redirect(location) => location,
            };
            if trail.redirects == Self::MOST_REDIRECTS {
                let words = format!("redirected more than {} times", Self::MOST_REDIRECTS);
                return Err(Unfetched::Unusable(Untrusted::new(&words)));
            }
            let next = place.follow(&location).map_err(Unfetched::Refused)?;
            trail.redirects += 1;
            trail.place = Ok(next);
        }
    }
}

/// Look-ups, redirects and all.
const fn patience(kind: FetchKind) -> Duration {
    match kind {
        FetchKind::Aia | FetchKind::Ocsp => Duration::from_secs(5),
        FetchKind::Crl => Duration::from_secs(10),
    }
}

/// In bytes. The largest lists of public authorities have a few MiB.
const fn largest(kind: FetchKind) -> usize {
    match kind {
        FetchKind::Aia => 256 * 1024,
        FetchKind::Crl => 16 * 1024 * 1024,
        FetchKind::Ocsp => 64 * 1024,
    }
}

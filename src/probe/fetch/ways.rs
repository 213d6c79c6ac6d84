//! The way to where something is fetched: to one of its addresses, or through the target's proxy.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use super::document::Unfetched;
use super::guard::{AddressKind, Guard};
use super::place::Place;
use crate::model::{Failure, FailureKind, Host, Proxy, ProxyKind, Untrusted};
use crate::probe::dial;
use crate::probe::resolver::Resolver;
use crate::probe::transport::{Dialer, Transport};

/// Opens connections for fetches.
#[derive(Debug)]
pub(super) struct Ways {
    resolver: Arc<Resolver>,
    dialer: Dialer,
    /// Where tests lead connections to addresses that are not on this machine.
    #[cfg(test)]
    pub(super) detours: std::collections::HashMap<IpAddr, SocketAddr>,
}

/// Where to, and within which bounds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Journey<'a> {
    pub(super) place: &'a Place,
    pub(super) proxy: Option<&'a Arc<Proxy>>,
    pub(super) guard: Guard,
    pub(super) deadline: Instant,
}

/// A connection on which the request can be sent.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) stream: Transport,
    /// Of the address at its end, or of those the name has as far as can be seen from here.
    pub(super) kind: AddressKind,
}

impl Ways {
    /// Addresses of one host that are tried.
    const MOST_ADDRESSES: usize = 3;
    /// For a look-up that only the guard needs: behind some proxies nobody here knows public names.
    const LOOK_UP: Duration = Duration::from_secs(1);

    pub(super) fn new(resolver: Arc<Resolver>) -> Self {
        Self {
            dialer: Dialer::new(Arc::clone(&resolver)),
            resolver,
            #[cfg(test)]
            detours: std::collections::HashMap::new(),
        }
    }

    /// A connection, as far as the guard admits one; `address` is the one that was asked for last, where it is known.
    pub(super) async fn lead(
        &self,
        journey: Journey<'_>,
        address: &mut Option<SocketAddr>,
    ) -> Result<Arrival, Unfetched> {
        *address = None;
        match journey.proxy {
            Some(proxy) if proxy.kind == ProxyKind::Http => self.to_proxy(journey, proxy, address).await,
            _ => self.to_address(journey, address).await,
        }
    }

    /// A connection to an address that the guard admits: the very one that was looked at, however the name changes.
    async fn to_address(&self, journey: Journey<'_>, tried: &mut Option<SocketAddr>) -> Result<Arrival, Unfetched> {
        let Journey { place, guard, deadline, .. } = journey;
        let host = place.host();
        let found = self.resolver.addresses(&host, deadline).await.map_err(|failure| {
            Unfetched::Unreachable(Untrusted::new(&format!("{host} cannot be looked up: {}", failure.words())))
        })?;
        let admitted = found.iter().filter(|ip| guard.admits(AddressKind::of(**ip))).take(Self::MOST_ADDRESSES);
        let admitted: Vec<SocketAddr> = admitted.map(|ip| SocketAddr::new(*ip, place.port())).collect();
        let mut last = None;
        for (left, address) in (1..=admitted.len()).rev().zip(&admitted) {
            *tried = Some(*address);
            // A silent address leaves time for those after it.
            let share = u32::try_from(left).unwrap_or(1);
            let until = Instant::now() + deadline.saturating_duration_since(Instant::now()) / share;
            match self.dial(journey.proxy, *address, until).await {
                Ok(stream) => return Ok(Arrival { stream, kind: AddressKind::of(address.ip()) }),
                Err(words) => last = Some(words),
            }
        }
        Err(match (last, found.first()) {
            (Some(words), _) => Unfetched::Unreachable(Untrusted::new(&words)),
            (None, Some(ip)) => refused(&host, *ip),
            (None, None) => Unfetched::Unreachable(Untrusted::new(&format!("{host} has no address"))),
        })
    }

    /// A connection to a proxy that looks names up itself. What the name leads to can then not be held to; that nothing
    /// it leads to from here is out of bounds can be.
    async fn to_proxy(
        &self,
        Journey { place, guard, deadline, .. }: Journey<'_>,
        proxy: &Proxy,
        address: &mut Option<SocketAddr>,
    ) -> Result<Arrival, Unfetched> {
        let host = place.host();
        let found = self.resolver.addresses(&host, deadline.min(Instant::now() + Self::LOOK_UP)).await;
        let found = found.unwrap_or_default();
        let kinds = || found.iter().map(|ip| (ip, AddressKind::of(*ip)));
        if let Some((ip, _)) = kinds().find(|(_, kind)| !guard.admits(*kind)) {
            return Err(refused(&host, *ip));
        }
        let kind = match (kinds().map(|(_, kind)| kind).find(|kind| *kind != AddressKind::Public), &host) {
            (Some(kind), _) => kind,
            (None, Host::Name(name)) if found.is_empty() => guard.of_unseen(name).ok_or_else(|| {
                Unfetched::Refused(Untrusted::new(&format!("{host} is no public name and cannot be looked up here")))
            })?,
            (None, _) => AddressKind::Public,
        };
        if let Host::Ip(ip) = host {
            *address = Some(SocketAddr::new(ip, place.port()));
        }
        match self.dialer.reach(proxy, deadline).await {
            Ok(stream) => Ok(Arrival { stream: Transport::Plain(stream, Vec::new()), kind }),
            Err(failure) => Err(Unfetched::Unreachable(Untrusted::new(&format!("the proxy: {}", words(&failure))))),
        }
    }

    async fn dial(&self, proxy: Option<&Arc<Proxy>>, address: SocketAddr, until: Instant) -> Result<Transport, String> {
        if let Some(proxy) = proxy {
            let relayed = self.dialer.relay(proxy, address, until).await;
            return relayed.map_err(|failure| format!("{address} through the proxy: {}", words(&failure)));
        }
        match timeout_at(until, self.connect(address)).await {
            Ok(Ok(stream)) => Ok(Transport::Plain(stream, Vec::new())),
            Ok(Err(error)) => Err(format!("{address}: {error}")),
            Err(_) => Err(format!("{address}: no answer to the connection attempt")),
        }
    }

    #[cfg(not(test))]
    async fn connect(&self, address: SocketAddr) -> io::Result<TcpStream> {
        dial::connect(address).await
    }

    #[cfg(test)]
    async fn connect(&self, address: SocketAddr) -> io::Result<TcpStream> {
        dial::connect(self.detours.get(&address.ip()).copied().unwrap_or(address)).await
    }
}

fn refused(host: &Host, ip: IpAddr) -> Unfetched {
    Unfetched::Refused(Untrusted::new(&format!("{host} leads to {ip}, {}", AddressKind::of(ip).words())))
}

/// A proxy's own words, where it has some.
fn words(failure: &Failure) -> &Untrusted {
    match &failure.kind {
        FailureKind::Rejected { reply } | FailureKind::Unauthorized { reply } => reply,
        _ => &failure.detail,
    }
}

//! One way to a byte stream on which TLS can begin, for every look at a target.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use super::dial;
use super::proxy::{self, Blocked};
use super::resolver::Resolver;
use super::starttls::{self, Notes, Packets, Parties};
use super::talk::Talk;
use crate::model::{
    DnsFailure, Failure, FailureKind, Passage, Phase, Protocol, Proxy, Target, Timings, Untrusted, Upgrade,
};

/// Opens byte streams to targets.
#[derive(Debug)]
pub(super) struct Dialer {
    resolver: Arc<Resolver>,
}

/// A stream whose next byte belongs to TLS.
#[derive(Debug)]
pub(super) struct Opened {
    /// It.
    pub(super) stream: Transport,
    /// How it was come by.
    pub(super) way: Way,
}

/// Why there is none.
#[derive(Debug)]
pub(super) struct Unopened {
    /// Where and how it failed.
    pub(super) failure: Failure,
    /// How far it came.
    pub(super) way: Way,
}

/// What lies before TLS: what was said and how long it took, up to a failure where there was one.
#[derive(Clone, Debug, Default)]
pub(super) struct Way {
    /// The way through a proxy.
    pub(super) proxy: Option<Arc<Passage>>,
    /// The conversation that leads to TLS.
    pub(super) upgrade: Option<Arc<Upgrade>>,
    /// Until there was a connection.
    pub(super) tcp: Duration,
    /// The conversation, where it came to that.
    pub(super) starttls: Option<Duration>,
}

impl Way {
    /// As the beginning of a probe's timings.
    pub(super) fn timings(&self) -> Timings {
        Timings { tcp: Some(self.tcp), starttls: self.starttls, ..Timings::default() }
    }
}

/// A stream on which we have said nothing yet.
#[derive(Debug)]
pub(super) struct Connected {
    /// How it was come by.
    pub(super) way: Way,
    stream: TcpStream,
    /// What came on the heels of a proxy's answer.
    ahead: Vec<u8>,
}

impl Dialer {
    /// Addresses of a proxy that are tried.
    const MOST_ADDRESSES: usize = 3;

    /// Proxies' names are looked up by `resolver`.
    pub(super) const fn new(resolver: Arc<Resolver>) -> Self {
        Self { resolver }
    }

    /// Connects to one address of a target and holds the conversation that leads to TLS, all under one deadline.
    pub(super) async fn open(
        &self,
        target: &Target,
        address: SocketAddr,
        deadline: Instant,
    ) -> Result<Opened, Unopened> {
        self.connect(target, address, deadline).await?.upgrade(target, deadline).await
    }

    /// Connects to one address of a target, through its proxy if it has one.
    pub(super) async fn connect(
        &self,
        target: &Target,
        address: SocketAddr,
        deadline: Instant,
    ) -> Result<Connected, Unopened> {
        let begun = Instant::now();
        let (connected, passage) = match &target.proxy {
            None => (connect(address, deadline).await.map(|stream| (stream, Vec::new())), None),
            Some(proxy) => {
                let (connected, passage) = self.through(proxy, address, deadline).await;
                (connected, Some(Arc::new(passage)))
            }
        };
        let way = Way { proxy: passage, tcp: begun.elapsed(), ..Way::default() };
        match connected {
            Ok((stream, ahead)) => Ok(Connected { way, stream, ahead }),
            Err(failure) => Err(Unopened { failure, way }),
        }
    }

    /// A connection that a proxy makes for us, to anything but a target.
    pub(super) async fn relay(
        &self,
        proxy: &Arc<Proxy>,
        address: SocketAddr,
        deadline: Instant,
    ) -> Result<Transport, Failure> {
        let (stream, ahead) = self.through(proxy, address, deadline).await.0?;
        Ok(Transport::Plain(stream, ahead))
    }

    /// A connection that a proxy makes for us; what it said is kept whatever happens.
    async fn through(
        &self,
        proxy: &Arc<Proxy>,
        address: SocketAddr,
        deadline: Instant,
    ) -> (Result<(TcpStream, Vec<u8>), Failure>, Passage) {
        let mut passage = Passage { proxy: Arc::clone(proxy), answer: None, took: Duration::ZERO };
        let stream = match self.reach(proxy, deadline).await {
            Ok(stream) => stream,
            Err(failure) => return (Err(failure), passage),
        };
        let begun = Instant::now();
        let mut talk = Talk::new(stream, Vec::new());
        let asked = timeout_at(deadline, proxy::connect(proxy, &mut talk, address, &mut passage.answer)).await;
        passage.took = begun.elapsed();
        let connected = match asked {
            Ok(Ok(())) => Ok(talk.into_parts()),
            Ok(Err(Blocked::ByProxy(stop))) => Err(talk.failure(Phase::Proxy, stop)),
            Ok(Err(Blocked::AtTarget(kind, words))) => Err(unconnected(Phase::Tcp, kind, &words)),
            Err(_) => Err(talk.timed_out(Phase::Proxy)),
        };
        (connected, passage)
    }

    /// A connection to the proxy itself, at the first of its addresses that accepts one.
    pub(super) async fn reach(&self, proxy: &Proxy, deadline: Instant) -> Result<TcpStream, Failure> {
        let found = self.resolver.addresses(&proxy.host, deadline).await.map_err(|failure| {
            let kind = if failure == DnsFailure::TimedOut { FailureKind::TimedOut } else { FailureKind::Unreachable };
            unconnected(Phase::Proxy, kind, &format!("{} cannot be looked up: {}", proxy.host, failure.words()))
        })?;
        let addresses: Vec<SocketAddr> =
            found.into_iter().take(Self::MOST_ADDRESSES).map(|ip| SocketAddr::new(ip, proxy.port)).collect();
        let mut last = unconnected(Phase::Proxy, FailureKind::Unreachable, &format!("{} has no address", proxy.host));
        for (left, address) in (1..=addresses.len()).rev().zip(addresses) {
            // A silent address leaves time for those after it.
            let share = u32::try_from(left).unwrap_or(1);
            let until = Instant::now() + deadline.saturating_duration_since(Instant::now()) / share;
            match connect(address, until).await {
                Ok(stream) => return Ok(stream),
                Err(failure) => {
                    last = unconnected(Phase::Proxy, failure.kind, &format!("{address}: {}", failure.detail));
                }
            }
        }
        Err(last)
    }
}

impl Connected {
    /// Holds the conversation that leads to TLS, where the target's protocol has one.
    pub(super) async fn upgrade(self, target: &Target, deadline: Instant) -> Result<Opened, Unopened> {
        let Self { way, stream, ahead } = self;
        if !target.protocol.upgrades() {
            return Ok(Opened { stream: Transport::Plain(stream, ahead), way });
        }
        let begun = Instant::now();
        let (upgraded, notes) = upgrade(target, stream, ahead, deadline).await;
        let way = Way { starttls: Some(begun.elapsed()), upgrade: notes.into_evidence().map(Arc::new), ..way };
        match upgraded {
            Ok(stream) => Ok(Opened { stream, way }),
            Err(failure) => Err(Unopened { failure, way }),
        }
    }
}

async fn connect(address: SocketAddr, deadline: Instant) -> Result<TcpStream, Failure> {
    let (kind, detail) = match timeout_at(deadline, dial::connect(address)).await {
        Ok(Ok(stream)) => return Ok(stream),
        Ok(Err(error)) => (dial::failure_kind(&error), error.to_string()),
        Err(_) => (FailureKind::TimedOut, "no answer to the connection attempt".to_owned()),
    };
    Err(unconnected(Phase::Tcp, kind, &detail))
}

/// A failure before anything was said to the target.
fn unconnected(phase: Phase, kind: FailureKind, detail: &str) -> Failure {
    Failure { phase, kind, detail: Untrusted::new(detail), received: 0, sent: 0 }
}

/// The notes are kept whatever happens.
async fn upgrade(
    target: &Target,
    stream: TcpStream,
    ahead: Vec<u8>,
    deadline: Instant,
) -> (Result<Transport, Failure>, Notes) {
    let name = target.verified_name();
    let parties = Parties { name: &name, us: stream.local_addr().ok().map(|address| address.ip()) };
    let mut talk = Talk::new(stream, ahead);
    let mut notes = Notes::new(target.protocol);
    let conversation = starttls::upgrade(target.protocol, &mut talk, &mut notes, parties);
    let upgraded = match timeout_at(deadline, conversation).await {
        Ok(Ok(())) => Ok(Transport::after(target.protocol, talk.into_parts().0)),
        Ok(Err(stop)) => Err(talk.failure(Phase::Starttls, stop)),
        Err(_) => Err(talk.timed_out(Phase::Starttls)),
    };
    (upgraded, notes)
}

/// The stream TLS is spoken over.
#[derive(Debug)]
pub(super) enum Transport {
    /// As it is, behind what was read of it already.
    Plain(TcpStream, Vec<u8>),
    /// Inside the packets of a pre-login, for as long as the handshake lasts.
    Wrapped(Packets<TcpStream>),
}

impl Transport {
    fn after(protocol: Protocol, stream: TcpStream) -> Self {
        if protocol == Protocol::Tds { Self::Wrapped(Packets::new(stream)) } else { Self::Plain(stream, Vec::new()) }
    }
}

impl AsyncRead for Transport {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream, ahead) if ahead.is_empty() => Pin::new(stream).poll_read(cx, buf),
            Self::Plain(_, ahead) => {
                let count = ahead.len().min(buf.remaining());
                buf.put_slice(&ahead[..count]);
                ahead.drain(..count);
                Poll::Ready(Ok(()))
            }
            Self::Wrapped(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Transport {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream, _) => Pin::new(stream).poll_write(cx, bytes),
            Self::Wrapped(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream, _) => Pin::new(stream).poll_flush(cx),
            Self::Wrapped(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream, _) => Pin::new(stream).poll_shutdown(cx),
            Self::Wrapped(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

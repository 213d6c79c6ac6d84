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
use super::starttls::{self, Notes, Packets, Parties};
use super::talk::Talk;
use crate::model::{Failure, FailureKind, Phase, Protocol, Target, Untrusted, Upgrade};

/// Opens byte streams to targets.
#[derive(Debug, Default)]
pub(super) struct Dialer {}

/// A stream whose next byte belongs to TLS.
#[derive(Debug)]
pub(super) struct Opened {
    /// It.
    pub(super) stream: Transport,
    /// What was said to get there.
    pub(super) upgrade: Option<Arc<Upgrade>>,
    /// How long the connection took.
    pub(super) tcp: Duration,
    /// How long the conversation took, where there was one.
    pub(super) starttls: Option<Duration>,
}

/// Why there is none.
#[derive(Debug)]
pub(super) struct Unopened {
    /// Where and how it failed.
    pub(super) failure: Failure,
    /// What was said until then.
    pub(super) upgrade: Option<Arc<Upgrade>>,
    /// How long the connection took, or its failure.
    pub(super) tcp: Duration,
    /// How long the conversation took until it failed, where it came to that.
    pub(super) starttls: Option<Duration>,
}

/// A stream on which nothing was said yet.
#[derive(Debug)]
pub(super) struct Connected {
    /// How long the connection took.
    pub(super) tcp: Duration,
    stream: TcpStream,
}

impl Dialer {
    /// Connects to one address of a target and holds the conversation that leads to TLS, all under one deadline.
    pub(super) async fn open(
        &self,
        target: &Target,
        address: SocketAddr,
        deadline: Instant,
    ) -> Result<Opened, Unopened> {
        self.connect(target, address, deadline).await?.upgrade(target, deadline).await
    }

    /// Connects to one address of a target.
    pub(super) async fn connect(
        &self,
        _target: &Target,
        address: SocketAddr,
        deadline: Instant,
    ) -> Result<Connected, Unopened> {
        let begun = Instant::now();
        let connected = connect(address, deadline).await;
        let tcp = begun.elapsed();
        match connected {
            Ok(stream) => Ok(Connected { tcp, stream }),
            Err(failure) => Err(Unopened { failure, upgrade: None, tcp, starttls: None }),
        }
    }
}

impl Connected {
    /// Holds the conversation that leads to TLS, where the target's protocol has one.
    pub(super) async fn upgrade(self, target: &Target, deadline: Instant) -> Result<Opened, Unopened> {
        let Self { tcp, stream } = self;
        if !target.protocol.upgrades() {
            return Ok(Opened { stream: Transport::Plain(stream), upgrade: None, tcp, starttls: None });
        }
        let begun = Instant::now();
        let (upgraded, notes) = upgrade(target, stream, deadline).await;
        let starttls = Some(begun.elapsed());
        let upgrade = notes.into_evidence().map(Arc::new);
        match upgraded {
            Ok(stream) => Ok(Opened { stream, upgrade, tcp, starttls }),
            Err(failure) => Err(Unopened { failure, upgrade, tcp, starttls }),
        }
    }
}

async fn connect(address: SocketAddr, deadline: Instant) -> Result<TcpStream, Failure> {
    let (kind, detail) = match timeout_at(deadline, dial::connect(address)).await {
        Ok(Ok(stream)) => return Ok(stream),
        Ok(Err(error)) => (dial::failure_kind(&error), Untrusted::new(&error.to_string())),
        Err(_) => (FailureKind::TimedOut, Untrusted::new("no answer to the connection attempt")),
    };
    Err(Failure { phase: Phase::Tcp, kind, detail, received: 0, sent: 0 })
}

/// The notes are kept whatever happens.
async fn upgrade(target: &Target, stream: TcpStream, deadline: Instant) -> (Result<Transport, Failure>, Notes) {
    let name = target.verified_name();
    let parties = Parties { name: &name, us: stream.local_addr().ok().map(|address| address.ip()) };
    let mut talk = Talk::new(stream, Vec::new());
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
    /// As it is.
    Plain(TcpStream),
    /// Inside the packets of a pre-login, for as long as the handshake lasts.
    Wrapped(Packets<TcpStream>),
}

impl Transport {
    fn after(protocol: Protocol, stream: TcpStream) -> Self {
        if protocol == Protocol::Tds { Self::Wrapped(Packets::new(stream)) } else { Self::Plain(stream) }
    }
}

impl AsyncRead for Transport {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Wrapped(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Transport {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Wrapped(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Wrapped(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Wrapped(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

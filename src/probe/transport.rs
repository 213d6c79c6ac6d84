//! One way to a byte stream on which TLS can begin, for every look at a target.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use super::dial;
use crate::model::{Failure, FailureKind, Phase, Target, Untrusted};

/// Opens byte streams to targets.
#[derive(Debug, Default)]
pub(super) struct Dialer {}

/// A stream whose next byte belongs to TLS.
#[derive(Debug)]
pub(super) struct Opened {
    /// It.
    pub(super) stream: Transport,
    /// How long the connection took.
    pub(super) tcp: Duration,
}

/// Why there is none.
#[derive(Debug)]
pub(super) struct Unopened {
    /// Where and how it failed.
    pub(super) failure: Failure,
    /// How long the connection took, or its failure.
    pub(super) tcp: Duration,
}

impl Dialer {
    /// Connects to one address of a target, all under one deadline.
    pub(super) async fn open(
        &self,
        _target: &Target,
        address: SocketAddr,
        deadline: Instant,
    ) -> Result<Opened, Unopened> {
        let begun = Instant::now();
        let connected = timeout_at(deadline, dial::connect(address)).await;
        let tcp = begun.elapsed();
        let (kind, detail) = match connected {
            Ok(Ok(stream)) => return Ok(Opened { stream: Transport(stream), tcp }),
            Ok(Err(error)) => (dial::failure_kind(&error), Untrusted::new(&error.to_string())),
            Err(_) => (FailureKind::TimedOut, Untrusted::new("no answer to the connection attempt")),
        };
        Err(Unopened { failure: Failure { phase: Phase::Tcp, kind, detail, received: 0, sent: 0 }, tcp })
    }
}

/// The stream TLS is spoken over.
#[derive(Debug)]
pub(super) struct Transport(TcpStream);

impl AsyncRead for Transport {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Transport {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

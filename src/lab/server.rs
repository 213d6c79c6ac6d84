//! One server task: accepts connections and treats each as the plan says.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::server::{Acceptor, ClientHello};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_rustls::server::FallibleAccept;
use tokio_rustls::{LazyConfigAcceptor, TlsAcceptor};

use super::conversation;
use super::plan::{Manner, Offer};
use super::site::Site;
use crate::model::Protocol;

/// Connections one server keeps at a time; further ones wait in the backlog.
const MOST_CONNECTIONS: usize = 512;
/// No connection lives longer.
const LONGEST: Duration = Duration::from_secs(30);
/// After how many bytes a stalling handshake stops: inside the `ServerHello`.
const STALL_AFTER: usize = 60;
const MINUTE: Duration = Duration::from_mins(1);
/// Pause after a failed accept, which is a shortage of file descriptors.
const SHORTAGE: Duration = Duration::from_millis(100);

/// What every connection of a server needs to know.
pub(super) struct Server {
    /// What is spoken before TLS, and how far it goes.
    pub(super) conversation: (Protocol, Offer),
    pub(super) manner: Manner,
    pub(super) acceptor: TlsAcceptor,
    /// What is said after a good handshake.
    pub(super) site: Site,
    /// When connections of the last minute were accepted, oldest first; kept where they are limited.
    pub(super) accepted: Mutex<VecDeque<Instant>>,
}

/// Serves until dropped, and its connections with it; `treat` is told how many came before.
pub(super) async fn serve<F: Future<Output = io::Result<()>> + Send + 'static>(
    listener: TcpListener,
    treat: impl Fn(TcpStream, u64) -> F,
) {
    let mut connections = JoinSet::new();
    let mut accepted: u64 = 0;
    loop {
        tokio::select! {
            result = listener.accept(), if connections.len() < MOST_CONNECTIONS => match result {
                Ok((stream, _)) => {
                    let treated = timeout(LONGEST, treat(stream, accepted));
                    accepted += 1;
                    // A connection that fails is what clients come here for: nobody else need know.
                    connections.spawn(async move { treated.await.is_ok() });
                }
                Err(_) => sleep(SHORTAGE).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

impl Server {
    pub(super) async fn treat(self: Arc<Self>, mut stream: TcpStream, number: u64) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let (protocol, offer) = self.conversation;
        if !conversation::hold(protocol, offer, &mut stream).await? {
            return close(stream).await;
        }
        match self.manner {
            Manner::Delay(delay) => {
                sleep(delay).await;
                self.handshake(stream).await
            }
            Manner::Stall => self.handshake(Choked { stream, left: STALL_AFTER }).await,
            Manner::SmallHellos(most) => match length_of_hello(&stream).await? {
                length if length > most => close(stream).await,
                _ => self.handshake(stream).await,
            },
            Manner::PerMinute(most) if self.is_beyond(most) => reset(stream).await,
            Manner::Serve | Manner::PerMinute(_) => self.handshake(stream).await,
            Manner::Before13 => self.handshake_unless(stream, PROTOCOL_VERSION, offers_13).await,
            Manner::NamesOnly => {
                self.handshake_unless(stream, UNRECOGNIZED_NAME, |hello| hello.server_name().is_none()).await
            }
            Manner::Flap if number % 8 < 5 => self.handshake(stream).await,
            Manner::Flap | Manner::Close => close(stream).await,
            Manner::Reset => reset(stream).await,
            Manner::Silent | Manner::Refuse => drain(&mut stream).await,
            Manner::Alert(description) => answer(stream, &fatal(description)).await,
            Manner::Http => answer(stream, BAD_REQUEST.as_bytes()).await,
            Manner::Ssh => {
                stream.write_all(b"SSH-2.0-OpenSSH_9.9\r\n").await?;
                drain(&mut stream).await
            }
        }
    }

    /// Whether so many were accepted within the last minute already; those beyond are not counted.
    fn is_beyond(&self, most: usize) -> bool {
        let mut accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        while accepted.front().is_some_and(|at| now.duration_since(*at) >= MINUTE) {
            accepted.pop_front();
        }
        let is_beyond = accepted.len() >= most;
        if !is_beyond {
            accepted.push_back(now);
        }
        is_beyond
    }

    /// Refuses some hellos with a fatal alert.
    async fn handshake_unless(
        &self,
        stream: TcpStream,
        alert: u8,
        refuses: impl Fn(&ClientHello<'_>) -> bool,
    ) -> io::Result<()> {
        let mut start = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
        if refuses(&start.client_hello()) {
            start.io.write_all(&fatal(alert)).await?;
            return close(start.io).await;
        }
        let config = Arc::clone(self.acceptor.config());
        self.talk(start.into_stream(config).into_fallible()).await
    }

    async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S) -> io::Result<()> {
        self.talk(self.acceptor.accept(stream).into_fallible()).await
    }

    async fn talk<S: AsyncRead + AsyncWrite + Unpin>(&self, accept: FallibleAccept<S>) -> io::Result<()> {
        let mut tls = match accept.await {
            Ok(tls) => tls,
            // The alert is out; to close with unread bytes would reset the connection and lose it.
            Err((_, stream)) => return close(stream).await,
        };
        let mut request = [0; 1024];
        let read = tls.read(&mut request).await?;
        if read > 0 {
            tls.write_all(self.site.respond(&request[..read]).as_bytes()).await?;
        }
        tls.shutdown().await?;
        drain(&mut tls).await
    }
}

const PROTOCOL_VERSION: u8 = 70;
const UNRECOGNIZED_NAME: u8 = 112;

/// The record of a fatal alert (RFC 9846 section 6).
const fn fatal(description: u8) -> [u8; 7] {
    [21, 3, 3, 0, 2, 2, description]
}

/// The length of the first record's body, which stays unread; 0 from a client that goes before it is there.
async fn length_of_hello(stream: &TcpStream) -> io::Result<u16> {
    let mut header = [0; 5];
    loop {
        match stream.peek(&mut header).await? {
            0 => return Ok(0),
            5 => return Ok(u16::from_be_bytes([header[3], header[4]])),
            // No client sends less at a time; one that does is not to keep us busy.
            _ => sleep(Duration::from_millis(1)).await,
        }
    }
}

/// Suites of TLS 1.3 are offered with TLS 1.3 only (RFC 9846 appendix B.4).
fn offers_13(hello: &ClientHello<'_>) -> bool {
    hello.cipher_suites().iter().any(|suite| u16::from(*suite) >> 8 == 0x13)
}

const BAD_REQUEST: &str = "HTTP/1.1 400 Bad Request\r\nServer: lab\r\nContent-Type: text/plain\r\n\
    Connection: close\r\n\r\nThis port speaks plain HTTP.\n";

/// Waits for the client's first bytes, says `bytes` and closes.
async fn answer(mut stream: TcpStream, bytes: &[u8]) -> io::Result<()> {
    let mut hello = [0; 4096];
    let _ = stream.read(&mut hello).await?;
    stream.write_all(bytes).await?;
    close(stream).await
}

/// Says goodbye with FIN, then reads on, so that no RST follows it.
async fn close<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) -> io::Result<()> {
    stream.shutdown().await?;
    drain(&mut stream).await
}

/// Waits for the first bytes and drops the connection with RST.
async fn reset(stream: TcpStream) -> io::Result<()> {
    let _ = stream.peek(&mut [0]).await?;
    socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO))
}

/// Reads until the client has gone.
async fn drain<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<()> {
    let mut buffer = [0; 4096];
    while stream.read(&mut buffer).await? > 0 {}
    Ok(())
}

/// Lets the first bytes through and swallows the rest.
struct Choked {
    stream: TcpStream,
    left: usize,
}

impl AsyncRead for Choked {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Choked {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let through = self.left.min(bytes.len());
        if through == 0 {
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = std::task::ready!(Pin::new(&mut self.stream).poll_write(cx, &bytes[..through]))?;
        self.left -= written;
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    /// A stalled server does not say goodbye.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

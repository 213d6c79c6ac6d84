//! The TLS conversation over any stream: handshake, the round trip after it, and a clean end.
//!
//! The library is driven by hand so that nothing is lost when it fails: the
//! connection's state, every byte counted, and bytes that were never TLS.

use std::io::{self, Read as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use rustls::client::Resumption;
use rustls::{ClientConfig, ClientConnection, ConfigBuilder, IoState, WantsVerifier};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::greeting;
use super::recorder::{NoSessions, Recorder};
use super::wire::Wire;

/// Why a conversation ended before its time.
#[derive(Debug)]
pub(super) enum Broken {
    /// The peer closed in an orderly way.
    Closed,
    /// The stream failed.
    Io(io::Error),
    /// The first bytes are not TLS; they are in [`Wire::first`].
    NotTls,
    /// The library gave up on the peer, or the peer on us.
    Tls(rustls::Error),
    /// More bytes than any handshake needs, or than the library takes at once.
    TooMuch,
}

/// One TLS connection under observation. Every method may be cancelled: what was seen stays.
#[derive(Debug)]
pub(super) struct Conversation<S> {
    /// The library's state.
    pub(super) tls: ClientConnection,
    /// What passed so far.
    pub(super) wire: Wire,
    stream: S,
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Conversation<S> {
    /// No handshake is longer, post-quantum certificates included; what is longer is an attack on us.
    const MOST_BYTES: u64 = 256 * 1024;
    /// A flight usually fits.
    const READ_SIZE: usize = 8 * 1024;
    /// For the rest of a greeting that is not TLS.
    const GREETING_WAIT: Duration = Duration::from_millis(250);

    pub(super) fn new(stream: S, tls: ClientConnection) -> Self {
        let (incoming, outgoing) = (Vec::with_capacity(Self::READ_SIZE), Vec::with_capacity(2048));
        Self { tls, wire: Wire::new(), stream, incoming, outgoing }
    }

    /// Runs the handshake until our last message is sent.
    pub(super) async fn handshake(&mut self) -> Result<(), Broken> {
        let mut unsent = None;
        loop {
            // A peer that has closed may still have said why: read that before reporting the failed write.
            if let Err(error) = self.send().await {
                unsent.get_or_insert(error);
            }
            if !self.tls.is_handshaking() {
                return unsent.map_or(Ok(()), |error| Err(Broken::Io(error)));
            }
            match self.receive().await {
                // The reset that failed our write is reported once only; the read then sees an ordinary end.
                Ok(0) => return Err(unsent.map_or(Broken::Closed, Broken::Io)),
                Ok(_) => (),
                Err(error) => return Err(Broken::Io(unsent.unwrap_or(error))),
            }
            if !greeting::is_tls(&self.wire.first) {
                self.hear_out().await;
                return Err(Broken::NotTls);
            }
            if self.wire.received > Self::MOST_BYTES {
                return Err(Broken::TooMuch);
            }
            self.digest().await?;
        }
    }

    /// Reads on after the handshake, until the peer has shown whether it is content with us.
    ///
    /// Tickets show it, except to one who was asked for a certificate (`asked`):
    /// some servers send them before they look. `Ok` when nothing spoke against us.
    pub(super) async fn listen(&mut self, asked: bool) -> Result<(), Broken> {
        let mut content = false;
        loop {
            let received = if content {
                // The rest of the tickets, where it is there already.
                let Some(received) = self.receive().now_or_never() else { return Ok(()) };
                received
            } else {
                self.receive().await
            };
            if received.map_err(Broken::Io)? == 0 {
                return Err(Broken::Closed);
            }
            let state = self.digest().await?;
            if state.peer_has_closed() {
                return Err(Broken::Closed);
            }
            if state.plaintext_bytes_to_read() > 0 {
                return Ok(());
            }
            if self.wire.received > Self::MOST_BYTES {
                return Err(Broken::TooMuch);
            }
            content = !asked && self.tls.tls13_tickets_received() > 0;
        }
    }

    /// Sends plaintext.
    pub(super) async fn say(&mut self, plaintext: &[u8]) -> Result<(), Broken> {
        self.tls.writer().write_all(plaintext).map_err(Broken::Io)?;
        self.send().await.map_err(Broken::Io)
    }

    /// Waits for the next plaintext and adds it to `heard`, at most a record's worth.
    pub(super) async fn hear(&mut self, heard: &mut Vec<u8>) -> Result<(), Broken> {
        let mut plaintext = [0; 4096];
        let before = heard.len();
        loop {
            // Nothing there, a close in order and one without are told apart by what comes next.
            while let Ok(count @ 1..) = self.tls.reader().read(&mut plaintext) {
                heard.extend_from_slice(&plaintext[..count]);
            }
            if heard.len() > before {
                return Ok(());
            }
            if self.wire.received > Self::MOST_BYTES {
                return Err(Broken::TooMuch);
            }
            if self.receive().await.map_err(Broken::Io)? == 0 {
                return Err(Broken::Closed);
            }
            let state = self.digest().await?;
            if state.peer_has_closed() && state.plaintext_bytes_to_read() == 0 {
                return Err(Broken::Closed);
            }
        }
    }

    /// Says goodbye. Failures do not matter any more.
    pub(super) async fn close(&mut self) {
        self.tls.send_close_notify();
        let _ = self.send().await;
        let _ = self.stream.shutdown().await;
    }

    async fn send(&mut self) -> io::Result<()> {
        while self.tls.wants_write() {
            self.tls.write_tls(&mut self.outgoing)?;
        }
        if self.outgoing.is_empty() {
            return Ok(());
        }
        self.wire.send(&self.outgoing);
        let sent = self.stream.write_all(&self.outgoing).await;
        self.outgoing.clear();
        sent?;
        self.stream.flush().await
    }

    async fn receive(&mut self) -> io::Result<usize> {
        self.incoming.clear();
        let count = self.stream.read_buf(&mut self.incoming).await?;
        self.wire.receive(&self.incoming);
        Ok(count)
    }

    /// Hands what was received to the library; on an error its alert is sent.
    async fn digest(&mut self) -> Result<IoState, Broken> {
        let mut rest = &self.incoming[..];
        let digested = loop {
            if self.tls.read_tls(&mut rest).is_err() {
                break Err(Broken::TooMuch);
            }
            match self.tls.process_new_packets() {
                Ok(state) if rest.is_empty() => break Ok(state),
                Ok(_) => (),
                Err(error) => break Err(Broken::Tls(error)),
            }
        };
        if digested.is_err() {
            let _ = self.send().await;
        }
        digested
    }

    /// Waits a little for the rest of a greeting, where the first bytes do not name the protocol.
    async fn hear_out(&mut self) {
        let rest = async {
            while !greeting::is_decided(&self.wire.first) {
                if !matches!(self.receive().await, Ok(1..)) {
                    return;
                }
            }
        };
        // Silence is an answer here, too.
        let _ = tokio::time::timeout(Self::GREETING_WAIT, rest).await;
    }
}

/// A configuration for one handshake of its own recorder.
pub(super) fn configure(
    builder: ConfigBuilder<ClientConfig, WantsVerifier>,
    recorder: &Arc<Recorder>,
    alpn: &[Arc<str>],
) -> ClientConfig {
    let verifier = Arc::clone(recorder);
    let resolver = Arc::clone(recorder);
    let mut config = builder.dangerous().with_custom_certificate_verifier(verifier).with_client_cert_resolver(resolver);
    config.alpn_protocols = alpn.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    config.resumption = Resumption::store(Arc::new(NoSessions));
    config
}

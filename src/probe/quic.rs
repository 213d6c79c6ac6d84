//! A handshake over QUIC (RFC 9000, RFC 9001), for what it shows of TLS; nothing is sent or read behind it.

use std::future::pending;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use quinn::crypto::rustls::{HandshakeData, QuicClientConfig};
use quinn::{Connection, ConnectionError, Endpoint, TransportConfig, TransportErrorCode, VarInt};
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout, timeout_at};

use super::dial;
use super::overheard::{Listening, Overheard, heard};
use super::recorder::{Heard, Recorder};
use crate::model::{Alert, ClientAuth, FailureKind, Peer, Phase, Untrusted};

/// `H3_NO_ERROR` (RFC 9114 section 8.1).
const NO_ERROR: VarInt = VarInt::from_u32(0x100);
/// For our goodbye to leave the machine.
const LONGEST_GOODBYE: Duration = Duration::from_millis(20);
/// What a server may send on streams, none of which we open or read.
const WINDOW: VarInt = VarInt::from_u32(4096);
/// Who is silent for so long is asked by other means whether anybody is there: one packet was lost by then.
const SILENCE: Duration = Duration::from_secs(1);
/// How long a server that asked for a certificate may take to refuse ours (or none), past a round trip.
const SHORTEST_LISTEN: Duration = Duration::from_millis(100);
const LONGEST_LISTEN: Duration = Duration::from_millis(300);

/// What a handshake came to.
#[derive(Debug)]
pub(super) struct Spoken {
    /// What the callbacks were told.
    pub(super) heard: Heard,
    /// What passed beside them.
    pub(super) overheard: Overheard,
    /// The selected protocol.
    pub(super) alpn: Option<Untrusted>,
    /// Until the handshake was over, one way or the other.
    pub(super) took: Duration,
    /// Why it failed.
    pub(super) broken: Option<Broken>,
}

/// Why there is no handshake, or one that the server took back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) phase: Phase,
    pub(super) kind: FailureKind,
    pub(super) detail: Untrusted,
}

impl Broken {
    fn new(phase: Phase, kind: FailureKind, detail: &str) -> Self {
        Self { phase, kind, detail: Untrusted::new(detail) }
    }

    /// A fault of this machine, or of the way from it.
    fn local(error: &dyn std::fmt::Display) -> Self {
        Self::new(Phase::Quic, FailureKind::Local, &error.to_string())
    }

    fn io(error: &io::Error) -> Self {
        Self::new(Phase::Quic, dial::failure_kind(error), &error.to_string())
    }

    fn of(error: &ConnectionError) -> Self {
        let (phase, kind) = match error {
            ConnectionError::VersionMismatch => (Phase::Quic, FailureKind::Incompatible),
            ConnectionError::TransportError(error) => (Phase::Tls, code_kind(error.code, Peer::Us)),
            ConnectionError::ConnectionClosed(close) if close.error_code == TransportErrorCode::CONNECTION_REFUSED => {
                let reply = Untrusted::new(&error.to_string());
                (Phase::Quic, FailureKind::Rejected { reply })
            }
            ConnectionError::ConnectionClosed(close) => (Phase::Tls, code_kind(close.error_code, Peer::Server)),
            ConnectionError::ApplicationClosed(_) => (Phase::Tls, FailureKind::Closed),
            ConnectionError::Reset => (Phase::Tls, FailureKind::Reset),
            ConnectionError::TimedOut => (Phase::Tls, FailureKind::TimedOut),
            ConnectionError::LocallyClosed | ConnectionError::CidsExhausted => (Phase::Quic, FailureKind::Local),
        };
        Self::new(phase, kind, &error.to_string())
    }
}

/// TLS alerts travel as error codes (RFC 9001 section 4.8).
fn code_kind(code: TransportErrorCode, from: Peer) -> FailureKind {
    const ALERTS: u64 = 0x100;
    let alert = u64::from(code).checked_sub(ALERTS).and_then(|number| u8::try_from(number).ok());
    match (alert, from) {
        (Some(number), _) => FailureKind::Alert(Alert { number, from }),
        (None, Peer::Server) => FailureKind::Closed,
        (None, Peer::Us) => FailureKind::Misbehaved,
    }
}

/// Runs the handshake that `config` describes, hears a refusal of our certificate, and says goodbye.
pub(super) async fn handshake(
    config: rustls::ClientConfig,
    recorder: &Recorder,
    address: SocketAddr,
    name: &str,
    deadline: Instant,
) -> Spoken {
    let begun = Instant::now();
    let mut spoken = Spoken {
        heard: Heard::default(),
        overheard: Overheard::default(),
        alpn: None,
        took: Duration::ZERO,
        broken: None,
    };
    let (listening, endpoint, near) = match set_up(config, address).await {
        Ok(ready) => ready,
        Err(broken) => return Spoken { broken: Some(broken), ..spoken },
    };
    let ear = listening.ear();
    let shaken = connect(&endpoint, listening, &near, (address, name), deadline).await;
    (spoken.took, spoken.heard) = (begun.elapsed(), recorder.take());
    match shaken {
        Ok(connection) => {
            let data = connection.handshake_data().and_then(|data| data.downcast::<HandshakeData>().ok());
            spoken.alpn = data.and_then(|data| data.protocol.as_deref().map(Untrusted::from_bytes));
            if spoken.heard.client_auth != ClientAuth::None {
                spoken.broken = refusal(&connection, deadline).await;
            }
            connection.close(NO_ERROR, b"");
            let _ = timeout(LONGEST_GOODBYE, endpoint.wait_idle()).await;
        }
        Err(broken) => spoken.broken = Some(broken),
    }
    spoken.overheard = std::mem::take(&mut heard(&ear));
    if let Some(broken) = &mut spoken.broken
        && broken.kind == FailureKind::TimedOut
        && spoken.overheard.received == 0
    {
        broken.phase = Phase::Quic;
    }
    spoken
}

/// What it takes; the last socket is connected, so that the system tells us when nobody is there.
async fn set_up(config: rustls::ClientConfig, address: SocketAddr) -> Result<(Listening, Endpoint, UdpSocket), Broken> {
    let local: SocketAddr =
        if address.is_ipv4() { (Ipv4Addr::UNSPECIFIED, 0).into() } else { (Ipv6Addr::UNSPECIFIED, 0).into() };
    let near = UdpSocket::bind(local).await.map_err(|error| Broken::io(&error))?;
    near.connect(address).await.map_err(|error| Broken::io(&error))?;
    let crypto = QuicClientConfig::try_from(config).map_err(|error| Broken::local(&error))?;
    let endpoint = Endpoint::client(local).map_err(|error| Broken::io(&error))?;
    Ok((Listening::new(crypto), endpoint, near))
}

async fn connect(
    endpoint: &Endpoint,
    listening: Listening,
    near: &UdpSocket,
    (address, name): (SocketAddr, &str),
    deadline: Instant,
) -> Result<Connection, Broken> {
    let ear = listening.ear();
    let mut config = quinn::ClientConfig::new(Arc::new(listening));
    config.transport_config(Arc::new(transport()));
    let connecting = endpoint.connect_with(config, address, name).map_err(|error| Broken::local(&error))?;
    let mut connecting = pin!(connecting);
    let half = deadline.saturating_duration_since(Instant::now()) / 2;
    let at_first = timeout_at(Instant::now() + half.min(SILENCE), &mut connecting).await;
    let ended = if let Ok(ended) = at_first {
        ended
    } else {
        let is_silent = heard(&ear).received == 0;
        let refused = async { if is_silent { refused(near).await } else { pending().await } };
        tokio::select! {
            ended = timeout_at(deadline, &mut connecting) => {
                ended.map_err(|_| Broken::new(Phase::Tls, FailureKind::TimedOut, "no answer in time"))?
            }
            error = refused => return Err(Broken::io(&error)),
        }
    };
    ended.map_err(|error| Broken::of(&error))
}

/// Waits for the word of the network that nobody listens there (ICMP); a byte brings it about, which QUIC ignores.
async fn refused(near: &UdpSocket) -> io::Error {
    if near.send(&[0]).await.is_ok()
        && let Err(error) = near.recv(&mut [0; 1]).await
    {
        return error;
    }
    pending().await
}

/// Whether the server closes within the round trip in which it sees our certificate, or that there is none.
async fn refusal(connection: &Connection, deadline: Instant) -> Option<Broken> {
    let window = Instant::now() + (connection.rtt() * 3 / 2).clamp(SHORTEST_LISTEN, LONGEST_LISTEN);
    let error = timeout_at(window.min(deadline), connection.closed()).await.ok()?;
    Some(Broken { phase: Phase::Read, ..Broken::of(&error) })
}

fn transport() -> TransportConfig {
    let mut transport = TransportConfig::default();
    transport
        .max_concurrent_bidi_streams(VarInt::from_u32(0))
        // A server of HTTP/3 opens three of its own (RFC 9114 section 6.2).
        .max_concurrent_uni_streams(VarInt::from_u32(3))
        .stream_receive_window(WINDOW)
        .receive_window(WINDOW)
        .datagram_receive_buffer_size(None)
        .mtu_discovery_config(None);
    transport
}

//! A handshake over QUIC (RFC 9000, RFC 9001), for what it shows of TLS; nothing is sent or read behind it.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use quinn::crypto::rustls::{HandshakeData, QuicClientConfig};
use quinn::{Endpoint, TransportConfig, VarInt};
use tokio::time::{Instant, timeout, timeout_at};

use crate::model::Untrusted;

/// `H3_NO_ERROR` (RFC 9114 section 8.1).
const NO_ERROR: VarInt = VarInt::from_u32(0x100);
/// For our goodbye to leave the machine.
const LONGEST_GOODBYE: Duration = Duration::from_millis(20);
/// What a server may send on streams, none of which we open or read.
const WINDOW: VarInt = VarInt::from_u32(4096);

/// Runs the handshake that `config` describes, says goodbye, and tells the selected protocol.
pub(super) async fn handshake(
    config: rustls::ClientConfig,
    address: SocketAddr,
    name: &str,
    deadline: Instant,
) -> Result<Option<Untrusted>, Untrusted> {
    let words = |error: &dyn std::fmt::Display| Untrusted::new(&error.to_string());
    let local: SocketAddr =
        if address.is_ipv4() { (Ipv4Addr::UNSPECIFIED, 0).into() } else { (Ipv6Addr::UNSPECIFIED, 0).into() };
    let crypto = QuicClientConfig::try_from(config).map_err(|error| words(&error))?;
    let endpoint = Endpoint::client(local).map_err(|error| words(&error))?;
    let mut config = quinn::ClientConfig::new(Arc::new(crypto));
    config.transport_config(Arc::new(transport()));
    let connecting = endpoint.connect_with(config, address, name).map_err(|error| words(&error))?;
    let connection = match timeout_at(deadline, connecting).await {
        Ok(connected) => connected.map_err(|error| words(&error))?,
        Err(_) => return Err(Untrusted::new("no answer in time")),
    };
    let data = connection.handshake_data().and_then(|data| data.downcast::<HandshakeData>().ok());
    connection.close(NO_ERROR, b"");
    let _ = timeout(LONGEST_GOODBYE, endpoint.wait_idle()).await;
    Ok(data.and_then(|data| data.protocol.as_deref().map(Untrusted::from_bytes)))
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

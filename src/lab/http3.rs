//! The server of members that speak HTTP/3: it completes handshakes, which is all that is asked of it.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use quinn::Endpoint;
use quinn::crypto::rustls::QuicServerConfig;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::plan::Http3;

/// Connections kept at a time; further ones wait.
const MOST_CONNECTIONS: usize = 128;
/// No connection lives longer.
const LONGEST: Duration = Duration::from_secs(30);

/// Starts what there is of it; the UDP port that is advertised, if one is.
pub(super) fn start(
    servers: &mut JoinSet<()>,
    http3: Http3,
    ip: IpAddr,
    current: &TlsAcceptor,
    predecessor: Option<&TlsAcceptor>,
) -> io::Result<Option<u16>> {
    let place = SocketAddr::new(ip, 0);
    let acceptor = match http3 {
        Http3::Unspoken => return Ok(None),
        Http3::Served => Some(current),
        Http3::Stale(_) => predecessor,
        Http3::Dead => None,
    };
    let Some(acceptor) = acceptor else {
        let socket = UdpSocket::bind(place)?;
        let port = socket.local_addr()?.port();
        // Held, so that packets vanish.
        servers.spawn(async move {
            std::future::pending::<()>().await;
            drop(socket);
        });
        return Ok(Some(port));
    };
    let endpoint = endpoint(acceptor, place)?;
    let port = endpoint.local_addr()?.port();
    servers.spawn(serve(endpoint));
    Ok(Some(port))
}

/// Starts the server of a member that is spoken to over QUIC alone; where it listens.
pub(super) fn listen(servers: &mut JoinSet<()>, ip: IpAddr, acceptor: &TlsAcceptor) -> io::Result<SocketAddr> {
    let endpoint = endpoint(acceptor, SocketAddr::new(ip, 0))?;
    let address = endpoint.local_addr()?;
    servers.spawn(serve(endpoint));
    Ok(address)
}

/// Listens with the certificate of a server over TCP.
fn endpoint(acceptor: &TlsAcceptor, address: SocketAddr) -> io::Result<Endpoint> {
    let mut config = (**acceptor.config()).clone();
    config.alpn_protocols = vec![b"h3".to_vec()];
    config.max_early_data_size = 0;
    let crypto = QuicServerConfig::try_from(config).map_err(io::Error::other)?;
    Endpoint::server(quinn::ServerConfig::with_crypto(Arc::new(crypto)), address)
}

/// Serves until dropped, and its connections with it.
async fn serve(endpoint: Endpoint) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            incoming = endpoint.accept(), if connections.len() < MOST_CONNECTIONS => {
                let Some(incoming) = incoming else { return };
                let stay = async move {
                    if let Ok(connection) = incoming.await {
                        connection.closed().await;
                    }
                };
                connections.spawn(async move { timeout(LONGEST, stay).await.is_ok() });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

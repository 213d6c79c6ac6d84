//! Connections that do not come to TLS: TCP, proxies, upgrades, other protocols, QUIC.

use std::net::SocketAddr;
use std::sync::Arc;

use socket2::{Domain, SockRef, Socket, Type};
use tlscope::model::{Host, Proxy, ProxyKind, Target};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};

use crate::bench::{Bench, HOST, answer, at, at_all, hasty, listen, prober, serve, serve_on, target};
use crate::papers::{Authority, Leaf};
use crate::record::Record;

/// Routes of the namespace, see `recorder`: packets get lost there, and nobody can be reached.
pub(crate) const LOST: &str = "198.51.100.7:443";
const UNREACHABLE: &str = "192.0.2.7:443";

pub(crate) async fn record() -> Vec<Record> {
    let root = Authority::root("Bench Root");
    let leaf = root.leaf(|_| ());
    let mut bench = Bench::new(prober(&root.pem));
    tcp(&mut bench, &leaf).await;
    several(&mut bench, &leaf).await;
    other_protocols(&mut bench, &leaf).await;
    upgrades(&mut bench, &leaf).await;
    proxies(&mut bench, &leaf).await;
    quic(&mut bench).await;
    bench.records
}

/// A port on which nobody listens as long as this lives.
pub(crate) struct Closed {
    pub(crate) address: SocketAddr,
    _socket: Socket,
}

impl Closed {
    pub(crate) fn new(address: &str) -> Self {
        let address: SocketAddr = address.parse().expect("an address");
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).expect("a socket");
        socket.bind(&address.into()).expect("a port");
        let address = socket.local_addr().expect("an address").as_socket().expect("an IP address");
        Self { address, _socket: socket }
    }
}

/// Ends a connection with RST.
fn reset(stream: &TcpStream) {
    let none = Some(std::time::Duration::ZERO);
    SockRef::from(stream).set_linger(none).expect("an open socket");
}

async fn tcp(bench: &mut Bench, leaf: &Leaf) {
    let lost = at(LOST.parse().expect("an address"));
    bench.survey("packets that get lost", hasty(lost)).await;
    bench.survey("a host that cannot be reached", at(UNREACHABLE.parse().expect("an address"))).await;
    let closed = Closed::new("127.0.0.1:0");
    bench.survey("a closed port (near miss of tcp.timeout, tcp.unreachable)", at(closed.address)).await;
    let mute = answer(listen("127.0.0.1:0").await, |_, stream| async move {
        reset(&stream);
        None
    });
    bench.survey("a connection reset before the greeting", target(&format!("smtp://{HOST}@{mute}"))).await;
    let rude = answer(listen("127.0.0.1:0").await, |_, mut stream| async move {
        let _ = stream.read(&mut [0; 16]).await;
        reset(&stream);
        None
    });
    bench.survey("a connection reset upon the hello (near miss of tcp.reset, tls.closed_early)", at(rude)).await;
    let slow = leaf.shared_config();
    let late = answer(listen("127.0.0.1:0").await, move |_, stream| {
        let config = Arc::clone(&slow);
        async move {
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            let mut tls = tokio_rustls::TlsAcceptor::from(config).accept(stream).await.ok()?;
            crate::bench::page(&mut tls).await
        }
    });
    bench.probe("a server that takes 300 ms (near miss of tls.slow, tls.no_response, tls.stalled)", at(late)).await;
}

/// Several addresses of one name.
async fn several(bench: &mut Bench, leaf: &Leaf) {
    let good = serve(leaf.config()).await;
    let closed = Closed::new("127.0.0.1:0");
    let lost: SocketAddr = LOST.parse().expect("an address");
    bench.probe("one address refuses and one loses packets", hasty(at_all(&[good, closed.address, lost]))).await;
    let name = "one address refuses, one answers (near miss of tcp.partial, tcp.family_split)";
    bench.probe(name, at_all(&[good, closed.address])).await;
    let six = Closed::new("[::1]:0");
    bench.probe("IPv6 refuses, IPv4 answers", at_all(&[good, six.address])).await;
    let config = leaf.shared_config();
    let six = serve_on(listen("[::1]:0").await, move |_| Arc::clone(&config));
    let name = "both families answer (near miss of tcp.family_split, tcp.refused, fleet.partial_outage, \
        fleet.mixed_certificates)";
    bench.probe(name, at_all(&[good, six])).await;
}

/// Says this to whoever connects, and waits until they leave.
async fn say(words: &'static [u8]) -> SocketAddr {
    answer(listen("127.0.0.1:0").await, move |_, mut stream| async move {
        stream.write_all(words).await.ok()?;
        while stream.read(&mut [0; 4096]).await.ok()? > 0 {}
        None
    })
}

async fn other_protocols(bench: &mut Bench, leaf: &Leaf) {
    let junk = say(&[0x9C, 0x41, 0xE7, 0x02, 0x55, 0xA0, 0x11, 0x93, 0xFE, 0x61]).await;
    bench.survey("ten bytes of no protocol", at(junk)).await;
    bench.survey("a greeting of SSH (near miss of tls.not_tls)", at(say(b"SSH-2.0-OpenSSH_9.9\r\n").await)).await;
    let good = serve(leaf.config()).await;
    bench.survey("TLS (near miss of tls.plaintext_peer, tls.not_tls, tls.reset_early)", at(good)).await;
}

/// SMTP whose agreement is followed by this in the same packet.
async fn smtp(leaf: &Leaf, behind: &'static [u8]) -> SocketAddr {
    let config = leaf.shared_config();
    answer(listen("127.0.0.1:0").await, move |_, mut stream| {
        let config = Arc::clone(&config);
        async move {
            let mut heard = [0; 512];
            stream.write_all(b"220 shop.example ESMTP\r\n").await.ok()?;
            let _ = stream.read(&mut heard).await.ok()?;
            stream.write_all(b"250-shop.example\r\n250 STARTTLS\r\n").await.ok()?;
            let _ = stream.read(&mut heard).await.ok()?;
            stream.write_all(&[b"220 go on\r\n", behind].concat()).await.ok()?;
            let mut tls = tokio_rustls::TlsAcceptor::from(config).accept(stream).await.ok()?;
            while tls.read(&mut heard).await.ok()? > 0 {}
            None
        }
    })
}

async fn upgrades(bench: &mut Bench, leaf: &Leaf) {
    let injected = smtp(leaf, b"250 injected.example\r\n").await;
    bench.probe("a reply in plain text behind the agreement", target(&format!("smtp://{HOST}@{injected}"))).await;
    let clean = smtp(leaf, b"").await;
    let name = "SMTP with STARTTLS (near miss of starttls.injected, starttls.broken, starttls.not_offered, \
        starttls.rejected, starttls.wrong_mode)";
    bench.probe(name, target(&format!("smtp://{HOST}@{clean}"))).await;
}

async fn proxies(bench: &mut Bench, leaf: &Leaf) {
    let good = serve(leaf.config()).await;
    let silent = listen("127.0.0.1:0").await;
    let silent_at = silent.local_addr().expect("an address");
    let through = |at_proxy: SocketAddr| {
        let proxy = Proxy { kind: ProxyKind::Http, host: Host::Ip(at_proxy.ip()), port: at_proxy.port(), login: None };
        Target { proxy: Some(Arc::new(proxy)), ..hasty(at(good)) }
    };
    bench.probe("a proxy that says nothing", through(silent_at)).await;
    let connecting = answer(listen("127.0.0.1:0").await, move |_, mut stream| async move {
        crate::bench::read_head(&mut stream).await?;
        let mut far = TcpStream::connect(good).await.ok()?;
        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.ok()?;
        tokio::io::copy_bidirectional(&mut stream, &mut far).await.ok()?;
        None
    });
    let name = "a proxy that connects us (near miss of proxy.timeout, proxy.refused, proxy.auth)";
    bench.probe(name, through(connecting)).await;
    drop(silent);
}

async fn quic(bench: &mut Bench) {
    let udp = |address: SocketAddr| hasty(target(&format!("h3://{HOST}@{address}")));
    let bind = || async { UdpSocket::bind("127.0.0.1:0").await.expect("a port") };
    let silent = bind().await;
    let name = "a UDP port that says nothing (near miss of quic.refused, quic.version)";
    bench.probe(name, udp(silent.local_addr().expect("an address"))).await;
    let gone = bind().await.local_addr().expect("an address");
    bench.probe("a closed UDP port (near miss of quic.no_answer)", udp(gone)).await;
    let other = bind().await;
    let address = other.local_addr().expect("an address");
    tokio::spawn(async move {
        let mut packet = [0; 2048];
        while let Ok((length, from)) = other.recv_from(&mut packet).await {
            let Some(reply) = other_versions(&packet[..length]) else { continue };
            let _ = other.send_to(&reply, from).await;
        }
    });
    bench.probe("QUIC of versions that nobody else has", udp(address)).await;
}

/// Version Negotiation (RFC 9000 section 17.2.1): the identifiers change places.
fn other_versions(packet: &[u8]) -> Option<Vec<u8>> {
    let to_length = usize::from(*packet.get(5)?);
    let to = packet.get(6..6 + to_length)?;
    let from_length = usize::from(*packet.get(6 + to_length)?);
    let from = packet.get(7 + to_length..7 + to_length + from_length)?;
    let id = |id: &[u8]| [&[u8::try_from(id.len()).unwrap_or_default()], id].concat();
    Some([&[0xC0, 0, 0, 0, 0][..], &id(from), &id(to), &[0x0A, 0x1A, 0x2A, 0x3A, 0xFF, 0, 0, 0x99]].concat())
}

//! The lab's own proxies: `CONNECT` and SOCKS 5 on loopback, to loopback only.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::TcpStream;

use super::plan::Relay;

/// Bytes of one request; clients of the lab need no more.
const MOST_REQUEST: usize = 2048;

/// Treats one connection to the proxy.
pub(super) async fn relay(relay: Relay, mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let far = match relay {
        Relay::Http => http(&mut stream).await?,
        Relay::Socks5 => socks(&mut stream).await?,
        Relay::Forbids => return refuse(&mut stream, "403 Forbidden by the lab's rules").await,
        Relay::WantsLogin => return refuse(&mut stream, "407 Proxy Authentication Required").await,
    };
    match far {
        Some(mut far) => copy_bidirectional(&mut stream, &mut far).await.map(|_| ()),
        None => stream.shutdown().await,
    }
}

async fn http(stream: &mut TcpStream) -> io::Result<Option<TcpStream>> {
    let request = request(stream).await?;
    let place = request.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()?.parse().ok());
    let (answer, far) = match connect(place).await {
        Ok(far) => ("200 Connection established", Some(far)),
        Err(_) => ("502 Bad Gateway", None),
    };
    stream.write_all(format!("HTTP/1.1 {answer}\r\n\r\n").as_bytes()).await?;
    Ok(far)
}

async fn refuse(stream: &mut TcpStream, answer: &str) -> io::Result<()> {
    request(stream).await?;
    let head = format!("HTTP/1.1 {answer}\r\nProxy-Authenticate: Basic realm=\"lab\"\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    stream.shutdown().await
}

/// The request up to its empty line; no byte behind it is taken.
async fn request(stream: &mut TcpStream) -> io::Result<String> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        if request.len() >= MOST_REQUEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        request.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&request).into_owned())
}

/// RFC 1928: any client, to IPv4 addresses.
async fn socks(stream: &mut TcpStream) -> io::Result<Option<TcpStream>> {
    let methods = [stream.read_u8().await?, stream.read_u8().await?][1];
    stream.read_exact(&mut vec![0; usize::from(methods)]).await?;
    stream.write_all(&[5, 0]).await?;
    let mut request = [0; 10];
    stream.read_exact(&mut request).await?;
    let [5, 1, _, 1, a, b, c, d, high, low] = request else { return Ok(None) };
    let place = SocketAddr::from((Ipv4Addr::new(a, b, c, d), u16::from_be_bytes([high, low])));
    let far = connect(Some(place)).await.ok();
    let code = if far.is_some() { 0 } else { 5 };
    stream.write_all(&[5, code, 0, 1, 127, 0, 0, 1, 0, 0]).await?;
    Ok(far)
}

/// Nothing leaves this machine.
async fn connect(place: Option<SocketAddr>) -> io::Result<TcpStream> {
    match place {
        Some(place) if place.ip().is_loopback() => {
            let far = TcpStream::connect(place).await?;
            far.set_nodelay(true)?;
            Ok(far)
        }
        _ => Err(io::ErrorKind::PermissionDenied.into()),
    }
}

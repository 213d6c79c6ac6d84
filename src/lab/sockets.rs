//! Sockets of members: several addresses on one port, and ports that go on refusing.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use socket2::{Domain, Socket, Type};
use tokio::net::TcpListener;

use super::plan::Plan;

/// How many ports are tried until one is free on all addresses of a member.
const PORT_ATTEMPTS: usize = 16;
/// Any port of it.
pub(super) const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// Connections the system holds until they are accepted.
const BACKLOG: i32 = 512;

/// One socket per address, all on one port where the system has the addresses.
pub(super) fn bind_all(plan: &Plan) -> io::Result<Vec<(Socket, SocketAddr)>> {
    let mut attempt = bind_on_one_port(plan);
    for _ in 1..PORT_ATTEMPTS {
        match &attempt {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => attempt = bind_on_one_port(plan),
            _ => break,
        }
    }
    attempt
}

fn bind_on_one_port(plan: &Plan) -> io::Result<Vec<(Socket, SocketAddr)>> {
    let mut sockets: Vec<(Socket, SocketAddr)> = Vec::new();
    for index in 0..plan.nodes.count {
        let port = sockets.first().map_or(0, |(_, address)| address.port());
        let ip = Ipv4Addr::new(127, 0, 0, plan.nodes.first + index);
        let bound = match bind((ip, port).into()) {
            Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => bind(LOOPBACK),
            other => other,
        };
        sockets.push(bound?);
    }
    Ok(sockets)
}

pub(super) fn bind(address: SocketAddr) -> io::Result<(Socket, SocketAddr)> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    let bound = socket.local_addr()?.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?;
    Ok((socket, bound))
}

pub(super) fn listen(socket: Socket) -> io::Result<TcpListener> {
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

//! The TCP connection.

use std::io;
use std::net::SocketAddr;

use rustix::io::Errno;
use tokio::net::TcpStream;

use crate::model::FailureKind;

/// Connects without Nagle's delay, which would add 40 ms of waiting to some handshakes.
pub(super) async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// What a failed connect, read or write tells.
pub(super) fn failure_kind(error: &io::Error) -> FailureKind {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => return FailureKind::Closed,
        io::ErrorKind::TimedOut => return FailureKind::TimedOut,
        _ => (),
    }
    match Errno::from_io_error(error) {
        Some(Errno::CONNREFUSED) => FailureKind::Refused,
        Some(Errno::CONNRESET | Errno::CONNABORTED) => FailureKind::Reset,
        // Writing to a peer that has closed and forgotten the connection.
        Some(Errno::PIPE | Errno::NOTCONN) => FailureKind::Closed,
        // A router's administrative prohibition arrives as EACCES or EHOSTUNREACH; a local filter's as EPERM.
        Some(Errno::HOSTUNREACH | Errno::HOSTDOWN | Errno::ACCESS) => FailureKind::Unreachable,
        // ENETUNREACH and ENETDOWN (our own routes: the endpoint is not to blame), EMFILE, ENFILE, ENOBUFS,
        // EADDRNOTAVAIL, and whatever else only this machine can explain.
        _ => FailureKind::Local,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_errors_are_told_apart() {
        let cases = [
            (Errno::CONNREFUSED, FailureKind::Refused),
            (Errno::CONNRESET, FailureKind::Reset),
            (Errno::HOSTUNREACH, FailureKind::Unreachable),
            (Errno::NETUNREACH, FailureKind::Local),
            (Errno::NETDOWN, FailureKind::Local),
            (Errno::TIMEDOUT, FailureKind::TimedOut),
            (Errno::PIPE, FailureKind::Closed),
            (Errno::MFILE, FailureKind::Local),
            (Errno::NFILE, FailureKind::Local),
            (Errno::NOBUFS, FailureKind::Local),
            (Errno::ADDRNOTAVAIL, FailureKind::Local),
        ];
        for (errno, kind) in cases {
            assert_eq!(failure_kind(&errno.into()), kind, "{errno:?}");
        }
    }
}

//! TLS inside the packets of another protocol: SQL Server's handshake ([MS-TDS] section 2.2.6.5).

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Wraps what is written into pre-login packets; unwraps what is read where it is wrapped.
///
/// A server stops wrapping when the handshake is over, and no packet type is a TLS content type: the first byte tells.
/// After the handshake only a goodbye is written here; that it is wrapped as well hurts nobody.
#[derive(Debug)]
pub(in crate::probe) struct Packets<S> {
    stream: S,
    /// The header of the packet that is being read, and how much of it came.
    header: [u8; HEADER],
    header_have: usize,
    /// Bytes of the packet's body yet to come.
    body_left: usize,
    /// TLS without packets from here on.
    bare: bool,
    /// Bytes of a packet that are not written yet.
    unsent: Vec<u8>,
}

const HEADER: usize = 8;
const PRELOGIN: u8 = 0x12;
const RESPONSE: u8 = 0x04;
/// What servers accept before a larger size is agreed on.
const MOST_PACKET: usize = 4096;

impl<S> Packets<S> {
    pub(in crate::probe) const fn new(stream: S) -> Self {
        Self { stream, header: [0; HEADER], header_have: 0, body_left: 0, bare: false, unsent: Vec::new() }
    }

    /// Takes what is complete of a packet's header.
    fn open(&mut self) -> io::Result<()> {
        self.header_have = 0;
        let length = usize::from(u16::from_be_bytes([self.header[2], self.header[3]]));
        self.body_left = length.checked_sub(HEADER).ok_or_else(|| wrong("a packet is shorter than its header"))?;
        Ok(())
    }
}

fn wrong(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

impl<S: AsyncRead + Unpin> AsyncRead for Packets<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        while !this.bare && this.body_left == 0 {
            let have = this.header_have;
            // Byte by byte up to the first, which tells; no byte behind the header is taken.
            let until = if have == 0 { 1 } else { HEADER };
            let mut rest = ReadBuf::new(&mut this.header[have..until]);
            ready!(Pin::new(&mut this.stream).poll_read(cx, &mut rest))?;
            let count = rest.filled().len();
            if count == 0 {
                return Poll::Ready(Ok(()));
            }
            this.header_have += count;
            if !matches!(this.header[0], PRELOGIN | RESPONSE) {
                this.bare = true;
                buf.put_slice(&this.header[..1]);
                return Poll::Ready(Ok(()));
            }
            if this.header_have == HEADER {
                this.open()?;
            }
        }
        if this.bare {
            return Pin::new(&mut this.stream).poll_read(cx, buf);
        }
        let room = buf.remaining().min(this.body_left);
        let mut body = ReadBuf::new(buf.initialize_unfilled_to(room));
        ready!(Pin::new(&mut this.stream).poll_read(cx, &mut body))?;
        let count = body.filled().len();
        this.body_left -= count;
        buf.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> Packets<S> {
    fn poll_unsent(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.unsent.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.unsent))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.unsent.drain(..written);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Packets<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_unsent(cx))?;
        for (index, part) in bytes.chunks(MOST_PACKET - HEADER).enumerate() {
            let is_last = (index + 1) * (MOST_PACKET - HEADER) >= bytes.len();
            let length = u16::try_from(part.len() + HEADER).unwrap_or(u16::MAX).to_be_bytes();
            let number = u8::try_from(index % 256).unwrap_or_default();
            self.unsent.extend([PRELOGIN, is_last.into(), length[0], length[1], 0, 0, number, 0]);
            self.unsent.extend_from_slice(part);
        }
        // What is not written now goes with the next write or flush.
        match self.poll_unsent(cx)? {
            Poll::Ready(()) | Poll::Pending => Poll::Ready(Ok(bytes.len())),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_unsent(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_unsent(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

//! What a connection of a survey heard, and when the address seems to have had enough of them.
//!
//! A server may refuse a strange hello by a reset, and may refuse *us* by one. What tells the two apart is
//! the same ordinary handshake at once: refused as well, it is our number and not our question.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::model::{Failure, FailureKind, Phase, Untrusted};
use crate::probe::transport::Transport;

/// What the connections of one survey came to, taken together.
#[derive(Debug, Default)]
pub(super) struct Rapport(Mutex<State>);

#[derive(Debug)]
struct State {
    /// Connections that were answered: before the first, nothing can be our doing.
    answered: u32,
    /// Turned away since the last that was answered.
    rebuffs: u32,
    /// Connections that could not be made since then.
    unconnected: u32,
    /// So many raise the suspicion.
    suspicious: u32,
    enough: Option<Untrusted>,
}

impl Default for State {
    fn default() -> Self {
        Self { answered: 0, rebuffs: 0, unconnected: 0, suspicious: Rapport::SUSPICIOUS, enough: None }
    }
}

impl Rapport {
    /// Connections in a row that cannot be made, where one can fail by chance.
    const UNCONNECTED: u32 = 2;
    /// Turned away in a row, after which one more ordinary handshake is tried.
    const SUSPICIOUS: u32 = 3;

    /// Why nothing more is to be asked.
    pub(super) fn enough(&self) -> Option<Untrusted> {
        self.state().enough.clone()
    }

    /// From here on nothing is to be asked; the first reason stands.
    pub(super) fn stop(&self, why: &str) {
        self.state().enough.get_or_insert_with(|| Untrusted::new(why));
    }

    /// Told so over a connection that was answered itself: it takes another one before.
    pub(super) fn turned_away(&self, why: &str) {
        let mut state = self.state();
        if state.answered > 1 {
            let why = format!("after {} connections were served: {why}", state.answered - 1);
            state.enough.get_or_insert_with(|| Untrusted::new(&why));
        }
    }

    /// Whether so many were turned away that it may be our number; says so to one only, who finds out.
    pub(super) fn suspects(&self) -> bool {
        let mut state = self.state();
        let suspects = state.answered > 0 && state.rebuffs >= state.suspicious && state.enough.is_none();
        if suspects {
            // Whatever comes of it, the next suspicion needs more: there are servers that refuse by reset.
            (state.rebuffs, state.suspicious) = (0, state.suspicious.saturating_mul(2));
        }
        suspects
    }

    /// There is no stream for a question where there were some before: it has nothing to do with the question.
    pub(super) fn unopened(&self, failure: &Failure) {
        let mut state = self.state();
        if state.answered == 0 || state.enough.is_some() {
            return;
        }
        // SMTP and FTP (RFC 5321 section 3.8, RFC 959): the service is not available, so many connections are.
        if let FailureKind::Rejected { reply } = &failure.kind
            && failure.phase == Phase::Starttls
            && reply.as_str().starts_with("421")
        {
            state.enough = Some(Untrusted::new(&format!("after earlier connections were served: {reply}")));
            return;
        }
        let is_away = matches!(failure.kind, FailureKind::Refused | FailureKind::Reset | FailureKind::TimedOut);
        if failure.phase != Phase::Tcp || !is_away {
            return;
        }
        state.unconnected += 1;
        if state.unconnected >= Self::UNCONNECTED {
            let why =
                format!("connections fail after earlier ones of the same survey were answered: {}", failure.detail);
            state.enough = Some(Untrusted::new(&why));
        }
    }

    fn answered(&self) {
        let mut state = self.state();
        (state.answered, state.rebuffs, state.unconnected) = (state.answered.saturating_add(1), 0, 0);
    }

    fn rebuffed(&self) {
        self.state().rebuffs += 1;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream that tells whether it was answered or turned away without a byte.
#[derive(Debug)]
pub(in crate::probe) struct Heard {
    stream: Transport,
    rapport: Arc<Rapport>,
    is_told: bool,
}

impl Heard {
    pub(super) const fn new(stream: Transport, rapport: Arc<Rapport>) -> Self {
        Self { stream, rapport, is_told: false }
    }
}

impl AsyncRead for Heard {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let (before, room) = (buf.filled().len(), buf.remaining());
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        if let Poll::Ready(result) = &polled
            && !self.is_told
            && room > 0
        {
            self.is_told = true;
            match result {
                Ok(()) if buf.filled().len() > before => self.rapport.answered(),
                Ok(()) | Err(_) => self.rapport.rebuffed(),
            }
        }
        polled
    }
}

impl AsyncWrite for Heard {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
#[path = "ear_tests.rs"]
mod tests;

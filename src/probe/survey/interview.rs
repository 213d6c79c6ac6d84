//! The conversation partner of every question: connections to one address, counted and few at a time.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout_at};

use crate::model::{Observation, Target, Unasked, Untrusted};
use crate::probe::fetch::Chase;
use crate::probe::prober::Inner;
use crate::probe::transport::{Transport, Unopened};

/// One address under survey. Questions run side by side; what they share is here.
#[derive(Debug)]
pub(in crate::probe) struct Interview<'a> {
    /// What all probes share.
    pub(in crate::probe) inner: &'a Inner,
    /// Whose address it is.
    pub(in crate::probe) target: &'a Arc<Target>,
    /// The address.
    pub(in crate::probe) address: SocketAddr,
    /// The handshake that came first.
    pub(in crate::probe) seen: &'a Observation,
    /// The end of the whole survey.
    pub(in crate::probe) deadline: Instant,
    /// Other addresses of the same name, a few.
    siblings: Vec<SocketAddr>,
    /// Issuers that were not sent, once a question has asked for them.
    pub(super) chase: OnceCell<Chase>,
    lanes: Semaphore,
    /// Connections made.
    spent: AtomicU32,
    /// Connections that may be made.
    budget: u32,
    unasked: Mutex<Vec<Unasked>>,
}

/// A connection of the survey; it holds one of the few places.
#[derive(Debug)]
pub(in crate::probe) struct Line<'a> {
    /// Connected, its upgrade done: TLS is next.
    pub(in crate::probe) stream: Transport,
    /// When this question must be over.
    pub(in crate::probe) deadline: Instant,
    /// One of the few; to be held as long as the connection.
    pub(in crate::probe) place: Place<'a>,
}

/// The right to one connection at a time.
pub(in crate::probe) type Place<'a> = SemaphorePermit<'a>;

/// Why there is no connection.
#[derive(Debug)]
pub(in crate::probe) enum NotOpened {
    /// A limit of ours.
    Ours(&'static str),
    /// The network or the server.
    Theirs(Unopened),
}

impl NotOpened {
    /// In words.
    pub(in crate::probe) fn words(&self) -> Untrusted {
        match self {
            Self::Ours(limit) => Untrusted::new(limit),
            Self::Theirs(unopened) => unopened.failure.detail.clone(),
        }
    }
}

impl<'a> Interview<'a> {
    /// Connections at a time: more would look like an attack, fewer would take too long.
    const LANES: usize = 2;
    /// Siblings asked: enough to see whether sessions are shared.
    const MOST_SIBLINGS: usize = 3;

    pub(in crate::probe) fn new(
        inner: &'a Inner,
        target: &'a Arc<Target>,
        seen: &'a Observation,
        siblings: &[SocketAddr],
        (deadline, budget): (Instant, u32),
    ) -> Self {
        let address = seen.key.address;
        let mut siblings: Vec<SocketAddr> = siblings.iter().filter(|sibling| **sibling != address).copied().collect();
        // One of the other family must be among the few.
        if let Some(at) = siblings.iter().position(|sibling| sibling.is_ipv4() != address.is_ipv4()) {
            siblings.swap(0, at);
        }
        siblings.truncate(Self::MOST_SIBLINGS);
        Self {
            inner,
            target,
            address,
            seen,
            deadline,
            siblings,
            chase: OnceCell::new(),
            lanes: Semaphore::new(Self::LANES),
            spent: AtomicU32::new(0),
            budget,
            unasked: Mutex::default(),
        }
    }

    /// One more connection, as soon as there is a place for it.
    pub(in crate::probe) async fn open(&self) -> Result<Line<'_>, NotOpened> {
        self.open_at(self.address).await
    }

    /// The same at another address of the name.
    pub(in crate::probe) async fn open_at(&self, address: SocketAddr) -> Result<Line<'_>, NotOpened> {
        let Ok(Ok(place)) = timeout_at(self.deadline, self.lanes.acquire()).await else {
            return Err(NotOpened::Ours("no time left"));
        };
        if self.spent.fetch_add(1, Ordering::Relaxed) >= self.budget {
            self.spent.fetch_sub(1, Ordering::Relaxed);
            return Err(NotOpened::Ours("connection budget used up"));
        }
        let deadline = self.deadline.min(Instant::now() + self.patience());
        let opened = self.inner.dialer.open(self.target, address, deadline).await.map_err(NotOpened::Theirs)?;
        Ok(Line { stream: opened.stream, deadline, place })
    }

    /// Other addresses of the same name, a few.
    pub(in crate::probe) fn siblings(&self) -> &[SocketAddr] {
        &self.siblings
    }

    /// How long one question may wait for its answer.
    pub(in crate::probe) fn patience(&self) -> Duration {
        self.target.timeout
    }

    /// Notes a question that had to be left; once for each reason.
    pub(in crate::probe) fn leave(&self, question: &str, reason: Untrusted) {
        let mut unasked = self.unasked.lock().unwrap_or_else(PoisonError::into_inner);
        let left = Unasked { question: question.into(), reason };
        if !unasked.contains(&left) {
            unasked.push(left);
        }
    }

    /// Connections made, and what was left.
    pub(in crate::probe) fn close(self) -> (u32, Vec<Unasked>) {
        (self.spent.into_inner(), self.unasked.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

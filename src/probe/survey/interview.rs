//! The conversation partner of every question: connections to one address, counted and few at a time.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::ClientConnection;
use rustls_pki_types::ServerName;
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout_at};

use super::ear::{Heard, Rapport};
use crate::model::{Observation, Survey, Target, Unasked, Untrusted};
use crate::probe::fetch::Chase;
use crate::probe::handshake::{Broken, Conversation, configure};
use crate::probe::limiter::Seat;
use crate::probe::prober::Inner;
use crate::probe::recorder::Recorder;
use crate::probe::transport::Unopened;

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
    rapport: Arc<Rapport>,
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
    pub(in crate::probe) stream: Heard,
    /// When this question must be over.
    pub(in crate::probe) deadline: Instant,
    /// One of the few; to be held as long as the connection.
    pub(in crate::probe) place: Place<'a>,
}

/// The right to one connection at a time: of this survey, and at its address.
#[derive(Debug)]
pub(in crate::probe) struct Place<'a> {
    _lane: SemaphorePermit<'a>,
    _seat: Seat<'a>,
}

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
            rapport: Arc::default(),
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
        let Ok(Ok(lane)) = timeout_at(self.deadline, self.lanes.acquire()).await else {
            return Err(NotOpened::Ours("no time left"));
        };
        self.resolve_doubts().await;
        let (stream, seat, deadline) = self.connect(address).await?;
        Ok(Line { stream, deadline, place: Place { _lane: lane, _seat: seat } })
    }

    /// Who has a lane may connect, as soon as the address has a place.
    async fn connect(&self, address: SocketAddr) -> Result<(Heard, Seat<'_>, Instant), NotOpened> {
        let seat = self.seat(address).await?;
        let deadline = self.deadline.min(Instant::now() + self.patience());
        // What happens at siblings says nothing about the address under survey.
        let is_ours = address == self.address;
        let rapport = if is_ours { Arc::clone(&self.rapport) } else { Arc::default() };
        match self.inner.dialer.open(self.target, address, deadline).await {
            Ok(opened) => Ok((Heard::new(opened.stream, rapport), seat, deadline)),
            Err(unopened) => {
                rapport.unopened(&unopened.failure);
                Err(NotOpened::Theirs(unopened))
            }
        }
    }

    /// The place of one more connection at an address, counted.
    async fn seat(&self, address: SocketAddr) -> Result<Seat<'_>, NotOpened> {
        if self.rapport.enough().is_some() {
            return Err(NotOpened::Ours("the address had enough of us"));
        }
        if self.spent.fetch_add(1, Ordering::Relaxed) >= self.budget {
            self.spent.fetch_sub(1, Ordering::Relaxed);
            return Err(NotOpened::Ours("connection budget used up"));
        }
        self.inner.limiter.question(address, self.deadline).await.map_err(|limit| {
            self.spent.fetch_sub(1, Ordering::Relaxed);
            NotOpened::Ours(limit)
        })
    }

    /// The right to one more connection that is not over TCP; it counts like the others.
    pub(in crate::probe) async fn place(&self) -> Result<Place<'_>, NotOpened> {
        let Ok(Ok(lane)) = timeout_at(self.deadline, self.lanes.acquire()).await else {
            return Err(NotOpened::Ours("no time left"));
        };
        Ok(Place { _lane: lane, _seat: self.seat(self.address).await? })
    }

    /// Where many were turned away, finds out whether it is our number.
    pub(in crate::probe) async fn resolve_doubts(&self) {
        // Where the handshake itself fails there is nothing to compare with.
        if self.seen.is_handshake() && self.rapport.suspects() {
            self.find_out().await;
        }
    }

    /// Many were turned away: the handshake of every probe, at once, tells whether it is our number or the question.
    async fn find_out(&self) {
        let recorder = Arc::new(Recorder::new(Arc::clone(&self.inner.certificates), self.inner.algorithms));
        let config = configure(self.inner.builder.clone(), &recorder, &self.target.alpn);
        let Ok(name) = ServerName::try_from(self.target.verified_name()) else { return };
        let Ok(tls) = ClientConnection::new(Arc::new(config), name) else { return };
        let Ok((stream, _seat, deadline)) = self.connect(self.address).await else { return };
        let mut talk = Conversation::new(stream, tls);
        let shaken = timeout_at(deadline, talk.handshake()).await;
        if talk.wire.received == 0 && matches!(shaken, Ok(Err(Broken::Closed | Broken::Io(_)))) {
            self.stop("after many connections even the handshake that was answered before is turned away");
        }
    }

    /// Asks nothing more: the address seems to have had enough of us.
    pub(in crate::probe) fn stop(&self, why: &str) {
        self.rapport.stop(why);
    }

    /// The server says in its own protocol that we ask too much: believed where it served earlier connections of ours.
    pub(in crate::probe) fn turned_away(&self, why: &str) {
        self.rapport.turned_away(why);
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

    /// Notes in the survey what it cost, what was left, and why it was stopped, if it was.
    pub(in crate::probe) fn close(self, survey: &mut Survey) {
        survey.connections = self.spent.into_inner();
        survey.unasked = self.unasked.into_inner().unwrap_or_else(PoisonError::into_inner);
        survey.throttled = self.rapport.enough();
    }
}

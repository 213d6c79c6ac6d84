//! The session store of one handshake: what is offered, and what was given.

use std::sync::{Mutex, PoisonError};

use rustls::NamedGroup;
use rustls::client::{ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls_pki_types::ServerName;

/// A session to take up. Sessions of TLS 1.3 are for one use each.
#[derive(Debug)]
pub(super) enum Session {
    Tls12(Tls12ClientSessionValue),
    Tls13(Tls13ClientSessionValue),
}

impl Session {
    /// Bytes of early data the server offers to take.
    pub(super) fn early_data(&self) -> Option<u32> {
        match self {
            Self::Tls12(_) => None,
            Self::Tls13(session) => Some(session.max_early_data_size()).filter(|size| *size > 0),
        }
    }
}

/// For one handshake with one server, whatever its name.
#[derive(Debug)]
pub(super) struct Purse {
    offer: Mutex<Option<Session>>,
    given: Mutex<Vec<Session>>,
}

impl Purse {
    /// Servers send one or two tickets; who sends a flood is not asked about the rest.
    const MOST: usize = 4;

    pub(super) fn new(offer: Option<Session>) -> Self {
        Self { offer: Mutex::new(offer), given: Mutex::default() }
    }

    /// What the server gave; leaves nothing behind.
    pub(super) fn received(&self) -> Vec<Session> {
        std::mem::take(&mut *self.given.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn receive(&self, session: Session) {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        if given.len() < Self::MOST {
            given.push(session);
        }
    }

    fn offer(&self) -> std::sync::MutexGuard<'_, Option<Session>> {
        self.offer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientSessionStore for Purse {
    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    fn set_tls12_session(&self, _: ServerName<'static>, session: Tls12ClientSessionValue) {
        self.receive(Session::Tls12(session));
    }

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        match &*self.offer() {
            Some(Session::Tls12(session)) => Some(session.clone()),
            Some(Session::Tls13(_)) | None => None,
        }
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _: ServerName<'static>, session: Tls13ClientSessionValue) {
        self.receive(Session::Tls13(session));
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        let mut offer = self.offer();
        match offer.take() {
            Some(Session::Tls13(session)) => Some(session),
            other => {
                *offer = other;
                None
            }
        }
    }
}

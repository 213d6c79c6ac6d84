//! Whether sessions can be taken up again, here and at the other addresses of the name, and whether early data is taken.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::{self, ClientConfig, Tls12Resumption};
use rustls::version::{TLS12, TLS13};
use rustls::{HandshakeKind, ProtocolVersion};
use tokio::time::{Instant, timeout_at};

use super::Interview;
use super::call::{Uncalled, call, only};
use super::purse::{Purse, Session};
use crate::model::{Resumption, Sessions, TlsVersion, Untrusted};
use crate::probe::handshake::configure;
use crate::probe::recorder::Recorder;

const QUESTION: &str = "sessions";

/// All ways, then the first that works at the siblings.
pub(super) async fn ask(interview: &Interview<'_>) -> Sessions {
    let mut ticket = Trial::new(interview, Way::Ticket).await;
    let mut legacy_ticket = Trial::new(interview, Way::LegacyTicket).await;
    let mut session_id = Trial::new(interview, Way::SessionId).await;
    let legacy = async {
        let by_ticket = legacy_ticket.run().await;
        // One refusal of the version is enough.
        let by_id = if by_ticket.is_some() { session_id.run().await } else { None };
        (by_ticket, by_id)
    };
    let (by_ticket, (by_legacy_ticket, by_id)) = tokio::join!(ticket.run(), legacy);
    let early_data = ticket.early_data;
    let tried = [(&by_ticket, ticket), (&by_legacy_ticket, legacy_ticket), (&by_id, session_id)];
    let working = tried.into_iter().find(|(result, _)| **result == Some(Resumption::Works));
    let elsewhere = match working {
        Some((_, trial)) => trial.elsewhere().await,
        None => Vec::new(),
    };
    Sessions { ticket: by_ticket, legacy_ticket: by_legacy_ticket, session_id: by_id, elsewhere, early_data }
}

/// How a session is taken up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Ticket,
    LegacyTicket,
    SessionId,
}

/// One way, tried at one server and then at others.
struct Trial<'a> {
    interview: &'a Interview<'a>,
    way: Way,
    /// The same for all visits: the library takes up sessions under the same verifier only.
    recorder: Arc<Recorder>,
    /// Sessions of the address under survey that were not offered yet.
    sessions: Vec<Session>,
    early_data: Option<u32>,
}

/// A completed visit.
struct Visit {
    resumed: bool,
    sessions: Vec<Session>,
}

impl<'a> Trial<'a> {
    /// How long to wait for tickets: they come within a round trip, but not faster than a busy server works.
    const SHORTEST_LISTEN: Duration = Duration::from_millis(5);
    const LONGEST_LISTEN: Duration = Duration::from_millis(300);

    async fn new(interview: &'a Interview<'a>, way: Way) -> Self {
        let recorder = interview.inner.recorder(interview.target).await;
        Self { interview, way, recorder, sessions: Vec::new(), early_data: None }
    }

    /// Tries it at the address under survey; `None` where its version is not spoken.
    async fn run(&mut self) -> Option<Resumption> {
        let speaks_tls13 = self.interview.seen.handshake.as_ref()?.version == Some(TlsVersion(0x0304));
        if self.way == Way::Ticket && !speaks_tls13 {
            return None;
        }
        let home = self.interview.address;
        match self.visit(home, None).await {
            Ok(visit) => self.keep(visit.sessions),
            // Who was content with another version refuses this one.
            Err(Uncalled::Refused(_)) if self.way != Way::Ticket && speaks_tls13 => return None,
            Err(uncalled) => return Some(Resumption::Unknown(uncalled.words().clone())),
        }
        let Some(session) = self.sessions.pop() else { return Some(Resumption::NotOffered) };
        Some(match self.visit(home, Some(session)).await {
            Ok(visit) => self.taken(visit),
            Err(Uncalled::Unknown(words)) => Resumption::Unknown(words),
            Err(Uncalled::Refused(words)) => self.doubt(words).await,
        })
    }

    /// A handshake that failed with a session: only one that fails again, and not without, shows that resumption is broken.
    async fn doubt(&mut self, words: Untrusted) -> Resumption {
        let home = self.interview.address;
        if let Some(session) = self.sessions.pop() {
            match self.visit(home, Some(session)).await {
                Ok(visit) => return self.taken(visit),
                Err(Uncalled::Unknown(words)) => return Resumption::Unknown(words),
                Err(Uncalled::Refused(_)) => (),
            }
        }
        match self.visit(home, None).await {
            Ok(visit) => {
                self.keep(visit.sessions);
                Resumption::Broken(words)
            }
            Err(uncalled) => Resumption::Unknown(uncalled.words().clone()),
        }
    }

    /// A session of the address under survey, at each sibling.
    async fn elsewhere(mut self) -> Vec<(SocketAddr, Resumption)> {
        let mut results = Vec::new();
        for &sibling in self.interview.siblings() {
            if self.sessions.is_empty()
                && let Ok(visit) = self.visit(self.interview.address, None).await
            {
                self.keep(visit.sessions);
            }
            let result = match self.sessions.pop() {
                None => Resumption::NotOffered,
                Some(session) => match self.visit(sibling, Some(session)).await {
                    Ok(visit) if visit.resumed => Resumption::Works,
                    Ok(_) => Resumption::Refused,
                    Err(Uncalled::Unknown(words)) => Resumption::Unknown(words),
                    Err(Uncalled::Refused(words)) => match self.visit(sibling, None).await {
                        Ok(_) => Resumption::Broken(words),
                        Err(uncalled) => Resumption::Unknown(uncalled.words().clone()),
                    },
                },
            };
            results.push((sibling, result));
        }
        results
    }

    fn taken(&mut self, visit: Visit) -> Resumption {
        self.keep(visit.sessions);
        if visit.resumed { Resumption::Works } else { Resumption::Refused }
    }

    fn keep(&mut self, sessions: Vec<Session>) {
        let offered = sessions.iter().filter_map(Session::early_data).max();
        self.early_data = self.early_data.max(offered);
        self.sessions.extend(sessions);
    }

    /// One handshake, with a session or without, and a clean end: some servers forget sessions that end otherwise.
    async fn visit(&self, address: SocketAddr, offer: Option<Session>) -> Result<Visit, Uncalled> {
        let purse = Arc::new(Purse::new(offer));
        let mut call = call(self.interview, QUESTION, address, self.config(&purse)?).await?;
        let resumed = call.talk.tls.handshake_kind() == Some(HandshakeKind::Resumed);
        if call.talk.tls.protocol_version() == Some(ProtocolVersion::TLSv1_3) {
            let round_trip = self.interview.seen.timings.tcp.unwrap_or_default() * 3 / 2;
            let window = Instant::now() + round_trip.clamp(Self::SHORTEST_LISTEN, Self::LONGEST_LISTEN);
            let _ = timeout_at(window.min(call.deadline), call.talk.listen(false)).await;
        }
        let has_ticket = call.talk.wire.has_ticket();
        let _ = timeout_at(call.deadline, call.talk.close()).await;
        let is_of_way = self.way != Way::LegacyTicket || has_ticket || resumed;
        Ok(Visit { resumed, sessions: if is_of_way { purse.received() } else { Vec::new() } })
    }

    fn config(&self, purse: &Arc<Purse>) -> Result<ClientConfig, Uncalled> {
        let inner = self.interview.inner;
        let (version, tls12) = match self.way {
            Way::Ticket => (&TLS13, Tls12Resumption::Disabled),
            Way::LegacyTicket => (&TLS12, Tls12Resumption::SessionIdOrTickets),
            Way::SessionId => (&TLS12, Tls12Resumption::SessionIdOnly),
        };
        let mut config = configure(only(inner, version)?, &self.recorder, &self.interview.target.alpn);
        let store: Arc<dyn client::ClientSessionStore> = Arc::clone(purse) as _;
        config.resumption = client::Resumption::store(store).tls12_resumption(tls12);
        Ok(config)
    }
}

#[cfg(test)]
#[path = "sessions_tests.rs"]
mod tests;

//! One probe, phase by phase, under one deadline.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::ClientConfig;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::{ClientConnection, ConfigBuilder, ProtocolVersion, WantsVerifier};
use rustls_pki_types::ServerName;
use tokio::time::{Instant, timeout_at};

use super::certificates::{Certificates, ReadChain};
use super::failure;
use super::fetch::Fetcher;
use super::handshake::{Broken, Conversation, configure};
use super::identity::Identities;
use super::limiter::Limiter;
use super::recorder::{Heard, Recorder};
use super::records::Records;
use super::resolver::Resolver;
use super::settings::{ProbeError, Settings};
use super::stores::TrustStores;
use super::survey;
use super::transport::{Dialer, Opened, Transport, Unopened, Way};
use super::trust::Judge;
use super::wrong_mode;
use crate::model::{
    AddressKey, CipherSuite, ClientAuth, Clock, Failure, FailureKind, Handshake, HandshakeKind, NamedGroup,
    Observation, Outcome, Passage, Peer, Phase, Protocol, Resolution, SignatureScheme, Survey, SurveyReason, Target,
    Time, Timings, TlsVersion, Untrusted, Upgrade, human_duration,
};

/// Looks at targets. Cheap to clone; all clones share what was learned about certificates.
#[derive(Clone, Debug)]
pub struct Prober {
    inner: Arc<Inner>,
}

/// What all probes and surveys share.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) resolver: Arc<Resolver>,
    pub(super) records: Records,
    pub(super) fetcher: Fetcher,
    pub(super) dialer: Dialer,
    pub(super) limiter: Limiter,
    pub(super) certificates: Arc<Certificates>,
    pub(super) judge: Judge,
    pub(super) builder: ConfigBuilder<ClientConfig, WantsVerifier>,
    pub(super) algorithms: WebPkiSupportedAlgorithms,
    pub(super) identities: Identities,
    pub(super) clock: Arc<dyn Clock>,
}

impl Inner {
    /// For one handshake with a target: who asks is presented what the target is configured with.
    pub(super) async fn recorder(&self, target: &Target) -> Arc<Recorder> {
        let recorder = Recorder::new(Arc::clone(&self.certificates), self.algorithms);
        Arc::new(recorder.presenting(self.identities.of(target).await))
    }
}

impl Prober {
    /// Sets up name look-up and TLS.
    ///
    /// A system without usable DNS configuration is no error yet, as targets may do without:
    /// see [`Prober::check_resolver`].
    pub fn new(settings: &Settings, stores: TrustStores, clock: Arc<dyn Clock>) -> Result<Self, ProbeError> {
        let provider: CryptoProvider = rustls::crypto::aws_lc_rs::default_provider();
        let algorithms = provider.signature_verification_algorithms;
        let resolver = Arc::new(Resolver::new(settings)?);
        let inner = Inner {
            fetcher: Fetcher::new(settings, Arc::clone(&resolver), Arc::clone(&clock)),
            dialer: Dialer::new(Arc::clone(&resolver)),
            resolver,
            limiter: Limiter::new(settings.per_address, settings.connections_per_minute),
            records: Records::default(),
            certificates: Arc::default(),
            judge: Judge::new(stores),
            builder: ClientConfig::builder_with_provider(Arc::new(provider)).with_safe_default_protocol_versions()?,
            algorithms,
            identities: Identities::load(&settings.clients, settings.client_password.as_ref())?,
            clock,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Whether names can be looked up; to be asked when a target has one that is neither pinned nor in a hosts file.
    pub fn check_resolver(&self) -> Result<(), ProbeError> {
        self.inner.resolver.check()
    }

    /// Looks up a target's addresses within its timeout.
    pub async fn resolve(&self, target: &Arc<Target>) -> Resolution {
        self.inner.resolver.resolve(target, self.inner.clock.now(), deadline(target)).await
    }

    /// Probes one address of a target within its timeout. Where a survey holds all connections it may have to the
    /// address, that begins when there is room, which takes no longer than once more the timeout.
    pub async fn probe(&self, target: &Arc<Target>, address: SocketAddr) -> Observation {
        let seat = self.inner.limiter.probe(address, target.timeout).await;
        let key = AddressKey { target: target.id, address };
        let Some(_seat) = seat else { return crowded_out(key, self.inner.clock.now()) };
        let begun = Instant::now();
        let at = self.inner.clock.now();
        let attempt = Attempt { inner: &self.inner, at, deadline: deadline(target) };
        let first = attempt.look(target, address).await;
        let Look { outcome, proxy, upgrade, handshake, timings } = attempt.look_again(target, address, first).await;
        let timings = Timings { total: begun.elapsed(), ..timings };
        Observation { key, at, outcome, timings, proxy, upgrade, handshake }
    }

    /// Asks everything that one handshake does not show, of the address that was probed last by `seen`.
    ///
    /// `siblings` are the other addresses of the target: sessions are tried at a few of them.
    pub async fn survey(
        &self,
        target: &Arc<Target>,
        seen: &Observation,
        siblings: &[SocketAddr],
        reason: SurveyReason,
    ) -> Survey {
        // Many questions at once are much to carry: not on every caller's stack.
        Box::pin(survey::survey(&self.inner, target, seen, siblings, reason)).await
    }
}

/// A probe that found no room beside the questions of a survey: our fault, not the endpoint's.
fn crowded_out(key: AddressKey, at: Time) -> Observation {
    let reason = Untrusted::new("a survey of the address left no room for a probe within its timeout");
    let outcome = Outcome::Skipped { reason };
    Observation { key, at, outcome, timings: Timings::default(), proxy: None, upgrade: None, handshake: None }
}

fn deadline(target: &Target) -> Instant {
    Instant::now() + target.timeout.min(Duration::from_hours(1))
}

pub(super) struct Attempt<'a> {
    pub(super) inner: &'a Inner,
    pub(super) at: Time,
    pub(super) deadline: Instant,
}

/// What one connection showed.
pub(super) struct Look {
    pub(super) outcome: Outcome,
    pub(super) proxy: Option<Arc<Passage>>,
    pub(super) upgrade: Option<Arc<Upgrade>>,
    pub(super) handshake: Option<Handshake>,
    pub(super) timings: Timings,
}

impl Look {
    /// We cannot look at this target.
    pub(super) fn skipped(reason: &str) -> Self {
        let outcome = Outcome::Skipped { reason: Untrusted::new(reason) };
        Self { outcome, proxy: None, upgrade: None, handshake: None, timings: Timings::default() }
    }

    /// It did not come to TLS.
    fn unopened(unopened: Unopened) -> Self {
        let Unopened { failure, way } = unopened;
        let timings = way.timings();
        let Way { proxy, upgrade, .. } = way;
        Self { outcome: Outcome::Failed(failure.into()), proxy, upgrade, handshake: None, timings }
    }
}

/// How the conversation ended.
struct Ending {
    failure: Option<(Phase, FailureKind, Untrusted)>,
    closed_by: Peer,
}

impl Attempt<'_> {
    /// How long to wait for tickets: they come within a round trip, but not faster than a busy server works.
    const SHORTEST_LISTEN: Duration = Duration::from_millis(5);
    /// The same after a request for a certificate, where silence will be taken for consent.
    const SHORTEST_LISTEN_ASKED: Duration = Duration::from_millis(100);
    const LONGEST_LISTEN: Duration = Duration::from_millis(300);

    async fn look(&self, target: &Target, address: SocketAddr) -> Look {
        let verified = target.verified_name();
        let Ok(name) = ServerName::try_from(verified.as_str()) else {
            return Look::skipped(&format!("'{verified}' can be neither sent nor verified as a server name"));
        };
        if target.protocol == Protocol::H3 {
            return Box::pin(self.look_over_quic(target, address, &name.to_owned())).await;
        }
        match self.open(target, address).await {
            Ok(opened) => self.handshake_over(opened, target, &name.to_owned()).await,
            Err(not) => *not,
        }
    }

    /// A connection on which TLS can begin. A peer that leaves half of the time unused before it has agreed to TLS is
    /// asked over a second connection whether it speaks TLS at once: then both keep silent, each waiting for the other.
    async fn open(&self, target: &Target, address: SocketAddr) -> Result<Opened, Box<Look>> {
        let unopened = |unopened| Box::new(Look::unopened(unopened));
        let connected = self.inner.dialer.connect(target, address, self.deadline).await.map_err(unopened)?;
        let (tcp, begun) = (connected.way.tcp, Instant::now());
        let mut upgrading = pin!(connected.upgrade(target, self.deadline));
        let halfway = begun + self.deadline.duration_since(begun) / 2;
        if let Ok(upgraded) = timeout_at(halfway, &mut upgrading).await {
            return upgraded.map_err(unopened);
        }
        let second = tokio::select! {
            biased;
            // Only slow.
            upgraded = &mut upgrading => return upgraded.map_err(unopened),
            second = self.look_as(Protocol::Tls, target, address) => second,
        };
        if second.handshake.is_none() {
            return upgrading.await.map_err(unopened);
        }
        let waited = begun.elapsed();
        let kind = FailureKind::ImplicitTls;
        let detail = format!("silent for {}, yet a ClientHello is answered", human_duration(halfway - begun));
        let failure = Failure { phase: Phase::Starttls, kind, detail: Untrusted::new(&detail), received: 0, sent: 0 };
        let timings = Timings { tcp: Some(tcp), starttls: Some(waited), ..Timings::default() };
        Err(Box::new(Look { outcome: Outcome::Failed(failure.into()), timings, ..second }))
    }

    /// Looks a second time where the peer seems to speak something else than it was asked for: as that.
    async fn look_again(&self, target: &Target, address: SocketAddr, mut first: Look) -> Look {
        let Outcome::Failed(failure) = &mut first.outcome else { return first };
        let Some(suspected) = wrong_mode::suspect(target.protocol, failure).filter(|_| first.handshake.is_none())
        else {
            return first;
        };
        let second = self.look_as(suspected, target, address).await;
        if suspected == Protocol::Tls && second.handshake.is_some() {
            failure.kind = FailureKind::ImplicitTls;
        }
        first.handshake = second.handshake;
        first.upgrade = second.upgrade.or(first.upgrade);
        first
    }

    /// The same place under another protocol.
    async fn look_as(&self, protocol: Protocol, target: &Target, address: SocketAddr) -> Look {
        let other = Target { protocol, ..target.clone() };
        Box::pin(self.look(&other, address)).await
    }

    async fn handshake_over(&self, opened: Opened, target: &Target, name: &ServerName<'static>) -> Look {
        let Opened { stream, way } = opened;
        let recorder = self.inner.recorder(target).await;
        let config = configure(self.inner.builder.clone(), &recorder, &target.alpn);
        let tls = match ClientConnection::new(Arc::new(config), name.clone()) {
            Ok(tls) => tls,
            Err(error) => return Look::skipped(&format!("the TLS library refuses to begin: {error}")),
        };
        let mut timings = way.timings();
        let mut conversation = Conversation::new(stream, tls);
        let (ending, heard) = self.converse(&mut conversation, &recorder, &mut timings).await;
        let (outcome, handshake) = self.conclude(&conversation, ending, heard, name);
        let Way { proxy, upgrade, .. } = way;
        Look { outcome, proxy, upgrade, handshake, timings }
    }

    async fn converse(
        &self,
        talk: &mut Conversation<Transport>,
        recorder: &Recorder,
        timings: &mut Timings,
    ) -> (Ending, Heard) {
        let begun = Instant::now();
        let shaken = timeout_at(self.deadline, talk.handshake()).await;
        timings.tls = Some(begun.elapsed());
        let heard = recorder.take();
        let ending = match shaken {
            Ok(Ok(())) => {
                let round_trip = timings.tcp.unwrap_or_default();
                self.part(talk, heard.client_auth != ClientAuth::None, round_trip).await
            }
            Ok(Err(broken)) => Ending::broken(Phase::Tls, &broken, talk),
            Err(_) => {
                let detail = match talk.wire.received {
                    0 => "no answer to our ClientHello".to_owned(),
                    received => format!("silent after {received} bytes"),
                };
                let failure = (Phase::Tls, FailureKind::TimedOut, Untrusted::new(&detail));
                Ending { failure: Some(failure), closed_by: Peer::Us }
            }
        };
        (ending, heard)
    }

    /// Listens for a round trip where the protocol lets the server refuse us that late (TLS 1.3), then closes.
    async fn part(&self, talk: &mut Conversation<Transport>, asked: bool, round_trip: Duration) -> Ending {
        let mut closed_by = Peer::Us;
        if talk.tls.protocol_version() == Some(ProtocolVersion::TLSv1_3) {
            let shortest = if asked { Self::SHORTEST_LISTEN_ASKED } else { Self::SHORTEST_LISTEN };
            let window = Instant::now() + (round_trip * 3 / 2).clamp(shortest, Self::LONGEST_LISTEN);
            match timeout_at(window.min(self.deadline), talk.listen(asked)).await {
                // Who was not asked for anything has not been refused by a mere hang-up.
                Ok(Err(Broken::Closed | Broken::Io(_))) if !asked => closed_by = Peer::Server,
                Ok(Err(broken)) => return Ending::broken(Phase::Read, &broken, talk),
                Ok(Ok(())) | Err(_) => (),
            }
        }
        let _ = timeout_at(self.deadline, talk.close()).await;
        Ending { failure: None, closed_by }
    }

    fn conclude(
        &self,
        talk: &Conversation<Transport>,
        ending: Ending,
        heard: Heard,
        name: &ServerName<'_>,
    ) -> (Outcome, Option<Handshake>) {
        let (received, sent) = (talk.wire.received, talk.wire.sent);
        let handshake = self.handshake(talk, heard, ending.closed_by, name);
        let outcome = match ending.failure {
            Some((phase, kind, detail)) => Outcome::Failed(Box::new(Failure { phase, kind, detail, received, sent })),
            None => Outcome::Handshake,
        };
        (outcome, handshake)
    }

    /// What the handshake showed; `None` when that is nothing.
    fn handshake(
        &self,
        talk: &Conversation<Transport>,
        heard: Heard,
        closed_by: Peer,
        name: &ServerName<'_>,
    ) -> Option<Handshake> {
        let Conversation { tls, wire, .. } = talk;
        let nothing = tls.protocol_version().is_none() && heard.chain.is_none() && wire.alerts.is_empty();
        if nothing {
            return None;
        }
        let signature_valid = heard.signature.is_some_and(|(_, valid)| valid);
        let judge = |chain: &ReadChain| self.inner.judge.report(&chain.readable, name, signature_valid, self.at);
        let trust = heard.chain.as_ref().map(judge);
        let chain = heard.chain.unwrap_or_default();
        Some(Handshake {
            version: tls.protocol_version().map(|version| TlsVersion(version.into())),
            cipher: tls.negotiated_cipher_suite().map(|suite| CipherSuite(u16::from(suite.suite()).into())),
            group: tls.negotiated_key_exchange_group().map(|group| NamedGroup(group.name().into())),
            alpn: tls.alpn_protocol().map(Untrusted::from_bytes),
            kind: tls.handshake_kind().map(|kind| match kind {
                rustls::HandshakeKind::Full => HandshakeKind::Full,
                rustls::HandshakeKind::FullWithHelloRetryRequest => HandshakeKind::FullWithRetry,
                rustls::HandshakeKind::Resumed => HandshakeKind::Resumed,
            }),
            signature: heard.signature.map(|(scheme, _)| SignatureScheme(scheme.into())),
            chain: chain.readable.into(),
            malformed: chain.malformed.into(),
            staple: heard.staple,
            client_auth: heard.client_auth,
            tickets: u8::try_from(tls.tls13_tickets_received()).unwrap_or(u8::MAX).max(wire.has_ticket().into()),
            alerts: wire.alerts.as_slice().into(),
            closed_by: Some(closed_by),
            received: wire.received,
            sent: wire.sent,
            trust,
        })
    }
}

impl Ending {
    fn broken(phase: Phase, broken: &Broken, talk: &mut Conversation<Transport>) -> Self {
        let (kind, detail) = failure::explain(broken, &talk.wire);
        if let FailureKind::Alert(alert) = kind {
            talk.wire.alert(alert);
        }
        let closed_by = failure::ended_by(&kind);
        Self { failure: Some((phase, kind, detail)), closed_by }
    }
}

#[cfg(test)]
#[path = "prober_tests.rs"]
mod tests;

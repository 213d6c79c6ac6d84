//! The probe of a target over QUIC (RFC 9001): one handshake, and the same evidence as over TCP.

use std::net::SocketAddr;

use rustls_pki_types::ServerName;

use super::certificates::ReadChain;
use super::failure;
use super::handshake::configure;
use super::prober::{Attempt, Look};
use super::quic::{self, Spoken};
use crate::model::{
    CipherSuite, Failure, FailureKind, Handshake, HandshakeKind, NamedGroup, Outcome, Peer, SignatureScheme, Target,
    Timings, TlsVersion,
};

impl Attempt<'_> {
    pub(super) async fn look_over_quic(
        &self,
        target: &Target,
        address: SocketAddr,
        name: &ServerName<'static>,
    ) -> Look {
        if target.proxy.is_some() {
            return Look::skipped("HTTP/3 goes over UDP, which the proxy before the target does not relay");
        }
        let recorder = self.inner.recorder(target).await;
        let config = configure(self.inner.builder.clone(), &recorder, &target.alpn);
        let spoken = quic::handshake(config, &recorder, address, &target.verified_name(), self.deadline).await;
        let (received, sent) = (spoken.overheard.received, spoken.overheard.sent);
        let outcome = match &spoken.broken {
            None => Outcome::Handshake,
            Some(broken) => Outcome::Failed(Box::new(Failure {
                phase: broken.phase,
                kind: broken.kind.clone(),
                detail: broken.detail.clone(),
                received,
                sent,
            })),
        };
        let timings = Timings { tls: (received > 0).then_some(spoken.took), ..Timings::default() };
        Look { outcome, proxy: None, upgrade: None, handshake: self.shown(spoken, name), timings }
    }

    /// What the handshake showed; `None` when that is nothing.
    fn shown(&self, spoken: Spoken, name: &ServerName<'_>) -> Option<Handshake> {
        let Spoken { heard, overheard, alpn, broken, .. } = spoken;
        let alert = broken.as_ref().and_then(|broken| match &broken.kind {
            FailureKind::Alert(alert) => Some(*alert),
            _ => None,
        });
        if overheard.hello.is_none() && heard.chain.is_none() && alert.is_none() {
            return None;
        }
        let signature_valid = heard.signature.is_some_and(|(_, valid)| valid);
        let judge = |chain: &ReadChain| self.inner.judge.report(&chain.readable, name, signature_valid, self.at);
        let trust = heard.chain.as_ref().map(judge);
        let chain = heard.chain.unwrap_or_default();
        let (hello, is_over) = (overheard.hello, broken.is_none());
        Some(Handshake {
            version: hello.as_ref().map(|hello| TlsVersion(hello.version)),
            cipher: hello.as_ref().map(|hello| CipherSuite(hello.suite.into())),
            group: hello.as_ref().and_then(|hello| hello.group).map(NamedGroup),
            alpn,
            kind: is_over.then_some(if overheard.is_retried {
                HandshakeKind::FullWithRetry
            } else {
                HandshakeKind::Full
            }),
            signature: heard.signature.map(|(scheme, _)| SignatureScheme(scheme.into())),
            chain: chain.readable.into(),
            malformed: chain.malformed.into(),
            staple: heard.staple,
            client_auth: heard.client_auth,
            tickets: 0,
            alerts: alert.into_iter().collect(),
            closed_by: Some(broken.map_or(Peer::Us, |broken| failure::ended_by(&broken.kind))),
            received: overheard.received,
            sent: overheard.sent,
            trust,
        })
    }
}

#[cfg(test)]
#[path = "h3_tests.rs"]
mod tests;

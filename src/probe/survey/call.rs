//! One more handshake of a survey: as the ordinary one but for what a question changes, and how it ended in that question's words.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::client::ClientConfig;
use rustls::{ClientConnection, ConfigBuilder, SupportedProtocolVersion, WantsVerifier};
use rustls_pki_types::ServerName;
use tokio::time::{Instant, timeout_at};

use super::Interview;
use super::ear::Heard;
use super::interview::{Line, NotOpened, Place};
use crate::model::{Answer, FailureKind, Untrusted};
use crate::probe::failure;
use crate::probe::handshake::{Broken, Conversation};
use crate::probe::prober::Inner;
use crate::probe::recorder::Recorder;

/// A completed handshake; whoever holds it holds one of the survey's few places.
pub(super) struct Call<'a> {
    /// What can go on from here.
    pub(super) talk: Conversation<Heard>,
    /// When the question must be over.
    pub(super) deadline: Instant,
    _place: Place<'a>,
}

/// Why there is no handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Uncalled {
    /// The server's doing: an alert, a close, a reset.
    Refused(Untrusted),
    /// It says nothing about the question: silence, a limit or a fault of ours.
    Unknown(Untrusted),
}

impl Uncalled {
    /// In words.
    pub(super) fn words(&self) -> &Untrusted {
        let (Self::Refused(words) | Self::Unknown(words)) = self;
        words
    }
}

impl From<Uncalled> for Answer {
    fn from(uncalled: Uncalled) -> Self {
        match uncalled {
            Uncalled::Refused(words) => Self::Refused(words),
            Uncalled::Unknown(words) => Self::Unknown(words),
        }
    }
}

/// Connects to `address`, which is the one under survey or a sibling's, and runs the handshake that `config` describes.
///
/// A limit of ours that forbids it is noted under the name of the `question`.
pub(super) async fn call<'a>(
    interview: &'a Interview<'_>,
    question: &str,
    address: SocketAddr,
    config: ClientConfig,
) -> Result<Call<'a>, Uncalled> {
    let unknown = |words: &str| Uncalled::Unknown(Untrusted::new(words));
    let name = ServerName::try_from(interview.target.verified_name())
        .map_err(|_| unknown("the target's name cannot be sent as a server name"))?;
    let tls = ClientConnection::new(Arc::new(config), name).map_err(|error| unknown(&error.to_string()))?;
    let Line { stream, deadline, place } = interview.open_at(address).await.map_err(|not| {
        if matches!(not, NotOpened::Ours(_)) {
            interview.leave(question, not.words());
        }
        Uncalled::Unknown(not.words())
    })?;
    let mut talk = Conversation::new(stream, tls);
    match timeout_at(deadline, talk.handshake()).await {
        Ok(Ok(())) => Ok(Call { talk, deadline, _place: place }),
        Ok(Err(broken)) => Err(ended(&broken, &talk)),
        Err(_) => Err(unknown("no answer in time")),
    }
}

/// A recorder for one handshake in which no client certificate is presented.
pub(super) fn recorder(inner: &Inner) -> Arc<Recorder> {
    Arc::new(Recorder::new(Arc::clone(&inner.certificates), inner.algorithms))
}

/// The library's builder for one version only.
pub(super) fn only(
    inner: &Inner,
    version: &'static SupportedProtocolVersion,
) -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, Uncalled> {
    let provider = Arc::clone(inner.builder.crypto_provider());
    ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .map_err(|error| Uncalled::Unknown(Untrusted::new(&error.to_string())))
}

/// What broke a conversation, and whether the server can be held to it.
pub(super) fn ended(broken: &Broken, talk: &Conversation<Heard>) -> Uncalled {
    let (kind, detail) = failure::explain(broken, &talk.wire);
    match kind {
        FailureKind::Alert(alert) => Uncalled::Refused(Untrusted::new(&format!("alert {alert}"))),
        FailureKind::Closed => Uncalled::Refused(Untrusted::new("closed")),
        FailureKind::Reset => Uncalled::Refused(Untrusted::new("reset")),
        FailureKind::Local | FailureKind::TimedOut => Uncalled::Unknown(detail),
        _ => Uncalled::Refused(detail),
    }
}

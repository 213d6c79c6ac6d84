//! Which one thing about our hello, or about the way there, decides: attempts that differ from a failed one in a
//! single factor.

use std::sync::Arc;
use std::time::Duration;

use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::version::TLS12;
use rustls::{ClientConfig, ClientConnection};
use rustls_pki_types::ServerName;
use tokio::time::{Instant, sleep, timeout_at};

use super::Interview;
use super::call::{ended, recorder};
use super::ear::Heard;
use super::interview::NotOpened;
use super::served::UNKNOWN_NAME;
use crate::model::{
    Attempt, AttemptResult, Change, ClientAuth, Differential, Failure, FailureKind, NamedGroup, Peer, Phase, San,
    Untrusted,
};
use crate::probe::handshake::{Broken, Conversation, configure};
use crate::probe::recorder::Recorder;

/// Attempts at most: a server in trouble must not be troubled more.
const MOST: usize = 6;
/// The pause before the first attempt; each further one is longer by as much …
const PAUSE: Duration = Duration::from_millis(50);
/// … up to this.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// Varies what failed; `None` where the hello is not what it failed by.
pub(super) async fn ask(interview: &Interview<'_>) -> Option<Differential> {
    let failure = interview.seen.failure()?;
    let asked_of_us = |seen: &crate::model::Handshake| seen.client_auth != ClientAuth::None;
    if !depends_on_hello(failure) || interview.seen.handshake.as_ref().is_some_and(asked_of_us) {
        return None;
    }
    let mut trial = Trial { tries: interview, made: Vec::new() };
    let suspects = suspects(interview, &failure.kind);
    let flips = match trial.run(&suspects, !interview.target.alpn.is_empty()).await {
        Ok(flips) => flips,
        Err(not) => {
            interview.leave("differential", not.words());
            None
        }
    };
    let unchanged = |attempt: &Attempt| attempt.change == Change::None && attempt.result == AttemptResult::Handshake;
    let unstable = trial.made.iter().any(unchanged);
    Some(Differential { failure: failure.kind.clone(), attempts: trial.made, flips, unstable })
}

/// Whether another hello might have fared better: TLS had begun, and it is TLS that answers.
fn depends_on_hello(failure: &Failure) -> bool {
    let kind = match failure.kind {
        FailureKind::Alert(_)
        | FailureKind::Closed
        | FailureKind::Incompatible
        | FailureKind::Misbehaved
        | FailureKind::Reset
        | FailureKind::TimedOut => true,
        FailureKind::ImplicitTls
        | FailureKind::Local
        | FailureKind::NotOffered
        | FailureKind::NotTls { .. }
        | FailureKind::Plaintext { .. }
        | FailureKind::Refused
        | FailureKind::Rejected { .. }
        | FailureKind::Unauthorized { .. }
        | FailureKind::Unreachable => false,
    };
    kind && matches!(failure.phase, Phase::Tls | Phase::Read) && failure.sent > 0
}

/// What to change, the most likely first where the server gave a reason.
fn suspects(interview: &Interview<'_>, failure: &FailureKind) -> Vec<Change> {
    let other_name = Change::OtherName { sent: other_name(interview) };
    let mut suspects = match failure {
        FailureKind::Alert(alert) if alert.from == Peer::Server => match alert.number {
            NO_APPLICATION_PROTOCOL if !interview.target.alpn.is_empty() => vec![Change::NoAlpn],
            UNRECOGNIZED_NAME => vec![other_name.clone()],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    suspects.extend([Change::SmallHello, Change::Tls12Only]);
    if !suspects.contains(&other_name) {
        suspects.push(other_name);
    }
    let is_other = |sibling: &&std::net::SocketAddr| sibling.is_ipv4() != interview.address.is_ipv4();
    suspects.extend(interview.siblings().iter().copied().find(|sibling| is_other(&sibling)).map(Change::OtherFamily));
    suspects
}

/// None for a target that sends its name. For an address literal a name of the certificate it showed,
/// else one that nobody has: who wants any name is content with that.
fn other_name(interview: &Interview<'_>) -> Option<Untrusted> {
    let sends_one = matches!(name_of(&interview.target.verified_name()), Some(ServerName::DnsName(_)));
    if sends_one {
        return None;
    }
    let sans = interview.seen.chain().first().map_or(&[][..], |leaf| &leaf.sans);
    let own = sans.iter().find_map(|san| match san {
        San::Dns(name) if matches!(name_of(name.as_str()), Some(ServerName::DnsName(_))) => Some(name.clone()),
        _ => None,
    });
    Some(own.unwrap_or_else(|| Untrusted::new(UNKNOWN_NAME)))
}

fn name_of(text: &str) -> Option<ServerName<'static>> {
    ServerName::try_from(text).ok().map(|name| name.to_owned())
}

const NO_APPLICATION_PROTOCOL: u8 = 120;
const UNRECOGNIZED_NAME: u8 = 112;

/// Makes attempts.
trait Tries {
    /// One attempt; `Err` when a limit of ours forbids it.
    fn attempt(&self, change: Change) -> impl Future<Output = Result<Attempt, NotOpened>> + Send;
}

impl Tries for Interview<'_> {
    async fn attempt(&self, change: Change) -> Result<Attempt, NotOpened> {
        attempt(self, change).await
    }
}

/// The attempts made, and who makes more.
struct Trial<'a, T> {
    tries: &'a T,
    made: Vec<Attempt>,
}

impl<T: Tries> Trial<'_, T> {
    /// The smallest of the suspected changes that succeeds where unchanged attempts before and after it fail.
    async fn run(&mut self, suspects: &[Change], offers_alpn: bool) -> Result<Option<Change>, NotOpened> {
        if self.succeeds(Change::None).await? {
            return Ok(None);
        }
        let Some(mut flip) = self.first_to_succeed(suspects).await? else { return Ok(None) };
        if flip == Change::SmallHello {
            // It leaves out two things at once: which of them is it?
            let mut parts = vec![Change::ClassicalGroups];
            parts.extend((offers_alpn && !self.made.iter().any(is_without_alpn)).then_some(Change::NoAlpn));
            flip = self.first_to_succeed(&parts).await?.unwrap_or(flip);
        }
        // To a server that fails now and then, any change made at the right moment would seem to help;
        // to one that fails every other time, twice in a row would not.
        for _ in self.made.len()..MOST.min(self.made.len() + 2) {
            if self.succeeds(Change::None).await? {
                return Ok(None);
            }
        }
        Ok(Some(flip))
    }

    /// Keeps one attempt in reserve, to confirm what is found.
    async fn first_to_succeed(&mut self, changes: &[Change]) -> Result<Option<Change>, NotOpened> {
        for change in changes {
            if self.made.len() + 1 >= MOST {
                break;
            }
            if self.succeeds(change.clone()).await? {
                return Ok(Some(change.clone()));
            }
        }
        Ok(None)
    }

    async fn succeeds(&mut self, change: Change) -> Result<bool, NotOpened> {
        let pauses = u32::try_from(self.made.len() + 1).unwrap_or(u32::MAX);
        sleep(PAUSE.saturating_mul(pauses).min(LONGEST_PAUSE)).await;
        let attempt = self.tries.attempt(change).await?;
        let succeeded = attempt.result == AttemptResult::Handshake;
        self.made.push(attempt);
        Ok(succeeded)
    }
}

fn is_without_alpn(attempt: &Attempt) -> bool {
    attempt.change == Change::NoAlpn
}

async fn attempt(interview: &Interview<'_>, change: Change) -> Result<Attempt, NotOpened> {
    let recorder = recorder(interview.inner);
    let failed = |words: &str| AttemptResult::Failed(Untrusted::new(words));
    let tls = match hello(interview, &change, &recorder) {
        Ok(tls) => tls,
        Err(reason) => return Ok(Attempt { change, hello: 0, result: failed(&reason) }),
    };
    let address = match change {
        Change::OtherFamily(address) => address,
        _ => interview.address,
    };
    let line = match interview.open_at(address).await {
        Ok(line) => line,
        Err(not @ NotOpened::Theirs(_)) => {
            return Ok(Attempt { change, hello: 0, result: AttemptResult::Failed(not.words()) });
        }
        Err(limit) => return Err(limit),
    };
    let deadline = line.deadline.min(Instant::now() + patience(interview));
    let mut talk = Conversation::new(line.stream, tls);
    let shaken = timeout_at(deadline, shake(&mut talk, interview)).await;
    let result = match shaken {
        Ok(Ok(())) => AttemptResult::Handshake,
        Ok(Err(broken)) => AttemptResult::Failed(ended(&broken, &talk).words().clone()),
        Err(_) if talk.wire.received == 0 => failed("no answer"),
        Err(_) => failed(&format!("stopped after {} bytes", talk.wire.received)),
    };
    if result == AttemptResult::Handshake {
        let _ = timeout_at(deadline, talk.close()).await;
    }
    Ok(Attempt { change, hello: u32::try_from(talk.wire.hello).unwrap_or(u32::MAX), result })
}

/// The handshake; and where the one that failed was refused only afterwards, the round trip after it.
async fn shake(talk: &mut Conversation<Heard>, interview: &Interview<'_>) -> Result<(), Broken> {
    talk.handshake().await?;
    if interview.seen.failure().is_none_or(|failure| failure.phase != Phase::Read) {
        return Ok(());
    }
    match tokio::time::timeout(LISTEN, talk.listen(false)).await {
        Ok(Err(Broken::Closed | Broken::Io(_)) | Ok(())) | Err(_) => Ok(()),
        Ok(Err(broken)) => Err(broken),
    }
}

const LISTEN: Duration = Duration::from_millis(300);

/// Long enough for a server that answers at all: much longer than it took to fail, where it did not just hang.
fn patience(interview: &Interview<'_>) -> Duration {
    let timings = interview.seen.timings;
    let hung = interview.seen.failure().is_some_and(|failure| failure.kind == FailureKind::TimedOut);
    let took = if hung { Duration::ZERO } else { timings.tls.unwrap_or_default() };
    (Duration::from_secs(1) + timings.tcp.unwrap_or_default() * 4 + took * 2).min(Duration::from_secs(3))
}

/// The client's side with one thing changed.
fn hello(interview: &Interview<'_>, change: &Change, recorder: &Arc<Recorder>) -> Result<ClientConnection, String> {
    let builder = interview.inner.builder.clone();
    let provider = builder.crypto_provider();
    let builder = match change {
        Change::ClassicalGroups | Change::SmallHello => {
            ClientConfig::builder_with_provider(classical(provider)).with_safe_default_protocol_versions()
        }
        Change::Tls12Only => ClientConfig::builder_with_provider(before_13(provider)).with_protocol_versions(&[&TLS12]),
        _ => Ok(builder),
    };
    let offers_alpn = !matches!(change, Change::NoAlpn | Change::SmallHello);
    let alpn = if offers_alpn { &interview.target.alpn[..] } else { &[] };
    let mut config = configure(builder.map_err(|error| error.to_string())?, recorder, alpn);
    if *change == Change::SmallHello {
        config.resumption = Resumption::disabled();
        config.cert_decompressors = Vec::new();
    }
    let mut name = interview.target.verified_name();
    if let Change::OtherName { sent } = change {
        config.enable_sni = sent.is_some();
        name = sent.as_ref().map_or(name, |sent| sent.as_str().to_owned());
    }
    let name = name_of(&name).ok_or_else(|| format!("'{name}' cannot be sent as a server name"))?;
    ClientConnection::new(Arc::new(config), name).map_err(|error| error.to_string())
}

fn classical(provider: &CryptoProvider) -> Arc<CryptoProvider> {
    let mut provider = provider.clone();
    provider.kx_groups.retain(|group| !NamedGroup(group.name().into()).is_post_quantum());
    Arc::new(provider)
}

/// The library offers all its suites whatever the version.
fn before_13(provider: &CryptoProvider) -> Arc<CryptoProvider> {
    let mut provider = provider.clone();
    provider.cipher_suites.retain(|suite| suite.tls13().is_none());
    Arc::new(provider)
}

#[cfg(test)]
#[path = "differential_tests.rs"]
mod tests;

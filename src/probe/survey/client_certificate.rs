//! Whether client certificates are wanted, insisted upon, and what became of ours.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::Interview;
use super::call::{Uncalled, call, recorder};
use crate::model::{
    Alert, ClientAuth, ClientCertificate, Failure, FailureKind, Observation, Outcome, Peer, Phase, Presented, Untrusted,
};
use crate::probe::handshake::configure;

const QUESTION: &str = "client certificate";

/// What the ordinary handshake showed; where ours was sent, a second one without it tells whether it was needed.
pub(super) async fn ask(interview: &Interview<'_>) -> Option<ClientCertificate> {
    let configured = interview.target.client.is_some();
    let (authorities, sent) = match &interview.seen.handshake.as_ref()?.client_auth {
        ClientAuth::Requested { authorities, presented } => (authorities.clone(), presented.is_some()),
        ClientAuth::None => {
            let presented = configured.then_some(Presented::NotAsked);
            let required = interview.seen.is_handshake().then_some(false);
            return Some(ClientCertificate { requested: false, required, authorities: Vec::new(), presented });
        }
    };
    let (required, presented) = if sent {
        (is_required(interview).await, Some(fate(interview.seen)))
    } else {
        let unfit = "the server accepts no signature that our key can make";
        let required = match fate(interview.seen) {
            Presented::Accepted => Some(false),
            Presented::Refused { .. } => Some(true),
            Presented::NotAsked | Presented::Unknown(_) => None,
        };
        (required, configured.then(|| Presented::Unknown(Untrusted::new(unfit))))
    };
    Some(ClientCertificate { requested: true, required, authorities, presented })
}

/// How a server that asked for a certificate took what it was answered.
fn fate(seen: &Observation) -> Presented {
    let Failure { phase, kind, detail, .. } = match &seen.outcome {
        Outcome::Handshake => return Presented::Accepted,
        Outcome::Failed(failure) => &**failure,
        Outcome::Skipped { reason } => return Presented::Unknown(reason.clone()),
    };
    match kind {
        FailureKind::Alert(alert) if is_refusal(*alert) => {
            Presented::Refused { alert: Some(*alert), detail: detail.clone() }
        }
        // TLS 1.3 servers refuse after our flight; a close at that point has no other common reason.
        FailureKind::Closed | FailureKind::Reset if *phase == Phase::Read => {
            Presented::Refused { alert: None, detail: detail.clone() }
        }
        _ => Presented::Unknown(detail.clone()),
    }
}

/// `handshake_failure` to `certificate_unknown`, `unknown_ca`, `access_denied`, `decrypt_error`, `certificate_required`
/// (RFC 9846 section 6.2).
const fn is_refusal(alert: Alert) -> bool {
    matches!(alert, Alert { number: 40..=46 | 48 | 49 | 51 | 116, from: Peer::Server })
}

/// Whether a client without a certificate is refused; in TLS 1.3 it is told so after the handshake.
async fn is_required(interview: &Interview<'_>) -> Option<bool> {
    /// Silence is taken for consent after this.
    const LISTEN: Duration = Duration::from_millis(100);
    const LONGEST_LISTEN: Duration = Duration::from_millis(300);

    let inner = interview.inner;
    let config = configure(inner.builder.clone(), &recorder(inner), &interview.target.alpn);
    let mut call = match call(interview, QUESTION, interview.address, config).await {
        Ok(call) => call,
        Err(Uncalled::Refused(_)) => return Some(true),
        Err(Uncalled::Unknown(_)) => return None,
    };
    let round_trip = interview.seen.timings.tcp.unwrap_or_default() * 3 / 2;
    let window = Instant::now() + round_trip.clamp(LISTEN, LONGEST_LISTEN);
    let refused = matches!(timeout_at(window.min(call.deadline), call.talk.listen(true)).await, Ok(Err(_)));
    let _ = timeout_at(call.deadline, call.talk.close()).await;
    Some(refused)
}

#[cfg(test)]
#[path = "client_certificate_tests.rs"]
mod tests;

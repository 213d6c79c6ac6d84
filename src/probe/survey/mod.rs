//! Many small questions to one address, after its handshake: one file each.
//!
//! Every question takes the [`Interview`], asks over connections of its own and
//! answers with evidence. None judges, none knows another's answer.

mod alpn;
mod call;
mod client_certificate;
mod crl;
mod differential;
mod ear;
mod exchange;
mod features;
mod groups;
mod head;
mod http;
mod interview;
mod issuers;
mod negotiation;
mod ocsp;
mod offers;
mod paths;
mod proofs;
mod purse;
mod quic;
mod records;
mod revocation;
mod served;
mod sessions;
mod suites;
mod word;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

pub(super) use self::interview::Interview;
use super::prober::Inner;
use crate::model::{FailureKind, Observation, Phase, Protocol, Survey, SurveyReason, Target, Untrusted};

/// All of it within this; a healthy server takes a fraction.
const LONGEST: Duration = Duration::from_mins(1);
/// Connections that one survey may make.
const BUDGET: u32 = 200;

/// Surveys the address that `seen` is about; `siblings` are the other addresses of its name.
pub(super) async fn survey(
    inner: &Inner,
    target: &Arc<Target>,
    seen: &Observation,
    siblings: &[SocketAddr],
    reason: SurveyReason,
) -> Survey {
    let begun = Instant::now();
    let mut survey = Survey::new(seen.key, inner.clock.now(), reason);
    let interview = Interview::new(inner, target, seen, siblings, (begun + LONGEST, BUDGET));
    if target.protocol == Protocol::H3 {
        Box::pin(beside_quic(&interview, &mut survey)).await;
        interview.close(&mut survey);
        survey.took = begun.elapsed();
        return survey;
    }
    survey.client_certificate = client_certificate::ask(&interview).await;
    if interview.seen.is_handshake() {
        let (served, alpn, sessions, heard, paths, records, (negotiation, by_key)) = tokio::join!(
            served::ask(&interview),
            alpn::ask(&interview),
            sessions::ask(&interview),
            revocation::ask(&interview),
            paths::ask(&interview),
            records::ask(&interview),
            negotiation::ask(&interview),
        );
        survey.fetches = heard.fetches;
        survey.revocation = heard.revocation;
        survey.paths = paths;
        survey.negotiation = Some(negotiation);
        survey.served = [served, by_key].concat();
        survey.alpn = alpn;
        survey.sessions = Some(sessions);
        survey.records = records;
        // A server of one connection at a time is busy with it for as long as its page takes.
        survey.http = http::ask(&interview).await;
        survey.quic = quic::ask(&interview, survey.http.as_ref(), survey.records.as_deref()).await;
    } else {
        survey.differential = differential::ask(&interview).await;
        if answers_in_tls(seen) {
            let (negotiation, by_key) = Box::pin(negotiation::ask(&interview)).await;
            survey.negotiation = Some(negotiation);
            survey.served = by_key;
        }
        let (paths, heard) = tokio::join!(paths::ask(&interview), revocation::ask(&interview));
        survey.paths = paths;
        survey.fetches = heard.fetches;
        survey.revocation = heard.revocation;
    }
    interview.resolve_doubts().await;
    interview.close(&mut survey);
    survey.took = begun.elapsed();
    survey
}

/// Of a target over QUIC nothing is asked that would be asked over TCP: who listens there may be another.
async fn beside_quic(interview: &Interview<'_>, survey: &mut Survey) {
    let (heard, paths, records) =
        tokio::join!(revocation::ask(interview), paths::ask(interview), records::ask(interview));
    (survey.fetches, survey.revocation) = (heard.fetches, heard.revocation);
    (survey.paths, survey.records) = (paths, records);
    for question in ["alpn", "client_certificate", "differential", "http", "negotiation", "served", "sessions"] {
        interview.leave(question, Untrusted::new("asked over TCP only, and the target is HTTP/3"));
    }
}

/// Whether the server refused in TLS's own words: what it would have accepted instead can be asked.
fn answers_in_tls(seen: &Observation) -> bool {
    let Some(failure) = seen.failure() else { return false };
    failure.phase == Phase::Tls && matches!(failure.kind, FailureKind::Alert(_) | FailureKind::Incompatible)
}

//! Why a name server failed, in its own words (extended DNS errors, RFC 8914).
//!
//! The resolver library drops the explanation with the failed answer, so the question is put once more.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::proto::rr::rdata::opt::{EdnsCode, EdnsOption};
use hickory_resolver::proto::rr::{Name, RecordType};
use tokio::time::Instant;

use super::question;

/// The server's explanation of its failure to answer for `name`; `None` when it gives none soon.
pub(super) async fn of(server: SocketAddr, name: &Name, deadline: Instant) -> Option<String> {
    let deadline = deadline.min(Instant::now() + PATIENCE);
    let answer = question::ask(server, name, RecordType::A, deadline).await.ok()?;
    answer.edns?.options().get_all(EdnsCode::from(EXTENDED_ERROR)).into_iter().find_map(explanation)
}

/// Two bytes of code, and text for people.
fn explanation(option: &EdnsOption) -> Option<String> {
    let EdnsOption::Unknown(_, data) = option else { return None };
    let (code, text) = data.split_first_chunk::<2>()?;
    let code = u16::from_be_bytes(*code);
    let name = name(code).map_or_else(|| format!("extended error {code}"), |name| format!("{name} ({code})"));
    let text = String::from_utf8_lossy(text);
    Some(if text.is_empty() { name } else { format!("{name}: {text}") })
}

/// Names of RFC 8914 section 4 and the IANA registry.
const fn name(code: u16) -> Option<&'static str> {
    Some(match code {
        0 => "other error",
        1 => "unsupported DNSKEY algorithm",
        2 => "unsupported DS digest type",
        3 => "stale answer",
        5 => "DNSSEC indeterminate",
        6 => "DNSSEC bogus",
        7 => "signature expired",
        8 => "signature not yet valid",
        9 => "DNSKEY missing",
        10 => "RRSIGs missing",
        11 => "no zone key bit set",
        12 => "NSEC missing",
        13 => "cached error",
        14 => "not ready",
        15 => "blocked",
        16 => "censored",
        17 => "filtered",
        18 => "prohibited",
        20 => "not authoritative",
        21 => "not supported",
        22 => "no reachable authority",
        23 => "network error",
        24 => "invalid data",
        _ => return None,
    })
}

/// EDNS option code.
const EXTENDED_ERROR: u16 = 15;
/// The failure is known already; its explanation is not worth a long wait.
const PATIENCE: Duration = Duration::from_secs(1);

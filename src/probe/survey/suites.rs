//! Which suites a version accepts, and in whose order: offer all, note the pick, offer the rest.

use super::exchange::{Wanted, ask};
use super::offers::{is_dubious, offer, suites};
use crate::model::{CipherSuite, Order, TlsVersion, VersionSuites};
use crate::probe::survey::Interview;
use crate::probe::survey::call::Uncalled;

/// Every accepted suite of an accepted version; what would hide the certificate is asked for apart.
pub(super) async fn accepted(interview: &Interview<'_>, version: TlsVersion) -> VersionSuites {
    let (dubious, sound): (Vec<_>, Vec<_>) = suites(version).into_iter().partition(|suite| is_dubious(*suite));
    let (sound, dubious) = tokio::join!(enumerate(interview, version, sound), enumerate(interview, version, dubious));
    let order = order(interview, version, &sound.0).await;
    VersionSuites { version, suites: [sound.0, dubious.0].concat(), order, complete: sound.1 && dubious.1 }
}

/// Picks one by one; true when the last hello was refused, so that these are all.
async fn enumerate(
    interview: &Interview<'_>,
    version: TlsVersion,
    mut offered: Vec<CipherSuite>,
) -> (Vec<CipherSuite>, bool) {
    let mut accepted = Vec::new();
    while !offered.is_empty() {
        match pick(interview, version, &offered).await {
            Ok(Some(suite)) => {
                offered.retain(|other| *other != suite);
                accepted.push(suite);
            }
            Ok(None) | Err(Uncalled::Refused(_)) => return (accepted, true),
            Err(Uncalled::Unknown(_)) => return (accepted, false),
        }
    }
    (accepted, true)
}

/// What is chosen of these; `None` for something else, or for another version.
async fn pick(
    interview: &Interview<'_>,
    version: TlsVersion,
    offered: &[CipherSuite],
) -> Result<Option<CipherSuite>, Uncalled> {
    let heard = ask(interview, &offer(interview, version, offered), Wanted::Choice, None).await?;
    let suite = CipherSuite(heard.hello.suite.into());
    Ok((heard.hello.version == version.0 && offered.contains(&suite)).then_some(suite))
}

/// The list turned round: a server of its own mind picks the same again.
async fn order(interview: &Interview<'_>, version: TlsVersion, accepted: &[CipherSuite]) -> Order {
    let [first, .., last] = accepted else { return Order::Unknown };
    let turned: Vec<CipherSuite> = accepted.iter().rev().copied().collect();
    match pick(interview, version, &turned).await {
        Ok(Some(suite)) if suite == *first => Order::Server,
        Ok(Some(suite)) if suite == *last => Order::Client,
        _ => Order::Unknown,
    }
}

//! What a server is willing to negotiate, found out with hand-built hellos.
//!
//! No key is agreed upon but to read TLS 1.3's certificates: a choice shows in plaintext. Each accepted suite and
//! group costs one hello, each list one more.

use futures_util::future::join_all;

use super::call::Uncalled;
use super::exchange::{Wanted, ask as say, ask_ssl2};
use super::offers::{self, is_dubious, offer};
use super::{Interview, features, groups, proofs, suites};
use crate::model::{Answer, CipherSuite, Negotiation, Served, TlsVersion, Untrusted, VersionAnswer, VersionSuites};

/// Everything that hellos show, and what clients of one kind of key are served.
pub(super) async fn ask(interview: &Interview<'_>) -> (Negotiation, Vec<Served>) {
    let mut negotiation = Negotiation { versions: versions(interview).await, ..Negotiation::default() };
    let accepted: Vec<TlsVersion> = negotiation
        .versions
        .iter()
        .filter(|one| one.answer == Answer::Accepted && one.version != TlsVersion::SSL2)
        .map(|one| one.version)
        .collect();
    let Some(best) = accepted.last().copied() else { return (negotiation, Vec::new()) };
    negotiation.suites = join_all(accepted.iter().map(|version| suites::accepted(interview, *version))).await;
    let of = |version: TlsVersion| sound(&negotiation.suites, version);
    let legacy = accepted.iter().rev().copied().find(|version| *version < TlsVersion::TLS13);
    let modern =
        async { if best == TlsVersion::TLS13 { groups::modern(interview, &of(best)).await } else { Vec::new() } };
    let old = async {
        let Some(version) = legacy else { return Default::default() };
        let suites = of(version);
        tokio::join!(
            groups::legacy(interview, version, &suites),
            groups::finite(interview, version, &suites),
            features::features(interview, version, &suites, &accepted),
        )
    };
    // In plaintext where there is a choice.
    let readable = legacy.filter(|version| *version == TlsVersion::TLS12).unwrap_or(best);
    let (proved, signed) = (of(readable), of(best));
    let (groups, old, tolerance, (served, tls_scts), schemes) = tokio::join!(
        modern,
        old,
        features::tolerance(interview),
        proofs::chains(interview, readable, &proved),
        proofs::schemes(interview, best, &signed),
    );
    negotiation.groups = groups;
    (negotiation.legacy_groups, negotiation.dh, negotiation.features) = old;
    negotiation.tolerance = tolerance;
    negotiation.tls_scts = tls_scts;
    negotiation.signature_schemes = schemes;
    (negotiation, served)
}

/// Suites of that version that show a certificate.
fn sound(suites: &[VersionSuites], version: TlsVersion) -> Vec<CipherSuite> {
    let of = suites.iter().find(|of| of.version == version);
    of.map_or_else(Vec::new, |of| of.suites.iter().copied().filter(|suite| !is_dubious(*suite)).collect())
}

async fn versions(interview: &Interview<'_>) -> Vec<VersionAnswer> {
    const VERSIONS: [TlsVersion; 5] =
        [TlsVersion::SSL3, TlsVersion::TLS10, TlsVersion::TLS11, TlsVersion::TLS12, TlsVersion::TLS13];
    let ssl2 = async {
        let answer = match ask_ssl2(interview).await {
            Ok(hello) if hello.kinds.is_empty() => Answer::Refused(Untrusted::new("accepts no cipher kind")),
            Ok(_) => Answer::Accepted,
            Err(uncalled) => uncalled.into(),
        };
        VersionAnswer { version: TlsVersion::SSL2, answer }
    };
    let (ssl2, others) = tokio::join!(ssl2, join_all(VERSIONS.map(|version| one_version(interview, version))));
    [vec![ssl2], others].concat()
}

async fn one_version(interview: &Interview<'_>, version: TlsVersion) -> VersionAnswer {
    let (dubious, sound): (Vec<_>, Vec<_>) = offers::suites(version).into_iter().partition(|suite| is_dubious(*suite));
    let mut answer = try_version(interview, version, &sound).await;
    // Some have nothing else.
    if matches!(answer, Answer::Refused(_)) && version < TlsVersion::TLS13 {
        let second = try_version(interview, version, &dubious).await;
        if second == Answer::Accepted {
            answer = second;
        }
    }
    VersionAnswer { version, answer }
}

async fn try_version(interview: &Interview<'_>, version: TlsVersion, suites: &[CipherSuite]) -> Answer {
    match say(interview, &offer(interview, version, suites), Wanted::Choice, None).await {
        Ok(heard) if heard.hello.version == version.0 => Answer::Accepted,
        // Below what was offered: its best.
        Ok(heard) => Answer::Refused(Untrusted::new(&format!("chose {}", TlsVersion(heard.hello.version)))),
        Err(Uncalled::Refused(how)) => Answer::Refused(how),
        Err(Uncalled::Unknown(why)) => Answer::Unknown(why),
    }
}

#[cfg(test)]
#[path = "negotiation_tests.rs"]
mod tests;

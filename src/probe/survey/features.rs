//! Extensions that are confirmed, old faults, and how unusual hellos fare.

use super::exchange::{Wanted, answer, ask};
use super::offers::{GROUPS, offer, suites};
use crate::model::{Answer, CipherSuite, Features, TlsVersion, Tolerance};
use crate::probe::hello::{ClientHello, extension};
use crate::probe::survey::Interview;
use crate::probe::survey::call::Uncalled;

/// What the best version below TLS 1.3 confirms. `versions` are the accepted ones, oldest first.
pub(super) async fn features(
    interview: &Interview<'_>,
    version: TlsVersion,
    suites: &[CipherSuite],
    versions: &[TlsVersion],
) -> Features {
    let curious = async |suites: &[CipherSuite]| {
        let hello = ClientHello { curious: true, ..offer(interview, version, suites) };
        ask(interview, &hello, Wanted::Choice, None).await.ok()
    };
    let cbc: Vec<CipherSuite> = suites.iter().copied().filter(|suite| suite.is_cbc()).collect();
    let encrypt_then_mac = async { if cbc.is_empty() { None } else { curious(&cbc).await } };
    let compressed = ClientHello { compression: true, ..offer(interview, version, suites) };
    let compressed = ask(interview, &compressed, Wanted::Choice, None);
    let (heard, block, compressed, fallback_scsv) =
        tokio::join!(curious(suites), encrypt_then_mac, compressed, fallback(interview, versions));
    let confirms = |kind: u16| heard.as_ref().map(|heard| heard.hello.extensions.contains(&kind));
    Features {
        compression: compressed.ok().map(|heard| heard.hello.compression != 0),
        fallback_scsv,
        extended_master_secret: confirms(extension::EXTENDED_MASTER_SECRET),
        encrypt_then_mac: block.map(|heard| heard.hello.extensions.contains(&extension::ENCRYPT_THEN_MAC)),
        secure_renegotiation: confirms(extension::RENEGOTIATION_INFO),
        status_request: confirms(extension::STATUS_REQUEST),
        session_ticket: confirms(extension::SESSION_TICKET),
    }
}

/// Whether a hello below the server's best that claims to be a second try is refused, as RFC 7507 asks.
async fn fallback(interview: &Interview<'_>, versions: &[TlsVersion]) -> Option<bool> {
    let [.., lower, _] = versions else { return None };
    if *lower < TlsVersion::TLS10 {
        return None;
    }
    let mut hello = offer(interview, *lower, &suites(*lower));
    hello.suites.push(u16::try_from(CipherSuite::FALLBACK_SCSV.0).ok()?);
    match ask(interview, &hello, Wanted::Choice, None).await {
        Ok(_) => Some(false),
        Err(Uncalled::Refused(how)) => how.as_str().contains("(86)").then_some(true),
        Err(Uncalled::Unknown(_)) => None,
    }
}

/// What post-quantum key shares come to.
const LONG: usize = 1700;

/// What a modern client says, with something unusual in it.
pub(super) async fn tolerance(interview: &Interview<'_>) -> Tolerance {
    let modern = || {
        let both = [suites(TlsVersion::TLS13), suites(TlsVersion::TLS12)].concat();
        let sound: Vec<CipherSuite> = both.into_iter().filter(|suite| suite.is_aead()).collect();
        let mut hello = offer(interview, TlsVersion::TLS12, &sound);
        hello.groups.extend(GROUPS.iter().filter(|group| **group > 0x0200));
        hello
    };
    let with_13 = || ClientHello {
        versions: vec![TlsVersion::TLS13.0, TlsVersion::TLS12.0],
        shares: Some(Vec::new()),
        ..modern()
    };
    let told = async |hello: ClientHello| -> Option<Answer> {
        let heard = ask(interview, &hello, Wanted::Choice, None).await;
        Some(answer(heard.as_ref()))
    };
    let (grease, long_hello, tls13) = tokio::join!(
        told(ClientHello { grease: true, ..with_13() }),
        told(ClientHello { at_least: LONG, ..with_13() }),
        told(with_13()),
    );
    Tolerance { grease, long_hello, tls13 }
}

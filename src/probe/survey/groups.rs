//! Which groups are accepted, and the primes of finite-field Diffie-Hellman.

use super::exchange::{Wanted, ask};
use super::offers::{GROUPS, LEGACY_GROUPS, offer};
use crate::model::{CipherSuite, DhParameters, KeyExchange, NamedGroup, TlsVersion};
use crate::probe::hello::Sent;
use crate::probe::survey::Interview;

/// Groups of TLS 1.3 in the server's order: without a key share it has to ask for the group it wants.
pub(super) async fn modern(interview: &Interview<'_>, suites: &[CipherSuite]) -> Vec<NamedGroup> {
    let (mut offered, mut accepted) = (GROUPS.to_vec(), Vec::new());
    while !offered.is_empty() {
        let mut hello = offer(interview, TlsVersion::TLS13, suites);
        hello.groups.clone_from(&offered);
        let Ok(heard) = ask(interview, &hello, Wanted::Choice, None).await else { break };
        let Some(group) = heard.hello.group.filter(|group| offered.contains(group)) else { break };
        offered.retain(|other| *other != group);
        accepted.push(NamedGroup(group));
    }
    accepted
}

/// Groups of ECDHE suites below TLS 1.3, likewise, from the server's part of the key exchange.
pub(super) async fn legacy(interview: &Interview<'_>, version: TlsVersion, suites: &[CipherSuite]) -> Vec<NamedGroup> {
    let ecdhe = of_kind(suites, KeyExchange::Ecdhe);
    let (mut offered, mut accepted) = (LEGACY_GROUPS.to_vec(), Vec::new());
    while !offered.is_empty() && !ecdhe.is_empty() {
        let mut hello = offer(interview, version, &ecdhe);
        hello.groups.clone_from(&offered);
        let Ok(heard) = ask(interview, &hello, Wanted::Flight, None).await else { break };
        let group = heard.sent.iter().find_map(|sent| match sent {
            Sent::KeyExchange(exchange) => exchange.group,
            _ => None,
        });
        let Some(group) = group.filter(|group| offered.contains(group)) else { break };
        offered.retain(|other| *other != group);
        accepted.push(NamedGroup(group));
    }
    accepted
}

/// The prime of DHE suites, asked for without the groups of RFC 7919: what clients without them get.
pub(super) async fn finite(
    interview: &Interview<'_>,
    version: TlsVersion,
    suites: &[CipherSuite],
) -> Option<DhParameters> {
    let dhe = of_kind(suites, KeyExchange::Dhe);
    if dhe.is_empty() {
        return None;
    }
    let mut hello = offer(interview, version, &dhe);
    hello.groups.clear();
    let heard = ask(interview, &hello, Wanted::Flight, None).await.ok()?;
    heard.sent.iter().find_map(|sent| match sent {
        Sent::KeyExchange(exchange) => parameters(&exchange.prime),
        _ => None,
    })
}

fn of_kind(suites: &[CipherSuite], kind: KeyExchange) -> Vec<CipherSuite> {
    suites.iter().copied().filter(|suite| suite.parts().is_some_and(|parts| parts.key_exchange == kind)).collect()
}

/// The primes of RFC 2409, 3526 and 7919 begin and end with 64 ones and differ in what follows these.
fn parameters(prime: &[u8]) -> Option<DhParameters> {
    const ONES: [u8; 8] = [0xFF; 8];
    /// The first bits of the fraction of pi, and of e.
    const PI: [u8; 8] = [0xC9, 0x0F, 0xDA, 0xA2, 0x21, 0x68, 0xC2, 0x34];
    const E: [u8; 8] = [0xAD, 0xF8, 0x54, 0x58, 0xA2, 0xBB, 0x4A, 0x9A];
    let first = prime.first()?;
    let bits = u32::try_from(prime.len()).ok()? * 8 - first.leading_zeros();
    let is_framed = prime.starts_with(&ONES) && prime.ends_with(&ONES);
    let known_as = match prime.get(8..16) {
        Some(digits) if is_framed && digits == PI && bits <= 1024 => Some(format!("RFC 2409 MODP {bits}")),
        Some(digits) if is_framed && digits == PI => Some(format!("RFC 3526 MODP {bits}")),
        Some(digits) if is_framed && digits == E => Some(format!("ffdhe{bits}")),
        _ => None,
    };
    Some(DhParameters { bits, known_as })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn primes_are_measured_and_well_known_ones_named() {
        let framed = |start: &[u8], bytes: usize| {
            let mut prime = vec![0xFF; bytes];
            prime[8..8 + start.len()].copy_from_slice(start);
            prime
        };
        let modp = framed(&[0xC9, 0x0F, 0xDA, 0xA2, 0x21, 0x68, 0xC2, 0x34], 256);
        assert_eq!(parameters(&modp).unwrap().known_as.unwrap(), "RFC 3526 MODP 2048");
        let ffdhe = framed(&[0xAD, 0xF8, 0x54, 0x58, 0xA2, 0xBB, 0x4A, 0x9A], 384);
        assert_eq!(parameters(&ffdhe).unwrap().known_as.unwrap(), "ffdhe3072");
        assert_eq!(parameters(&[0x40; 64]), Some(DhParameters { bits: 511, known_as: None }));
        assert_eq!(parameters(&[]), None);
    }
}

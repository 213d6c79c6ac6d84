//! What probes hold in common: most of what one shows, others have shown before it.

use std::sync::Arc;

use super::certificates::Certificates;
use super::evidence::is_same_chain;
use crate::model::{Certificate, Observation, Untrusted};

/// Protocols that servers selected by ALPN, each held once: a handful of words, always near at hand.
#[derive(Debug, Default)]
pub(super) struct Protocols(Vec<Untrusted>);

impl Protocols {
    /// More than are ever offered, and servers select one of these. Beyond, each probe holds its own.
    const MOST: usize = 32;

    fn intern(&mut self, word: &mut Untrusted) {
        match self.0.iter().find(|known| *known == word) {
            Some(known) => word.clone_from(known),
            None if self.0.len() < Self::MOST => self.0.push(word.clone()),
            None => {}
        }
    }
}

/// Lets a probe hold what others hold already, where it is equal and nobody else looks at the probe: the chain and the
/// verdict of the probe before, or certificates that others serve; and the word for its protocol.
pub(super) fn share(
    observation: &mut Arc<Observation>,
    before: Option<&Observation>,
    certificates: &Certificates,
    protocols: &mut Protocols,
) {
    let Some(observation) = Arc::get_mut(observation) else { return };
    let Some(handshake) = &mut observation.handshake else { return };
    if let Some(alpn) = &mut handshake.alpn {
        protocols.intern(alpn);
    }
    match before.and_then(|before| before.handshake.as_ref()) {
        Some(before) if is_same_chain(&before.chain, &handshake.chain) => {
            handshake.chain = Arc::clone(&before.chain);
            if before.trust == handshake.trust {
                handshake.trust.clone_from(&before.trust);
            }
        }
        _ => {
            let known = |one: &Arc<Certificate>| Arc::clone(certificates.interned(&one.fingerprint).unwrap_or(one));
            handshake.chain = handshake.chain.iter().map(known).collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protocol_is_held_once_up_to_a_number() {
        let mut protocols = Protocols::default();
        let text = |word: &Untrusted| word.as_str().as_ptr();
        let (mut first, mut again) = (Untrusted::new("h2"), Untrusted::new("h2"));
        protocols.intern(&mut first);
        protocols.intern(&mut again);
        assert_eq!(text(&first), text(&again));
        for number in 0..2 * Protocols::MOST {
            let mut other = Untrusted::new(&number.to_string());
            protocols.intern(&mut other);
            assert_eq!(other.as_str(), number.to_string());
        }
        assert_eq!(protocols.0.len(), Protocols::MOST);
    }
}

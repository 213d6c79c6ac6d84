//! What is worth keeping of a conversation, within limits: every address keeps its own.

use crate::model::{Protocol, Untrusted, Upgrade};

/// Notes taken while the conversation goes on.
#[derive(Debug)]
pub(in crate::probe) struct Notes {
    upgrade: Upgrade,
    heard: bool,
}

impl Notes {
    /// Bytes of one line.
    const MOST_LINE: usize = 400;
    /// Capabilities, and bytes of each: Exchange announces 15, Dovecot 25.
    const MOST_CAPABILITIES: usize = 48;
    const MOST_CAPABILITY: usize = 100;
    /// Bytes behind the go-ahead that are shown.
    const MOST_INJECTED: usize = 64;

    pub(in crate::probe) const fn new(protocol: Protocol) -> Self {
        let upgrade =
            Upgrade { protocol, banner: None, capabilities: Vec::new(), reply: None, accepted: false, injected: None };
        Self { upgrade, heard: false }
    }

    /// The notes as evidence; `None` when the peer never said a word.
    pub(in crate::probe) fn into_evidence(mut self) -> Option<Upgrade> {
        self.upgrade.capabilities.shrink_to_fit();
        self.heard.then_some(self.upgrade)
    }

    pub(super) fn banner(&mut self, line: &[u8]) {
        self.heard = true;
        self.upgrade.banner = Some(text(line, Self::MOST_LINE));
    }

    pub(super) fn capability(&mut self, word: &[u8]) {
        if !word.is_empty() && self.upgrade.capabilities.len() < Self::MOST_CAPABILITIES {
            self.upgrade.capabilities.push(text(word, Self::MOST_CAPABILITY));
        }
    }

    /// Notes an answer and gives its visible form.
    pub(super) fn reply(&mut self, line: &[u8]) -> Untrusted {
        self.heard = true;
        let text = text(line, Self::MOST_LINE);
        self.upgrade.reply = Some(text.clone());
        text
    }

    pub(super) fn accept(&mut self, behind: &[u8]) {
        (self.heard, self.upgrade.accepted) = (true, true);
        self.upgrade.injected = (!behind.is_empty()).then(|| text(behind, Self::MOST_INJECTED));
    }
}

fn text(bytes: &[u8], most: usize) -> Untrusted {
    let bytes = bytes.trim_ascii();
    let Some(kept) = bytes.get(..most).filter(|kept| kept.len() < bytes.len()) else {
        return Untrusted::from_bytes(bytes);
    };
    Untrusted::from_bytes(&[kept, "…".as_bytes()].concat())
}

//! What is worth keeping of a conversation, within limits: every address keeps its own.

use crate::model::{Protocol, Untrusted, Upgrade};
use crate::probe::excerpt::excerpt;

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
        self.upgrade.banner = Some(excerpt(line, Self::MOST_LINE));
    }

    pub(super) fn capability(&mut self, word: &[u8]) {
        if !word.is_empty() && self.upgrade.capabilities.len() < Self::MOST_CAPABILITIES {
            self.upgrade.capabilities.push(excerpt(word, Self::MOST_CAPABILITY));
        }
    }

    /// Notes an answer and gives its visible form.
    pub(super) fn reply(&mut self, line: &[u8]) -> Untrusted {
        self.heard = true;
        let text = excerpt(line, Self::MOST_LINE);
        self.upgrade.reply = Some(text.clone());
        text
    }

    pub(super) fn accept(&mut self, behind: &[u8]) {
        (self.heard, self.upgrade.accepted) = (true, true);
        self.upgrade.injected = (!behind.is_empty()).then(|| excerpt(behind, Self::MOST_INJECTED));
    }
}

//! What a failure is taken to mean, and what it is read by.

use std::net::IpAddr;

use super::rules::Rule;
use crate::model::{Confidence, Handshake, Protocol, Time, Upgrade};

/// What is known beside the failure itself.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Context<'a> {
    /// How far the handshake came.
    pub(super) handshake: Option<&'a Handshake>,
    /// When it was tried.
    pub(super) at: Option<Time>,
    /// The address tried.
    pub(super) ip: Option<IpAddr>,
    /// No name was sent, because the target is an address literal.
    pub(super) nameless: bool,
    /// What is to be spoken there.
    pub(super) asked: Protocol,
    /// What was said before TLS.
    pub(super) upgrade: Option<&'a Upgrade>,
}

impl Context<'_> {
    /// The peer agreed to TLS in the conversation it was asked for.
    pub(super) fn agreed(&self) -> bool {
        self.upgrade.is_some_and(|upgrade| upgrade.accepted && upgrade.protocol == self.asked)
    }
}

/// The reading of a failure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) rule: &'static Rule,
    pub(super) confidence: Confidence,
}

impl Reading {
    pub(super) const fn certain(rule: &'static Rule) -> Self {
        Self { rule, confidence: Confidence::Certain }
    }

    pub(super) const fn likely(rule: &'static Rule) -> Self {
        Self { rule, confidence: Confidence::Likely }
    }
}

//! Chains served under other circumstances than the ordinary handshake's.

use serde::{Deserialize, Serialize};

use crate::model::{Chain, Untrusted};

/// What one kind of client is served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// Who asked.
    pub to: ServedTo,
    /// What came.
    pub answer: ServedAnswer,
}

/// A client that differs in one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServedTo {
    /// Sends no name.
    NoName,
    /// Sends a name that nobody serves.
    UnknownName,
    /// Accepts ECDSA certificates only.
    EcdsaOnly,
    /// Accepts RSA certificates only.
    RsaOnly,
}

/// What came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServedAnswer {
    /// A chain, leaf first, as sent.
    Chain(Chain),
    /// A refusal, in a few words: `alert unrecognized_name (112)`.
    Refused(Untrusted),
    /// Not known, for this reason.
    Unknown(Untrusted),
}

//! Which small change turns a failed handshake into a good one.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::model::Untrusted;

/// Attempts that each differ in one thing from the one that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Differential {
    /// In the order made, the unchanged one first; at most seven.
    pub attempts: Vec<Attempt>,
    /// The smallest change that succeeds.
    pub flips: Option<Change>,
    /// The unchanged attempt succeeded, or did not fail the same way twice.
    pub unstable: bool,
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// What differed.
    pub change: Change,
    /// What came.
    pub result: AttemptResult,
}

/// How a changed attempt ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptResult {
    /// It failed, in a few words.
    Failed(Untrusted),
    /// The handshake completed.
    Handshake,
}

/// One thing to change, smallest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Nothing: the same again.
    None,
    /// No application protocols.
    NoAlpn,
    /// Groups without post-quantum ones.
    ClassicalGroups,
    /// As small a hello as possible.
    SmallHello,
    /// TLS 1.2 at most.
    Tls12Only,
    /// No name, or a name where none was sent.
    OtherName {
        /// The name sent; `None` for none.
        sent: Option<Untrusted>,
    },
    /// An address of the other family.
    OtherFamily(SocketAddr),
}

impl Change {
    /// In words, for a sentence: `without ALPN`.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::None => "unchanged".to_owned(),
            Self::NoAlpn => "without ALPN".to_owned(),
            Self::ClassicalGroups => "with classical groups only".to_owned(),
            Self::SmallHello => "with a small hello".to_owned(),
            Self::Tls12Only => "with TLS 1.2 only".to_owned(),
            Self::OtherName { sent: None } => "without a name (SNI)".to_owned(),
            Self::OtherName { sent: Some(name) } => format!("with the name '{name}'"),
            Self::OtherFamily(address) => format!("at {address}"),
        }
    }
}

//! Which small change turns a failed handshake into a good one.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::model::{FailureKind, Untrusted};

/// Attempts that each differ in one thing from the one that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Differential {
    /// The failure that is looked into.
    pub failure: FailureKind,
    /// In the order made, an unchanged one first; at most six.
    pub attempts: Vec<Attempt>,
    /// The smallest change that succeeds while the unchanged attempts keep failing.
    pub flips: Option<Change>,
    /// An unchanged attempt succeeded.
    pub unstable: bool,
}

impl Differential {
    /// The attempt that succeeded by [`Differential::flips`].
    #[must_use]
    pub fn flipped(&self) -> Option<&Attempt> {
        let flips = self.flips.as_ref()?;
        self.attempts.iter().find(|attempt| attempt.change == *flips && attempt.result == AttemptResult::Handshake)
    }

    /// The first attempt without a change.
    #[must_use]
    pub fn unchanged(&self) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| attempt.change == Change::None)
    }
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// What differed.
    pub change: Change,
    /// Bytes sent before the first answer: the hello with its record header; 0 when it came to no connection.
    pub hello: u32,
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
    /// As small a hello as possible: neither of the two above, nor any extension that can be left out.
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

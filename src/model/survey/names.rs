//! Application protocols and client certificates.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::{Alert, Untrusted};

use super::Answer;

/// What came of one offer of application protocols.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlpnAnswer {
    /// The one protocol offered; `None` for a hello without the extension.
    pub offered: Option<Arc<str>>,
    /// What the server selected.
    pub selected: Option<Untrusted>,
    /// Whether the handshake went on.
    pub answer: Answer,
}

/// The server's wish for client certificates, and the fate of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientCertificate {
    /// Whether one is asked for at all.
    pub requested: bool,
    /// Whether a client without one is refused; `None` when that could not be told.
    pub required: Option<bool>,
    /// Authorities that are accepted; empty means any.
    pub authorities: Vec<Untrusted>,
    /// What became of the configured one; `None` without one.
    pub presented: Option<Presented>,
}

/// What became of the client certificate we presented.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presented {
    /// The server went on.
    Accepted,
    /// The server did not ask, so it was not sent.
    NotAsked,
    /// The server refused it.
    Refused {
        /// With this alert, where it gave a reason.
        alert: Option<Alert>,
        /// In words.
        detail: Untrusted,
    },
    /// It could not be told.
    Unknown(Untrusted),
}

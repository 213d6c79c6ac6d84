//! Session resumption and early data.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::model::Untrusted;

/// How sessions can be taken up again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sessions {
    /// By ticket (RFC 9846 section 2.2, RFC 5077).
    pub ticket: Resumption,
    /// By session id, below TLS 1.3.
    pub session_id: Resumption,
    /// A ticket of this address at other addresses of the same name.
    pub elsewhere: Vec<(SocketAddr, Resumption)>,
    /// Bytes of early data the server offers to take; `None` when it offers none.
    pub early_data: Option<u32>,
}

/// What came of an attempt to resume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resumption {
    /// The handshake fails when a session is offered.
    Broken(Untrusted),
    /// There was nothing to resume with.
    NotOffered,
    /// The server made a full handshake instead.
    Refused,
    /// Not known, for this reason.
    Unknown(Untrusted),
    /// It works.
    Works,
}

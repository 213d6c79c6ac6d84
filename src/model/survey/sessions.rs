//! Session resumption and early data.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::model::Untrusted;

/// How sessions can be taken up again. Each way is `None` where the server does not speak its version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sessions {
    /// By ticket under TLS 1.3 (RFC 9846 section 2.2).
    pub ticket: Option<Resumption>,
    /// By ticket under TLS 1.2 (RFC 5077).
    pub legacy_ticket: Option<Resumption>,
    /// By session id under TLS 1.2 (RFC 5246 section 7.3).
    pub session_id: Option<Resumption>,
    /// A session of this address at other addresses of the same name, by the first of the ways above that works here.
    pub elsewhere: Vec<(SocketAddr, Resumption)>,
    /// Bytes of early data the server offers to take; `None` when it offers none.
    pub early_data: Option<u32>,
}

/// What came of an attempt to resume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resumption {
    /// Handshakes fail when a session is offered, and succeed when none is.
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

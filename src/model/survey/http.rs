//! The HTTP response behind the handshake.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{Time, Untrusted};

/// What a `HEAD /` told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpAnswer {
    /// Status code; `None` when no response came.
    pub status: Option<u16>,
    /// Why there is none.
    pub failure: Option<HttpFailure>,
    /// From the request to the first byte of the response.
    pub first_byte: Option<Duration>,
    /// `Strict-Transport-Security` (RFC 6797).
    pub hsts: Option<Hsts>,
    /// `Date`.
    pub date: Option<Time>,
    /// `Age`: how long a cache has held the response; its `Date` is as much older.
    pub age: Option<Duration>,
    /// Our clock when the response began, or failed.
    pub received_at: Time,
    /// `Alt-Svc` (RFC 7838).
    pub alt_svc: Vec<AltSvc>,
    /// `Server`.
    pub server: Option<Untrusted>,
    /// `Location`, of a redirect.
    pub location: Option<Untrusted>,
}

impl HttpAnswer {
    /// No response, for this reason.
    #[must_use]
    pub const fn failed(kind: HttpFailureKind, words: Untrusted, received_at: Time) -> Self {
        Self {
            status: None,
            failure: Some(HttpFailure { kind, words }),
            first_byte: None,
            hsts: None,
            date: None,
            age: None,
            received_at,
            alt_svc: Vec::new(),
            server: None,
            location: None,
        }
    }
}

/// Why there is no response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpFailure {
    /// Of what kind.
    pub kind: HttpFailureKind,
    /// In words.
    pub words: Untrusted,
}

/// Kinds of [`HttpFailure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HttpFailureKind {
    /// It was not asked, or not to the end: no connection, no handshake, a limit of ours. It says nothing about HTTP.
    Unasked,
    /// Nothing, or no complete head, in time.
    Silent,
    /// The connection ended before a complete head.
    Ended,
    /// What came is not HTTP/1.
    Foreign,
    /// HTTP/1 that cannot be read, or a head without end.
    Malformed,
}

/// Strict transport security.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hsts {
    /// Seconds.
    pub max_age: u64,
    /// For names below, too.
    pub include_subdomains: bool,
    /// Consents to browsers' lists.
    pub preload: bool,
}

/// An alternative service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AltSvc {
    /// ALPN protocol, `h3`.
    pub protocol: Untrusted,
    /// `[host]:port`.
    pub authority: Untrusted,
    /// Seconds; 24 hours unless given.
    pub max_age: u64,
}

impl AltSvc {
    /// Seconds, where none are given (RFC 7838 section 3.1).
    pub const DEFAULT_MAX_AGE: u64 = 24 * 60 * 60;
}

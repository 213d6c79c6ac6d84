//! The same name over QUIC.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{Chain, Untrusted};

/// What came of a QUIC handshake with ALPN `h3`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuicAnswer {
    /// UDP port.
    pub port: u16,
    /// Why it was tried: advertised by `Alt-Svc`, by an HTTPS record, or asked for.
    pub advertised: bool,
    /// How long the handshake took.
    pub took: Duration,
    /// Selected protocol.
    pub alpn: Option<Untrusted>,
    /// Leaf first, as sent.
    pub chain: Chain,
    /// Why there was no handshake.
    pub failure: Option<Untrusted>,
}

//! What was said before TLS.

use serde::{Deserialize, Serialize};

use super::{Protocol, Untrusted};

/// A conversation that leads to TLS (STARTTLS and its like), as far as it came. All text is the peer's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upgrade {
    /// What was spoken.
    pub protocol: Protocol,
    /// The greeting, or what stands for it in the answer to our first words.
    pub banner: Option<Untrusted>,
    /// What the peer says it can do, in its own words and order; the first 48.
    pub capabilities: Vec<Untrusted>,
    /// The last answer, to the request for TLS when it came to that.
    pub reply: Option<Untrusted>,
    /// The peer agreed to TLS.
    pub accepted: bool,
    /// What came in plain text behind the agreement, where only TLS may follow; never taken for TLS.
    pub injected: Option<Untrusted>,
}

//! The embedded fleet: a certificate authority and real TLS servers on loopback, healthy and faulty.
//!
//! [`MEMBERS`] says who is in it and what is really wrong with each; everything
//! else makes that true. The lab is a source of targets like any other: it knows
//! the nouns, and nothing of the probe and the diagnosis that are tried on it.
//!
//! The authority runs a web server, too, where it says what it has revoked.
//!
//! Services of several addresses use 127.0.0.x. Where the system has only
//! 127.0.0.1 (macOS), they fall back to it with one port per address.

mod authority;
mod conversation;
mod fleet;
mod http3;
mod leaf;
mod members;
mod ocsp;
mod plan;
mod register;
mod relay;
mod responder;
mod server;
mod site;
mod sockets;
mod text;
mod tls;
mod weak;

pub use self::fleet::{ClientPapers, Lab, LabError, Member};
pub use self::members::MEMBERS;
pub use self::plan::Plan;
pub use self::text::list_text;

#[cfg(test)]
mod tests;

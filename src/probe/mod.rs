//! The only I/O to targets: resolve, connect, handshake, trust. Returns evidence, judges nothing.
//!
//! One [`Prober`] serves all probes at once. Whatever goes wrong with a target
//! is part of the evidence; errors are for our own set-up only. This room knows
//! no schedule, no store and no diagnosis.

mod candidates;
mod certificates;
mod clients;
mod dial;
mod dns;
mod excerpt;
mod excuse;
mod failure;
mod fetch;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod greeting;
mod h3;
mod handshake;
mod hello;
mod hosts;
mod identity;
mod kept;
#[cfg(test)]
mod limbo_tests;
mod limiter;
#[cfg(test)]
mod name_server;
mod overheard;
#[cfg(test)]
mod passage_tests;
mod path;
mod prober;
mod proxy;
mod question;
mod quic;
mod recorder;
mod records;
mod resolver;
mod revocation;
#[cfg(test)]
mod rig;
mod routes;
mod settings;
mod starttls;
mod stores;
mod survey;
mod talk;
mod transport;
mod trust;
#[cfg(test)]
mod upgrade_tests;
mod wire;
mod wrong_mode;

pub use self::identity::ClientChoice;
pub use self::prober::Prober;
pub use self::settings::{ProbeError, Settings};
pub use self::stores::{StoreChoice, TrustError, TrustStores};
pub use crate::model::FetchPolicy;

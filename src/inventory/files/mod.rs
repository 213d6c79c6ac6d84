//! Certificates and keys on disk: which files hold some, and what is in them.
//!
//! Told by content, never by name. Nothing is ever changed; of private keys only the public part leaves the files that
//! read them, and those of a cluster's manifests are not read at all.

mod cluster;
mod contents;
mod entries;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod input;
mod jks;
mod kernel;
mod key;
mod kubeconfig;
mod manifest;
mod object;
mod open;
mod pem;
mod pkcs12;
mod pruned;
mod screen;
mod sealed;
mod shelf;
mod text;
mod traefik;
mod walk;

pub(super) use self::text::first_certificate;
pub use self::walk::{Bounds, Haul, Pace, PatternError, walk};

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

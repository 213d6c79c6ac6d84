//! Certificates and keys on disk: which files hold some, and what is in them.
//!
//! Told by content, never by name. Nothing is ever changed; of private keys only the public part leaves the files that
//! read them.

mod contents;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod jks;
mod key;
mod kubeconfig;
mod object;
mod open;
mod pem;
mod pkcs12;
mod shelf;
mod text;
mod walk;

pub use self::walk::{Bounds, Haul, Pace, PatternError, walk};

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

//! What the tests of several formats need: certificates, and what was found in words.

use std::path::PathBuf;

use super::found::{Found, Sighting};

/// A certificate for these names, in PEM.
pub(super) fn pem(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    rcgen::generate_simple_self_signed(names).unwrap().cert.pem()
}

/// Targets with the names of their certificate files.
pub(super) fn told(found: &Found) -> Vec<String> {
    let file = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    let of = |one: &Sighting| format!("{} {}", one.spec, one.cert_file.as_ref().map(file).unwrap_or_default());
    found.sightings.iter().map(of).collect()
}

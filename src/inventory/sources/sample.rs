//! Certificates for the tests of what names them.

/// A certificate for these names, in PEM.
pub(super) fn pem(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    rcgen::generate_simple_self_signed(names).unwrap().cert.pem()
}

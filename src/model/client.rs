//! The certificate with which this program presents itself to servers that ask for one.

use std::path::PathBuf;

/// Where a client certificate and its key are kept. Paths only: what is in the files never leaves the probe.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientFiles {
    /// PEM with the certificate and its intermediates, perhaps with the key; or PKCS#12.
    pub certificate: PathBuf,
    /// PEM with the key; `None` when it is in the certificate's file.
    pub key: Option<PathBuf>,
    /// The first line of this file is the password of the key.
    pub password_file: Option<PathBuf>,
}

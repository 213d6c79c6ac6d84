//! What the prober is set up with, and what can be wrong with that.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::identity::ClientChoice;
use crate::credentials::ClientError;
use crate::model::{Bypass, FetchPolicy, Secret};

/// How names are looked up, what may be fetched from elsewhere, how many connections an address is made to bear, and
/// who we are to servers that ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Name servers to ask instead of the system's, in order.
    pub dns_servers: Vec<SocketAddr>,
    /// A hosts file that is asked before the system's.
    pub hosts_file: Option<PathBuf>,
    /// What certificates point to and may be fetched.
    pub fetch: FetchPolicy,
    /// It may be fetched from loopback and private addresses too, whatever the target's own address.
    pub fetch_private: bool,
    /// From where it is fetched directly, although its target is reached through a proxy.
    pub bypass: Bypass,
    /// Probes of one address at a time, as the schedule allows them; a survey makes room for as many.
    pub per_address: usize,
    /// Connections to one address within a minute beyond which a survey waits.
    pub connections_per_minute: usize,
    /// Where what was fetched is kept between runs; `None` for in memory only.
    pub cache: Option<PathBuf>,
    /// Client certificates that targets name.
    pub clients: Vec<ClientChoice>,
    /// The password of their keys, where they have none of their own.
    pub client_password: Option<Secret>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            dns_servers: Vec::new(),
            hosts_file: None,
            fetch: FetchPolicy::default(),
            fetch_private: false,
            bypass: Bypass::default(),
            per_address: 1,
            connections_per_minute: 300,
            cache: None,
            clients: Vec::new(),
            client_password: None,
        }
    }
}

/// Why the prober cannot be set up as asked.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// A client certificate cannot be used.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// An address that cannot be a name server's.
    #[error("{server} cannot be a DNS server: {reason}; give IP or IP:PORT")]
    DnsServer {
        /// As given.
        server: SocketAddr,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The given hosts file cannot be read.
    #[error("cannot read the hosts file {}: {error}", path.display())]
    HostsFile {
        /// As given.
        path: PathBuf,
        /// The system's words.
        error: std::io::Error,
    },
    /// A line of the given hosts file is not an address and names.
    #[error("{}:{line}: expected an IP address and then names, found '{found}'", path.display())]
    HostsLine {
        /// As given.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// The line's text.
        found: crate::model::Untrusted,
    },
    /// The TLS library refuses its own defaults.
    #[error("the TLS library cannot be set up: {0}")]
    Library(#[from] rustls::Error),
    /// The system does not say which name servers to ask, or says it in a way that cannot be used.
    #[error("no DNS server is known ({reason}); give one with --dns-server, or addresses with --resolve")]
    Resolver {
        /// What is wrong with the system's configuration.
        reason: String,
    },
}

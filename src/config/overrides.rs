//! What environment and command line say over the file.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::parts::RootStore;
use super::value::{Label, Rate};
use crate::inventory::{ConnectTo, ProxyChoice, Resolve, UsualProxies};
use crate::model::{Depth, Family, FetchPolicy, Protocol, Secret, Target};

/// Settings from outside the file; `None` and empty leave the file's.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--interval`.
    pub interval: Option<Duration>,
    /// `--timeout`.
    pub timeout: Option<Duration>,
    /// `--depth`.
    pub depth: Option<Depth>,
    /// `--fetch`.
    pub fetch: Option<FetchPolicy>,
    /// `--fetch-private`.
    pub fetch_private: bool,
    /// `--concurrency`.
    pub concurrency: Option<usize>,
    /// `--rate`.
    pub rate: Option<Rate>,
    /// `-4`, `-6`.
    pub family: Option<Family>,
    /// `--servername`.
    pub servername: Option<String>,
    /// `--starttls`; [`Protocol::Tls`] for `none`.
    pub starttls: Option<Protocol>,
    /// `--proxy`.
    pub proxy: Option<ProxyChoice>,
    /// What `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` say; any other choice counts more, except that for `NO_PROXY`.
    pub usual_proxies: UsualProxies,
    /// `--client-cert`.
    pub client_cert: Option<PathBuf>,
    /// `--client-key`.
    pub client_key: Option<PathBuf>,
    /// `--client-cert-password-file`.
    pub client_cert_password_file: Option<PathBuf>,
    /// The password of keys of client certificates that have none of their own; the environment only has it.
    pub client_password: Option<Secret>,
    /// `--resolve`.
    pub resolve: Vec<Resolve>,
    /// `--connect-to`.
    pub connect_to: Vec<ConnectTo>,
    /// `--trust`; an empty list for `none`.
    pub trust: Option<Vec<RootStore>>,
    /// `--ca-file`, added to the file's.
    pub ca_files: Vec<PathBuf>,
    /// `--dns-server`.
    pub dns_servers: Vec<SocketAddr>,
    /// `--hosts-file`.
    pub hosts_file: Option<PathBuf>,
    /// `--group`.
    pub group: Option<String>,
    /// `--label`; all must match.
    pub labels: Vec<Label>,
    /// `--theme`.
    pub theme: Option<String>,
    /// `--ascii`.
    pub ascii: bool,
    /// `--no-color`.
    pub no_color: bool,
}

impl Overrides {
    /// Whether `--group` and `--label` leave this target in.
    #[must_use]
    pub fn want(&self, target: &Target) -> bool {
        let in_group = self.group.as_ref().is_none_or(|group| target.group() == group);
        in_group && self.labels.iter().all(|label| target.labels.get(&label.name) == Some(&label.value))
    }
}

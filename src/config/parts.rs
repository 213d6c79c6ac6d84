//! The parts of the settings, with their defaults.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

use super::value::Rate;
use crate::model::FetchPolicy;

/// How probing is done.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbeSettings {
    /// Probes under way at once.
    pub concurrency: usize,
    /// Probes started per second at most.
    pub rate: Option<Rate>,
    /// Connections to one address at once.
    pub per_address: usize,
    /// Surveys under way at once.
    pub surveys: usize,
    /// Connections to one address within a minute beyond which a survey waits.
    pub connections_per_minute: usize,
    /// Name servers instead of the system's.
    pub dns_servers: Vec<SocketAddr>,
    /// Hosts file instead of the system's.
    pub hosts_file: Option<PathBuf>,
    /// What may be fetched from elsewhere.
    pub fetch: FetchPolicy,
    /// Loopback and private addresses too, whatever the target's own.
    pub fetch_private: bool,
}

impl Default for ProbeSettings {
    fn default() -> Self {
        Self {
            concurrency: 256,
            rate: None,
            per_address: 1,
            surveys: 8,
            connections_per_minute: 300,
            dns_servers: Vec::new(),
            hosts_file: None,
            fetch: FetchPolicy::default(),
            fetch_private: false,
        }
    }
}

/// Whom to trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustSettings {
    /// Root stores by name; may be empty.
    pub stores: Vec<RootStore>,
    /// PEM files with further roots.
    pub ca_files: Vec<PathBuf>,
}

impl Default for TrustSettings {
    fn default() -> Self {
        Self { stores: vec![RootStore::System], ca_files: Vec::new() }
    }
}

/// A root store by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RootStore {
    /// Mozilla's, compiled in.
    Mozilla,
    /// The platform's.
    System,
}

impl RootStore {
    /// Its name in configuration and output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mozilla => "mozilla",
            Self::System => "system",
        }
    }
}

/// How it looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UiSettings {
    /// Theme by name; `None` for the remembered or default one.
    pub theme: Option<String>,
    /// ASCII glyphs only; `None` to decide by the locale.
    pub ascii: Option<bool>,
    /// Colours.
    pub color: ColorChoice,
    /// The mouse is used.
    pub mouse: bool,
}

impl Default for UiSettings {
    fn default() -> Self {
        Self { theme: None, ascii: None, color: ColorChoice::Auto, mouse: true }
    }
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColorChoice {
    /// As the terminal can, and `NO_COLOR` says.
    #[default]
    Auto,
    /// Never.
    Never,
}

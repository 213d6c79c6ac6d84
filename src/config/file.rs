//! The configuration file's schema, key by key.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use super::error::{self, ConfigError, Position};
use super::expect::ExpectTable;
use super::parts::{ColorChoice, RootStore};
use super::thresholds::{SilenceTable, SloTable, ThresholdsTable};
use super::value::{NameServer, Rate, Span, Starttls};
use crate::model::{Depth, Family, FetchPolicy};

/// A key that is understood and whose feature is not built yet.
type Later = Option<Spanned<IgnoredAny>>;

/// A configuration file as written.
#[derive(Clone, Debug, Default)]
pub struct File {
    pub(super) path: PathBuf,
    pub(super) text: String,
    pub(super) tables: Tables,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Tables {
    pub(super) defaults: TargetTable,
    pub(super) trust: TrustTable,
    pub(super) probe: ProbeTable,
    pub(super) thresholds: ThresholdsTable,
    pub(super) ui: UiTable,
    pub(super) target: Vec<Spanned<TargetTable>>,
    pub(super) key: Vec<Spanned<KeyTable>>,
    pub(super) slo: Vec<SloTable>,
    pub(super) silence: Vec<Spanned<SilenceTable>>,
    pub(super) inventory: Vec<Spanned<InventoryTable>>,
}

/// `[defaults]` and `[[target]]` have the same keys, except `target` itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TargetTable {
    pub(super) target: Option<Spanned<String>>,
    pub(super) interval: Option<Spanned<Span>>,
    pub(super) timeout: Option<Spanned<Span>>,
    pub(super) family: Option<FamilyName>,
    pub(super) labels: BTreeMap<Arc<str>, Arc<str>>,
    pub(super) servername: Option<Spanned<String>>,
    pub(super) alpn: Option<Spanned<Vec<Arc<str>>>>,
    pub(super) starttls: Option<Starttls>,
    pub(super) connect_to: Option<Spanned<String>>,
    pub(super) client_cert: Option<Spanned<PathBuf>>,
    pub(super) client_key: Option<Spanned<PathBuf>>,
    pub(super) client_cert_password_file: Option<Spanned<PathBuf>>,
    pub(super) depth: Option<Depth>,
    pub(super) survey: Option<Spanned<Span>>,
    pub(super) cert_file: Option<Spanned<PathBuf>>,
    pub(super) expect: Option<ExpectTable>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum FamilyName {
    Any,
    Ipv4,
    Ipv6,
}

impl From<FamilyName> for Family {
    fn from(name: FamilyName) -> Self {
        match name {
            FamilyName::Any => Self::Any,
            FamilyName::Ipv4 => Self::V4,
            FamilyName::Ipv6 => Self::V6,
        }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TrustTable {
    pub(super) stores: Option<Vec<RootStore>>,
    pub(super) ca_files: Vec<PathBuf>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ProbeTable {
    pub(super) concurrency: Option<Spanned<usize>>,
    pub(super) rate: Option<Rate>,
    pub(super) per_address: Option<Spanned<usize>>,
    pub(super) surveys: Option<Spanned<usize>>,
    pub(super) connections_per_minute: Option<Spanned<usize>>,
    pub(super) dns_servers: Vec<NameServer>,
    pub(super) hosts_file: Option<PathBuf>,
    pub(super) fetch: Option<FetchPolicy>,
    pub(super) fetch_private: Option<bool>,
    pub(super) proxy: Option<Spanned<String>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct UiTable {
    pub(super) theme: Option<String>,
    pub(super) glyphs: Option<Glyphs>,
    pub(super) color: Option<ColorChoice>,
    pub(super) mouse: Option<bool>,
    columns: Later,
    view: Later,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Glyphs {
    Ascii,
    Auto,
    Unicode,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyTable {
    pub(super) action: String,
    pub(super) keys: Vec<String>,
}

/// A source of targets that is kept live.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct InventoryTable {
    pub(super) path: Option<Spanned<PathBuf>>,
    pub(super) url: Option<Spanned<String>>,
    pub(super) kind: Option<Spanned<String>>,
    pub(super) token_file: Option<Spanned<PathBuf>>,
    pub(super) token_env: Option<Spanned<String>>,
    pub(super) username: Option<Spanned<String>>,
    pub(super) password_file: Option<Spanned<PathBuf>>,
    pub(super) password_env: Option<Spanned<String>>,
    pub(super) client_cert: Option<Spanned<PathBuf>>,
    pub(super) client_key: Option<Spanned<PathBuf>>,
    pub(super) client_cert_password_file: Option<Spanned<PathBuf>>,
    pub(super) refresh: Option<Spanned<Span>>,
    pub(super) labels: BTreeMap<Arc<str>, Arc<str>>,
}

impl File {
    /// Reads and checks the schema; values are checked when folded into settings.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Read { path: path.to_owned(), error })?;
        Self::parse(path, text)
    }

    /// Reads the text of a configuration; `path` is for messages.
    pub fn parse(path: &Path, text: String) -> Result<Self, ConfigError> {
        match toml::from_str(&text) {
            Ok(tables) => Ok(Self { path: path.to_owned(), text, tables }),
            Err(error) => Err(error::from_toml(path, &text, &error)),
        }
    }

    pub(super) fn position(&self, at: usize) -> Position {
        Position::of(&self.path, &self.text, at)
    }

    /// A relative path in a file is relative to that file.
    pub(super) fn beside(&self, path: &Path) -> PathBuf {
        self.path.parent().map_or_else(|| path.to_owned(), |directory| directory.join(path))
    }

    pub(super) fn invalid(&self, at: usize, message: impl Into<String>) -> ConfigError {
        ConfigError::Invalid { position: self.position(at), message: message.into() }
    }

    /// One sentence for every key whose feature is not built yet.
    pub(super) fn warnings(&self) -> Vec<String> {
        let tables = &self.tables;
        let later: [(&str, &Later); 2] = [("columns", &tables.ui.columns), ("view", &tables.ui.view)];
        let mut found: Vec<(usize, &str)> =
            later.iter().filter_map(|(key, value)| value.as_ref().map(|value| (value.span().start, *key))).collect();
        found.sort_unstable();
        let sentence =
            |(at, key): (usize, &str)| format!("{}: '{key}' is not built yet and has no effect", self.position(at));
        found.into_iter().map(sentence).collect()
    }
}

//! The settings of one run, checked and immutable.

use std::path::{Path, PathBuf};

use toml::Spanned;

use super::error::ConfigError;
use super::file::{File, Glyphs, Tables};
use super::fleet;
use super::overrides::Overrides;
use super::parts::{ColorChoice, ProbeSettings, TrustSettings, UiSettings};
use super::sources;
use super::thresholds;
use crate::diagnosis::Policy;
use crate::input::Keymap;
use crate::inventory::{Item, LiveSource, Recipe};
use crate::model::Target;

/// Everything that is configurable, in effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The file that was read, if any.
    pub file: Option<PathBuf>,
    /// What to watch: the targets named on the command line, else the configured fleet, filtered; numbered from 0.
    pub targets: Vec<Target>,
    /// So many of them are these, the first; what sources name comes after them.
    pub named: usize,
    /// Where further targets are taken from while running; nowhere when some were named on the command line.
    pub inventory: Vec<LiveSource>,
    /// What a target added while running is made with.
    pub recipe: Recipe,
    /// How probing is done.
    pub probe: ProbeSettings,
    /// Whom to trust.
    pub trust: TrustSettings,
    /// Thresholds of the diagnosis.
    pub policy: Policy,
    /// How it looks.
    pub ui: UiSettings,
    /// The keys, the user's changes included.
    pub keymap: Keymap,
    /// What the user must know, such as keys whose feature is not built yet.
    pub warnings: Vec<String>,
}

impl Settings {
    /// Reads the file at `path`, if any, and folds everything together. `named` are targets from the command line.
    pub fn load(path: Option<&Path>, overrides: &Overrides, named: Option<Vec<Item>>) -> Result<Self, ConfigError> {
        let file = path.map(File::read).transpose()?;
        Self::fold(file.as_ref(), overrides, named)
    }

    /// Folds defaults, a file, and environment and flags, in this order.
    pub fn fold(file: Option<&File>, overrides: &Overrides, named: Option<Vec<Item>>) -> Result<Self, ConfigError> {
        let empty = File::default();
        let from = file.unwrap_or(&empty);
        let recipe = fleet::recipe(from, overrides)?;
        // Read even when it is not used: what is wrong with the file is told in any case.
        let trust = trust(from, overrides);
        let live = sources::live(from, &trust, overrides)?;
        let inventory = if named.is_none() { live } else { Vec::new() };
        let targets = fleet::targets(from, &recipe, overrides, named)?;
        let doubts = fleet::doubles(from).into_iter().chain(fleet::doubts(from)).chain(fleet::unchecked(&targets));
        let warnings = from.warnings().into_iter().chain(doubts).collect();
        Ok(Self {
            file: file.map(|file| file.path.clone()),
            named: targets.len(),
            targets,
            inventory,
            recipe,
            probe: probe(from, overrides)?,
            trust,
            policy: policy(from)?,
            ui: ui(from, overrides),
            keymap: keymap(from)?,
            warnings,
        })
    }
}

fn probe(file: &File, overrides: &Overrides) -> Result<ProbeSettings, ConfigError> {
    let table = &file.tables.probe;
    let defaults = ProbeSettings::default();
    let at_least_one = |value: &Option<Spanned<usize>>, name: &str, default| match value {
        Some(value) if *value.get_ref() == 0 => Err(file.invalid(value.span().start, format!("{name} is at least 1"))),
        Some(value) => Ok(*value.get_ref()),
        None => Ok(default),
    };
    let concurrency = at_least_one(&table.concurrency, "concurrency", defaults.concurrency)?;
    let dns_servers = match &overrides.dns_servers[..] {
        [] => table.dns_servers.iter().map(|server| server.0).collect(),
        servers => servers.to_vec(),
    };
    let hosts_file = table.hosts_file.as_ref().filter(|path| !path.as_os_str().is_empty());
    Ok(ProbeSettings {
        concurrency: overrides.concurrency.unwrap_or(concurrency),
        rate: overrides.rate.or(table.rate),
        per_address: at_least_one(&table.per_address, "per_address", defaults.per_address)?,
        surveys: at_least_one(&table.surveys, "surveys", defaults.surveys)?,
        connections_per_minute: at_least_one(
            &table.connections_per_minute,
            "connections_per_minute",
            defaults.connections_per_minute,
        )?,
        dns_servers,
        hosts_file: overrides.hosts_file.clone().or_else(|| hosts_file.map(|path| file.beside(path))),
        fetch: overrides.fetch.or(table.fetch).unwrap_or_default(),
        fetch_private: overrides.fetch_private || table.fetch_private.unwrap_or(defaults.fetch_private),
    })
}

fn trust(file: &File, overrides: &Overrides) -> TrustSettings {
    let table = &file.tables.trust;
    let stores = overrides.trust.clone().or_else(|| table.stores.clone());
    let configured = table.ca_files.iter().map(|path| file.beside(path));
    TrustSettings {
        stores: stores.unwrap_or_else(|| TrustSettings::default().stores),
        ca_files: configured.chain(overrides.ca_files.iter().cloned()).collect(),
    }
}

fn policy(file: &File) -> Result<Policy, ConfigError> {
    let Tables { thresholds, slo, silence, .. } = &file.tables;
    thresholds::policy(thresholds, slo, silence).map_err(|(at, message)| file.invalid(at, message))
}

fn ui(file: &File, overrides: &Overrides) -> UiSettings {
    let table = &file.tables.ui;
    let configured = match table.glyphs {
        Some(Glyphs::Ascii) => Some(true),
        Some(Glyphs::Unicode) => Some(false),
        Some(Glyphs::Auto) | None => None,
    };
    UiSettings {
        theme: overrides.theme.clone().or_else(|| table.theme.clone()),
        ascii: if overrides.ascii { Some(true) } else { configured },
        color: if overrides.no_color { ColorChoice::Never } else { table.color.unwrap_or_default() },
        mouse: table.mouse.unwrap_or(UiSettings::default().mouse),
    }
}

/// One change after the other, so that an error has the place of the change that brings it.
fn keymap(file: &File) -> Result<Keymap, ConfigError> {
    let mut keymap = Keymap::default();
    for (index, changed) in file.tables.key.iter().enumerate() {
        let so_far = file.tables.key[..=index].iter().map(Spanned::get_ref);
        let overrides = so_far.map(|key| (key.action.as_str(), key.keys.iter().map(String::as_str)));
        keymap =
            Keymap::with_overrides(overrides).map_err(|error| file.invalid(changed.span().start, error.to_string()))?;
    }
    Ok(keymap)
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;

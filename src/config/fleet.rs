//! Which targets a run has, and with which settings each.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use toml::Spanned;

use super::error::ConfigError;
use super::expect;
use super::file::{File, TargetTable};
use super::overrides::Overrides;
use super::value::{checked_interval, checked_survey, checked_timeout};
use crate::inventory::{self, Item, ProxyChoice, Proxying, Recipe, Spec, Upgrade};
use crate::model::{ClientFiles, Depth, Target, TargetId};

/// What all targets have in common: defaults, then `[defaults]`, then environment and flags.
pub(super) fn recipe(file: &File, overrides: &Overrides) -> Result<Recipe, ConfigError> {
    let defaults = &file.tables.defaults;
    if let Some(target) = &defaults.target {
        return Err(file.invalid(target.span().start, "'target' belongs in a [[target]] table, not in [defaults]"));
    }
    let proxying = Proxying { chosen: chosen_proxy(file, overrides)?, usual: overrides.usual_proxies.clone() };
    let base = Recipe { resolve: overrides.resolve.clone(), proxying, ..Recipe::default() };
    apply_overrides(apply_table(file, defaults, base)?, overrides)
}

/// The flag's, else the file's; an empty text leaves it to the environment.
fn chosen_proxy(file: &File, overrides: &Overrides) -> Result<Option<ProxyChoice>, ConfigError> {
    let configured = file.tables.probe.proxy.as_ref().filter(|proxy| !proxy.get_ref().trim().is_empty());
    match (&overrides.proxy, configured) {
        (Some(choice), _) => Ok(Some(choice.clone())),
        (None, Some(text)) => {
            let choice = text.get_ref().parse::<ProxyChoice>();
            choice.map(Some).map_err(|message| file.invalid(text.span().start, format!("'proxy': {message}")))
        }
        (None, None) => Ok(None),
    }
}

/// The named targets, else the configured ones; without doubles, filtered, numbered from 0.
pub(super) fn targets(
    file: &File,
    recipe: &Recipe,
    overrides: &Overrides,
    named: Option<Vec<Item>>,
) -> Result<Vec<Target>, ConfigError> {
    let configured = configured(file, recipe, overrides)?;
    let wanted: Vec<(Spec, Recipe)> = match named {
        None => configured.into_iter().map(|entry| (entry.spec, entry.recipe)).collect(),
        Some(items) => items
            .into_iter()
            .map(|item| {
                let known = configured.iter().find(|entry| entry.spec == item.spec);
                let recipe = known.map_or(recipe, |entry| &entry.recipe).clone();
                (item.spec, recipe)
            })
            .collect(),
    };
    let mut seen = HashSet::new();
    let mut targets = Vec::with_capacity(wanted.len());
    for (spec, recipe) in wanted {
        let id = TargetId(u32::try_from(targets.len()).unwrap_or(u32::MAX));
        let target = recipe.target(id, &spec);
        if overrides.want(&target) && seen.insert(target.name.clone()) {
            targets.push(target);
        }
    }
    Ok(targets)
}

/// One sentence for every configured target that is there already.
pub(super) fn doubles(file: &File) -> Vec<String> {
    let mut seen = HashSet::new();
    let notations = file.tables.target.iter().filter_map(|table| table.get_ref().target.as_ref());
    let specs =
        notations.filter_map(|notation| Some((notation.span().start, inventory::parse(notation.get_ref()).ok()?)));
    specs
        .map(|(at, spec)| (at, spec.to_string()))
        .filter(|(_, name)| !seen.insert(name.clone()))
        .map(|(at, name)| format!("{}: '{name}' is configured above; this one has no effect", file.position(at)))
        .collect()
}

/// One sentence for every expectation that is unwise.
pub(super) fn doubts(file: &File) -> Vec<String> {
    let tables = std::iter::once(&file.tables.defaults).chain(file.tables.target.iter().map(Spanned::get_ref));
    let doubts = tables.filter_map(|table| expect::doubts(table.expect.as_ref()?));
    doubts.map(|(at, doubt)| format!("{}: {doubt}", file.position(at))).collect()
}

/// One sentence for the targets of which something is expected that only a survey can see, and that are not surveyed.
pub(super) fn unchecked(targets: &[Target]) -> Option<String> {
    let expects = |target: &&Target| target.expect.as_deref().is_some_and(|expect| expect.hsts == Some(true));
    let mut blind = targets.iter().filter(|target| target.depth == Depth::Handshake).filter(expects);
    let first = blind.next()?;
    let others = match blind.count() {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    Some(format!(
        "expect.hsts of '{}'{others} is checked by surveys, of which depth = \"handshake\" makes none",
        first.name
    ))
}

struct Entry {
    spec: Spec,
    recipe: Recipe,
}

fn configured(file: &File, base: &Recipe, overrides: &Overrides) -> Result<Vec<Entry>, ConfigError> {
    let entry = |table: &toml::Spanned<TargetTable>| {
        let Some(notation) = &table.get_ref().target else {
            return Err(
                file.invalid(table.span().start, "this [[target]] names no target: the key 'target' is missing")
            );
        };
        let at = notation.span().start;
        let spec = inventory::parse(notation.get_ref()).map_err(|error| file.invalid(at, error.to_string()))?;
        let recipe = apply_overrides(apply_table(file, table.get_ref(), base.clone())?, overrides)?;
        Ok(Entry { spec, recipe })
    };
    file.tables.target.iter().map(entry).collect()
}

fn apply_table(file: &File, table: &TargetTable, mut recipe: Recipe) -> Result<Recipe, ConfigError> {
    if let Some(interval) = &table.interval {
        let checked = checked_interval(interval.get_ref().0);
        recipe.interval = checked.map_err(|message| file.invalid(interval.span().start, message))?;
    }
    if let Some(timeout) = &table.timeout {
        let checked = checked_timeout(timeout.get_ref().0);
        recipe.timeout = checked.map_err(|message| file.invalid(timeout.span().start, message))?;
    }
    if let Some(survey) = &table.survey {
        let checked = checked_survey(survey.get_ref().0);
        recipe.survey = checked.map_err(|message| file.invalid(survey.span().start, message))?;
    }
    if let Some(name) = &table.servername {
        let checked = inventory::servername(name.get_ref());
        recipe.servername = Some(checked.map_err(|error| file.invalid(name.span().start, error.to_string()))?);
    }
    if let Some(route) = &table.connect_to {
        let parsed = route.get_ref().parse();
        let route =
            parsed.map_err(|error: inventory::RouteError| file.invalid(route.span().start, error.to_string()))?;
        recipe.connect_to.insert(0, route);
    }
    if let Some(starttls) = table.starttls {
        recipe.upgrade = Upgrade::To(starttls.0);
    }
    recipe.family = table.family.map_or(recipe.family, Into::into);
    recipe.depth = table.depth.unwrap_or(recipe.depth);
    recipe.client = client(file, table, recipe.client)?;
    if let Some(alpn) = &table.alpn {
        if alpn.get_ref().iter().any(|name| !(1..=255).contains(&name.len())) {
            return Err(file.invalid(alpn.span().start, "'alpn': a protocol's name has 1 to 255 bytes (RFC 7301)"));
        }
        recipe.alpn = Some(alpn.get_ref().clone());
    }
    if let Some(path) = &table.cert_file {
        recipe.cert_file = Some(file.beside(path.get_ref()).into());
    }
    if let Some(expected) = &table.expect {
        let apply = expect::apply(expected, recipe.expect.as_deref(), recipe.alpn.as_deref());
        recipe.expect = Some(apply.map_err(|(at, message)| file.invalid(at, message))?);
    }
    recipe.labels.extend(table.labels.clone());
    Ok(recipe)
}

/// The client certificate of a table, which takes the place of the defaults'; an empty path for none.
fn client(
    file: &File,
    table: &TargetTable,
    above: Option<Arc<ClientFiles>>,
) -> Result<Option<Arc<ClientFiles>>, ConfigError> {
    let TargetTable { client_cert, client_key, client_cert_password_file, .. } = table;
    let path = |path: &Option<Spanned<PathBuf>>| path.as_ref().map(|path| file.beside(path.get_ref()));
    match client_cert {
        Some(certificate) if certificate.get_ref().as_os_str().is_empty() => Ok(None),
        Some(certificate) => Ok(Some(Arc::new(ClientFiles {
            certificate: file.beside(certificate.get_ref()),
            key: path(client_key),
            password_file: path(client_cert_password_file),
        }))),
        None => match client_key.as_ref().or(client_cert_password_file.as_ref()) {
            Some(alone) => Err(file.invalid(alone.span().start, "'client_cert' is missing beside this key")),
            None => Ok(above),
        },
    }
}

/// The flags' client certificate takes the place of all others.
fn overriding_client(
    overrides: &Overrides,
    configured: Option<Arc<ClientFiles>>,
) -> Result<Option<Arc<ClientFiles>>, ConfigError> {
    let Overrides { client_cert, client_key, client_cert_password_file, .. } = overrides;
    match client_cert {
        Some(certificate) => Ok(Some(Arc::new(ClientFiles {
            certificate: certificate.clone(),
            key: client_key.clone(),
            password_file: client_cert_password_file.clone(),
        }))),
        None if client_key.is_some() => {
            Err(ConfigError::Setting("--client-key needs --client-cert, which says whose key it is".to_owned()))
        }
        None => Ok(configured.map(|files| match client_cert_password_file {
            Some(_) => Arc::new(ClientFiles { password_file: client_cert_password_file.clone(), ..(*files).clone() }),
            None => files,
        })),
    }
}

pub(super) fn apply_overrides(mut recipe: Recipe, overrides: &Overrides) -> Result<Recipe, ConfigError> {
    if let Some(interval) = overrides.interval {
        recipe.interval = checked_interval(interval).map_err(ConfigError::Setting)?;
    }
    if let Some(timeout) = overrides.timeout {
        recipe.timeout = checked_timeout(timeout).map_err(ConfigError::Setting)?;
    }
    if let Some(name) = &overrides.servername {
        let checked = inventory::servername(name);
        recipe.servername = Some(checked.map_err(|error| ConfigError::Setting(format!("--servername: {error}")))?);
    }
    recipe.upgrade = overrides.starttls.map_or(recipe.upgrade, Upgrade::To);
    recipe.family = overrides.family.unwrap_or(recipe.family);
    recipe.depth = overrides.depth.unwrap_or(recipe.depth);
    recipe.client = overriding_client(overrides, recipe.client)?;
    if !overrides.connect_to.is_empty() {
        recipe.connect_to.clone_from(&overrides.connect_to);
    }
    Ok(recipe)
}

//! From sources that are kept live to targets: what becomes of what they name.

use std::sync::Arc;

use super::fleet;
use super::overrides::Overrides;
use super::settings::Settings;
use crate::inventory::sources::Sighting;
use crate::inventory::{LiveSource, Recipe, Roster, Upgrade};
use crate::model::{ClientFiles, TargetId};

/// The targets of all sources, none of which was read yet, beside those that were named; `overrides` are what the
/// settings were made with. None where there are no sources.
#[must_use]
pub fn roster(settings: &Settings, overrides: &Overrides) -> Option<Roster> {
    if settings.inventory.is_empty() {
        return None;
    }
    let (recipe, overrides) = (settings.recipe.clone(), overrides.clone());
    let make = move |source: &LiveSource, sighting: &Sighting, id: TargetId| {
        let recipe = of(&recipe, source, sighting);
        // What is wrong with the flags was told when the settings were made.
        let target = fleet::apply_overrides(recipe, &overrides).ok()?.target(id, &sighting.spec);
        overrides.want(&target).then_some(target)
    };
    Some(Roster::new(settings.inventory.clone(), &settings.targets, Box::new(make)))
}

/// What all targets have in common, then what the source has, then what it says of this one.
fn of(recipe: &Recipe, source: &LiveSource, sighting: &Sighting) -> Recipe {
    let mut recipe = recipe.clone();
    let labels = source.labels.iter().chain(sighting.labels.iter());
    recipe.labels.extend(labels.map(|(name, value)| (Arc::clone(name), Arc::clone(value))));
    recipe.servername = sighting.servername.clone().or(recipe.servername);
    recipe.upgrade = sighting.starttls.map_or(recipe.upgrade, Upgrade::To);
    if let Some((certificate, key)) = &sighting.client {
        let files = ClientFiles { certificate: certificate.clone(), key: key.clone(), password_file: None };
        recipe.client = Some(Arc::new(files));
    }
    recipe.cert_file = sighting.cert_file.as_deref().map(Arc::from).or(recipe.cert_file);
    recipe
}

#[cfg(test)]
#[path = "roster_tests.rs"]
mod tests;

//! How the screen looks on this terminal: themes, colours, glyphs and keys from settings and environment.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::anyhow;

use crate::config::{ColorChoice, Paths, Settings};
use crate::model::{Clock as _, SystemClock};
use crate::theme::{self, Depth, Glyphs, Theme, ThemeError};
use crate::ui::UiSettings;

/// What the screen is told before the first frame.
///
/// # Errors
///
/// When the named theme is missing or wrong; other broken theme files are left out of the picker.
pub(super) fn ui_settings(settings: &Settings, paths: &Paths, title: &str, filter: &str) -> anyhow::Result<UiSettings> {
    let variable = |name: &str| std::env::var(name).ok();
    let depth = match settings.ui.color {
        ColorChoice::Auto => Depth::detect(variable),
        ColorChoice::Never => Depth::None,
    };
    let glyphs = match settings.ui.ascii {
        Some(false) => &Glyphs::UNICODE,
        ascii => Glyphs::detect(ascii.unwrap_or(false), variable),
    };
    let lookup = |name: &str| user_theme(paths, name);
    let finish = |theme: Theme| Arc::new(theme.at_depth(depth).with_glyphs(glyphs));
    let theme = match &settings.ui.theme {
        Some(name) => Theme::named(name, lookup).map_err(|error| anyhow!("{error} ('tlscope themes' lists all)"))?,
        // A remembered theme may have been deleted since: that is no reason not to start.
        None => remembered_theme(paths)
            .and_then(|name| Theme::named(&name, lookup).ok())
            .map_or_else(|| Theme::named(theme::NAMES[0], |_| None), Ok)?,
    };
    let themes = themes(paths).into_iter().filter_map(|(_, theme)| theme.ok()).map(finish).collect();
    Ok(UiSettings {
        theme: finish(theme),
        themes,
        keymap: Arc::new(settings.keymap.clone()),
        mouse: settings.ui.mouse,
        policy: settings.policy.clone(),
        title: title.to_owned(),
        filter: filter.to_owned(),
        size: crossterm::terminal::size().unwrap_or((80, 24)),
        now: SystemClock.now(),
    })
}

/// Shipped themes, then the user's own, by name; an unusable file says why.
pub fn themes(paths: &Paths) -> Vec<(String, Result<Theme, ThemeError>)> {
    let named = |name: String| {
        let theme = Theme::named(&name, |other| user_theme(paths, other));
        (name, theme)
    };
    theme_names(paths).into_iter().map(named).collect()
}

fn theme_names(paths: &Paths) -> Vec<String> {
    let mut names: Vec<String> = theme::NAMES.iter().map(|&name| name.to_owned()).collect();
    let files = paths.themes.as_deref().and_then(|folder| std::fs::read_dir(folder).ok());
    let mut own: Vec<String> = files
        .into_iter()
        .flatten()
        .filter_map(|entry| theme_name(&entry.ok()?.path()))
        .filter(|name| !names.contains(name))
        .collect();
    own.sort();
    names.extend(own);
    names
}

/// Where the choice of theme is remembered.
pub(super) fn theme_file(paths: &Paths) -> Option<PathBuf> {
    paths.state.as_ref().map(|folder| folder.join("theme"))
}

fn remembered_theme(paths: &Paths) -> Option<String> {
    let text = std::fs::read_to_string(theme_file(paths)?).ok()?;
    Some(text.trim().to_owned())
}

fn theme_name(path: &Path) -> Option<String> {
    if path.extension()? != "toml" {
        return None;
    }
    path.file_stem()?.to_str().map(str::to_owned)
}

fn user_theme(paths: &Paths, name: &str) -> Option<String> {
    if name.contains(['/', '\\']) {
        return None;
    }
    std::fs::read_to_string(paths.themes.as_ref()?.join(format!("{name}.toml"))).ok()
}

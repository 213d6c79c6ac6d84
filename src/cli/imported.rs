//! What sources come to: targets that are new, known or skipped, as a table or a document.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

use crate::config::{Added, Settings};
use crate::inventory::sources::{Gathered, Notice, Sighting};
use crate::inventory::{Recipe, Upgrade};
use crate::model::{Labels, Target, TargetId, Time, Untrusted};

/// All sources together, every target once.
#[derive(Debug, Default)]
pub(super) struct Imported {
    /// Targets that the configuration does not have.
    pub(super) new: Vec<Sighting>,
    known: Vec<Sighting>,
    skipped: Vec<Notice>,
    /// Sources that could not be read.
    pub(super) failed: Vec<Notice>,
}

/// A target of the document.
#[derive(Serialize)]
struct Row<'a> {
    target: String,
    state: &'static str,
    labels: &'a Labels,
    servername: Option<&'a str>,
    starttls: Option<&'static str>,
    client_cert: Option<&'a Path>,
    client_key: Option<&'a Path>,
    cert_file: Option<&'a Path>,
    expires: Option<String>,
    from: &'a Untrusted,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: u8,
    kind: &'static str,
    targets: Vec<Row<'a>>,
    skipped: &'a [Notice],
    failed: &'a [Notice],
    written: Option<&'a Added>,
}

impl Imported {
    /// Sorts what was gathered; a target that several sources name is one, with the labels of all, the first's first.
    pub(super) fn new(
        gathered: impl IntoIterator<Item = Gathered>,
        settings: &Settings,
        wanted: impl Fn(&Target) -> bool,
    ) -> Self {
        let mut imported = Self::default();
        let known: HashSet<&str> = settings.targets.iter().map(|target| &*target.name).collect();
        let mut seen: HashMap<String, (bool, usize)> = HashMap::new();
        for Gathered { source, found, .. } in gathered {
            let found = match found {
                Ok(found) => found,
                Err(text) => {
                    imported.failed.push(Notice { place: source, text, code: None });
                    continue;
                }
            };
            imported.skipped.extend(found.notices);
            for sighting in found.sightings {
                let name = sighting.spec.to_string();
                if wanted(&target(&settings.recipe, &sighting)) {
                    imported.take(&mut seen, known.contains(&*name), name, sighting);
                }
            }
        }
        imported
    }

    fn take(&mut self, seen: &mut HashMap<String, (bool, usize)>, is_known: bool, name: String, sighting: Sighting) {
        let list = if is_known { &mut self.known } else { &mut self.new };
        if let Some((_, at)) = seen.get(&name) {
            if let Some(first) = list.get_mut(*at) {
                merge(first, sighting);
            }
            return;
        }
        seen.insert(name, (is_known, list.len()));
        list.push(sighting);
    }

    /// A line each: `+` new, `=` known, `-` skipped.
    pub(super) fn table(&self) -> String {
        let mut rows: Vec<[String; 3]> = Vec::new();
        for (mark, sightings) in [('+', &self.new), ('=', &self.known)] {
            for sighting in sightings {
                let mut about: Vec<String> =
                    sighting.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
                about.extend(sighting.cert_file.as_ref().map(|file| format!("cert_file={}", shown(file))));
                about.extend(sighting.client.as_ref().map(|(file, _)| format!("client_cert={}", shown(file))));
                about.extend(sighting.servername.as_ref().map(|name| format!("servername={name}")));
                about.extend(sighting.expires.map(|until| format!("expires={}", until.date())));
                about.extend(sighting.starttls.map(|protocol| format!("starttls={}", upgrade(protocol))));
                rows.push([format!("{mark} {}", sighting.spec), about.join(" "), sighting.place.to_string()]);
            }
        }
        let widest = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or(0);
        let (first, second) = (widest(0), widest(1));
        let mut out = String::new();
        for [target, about, place] in &rows {
            let pad = |text: &str, width: usize| " ".repeat(width.saturating_sub(text.width()));
            let line = format!("{target}{}  {about}{}  {place}", pad(target, first), pad(about, second));
            let _ = writeln!(out, "{}", line.trim_end());
        }
        for notice in &self.skipped {
            let _ = writeln!(out, "- {notice}");
        }
        out
    }

    pub(super) fn document(&self, written: Option<&Added>) -> serde_json::Result<String> {
        let states = [("new", &self.new), ("known", &self.known)];
        let targets =
            states.into_iter().flat_map(|(state, list)| list.iter().map(move |one| row(state, one))).collect();
        let document =
            Document { schema: 1, kind: "import", targets, skipped: &self.skipped, failed: &self.failed, written };
        serde_json::to_string_pretty(&document).map(|text| text + "\n")
    }

    /// What it comes to, and what to do next.
    pub(super) fn summary(&self, write: bool, added: Option<&Added>, path: &Path) -> String {
        let (new, known, skipped) = (self.new.len(), self.known.len(), self.skipped.len());
        let counts = format!("{new} new, {known} known, {skipped} skipped");
        let file = path.display();
        match added {
            Some(Added { backup: Some(backup), .. }) => {
                format!("{counts}; the new are in '{file}' now, which was before as in '{}'", backup.display())
            }
            Some(_) => format!("{counts}; the new are in '{file}' now"),
            None if write && !self.failed.is_empty() => {
                format!("{counts}; nothing was written, because not everything could be read")
            }
            None if new > 0 => format!("{counts}; --write adds the new to '{file}'"),
            None => format!("{counts}; there is nothing to add"),
        }
    }
}

fn row<'a>(state: &'static str, sighting: &'a Sighting) -> Row<'a> {
    let (client_cert, client_key) = match &sighting.client {
        Some((certificate, key)) => (Some(certificate.as_path()), key.as_deref()),
        None => (None, None),
    };
    Row {
        target: sighting.spec.to_string(),
        state,
        labels: &sighting.labels,
        servername: sighting.servername.as_deref(),
        starttls: sighting.starttls.map(upgrade),
        client_cert,
        client_key,
        cert_file: sighting.cert_file.as_deref(),
        expires: sighting.expires.map(Time::rfc3339),
        from: &sighting.place,
    }
}

/// What the dashboard would make of it.
fn target(recipe: &Recipe, sighting: &Sighting) -> Target {
    let mut recipe = recipe.clone();
    recipe.labels.extend(sighting.labels.iter().map(|(name, value)| (name.clone(), value.clone())));
    recipe.upgrade = sighting.starttls.map_or(recipe.upgrade, Upgrade::To);
    recipe.target(TargetId(0), &sighting.spec)
}

/// What the first does not say is taken from the other.
fn merge(first: &mut Sighting, other: Sighting) {
    let own = std::mem::take(&mut first.labels);
    first.labels = other.labels;
    first.labels.extend(own.iter().map(|(name, value)| (name.clone(), value.clone())));
    first.servername = first.servername.take().or(other.servername);
    first.starttls = first.starttls.or(other.starttls);
    first.client = first.client.take().or(other.client);
    first.cert_file = first.cert_file.take().or(other.cert_file);
    first.expires = first.expires.into_iter().chain(other.expires).min();
}

fn upgrade(protocol: crate::model::Protocol) -> &'static str {
    if protocol == crate::model::Protocol::Tls { "none" } else { protocol.name() }
}

fn shown(path: &Path) -> Untrusted {
    Untrusted::new(&path.display().to_string())
}

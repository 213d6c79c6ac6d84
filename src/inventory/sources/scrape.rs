//! The scrape configuration of Prometheus: what its jobs probe, where that stands in the file itself, in files beside it,
//! or is fetched.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::address::{Address, masked};
use super::disk::Disk;
use super::file_sd::{self, Group};
use super::found::Found;
use super::http_config::Fetched;
use super::http_sd;
use super::roots::Roots;
use super::web::{Limits, Request};
use crate::model::{Clock as _, SystemClock};

/// Lists that one scrape configuration may have fetched, and how long that may take in all.
const MOST_FETCHED: usize = 100;
const LONGEST: Duration = Duration::from_mins(1);
/// Beyond this a list is not read.
const LARGEST: u64 = 16 << 20;

/// A job.
#[derive(Deserialize)]
pub(super) struct Scrape {
    #[serde(default)]
    pub(super) job_name: String,
    #[serde(default)]
    metrics_path: String,
    #[serde(default)]
    params: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    static_configs: Vec<Group>,
    #[serde(default)]
    file_sd_configs: Vec<Files>,
    #[serde(default)]
    http_sd_configs: Vec<Fetched>,
}

#[derive(Deserialize)]
struct Files {
    #[serde(default)]
    files: Vec<String>,
}

/// A target of a job, with the labels it has before relabelling.
pub(super) struct Probed {
    pub(super) place: String,
    pub(super) target: String,
    pub(super) labels: BTreeMap<String, String>,
}

impl Scrape {
    /// The module its targets are probed by: by their labels, else by the job, else the exporter's default. `None` for
    /// jobs of other exporters.
    pub(super) fn module<'a>(&'a self, said: &'a BTreeMap<String, String>) -> Option<&'a str> {
        let default = || (self.metrics_path == "/probe").then_some("http_2xx");
        self.parameter("module", said).or_else(default)
    }

    /// A parameter of the probe, such as `module`; labels count more than what the job says.
    pub(super) fn parameter<'a>(&'a self, name: &str, said: &'a BTreeMap<String, String>) -> Option<&'a str> {
        let of_job = || self.params.get(name).and_then(|values| values.first());
        said.get(&format!("__param_{name}")).or_else(of_job).map(String::as_str)
    }
}

/// Reads the lists of jobs; all of them have the limits of one.
pub(super) struct Lists<'a> {
    disk: Disk,
    /// Whom to trust where a job does not say it.
    roots: &'a Roots,
    fetched: usize,
    /// By the monotonic clock.
    deadline: Duration,
}

impl<'a> Lists<'a> {
    pub(super) fn new(disk: Disk, roots: &'a Roots) -> Self {
        Self { disk, roots, fetched: 0, deadline: SystemClock.elapsed() + LONGEST }
    }

    /// What a job probes. A list that could not be read is told, and that something is missing.
    pub(super) fn targets(&mut self, found: &mut Found, place: &str, scrape: &Scrape, directory: &Path) -> Vec<Probed> {
        let mut targets = Vec::new();
        take(&mut targets, place, &scrape.static_configs);
        // What is scraped itself is nobody's to ask for here.
        if scrape.module(&BTreeMap::new()).is_none() {
            return targets;
        }
        for pattern in scrape.file_sd_configs.iter().flat_map(|config| &config.files) {
            let paths = self.disk.files(&directory.join(pattern));
            // As Prometheus has it, there may be none yet.
            if paths.is_empty() && self.disk == Disk::Here {
                found.unfollowed(place, pattern, "no file matches");
            }
            for path in paths {
                let path = match path {
                    Ok(path) => path,
                    Err(reason) => {
                        self.missed(found, place, pattern, &reason);
                        continue;
                    }
                };
                let name = path.display().to_string();
                let bytes = self.disk.read(&path).map_err(|reason| reason.to_string());
                match bytes.and_then(|bytes| file_sd::groups(&bytes)) {
                    Ok(groups) => take(&mut targets, &name, &groups),
                    Err(reason) => self.missed(found, place, &name, &reason),
                }
            }
        }
        for config in &scrape.http_sd_configs {
            let name = masked(&config.url);
            match self.fetch(config, directory) {
                Ok(groups) => take(&mut targets, &name, &groups),
                Err(reason) => self.missed(found, place, &name, &reason),
            }
        }
        targets
    }

    /// What is elsewhere cannot be read next time either.
    fn missed(&self, found: &mut Found, place: &str, name: &str, reason: &str) {
        found.unfollowed(place, name, reason);
        if self.disk == Disk::Here {
            found.incomplete(&format!("{name}: {reason}"));
        }
    }

    fn fetch(&mut self, config: &Fetched, directory: &Path) -> Result<Vec<Group>, String> {
        // Who sends such a file from elsewhere does not say where we connect to.
        if self.disk == Disk::Elsewhere {
            return Err("name it as a source of its own, as http_sd:URL".to_owned());
        }
        if self.fetched == MOST_FETCHED {
            return Err(format!("more than {MOST_FETCHED} lists to fetch in one configuration"));
        }
        let time = self.deadline.saturating_sub(SystemClock.elapsed()).min(Limits::USUAL.time);
        if time.is_zero() {
            return Err(format!("fetching what is before it took {} s", LONGEST.as_secs()));
        }
        self.fetched += 1;
        let (address, own) = Address::parse(&config.url)?;
        let mut asker = config.asker(&address, directory)?;
        asker.pass = own.or(asker.pass);
        let limits = Limits { time, bytes: LARGEST };
        let only = config.roots(directory);
        let roots = only.as_ref().unwrap_or(self.roots);
        let bytes = http_sd::fetch(Request { address: &address, asker: &asker, roots, limits })?;
        file_sd::groups(&bytes)
    }
}

fn take(targets: &mut Vec<Probed>, place: &str, groups: &[Group]) {
    for Group { targets: own, labels } in groups {
        let probed =
            |target: &String| Probed { place: place.to_owned(), target: target.clone(), labels: labels.clone() };
        targets.extend(own.iter().map(probed));
    }
}

#[cfg(test)]
#[path = "scrape_tests.rs"]
mod tests;

//! The scrape configuration of Prometheus: what its jobs probe, where that stands in the file itself, in files beside it,
//! or is fetched.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use super::address::{Address, masked};
use super::disk::Disk;
use super::document;
use super::file_sd::Group;
use super::found::Found;
use super::http_sd;
use super::pass::{Pass, SecretAt};
use super::roots::Roots;
use super::web::{Limits, Request};
use crate::model::{Clock as _, Secret, SystemClock};

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

/// Keys: `http_sd_config` and `http_config` of Prometheus's `docs/configuration/configuration.md`; the tokens are those
/// of versions before 3.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Fetched {
    url: String,
    basic_auth: Option<Login>,
    authorization: Option<Authorization>,
    bearer_token: Option<Hidden>,
    bearer_token_file: Option<PathBuf>,
    oauth2: Option<IgnoredAny>,
    proxy_url: Option<String>,
    http_headers: Option<IgnoredAny>,
    tls_config: Tls,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Login {
    username: String,
    password: Option<Hidden>,
    password_file: Option<PathBuf>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Authorization {
    r#type: Option<String>,
    credentials: Option<Hidden>,
    credentials_file: Option<PathBuf>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tls {
    ca_file: Option<PathBuf>,
    ca: Option<IgnoredAny>,
    cert_file: Option<IgnoredAny>,
    cert: Option<IgnoredAny>,
    server_name: Option<String>,
}

/// A secret that stands in the file.
struct Hidden(Secret);

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Secret::new(text)))
    }
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
            let paths = match self.disk.files(&directory.join(pattern)) {
                Ok(paths) => paths,
                Err(reason) => {
                    self.missed(found, place, pattern, &reason);
                    continue;
                }
            };
            // As Prometheus has it, there may be none yet.
            if paths.is_empty() && self.disk == Disk::Here {
                found.unfollowed(place, pattern, "no file matches");
            }
            for path in paths {
                let name = path.display().to_string();
                let bytes = self.disk.read(&path).map_err(|reason| reason.to_string());
                match bytes.and_then(|bytes| document::all::<Vec<Group>>(&bytes)) {
                    Ok(groups) => groups.iter().for_each(|groups| take(&mut targets, &name, groups)),
                    Err(reason) => self.missed(found, place, &name, &reason),
                }
            }
        }
        for config in &scrape.http_sd_configs {
            let name = masked(&config.url);
            match self.fetch(config, directory) {
                Ok(groups) => groups.iter().for_each(|groups| take(&mut targets, &name, groups)),
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

    fn fetch(&mut self, config: &Fetched, directory: &Path) -> Result<Vec<Vec<Group>>, String> {
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
        if let Some(key) = config.unknown() {
            return Err(format!("tlscope cannot do what its '{key}' says; a file_sd could have the list"));
        }
        let (address, own) = Address::parse(&config.url)?;
        let pass = own.or(config.pass(directory)?);
        let only = config.tls_config.ca_file.as_ref().map(|file| Roots {
            system: false,
            mozilla: false,
            files: vec![directory.join(file)],
        });
        let limits = Limits { time, bytes: LARGEST };
        let roots = only.as_ref().unwrap_or(self.roots);
        let bytes = http_sd::fetch(Request { address: &address, pass: pass.as_ref(), roots, limits })?;
        document::all(&bytes)
    }
}

fn take(targets: &mut Vec<Probed>, place: &str, groups: &[Group]) {
    for Group { targets: own, labels } in groups {
        let probed =
            |target: &String| Probed { place: place.to_owned(), target: target.clone(), labels: labels.clone() };
        targets.extend(own.iter().map(probed));
    }
}

impl Fetched {
    /// A key without which it would be another request than Prometheus's.
    const fn unknown(&self) -> Option<&'static str> {
        let Self { oauth2, proxy_url, http_headers, tls_config, .. } = self;
        match (oauth2, proxy_url, http_headers, tls_config) {
            (Some(_), ..) => Some("oauth2"),
            (_, Some(_), ..) => Some("proxy_url"),
            (_, _, Some(_), _) => Some("http_headers"),
            (.., Tls { cert_file: Some(_), .. } | Tls { cert: Some(_), .. }) => Some("tls_config.cert"),
            (.., Tls { ca: Some(_), .. }) => Some("tls_config.ca"),
            (.., Tls { server_name: Some(_), .. }) => Some("tls_config.server_name"),
            _ => None,
        }
    }

    fn pass(&self, directory: &Path) -> Result<Option<Pass>, String> {
        let secret = |hidden: &Option<Hidden>, file: &Option<PathBuf>| match (hidden, file) {
            (Some(Hidden(secret)), _) => Some(SecretAt::Here(secret.clone())),
            (None, file) => file.as_ref().map(|file| SecretAt::File(directory.join(file))),
        };
        if let Some(Login { username, password, password_file }) = &self.basic_auth {
            let password = secret(password, password_file);
            let password = password.unwrap_or_else(|| SecretAt::Here(Secret::new(String::new())));
            return Ok(Some(Pass::Login { name: username.clone(), password }));
        }
        if let Some(Authorization { r#type, credentials, credentials_file }) = &self.authorization {
            let Some(token) = secret(credentials, credentials_file) else {
                return Err("its 'authorization' has no credentials".to_owned());
            };
            let scheme = r#type.clone().unwrap_or_else(|| "Bearer".to_owned());
            return Ok(Some(Pass::Token { scheme, token }));
        }
        Ok(secret(&self.bearer_token, &self.bearer_token_file).map(Pass::bearer))
    }
}

#[cfg(test)]
#[path = "scrape_tests.rs"]
mod tests;

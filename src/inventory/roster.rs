//! Which targets the sources of the configuration have: what each said last that could be read, until it says otherwise.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::sources::{Address, Asker, Found, Gathered, Kind, Means, Notice, Roots, Sighting, gather_files, gather_url};
use crate::credentials::Identity;
use crate::model::{ClientFiles, Labels, Secret, SourceFault, SourceState, Target, TargetId, Time, Untrusted};

/// A source that is kept live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveSource {
    /// Where it is.
    pub place: Place,
    /// How long it is believed.
    pub refresh: Duration,
    /// Labels of all its targets; its own count more.
    pub labels: Labels,
    /// Whom to trust where something of it is fetched.
    pub roots: Roots,
    /// How client certificates that it names are opened.
    pub opening: Opening,
}

/// How client certificates that sources name are opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// None of them is: another one is presented everywhere.
    pub is_off: bool,
    /// The first line of this file is the password of their keys.
    pub password_file: Option<PathBuf>,
    /// The password where there is no such file.
    pub password: Option<Secret>,
}

/// Where a source is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// On the disk.
    Files {
        /// A file, or a pattern for several.
        path: PathBuf,
        /// How it is written; none where the content is to say.
        kind: Option<Kind>,
    },
    /// What a server answers.
    Url {
        /// Where that is.
        address: Address,
        /// Who asks there.
        asker: Box<Asker>,
        /// How the answer is written.
        kind: Kind,
    },
}

/// Fit to show.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Files { path, .. } => Untrusted::new(&path.to_string_lossy()).fmt(f),
            Self::Url { address, .. } => Untrusted::new(address.shown()).fmt(f),
        }
    }
}

impl LiveSource {
    /// What it says now. Waits for the disk, or for the network.
    #[must_use]
    pub fn read(&self) -> Vec<Gathered> {
        let means = Means { roots: self.roots.clone(), ..Means::default() };
        let mut said = match &self.place {
            Place::Url { address, asker, kind } => vec![gather_url(address, *kind, asker, &means)],
            Place::Files { path, kind } => match path.to_str() {
                Some(path) => gather_files(path, *kind, &means),
                None => vec![Gathered::unreadable(&path.to_string_lossy(), "its path is not UTF-8")],
            },
        };
        if !self.opening.is_off {
            said.iter_mut().flat_map(|one| &mut one.found).for_each(|found| self.opening.look(found));
        }
        said
    }

    /// Directories in which something happens when it changes.
    pub(super) fn directories(&self) -> Vec<PathBuf> {
        let Place::Files { path, kind } = &self.place else { return Vec::new() };
        let text = path.to_string_lossy();
        let paths: Vec<&Path> = match kind {
            Some(Kind::Blackbox) => text.split(',').map(Path::new).collect(),
            _ => vec![path],
        };
        paths.into_iter().flat_map(around).collect()
    }
}

impl Opening {
    /// Notes which client certificates cannot be used. Waits for the disk.
    fn look(&self, found: &mut Found) {
        let named: BTreeSet<&(PathBuf, Option<PathBuf>)> =
            found.sightings.iter().filter_map(|sighting| sighting.client.as_ref()).collect();
        let files = named.into_iter().map(|(certificate, key)| ClientFiles {
            certificate: certificate.clone(),
            key: key.clone(),
            password_file: self.password_file.clone(),
        });
        let faults = files.filter_map(|files| Identity::load(&files, self.password.as_ref()).err());
        let faults: Vec<String> = faults.map(|fault| fault.to_string()).collect();
        found.unusable = first_of(&faults);
    }
}

/// The first, and how many there are beside it.
fn first_of(faults: &[String]) -> Option<Untrusted> {
    let (first, rest) = faults.split_first()?;
    Some(Untrusted::new(&if rest.is_empty() { first.clone() } else { format!("{first}, and {} more", rest.len()) }))
}

/// Where a change of a path shows: links are swapped where they are, and where they lead to.
fn around(path: &Path) -> Vec<PathBuf> {
    let is_plain = |path: &&Path| !path.to_string_lossy().contains(['*', '?', '[']);
    let nearest = path.ancestors().skip(1).find(is_plain).map(Path::to_owned);
    let nearest = nearest.map(|path| if path.as_os_str().is_empty() { PathBuf::from(".") } else { path });
    let real = std::fs::canonicalize(path).ok();
    let real = real.and_then(|real| if real.is_dir() { Some(real) } else { real.parent().map(Path::to_owned) });
    nearest.into_iter().chain(real).collect()
}

/// What has to be done so that the targets are those of the sources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moves {
    /// Not watched any longer; before the others are added.
    pub removed: Vec<TargetId>,
    /// Watched from now on.
    pub added: Vec<Arc<Target>>,
}

/// Makes a target of what a source names, unless it is not wanted.
pub type MakeTarget = Box<dyn Fn(&LiveSource, &Sighting, TargetId) -> Option<Target> + Send + Sync>;

/// The targets of all sources.
pub struct Roster {
    sources: Vec<Kept>,
    make: MakeTarget,
    /// Targets that somebody named, which are not ours to remove.
    named: HashSet<Arc<str>>,
    /// Numbers that targets have, or had: who comes back has the same.
    numbers: HashMap<Arc<str>, TargetId>,
    current: HashMap<Arc<str>, Arc<Target>>,
}

/// A source with what it said last.
struct Kept {
    source: LiveSource,
    /// By file.
    lists: BTreeMap<Untrusted, Vec<Sighting>>,
    /// By file, what of it was passed over when that was told last.
    told: BTreeMap<Untrusted, Vec<Notice>>,
    state: SourceState,
}

impl Roster {
    /// Sources that said nothing yet, beside targets that are there anyway.
    #[must_use]
    pub fn new(sources: Vec<LiveSource>, named: &[Target], make: MakeTarget) -> Self {
        let sources = sources.into_iter().map(|source| Kept {
            state: SourceState {
                place: Untrusted::new(&source.place.to_string()),
                targets: 0,
                read: None,
                fault: None,
            },
            lists: BTreeMap::new(),
            told: BTreeMap::new(),
            source,
        });
        Self {
            sources: sources.collect(),
            make,
            named: named.iter().map(|target| Arc::clone(&target.name)).collect(),
            numbers: HashMap::new(),
            current: HashMap::new(),
        }
    }

    /// The sources, in their order.
    pub fn sources(&self) -> impl Iterator<Item = &LiveSource> {
        self.sources.iter().map(|kept| &kept.source)
    }

    /// How they stand, in the same order.
    pub fn states(&self) -> impl Iterator<Item = &SourceState> {
        self.sources.iter().map(|kept| &kept.state)
    }

    /// Takes what a source says now. What could not be read stays as it was; `number` gives a new target its number.
    pub fn take(&mut self, at: usize, said: Vec<Gathered>, now: Time, number: impl FnMut() -> TargetId) -> Moves {
        if let Some(kept) = self.sources.get_mut(at) {
            kept.take(said, now);
        }
        self.moves(number)
    }

    fn moves(&mut self, mut number: impl FnMut() -> TargetId) -> Moves {
        let mut moves = Moves::default();
        let mut wanted: HashMap<Arc<str>, Arc<Target>> = HashMap::new();
        for kept in &mut self.sources {
            kept.state.targets = 0;
            for sighting in kept.lists.values().flatten() {
                let name: Arc<str> = sighting.spec.to_string().into();
                // Who is named twice is named by the first.
                if self.named.contains(&name) || wanted.contains_key(&name) {
                    continue;
                }
                let known = self.numbers.get(&name).copied();
                let id = known.unwrap_or_else(&mut number);
                self.numbers.insert(Arc::clone(&name), id);
                let Some(target) = (self.make)(&kept.source, sighting, id) else { continue };
                kept.state.targets += 1;
                let target = match self.current.get(&name).filter(|current| ***current == target) {
                    Some(same) => Arc::clone(same),
                    None => Arc::new(target),
                };
                wanted.insert(name, target);
            }
        }
        for (name, target) in &self.current {
            if wanted.get(name) != Some(target) {
                moves.removed.push(target.id);
            }
        }
        for (name, target) in &wanted {
            if self.current.get(name) != Some(target) {
                moves.added.push(Arc::clone(target));
            }
        }
        moves.removed.sort_unstable();
        moves.added.sort_by_key(|target| target.id);
        self.current = wanted;
        moves
    }
}

impl Kept {
    fn take(&mut self, said: Vec<Gathered>, now: Time) {
        let place = self.state.place.clone();
        let (mut lists, mut faults, mut unusable) = (BTreeMap::new(), Vec::new(), Vec::new());
        // A pattern that matches nothing is one fault, and everything stays.
        let is_all = said.iter().all(|one| one.found.is_err() && !self.lists.contains_key(&one.source));
        for one in said {
            self.tell(&one);
            let before = self.lists.remove(&one.source);
            match readable(one) {
                Ok((file, found)) => {
                    unusable.extend(found.unusable.map(|reason| reason.to_string()));
                    let mut sightings = found.sightings;
                    if let Some(reason) = found.incomplete {
                        // What is missing now may be in the part that was not read.
                        let said: HashSet<String> = sightings.iter().map(|one| one.spec.to_string()).collect();
                        let before = before.unwrap_or_default().into_iter();
                        sightings.extend(before.filter(|one| !said.contains(&one.spec.to_string())));
                        faults.push(reason.to_string());
                    }
                    lists.insert(file, sightings);
                }
                Err((file, reason)) => {
                    faults.push(if file == place { reason.to_string() } else { format!("{file}: {reason}") });
                    lists.extend(before.map(|before| (file, before)));
                }
            }
        }
        if is_all && !faults.is_empty() {
            lists.append(&mut self.lists);
        }
        self.lists = lists;
        self.told.retain(|file, _| self.lists.contains_key(file));
        let since = self.state.fault.as_ref().map_or(now, |fault| fault.since);
        let is_read = faults.is_empty();
        let reason = first_of(if is_read { &unusable } else { &faults });
        self.state.fault = reason.map(|reason| SourceFault { is_read, reason, since });
        if is_read {
            self.state.read = Some(now);
        }
    }

    /// What of a file is passed over goes to the log, once.
    fn tell(&mut self, one: &Gathered) {
        /// Of more than these, others say the same.
        const MOST: usize = 20;
        let notices: Vec<Notice> = one.found.iter().flat_map(|found| &found.notices).take(MOST).cloned().collect();
        if self.told.get(&one.source).map_or(&[][..], Vec::as_slice) != notices {
            for notice in &notices {
                tracing::warn!("passed over: {notice}");
            }
            self.told.insert(one.source.clone(), notices);
        }
    }
}

/// What a file says, where it says something: one that is empty was caught while it was written, or is no list at all.
fn readable(one: Gathered) -> Result<(Untrusted, Found), (Untrusted, Untrusted)> {
    let Gathered { source, kind, found } = one;
    match found {
        Err(reason) => Err((source, reason)),
        Ok(Found { sightings, incomplete: Some(reason), .. }) if sightings.is_empty() => Err((source, reason)),
        Ok(found) if found.sightings.is_empty() && !(may_be_empty(kind) && found.notices.is_empty()) => {
            let first = found.notices.first().map(|notice| format!(": {}: {}", notice.place, notice.text));
            let reason = format!("it names no target{}", first.unwrap_or_default());
            Err((source, Untrusted::new(&reason)))
        }
        Ok(found) => Ok((source, found)),
    }
}

/// Whether nothing is something to say: an empty list of Prometheus is one (`[]`), an empty file is none.
fn may_be_empty(kind: Option<Kind>) -> bool {
    matches!(kind, Some(Kind::FileSd | Kind::HttpSd))
}

#[cfg(test)]
#[path = "roster_tests.rs"]
mod tests;

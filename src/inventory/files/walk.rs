//! The walk over directories: every file once, whatever leads to it.
//!
//! Links are not followed while walking but gathered, and then followed in order of their paths, so that what was
//! reached without a link keeps its own path, and the result is the same every time.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use ignore::overrides::{Override, OverrideBuilder};
use ignore::{DirEntry, WalkBuilder, WalkState};

use super::cluster::{self, Harvest};
use super::input::Input;
use super::kernel;
use super::open::{self, Look, Looking};
use super::shelf::Shelf;
use crate::model::{FileContent, FoundFile, Secret, Unread};

/// The file with patterns of what to leave out, in a directory that is walked.
const IGNORE_FILE: &str = ".tlscopeignore";

/// What is looked at, and how far.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Files above this are not read.
    pub most_bytes: u64,
    /// Directories below a given path that are entered, one within the other.
    pub most_depth: usize,
    /// Files looked at.
    pub most_files: usize,
    /// Patterns of what to leave out, as in `.gitignore`.
    pub exclude: Vec<String>,
    /// Passwords tried on what is locked, after the empty one.
    pub passwords: Vec<Secret>,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            most_bytes: 16 * 1024 * 1024,
            most_depth: 64,
            most_files: 1_000_000,
            exclude: Vec::new(),
            passwords: Vec::new(),
        }
    }
}

/// How far a walk is, for whoever waits for it; and the way to end it.
#[derive(Debug, Default)]
pub struct Pace {
    /// Files looked at.
    pub looked_at: AtomicUsize,
    /// Files with something of ours.
    pub found: AtomicUsize,
    /// Set by whoever does not want to wait longer.
    pub cancelled: AtomicBool,
}

/// What a walk came to.
#[derive(Clone, Debug, Default)]
pub struct Haul {
    /// Files that hold something, or could not be looked at; by path.
    pub files: Vec<FoundFile>,
    /// Files looked at.
    pub looked_at: usize,
    /// Files above the size limit with nothing of ours in their beginning.
    pub too_large_to_tell: usize,
    /// Pipes, sockets and devices, which are never opened.
    pub special: usize,
    /// Patterns that could not be read.
    pub notes: Vec<String>,
}

/// A pattern that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("'{pattern}' is no pattern of names to leave out: {reason}")]
pub struct PatternError {
    pattern: String,
    reason: String,
}

/// Walks all `paths`; `-` is standard input.
pub fn walk(paths: &[PathBuf], bounds: &Bounds, pace: &Pace) -> Result<Haul, PatternError> {
    for pattern in &bounds.exclude {
        overrides(Path::new("."), std::slice::from_ref(pattern))?;
    }
    let walk = Walk { bounds, pace, shelf: Shelf::new(&bounds.passwords), state: Mutex::default() };
    for path in paths {
        if pace.cancelled.load(Ordering::Relaxed) {
            break;
        }
        if path.as_os_str() == "-" {
            walk.standard_input(path);
            continue;
        }
        match fs::metadata(path) {
            Ok(meta) => walk.root(path, &meta)?,
            Err(error) => walk.note(path, broken_or(path, &error)),
        }
        walk.follow_links()?;
    }
    Ok(walk.haul())
}

/// Which file a path leads to.
type Identity = (u64, u64);

#[derive(Debug, Default)]
struct State {
    haul: Haul,
    /// Every path by which a file was reached without a link.
    paths: BTreeMap<Identity, Vec<PathBuf>>,
    /// Every path by which it was reached with one.
    links: BTreeMap<Identity, Vec<PathBuf>>,
    /// What was found, by file; none where nothing was.
    found: Vec<(Identity, FoundFile)>,
    /// What manifests had, by the path of each.
    manifests: Vec<(PathBuf, Harvest)>,
    /// Links that are still to be followed.
    waiting: Vec<PathBuf>,
    is_full: bool,
    /// File systems that were met, and whether they are the kernel's own.
    devices: BTreeMap<u64, bool>,
}

#[derive(Debug)]
struct Walk<'a> {
    bounds: &'a Bounds,
    pace: &'a Pace,
    shelf: Shelf,
    state: Mutex<State>,
}

impl Walk<'_> {
    fn looking(&self) -> Looking<'_> {
        Looking { most_bytes: self.bounds.most_bytes, shelf: &self.shelf, cancelled: &self.pace.cancelled }
    }

    fn standard_input(&self, path: &Path) {
        self.pace.looked_at.fetch_add(1, Ordering::Relaxed);
        let mut input = match Input::standard(&self.pace.cancelled) {
            Ok(input) => input,
            Err(error) => return self.note(path, open::refused(&error)),
        };
        let seen = open::stream(&mut input, self.looking());
        if input.is_silent() {
            return self.note(path, open::silent());
        }
        self.note(path, seen);
        self.state().haul.notes.extend(input.told());
    }

    /// A path that was given, or that a link leads to.
    fn root(&self, path: &Path, meta: &Metadata) -> Result<(), PatternError> {
        if meta.is_dir() {
            if self.claim(path, meta, false) {
                self.directory(path)?;
            }
        } else if meta.is_file() {
            if self.claim(path, meta, false) {
                self.file(path, meta, open::Asked::ByName);
            }
        } else {
            let reason = "it is a pipe, a socket or a device; '-' reads standard input".to_owned();
            let content = FileContent::Unread(Unread::Refused { reason });
            self.note(path, Look::Something { mode: None, content });
        }
        Ok(())
    }

    fn directory(&self, root: &Path) -> Result<(), PatternError> {
        // With a slash behind, a link is what it leads to.
        let walker = WalkBuilder::new(root.join(""))
            .standard_filters(false)
            .add_custom_ignore_filename(IGNORE_FILE)
            .overrides(overrides(root, &self.bounds.exclude)?)
            .max_depth(Some(self.bounds.most_depth))
            .filter_entry(|entry| entry.depth() == 0 || entry.file_name() != ".git")
            .build_parallel();
        walker.run(|| Box::new(|entry| self.entry(entry)));
        Ok(())
    }

    fn entry(&self, entry: Result<DirEntry, ignore::Error>) -> WalkState {
        if self.pace.cancelled.load(Ordering::Relaxed) {
            return WalkState::Quit;
        }
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                self.failed(&error);
                return WalkState::Continue;
            }
        };
        if let Some(error) = entry.error() {
            self.state().haul.notes.push(error.to_string());
        }
        let path = entry.path();
        let Some(kind) = entry.file_type().filter(|_| entry.depth() > 0) else { return WalkState::Continue };
        if kind.is_symlink() {
            self.state().waiting.push(path.to_owned());
            return WalkState::Continue;
        }
        let meta = match fs::symlink_metadata(path) {
            Ok(meta) => meta,
            Err(error) => {
                self.note(path, open::refused(&error));
                return WalkState::Continue;
            }
        };
        if meta.is_dir() {
            return self.enter(&entry, &meta);
        }
        if !meta.is_file() {
            self.state().haul.special += 1;
        } else if self.claim(path, &meta, false) {
            return self.file(path, &meta, open::Asked::WithOthers);
        }
        WalkState::Continue
    }

    fn enter(&self, entry: &DirEntry, meta: &Metadata) -> WalkState {
        if !self.claim(entry.path(), meta, false) || self.is_the_kernels(entry.path(), meta) {
            return WalkState::Skip;
        }
        if entry.depth() >= self.bounds.most_depth {
            let limit = format!("directories are entered {} deep", self.bounds.most_depth);
            self.note(entry.path(), limited(limit, "--max-depth"));
            return WalkState::Skip;
        }
        WalkState::Continue
    }

    /// Whether it is of the kernel's own making, where files are no files; asked once for each file system.
    fn is_the_kernels(&self, path: &Path, meta: &Metadata) -> bool {
        let mut state = self.state();
        if let Some(known) = state.devices.get(&meta.dev()) {
            return *known;
        }
        let is_one = kernel::is_its_own(path);
        state.devices.insert(meta.dev(), is_one);
        if is_one {
            state.haul.notes.push(format!("{} is the kernel's and was passed over", path.display()));
        }
        is_one
    }

    fn file(&self, path: &Path, meta: &Metadata, asked: open::Asked) -> WalkState {
        if self.pace.looked_at.fetch_add(1, Ordering::Relaxed) >= self.bounds.most_files {
            self.pace.looked_at.fetch_sub(1, Ordering::Relaxed);
            if !std::mem::replace(&mut self.state().is_full, true) {
                let limit = format!("{} files are looked at, and there are more", self.bounds.most_files);
                self.note(path, limited(limit, "--max-files"));
            }
            return WalkState::Quit;
        }
        self.note_as(identity(meta), path, open::asked(path, self.looking(), asked));
        WalkState::Continue
    }

    /// Follows links until none is left, those that appear meanwhile too.
    fn follow_links(&self) -> Result<(), PatternError> {
        loop {
            let mut links = std::mem::take(&mut self.state().waiting);
            links.sort_unstable();
            if links.is_empty() || self.pace.cancelled.load(Ordering::Relaxed) {
                return Ok(());
            }
            for link in links {
                match fs::metadata(&link) {
                    Ok(meta) if meta.is_dir() && self.claim(&link, &meta, true) => self.directory(&link)?,
                    Ok(meta) if meta.is_file() && self.claim(&link, &meta, true) => {
                        self.file(&link, &meta, open::Asked::WithOthers);
                    }
                    Ok(meta) if !meta.is_dir() && !meta.is_file() => self.state().haul.special += 1,
                    Ok(_) => {}
                    Err(error) => self.note(&link, broken_or(&link, &error)),
                }
            }
        }
    }

    /// Whether this is the first path to a file or directory.
    fn claim(&self, path: &Path, meta: &Metadata, is_link: bool) -> bool {
        let mut state = self.state();
        let id = identity(meta);
        let is_first = !state.paths.contains_key(&id) && !state.links.contains_key(&id);
        let known = if is_link { &mut state.links } else { &mut state.paths };
        known.entry(id).or_default().push(path.to_owned());
        is_first
    }

    fn note(&self, path: &Path, look: Look) {
        // No file has this number: it stands for paths that lead to none.
        self.note_as((0, 0), path, look);
    }

    fn note_as(&self, id: Identity, path: &Path, look: Look) {
        let mut state = self.state();
        match look {
            Look::Nothing => {}
            Look::TooLargeToTell => state.haul.too_large_to_tell += 1,
            Look::Something { mode, content } => {
                self.pace.found.fetch_add(1, Ordering::Relaxed);
                state.found.push((id, FoundFile { path: path.to_owned(), also: Vec::new(), mode, content }));
            }
            Look::Manifest(mut harvest) => {
                self.pace.found.fetch_add(1, Ordering::Relaxed);
                if let Some(reason) = harvest.fault.take() {
                    let content = cluster::fault(&reason);
                    state.found.push((id, FoundFile { path: path.to_owned(), also: Vec::new(), mode: None, content }));
                }
                state.manifests.push((path.to_owned(), harvest));
            }
        }
    }

    fn failed(&self, error: &ignore::Error) {
        let (path, reason) = parts(error);
        match path {
            Some(path) => self.note(&path, open::refused(&io::Error::other(reason))),
            None => self.state().haul.notes.push(reason),
        }
    }

    fn haul(self) -> Haul {
        let State { mut haul, paths, links, found, manifests, .. } =
            self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        haul.looked_at = self.pace.looked_at.load(Ordering::Relaxed);
        haul.files = found
            .into_iter()
            .map(|(id, mut file)| {
                let mut direct = paths.get(&id).cloned().unwrap_or_default();
                let mut linked = links.get(&id).cloned().unwrap_or_default();
                for paths in [&mut direct, &mut linked] {
                    paths.sort_unstable();
                    // Who is named twice is reached twice.
                    paths.dedup();
                }
                let mut all = direct.into_iter().chain(linked);
                file.path = all.next().unwrap_or(file.path);
                file.also = all.collect();
                file
            })
            .collect();
        haul.files.extend(cluster::of_all(manifests));
        haul.files.sort_by(|one, other| one.path.cmp(&other.path));
        haul.notes.sort_unstable();
        haul
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn identity(meta: &Metadata) -> Identity {
    (meta.dev(), meta.ino())
}

fn limited(limit: String, option: &'static str) -> Look {
    Look::Something { mode: None, content: FileContent::Unread(Unread::Limit { limit, option }) }
}

/// A link that leads nowhere or in a circle, else what the system says.
fn broken_or(path: &Path, error: &io::Error) -> Look {
    let in_a_circle = error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
    match fs::read_link(path) {
        Ok(target) if in_a_circle || error.kind() == io::ErrorKind::NotFound => {
            Look::Something { mode: None, content: FileContent::Unread(Unread::BrokenLink { target }) }
        }
        _ => open::refused(error),
    }
}

/// The path that an error of the walk is about, and the reason without it.
fn parts(error: &ignore::Error) -> (Option<PathBuf>, String) {
    match error {
        ignore::Error::WithPath { path, err } => (Some(path.clone()), parts(err).1),
        ignore::Error::WithDepth { err, .. } => parts(err),
        other => (None, other.to_string()),
    }
}

/// Patterns that leave out: to the crate they are the opposite of those that let in.
fn overrides(root: &Path, exclude: &[String]) -> Result<Override, PatternError> {
    let mut builder = OverrideBuilder::new(root);
    let fault =
        |pattern: &str, error: &ignore::Error| PatternError { pattern: pattern.to_owned(), reason: error.to_string() };
    for pattern in exclude {
        builder.add(&format!("!{pattern}")).map_err(|error| fault(pattern, &error))?;
    }
    builder.build().map_err(|error| fault("", &error))
}

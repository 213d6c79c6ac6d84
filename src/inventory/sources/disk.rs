//! Where the references of a configuration lead, and how far includes are followed.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use ignore::{DirEntry, WalkBuilder};
use zeroize::Zeroizing;

/// Configuration and certificate files beyond this are not read.
const LARGEST: u64 = 16 << 20;
/// Files that one pattern or directory may stand for.
const MOST_FILES: usize = 1000;
/// Files within files.
const DEEPEST: usize = 32;
/// Files of one configuration, and bytes of them all.
const MOST_INCLUDED: usize = 2000;
const MOST_BYTES: usize = 256 << 20;
/// Patterns of one configuration.
const MOST_PATTERNS: usize = 1000;

/// Where the references of a configuration lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Disk {
    /// To this machine's files.
    Here,
    /// To those of another machine: nothing is looked at.
    Elsewhere,
}

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// There is none.
    Absent,
    /// There is one, or it cannot be known.
    Other(String),
}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Absent,
            _ => Self::Other(error.to_string()),
        }
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => write!(f, "there is no such file"),
            Self::Other(reason) => write!(f, "{reason}"),
        }
    }
}

impl Disk {
    /// What is in a regular file of bearable size. It can be keys: it is wiped when it goes.
    pub(super) fn read(self, path: &Path) -> Result<Zeroizing<Vec<u8>>, Unread> {
        let length = self.length(path)?;
        // With room for one byte more nothing is moved while it is read, and no copy is left behind.
        let room = usize::try_from(length.min(LARGEST)).unwrap_or(0) + 1;
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LARGEST {
            return Err(Unread::Other(format!("larger than {} MiB", LARGEST >> 20)));
        }
        Ok(bytes)
    }

    /// The length of a regular file, which is not opened.
    pub(super) fn length(self, path: &Path) -> Result<u64, Unread> {
        if self == Self::Elsewhere {
            return Err(Unread::Other("it is on another machine".to_owned()));
        }
        let metadata = fs::metadata(path)?;
        if !metadata.is_file() {
            return Err(Unread::Other("no regular file".to_owned()));
        }
        Ok(metadata.len())
    }

    /// The files that a pattern stands for, by name; a directory stands for the files in it. As in shells, those whose
    /// name begins with a dot have to be asked for. Where the names cannot be read, the reason stands instead of them.
    pub(super) fn files(self, pattern: &Path) -> Vec<Result<PathBuf, String>> {
        let is_wanted = |path: &Result<PathBuf, String>| path.as_ref().map_or(true, |path| path.is_file());
        limited(self.matching(pattern).filter(is_wanted))
    }

    /// The same as Apache includes it: with everything below the directories that it stands for, dots or not.
    pub(super) fn below(self, pattern: &Path) -> Vec<Result<PathBuf, String>> {
        let found: Vec<_> = if pattern.is_dir() && self == Self::Here {
            vec![Ok(pattern.to_owned())]
        } else {
            self.matching(pattern).take(MOST_FILES + 1).collect()
        };
        limited(found.into_iter().flat_map(|found| match found {
            Ok(path) if path.is_dir() => everything(&path),
            other => vec![other],
        }))
    }

    fn matching(self, pattern: &Path) -> Box<dyn Iterator<Item = Result<PathBuf, String>>> {
        if self == Self::Elsewhere {
            return Box::new(std::iter::empty());
        }
        let within = if pattern.is_dir() {
            // So that what cannot be listed is told, and not taken for empty.
            if let Err(error) = fs::read_dir(pattern) {
                return Box::new(std::iter::once(Err(error.to_string())));
            }
            Path::new(&glob::Pattern::escape(&pattern.to_string_lossy())).join("*")
        } else {
            pattern.to_owned()
        };
        let reason = |error: &glob::GlobError| format!("'{}': {}", error.path().display(), error.error());
        match glob::glob_with(&within.to_string_lossy(), AS_IN_SHELLS) {
            Ok(found) => Box::new(found.map(move |path| path.map_err(|error| reason(&error)))),
            Err(error) => Box::new(std::iter::once(Err(error.to_string()))),
        }
    }

    pub(super) fn is_directory(self, path: &Path) -> bool {
        self == Self::Here && path.is_dir()
    }

    /// The same for each spelling of one file: without links and `..` where it is here, else as far as its path says it.
    fn identity(self, path: &Path) -> PathBuf {
        let real = if self == Self::Here { fs::canonicalize(path).ok() } else { None };
        real.unwrap_or_else(|| straightened(path))
    }

    /// The directory, or one of the two above it, in which a server's main file of this name is: what a part of a
    /// configuration refers to is relative to that.
    pub(super) fn root(self, directory: &Path, main: &[&str]) -> PathBuf {
        let is_root = |path: &&Path| self == Self::Here && main.iter().any(|name| path.join(name).is_file());
        directory.ancestors().take(3).find(is_root).unwrap_or(directory).to_owned()
    }
}

/// The first so many, and that there are more.
fn limited(found: impl Iterator<Item = Result<PathBuf, String>>) -> Vec<Result<PathBuf, String>> {
    let mut paths: Vec<_> = found.take(MOST_FILES + 1).collect();
    if paths.len() > MOST_FILES {
        paths.truncate(MOST_FILES);
        paths.push(Err(format!("more than {MOST_FILES} files: only the first are read")));
    }
    paths
}

/// The files below a directory, by name. Links are followed, but not back to where they come from.
fn everything(directory: &Path) -> Vec<Result<PathBuf, String>> {
    let mut walk = WalkBuilder::new(directory);
    walk.standard_filters(false).follow_links(true).max_depth(Some(DEEPEST)).sort_by_file_name(Ord::cmp);
    let is_file = |entry: &DirEntry| entry.file_type().is_some_and(|kind| kind.is_file());
    let entries = walk.build().filter(|entry| entry.as_ref().map_or(true, is_file)).take(MOST_FILES + 1);
    entries.map(|entry| entry.map(DirEntry::into_path).map_err(|error| error.to_string())).collect()
}

/// A path without `.`, and without `..` and what it takes back.
fn straightened(path: &Path) -> PathBuf {
    let mut straight = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(straight.components().next_back(), Some(Component::Normal(_))) => {
                straight.pop();
            }
            Component::ParentDir if straight.has_root() => {}
            _ => straight.push(part),
        }
    }
    straight
}

/// `*` stands for no `/`, and for no dot at the beginning.
pub(super) const AS_IN_SHELLS: glob::MatchOptions =
    glob::MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// The files of one configuration on the way to the one that is read.
#[derive(Debug)]
pub(super) struct Trail {
    disk: Disk,
    /// Each as it is spelled without detours, lest one that includes itself as `a/../a/b` is not known again.
    within: Vec<PathBuf>,
    files: usize,
    bytes: usize,
    /// Bytes that were read and not gone into.
    refused: usize,
    patterns: usize,
}

impl Trail {
    pub(super) const fn on(disk: Disk) -> Self {
        Self { disk, within: Vec::new(), files: 0, bytes: 0, refused: 0, patterns: 0 }
    }

    /// To be asked before a file is read: whether a limit forbids it whatever is in it.
    pub(super) fn admits(&self) -> Result<(), String> {
        if self.files >= MOST_INCLUDED {
            return Err(format!("more than {MOST_INCLUDED} files in one configuration"));
        }
        if self.refused > MOST_BYTES {
            return Err(format!("more than {} MiB in one configuration", MOST_BYTES >> 20));
        }
        Ok(())
    }

    /// The same before files are looked for by a pattern.
    pub(super) fn admits_pattern(&mut self) -> Result<(), String> {
        self.admits()?;
        if self.patterns >= MOST_PATTERNS {
            return Err(format!("more than {MOST_PATTERNS} patterns in one configuration"));
        }
        self.patterns += 1;
        Ok(())
    }

    /// Goes into a file of so many bytes, or says which limit forbids it; [`leave`](Self::leave) goes out again.
    pub(super) fn enter(&mut self, path: &Path, bytes: usize) -> Result<(), String> {
        let entered = self.entered(path, bytes);
        if entered.is_err() {
            self.refused += bytes;
        }
        entered
    }

    fn entered(&mut self, path: &Path, bytes: usize) -> Result<(), String> {
        let path = self.disk.identity(path);
        if self.within.contains(&path) {
            return Err("it would include itself: an include loop".to_owned());
        }
        if self.within.len() > DEEPEST {
            return Err(format!("more than {DEEPEST} files within files"));
        }
        self.admits()?;
        if self.bytes + bytes > MOST_BYTES {
            return Err(format!("more than {} MiB in one configuration", MOST_BYTES >> 20));
        }
        self.files += 1;
        self.bytes += bytes;
        self.within.push(path);
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.within.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_of_bearable_size_are_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        fs::write(path("a"), "x").unwrap();
        File::create(path("large")).unwrap().set_len(LARGEST + 1).unwrap();
        assert_eq!(Disk::Here.read(&path("a")).unwrap().as_slice(), b"x");
        assert_eq!(Disk::Here.read(&path("none")), Err(Unread::Absent));
        assert_eq!(Disk::Here.read(directory.path()).unwrap_err().to_string(), "no regular file");
        assert_eq!(Disk::Here.read(&path("large")).unwrap_err().to_string(), "larger than 16 MiB");
        assert_eq!(Disk::Elsewhere.read(&path("a")).unwrap_err().to_string(), "it is on another machine");
    }

    #[test]
    fn patterns_are_those_of_shells_and_limited() {
        let directory = tempfile::tempdir().unwrap();
        let inner = directory.path().join("[odd]");
        fs::create_dir(&inner).unwrap();
        for name in [".hidden", "a", "b"] {
            fs::write(inner.join(name), "").unwrap();
        }
        assert_eq!(Disk::Here.files(&inner), [Ok(inner.join("a")), Ok(inner.join("b"))]);
        assert!(Disk::Elsewhere.files(&inner).is_empty() && Disk::Elsewhere.below(&inner).is_empty());
        for number in 0..=MOST_FILES {
            fs::write(directory.path().join(number.to_string()), "").unwrap();
        }
        let found = Disk::Here.files(directory.path());
        assert_eq!(found.len(), MOST_FILES + 1);
        let limit = Err("more than 1000 files: only the first are read".to_owned());
        assert!(found[..MOST_FILES].iter().all(Result::is_ok) && found[MOST_FILES] == limit);
    }

    #[test]
    fn everything_below_a_directory_can_be_meant() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        for name in ["d/b", "d/.hidden", "e/.hidden"] {
            fs::create_dir_all(path(name)).unwrap();
        }
        for name in ["d/a", "d/b/.dot", "d/b/x", "d/.hidden/y", "d/c", "e/.z", "e/.hidden/w"] {
            fs::write(path(name), "").unwrap();
        }
        std::os::unix::fs::symlink(path("d"), path("d/b/up")).unwrap();
        let found = Disk::Here.below(&path("d"));
        let (files, told): (Vec<_>, Vec<_>) = found.into_iter().partition(Result::is_ok);
        let expected = ["d/.hidden/y", "d/a", "d/b/.dot", "d/b/x", "d/c"].map(|name| Ok(path(name)));
        assert_eq!((files, told.len()), (expected.to_vec(), 1));
        let told = told[0].as_ref().unwrap_err();
        assert!(told.contains("loop"), "{told}");
        assert_eq!(Disk::Here.below(&path("e/*")), [], "a dot has to be asked for by a pattern");
        assert_eq!(Disk::Here.below(&path("e/.hidden")), [Ok(path("e/.hidden/w"))]);
        assert_eq!(Disk::Here.below(&path("d/a")), [Ok(path("d/a"))]);
    }

    #[test]
    fn a_file_is_known_again_however_it_is_spelled() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        for name in ["a", "elsewhere/deep"] {
            fs::create_dir_all(path(name)).unwrap();
        }
        fs::write(path("a/x"), "").unwrap();
        std::os::unix::fs::symlink(path("a/x"), path("link")).unwrap();
        std::os::unix::fs::symlink(path("elsewhere/deep"), path("a/down")).unwrap();
        let mut trail = Trail::on(Disk::Here);
        assert_eq!(trail.enter(&path("a/x"), 0), Ok(()));
        for same in ["a/../a/x", "./a//x", "link", "a/../link"] {
            assert!(trail.enter(&path(same), 0).unwrap_err().ends_with("an include loop"), "{same}");
        }
        // Where a link leads, `..` is something else than it looks.
        fs::write(path("elsewhere/x"), "").unwrap();
        assert_eq!(trail.enter(&path("a/down/../x"), 0), Ok(()));
        trail.leave();
        trail.leave();
        assert_eq!(trail.enter(&path("a/../a/x"), 0), Ok(()), "once more is no loop");

        let straight = |path: &str| straightened(Path::new(path)).display().to_string();
        assert_eq!(["/a/../../b/./c", "../../a/../b", "a/..", "/.."].map(straight), ["/b/c", "../../b", "", "/"]);
    }

    #[test]
    fn what_is_not_followed_names_its_limit() {
        let mut trail = Trail::on(Disk::Elsewhere);
        let mut enter = |name: &str, bytes| {
            let entered = trail.enter(Path::new(name), bytes);
            if entered.is_ok() && name != "a" {
                trail.leave();
            }
            entered
        };
        assert_eq!(enter("a", 1), Ok(()));
        assert_eq!(enter("x/.././a", 0).unwrap_err(), "it would include itself: an include loop");
        assert_eq!(enter("b", MOST_BYTES).unwrap_err(), "more than 256 MiB in one configuration");
        assert!((1..MOST_INCLUDED).all(|number| enter(&number.to_string(), 0).is_ok()));
        assert_eq!(enter("c", 0).unwrap_err(), "more than 2000 files in one configuration");

        let mut trail = Trail::on(Disk::Elsewhere);
        assert!((0..MOST_PATTERNS).all(|_| trail.admits_pattern().is_ok()));
        assert_eq!(trail.admits_pattern().unwrap_err(), "more than 1000 patterns in one configuration");
        assert_eq!(trail.enter(Path::new("a"), 1), Ok(()));
        // Each was read before it was known.
        assert!((0..256).all(|_| trail.enter(Path::new("a"), 1 << 20).is_err() && trail.admits().is_ok()));
        assert!(trail.enter(Path::new("a"), 1).is_err());
        assert_eq!(trail.admits().unwrap_err(), "more than 256 MiB in one configuration");

        let mut trail = Trail::on(Disk::Elsewhere);
        let deep: Result<Vec<()>, String> = (0..40).map(|n: u8| trail.enter(Path::new(&n.to_string()), 0)).collect();
        assert_eq!((deep.unwrap_err().as_str(), trail.within.len()), ("more than 32 files within files", DEEPEST + 1));
    }
}

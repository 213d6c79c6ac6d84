//! Caddy's storage: what it keeps beside its certificates, `certificates/CA/NAME/NAME.json`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Names that are read of one storage.
const MOST_NAMES: usize = 100_000;
/// Directories that are looked at for them.
const MOST_LOOKS: usize = 1_000_000;

/// What a storage holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Storage {
    /// One for each name, in the order of the names.
    pub(super) files: Vec<String>,
    /// What could not be looked at.
    pub(super) faults: Vec<String>,
    /// The limit that left something out.
    pub(super) limit: Option<String>,
}

/// Looks through the storage that a directory is, or has; `None` for a directory of something else.
pub(super) fn look(directory: &Path) -> Result<Option<Storage>, String> {
    let storage =
        if directory.ends_with("certificates") { directory.to_owned() } else { directory.join("certificates") };
    if !storage.is_dir() {
        return Ok(None);
    }
    let authorities = directories(&storage).map_err(|error| format!("'{}': {error}", storage.display()))?;
    let mut looking = Looking { most: MOST_NAMES, ..Looking::default() };
    for authority in authorities {
        if let Err(error) = looking.authority(&authority.path()) {
            looking.storage.faults.push(format!("'{}': {error}", authority.path().display()));
        }
    }
    let storage = looking.end();
    if storage.files.is_empty() && storage.faults.is_empty() {
        return Err("no certificate is kept there".to_owned());
    }
    Ok(Some(storage))
}

fn directories(place: &Path) -> io::Result<impl Iterator<Item = DirEntry>> {
    Ok(fs::read_dir(place)?.filter_map(Result::ok).filter(|entry| entry.path().is_dir()))
}

#[derive(Default)]
struct Looking {
    storage: Storage,
    /// Of a name that several authorities have certified, what was written last.
    newest: BTreeMap<OsString, (Option<SystemTime>, PathBuf)>,
    most: usize,
    looks: usize,
    is_more: bool,
}

impl Looking {
    fn authority(&mut self, authority: &Path) -> io::Result<()> {
        for entry in directories(authority)? {
            self.looks += 1;
            if self.looks > MOST_LOOKS {
                self.is_more = true;
                return Ok(());
            }
            let name = entry.file_name();
            let path = entry.path().join(&name).with_added_extension("json");
            let written = match fs::metadata(&path) {
                Ok(metadata) if metadata.is_file() => metadata.modified().ok(),
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                    self.storage.faults.push(format!("'{}': {error}", path.display()));
                    continue;
                }
                // A certificate that is being fetched has none yet.
                _ => continue,
            };
            let known = self.newest.entry(name).or_insert_with(|| (written, path.clone()));
            if written > known.0 {
                *known = (written, path);
            }
            // The first by name are kept, so that another look finds the same.
            if self.newest.len() > self.most {
                self.newest.pop_last();
                self.is_more = true;
            }
        }
        Ok(())
    }

    fn end(self) -> Storage {
        let Self { mut storage, newest, most, is_more, .. } = self;
        let last = newest.last_key_value().map(|(name, _)| name.to_string_lossy().into_owned());
        storage.limit = last.filter(|_| is_more).map(|last| {
            format!("more than {most} names are kept there, and no more are read; '{last}' is the last of them")
        });
        storage.files = newest.into_values().map(|(_, path)| path.to_string_lossy().into_owned()).collect();
        storage
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(storage: &Path, authority: &str, name: &str) {
        let place = storage.join("certificates").join(authority).join(name);
        fs::create_dir_all(&place).unwrap();
        fs::write(place.join(format!("{name}.json")), "{}").unwrap();
    }

    #[test]
    fn more_than_a_thousand_names_are_read() {
        let directory = tempfile::tempdir().unwrap();
        for number in 0..1500 {
            keep(directory.path(), "acme", &format!("h{number}.example"));
        }
        fs::create_dir(directory.path().join("certificates/acme/pending.example")).unwrap();
        let storage = look(directory.path()).unwrap().unwrap();
        assert_eq!((storage.files.len(), storage.faults.len(), storage.limit), (1500, 0, None));
        assert_eq!(look(&directory.path().join("certificates")).unwrap().unwrap().files, storage.files);
        assert_eq!(look(&directory.path().join("certificates/acme")), Ok(None));
    }

    #[test]
    fn beyond_the_limit_the_first_names_are_kept_and_the_limit_is_named() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["d", "b", "a", "e", "c"] {
            keep(directory.path(), "acme", name);
        }
        let mut looking = Looking { most: 3, ..Looking::default() };
        looking.authority(&directory.path().join("certificates/acme")).unwrap();
        let storage = looking.end();
        let names: Vec<&str> = storage.files.iter().map(|file| file.rsplit_once('/').unwrap().1).collect();
        assert_eq!(names, ["a.json", "b.json", "c.json"]);
        let expected = "more than 3 names are kept there, and no more are read; 'c' is the last of them";
        assert_eq!(storage.limit.as_deref(), Some(expected));
    }

    #[test]
    fn a_storage_without_certificates_is_told() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("certificates")).unwrap();
        assert_eq!(look(directory.path()), Err("no certificate is kept there".to_owned()));
    }
}

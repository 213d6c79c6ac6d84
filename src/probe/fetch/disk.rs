//! Documents in files of the platform's cache directory: read with suspicion, written whole or not at all.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use hyper::body::Bytes;
use serde::{Deserialize, Serialize};

use super::document::Document;
use super::guard::AddressKind;
use crate::model::{Fingerprint, Time};

/// A directory of our own, bounded in size. Several processes may share it.
#[derive(Debug)]
pub(super) struct Disk {
    directory: PathBuf,
    /// Bytes believed to be in it; the first write counts them.
    used: AtomicU64,
}

/// The first line of a file; the body follows.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Label {
    /// Of this layout.
    version: u32,
    key: String,
    fetched_at: Time,
    took_ms: u64,
    from: AddressKind,
    /// SHA-256 of the body.
    body: Fingerprint,
}

impl Disk {
    const VERSION: u32 = 1;
    const MOST_BYTES: u64 = 128 * 1024 * 1024;
    /// No label is longer.
    const LONGEST_LABEL: usize = 8 * 1024;
    /// A temporary file that is older has lost its writer.
    const ABANDONED: Duration = Duration::from_hours(1);

    pub(super) fn new(cache: &Path) -> Self {
        Self { directory: cache.join("fetched"), used: AtomicU64::new(u64::MAX) }
    }

    /// The document; none when there is no file, or it is not as it was written.
    pub(super) fn read(&self, key: &str) -> Option<Document> {
        let path = self.path(key);
        let document = parse(&fs::read(&path).ok()?, key);
        if document.is_none() {
            let _ = fs::remove_file(&path);
        }
        document
    }

    pub(super) fn write(&self, key: &str, document: &Document) -> io::Result<()> {
        let label = Label {
            version: Self::VERSION,
            key: key.to_owned(),
            fetched_at: document.fetched_at,
            took_ms: u64::try_from(document.took.as_millis()).unwrap_or(u64::MAX),
            from: document.from,
            body: Fingerprint::of(&document.body),
        };
        let mut label = serde_json::to_vec(&label)?;
        label.push(b'\n');
        if label.len() > Self::LONGEST_LABEL {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        create_private(&self.directory)?;
        let added = (label.len() + document.body.len()) as u64;
        self.make_room(added);
        let (path, temporary) = (self.path(key), self.temporary());
        let mut file = fs::File::create_new(&temporary)?;
        let written = file.write_all(&label).and_then(|()| file.write_all(&document.body));
        let written = written.and_then(|()| fs::rename(&temporary, &path));
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    fn path(&self, key: &str) -> PathBuf {
        self.directory.join(Fingerprint::of(key.as_bytes()).to_string())
    }

    fn temporary(&self) -> PathBuf {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        self.directory.join(format!("{}-{number}.tmp", std::process::id()))
    }

    /// Removes the oldest files when the directory grows beyond its bound. The bound holds roughly: what other processes
    /// write is counted only when files are removed.
    fn make_room(&self, added: u64) {
        let used = self.used.load(Ordering::Relaxed);
        if used < Self::MOST_BYTES {
            self.used.fetch_add(added, Ordering::Relaxed);
            return;
        }
        let mut files = self.files();
        files.sort_unstable();
        let mut used: u64 = files.iter().map(|(_, size, _)| size).sum();
        let enough = if used + added > Self::MOST_BYTES { Self::MOST_BYTES / 4 * 3 } else { Self::MOST_BYTES };
        for (_, size, path) in files {
            if used + added <= enough {
                break;
            }
            if fs::remove_file(path).is_ok() {
                used -= size;
            }
        }
        self.used.store(used + added, Ordering::Relaxed);
    }

    /// Age, size and path of each file; temporary ones without a writer are removed instead.
    fn files(&self) -> Vec<(SystemTime, u64, PathBuf)> {
        let entries = fs::read_dir(&self.directory).into_iter().flatten().flatten();
        let mut files = Vec::new();
        for entry in entries {
            let Ok(metadata) = entry.metadata() else { continue };
            let (path, written) = (entry.path(), metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH));
            if path.extension().is_some_and(|extension| extension == "tmp") {
                if written.elapsed().is_ok_and(|age| age > Self::ABANDONED) {
                    let _ = fs::remove_file(path);
                }
            } else {
                files.push((written, metadata.len(), path));
            }
        }
        files
    }
}

fn parse(bytes: &[u8], key: &str) -> Option<Document> {
    let end = bytes.iter().take(Disk::LONGEST_LABEL).position(|byte| *byte == b'\n')?;
    let label: Label = serde_json::from_slice(&bytes[..end]).ok()?;
    let body = &bytes[end + 1..];
    (label.version == Disk::VERSION && label.key == key && label.body == Fingerprint::of(body)).then(|| Document {
        body: Bytes::copy_from_slice(body),
        fetched_at: label.fetched_at,
        took: Duration::from_millis(label.took_ms),
        from: label.from,
        signed_by: OnceLock::new(),
    })
}

/// Which certificates somebody looks at is their own affair.
fn create_private(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(body: &[u8]) -> Document {
        Document {
            body: Bytes::copy_from_slice(body),
            fetched_at: Time::from_secs(1_795_230_000),
            took: Duration::from_millis(12),
            from: AddressKind::Public,
            signed_by: OnceLock::new(),
        }
    }

    fn files(disk: &Disk) -> usize {
        fs::read_dir(&disk.directory).unwrap().count()
    }

    #[test]
    fn what_is_written_is_read_by_its_key() {
        let directory = tempfile::tempdir().unwrap();
        let disk = Disk::new(&directory.path().join("deep"));
        assert!(disk.read("a").is_none());
        disk.write("a", &document(b"one")).unwrap();
        disk.write("b", &document(b"two\nlines")).unwrap();
        disk.write("a", &document(b"one again")).unwrap();
        let read = Disk::new(&directory.path().join("deep")).read("a").unwrap();
        assert_eq!((&read.body[..], read.fetched_at), (&b"one again"[..], document(b"").fetched_at));
        assert_eq!((read.took, read.from), (Duration::from_millis(12), AddressKind::Public));
        assert_eq!(files(&disk), 2);
    }

    #[test]
    fn what_is_corrupt_is_ignored_and_removed() {
        let directory = tempfile::tempdir().unwrap();
        let disk = Disk::new(directory.path());
        disk.write("a", &document(b"body")).unwrap();
        let path = disk.path("a");
        let good = fs::read(&path).unwrap();
        for at in [0, 20, good.len() / 2, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 0x20;
            fs::write(&path, &bad).unwrap();
            assert!(disk.read("a").is_none(), "byte {at}");
            assert!(!path.exists());
            fs::write(&path, &good[..at]).unwrap();
            assert!(disk.read("a").is_none(), "cut at {at}");
        }
        fs::write(disk.path("b"), &good).unwrap();
        assert!(disk.read("b").is_none(), "of another key");
    }

    #[test]
    fn the_directory_is_bounded() {
        let directory = tempfile::tempdir().unwrap();
        let disk = Disk::new(directory.path());
        fs::create_dir_all(&disk.directory).unwrap();
        for number in 0_u64..10 {
            // Sparse: it takes no room on the disk.
            let file = fs::File::create(disk.directory.join(number.to_string())).unwrap();
            file.set_len(Disk::MOST_BYTES / 8).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(number)).unwrap();
        }
        let abandoned = disk.directory.join("1-1.tmp");
        fs::File::create(&abandoned).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        disk.write("a", &document(b"one")).unwrap();
        assert!(disk.read("a").is_some() && disk.directory.join("9").exists());
        assert!(!disk.directory.join("3").exists() && !abandoned.exists());
        assert_eq!(files(&disk), 6, "three quarters of the bound, and the new one");
    }
}

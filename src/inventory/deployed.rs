//! The certificate files of targets: read at the start, and again whenever something in their directory changes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use super::changes::{BURST, watcher};
use super::files::first_certificate;
use super::wiped;
use crate::credentials::instead_of_certificates;
use crate::model::{Certificate, Clock, Event, StoredContent, StoredFile, TargetId, Time, Untrusted};

/// A file of certificates is smaller than this; a larger one is not read.
const LARGEST: u64 = 1 << 20;
/// Every file is read again after so long at the latest: not every file system tells of changes (NFS, overlays).
const AT_THE_LATEST: Duration = Duration::from_secs(30);

/// Tells what is in the files now, and again after each change, until it is cancelled or nobody listens.
pub async fn watch(
    files: Vec<(TargetId, Arc<Path>)>,
    events: mpsc::Sender<Event>,
    clock: Arc<dyn Clock>,
    cancel: CancellationToken,
) {
    if files.is_empty() {
        return;
    }
    let (sender, mut changes) = mpsc::channel(1);
    let _watcher = watcher(directories(&files), sender);
    let mut told: BTreeMap<TargetId, StoredFile> = BTreeMap::new();
    let mut rounds = interval(AT_THE_LATEST);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = cancel.cancelled() => return,
            _ = rounds.tick() => {}
            Some(()) = changes.recv() => tokio::time::sleep(BURST).await,
        }
        let (wanted, now) = (files.clone(), clock.now());
        let Ok(seen) = tokio::task::spawn_blocking(move || look(wanted, now)).await else { return };
        for (target, file) in seen {
            if told.get(&target).is_some_and(|told| is_same(told, &file)) {
                continue;
            }
            told.insert(target, file.clone());
            if events.send(Event::FileRead { target, file: Arc::new(file) }).await.is_err() {
                return;
            }
        }
    }
}

/// What each target's file holds; many can have the same.
fn look(files: Vec<(TargetId, Arc<Path>)>, now: Time) -> Vec<(TargetId, StoredFile)> {
    let mut known: HashMap<Arc<Path>, StoredFile> = HashMap::new();
    let mut of = |path: Arc<Path>| known.entry(path).or_insert_with_key(|path| read(path, now)).clone();
    files.into_iter().map(|(id, path)| (id, of(path))).collect()
}

/// The link's own directory, and the one that it leads to (certbot: live/ and archive/), of each file.
fn directories(files: &[(TargetId, Arc<Path>)]) -> BTreeSet<PathBuf> {
    let paths: BTreeSet<&Arc<Path>> = files.iter().map(|(_, path)| path).collect();
    let both = paths.into_iter().flat_map(|path| [Some(path.to_path_buf()), fs::canonicalize(path).ok()]);
    both.flatten().filter_map(|path| path.parent().map(Path::to_path_buf)).collect()
}

fn is_same(one: &StoredFile, other: &StoredFile) -> bool {
    one.content == other.content && one.modified == other.modified
}

/// What is in a certificate file: PEM, or one certificate in DER. Never more than its first certificate is kept.
#[must_use]
pub fn read(path: &Arc<Path>, now: Time) -> StoredFile {
    let modified = fs::metadata(path).and_then(|file| file.modified()).ok();
    let modified = modified.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let content = match leaf(path) {
        Ok(leaf) => StoredContent::Leaf(Arc::new(leaf)),
        Err(reason) => StoredContent::Unreadable(Untrusted::new(&reason)),
    };
    StoredFile { path: Arc::clone(path), at: now, modified: modified.map(|since| Time::from_secs(0) + since), content }
}

fn leaf(path: &Path) -> Result<Certificate, String> {
    let bytes = bytes(path).map_err(|error| error.to_string())?;
    let der = match first_certificate(&bytes) {
        Some(der) => der.map_err(|fault| format!("its first certificate in PEM cannot be read: {fault}"))?,
        None if bytes.first() != Some(&0x30) => {
            return Err(format!("there is no certificate in it{}", instead_of_certificates(&bytes)));
        }
        None => bytes.to_vec(),
    };
    Certificate::parse(&der).map_err(|error| format!("it has no certificate: {error}"))
}

/// What servers load can have the key in it.
fn bytes(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let kind = fs::metadata(path)?;
    if !kind.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let bytes = wiped::all(File::open(path)?.take(LARGEST + 1))?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::other(format!("it is larger than {} KiB", LARGEST >> 10)));
    }
    Ok(bytes)
}

#[cfg(test)]
#[path = "deployed_tests.rs"]
mod tests;

//! Changes in directories. Those are watched, not the files: a new file is renamed into place, a link is swapped on the
//! way.

use std::path::PathBuf;
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

/// Changes come in bursts: a file is written, renamed, its mode set.
pub(super) const BURST: Duration = Duration::from_millis(200);

/// Tells of changes in the directories for as long as it is kept; none where the system does not tell.
pub(super) fn watcher(
    directories: impl IntoIterator<Item = PathBuf>,
    changed: mpsc::Sender<()>,
) -> Option<RecommendedWatcher> {
    let tell = move |event: notify::Result<notify::Event>| {
        // To be opened and read, as by ourselves, is no change.
        if event.map_or(true, |event| !event.kind.is_access()) {
            // One that waits already stands for all.
            let _ = changed.try_send(());
        }
    };
    let mut watcher = notify::recommended_watcher(tell)
        .inspect_err(|error| tracing::warn!(%error, "changes of files are seen only when they are read again"))
        .ok()?;
    for directory in directories {
        if let Err(error) = watcher.watch(&directory, RecursiveMode::NonRecursive) {
            let shown = directory.display();
            tracing::warn!(%error, directory = %shown, "changes in it are seen only when it is read again");
        }
    }
    Some(watcher)
}

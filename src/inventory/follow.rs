//! Sources of targets, read again when they change, and after a while in any case.

use std::path::PathBuf;
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

use super::roster::LiveSource;
use super::sources::Gathered;

/// Changes come in bursts: a file is written, renamed, its mode set.
const BURST: Duration = Duration::from_millis(200);

/// What a source said when it was read again.
#[derive(Debug)]
pub struct Reading {
    /// Its place in the configuration.
    pub source: usize,
    /// What it said.
    pub said: Vec<Gathered>,
}

/// Reads a source that was read just now again and again, until it is cancelled or nobody listens.
pub async fn follow(number: usize, source: LiveSource, readings: mpsc::Sender<Reading>, cancel: CancellationToken) {
    let (sender, mut changes) = mpsc::channel(1);
    let _watcher = watcher(source.directories(), sender);
    let mut rounds = interval_at(Instant::now() + source.refresh, source.refresh);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = cancel.cancelled() => return,
            _ = rounds.tick() => {}
            Some(()) = changes.recv() => tokio::time::sleep(BURST).await,
        }
        let read = source.clone();
        let Ok(said) = tokio::task::spawn_blocking(move || read.read()).await else { return };
        if readings.send(Reading { source: number, said }).await.is_err() {
            return;
        }
    }
}

/// Directories are watched, not files: lists are renamed into place, and links swapped on the way.
fn watcher(directories: Vec<PathBuf>, changed: mpsc::Sender<()>) -> Option<RecommendedWatcher> {
    let tell = move |event: notify::Result<notify::Event>| {
        // To be opened and read, as by ourselves, is no change.
        if event.map_or(true, |event| !event.kind.is_access()) {
            // One that waits already stands for all.
            let _ = changed.try_send(());
        }
    };
    let mut watcher = notify::recommended_watcher(tell)
        .inspect_err(|error| tracing::warn!(%error, "changes of sources are seen when they are read again only"))
        .ok()?;
    for directory in directories {
        if let Err(error) = watcher.watch(&directory, RecursiveMode::NonRecursive) {
            let shown = directory.display();
            tracing::warn!(%error, directory = %shown, "changes in it are seen when it is read again only");
        }
    }
    Some(watcher)
}

#[cfg(test)]
#[path = "follow_tests.rs"]
mod tests;

//! Sources of targets, read again when they change, and after a while in any case.

use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

use super::changes::{BURST, watcher};
use super::roster::LiveSource;
use super::sources::Gathered;

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

#[cfg(test)]
#[path = "follow_tests.rs"]
mod tests;

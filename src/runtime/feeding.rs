//! Targets that come and go with their sources, and the certificate files that are watched for them.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::inventory::{self, Moves, Reading, Roster};
use crate::model::{Clock, Event, Target, TargetId};
use crate::schedule::Command;

/// Readings that wait to be taken in.
const READINGS: usize = 16;

/// Who keeps the targets those of the sources.
pub(super) struct Feeding {
    pub(super) commands: mpsc::Sender<Command>,
    pub(super) events: mpsc::Sender<Event>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) cancel: CancellationToken,
}

impl Feeding {
    /// Adds the targets there are, and then keeps them those of the sources until cancelled. `next` is the next free
    /// number of a target.
    pub(super) async fn keep(self, targets: Vec<Target>, roster: Option<Roster>, next: &AtomicU32) {
        let mut files: Vec<(TargetId, Arc<Path>)> = targets.iter().filter_map(file_of).collect();
        for target in targets {
            if self.commands.send(Command::Add(Arc::new(target))).await.is_err() {
                return;
            }
        }
        let mut watching = self.watch(&files);
        let Some(mut roster) = roster else { return self.cancel.cancelled().await };
        let mut readings = self.follow(&roster);
        self.tell(&roster).await;
        while let Some(Reading { source, said }) = readings.recv().await {
            let number = || TargetId(next.fetch_add(1, Ordering::Relaxed));
            let moves = roster.take(source, said, self.clock.now(), number);
            let is_concerned = moves.added.iter().any(|target| target.cert_file.is_some())
                || files.iter().any(|(id, _)| moves.removed.contains(id));
            if is_concerned {
                files.retain(|(id, _)| !moves.removed.contains(id));
                files.extend(moves.added.iter().filter_map(|target| file_of(target)));
            }
            if !self.carry_out(moves).await {
                return;
            }
            if is_concerned {
                drop(std::mem::replace(&mut watching, self.watch(&files)));
            }
            self.tell(&roster).await;
        }
        drop(watching);
    }

    /// Whether anybody still listens.
    async fn carry_out(&self, Moves { removed, added }: Moves) -> bool {
        if !removed.is_empty() || !added.is_empty() {
            tracing::info!(removed = removed.len(), added = added.len(), "targets by their sources");
        }
        let commands = removed.into_iter().map(Command::Remove).chain(added.into_iter().map(Command::Add));
        for command in commands {
            if self.commands.send(command).await.is_err() {
                return false;
            }
        }
        true
    }

    async fn tell(&self, roster: &Roster) {
        let sources = roster.states().cloned().collect();
        let _ = self.events.send(Event::SourcesRead { at: self.clock.now(), sources }).await;
    }

    /// Follows every source in a task of its own.
    fn follow(&self, roster: &Roster) -> mpsc::Receiver<Reading> {
        let (sender, readings) = mpsc::channel(READINGS);
        for (number, source) in roster.sources().enumerate() {
            tokio::spawn(inventory::follow(number, source.clone(), sender.clone(), self.cancel.clone()));
        }
        readings
    }

    /// Watches these certificate files for as long as the answer is kept.
    fn watch(&self, files: &[(TargetId, Arc<Path>)]) -> DropGuard {
        let cancel = self.cancel.child_token();
        let watched = inventory::watch(files.to_vec(), self.events.clone(), Arc::clone(&self.clock), cancel.clone());
        tokio::spawn(watched);
        cancel.drop_guard()
    }
}

fn file_of(target: &Target) -> Option<(TargetId, Arc<Path>)> {
    Some((target.id, target.cert_file.clone()?))
}

#[cfg(test)]
#[path = "feeding_tests.rs"]
mod tests;

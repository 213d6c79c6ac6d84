//! The single writer: events from everyone in, snapshots to everyone out.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;

use super::snapshot::Snapshot;
use super::state::State;
use crate::model::{Clock, Event};

/// Shortest time between two snapshots: at most ten a second.
const PACE: Duration = Duration::from_millis(100);

/// Time between two ticks, by which judgements come up for review and windows move on.
const TICK: Duration = Duration::from_secs(1);

/// Events taken in between two looks at everything else.
const BATCH: usize = 1024;

/// Folds `events` into `state` and publishes snapshots: at most ten a second, only after a change, and always
/// one after the last change. Ends when cancelled, or when every sender of events is gone; events that were
/// waiting then are still taken in and published. Returns the state.
pub async fn run(
    mut state: State,
    mut events: mpsc::Receiver<Event>,
    clock: Arc<dyn Clock>,
    snapshots: watch::Sender<Arc<Snapshot>>,
    cancel: CancellationToken,
) -> State {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut batch = Vec::with_capacity(BATCH);
    let mut next = Instant::now();
    loop {
        tokio::select! {
            biased;
            () = cancel.cancelled() => break,
            () = sleep_until(next), if state.is_dirty() => {
                publish(&mut state, &snapshots, &*clock);
                next = Instant::now() + PACE;
            }
            _ = ticks.tick() => state.apply(Event::Tick { at: clock.now() }),
            count = events.recv_many(&mut batch, BATCH) => {
                if count == 0 {
                    break;
                }
                state.apply_all(batch.drain(..));
            }
        }
    }
    while let Ok(event) = events.try_recv() {
        state.apply(event);
    }
    publish(&mut state, &snapshots, &*clock);
    state
}

fn publish(state: &mut State, snapshots: &watch::Sender<Arc<Snapshot>>, clock: &dyn Clock) {
    if state.is_dirty() {
        snapshots.send_replace(state.snapshot(clock.now()));
    }
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;

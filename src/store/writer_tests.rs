use super::*;
use crate::diagnosis::Policy;
use crate::model::{ManualClock, SchedulerState, Time};
use crate::store::Limits;

struct Bench {
    events: mpsc::Sender<Event>,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    cancel: CancellationToken,
    writer: tokio::task::JoinHandle<State>,
}

fn start() -> Bench {
    let (events, receiver) = mpsc::channel(64);
    let (sender, snapshots) = watch::channel(Arc::default());
    let cancel = CancellationToken::new();
    let state = State::new(Policy::default(), Limits::default());
    let clock = Arc::new(ManualClock::new(Time::from_secs(1_000)));
    let writer = tokio::spawn(run(state, receiver, clock, sender, cancel.clone()));
    Bench { events, snapshots, cancel, writer }
}

fn waiting(count: usize) -> Event {
    Event::Scheduler(SchedulerState { waiting: count, ..SchedulerState::default() })
}

#[tokio::test(start_paused = true)]
async fn a_burst_is_one_snapshot_now_and_one_at_the_end() {
    let mut bench = start();
    let begun = Instant::now();
    bench.events.send(waiting(1)).await.unwrap();
    bench.snapshots.changed().await.unwrap();
    assert!(begun.elapsed() < Duration::from_millis(5), "the first one at once");
    assert_eq!(bench.snapshots.borrow_and_update().scheduler.waiting, 1);
    for count in 2..=50 {
        bench.events.send(waiting(count)).await.unwrap();
    }
    bench.snapshots.changed().await.unwrap();
    let after = begun.elapsed();
    assert!(after >= PACE && after < PACE + Duration::from_millis(5), "the last one in its turn, not after {after:?}");
    let last = bench.snapshots.borrow_and_update().clone();
    assert_eq!((last.scheduler.waiting, last.generation), (50, 2));
    bench.cancel.cancel();
    bench.writer.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_steady_stream_is_published_ten_times_a_second() {
    let mut bench = start();
    let begun = Instant::now();
    let sender = bench.events.clone();
    let stream = tokio::spawn(async move {
        for count in 1..=1_000 {
            sender.send(waiting(count)).await.unwrap();
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    stream.await.unwrap();
    assert_eq!(begun.elapsed().as_secs(), 2);
    let generation = bench.snapshots.borrow_and_update().generation;
    assert!((19..=21).contains(&generation), "{generation} snapshots in two seconds");
    bench.cancel.cancel();
    bench.writer.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn nothing_is_published_when_nothing_changes() {
    let mut bench = start();
    bench.events.send(waiting(1)).await.unwrap();
    bench.snapshots.changed().await.unwrap();
    bench.snapshots.borrow_and_update();
    bench.events.send(waiting(1)).await.unwrap();
    let quiet = tokio::time::timeout(Duration::from_mins(10), bench.snapshots.changed()).await;
    assert!(quiet.is_err(), "ticks alone are no change");
    bench.cancel.cancel();
    bench.writer.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_waits_at_the_end_is_taken_in_and_published() {
    let bench = start();
    for count in 1..=40 {
        bench.events.send(waiting(count)).await.unwrap();
    }
    bench.cancel.cancel();
    let mut state = bench.writer.await.unwrap();
    assert_eq!(bench.snapshots.borrow().scheduler.waiting, 40);
    assert!(!state.is_dirty());
    assert_eq!(state.snapshot(Time::from_secs(2_000)).generation, bench.snapshots.borrow().generation);
}

#[tokio::test(start_paused = true)]
async fn it_ends_when_nobody_can_send_any_more() {
    let Bench { events, snapshots, writer, cancel: _keep } = start();
    events.send(waiting(7)).await.unwrap();
    drop(events);
    writer.await.unwrap();
    assert_eq!(snapshots.borrow().scheduler.waiting, 7);
}

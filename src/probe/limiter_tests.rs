use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::task::JoinSet;
use tokio::time::{advance, sleep};

use super::*;

fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1], port))
}

fn soon() -> Instant {
    Instant::now() + Duration::from_mins(1)
}

/// Whether something is there without waiting.
async fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(Duration::from_millis(1), future).await.ok()
}

#[tokio::test(start_paused = true)]
async fn two_at_a_time_whoever_asks_and_a_probe_first() {
    let limiter = Limiter::new(1, 1_000);
    let one = limiter.question(address(1), soon()).await.unwrap();
    let two = limiter.question(address(1), soon()).await.unwrap();
    assert!(at_once(limiter.question(address(1), soon())).await.is_none(), "a third question");
    assert!(at_once(limiter.question(address(2), soon())).await.is_some(), "another address");

    let order = std::sync::Mutex::new(Vec::new());
    let question = async {
        let _seat = limiter.question(address(1), soon()).await.unwrap();
        order.lock().unwrap().push("question");
    };
    let probe = async {
        let _seat = limiter.probe(address(1), Duration::from_secs(5)).await.unwrap();
        order.lock().unwrap().push("probe");
        sleep(Duration::from_millis(10)).await;
    };
    let free = async {
        sleep(Duration::from_millis(10)).await;
        drop(one);
        sleep(Duration::from_millis(5)).await;
    };
    tokio::join!(question, probe, free);
    assert_eq!(*order.lock().unwrap(), ["probe", "question"]);
    drop(two);
    assert_eq!(limiter.desks().by_address.len(), 2, "what was made in this minute is remembered");
}

#[tokio::test(start_paused = true)]
async fn a_probe_leaves_room_for_one_question() {
    let limiter = Limiter::new(1, 1_000);
    let probe = limiter.probe(address(1), Duration::ZERO).await.unwrap();
    let _one = limiter.question(address(1), soon()).await.unwrap();
    assert!(at_once(limiter.question(address(1), soon())).await.is_none());
    drop(probe);
    assert!(at_once(limiter.question(address(1), soon())).await.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_gives_up_is_not_waited_for() {
    let limiter = Limiter::new(1, 1_000);
    let one = limiter.question(address(1), soon()).await.unwrap();
    let _two = limiter.question(address(1), soon()).await.unwrap();
    assert!(limiter.probe(address(1), Duration::from_secs(5)).await.is_none());
    drop(one);
    assert!(at_once(limiter.question(address(1), soon())).await.is_some());
}

#[tokio::test(start_paused = true)]
async fn probes_alone_are_the_schedules_business() {
    let limiter = Limiter::new(1, 1);
    let seats = [(); 3].map(|()| limiter.take(address(1), Kind::Probe).is_ok());
    assert_eq!(seats, [true; 3]);
    for _ in seats {
        limiter.give_back(address(1), Kind::Probe);
    }
    assert!(limiter.desks().by_address.is_empty(), "nothing is kept of addresses that are only probed");
}

#[tokio::test(start_paused = true)]
async fn the_budget_holds_in_every_minute_and_is_waited_for() {
    let limiter = Limiter::new(1, 10);
    let begun = Instant::now();
    let mut made = Vec::new();
    for _ in 0..40 {
        let deadline = Instant::now() + Duration::from_secs(61);
        drop(limiter.question(address(1), deadline).await.unwrap());
        made.push(Instant::now());
        advance(Duration::from_millis(700)).await;
    }
    for from in &made {
        let within = made.iter().filter(|at| **at >= *from && at.duration_since(*from) < MINUTE);
        assert!(within.count() <= 10);
    }
    assert!(begun.elapsed() < Duration::from_secs(200), "it waited no longer than it must");
    let deadline = Instant::now() + Duration::from_secs(1);
    let refused = limiter.question(address(1), deadline).await;
    assert_eq!(refused.err(), Some("connections of this minute used up"));
}

#[tokio::test(start_paused = true)]
async fn probes_count_into_the_minute_of_a_survey() {
    let limiter = Limiter::new(1, 5);
    drop(limiter.question(address(1), soon()).await.unwrap());
    for _ in 0..4 {
        drop(limiter.probe(address(1), Duration::ZERO).await.unwrap());
    }
    let later = Instant::now() + 2 * MINUTE;
    assert!(at_once(limiter.question(address(1), later)).await.is_none());
    assert!(at_once(limiter.probe(address(1), Duration::ZERO)).await.is_some(), "a probe is never held back by it");
}

#[tokio::test(start_paused = true)]
async fn a_crowd_keeps_the_limit_and_nothing_is_left_behind() {
    let limiter = Arc::new(Limiter::new(1, 100_000));
    let (open, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut tasks = JoinSet::new();
    for number in 0..200_u64 {
        let (limiter, open, most) = (Arc::clone(&limiter), Arc::clone(&open), Arc::clone(&most));
        tasks.spawn(async move {
            sleep(Duration::from_millis(number * 3)).await;
            let _seat = limiter.question(address(1), soon()).await.unwrap();
            most.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            sleep(Duration::from_millis(number * 7 % 40)).await;
            open.fetch_sub(1, Ordering::SeqCst);
        });
    }
    tasks.join_all().await;
    assert_eq!((most.load(Ordering::SeqCst), open.load(Ordering::SeqCst)), (2, 0));
    advance(MINUTE).await;
    drop(limiter.probe(address(1), Duration::ZERO).await);
    assert!(limiter.desks().by_address.is_empty());
}

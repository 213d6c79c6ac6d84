use hyper::body::Bytes;
use std::sync::OnceLock;

use super::super::guard::AddressKind;
use super::*;
use crate::model::{Host, ManualClock, ProxyKind};

const START: Time = Time::from_secs(1_795_230_000);

/// A cache beside its clock, and how often something was fetched for it.
struct Pantry {
    clock: Arc<ManualClock>,
    cache: Cache,
    fetches: AtomicUsize,
}

impl Pantry {
    fn new(directory: Option<&Path>) -> Self {
        let clock = Arc::new(ManualClock::new(START));
        let cache = Cache::new(Arc::clone(&clock) as Arc<dyn Clock>, directory);
        Self { clock, cache, fetches: AtomicUsize::new(0) }
    }

    async fn get(&self, wanted: Wanted<'_>, result: Result<&'static str, Unfetched>) -> Obtained {
        let load = async || {
            self.fetches.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            let evidence = vec![wanted.evidence(FetchResult::Received(0))];
            Loaded { evidence, result: result.map(|body| document(self.clock.now(), body)) }
        };
        self.cache.obtain(wanted.clone(), load).await
    }

    fn fetched(&self) -> usize {
        self.fetches.load(Ordering::Relaxed)
    }
}

fn document(fetched_at: Time, body: &'static str) -> Document {
    let (body, from) = (Bytes::from_static(body.as_bytes()), AddressKind::Private);
    Document { body, fetched_at, took: Duration::from_millis(3), from, signed_by: OnceLock::new() }
}

/// Something that holds for a day after it was fetched.
fn wanted(url: &str) -> Wanted<'_> {
    let guard = Guard::of([10, 0, 0, 1].into(), false);
    let check: Check = Arc::new(|document| Some(document.fetched_at + Duration::from_hours(24)));
    let deadline = Instant::now() + Duration::from_secs(5);
    Wanted { kind: FetchKind::Crl, url, about: "", proxy: None, guard, deadline, check }
}

fn body(obtained: &Obtained) -> &[u8] {
    &obtained.result.as_ref().unwrap().body
}

fn down() -> Unfetched {
    Unfetched::Unreachable(Untrusted::new("down"))
}

#[tokio::test]
async fn many_at_once_are_one_fetch() {
    let pantry = Pantry::new(None);
    let all = futures_util::future::join_all((0..50).map(|_| pantry.get(wanted("http://a/"), Ok("list")))).await;
    assert_eq!(pantry.fetched(), 1);
    assert!(all.iter().all(|obtained| body(obtained) == b"list"));
    let cached = all.iter().filter(|obtained| obtained.evidence[0].result == FetchResult::Cached);
    assert_eq!(cached.count(), 49);
    pantry.get(Wanted { about: "another", ..wanted("http://a/") }, Ok("other")).await;
    assert_eq!(pantry.fetched(), 2);
    let host = Host::Ip([10, 0, 0, 9].into());
    let proxy = Arc::new(Proxy { kind: ProxyKind::Http, host, port: 3128, login: None });
    pantry.get(Wanted { proxy: Some(&proxy), ..wanted("http://a/") }, Ok("what the proxy brings")).await;
    assert_eq!(pantry.fetched(), 3);
}

#[tokio::test]
async fn news_are_looked_for_and_what_holds_stands_in() {
    let pantry = Pantry::new(None);
    pantry.get(wanted("http://a/"), Ok("old")).await;
    pantry.clock.advance(Duration::from_mins(59));
    assert_eq!(body(&pantry.get(wanted("http://a/"), Ok("new")).await), b"old");
    pantry.clock.advance(Duration::from_mins(2));
    let standby = pantry.get(wanted("http://a/"), Err(down())).await;
    assert_eq!((body(&standby), standby.evidence.len()), (&b"old"[..], 2));
    assert_eq!(body(&pantry.get(wanted("http://a/"), Ok("new")).await), b"new");
    pantry.clock.advance(Duration::from_hours(25));
    assert_eq!(pantry.get(wanted("http://a/"), Err(down())).await.result.unwrap_err(), down());
}

#[tokio::test]
async fn a_failure_is_shared_for_a_moment() {
    let pantry = Pantry::new(None);
    for _ in 0..3 {
        let failed = pantry.get(wanted("http://a/"), Err(down())).await;
        assert_eq!(failed.result.unwrap_err(), down());
    }
    assert_eq!(pantry.fetched(), 1);
    pantry.clock.advance(Duration::from_secs(31));
    assert_eq!(body(&pantry.get(wanted("http://a/"), Ok("back")).await), b"back");
    let refused = Err(Unfetched::Refused(Untrusted::new("private")));
    pantry.get(wanted("http://b/"), refused.clone()).await;
    pantry.get(wanted("http://b/"), refused).await;
    assert_eq!(pantry.fetched(), 4);
}

#[tokio::test]
async fn who_may_not_fetch_it_does_not_get_it() {
    let pantry = Pantry::new(None);
    pantry.get(wanted("http://a/"), Ok("internal")).await;
    let public = Wanted { guard: Guard::of([1, 1, 1, 1].into(), false), ..wanted("http://a/") };
    let refused = Unfetched::Refused(Untrusted::new("private"));
    assert_eq!(pantry.get(public, Err(refused.clone())).await.result.unwrap_err(), refused);
}

#[tokio::test]
async fn the_disk_remembers_what_still_passes_the_check() {
    let directory = tempfile::tempdir().unwrap();
    let first = Pantry::new(Some(directory.path()));
    first.get(wanted("http://a/"), Ok("list")).await;
    let second = Pantry::new(Some(directory.path()));
    let kept = second.get(wanted("http://a/"), Ok("newer")).await;
    assert_eq!((body(&kept), second.fetched()), (&b"list"[..], 0));
    let third = Pantry::new(Some(directory.path()));
    let doubted = Wanted { check: Arc::new(|_| None), ..wanted("http://a/") };
    assert_eq!((body(&third.get(doubted, Ok("newer")).await), third.fetched()), (&b"newer"[..], 1));
    // A file where the directory should be: memory has to do.
    let file = tempfile::NamedTempFile::new().unwrap();
    let without = Pantry::new(Some(file.path()));
    assert_eq!(body(&without.get(wanted("http://a/"), Ok("list")).await), b"list");
}

#[tokio::test]
async fn memory_is_bounded() {
    let pantry = Pantry::new(None);
    for number in 0..Cache::MOST_SLOTS + 10 {
        pantry.get(wanted(&format!("http://a/{number}")), Ok("x")).await;
    }
    assert!(held(&pantry.cache.slots).len() <= Cache::MOST_SLOTS);
}

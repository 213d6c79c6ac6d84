//! What was fetched and still holds: in memory, and on disk between runs; never fetched twice at once.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::disk::Disk;
use super::document::{Document, Loaded, Unfetched};
use super::guard::Guard;
use crate::model::{Clock, Fetch, FetchKind, FetchResult, Proxy, Time, Untrusted};

/// Everything that was fetched.
#[derive(Debug)]
pub(super) struct Cache {
    clock: Arc<dyn Clock>,
    slots: Mutex<HashMap<Arc<str>, Arc<Slot>>>,
    /// Of all bodies in memory.
    bytes: AtomicUsize,
    disk: Option<Arc<Disk>>,
}

/// Says until when a document holds; `None` when it is not worth keeping. Checks what it reads: it may come from a file.
pub(in crate::probe) type Check = Arc<dyn Fn(&Document) -> Option<Time> + Send + Sync>;

/// What is wanted, for whom.
#[derive(Clone)]
pub(in crate::probe) struct Wanted<'a> {
    pub(in crate::probe) kind: FetchKind,
    pub(in crate::probe) url: &'a str,
    /// What is asked of the URL, where the URL is not all.
    pub(in crate::probe) about: &'a str,
    /// What came through one is not what comes directly or through another.
    pub(in crate::probe) proxy: Option<&'a Arc<Proxy>>,
    pub(in crate::probe) guard: Guard,
    pub(in crate::probe) deadline: Instant,
    pub(in crate::probe) check: Check,
}

/// What there is now.
#[derive(Debug)]
pub(in crate::probe) struct Obtained {
    pub(in crate::probe) evidence: Vec<Fetch>,
    pub(in crate::probe) result: Result<Arc<Document>, Unfetched>,
}

/// One document's place. Whoever holds `fetching` fetches for all who wait.
#[derive(Debug, Default)]
struct Slot {
    fetching: tokio::sync::Mutex<()>,
    kept: Mutex<Option<Kept>>,
}

#[derive(Clone, Debug)]
enum Kept {
    Document { document: Arc<Document>, holds_until: Time },
    Failure { why: Unfetched, until: Time },
}

/// A mutex's contents; a panic elsewhere cannot leave them half changed.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Cache {
    /// Failures, and answers that say nothing of their validity, are shared for so long.
    const MOMENT: Duration = Duration::from_secs(30);
    const MOST_SLOTS: usize = 8192;
    const MOST_BYTES: usize = 64 * 1024 * 1024;

    pub(super) fn new(clock: Arc<dyn Clock>, directory: Option<&Path>) -> Self {
        let disk = directory.map(|directory| Arc::new(Disk::new(directory)));
        Self { clock, slots: Mutex::default(), bytes: AtomicUsize::new(0), disk }
    }

    /// The document from memory or disk where it holds, else by `load`. What is due for a fresh look and cannot be had
    /// is taken from here as long as it holds.
    pub(super) async fn obtain(&self, wanted: Wanted<'_>, load: impl AsyncFnOnce() -> Loaded) -> Obtained {
        let slot = self.slot(&wanted);
        let Ok(_fetching) = timeout_at(wanted.deadline, slot.fetching.lock()).await else {
            let why = Untrusted::new("the same is being fetched for others and does not come");
            return Obtained { evidence: Vec::new(), result: Err(Unfetched::Unreachable(why)) };
        };
        let mut kept = held(&slot.kept).clone();
        if kept.is_none() {
            kept = self.remembered(&wanted).await;
            self.put(&slot, kept.clone());
        }
        let now = self.clock.now();
        let standby = match kept {
            Some(Kept::Failure { why, until }) if now < until => return Obtained::failed(&wanted, why),
            Some(Kept::Document { document, holds_until }) if document.holds(now, holds_until, wanted.guard) => {
                if document.is_fresh(wanted.kind, now) {
                    return Obtained::kept(&wanted, document, Vec::new());
                }
                Some(document)
            }
            _ => None,
        };
        let loaded = load().await;
        match (loaded.result, standby) {
            (Ok(document), _) => {
                let document = self.keep(&wanted, &slot, document).await;
                Obtained { evidence: loaded.evidence, result: Ok(document) }
            }
            (Err(Unfetched::Unreachable(_) | Unfetched::Unusable(_)), Some(document)) => {
                Obtained::kept(&wanted, document, loaded.evidence)
            }
            (Err(why), _) => {
                if !matches!(why, Unfetched::Refused(_)) {
                    let until = self.clock.now() + Self::MOMENT;
                    self.put(&slot, Some(Kept::Failure { why: why.clone(), until }));
                }
                Obtained { evidence: loaded.evidence, result: Err(why) }
            }
        }
    }

    fn slot(&self, wanted: &Wanted<'_>) -> Arc<Slot> {
        let key = wanted.key();
        let mut slots = held(&self.slots);
        if let Some(slot) = slots.get(&*key) {
            return Arc::clone(slot);
        }
        self.make_room(&mut slots);
        Arc::clone(slots.entry(key.into()).or_default())
    }

    fn put(&self, slot: &Slot, kept: Option<Kept>) {
        let mut place = held(&slot.kept);
        self.bytes.fetch_add(Kept::size(kept.as_ref()), Ordering::Relaxed);
        self.bytes.fetch_sub(Kept::size(place.as_ref()), Ordering::Relaxed);
        *place = kept;
    }

    /// Lets go of what was fetched longest ago, when there is too much. It may still be on disk.
    fn make_room(&self, slots: &mut HashMap<Arc<str>, Arc<Slot>>) {
        if slots.len() < Self::MOST_SLOTS && self.bytes.load(Ordering::Relaxed) < Self::MOST_BYTES {
            return;
        }
        let unused = slots.iter().filter(|(_, slot)| Arc::strong_count(slot) == 1);
        let mut unused: Vec<(Time, usize, Arc<str>)> =
            unused.map(|(key, slot)| (slot.since(), slot.bytes(), Arc::clone(key))).collect();
        unused.sort_unstable();
        for (_, size, key) in unused {
            if slots.len() <= Self::MOST_SLOTS / 2 && self.bytes.load(Ordering::Relaxed) <= Self::MOST_BYTES / 2 {
                return;
            }
            slots.remove(&key);
            self.bytes.fetch_sub(size, Ordering::Relaxed);
        }
    }

    /// What the disk has, where it passes the check.
    async fn remembered(&self, wanted: &Wanted<'_>) -> Option<Kept> {
        let (disk, key) = (Arc::clone(self.disk.as_ref()?), wanted.key());
        let document = Arc::new(tokio::task::spawn_blocking(move || disk.read(&key)).await.ok()??);
        let holds_until = checked(&wanted.check, &document).await?;
        Some(Kept::Document { document, holds_until })
    }

    async fn keep(&self, wanted: &Wanted<'_>, slot: &Slot, document: Document) -> Arc<Document> {
        let document = Arc::new(document);
        let soon = self.clock.now() + Self::MOMENT;
        let lasting = checked(&wanted.check, &document).await.filter(|until| *until > soon);
        let holds_until = lasting.unwrap_or(soon);
        self.put(slot, Some(Kept::Document { document: Arc::clone(&document), holds_until }));
        if let (Some(disk), Some(_)) = (&self.disk, lasting) {
            let (disk, key, document) = (Arc::clone(disk), wanted.key(), Arc::clone(&document));
            // Whether it can be written is nobody's concern: it will be fetched again.
            let _ = tokio::task::spawn_blocking(move || disk.write(&key, &document)).await;
        }
        document
    }
}

/// Runs the check, away from the async threads where it takes long.
async fn checked(check: &Check, document: &Arc<Document>) -> Option<Time> {
    const LONG: usize = 256 * 1024;
    if document.body.len() < LONG {
        return check(document);
    }
    let (check, document) = (Arc::clone(check), Arc::clone(document));
    tokio::task::spawn_blocking(move || check(&document)).await.ok().flatten()
}

impl Document {
    fn holds(&self, now: Time, until: Time, guard: Guard) -> bool {
        (self.fetched_at..until).contains(&now) && guard.admits(self.from)
    }

    /// Whether it is too early to look for news: an authority can revoke long before it has promised to.
    fn is_fresh(&self, kind: FetchKind, now: Time) -> bool {
        let for_how_long = match kind {
            FetchKind::Aia => Duration::from_hours(24),
            FetchKind::Crl | FetchKind::Ocsp => Duration::from_hours(1),
        };
        now < self.fetched_at + for_how_long
    }
}

impl Kept {
    fn size(this: Option<&Self>) -> usize {
        match this {
            Some(Self::Document { document, .. }) => document.body.len(),
            Some(Self::Failure { .. }) | None => 0,
        }
    }
}

impl Slot {
    fn bytes(&self) -> usize {
        Kept::size(held(&self.kept).as_ref())
    }

    fn since(&self) -> Time {
        match &*held(&self.kept) {
            Some(Kept::Document { document, .. }) => document.fetched_at,
            _ => Time::default(),
        }
    }
}

impl Wanted<'_> {
    fn key(&self) -> String {
        let own = format!("{} {} {}", self.kind.name(), self.about, self.url);
        self.proxy.map_or_else(|| own.clone(), |proxy| format!("{own} {proxy}"))
    }

    fn evidence(&self, result: FetchResult) -> Fetch {
        let url = Untrusted::new(self.url);
        Fetch { kind: self.kind, url, address: None, proxy: None, redirects: 0, took: Duration::ZERO, result }
    }
}

impl Obtained {
    fn kept(wanted: &Wanted<'_>, document: Arc<Document>, mut evidence: Vec<Fetch>) -> Self {
        evidence.push(wanted.evidence(FetchResult::Cached));
        Self { evidence, result: Ok(document) }
    }

    fn failed(wanted: &Wanted<'_>, why: Unfetched) -> Self {
        Self { evidence: vec![wanted.evidence(FetchResult::Failed(why.words().clone()))], result: Err(why) }
    }
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;

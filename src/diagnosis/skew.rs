//! Our clock against those of servers: who is alone is wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::sighting::{Sighting, WITNESSES};
use crate::model::{Fingerprint, Time, human_duration};

/// Samples are kept for so long: a clock that was set is right from then on.
const FRESH: Duration = Duration::from_hours(2);
/// Clocks within this of each other agree.
const AGREE_MS: i64 = 30_000;
/// Less than this hurts nobody; `Date` counts in seconds.
const WORTH_MS: i64 = 60_000;

/// How far our clock is from those that agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Skew {
    /// Milliseconds; above zero when ours is ahead.
    pub(super) ahead_ms: i64,
    /// It is that much; else at least that much.
    pub(super) is_exact: bool,
    /// How many say so.
    pub(super) witnesses: usize,
}

/// What servers show of the time.
#[derive(Debug, Default)]
pub(super) struct Clocks<'a> {
    /// By server: when it answered, and how far ahead we were (RFC 9110 section 6.6.1).
    dates: BTreeMap<&'a str, (Time, i64)>,
    /// By server: until its certificate begins, and who issued that.
    early: BTreeMap<&'a str, (Duration, Fingerprint)>,
}

impl Skew {
    /// What time it is, where that is known.
    pub(super) fn corrected(&self, now: Time) -> Option<Time> {
        let by = Duration::from_millis(self.ahead_ms.unsigned_abs());
        self.is_exact.then(|| if self.ahead_ms > 0 { now - by } else { now + by })
    }

    /// `this machine's clock is 3h ahead of 5 servers that agree`.
    pub(super) fn sentence(&self) -> String {
        let by = human_duration(Duration::from_millis(self.ahead_ms.unsigned_abs()));
        let witnesses = self.witnesses;
        if !self.is_exact {
            return format!(
                "this machine's clock is behind by {by} or more: certificates of {witnesses} servers have not begun"
            );
        }
        let direction = if self.ahead_ms > 0 { "ahead of" } else { "behind" };
        format!("this machine's clock is {by} {direction} those of {witnesses} servers that agree")
    }

    /// As exactly as judgements depend on it.
    pub(super) const fn coarse(&self) -> (i64, bool) {
        (self.ahead_ms / AGREE_MS, self.is_exact)
    }
}

impl<'a> Clocks<'a> {
    pub(super) fn take(&mut self, sighting: &Sighting<'a>, now: Time) {
        let server = &*sighting.target.name;
        let answer = sighting.survey.and_then(|survey| survey.http.as_ref());
        if let Some((answer, date)) = answer.and_then(|answer| Some((answer, answer.date?))) {
            let at = answer.received_at;
            let is_fresh = at <= now + Duration::from_millis(WORTH_MS.unsigned_abs()) && now.since(at) <= FRESH;
            let known = self.dates.get(server).is_some_and(|(known, _)| *known >= at);
            if is_fresh && !known {
                self.dates.insert(server, (at, at.millis() - date.millis()));
            }
        }
        let leaf = sighting.last.and_then(|last| last.handshake.as_ref()?.leaf());
        if let Some(leaf) = leaf.filter(|leaf| leaf.not_before > now) {
            self.early.insert(server, (leaf.not_before.since(now), leaf.issuer_id));
        }
    }

    /// What is wrong with our clock, if anything.
    pub(super) fn agreed(&self) -> Option<Skew> {
        let mut ahead: Vec<i64> = self.dates.values().map(|(_, ahead)| *ahead).collect();
        ahead.sort_unstable();
        if let Some(median) = ahead.get(ahead.len() / 2).copied() {
            let witnesses = ahead.iter().filter(|ahead| (*ahead - median).abs() <= AGREE_MS).count();
            if witnesses >= WITNESSES && witnesses * 4 >= ahead.len() * 3 {
                let is_off = median.abs() >= WORTH_MS;
                return is_off.then_some(Skew { ahead_ms: median, is_exact: true, witnesses });
            }
        }
        // One authority, or whoever rolls out, may be too early; several at once are not.
        let issuers: BTreeSet<_> = self.early.values().map(|(_, issuer)| issuer).collect();
        let least = self.early.values().map(|(until, _)| *until).min()?;
        let behind = i64::try_from(least.as_millis()).unwrap_or(i64::MAX);
        (self.early.len() >= WITNESSES && issuers.len() > 1).then_some(Skew {
            ahead_ms: -behind,
            is_exact: false,
            witnesses: self.early.len(),
        })
    }
}

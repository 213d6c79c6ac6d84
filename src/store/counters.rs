//! Counts over the fleet, kept up to date event by event.

use std::collections::VecDeque;
use std::time::Duration;

use super::attempt::Attempt;
use super::certificates::Certificates;
use super::figures::{Aggregates, Window, WindowCounts};
use super::sliding::{Counter, Latency};
use super::tally::{Past, Tally};
use crate::model::{
    CipherSuite, Code, Handshake, NamedGroup, Observation, Phase, Resolution, Status, Time, TlsVersion, Untrusted,
};

/// How often the distributions are remembered.
const REMEMBER_EVERY: Duration = Duration::from_mins(5);

/// How far back they are compared.
const COMPARED_AFTER: Duration = Duration::from_hours(1);

/// Seconds the rate is averaged over.
const RATE_OVER: usize = 10;

#[derive(Debug)]
pub(super) struct Counters {
    targets: [usize; 4],
    addresses: [usize; 4],
    pub(super) outcomes: Tally<Code>,
    versions: Tally<TlsVersion>,
    ciphers: Tally<CipherSuite>,
    groups: Tally<NamedGroup>,
    alpn: Tally<Option<Untrusted>>,
    windows: [Counter; 6],
    rate: Counter,
    dns: Latency,
    tcp: Latency,
    tls: Latency,
    /// Distributions of the last hour, oldest first.
    past: VecDeque<(Time, [Past; 8])>,
}

impl Counters {
    pub(super) fn new() -> Self {
        /// Slots per window: it ends as exactly as a sixtieth of itself.
        const SLOTS: u32 = 60;
        Self {
            targets: [0; 4],
            addresses: [0; 4],
            outcomes: Tally::new(ToString::to_string),
            versions: Tally::new(ToString::to_string),
            ciphers: Tally::new(ToString::to_string),
            groups: Tally::new(ToString::to_string),
            alpn: Tally::new(|alpn| alpn.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string)),
            windows: Window::ALL.map(|window| Counter::new(window.duration() / SLOTS, SLOTS as usize)),
            rate: Counter::new(Duration::from_secs(1), RATE_OVER),
            dns: Latency::new(),
            tcp: Latency::new(),
            tls: Latency::new(),
            past: VecDeque::new(),
        }
    }

    /// Time passed; whether a figure changed by it.
    pub(super) fn advance(&mut self, now: Time, certificates: &Certificates) -> bool {
        let mut changed = self.rate.advance(now);
        for window in &mut self.windows {
            changed |= window.advance(now);
        }
        for latency in [&mut self.dns, &mut self.tcp, &mut self.tls] {
            changed |= latency.advance(now);
        }
        if self.past.back().is_none_or(|(last, _)| now.since(*last) >= REMEMBER_EVERY) {
            self.past.push_back((now, self.remember(certificates)));
        }
        while self.past.get(1).is_some_and(|(second, _)| now.since(*second) >= COMPARED_AFTER) {
            self.past.pop_front();
            changed = true;
        }
        changed
    }

    /// The clock was set back: what was counted by it lies in the future, and is given up.
    pub(super) fn restart(&mut self) {
        let Self { windows, rate, dns, tcp, tls, past, .. } = Self::new();
        (self.windows, self.rate, self.past) = (windows, rate, past);
        (self.dns, self.tcp, self.tls) = (dns, tcp, tls);
    }

    /// A probe ended.
    pub(super) fn observed(&mut self, observation: &Observation, attempt: Attempt) {
        let at = observation.at;
        self.rate.record(at + observation.timings.total, true);
        self.attempted(at, attempt);
        let past_tcp = observation.failure().is_none_or(|failure| failure.phase > Phase::Tcp);
        if let Some(tcp) = observation.timings.tcp.filter(|_| past_tcp) {
            self.tcp.record(at, tcp);
        }
        if let Some(tls) = observation.timings.tls.filter(|_| observation.is_handshake()) {
            self.tls.record(at, tls);
        }
    }

    /// An attempt ended that began at `at`.
    pub(super) fn attempted(&mut self, at: Time, attempt: Attempt) {
        if let Some(success) = attempt.success() {
            self.windows.iter_mut().for_each(|window| window.record(at, success));
        }
    }

    /// A name was looked up; what was answered without asking anyone is not counted.
    pub(super) fn resolved(&mut self, resolution: &Resolution) {
        if !resolution.took.is_zero() && !resolution.addresses.is_empty() {
            self.dns.record(resolution.at, resolution.took);
        }
    }

    /// What an address negotiates changed.
    pub(super) fn negotiated(&mut self, before: Option<&Handshake>, after: Option<&Handshake>) {
        fn part<T>(handshake: Option<&Handshake>, of: fn(&Handshake) -> Option<T>) -> Option<T> {
            handshake.and_then(of)
        }
        let (old, new) = (before, after);
        self.versions.replace(part(old, |h| h.version).as_ref(), part(new, |h| h.version).as_ref());
        self.ciphers.replace(part(old, |h| h.cipher).as_ref(), part(new, |h| h.cipher).as_ref());
        self.groups.replace(part(old, |h| h.group).as_ref(), part(new, |h| h.group).as_ref());
        let alpn = |handshake: &Handshake| handshake.version.map(|_| handshake.alpn.clone());
        self.alpn.replace(old.and_then(alpn).as_ref(), new.and_then(alpn).as_ref());
    }

    /// A target comes (`before` is none), goes (`after` is none) or changes.
    pub(super) fn target_status(&mut self, before: Option<Status>, after: Option<Status>) {
        shift(&mut self.targets, before, after);
    }

    /// The same for an address.
    pub(super) fn address_status(&mut self, before: Option<Status>, after: Option<Status>) {
        shift(&mut self.addresses, before, after);
    }

    pub(super) fn aggregates(&self, now: Time, certificates: &Certificates) -> Aggregates {
        let past = self.past.front().filter(|(then, _)| now.since(*then) >= COMPARED_AFTER);
        let past = |at: usize| past.map(|(_, past)| &past[at]);
        Aggregates {
            targets_by_status: self.targets,
            addresses_by_status: self.addresses,
            outcomes: self.outcomes.distribution(past(0)),
            versions: self.versions.distribution(past(1)),
            ciphers: self.ciphers.distribution(past(2)),
            groups: self.groups.distribution(past(3)),
            alpn: self.alpn.distribution(past(4)),
            keys: certificates.keys.distribution(past(5)),
            signatures: certificates.signatures.distribution(past(6)),
            issuers: certificates.issuers.distribution(past(7)),
            nearest_expiry: certificates.nearest_expiry(),
            windows: self.windows.each_ref().map(Counter::sum),
            dns: self.dns.quantiles(),
            tcp: self.tcp.quantiles(),
            tls: self.tls.quantiles(),
            tls_p95_trend: self.tls.trend(),
            rate: per_second(self.rate.sum()),
        }
    }

    fn remember(&self, certificates: &Certificates) -> [Past; 8] {
        [
            self.outcomes.past(),
            self.versions.past(),
            self.ciphers.past(),
            self.groups.past(),
            self.alpn.past(),
            certificates.keys.past(),
            certificates.signatures.past(),
            certificates.issuers.past(),
        ]
    }
}

fn shift(counts: &mut [usize; 4], before: Option<Status>, after: Option<Status>) {
    if before == after {
        return;
    }
    if let Some(before) = before {
        counts[before as usize] -= 1;
    }
    if let Some(after) = after {
        counts[after as usize] += 1;
    }
}

#[expect(clippy::cast_precision_loss, reason = "probes in ten seconds stay far below 2^53")]
fn per_second(counts: WindowCounts) -> f64 {
    counts.attempts as f64 / RATE_OVER as f64
}

//! Our own side, seen by the whole fleet: what many targets show at once, and none of them can be to blame for.
//!
//! Each fact needs several independent witnesses and nobody who contradicts: to excuse a target for a fault that
//! is its own would be worse than to blame it for one that is ours.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::commons::{self, Common};
use super::redirects::{self, Redirection};
use super::rules::{self, Rule};
use super::shared::CommonCause;
use super::sharing::Sharing;
use super::sighting::{Sighting, WITNESSES};
use super::skew::{Clocks, Skew};
use super::source::was_asked;
use crate::model::{
    Certificate, Code, DnsFailure, FailureKind, Observation, Outcome, Phase, Resolution, Target, Time, Untrusted,
    human_duration,
};

/// When the tables that are built in (Mozilla's roots as in `webpki-root-certs` 1.0.11, limits of certificate
/// policy) were last brought up to date: 2026-11-25.
const TABLES_OF: Time = Time::from_secs(1_795_564_800);
/// Tables older than this may not know what is valid now.
const TABLES_LAST: Duration = Duration::from_hours(180 * 24);

/// What is known of our own side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observer {
    pub(super) clock: Option<Skew>,
    /// Addresses that cannot be reached over IPv6, where none can.
    pub(super) no_ipv6: Option<usize>,
    /// Addresses that cannot be reached, where none anywhere can.
    pub(super) no_route: Option<usize>,
    /// Name servers that answer nobody any more, and how many names wait for them.
    pub(super) dead_resolvers: Vec<(Untrusted, usize)>,
    pub(super) interception: Option<Common>,
    pub(super) portal: Option<Common>,
    /// The portal as known by where it leads.
    pub(super) redirection: Option<Redirection>,
    /// How old the built-in tables are, where that is too old.
    pub(super) stale_tables: Option<Duration>,
    /// What targets that fail have in common; no fault of ours, and known as all of this is: by looking at the fleet.
    pub(super) common_causes: Vec<CommonCause>,
    /// No fault of ours: what only the whole fleet shows of its certificates.
    pub(super) sharing: Sharing,
}

/// One thing that is wrong on our side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Its code.
    pub code: Code,
    /// What it is, in one sentence without a target's name.
    pub sentence: String,
}

impl Observer {
    /// One who knows of nothing.
    pub(super) const NOBODY: &'static Self = &Self {
        clock: None,
        no_ipv6: None,
        no_route: None,
        dead_resolvers: Vec::new(),
        interception: None,
        portal: None,
        redirection: None,
        stale_tables: None,
        common_causes: Vec::new(),
        sharing: Sharing::NONE,
    };

    /// What the fleet shows of our side `now`.
    #[must_use]
    pub fn of<'a>(sightings: impl Iterator<Item = Sighting<'a>> + Clone, now: Time) -> Self {
        let mut tally = Tally::default();
        let (interception, portal) = commons::find(&sightings);
        let sharing = Sharing::of(sightings.clone());
        let redirection = redirects::find(sightings.clone(), now);
        sightings.for_each(|sighting| tally.take(&sighting, now));
        let age = now.since(TABLES_OF);
        Self {
            clock: tally.clocks.agreed(),
            no_ipv6: tally.no_ipv6(),
            no_route: tally.no_route(),
            dead_resolvers: tally.dead_resolvers(),
            interception,
            portal,
            redirection,
            stale_tables: (age > TABLES_LAST).then_some(age),
            common_causes: Vec::new(),
            sharing,
        }
    }

    /// With what targets that fail have in common.
    #[must_use]
    pub fn knowing(self, common_causes: Vec<CommonCause>) -> Self {
        Self { common_causes, ..self }
    }

    /// What is wrong on our side, worst first.
    #[must_use]
    pub fn troubles(&self) -> Vec<Trouble> {
        let mut facts = Vec::new();
        let mut tell = |rule: &Rule, sentence: String| facts.push(Trouble { code: rule.code, sentence });
        if let Some(portal) = &self.portal {
            tell(&rules::LOCAL_CAPTIVE_PORTAL, portal.as_portal());
        } else if let Some(redirection) = &self.redirection {
            tell(&rules::LOCAL_CAPTIVE_PORTAL, redirection.sentence());
        }
        if let Some(interception) = &self.interception {
            tell(&rules::LOCAL_INTERCEPTION, interception.as_interception());
        }
        if let Some(skew) = &self.clock {
            tell(&rules::LOCAL_CLOCK_SKEW, skew.sentence());
        }
        for (server, names) in &self.dead_resolvers {
            tell(&rules::LOCAL_DNS_DOWN, format!("the name server {server} answers for none of {names} names"));
        }
        if let Some(addresses) = self.no_route {
            tell(&rules::LOCAL_NO_ROUTE, format!("none of {addresses} addresses in different networks answers"));
        }
        if let Some(addresses) = self.no_ipv6 {
            let sentence = format!("none of {addresses} IPv6 addresses can be reached from here, and IPv4 works");
            tell(&rules::LOCAL_NO_IPV6, sentence);
        }
        if let Some(age) = self.stale_tables {
            tell(&rules::LOCAL_STORE_STALE, format!("the built-in roots and tables are {} old", human_duration(age)));
        }
        facts
    }

    /// Whether both lead to the same judgements; how many witnesses there are makes no difference.
    #[must_use]
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        let common = |common: &Option<Common>| common.as_ref().map(|common| common.certificate);
        let host = |to: &Option<Redirection>| to.as_ref().map(|to| to.host.clone());
        let servers =
            |observer: &Self| observer.dead_resolvers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        self.clock.as_ref().map(Skew::coarse) == other.clock.as_ref().map(Skew::coarse)
            && self.no_ipv6.is_some() == other.no_ipv6.is_some()
            && self.no_route.is_some() == other.no_route.is_some()
            && servers(self) == servers(other)
            && common(&self.interception) == common(&other.interception)
            && common(&self.portal) == common(&other.portal)
            && host(&self.redirection) == host(&other.redirection)
            && self.stale_tables.is_some() == other.stale_tables.is_some()
            && self.common_causes == other.common_causes
    }

    /// Whether both know the same of what this certificate shares with others of the fleet.
    #[must_use]
    pub fn knows_alike(&self, other: &Self, leaf: &Certificate) -> bool {
        self.sharing.about(leaf) == other.sharing.about(leaf)
    }

    /// Whether certificates share things as they did.
    #[must_use]
    pub fn shares_alike(&self, other: &Self) -> bool {
        self.sharing == other.sharing
    }

    /// Whether that name server answers nobody.
    pub(super) fn is_dead(&self, server: &Untrusted) -> bool {
        self.dead_resolvers.iter().any(|(name, _)| name == server)
    }
}

/// Counts of one walk over the fleet.
#[derive(Default)]
struct Tally<'a> {
    clocks: Clocks<'a>,
    v6: Reach<'a>,
    v4_reached: bool,
    away: Away<'a>,
    resolvers: BTreeMap<&'a Untrusted, Answers>,
}

/// How the addresses of one family fare.
#[derive(Default)]
struct Reach<'a> {
    reached: bool,
    /// Fails in a way that is no matter of our own network.
    elsewhere: bool,
    unreachable: BTreeSet<SocketAddr>,
    hosts: BTreeSet<&'a str>,
}

/// Addresses of both families that do not answer at all.
#[derive(Default)]
struct Away<'a> {
    /// Somebody answers, be it with a refusal.
    answered: bool,
    addresses: BTreeSet<SocketAddr>,
    hosts: BTreeSet<&'a str>,
    networks: BTreeSet<u64>,
}

/// How one name server answered last, for each name.
#[derive(Default)]
struct Answers {
    /// Latest.
    answered: Option<Time>,
    /// Earliest, of names that have had no answer since.
    failed: Option<Time>,
    waiting: BTreeSet<u32>,
}

impl<'a> Tally<'a> {
    fn take(&mut self, sighting: &Sighting<'a>, now: Time) {
        self.clocks.take(sighting, now);
        if let Some(last) = sighting.last {
            self.reach(sighting.target, last);
        }
        if let Some(resolution) = sighting.resolution {
            self.answers(resolution);
        }
    }

    fn reach(&mut self, target: &'a Target, last: &Observation) {
        let address = last.key.address;
        let failure = match &last.outcome {
            Outcome::Handshake => None,
            Outcome::Failed(failure) if failure.phase == Phase::Proxy => return,
            Outcome::Failed(failure) => Some(failure),
            Outcome::Skipped { .. } => return,
        };
        // Who refuses was reached.
        let missed = failure.filter(|failure| failure.phase <= Phase::Tcp && failure.kind != FailureKind::Refused);
        match missed.map(|failure| &failure.kind) {
            Some(FailureKind::TimedOut | FailureKind::Unreachable | FailureKind::Local) => {
                self.away.addresses.insert(address);
                self.away.hosts.insert(&target.name);
                self.away.networks.insert(commons::network(address.ip()));
            }
            _ => self.away.answered = true,
        }
        match (address.ip(), missed) {
            (IpAddr::V4(_), None) => self.v4_reached = true,
            (IpAddr::V4(_), Some(_)) => {}
            (IpAddr::V6(_), None) => self.v6.reached = true,
            (IpAddr::V6(_), Some(failure)) => {
                if matches!(failure.kind, FailureKind::Unreachable | FailureKind::Local) {
                    self.v6.unreachable.insert(address);
                    self.v6.hosts.insert(&target.name);
                } else {
                    self.v6.elsewhere = true;
                }
            }
        }
    }

    fn no_ipv6(&self) -> Option<usize> {
        let Reach { reached, elsewhere, unreachable, hosts } = &self.v6;
        let none = !reached && !elsewhere && hosts.len() >= WITNESSES && self.v4_reached;
        none.then_some(unreachable.len())
    }

    /// Several networks do not fail all at once, and nobody in them but by our doing.
    fn no_route(&self) -> Option<usize> {
        let Away { answered, addresses, hosts, networks } = &self.away;
        let none = !answered && hosts.len() >= WITNESSES && networks.len() >= WITNESSES;
        none.then_some(addresses.len())
    }

    fn answers(&mut self, resolution: &'a Resolution) {
        if !was_asked(resolution) {
            return;
        }
        let answers = self.resolvers.entry(&resolution.source).or_default();
        if matches!(resolution.failure, Some(DnsFailure::TimedOut | DnsFailure::Unreachable { .. })) {
            answers.failed = Some(answers.failed.map_or(resolution.at, |earliest| earliest.min(resolution.at)));
            answers.waiting.insert(resolution.target.0);
        } else {
            answers.answered = answers.answered.max(Some(resolution.at));
        }
    }

    /// Servers that have left names unanswered and answered none since the first of them.
    fn dead_resolvers(&self) -> Vec<(Untrusted, usize)> {
        let is_dead = |answers: &Answers| {
            answers.waiting.len() >= WITNESSES && answers.answered.is_none_or(|at| Some(at) < answers.failed)
        };
        let dead = self.resolvers.iter().filter(|(_, answers)| is_dead(answers));
        dead.map(|(server, answers)| ((*server).clone(), answers.waiting.len())).collect()
    }
}

#[cfg(test)]
#[path = "observer_tests.rs"]
mod tests;

//! One place that unrelated sites send us to: a portal before the network, known by where it leads.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use url::Url;

use super::commons::{network, site};
use super::sighting::{Sighting, WITNESSES};
use crate::model::{Host, Observation, Survey, Target, Time, Untrusted};

/// Answers are taken for what they are now for so long: people log in.
const FRESH: Duration = Duration::from_hours(2);

/// Where unrelated sites lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Redirection {
    /// The host, as in the redirects.
    pub(super) host: Untrusted,
    /// How many sites lead there.
    pub(super) sites: usize,
}

impl Redirection {
    pub(super) fn sentence(&self) -> String {
        let Self { host, sites } = self;
        format!("{sites} unrelated sites, none with a certificate of its own that holds, all redirect to {host}")
    }
}

#[derive(Default)]
struct Led<'a> {
    sites: BTreeSet<&'a str>,
    networks: BTreeSet<u64>,
}

/// A portal, where most public sites lead to one place, from several networks. Who proves to be the site may send people
/// where it likes, as to one place for logging in to all that somebody owns: only those who do not prove it count.
pub(super) fn find<'a>(sightings: impl Iterator<Item = Sighting<'a>>, now: Time) -> Option<Redirection> {
    let mut all = BTreeSet::new();
    let mut leading: BTreeMap<String, Led<'a>> = BTreeMap::new();
    for sighting in sightings {
        let (Some(last), Some(survey)) = (sighting.last, sighting.survey) else { continue };
        let Some(site) = site(sighting.target.destination().0) else { continue };
        if survey.http.as_ref().is_none_or(|answer| answer.status.is_none()) {
            continue;
        }
        all.insert(site);
        if let Some(host) = led_away(sighting.target, last, survey, now) {
            let led = leading.entry(host).or_default();
            led.sites.insert(site);
            led.networks.insert(network(last.key.address.ip()));
        }
    }
    let (host, led) = leading.into_iter().max_by_key(|(_, led)| led.sites.len())?;
    let is_wide = led.sites.len() >= WITNESSES && led.networks.len() >= WITNESSES;
    let sites = led.sites.len();
    (is_wide && sites * 4 >= all.len() * 3).then(|| Redirection { host: Untrusted::new(&host), sites })
}

/// The host that one of our questions was sent to, where it is another site's and nobody proved to be the one asked for.
pub(super) fn led_away(target: &Target, last: &Observation, survey: &Survey, now: Time) -> Option<String> {
    let trust = last.handshake.as_ref()?.trust.as_deref()?;
    let answer = survey.http.as_ref()?;
    let is_redirect = answer.status.is_some_and(|status| (300..400).contains(&status));
    if trust.is_verified() || !is_redirect || now.since(answer.received_at) > FRESH {
        return None;
    }
    let own = target.destination().0;
    let from = Url::parse(&format!("https://{own}/")).ok()?;
    let to = from.join(answer.location.as_ref()?.as_str()).ok()?;
    let host = match to.host()? {
        url::Host::Domain(name) => Host::Name(name.to_ascii_lowercase().into()),
        url::Host::Ipv4(ip) => Host::Ip(ip.into()),
        url::Host::Ipv6(ip) => Host::Ip(ip.into()),
    };
    let is_own = host == *own || site(&host).is_some_and(|other| site(own) == Some(other));
    (!is_own).then(|| host.to_string())
}

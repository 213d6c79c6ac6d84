//! From a target to addresses: literals, pinned addresses, hosts files, then DNS.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::time::Instant;

use super::dns::{Answer, Dns};
use super::hosts::Hosts;
use super::settings::{ProbeError, Settings};
use crate::model::{DnsFailure, Family, Host, Resolution, ResolvedAddress, Target, Time, Untrusted};

/// Looks names up. Keeps no answers: how long they hold is for the caller to say.
#[derive(Debug)]
pub(super) struct Resolver {
    hosts: Hosts,
    dns: Result<Dns, String>,
}

impl Resolver {
    /// Addresses that no name service gave do not age.
    const FIXED_TTL: Duration = Duration::from_hours(24);

    pub(super) fn new(settings: &Settings) -> Result<Self, ProbeError> {
        let hosts = Hosts::load(settings.hosts_file.as_deref())?;
        let dns = if settings.dns_servers.is_empty() { Dns::of_system() } else { Dns::of(&settings.dns_servers)? };
        Ok(Self { hosts, dns })
    }

    /// Whether names can be looked up at all.
    pub(super) fn check(&self) -> Result<(), ProbeError> {
        match &self.dns {
            Ok(_) => Ok(()),
            Err(reason) => Err(ProbeError::Resolver { reason: reason.clone() }),
        }
    }

    /// The target's addresses, in the order of the answer.
    pub(super) async fn resolve(&self, target: &Target, at: Time, deadline: Instant) -> Resolution {
        let begun = Instant::now();
        let (answer, took) = match self.fixed(target) {
            Some(fixed) => (fixed, Duration::ZERO),
            None => (self.ask(target.destination().0, target.family, deadline).await, begun.elapsed()),
        };
        let (addresses, failure) = match answer.found {
            Ok(addresses) => (addresses, None),
            Err(failure) => (Vec::new(), Some(failure)),
        };
        Resolution { target: target.id, at, took, addresses, ttl: answer.ttl, failure, source: answer.source }
    }

    /// The addresses of any host, each once: of what is no target but must be reached.
    pub(super) async fn addresses(&self, host: &Host, deadline: Instant) -> Result<Vec<IpAddr>, DnsFailure> {
        let name = match host {
            Host::Ip(ip) => return Ok(vec![*ip]),
            Host::Name(name) => name,
        };
        if let Some(addresses) = self.hosts.addresses(name) {
            return Ok(addresses);
        }
        let found = self.ask(host, Family::Any, deadline).await.found?;
        Ok(found.into_iter().map(|address| address.ip).collect())
    }

    /// Whom to ask for other records of the target's name; why nobody is to be asked.
    pub(super) fn dns_about(&self, target: &Target) -> Result<&Dns, String> {
        if let Some(fixed) = self.fixed(target) {
            return Err(format!("its address is not looked up in DNS ({})", fixed.source));
        }
        if !target.host.to_string().contains('.') {
            return Err("a name without a domain".to_owned());
        }
        self.dns.as_ref().map_err(Clone::clone)
    }

    /// What is known without asking anybody.
    fn fixed(&self, target: &Target) -> Option<Answer> {
        let (addresses, source): (Vec<IpAddr>, _) = match target.destination().0 {
            _ if !target.pinned.is_empty() => (target.pinned.iter().map(SocketAddr::ip).collect(), "--resolve"),
            Host::Ip(ip) => (vec![*ip], "literal"),
            Host::Name(name) => (self.hosts.addresses(name)?, "hosts file"),
        };
        let mut found: Vec<ResolvedAddress> = Vec::new();
        for ip in addresses.into_iter().filter(|ip| target.family.admits(*ip)) {
            let address = ResolvedAddress { ip, ttl: Self::FIXED_TTL };
            if !found.contains(&address) {
                found.push(address);
            }
        }
        let found = if found.is_empty() { Err(DnsFailure::NoAddress) } else { Ok(found) };
        Some(Answer { found, ttl: Self::FIXED_TTL, source: Untrusted::new(source) })
    }

    async fn ask(&self, host: &Host, family: Family, deadline: Instant) -> Answer {
        match &self.dns {
            Ok(dns) => dns.ask(&host.to_string(), family, deadline).await,
            Err(_) => Answer {
                found: Err(DnsFailure::Unreachable {
                    detail: Untrusted::new(&self.check().err().map(|error| error.to_string()).unwrap_or_default()),
                }),
                ttl: Duration::ZERO,
                source: Untrusted::new("no DNS server"),
            },
        }
    }
}

#[cfg(test)]
#[path = "resolver_tests.rs"]
mod tests;

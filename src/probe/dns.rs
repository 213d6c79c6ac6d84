//! Addresses from name servers, both families at once, each failure by its name.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use tokio::time::{Instant, timeout_at};

use super::excuse;
use super::question;
use super::settings::ProbeError;
use crate::model::{DnsFailure, Family, ResolvedAddress, Untrusted};

/// The name servers to ask.
pub(super) struct Dns {
    resolver: TokioResolver,
    /// Where to ask what the resolver does not tell.
    servers: Vec<SocketAddr>,
    shown: Untrusted,
}

impl std::fmt::Debug for Dns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Dns({})", self.shown)
    }
}

/// What was found, or why nothing.
pub(super) struct Answer {
    pub(super) found: Result<Vec<ResolvedAddress>, DnsFailure>,
    /// Smallest or negative TTL.
    pub(super) ttl: Duration,
    pub(super) source: Untrusted,
}

impl Dns {
    /// A lost packet is sent again after this long; the target's deadline ends it all.
    const RETRY: Duration = Duration::from_secs(2);
    /// Servers tried with one question.
    const MOST_SERVERS: usize = 3;

    /// The system's servers, or why they are not known.
    pub(super) fn of_system() -> Result<Self, String> {
        let (config, options) = hickory_resolver::system_conf::read_system_conf().map_err(|error| error.to_string())?;
        Self::build(config, options).map_err(|error| error.to_string())
    }

    /// These servers, in order.
    pub(super) fn of(servers: &[SocketAddr]) -> Result<Result<Self, String>, ProbeError> {
        let mut configs = Vec::new();
        for server in servers {
            let bad = |reason| ProbeError::DnsServer { server: *server, reason };
            if server.port() == 0 {
                return Err(bad("port 0 is none"));
            }
            if server.ip().is_unspecified() || server.ip().is_multicast() {
                return Err(bad("the address is not a single host's"));
            }
            let (mut udp, mut tcp) = (ConnectionConfig::udp(), ConnectionConfig::tcp());
            (udp.port, tcp.port) = (server.port(), server.port());
            configs.push(NameServerConfig::new(server.ip(), true, vec![udp, tcp]));
        }
        let config = ResolverConfig::from_name_servers(configs);
        Ok(Self::build(config, ResolverOpts::default()).map_err(|error| error.to_string()))
    }

    fn build(config: ResolverConfig, mut options: ResolverOpts) -> Result<Self, NetError> {
        let servers: Vec<SocketAddr> = config.name_servers().iter().map(address).collect();
        let shown: Vec<String> = servers.iter().map(shown).collect();
        options.cache_size = 0;
        options.use_hosts_file = ResolveHosts::Never;
        options.timeout = options.timeout.min(Self::RETRY);
        options.attempts = options.attempts.max(2);
        options.preserve_intermediates = true;
        let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        *builder.options_mut() = options;
        Ok(Self { resolver: builder.build()?, servers, shown: Untrusted::new(&shown.join(", ")) })
    }

    /// Both families at once; an answer for one suffices.
    pub(super) async fn ask(&self, host: &str, family: Family, deadline: Instant) -> Answer {
        let source = self.shown.clone();
        let name = match Name::from_str_relaxed(host) {
            Ok(mut name) => {
                // Search domains are for bare names: `web01`, not `shop.example`.
                name.set_fqdn(host.contains('.'));
                name
            }
            Err(error) => {
                let detail = Untrusted::new(&format!("'{host}' is no DNS name: {error}"));
                return Answer { found: Err(DnsFailure::ServFail { detail }), ttl: Duration::ZERO, source };
            }
        };
        let lookup =
            async |wanted: bool, kind| if wanted { Some(self.lookup(&name, kind, deadline).await) } else { None };
        let (v4, v6) =
            tokio::join!(lookup(family != Family::V6, RecordType::A), lookup(family != Family::V4, RecordType::AAAA));
        let mut answer = merge([v4, v6].into_iter().flatten(), source);
        if let (Err(DnsFailure::ServFail { detail }), Some(server)) = (&mut answer.found, self.servers.first().copied())
            && let Some(excuse) = excuse::of(server, &name, deadline).await
        {
            *detail = Untrusted::new(&format!("{detail}: {excuse}"));
        }
        answer
    }

    /// One server's answer as it is, the first that gives one; why there is none in words.
    pub(super) async fn question(&self, name: &Name, kind: RecordType, deadline: Instant) -> Result<Message, String> {
        let mut words = "no DNS server is known".to_owned();
        for (others, server) in (0..self.servers.len().min(Self::MOST_SERVERS)).rev().zip(&self.servers) {
            let now = Instant::now();
            // The last one has all the time that is left.
            let share = deadline.saturating_duration_since(now) / (u32::try_from(others).unwrap_or(0) + 1);
            match question::ask(*server, name, kind, now + share).await {
                Ok(answer) => return Ok(answer),
                Err(error) => words = error.to_string(),
            }
        }
        Err(words)
    }

    async fn lookup(&self, name: &Name, kind: RecordType, deadline: Instant) -> Part {
        match timeout_at(deadline, self.resolver.lookup(name.clone(), kind)).await {
            Ok(Ok(lookup)) => answered(&lookup),
            Ok(Err(error)) => refused(&error),
            Err(_) => Part { found: Err(DnsFailure::TimedOut), ttl: Duration::ZERO },
        }
    }
}

/// One family's part of an answer.
struct Part {
    found: Result<Vec<ResolvedAddress>, DnsFailure>,
    ttl: Duration,
}

fn answered(lookup: &Lookup) -> Part {
    let addresses = lookup.answers().iter().filter_map(|record| {
        let ip = match &record.data {
            RData::A(v4) => IpAddr::from(v4.0),
            RData::AAAA(v6) => IpAddr::from(v6.0),
            _ => return None,
        };
        Some(ResolvedAddress { ip, ttl: Duration::from_secs(record.ttl.into()) })
    });
    let addresses: Vec<ResolvedAddress> = addresses.collect();
    // Aliases on the way age, too.
    let ttl = lookup.answers().iter().map(|record| record.ttl).min().unwrap_or(0);
    let found = if addresses.is_empty() { Err(DnsFailure::NoAddress) } else { Ok(addresses) };
    Part { found, ttl: Duration::from_secs(ttl.into()) }
}

fn refused(error: &NetError) -> Part {
    let unreachable = || DnsFailure::Unreachable { detail: Untrusted::new(&error.to_string()) };
    let (failure, ttl) = match error {
        NetError::Dns(DnsError::NoRecordsFound(none)) => (by_code(none.response_code), none.negative_ttl.unwrap_or(0)),
        NetError::Dns(DnsError::ResponseCode(code)) => (by_code(*code), 0),
        NetError::Timeout => (DnsFailure::TimedOut, 0),
        NetError::Io(_) | NetError::NoConnections | NetError::Busy => (unreachable(), 0),
        other => (DnsFailure::ServFail { detail: Untrusted::new(&other.to_string()) }, 0),
    };
    Part { found: Err(failure), ttl: Duration::from_secs(ttl.into()) }
}

fn by_code(code: ResponseCode) -> DnsFailure {
    match code {
        ResponseCode::NXDomain => DnsFailure::NxDomain,
        ResponseCode::NoError => DnsFailure::NoAddress,
        ResponseCode::Refused => DnsFailure::Refused,
        other => DnsFailure::ServFail { detail: Untrusted::new(&format!("{other} (RCODE {})", u16::from(other))) },
    }
}

/// All addresses; without any, the failure that says most.
fn merge(parts: impl Iterator<Item = Part>, source: Untrusted) -> Answer {
    let mut addresses = Vec::new();
    let mut failure: Option<DnsFailure> = None;
    let (mut ttl, mut negative_ttl) = (Duration::MAX, Duration::MAX);
    for part in parts {
        match part.found {
            Ok(found) => {
                addresses.extend(found);
                ttl = ttl.min(part.ttl);
            }
            Err(other) => {
                negative_ttl = negative_ttl.min(part.ttl);
                if failure.as_ref().is_none_or(|known| weight(&other) > weight(known)) {
                    failure = Some(other);
                }
            }
        }
    }
    if addresses.is_empty() {
        return Answer { found: Err(failure.unwrap_or(DnsFailure::NoAddress)), ttl: negative_ttl, source };
    }
    Answer { found: Ok(addresses), ttl, source }
}

/// A name that does not exist does not exist for either family; no address of one family says least.
const fn weight(failure: &DnsFailure) -> u8 {
    match failure {
        DnsFailure::NxDomain => 5,
        DnsFailure::ServFail { .. } => 4,
        DnsFailure::Refused => 3,
        DnsFailure::TimedOut => 2,
        DnsFailure::Unreachable { .. } => 1,
        DnsFailure::NoAddress => 0,
    }
}

fn address(server: &NameServerConfig) -> SocketAddr {
    SocketAddr::new(server.ip, server.connections.first().map_or(53, |connection| connection.port))
}

fn shown(server: &SocketAddr) -> String {
    if server.port() == 53 { server.ip().to_string() } else { server.to_string() }
}

//! Records of a name that speak about its certificates and protocols: CAA, TLSA, HTTPS. Shared by all addresses of the
//! name, and kept as long as the answers hold.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::svcb::SvcParamValue;
use hickory_resolver::proto::rr::rdata::{CAA, SVCB, TLSA};
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::dns::Dns;
use crate::model::{CaaRecord, DnsRecords, RecordAnswer, ServiceRecord, TlsaRecord, Untrusted};

/// What is asked about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Subject {
    /// The host whose service it is.
    pub(super) host: String,
    /// The name that the certificate is to cover.
    pub(super) covered: String,
    /// Its port.
    pub(super) port: u16,
    /// `tcp` or `udp`.
    pub(super) transport: &'static str,
    /// Whether HTTP is spoken there.
    pub(super) is_http: bool,
}

/// Answers by subject.
#[derive(Debug, Default)]
pub(super) struct Records {
    kept: Mutex<HashMap<Subject, Arc<Slot>>>,
}

/// Filled once by the first who asks; the others wait for it.
type Slot = OnceCell<(Arc<DnsRecords>, Instant)>;

impl Records {
    /// Subjects kept: some hundred bytes each.
    const MOST: usize = 10_000;
    /// Answers are kept at least so long, that a fleet of addresses asks once, and at most so long, that a correction
    /// shows.
    const KEPT: (Duration, Duration) = (Duration::from_secs(5), Duration::from_mins(15));

    /// The records, from memory while they hold.
    pub(super) async fn about(&self, subject: Subject, dns: &Dns, deadline: Instant) -> Arc<DnsRecords> {
        let slot = self.slot(&subject);
        let find = async || {
            let (records, ttl) = find(&subject, dns, deadline).await;
            (Arc::new(records), Instant::now() + ttl.clamp(Self::KEPT.0, Self::KEPT.1))
        };
        Arc::clone(&slot.get_or_init(find).await.0)
    }

    fn slot(&self, subject: &Subject) -> Arc<Slot> {
        let holds = |slot: &Slot, now| slot.get().is_none_or(|(_, until)| *until > now);
        let now = Instant::now();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = kept.get(subject).filter(|slot| holds(slot, now)) {
            return Arc::clone(slot);
        }
        if kept.len() >= Self::MOST {
            kept.retain(|_, slot| holds(slot, now));
        }
        if kept.len() >= Self::MOST {
            kept.clear();
        }
        let slot = Arc::<Slot>::default();
        kept.insert(subject.clone(), Arc::clone(&slot));
        slot
    }
}

/// One kind of record, and how long the answer holds.
struct Found<T> {
    answer: RecordAnswer<T>,
    ttl: Duration,
}

/// Most records read of one answer.
const MOST: usize = 32;
/// Longest data kept of one record; a certificate fits.
const LONGEST: usize = 8 * 1024;
/// A name deeper than this is nobody's.
const DEEPEST: usize = 16;
/// How long a failure is taken for granted (RFC 9520 asks for 1 second to 5 minutes).
const FAILURE_TTL: Duration = Duration::from_secs(30);

async fn find(subject: &Subject, dns: &Dns, deadline: Instant) -> (DnsRecords, Duration) {
    let Subject { host, covered, port, transport, is_http } = subject;
    let https = async {
        if !*is_http {
            return unasked(host, "HTTP is not spoken here");
        }
        // Other ports than 443 have a name of their own (RFC 9460 section 9.1).
        let owner = if *port == 443 { host.clone() } else { format!("_{port}._https.{host}") };
        one(dns, &owner, RecordType::HTTPS, service, deadline).await
    };
    let owner = format!("_{port}._{transport}.{host}");
    let (caa, tlsa, https) =
        tokio::join!(climb(dns, covered, deadline), one(dns, &owner, RecordType::TLSA, tlsa, deadline), https);
    let ttl = caa.ttl.min(tlsa.ttl).min(https.ttl);
    (DnsRecords { caa: caa.answer, tlsa: tlsa.answer, https: https.answer }, ttl)
}

/// The closest name that has CAA records, from the name itself upwards (RFC 8659 section 3).
async fn climb(dns: &Dns, covered: &str, deadline: Instant) -> Found<CaaRecord> {
    let mut name = covered.trim_start_matches("*.");
    if name.split('.').count() > DEEPEST {
        return failed(covered, "the name has too many labels");
    }
    // That the names on the way have none must be vouched for, too.
    let (mut authenticated, mut ttl) = (true, Duration::MAX);
    loop {
        let mut found = one(dns, name, RecordType::CAA, caa, deadline).await;
        authenticated &= found.answer.authenticated;
        ttl = ttl.min(found.ttl);
        found.answer.authenticated = authenticated;
        found.ttl = ttl;
        if found.answer.failure.is_some() || !found.answer.records.is_empty() {
            return found;
        }
        let Some((_, parent)) = name.split_once('.') else {
            found.answer.owner = Untrusted::new(covered);
            return found;
        };
        name = parent;
    }
}

async fn one<T>(
    dns: &Dns,
    owner: &str,
    kind: RecordType,
    read: fn(&RData) -> Option<T>,
    deadline: Instant,
) -> Found<T> {
    let name = match Name::from_str_relaxed(owner) {
        Ok(mut name) => {
            name.set_fqdn(true);
            name
        }
        Err(error) => return failed(owner, &error.to_string()),
    };
    let message = match dns.question(&name, kind, deadline).await {
        Ok(message) => message,
        Err(words) => return failed(owner, &words),
    };
    match message.metadata.response_code {
        ResponseCode::NoError | ResponseCode::NXDomain => (),
        other => return failed(owner, &format!("{other} (RCODE {})", u16::from(other))),
    }
    // Behind an alias they belong to the name it leads to, and count for this one.
    let records = message.answers.iter().filter_map(|record| read(&record.data)).take(MOST).collect();
    let answer = RecordAnswer {
        owner: Untrusted::new(owner),
        records,
        authenticated: message.metadata.authentic_data,
        failure: None,
    };
    Found { answer, ttl: ttl(&message) }
}

/// Of the shortest-lived record; of an answer without any, as its authority says (RFC 2308 section 5).
fn ttl(message: &Message) -> Duration {
    let answers = message.answers.iter().map(|record| record.ttl).min();
    let negative = || {
        message.authorities.iter().find_map(|record| match &record.data {
            RData::SOA(soa) => Some(record.ttl.min(soa.minimum)),
            _ => None,
        })
    };
    answers.or_else(negative).map_or(FAILURE_TTL, |seconds| Duration::from_secs(seconds.into()))
}

fn failed<T>(owner: &str, words: &str) -> Found<T> {
    Found { ttl: FAILURE_TTL, ..unasked(owner, words) }
}

fn unasked<T>(owner: &str, words: &str) -> Found<T> {
    let answer = RecordAnswer {
        owner: Untrusted::new(owner),
        records: Vec::new(),
        authenticated: false,
        failure: Some(Untrusted::new(words)),
    };
    Found { answer, ttl: Duration::MAX }
}

fn caa(data: &RData) -> Option<CaaRecord> {
    let RData::CAA(CAA { issuer_critical, tag, value, .. }) = data else { return None };
    let value = Untrusted::from_bytes(&value[..value.len().min(LONGEST)]);
    Some(CaaRecord { critical: *issuer_critical, tag: Untrusted::new(&tag.to_ascii_lowercase()), value })
}

fn tlsa(data: &RData) -> Option<TlsaRecord> {
    let RData::TLSA(TLSA { cert_usage, selector, matching, cert_data, .. }) = data else { return None };
    let data = hexadecimal(&cert_data[..cert_data.len().min(LONGEST)]);
    let (usage, selector, matching) = ((*cert_usage).into(), (*selector).into(), (*matching).into());
    Some(TlsaRecord { usage, selector, matching, data, matches: None })
}

/// Two digits a byte.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)])).collect()
}

fn service(data: &RData) -> Option<ServiceRecord> {
    let (RData::HTTPS(hickory_resolver::proto::rr::rdata::HTTPS(service)) | RData::SVCB(service)) = data else {
        return None;
    };
    let SVCB { svc_priority, target_name, svc_params, .. } = service;
    let mut record = ServiceRecord {
        priority: *svc_priority,
        target: Untrusted::new(&target_name.to_ascii()),
        alpn: Vec::new(),
        port: None,
        ech: false,
        hints: Vec::new(),
    };
    for (_, value) in svc_params.iter().take(MOST) {
        match value {
            SvcParamValue::Alpn(alpn) => {
                record.alpn = alpn.0.iter().take(MOST).map(|name| Untrusted::new(name)).collect();
            }
            SvcParamValue::Port(port) => record.port = Some(*port),
            SvcParamValue::EchConfigList(list) => record.ech = !list.0.is_empty(),
            SvcParamValue::Ipv4Hint(hint) => {
                record.hints.extend(hint.0.iter().take(MOST).map(|address| IpAddr::from(address.0)));
            }
            SvcParamValue::Ipv6Hint(hint) => {
                record.hints.extend(hint.0.iter().take(MOST).map(|address| IpAddr::from(address.0)));
            }
            _ => (),
        }
    }
    Some(record)
}

#[cfg(test)]
#[path = "records_tests.rs"]
mod tests;

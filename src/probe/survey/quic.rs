//! Whether HTTP/3 answers where it is advertised, and with which certificate.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::Instant;

use super::Interview;
use crate::model::{AltSvc, DnsRecords, HttpAnswer, QuicAnswer, ServiceRecord, Target, Untrusted};
use crate::probe::handshake::configure;
use crate::probe::quic::{self, Spoken};

const QUESTION: &str = "quic";
/// Three first packets are lost or ignored by then (RFC 9002 section 6.2): browsers have long gone over TCP.
const LONGEST: Duration = Duration::from_secs(4);

/// What came of a handshake; `None` where neither the response nor DNS speaks of HTTP/3 at this place.
pub(super) async fn ask(
    interview: &Interview<'_>,
    http: Option<&HttpAnswer>,
    records: Option<&DnsRecords>,
) -> Option<QuicAnswer> {
    let port = advertised(interview.target, http, records)?;
    let leave = |reason: &str| interview.leave(QUESTION, Untrusted::new(reason));
    if interview.target.proxy.is_some() {
        leave("a proxy is in between");
        return None;
    }
    let _place = match interview.place().await {
        Ok(place) => place,
        Err(not) => {
            interview.leave(QUESTION, not.words());
            return None;
        }
    };
    let recorder = interview.inner.recorder(interview.target).await;
    let config = configure(interview.inner.builder.clone(), &recorder, &["h3".into()]);
    let deadline = interview.deadline.min(Instant::now() + interview.patience().min(LONGEST));
    let address = SocketAddr::new(interview.address.ip(), port);
    let name = interview.target.verified_name();
    let Spoken { heard, alpn, took, broken, .. } = quic::handshake(config, &recorder, address, &name, deadline).await;
    let chain = heard.chain.unwrap_or_default().readable.into();
    Some(QuicAnswer { port, advertised: true, took, alpn, chain, failure: broken.map(|broken| broken.detail) })
}

/// The UDP port of this host that is advertised: what the response says counts before what DNS says.
fn advertised(target: &Target, http: Option<&HttpAnswer>, records: Option<&DnsRecords>) -> Option<u16> {
    let services = http.map(|answer| &answer.alt_svc[..]).unwrap_or_default();
    let records = records.map(|records| &records.https.records[..]).unwrap_or_default();
    let by_response = services.iter().filter_map(port_of_service);
    let by_dns = records.iter().filter_map(|record| port_of_record(record, target.port));
    by_response.chain(by_dns).find(|port| *port != 0)
}

/// Another host's service is not this address's.
fn port_of_service(service: &AltSvc) -> Option<u16> {
    let port = service.authority.as_str().strip_prefix(':')?;
    if service.protocol.as_str() == "h3" { port.parse().ok() } else { None }
}

fn port_of_record(record: &ServiceRecord, default: u16) -> Option<u16> {
    let is_own = record.priority > 0 && record.target.as_str() == ".";
    let speaks = record.alpn.iter().any(|protocol| protocol.as_str() == "h3");
    (is_own && speaks).then(|| record.port.unwrap_or(default))
}

#[cfg(test)]
#[path = "quic_tests.rs"]
mod tests;

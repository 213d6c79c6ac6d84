//! Expiry metrics that exporters leave in a Prometheus server: whom they are about, and when they say it ends.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::blackbox;
use super::file_sd;
use super::found::{Found, brief};
use crate::model::Time;

/// A metric whose value is when a certificate ends, in seconds since 1970.
struct Metric {
    name: &'static str,
    /// The label that says whose certificate it is; none for those of files and objects, which name no host.
    target: Option<&'static str>,
    /// Labels that come from the certificate or the exporter: others after each renewal, and of no use for a target.
    own: &'static [&'static str],
}

/// Sources: `prober/{http,tcp,grpc}.go` of `blackbox_exporter`; READMEs of `ssl_exporter`, x509-certificate-exporter and
/// Telegraf's `x509_cert`; `internal/collectors/certificate_collector.go` of cert-manager.
const METRICS: [Metric; 8] = [
    Metric { name: "probe_ssl_earliest_cert_expiry", target: Some("instance"), own: &[] },
    Metric {
        name: "ssl_cert_not_after",
        target: Some("instance"),
        own: &["cn", "dnsnames", "emails", "ips", "issuer_cn", "ou", "serial_no"],
    },
    Metric {
        name: "x509_cert_enddate",
        target: Some("source"),
        own: &[
            "common_name",
            "country",
            "host",
            "instance",
            "issuer_common_name",
            "issuer_serial_number",
            "locality",
            "ocsp_stapled",
            "organization",
            "organizational_unit",
            "province",
            "public_key_algorithm",
            "san",
            "serial_number",
            "server_name",
            "signature_algorithm",
            "type",
            "verification",
        ],
    },
    Metric { name: "ssl_file_cert_not_after", target: None, own: &[] },
    Metric { name: "ssl_kubeconfig_cert_not_after", target: None, own: &[] },
    Metric { name: "ssl_kubernetes_cert_not_after", target: None, own: &[] },
    Metric { name: "x509_cert_not_after", target: None, own: &[] },
    Metric { name: "certmanager_certificate_expiration_timestamp_seconds", target: None, own: &[] },
];

/// The end of 9999: RFC 5280 section 4.1.2.5 knows nothing later.
const LAST: Duration = Duration::from_secs(253_402_300_799);

/// What asks for all of them at once.
pub(super) fn query() -> String {
    format!("{{__name__=~\"{}\"}}", METRICS.map(|metric| metric.name).join("|"))
}

/// A series of an answer.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Series {
    metric: BTreeMap<String, String>,
    value: Option<(IgnoredAny, String)>,
}

/// What the metrics say, by job and by whom they are about.
#[derive(Default)]
pub(super) struct Claims {
    by_instance: BTreeMap<(String, String), Claim>,
    /// How many of each name no host.
    others: BTreeMap<&'static str, usize>,
}

struct Claim {
    until: Time,
    metric: &'static str,
    labels: BTreeMap<String, String>,
    is_taken: bool,
}

impl Claims {
    pub(super) fn read(series: Vec<Series>) -> Self {
        let mut claims = Self::default();
        for one in series {
            claims.add(one);
        }
        claims
    }

    fn add(&mut self, Series { metric: mut labels, value }: Series) {
        let name = labels.remove("__name__").unwrap_or_default();
        let Some(metric) = METRICS.iter().find(|metric| metric.name == name) else { return };
        let Some(target) = metric.target else {
            *self.others.entry(metric.name).or_default() += 1;
            return;
        };
        let (Some(until), Some(instance)) = (value.and_then(|(_, text)| moment(&text)), labels.remove(target)) else {
            return;
        };
        labels.retain(|name, _| !metric.own.contains(&name.as_str()));
        let job = labels.get("job").cloned().unwrap_or_default();
        let fresh = Claim { until, metric: metric.name, labels, is_taken: false };
        let claim = self.by_instance.entry((job, instance)).or_insert(fresh);
        // Of a chain each certificate can have its own.
        claim.until = claim.until.min(until);
    }

    /// When it is said to end for one that is watched by that job under that name.
    pub(super) fn take(&mut self, job: &str, instance: &str) -> Option<Time> {
        let claim = self.by_instance.get_mut(&(job.to_owned(), instance.to_owned()))?;
        claim.is_taken = true;
        Some(claim.until)
    }

    /// Makes targets of what is left.
    pub(super) fn tell(self, found: &mut Found, name: &str) {
        for ((job, instance), claim) in self.by_instance.into_iter().filter(|(_, claim)| !claim.is_taken) {
            let place = format!("{name}: job {}: {}", brief(&job), claim.metric);
            match notation(&instance) {
                Ok(target) => {
                    let before = found.sightings.len();
                    file_sd::discovered(found, &place, &target, &claim.labels);
                    found.sightings[before..].iter_mut().for_each(|sighting| sighting.expires = Some(claim.until));
                }
                Err(reason) => found.skip(&place, format!("'{}' {reason}", brief(&instance))),
            }
        }
        for (metric, count) in self.others {
            found.skip(name, format!("{metric}: certificates in files and objects, which name no host: {count}"));
        }
    }
}

/// Nothing where it says nothing: 0, and Go's beginning of time where `blackbox_exporter` saw no certificate
/// (its issue 653).
fn moment(text: &str) -> Option<Time> {
    let since = Duration::try_from_secs_f64(text.parse().ok()?).ok()?;
    let is_told = since > Duration::ZERO && since <= LAST;
    is_told.then(|| i64::try_from(since.as_secs()).ok().map(Time::from_secs))?
}

/// The target that an instance names. That there is such a metric shows that it leads to TLS.
fn notation(instance: &str) -> Result<String, &'static str> {
    const ELSEWHERE: &str = "leads to TLS from plain HTTP on a port of its own, and where is not known";
    if let Some(rest) = instance.strip_prefix("tcp://") {
        return Ok(rest.to_owned());
    }
    if instance.starts_with("http://") {
        return blackbox::behind_redirect(instance).ok_or(ELSEWHERE);
    }
    if instance.starts_with('/') || instance.starts_with("file:") {
        return Err("is a file, which names no host");
    }
    if instance.contains("://") || blackbox::port(instance).is_some_and(|port| port != 80) {
        return Ok(instance.to_owned());
    }
    let host = instance.strip_suffix(":80").unwrap_or(instance);
    if host.contains('.') || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
        return blackbox::behind_redirect(instance).ok_or(ELSEWHERE);
    }
    Err("is a name and may be no host's; with a port it would be one")
}

#[cfg(test)]
#[path = "expiry_tests.rs"]
mod tests;

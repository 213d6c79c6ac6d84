//! What a Prometheus server watches: the answers of its `/api/v1/targets?state=active`, and of `/api/v1/query` about
//! certificates.

use std::collections::BTreeMap;

use serde::Deserialize;
use url::Url;
use url::form_urlencoded::byte_serialize;

use super::address::masked;
use super::blackbox;
use super::document;
use super::expiry::{self, Claims, Series};
use super::file_sd;
use super::found::{Found, brief};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answer {
    status: String,
    data: Option<Data>,
    error_type: String,
    error: String,
    warnings: Vec<String>,
}

/// Of either answer.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Data {
    active_targets: Option<Vec<Active>>,
    result: Option<Vec<Series>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Active {
    labels: BTreeMap<String, String>,
    scrape_url: String,
}

/// Targets that are probed by an exporter, those that are scraped over TLS themselves, and those that metrics about
/// certificates name: of any number of answers together.
pub(super) fn read(name: &str, answers: &[&[u8]]) -> Result<Found, String> {
    let mut found = Found::default();
    let (mut targets, mut series, mut is_any) = (Vec::new(), Vec::new(), false);
    for bytes in answers {
        for Answer { status, data, error_type, error, warnings } in document::all::<Answer>(bytes)? {
            // The two can be there together.
            if status != "success" {
                let (kind, reason) = (brief(&error_type), brief(&error));
                return Err(format!("it answers with an error ({kind}): {reason}"));
            }
            let Data { active_targets, result } = data.unwrap_or_default();
            is_any |= active_targets.is_some() || result.is_some();
            targets.extend(active_targets.unwrap_or_default());
            series.extend(result.unwrap_or_default());
            for warning in &warnings {
                let warning = format!("it warns: {}", brief(warning));
                found.skip(name, &warning);
                // As of one that has to ask others, and was not answered by all.
                found.incomplete(&warning);
            }
        }
    }
    if !is_any {
        return Err("there are no targets in the answer".to_owned());
    }
    let mut claims = Claims::read(series);
    let mut plain: BTreeMap<&str, usize> = BTreeMap::new();
    for target in &targets {
        if let Some(job) = take(&mut found, name, target, &mut claims) {
            *plain.entry(job).or_default() += 1;
        }
    }
    for (job, count) in plain {
        found.skip(&format!("{name}: job {}", brief(job)), format!("scraped without TLS: {count}"));
    }
    claims.tell(&mut found, name);
    Ok(found)
}

/// What is asked of a server.
pub(super) enum Asked {
    /// What stands in its address.
    One(String),
    /// Its list of targets, and its metrics about certificates.
    Both { targets: String, metrics: String },
}

/// What is asked of the server at this address: where it has the path of one answer, that one.
pub(super) fn asked(url: &str) -> Asked {
    let query = || -> String { byte_serialize(expiry::query().as_bytes()).collect() };
    if url.ends_with("/api/v1/query") {
        return Asked::One(format!("{url}?query={}", query()));
    }
    if url.contains("/api/v1/") {
        return Asked::One(url.to_owned());
    }
    let base = url.trim_end_matches('/');
    Asked::Both {
        targets: format!("{base}/api/v1/targets?state=active"),
        metrics: format!("{base}/api/v1/query?query={}", query()),
    }
}

/// Takes it; the job of one that is scraped without TLS comes back.
fn take<'a>(found: &mut Found, name: &str, target: &'a Active, claims: &mut Claims) -> Option<&'a str> {
    let job = target.labels.get("job").map_or("", String::as_str);
    let place = format!("{name}: job {}", brief(job));
    let Ok(url) = Url::parse(&target.scrape_url) else {
        found.skip(&place, format!("'{}' is no URL", brief(&masked(&target.scrape_url))));
        return None;
    };
    let parameter =
        |wanted: &str| url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned());
    let mut labels = target.labels.clone();
    let Some(probed) = parameter("target") else {
        if url.scheme() != "https" {
            return Some(job);
        }
        let own = url.host_str().map(|host| format!("{host}:{}", url.port_or_known_default().unwrap_or(443)));
        file_sd::discovered(found, &place, &own.unwrap_or_default(), &labels);
        return None;
    };
    let module = parameter("module");
    let expires = target.labels.get("instance").and_then(|instance| claims.take(job, instance));
    let is_plain = probed.starts_with("http://");
    let has_port = probed.starts_with("https://") || blackbox::port(&probed).is_some();
    let notation = match expires.and_then(|_| blackbox::behind_redirect(&probed)) {
        // What is asked without TLS, and has a certificate, is led to it.
        Some(behind) if is_plain || !has_port => behind,
        _ if is_plain => return Some(job),
        // Without a port only the module knows what is asked there: it can be ICMP.
        _ if !has_port => {
            let module = module.as_deref().map(brief).unwrap_or_default();
            let how = "name its modules and the scrape configuration: blackbox:MODULES,SCRAPE";
            found.skip(&place, format!("'{}' is probed as module '{module}' says; {how}", brief(&probed)));
            return None;
        }
        _ => probed.clone(),
    };
    labels.extend(module.map(|module| ("module".to_owned(), module)));
    if labels.get("instance") == Some(&probed) {
        labels.remove("instance");
    }
    let before = found.sightings.len();
    file_sd::discovered(found, &place, &notation, &labels);
    found.sightings[before..].iter_mut().for_each(|sighting| sighting.expires = expires);
    None
}

#[cfg(test)]
#[path = "prometheus_tests.rs"]
mod tests;

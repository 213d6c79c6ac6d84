//! What a Prometheus server watches: the answer of its `/api/v1/targets?state=active`.

use std::collections::BTreeMap;

use serde::Deserialize;
use url::Url;

use super::document;
use super::file_sd;
use super::found::{Found, brief};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answer {
    status: String,
    data: Option<Data>,
    error_type: String,
    error: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Data {
    active_targets: Vec<Active>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Active {
    labels: BTreeMap<String, String>,
    scrape_url: String,
}

/// Targets that are probed by `blackbox_exporter`, and those that are scraped over TLS themselves.
pub(super) fn read(name: &str, bytes: &[u8]) -> Result<Found, String> {
    let mut found = Found::default();
    for Answer { status, data, error_type, error } in document::all::<Answer>(bytes)? {
        // The two can be there together.
        if status != "success" {
            let (kind, reason) = (brief(&error_type), brief(&error));
            return Err(format!("it answers with an error ({kind}): {reason}"));
        }
        let Some(Data { active_targets }) = data else { return Err("there are no targets in the answer".to_owned()) };
        let mut plain: BTreeMap<String, usize> = BTreeMap::new();
        for target in active_targets {
            if let Some(job) = take(&mut found, name, &target) {
                *plain.entry(job.to_owned()).or_default() += 1;
            }
        }
        for (job, count) in plain {
            found.skip(&format!("{name}: job {}", brief(&job)), format!("scraped without TLS: {count}"));
        }
    }
    Ok(found)
}

/// The address of a server as the address of its list of targets.
pub(super) fn endpoint(url: &str) -> String {
    if url.contains("/api/v1/") {
        url.to_owned()
    } else {
        format!("{}/api/v1/targets?state=active", url.trim_end_matches('/'))
    }
}

/// Takes it; the job of one that is scraped without TLS comes back.
fn take<'a>(found: &mut Found, name: &str, target: &'a Active) -> Option<&'a str> {
    let job = target.labels.get("job").map_or("", String::as_str);
    let place = format!("{name}: job {}", brief(job));
    let Ok(url) = Url::parse(&target.scrape_url) else {
        found.skip(&place, format!("'{}' is no URL", brief(&target.scrape_url)));
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
    if probed.starts_with("http://") {
        return Some(job);
    }
    // Without a port only the module knows what is asked there: it can be ICMP.
    let has_port =
        probed.starts_with("https://") || probed.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    if !has_port {
        let module = module.as_deref().map(brief).unwrap_or_default();
        let how = "name its modules and the scrape configuration: blackbox:MODULES,SCRAPE";
        found.skip(&place, format!("'{}' is probed as module '{module}' says; {how}", brief(&probed)));
        return None;
    }
    labels.extend(module.map(|module| ("module".to_owned(), module)));
    if labels.get("instance") == Some(&probed) {
        labels.remove("instance");
    }
    file_sd::discovered(found, &place, &probed, &labels);
    None
}

#[cfg(test)]
mod tests {
    use super::super::found::labels;
    use super::*;

    const ANSWER: &[u8] = br#"{"status":"success","data":{"activeTargets":[
        {"discoveredLabels":{"__address__":"https://shop.example/x"},"labels":{"instance":"https://shop.example/x","job":"web","env":"prod"},
         "scrapePool":"web","scrapeUrl":"http://bb:9115/probe?module=http_2xx&target=https%3A%2F%2Fshop.example%2Fx","lastError":"","health":"up"},
        {"labels":{"instance":"database","job":"db"},"scrapeUrl":"http://bb:9115/probe?module=tls&target=db.example%3A5432"},
        {"labels":{"job":"ping"},"scrapeUrl":"http://bb:9115/probe?module=icmp&target=10.0.0.1"},
        {"labels":{"job":"web"},"scrapeUrl":"http://bb:9115/probe?module=http_2xx&target=http%3A%2F%2Fplain.example"},
        {"labels":{"instance":"n:9100","job":"node"},"scrapeUrl":"http://n.example:9100/metrics"},
        {"labels":{"job":"node"},"scrapeUrl":"http://m.example:9100/metrics"},
        {"labels":{"job":"api"},"scrapeUrl":"https://api.example/metrics"},
        {"labels":{"job":"odd"},"scrapeUrl":"x"}],"droppedTargets":[]}}"#;

    #[test]
    fn targets_are_what_is_probed_or_scraped_over_tls() {
        let found = read("p", ANSWER).unwrap();
        let names: Vec<String> = found.sightings.iter().map(|sighting| sighting.spec.to_string()).collect();
        assert_eq!(names, ["shop.example:443", "db.example:5432", "api.example:443"]);
        assert_eq!(found.sightings[0].labels, labels([("env", "prod"), ("job", "web"), ("module", "http_2xx")]));
        assert_eq!(found.sightings[1].labels, labels([("instance", "database"), ("job", "db"), ("module", "tls")]));
        let notices: Vec<String> = found.notices.iter().map(ToString::to_string).collect();
        let expected = [
            "p: job ping: '10.0.0.1' is probed as module 'icmp' says; name its modules and the scrape configuration: blackbox:MODULES,SCRAPE",
            "p: job odd: 'x' is no URL",
            "p: job node: scraped without TLS: 2",
            "p: job web: scraped without TLS: 1",
        ];
        assert_eq!(notices, expected);
    }

    #[test]
    fn errors_are_those_of_the_server() {
        let error = br#"{"status":"error","errorType":"bad_data","error":"no such thing","data":{"activeTargets":[]}}"#;
        assert_eq!(read("p", error).unwrap_err(), "it answers with an error (bad_data): no such thing");
        assert!(read("p", b"{\"status\":\"success\"}").unwrap_err().contains("no targets"));
        assert!(read("p", b"{}").is_err() && read("p", b"[]").is_err());
        assert_eq!(endpoint("http://p:9090/"), "http://p:9090/api/v1/targets?state=active");
        assert_eq!(endpoint("http://p/x/api/v1/targets?state=any"), "http://p/x/api/v1/targets?state=any");
    }
}

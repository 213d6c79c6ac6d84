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
    let found = read("p", &[ANSWER]).unwrap();
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
    assert_eq!(read("p", &[error]).unwrap_err(), "it answers with an error (bad_data): no such thing");
    assert!(read("p", &[b"{\"status\":\"success\"}"]).unwrap_err().contains("no targets"));
    assert!(read("p", &[b"{}"]).is_err() && read("p", &[b"[]"]).is_err());
}

const METRICS: &[u8] = br#"{"status":"success","data":{"resultType":"vector","result":[
    {"metric":{"__name__":"probe_ssl_earliest_cert_expiry","job":"web","instance":"https://shop.example/x"},"value":[1795651200.1,"1798070400"]},
    {"metric":{"__name__":"probe_ssl_earliest_cert_expiry","job":"db","instance":"database"},"value":[1795651200.1,"1798070401"]},
    {"metric":{"__name__":"probe_ssl_earliest_cert_expiry","job":"web","instance":"led.example"},"value":[1795651200.1,"1798070402"]},
    {"metric":{"__name__":"probe_ssl_earliest_cert_expiry","job":"far","instance":"far.example:8443","env":"dr"},"value":[1795651200.1,"1798070403"]},
    {"metric":{"__name__":"certmanager_certificate_expiration_timestamp_seconds","name":"c","namespace":"n"},"value":[1795651200.1,"1798070404"]}]},
    "warnings":["a store is not reached"]}"#;

#[test]
fn metrics_say_when_it_ends_and_name_what_is_watched_elsewhere() {
    let targets = br#"{"status":"success","data":{"activeTargets":[
        {"labels":{"instance":"https://shop.example/x","job":"web"},"scrapeUrl":"http://bb:9115/probe?module=m&target=https%3A%2F%2Fshop.example%2Fx"},
        {"labels":{"instance":"database","job":"db"},"scrapeUrl":"http://bb:9115/probe?target=db.example%3A5432"},
        {"labels":{"instance":"led.example","job":"web"},"scrapeUrl":"http://bb:9115/probe?target=led.example"}]}}"#;
    let found = read("p", &[targets, METRICS]).unwrap();
    let told: Vec<(String, Option<i64>)> =
        found.sightings.iter().map(|one| (one.spec.to_string(), one.expires.map(crate::model::Time::secs))).collect();
    let expected = [
        ("shop.example:443", 1_798_070_400),
        ("db.example:5432", 1_798_070_401),
        ("led.example:443", 1_798_070_402),
        ("far.example:8443", 1_798_070_403),
    ];
    assert_eq!(told, expected.map(|(name, until)| (name.to_owned(), Some(until))));
    assert_eq!(found.sightings[3].labels, labels([("env", "dr"), ("job", "far")]));
    let notices: Vec<String> = found.notices.iter().map(ToString::to_string).collect();
    let expected = [
        "p: it warns: a store is not reached",
        "p: certmanager_certificate_expiration_timestamp_seconds: certificates in files and objects, which name no host: 1",
    ];
    assert_eq!(notices, expected);
    let alone = read("p", &[METRICS]).unwrap();
    assert_eq!(alone.sightings.len(), 3, "'database' may be no host: {:?}", alone.sightings);
    assert!(alone.notices.iter().any(|notice| notice.text.as_str().starts_with("'database' is a name")));
}

#[test]
fn an_address_is_that_of_a_server_or_of_one_answer() {
    let Asked::Both { targets, metrics } = asked("http://p:9090/x/") else { panic!("it is a server's") };
    assert_eq!(targets, "http://p:9090/x/api/v1/targets?state=active");
    assert!(metrics.starts_with("http://p:9090/x/api/v1/query?query=%7B__name__%3D%7E%22probe_ssl_"), "{metrics}");
    let one = |url: &str| match asked(url) {
        Asked::One(url) => url,
        Asked::Both { .. } => panic!("{url}"),
    };
    assert_eq!(one("http://p/x/api/v1/targets?state=any"), "http://p/x/api/v1/targets?state=any");
    assert_eq!(one("http://p/api/v1/query?query=x"), "http://p/api/v1/query?query=x");
    assert!(one("http://p/api/v1/query").contains("/api/v1/query?query=%7B"));
}

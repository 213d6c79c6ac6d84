use super::super::found::labels;
use super::*;

fn series(metric: &str, labels: &[(&str, &str)], value: &str) -> Series {
    let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let metric = [("__name__".to_owned(), metric.to_owned())].into_iter().chain(labels).collect();
    Series { metric, value: Some((IgnoredAny, value.to_owned())) }
}

#[test]
fn the_query_asks_for_all_of_them() {
    assert!(query().starts_with("{__name__=~\"probe_ssl_earliest_cert_expiry|ssl_cert_not_after|"), "{}", query());
    assert!(query().ends_with("_timestamp_seconds\"}") && query().matches('|').count() == METRICS.len() - 1);
}

#[test]
fn moments_are_seconds_and_sensible() {
    let said = |text| moment(text).map(Time::rfc3339);
    assert_eq!(said("1798070400"), Some("2026-12-24T00:00:00Z".to_owned()));
    assert_eq!(said("1.7980704e+09"), Some("2026-12-24T00:00:00Z".to_owned()));
    for text in ["-62135596800", "-6.21355968e+10", "0", "NaN", "+Inf", "1e300", "253402300800", "", "soon"] {
        assert_eq!(said(text), None, "{text}");
    }
}

#[test]
fn instances_are_targets_where_they_name_a_host() {
    let cases = [
        ("https://shop.example/health", Ok("https://shop.example/health")),
        ("db.example:5432", Ok("db.example:5432")),
        ("db:5432", Ok("db:5432")),
        ("smtp://mx.example:2525", Ok("smtp://mx.example:2525")),
        ("tcp://db.example:8443", Ok("db.example:8443")),
        ("shop.example", Ok("shop.example:443")),
        ("shop.example:80", Ok("shop.example:443")),
        ("http://shop.example/x", Ok("shop.example:443")),
        ("http://shop/", Ok("shop:443")),
        ("192.0.2.7", Ok("192.0.2.7:443")),
        ("http://shop.example:8080/", Err("leads to TLS from plain HTTP on a port of its own, and where is not known")),
        ("shopfront", Err("is a name and may be no host's; with a port it would be one")),
        ("/etc/ssl/a.pem", Err("is a file, which names no host")),
    ];
    for (instance, expected) in cases {
        assert_eq!(notation(instance).as_deref(), expected.as_ref().map(|text| *text), "{instance}");
    }
}

#[test]
fn what_comes_of_a_certificate_is_no_label_and_the_earliest_counts() {
    let of_chain = |cn, value| {
        let labels = [("job", "ssl"), ("instance", "a.example:443"), ("cn", cn), ("serial_no", cn), ("env", "prod")];
        series("ssl_cert_not_after", &labels, value)
    };
    let telegraf = [("host", "agent"), ("instance", "agent:9273"), ("source", "https://b.example:443"), ("san", "x")];
    let claims = Claims::read(vec![
        of_chain("a", "1798070400"),
        of_chain("b", "1798070300"),
        of_chain("c", "-62135596800"),
        series("x509_cert_enddate", &telegraf, "1798070500"),
        series("x509_cert_not_after", &[("secret_name", "s")], "1"),
        series("x509_cert_not_after", &[("secret_name", "t")], "1"),
        series("up", &[("instance", "c.example:443")], "1"),
    ]);
    let mut found = Found::default();
    claims.tell(&mut found, "p");
    let told: Vec<_> = found.sightings.iter().map(|one| (one.spec.to_string(), one.expires.map(Time::secs))).collect();
    assert_eq!(
        told,
        [("b.example:443".to_owned(), Some(1_798_070_500)), ("a.example:443".to_owned(), Some(1_798_070_300))]
    );
    assert_eq!(found.sightings[0].labels, labels::<&str, &str>([]));
    assert_eq!(found.sightings[1].labels, labels([("env", "prod"), ("job", "ssl")]));
    assert_eq!(found.sightings[1].place.as_str(), "p: job ssl: ssl_cert_not_after");
    let notices: Vec<String> = found.notices.iter().map(ToString::to_string).collect();
    assert_eq!(notices, ["p: x509_cert_not_after: certificates in files and objects, which name no host: 2"]);
}

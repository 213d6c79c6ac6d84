use std::fs;

use super::super::bench::{Server, answer, json};
use super::super::blackbox;
use super::*;

const MODULES: &[u8] = b"modules: {tls: {prober: tcp, tcp: {tls: true}}}";

/// What comes of jobs with such lists; files are relative to `directory`.
fn read(lists: &str, directory: &Path, disk: Disk) -> Found {
    let scrape = format!("scrape_configs: [{{job_name: j, params: {{module: [tls]}}, http_sd_configs: [{lists}]}}]");
    let files = [("m", MODULES, directory), ("s", scrape.as_bytes(), directory)];
    blackbox::read(&files, &Roots::default(), disk).unwrap()
}

fn names(found: &Found) -> Vec<String> {
    found.sightings.iter().map(|one| one.spec.to_string()).collect()
}

const LIST: &str = r#"[{"targets":["a.example:8443"],"labels":{"env":"prod","__meta_x":"y"}}]"#;

#[test]
fn lists_are_fetched_with_what_the_file_says_who_asks() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("word"), "planted\n").unwrap();
    let cases = [
        ("", None),
        (", basic_auth: {username: u, password_file: word}", Some("Basic dTpwbGFudGVk")),
        (", basic_auth: {username: u, password: planted}", Some("Basic dTpwbGFudGVk")),
        (", authorization: {credentials_file: word}", Some("Bearer planted")),
        (", authorization: {type: Token, credentials: planted}", Some("Token planted")),
        (", bearer_token_file: word", Some("Bearer planted")),
    ];
    for (key, expected) in cases {
        let server = Server::new(vec![json(LIST)]);
        let found = read(&format!("{{url: '{}'{key}}}", server.url("/sd")), directory.path(), Disk::Here);
        assert_eq!(names(&found), ["a.example:8443"], "{key}: {:?}", found.notices);
        assert_eq!(found.sightings[0].labels.iter().count(), 2, "env and module");
        assert_eq!(found.sightings[0].place.as_str(), server.url("/sd"));
        let asked = &server.asked()[0];
        let said = asked.lines().find_map(|line| line.strip_prefix("authorization: "));
        assert_eq!((said, asked.starts_with("GET /sd ")), (expected, true), "{asked}");
    }
    let server = Server::new(vec![json(LIST)]);
    let login = server.url("/").replace("http://", "http://u:planted@");
    let found = read(&format!("{{url: '{login}'}}"), directory.path(), Disk::Here);
    assert!(server.asked()[0].contains("Basic dTpwbGFudGVk") && !format!("{found:?}").contains("planted"), "{found:?}");
}

#[test]
fn an_authority_of_the_file_is_the_only_one() {
    let (server, authority) = Server::with_tls(vec![json(LIST)]);
    let directory = authority.path().parent().unwrap();
    let url = server.url("/");
    let found = read(&format!("{{url: '{url}'}}"), directory, Disk::Here);
    assert!(names(&found).is_empty() && found.incomplete.is_some(), "{found:?}");
    let name = authority.path().file_name().unwrap().to_str().unwrap();
    let found = read(&format!("{{url: '{url}', tls_config: {{ca_file: {name}}}}}"), directory, Disk::Here);
    assert_eq!(names(&found), ["a.example:8443"], "{:?}", found.notices);
}

#[test]
fn what_is_missing_is_told_and_the_rest_is_read() {
    let server = Server::new(vec![answer("503 Service Unavailable", ""), json(LIST)]);
    let lists = format!("{{url: '{}'}}, {{url: '{}'}}", server.url("/one"), server.url("/two"));
    let found = read(&lists, Path::new("/"), Disk::Here);
    assert_eq!(names(&found), ["a.example:8443"]);
    let expected = format!("s: job j: '{}' is not followed: HTTP 503 Service Unavailable", server.url("/one"));
    assert_eq!(found.notices[0].to_string(), expected);
    let missing = format!("{}: HTTP 503 Service Unavailable", server.url("/one"));
    assert_eq!(found.incomplete.unwrap().as_str(), missing);
}

#[test]
fn what_we_cannot_do_as_prometheus_does_is_not_done() {
    let keys = [
        ("oauth2: {client_id: x}", "oauth2"),
        ("proxy_url: http://p/", "proxy_url"),
        ("http_headers: {X: {values: [y]}}", "http_headers"),
        ("tls_config: {cert_file: c, key_file: k}", "tls_config.cert"),
        ("tls_config: {server_name: a}", "tls_config.server_name"),
    ];
    for (key, name) in keys {
        let server = Server::new(vec![json(LIST)]);
        let found = read(&format!("{{url: '{}', {key}}}", server.url("/")), Path::new("/"), Disk::Here);
        let told = found.notices[0].to_string();
        assert!(told.contains(&format!("cannot do what its '{name}' says")), "{told}");
        assert!(server.asked().is_empty());
    }
}

#[test]
fn nobody_is_asked_for_what_comes_from_elsewhere_or_is_scraped_itself() {
    let server = Server::new(vec![json(LIST)]);
    let list = format!("{{url: '{}', basic_auth: {{username: u, password: planted}}}}", server.url("/"));
    let found = read(&list, Path::new("/"), Disk::Elsewhere);
    assert!(found.notices[0].text.as_str().ends_with("name it as a source of its own, as http_sd:URL"));
    assert!(found.incomplete.is_none(), "it will be no other time");
    let scrape = format!("scrape_configs: [{{job_name: node, http_sd_configs: [{list}]}}]");
    let files = [("m", MODULES, Path::new("/")), ("s", scrape.as_bytes(), Path::new("/"))];
    let found = blackbox::read(&files, &Roots::default(), Disk::Here).unwrap();
    assert!(found.sightings.is_empty() && found.notices.is_empty(), "{found:?}");
    assert!(server.asked().is_empty());
}

#[test]
fn only_so_many_are_fetched() {
    let gone = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let lists = vec![format!("{{url: 'http://{gone}/'}}"); MOST_FETCHED + 1].join(", ");
    let found = read(&lists, Path::new("/"), Disk::Here);
    let told: Vec<&str> = found.notices.iter().map(|notice| notice.text.as_str()).collect();
    assert!(told[MOST_FETCHED].contains("more than 100 lists to fetch"), "{told:?}");
    assert!(!told[MOST_FETCHED - 1].contains("more than"));
}

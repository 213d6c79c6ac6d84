use std::fs;

use super::super::bench::{Server, answer, json, proxy};
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
fn an_answer_without_a_list_is_no_empty_list() {
    for (body, is_missing) in [("", true), ("[]", false)] {
        let server = Server::new(vec![json(body)]);
        let found = read(&format!("{{url: '{}'}}", server.url("/")), Path::new("/"), Disk::Here);
        assert_eq!(found.incomplete.is_some_and(|reason| reason.as_str().contains("it is empty")), is_missing);
    }
}

#[test]
fn what_we_cannot_do_as_prometheus_does_is_not_done() {
    let cannot = [
        ("oauth2: {client_id: x}", "tlscope cannot do what its 'oauth2' says; a file_sd could have the list"),
        ("proxy_connect_header: {X: [y]}, proxy_url: http://p/", "cannot do what its 'proxy_connect_header' says"),
        ("proxy_url: 'http://u:planted@ p/'", "its 'proxy_url' is not that of a proxy"),
        ("proxy_url: 'ftp://u:planted@p/'", "its 'proxy_url' is not that of a proxy"),
        ("http_headers: {HOST: {values: [planted]}}", "its 'http_headers': the header HOST is not to be set"),
        ("http_headers: {Transfer-Encoding: {values: [planted]}}", "the header Transfer-Encoding is not to be set"),
        ("http_headers: {'a b': {values: [planted]}}", "'a b' is no header's name"),
        ("http_headers: {X: {values: [\"planted\\n\"]}}", "its header x has characters in it that none can have"),
        ("http_headers: {X: {files: [gone]}}", "its header x: cannot read '/gone'"),
        ("tls_config: {cert_file: c.pem}", "its 'tls_config' has a certificate and no key"),
        ("tls_config: {key: planted}", "its 'tls_config' has a key and no certificate"),
        (
            "tls_config: {cert_file: c.pem, key: planted}",
            "cannot read '/c.pem', which has its client certificate or key",
        ),
        (
            "tls_config: {cert: x, key: planted}",
            "cannot use the client certificate of 'tls_config.cert': it is neither",
        ),
        ("tls_config: {server_name: 'a b'}", "its 'tls_config.server_name', 'a b', is no name"),
    ];
    for (key, expected) in cannot {
        let server = Server::new(vec![json(LIST)]);
        let found = read(&format!("{{url: '{}', {key}}}", server.url("/")), Path::new("/"), Disk::Here);
        let told = found.notices[0].to_string();
        assert!(told.contains(expected) && !told.contains("planted"), "{key}: {told}");
        assert!(server.asked().is_empty() && found.incomplete.is_some(), "{key}");
    }
}

#[test]
fn headers_are_sent_to_the_server_that_is_named() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("word"), "from a file\n").unwrap();
    let strange = Server::new(vec![json(LIST)]);
    let away = answer(&format!("302 Found\r\nLocation: {}", strange.url("/")), "");
    let server = Server::new(vec![away]);
    let headers = "http_headers: {X-Scope-OrgID: {values: [one, two]}, X-Key: {secrets: [planted], files: [word]}}";
    let found = read(&format!("{{url: '{}', {headers}}}", server.url("/")), directory.path(), Disk::Here);
    assert_eq!(names(&found), ["a.example:8443"], "{:?}", found.notices);
    let asked = &server.asked()[0];
    for line in ["x-scope-orgid: one", "x-scope-orgid: two", "x-key: planted", "x-key: from a file"] {
        assert!(asked.contains(&format!("\r\n{line}\r\n")), "{line}: {asked}");
    }
    let asked = &strange.asked()[0];
    assert!(!asked.contains("x-scope-orgid") && !asked.contains("x-key"), "{asked}");
}

#[test]
fn servers_that_want_a_client_certificate_have_the_one_that_is_named() {
    let inline = |text: &str| text.replace('\n', "\\n");
    let cases: [(&str, &str); 7] = [
        ("ca_file: ca.pem, server_name: sd.example, cert_file: c.pem, key_file: k.pem", ""),
        ("ca: \"@ca\", server_name: sd.example, cert: \"@c\", key: \"@k\"", ""),
        ("ca: \"@ca\", server_name: sd.example, cert_file: c.pem, key: \"@k\"", ""),
        ("ca_file: ca.pem, server_name: sd.example", "it asks for a client certificate, and none is given"),
        (
            "ca_file: ca.pem, server_name: sd.example, cert_file: stranger.pem, key_file: stranger.pem",
            "it does not take the client certificate",
        ),
        ("ca_file: ca.pem, cert_file: c.pem, key_file: k.pem", "fatal alert"),
        ("ca_file: c.pem, server_name: sd.example, cert_file: c.pem, key_file: k.pem", "is not believed"),
    ];
    for (config, refusal) in cases {
        let (server, papers) = Server::with_clients(vec![json(LIST)]);
        let text = |name: &str| inline(&papers.text(name));
        let config = config.replace("@ca", &text("ca.pem")).replace("@c", &text("c.pem")).replace("@k", &text("k.pem"));
        let list = format!("{{url: '{}', tls_config: {{{config}}}}}", server.url("/sd"));
        let found = read(&list, papers.directory(), Disk::Here);
        if refusal.is_empty() {
            assert_eq!(names(&found), ["a.example:8443"], "{config}: {:?}", found.notices);
            assert!(server.asked()[0].starts_with("GET /sd "));
        } else {
            let told = found.notices[0].to_string();
            assert!(told.contains(refusal) && server.asked().is_empty(), "{config}: {told}");
        }
    }
}

#[test]
fn a_proxy_that_is_named_is_the_way_and_sees_nothing_within_tls() {
    let (server, papers) = Server::with_clients(vec![json(LIST), json(LIST)]);
    let tls = "tls_config: {ca_file: ca.pem, server_name: sd.example, cert_file: c.pem, key_file: k.pem}";
    let (place, relay) = proxy();
    let list = |proxy: &str| format!("{{url: '{}', {tls}, {proxy}}}", server.url("/sd"));
    let found = read(&list(&format!("proxy_url: 'http://u:planted@{place}'")), papers.directory(), Disk::Here);
    assert_eq!(names(&found), ["a.example:8443"], "{:?}", found.notices);
    let asked = relay.join().unwrap();
    let host = server.url("").replace("https://", "");
    assert!(asked.starts_with(&format!("CONNECT {host} HTTP/1.1\r\n")) && !asked.contains("/sd"), "{asked}");
    assert!(asked.contains("Proxy-Authorization: Basic dTpwbGFudGVk"), "{asked}");
    // Nobody listens there any more.
    let found =
        read(&list(&format!("proxy_url: 'http://{place}', no_proxy: '127.0.0.0/8'")), papers.directory(), Disk::Here);
    assert_eq!(names(&found), ["a.example:8443"], "{:?}", found.notices);
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

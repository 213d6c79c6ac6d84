use super::*;

const DUMP: &str = "# configuration file /etc/nginx/nginx.conf:\n\
events { worker_connections 10; } # }\n\
http {\n  ssl_certificate /nowhere/default.pem;\n  log_format x '{ \"a\": \"$b\" }';\n  include conf.d/*.conf;\n}\n\
\n# configuration file /etc/nginx/conf.d/a.conf:\n\
server {\n  listen 443 ssl default_server;\n  listen [::]:443 ssl;\n  listen 80;\n  listen 443 quic;\n  server_name shop.example www.shop.example *.shop.example ~^x .dot.example _;\n\
  location ~ \"^/{2}\" { proxy_pass http://x; }\n}\n\
server { listen 80; server_name plain.example; }\n\
server {\n  listen 127.0.0.1:8443 ssl;\n  server_name inner.example;\n  ssl_certificate /nowhere/$ssl_server_name.pem;\n  ssl_certificate data:$x;\n}\n\
# configuration file /etc/nginx/conf.d/b.conf:\n\
server { ssl on; listen 8444; server_name old.example; set $x ${y}z; }\n";

/// Notices, without the directory of the test.
fn told(found: &Found, directory: &str) -> Vec<String> {
    found.notices.iter().map(|notice| notice.to_string().replace(&format!("{directory}/"), "")).collect()
}

fn names(found: &Found) -> Vec<String> {
    found.sightings.iter().map(|sighting| sighting.spec.to_string()).collect()
}

#[test]
fn a_dump_is_read_along_its_includes() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path().display().to_string();
    std::fs::write(directory.path().join("nginx.conf"), "").unwrap();
    let dump = DUMP.replace("/etc/nginx", &here);
    assert!(is_one(&dump));
    let found = read("-", &dump, Path::new("."), Disk::Here);
    assert_eq!(
        names(&found),
        [
            "shop.example:443",
            "www.shop.example:443",
            "dot.example:443",
            "inner.example@127.0.0.1:8443",
            "old.example:8444"
        ]
    );
    let told = told(&found, &here);
    let expected = [
        "conf.d/a.conf:1: file.broken_reference: the certificate file '/nowhere/default.pem' leads nowhere",
        "conf.d/a.conf:1: '*.shop.example' is left out: a wildcard cannot be connected to; name a host it covers",
        "conf.d/a.conf:1: '~^x' is left out: a regular expression names no host",
        "conf.d/a.conf:10: file.broken_reference: the certificate file '/nowhere/inner.example.pem' leads nowhere",
        "conf.d/a.conf:10: the certificate 'data:${x}' is in no file",
        "conf.d/b.conf:1: file.broken_reference: the certificate file '/nowhere/default.pem' leads nowhere",
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_dump_of_another_machine_names_its_targets() {
    let dump = DUMP.replace("/etc/nginx", "/nowhere/nginx");
    let found = read("-", &dump, Path::new("."), Disk::Here);
    assert_eq!(found.sightings.len(), 5);
    let first = found.notices[0].to_string();
    assert_eq!(first, "-: '/nowhere/nginx/nginx.conf' is not on this machine: no certificate file is looked at");
    assert!(found.notices.iter().all(|notice| notice.code.is_none()), "what is elsewhere is not broken: {found:?}");
}

#[test]
fn files_are_read_along_their_includes() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    std::fs::create_dir(directory.path().join("sites")).unwrap();
    write("cert.pem", "x");
    write("rsa.pem", "x");
    write(
        "sites/a",
        "server { listen 443 ssl; server_name a.example; ssl_certificate cert.pem; ssl_certificate_key gone.key; }",
    );
    write(
        "sites/b",
        "server { listen 443 ssl; server_name b.example; ssl_certificate cert.pem; ssl_certificate rsa.pem; }",
    );
    write("sites/.swp", "server { listen 443 ssl; server_name hidden.example; }");
    write("loop.conf", "include loop.conf;");
    let text = "http { include sites/*; include loop.conf; include missing.conf; include none/*; }";
    write("nginx.conf", text);
    let found = read("nginx.conf", text, directory.path(), Disk::Here);
    assert_eq!(names(&found), ["a.example:443", "b.example:443"]);
    assert_eq!(found.sightings[0].cert_file.as_deref(), Some(&*directory.path().join("cert.pem")));
    assert_eq!(found.sightings[1].cert_file, None, "clients choose between the two");
    let expected = [
        "loop.conf:1: 'loop.conf' is not followed: it would include itself: an include loop",
        "nginx.conf:1: file.broken_reference: 'missing.conf' leads nowhere",
        "sites/a:1: file.broken_reference: the key file 'gone.key' leads nowhere",
        "sites/b:1: 2 certificate files serve it; cert_file can name one, so none is taken",
    ];
    let here = directory.path().display().to_string();
    assert_eq!(told(&found, &here), expected);

    let part = std::fs::read_to_string(directory.path().join("sites/a")).unwrap();
    let found = read("a", &part, &directory.path().join("sites"), Disk::Here);
    assert_eq!(found.sightings[0].cert_file.as_deref(), Some(&*directory.path().join("cert.pem")), "beside nginx.conf");
}

#[test]
fn certificates_depend_on_the_name_that_clients_send() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["a.example.pem", "b.pem", "other.pem"] {
        std::fs::write(directory.path().join(name), "x").unwrap();
    }
    let text = "server { listen 443 ssl; server_name a.example; ssl_certificate ${ssl_server_name}.pem; }\n\
                server { listen 443 ssl; server_name b.example c.b.example z.example ~x; ssl_certificate $file; }\n\
                map $ssl_server_name $file { hostnames; default other.pem; .b.example b.pem; }\n\
                map $uri $file { default /no; }";
    let found = read("x", text, directory.path(), Disk::Here);
    let files: Vec<String> = found
        .sightings
        .iter()
        .map(|one| format!("{} {:?}", one.spec, one.cert_file.as_ref().and_then(|file| file.file_name()).unwrap()))
        .collect();
    assert_eq!(
        files,
        [
            "a.example:443 \"a.example.pem\"",
            "b.example:443 \"b.pem\"",
            "c.b.example:443 \"b.pem\"",
            "z.example:443 \"other.pem\""
        ]
    );
}

#[test]
fn what_no_probe_can_talk_to_is_told() {
    let text = "http { ssl on; server { listen 443 ssl proxy_protocol; listen 444; listen 2-1 ssl; server_name a.example; } }\n\
                server { listen 445 ssl; server_name _; }";
    let found = read("x", text, Path::new("."), Disk::Elsewhere);
    assert_eq!(names(&found), ["a.example:444"]);
    let expected = [
        "x:1: '443' wants the PROXY protocol before TLS",
        "x:1: '2-1' is no place that can be connected to",
        "x:2: has no name that can be connected to",
    ];
    assert_eq!(told(&found, ""), expected);
}

/// As nginx 1.22 serves it: TLS and the PROXY protocol are properties of the place, for every server there.
#[test]
fn a_place_has_tls_for_every_server_there() {
    let text = "server { listen 127.0.0.1:8443 ssl; server_name a.example; }\n\
                server { listen 127.0.0.1:8443; listen 8443; server_name b.example; }\n\
                server { listen 9443 ssl proxy_protocol; server_name c.example; }\n\
                server { listen 9443 ssl; listen 9444 ssl; server_name d.example; }\n\
                server { listen 7443; server_name e.example; ssl_certificate e.pem; }\n\
                server { listen 80; server_name f.example; }\nserver { listen 853 ssl udp; server_name g.example; }";
    let found = read("x", text, Path::new("."), Disk::Elsewhere);
    assert_eq!(names(&found), ["a.example@127.0.0.1:8443", "b.example@127.0.0.1:8443", "d.example:9444"]);
    let expected = [
        "x:3: '9443' wants the PROXY protocol before TLS",
        "x:4: '9443' wants the PROXY protocol before TLS",
        "x:5: has a certificate and no TLS: no listen says ssl",
    ];
    assert_eq!(told(&found, ""), expected);
}

#[test]
fn includes_that_lead_back_are_loops() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("a")).unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    write("a/loop.conf", "include a/../a/loop.conf;");
    write("a/other.conf", "include a/link.conf;");
    std::os::unix::fs::symlink("other.conf", directory.path().join("a/link.conf")).unwrap();
    write("a/tls", "listen 443 ssl;");
    let text = "http { include a/loop.conf; include a/*er.conf;\nserver { include a/tls; server_name a.example; }\nserver { include a/../a/tls; server_name b.example; } }";
    let found = read("x", text, directory.path(), Disk::Here);
    assert_eq!(names(&found), ["a.example:443", "b.example:443"]);
    let expected = [
        "a/loop.conf:1: 'a/../a/loop.conf' is not followed: it would include itself: an include loop",
        "a/other.conf:1: 'a/link.conf' is not followed: it would include itself: an include loop",
    ];
    assert_eq!(told(&found, &directory.path().display().to_string()), expected);

    let dump = "# configuration file /etc/n/nginx.conf:\nhttp { include a/x.conf; }\n# configuration file /etc/n/a/x.conf:\ninclude a/../a/x.conf;\n\
                # configuration file /etc/n/a/../a/x.conf:\ninclude a/x.conf;\nserver { listen 443 ssl; server_name a.example; }\n";
    let found = read("x", dump, Path::new("."), Disk::Elsewhere);
    assert!(told(&found, "").iter().any(|text| text.ends_with("an include loop")), "{found:?}");
}

#[test]
fn ranges_of_ports_are_taken_one_by_one() {
    let text = "server { listen 8443-8445 ssl; listen [::1]:9443-9444 ssl; listen 8080-8081; server_name a.example; }";
    let found = read("x", text, Path::new("."), Disk::Elsewhere);
    let expected =
        ["a.example:8443", "a.example:8444", "a.example:8445", "a.example@[::1]:9443", "a.example@[::1]:9444"];
    assert_eq!(names(&found), expected);
}

#[test]
fn certificates_that_only_a_request_decides_are_told_once() {
    let directory = tempfile::tempdir().unwrap();
    let text = "map $uri $file { default a.pem; }\n\
                server { listen 443 ssl; server_name a.example b.example; ssl_certificate $file.pem; }\n\
                server { listen 443 ssl; server_name c.example; ssl_certificate data:$pem; ssl_certificate_key data:$key; }";
    let found = read("x", text, directory.path(), Disk::Here);
    assert_eq!(names(&found), ["a.example:443", "b.example:443", "c.example:443"]);
    let expected = [
        "x:2: the certificate file '${file}.pem' depends on a variable",
        "x:3: the certificate 'data:${pem}' is in no file",
    ];
    assert_eq!(told(&found, ""), expected);
}

#[test]
fn what_is_broken_ends_somewhere() {
    for text in ["server { listen 443 ssl; server_name a.example;", "}}}", "\"", "\\", "server { listen", "a ${"] {
        let _ = read("x", text, Path::new("."), Disk::Elsewhere);
    }
    let found = read("x", &"a {".repeat(100), Path::new("."), Disk::Elsewhere);
    assert!(found.notices[0].text.as_str().contains("more than 32 blocks"), "{found:?}");
    assert_eq!(
        names(&read("x", "server { listen 443 ssl; server_name a.example;", Path::new("."), Disk::Elsewhere)),
        ["a.example:443"]
    );
}

#[test]
fn a_block_on_one_line_is_recognised_and_a_list_is_not_taken_for_one() {
    assert!(is_one("events {}\nhttp {\n  server { listen 443 ssl; server_name shop.example; }\n}\n"));
    assert!(is_one("server {\n  listen 443 ssl;\n}\n"));
    assert!(is_one("events {} http { include x; }"));
    for other in ["shop.example\nserver.example\n", "http {", "server\nlisten \n"] {
        assert!(!is_one(other), "{other}");
    }
}

#[test]
fn certificates_patterns_and_names_of_a_site_are_limited() {
    let is_told = |found: &Found, end: &str| found.notices.iter().any(|notice| notice.text.as_str().ends_with(end));
    let directory = tempfile::tempdir().unwrap();
    let text = format!("http {{ {} server {{ listen 443 ssl; }} }}", "ssl_certificate c.pem;\n".repeat(17));
    let found = read("n", &text, directory.path(), Disk::Here);
    assert!(is_told(&found, "'c.pem' is left out: one site has more than 16 certificates"), "{:?}", found.notices);

    let text = "include *.conf;\n".repeat(1001);
    let found = read("n", &text, directory.path(), Disk::Here);
    assert!(is_told(&found, "'*.conf' is not followed: more than 1000 patterns in one configuration"));
    let found = read("n", &format!("{MARK}/n:\n{text}"), Path::new("/"), Disk::Elsewhere);
    assert!(is_told(&found, "'*.conf' is not followed: more than 1000 patterns in one configuration"));

    // Each is one site, and none has the names of all.
    let names: Vec<String> = (0..30_000).map(|number| format!("n{number}.example")).collect();
    let text = format!(
        "server {{ listen 443 ssl; ssl_certificate /$ssl_server_name; {} }}",
        names.iter().fold(String::new(), |text, name| text + "server_name " + name + ";\n")
    );
    let found = read("n", &text, Path::new("/"), Disk::Elsewhere);
    assert_eq!(found.sightings.len(), names.len());
}

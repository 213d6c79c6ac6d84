use super::super::caddyfile_shape::is_one;
use super::super::sample::{self, told};
use super::*;

/// The same as `caddy adapt` of Caddy 2.6.2 says of it.
const CADDYFILE: &str = "# global\n{\n\thttp_port 8080\n\tservers {\n\t\tprotocols h1 h2\n\t}\n}\n(ours) {\n\ttls {args[0]} {args.1}\n}\n\
a.example, www.a.example:8443 {\n\timport ours c.pem k.pem\n\trespond \"hi { }\" 200\n\thandle /x {\n\t\trespond `x\n{ y`\n\t\ttls no.pem no.key\n\t}\n}\n\
http://plain.example plain2.example:8080 {\n\trespond x\n}\n\
{$DOM:d.example} {\n\treverse_proxy localhost:1234\n}\n\
:9443 {\n\trespond x\n}\n\
*.wild.example w.example/path,\n192.0.2.7 [::1]:7443 {\n\trespond x\n}\n\
localhost:5443 {\n\tbind 127.0.0.1 tcp/10.0.0.5 unix//run/x\n\ttls internal\n}\n\
https:// {\n\ttls c.pem k.pem\n}\n\
ftp://x.example p.example:x {\n}\n\
import sites/*.caddy\nimport gone.caddy\n";

#[test]
fn sites_have_addresses_ports_and_certificates() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    std::fs::create_dir(directory.path().join("sites")).unwrap();
    write("c.pem", &sample::pem(&["own.example"]));
    write("sites/s.caddy", "s.example {\n\ttls ../c.pem ../k.pem\n}\nimport *.caddy\n");
    write("Caddyfile", CADDYFILE);
    assert!(is_one(CADDYFILE));
    let name = directory.path().join("Caddyfile").display().to_string();
    let found = read(&name, CADDYFILE, directory.path(), Disk::Here);
    let expected = [
        "a.example:443 c.pem",
        "www.a.example:8443 c.pem",
        "d.example:443 ",
        "w.example:443 ",
        "192.0.2.7:443 ",
        "[::1]:7443 ",
        "localhost@127.0.0.1:5443 ",
        "localhost@10.0.0.5:5443 ",
        "own.example:443 c.pem",
        "s.example:443 c.pem",
    ];
    assert_eq!(told(&found), expected);
    let here = format!("{}/", directory.path().display());
    let notices: Vec<String> = found.notices.iter().map(|notice| notice.to_string().replace(&here, "")).collect();
    let expected = [
        "Caddyfile:11: file.broken_reference: the key file 'k.pem' leads nowhere",
        "Caddyfile:11: file.broken_reference: the key file 'k.pem' leads nowhere",
        "Caddyfile:29: '*.wild.example' is left out: a wildcard cannot be connected to; name a host it covers",
        "Caddyfile:37: file.broken_reference: the key file 'k.pem' leads nowhere",
        "Caddyfile:40: 'ftp://x.example' is left out: of another scheme than https",
        "Caddyfile:40: 'p.example:x' is left out: that is no port",
        "sites/s.caddy:1: file.broken_reference: the key file '../k.pem' leads nowhere",
        "sites/s.caddy:4: 'sites/s.caddy' is not followed: it would include itself: an include loop",
        "Caddyfile:43: file.broken_reference: 'gone.caddy' leads nowhere",
    ];
    assert_eq!(notices, expected);
}

#[test]
fn one_site_needs_no_block() {
    let text = "shop.example www.shop.example:8443\n\nrespond \"x\"\ntls c.pem k.pem\nhandle {\n}\n";
    let found = read("Caddyfile", text, Path::new("."), Disk::Elsewhere);
    assert_eq!(told(&found), ["shop.example:443 ", "www.shop.example:8443 "]);
    let text = "{\n\thttps_port 8443\n\tdefault_bind 10.0.0.9\n}\na.example {\n}\nb.example:443 {\n}";
    let found = read("Caddyfile", text, Path::new("."), Disk::Elsewhere);
    assert_eq!(told(&found), ["a.example@10.0.0.9:8443 ", "b.example@10.0.0.9:443 "]);
}

#[test]
fn snippets_are_limited() {
    let text = "(a) {\n\timport b {args[0]}\n}\n(b) {\n\timport a {args[0]}\n\ttls {args[0]}.pem {args[0]}.key\n}\nx.example {\n\timport a x\n}\n";
    let found = read("c", text, Path::new("."), Disk::Elsewhere);
    let notices: Vec<String> = found.notices.iter().map(ToString::to_string).collect();
    assert_eq!(
        (told(&found), notices),
        (vec!["x.example:443 ".to_owned()], vec!["c:5: 'a' is not followed: it would import itself".to_owned()])
    );

    let mut text = format!("(s0) {{\n\trespond {}\n}}\n", "x".repeat(1000));
    for level in 1..20 {
        let inner = format!("\timport s{}\n", level - 1).repeat(2);
        text += &["(s", &level.to_string(), ") {\n", &inner, "}\n"].concat();
    }
    text += "x.example {\n\timport s19\n}\n";
    let found = read("c", &text, Path::new("."), Disk::Elsewhere);
    let limit = "snippets stand for more than 16 MiB";
    assert!(found.notices[0].text.as_str().ends_with(limit), "{:?}", found.notices.first());
}

#[test]
fn the_environment_is_what_its_defaults_say() {
    let text = "{\n\thttps_port {$PORT}\n\thttp_port {$HTTP:8080}\n}\n{$SITES:a.example, b.example} {$HOST:c.example}:{$PORT:8443} {\n\ttls {$CERT:c.pem} {$KEY}\n\tbind {$AT} {$ON:10.0.0.5}\n\
                \timport {$PARTS}/x\n\treverse_proxy {$UPSTREAM}\n}\n{$MORE}\n{$PREFIX}d.example:{$P} {$HOST} www.{$DOMAIN} https://{$HOST} {$HOST}:8443 {env.HOST} {\n\ttls {env.CERT} x.key\n}\n";
    assert!(is_one(text));
    let directory = tempfile::tempdir().unwrap();
    let found = read("c", text, directory.path(), Disk::Here);
    let expected = ["a.example@10.0.0.5:443 ", "b.example@10.0.0.5:443 ", "c.example@10.0.0.5:8443 ", "d.example:443 "];
    assert_eq!(told(&found), expected);
    let notices: Vec<String> = found.notices.iter().map(ToString::to_string).collect();
    let expected = [
        "c:2: '{$PORT}' is no port that is known; 443 is taken",
        "c:8: '{$PARTS}/x' is not followed: it depends on a variable",
        "c:5: '{$AT}', where it listens, depends on a variable; everywhere is taken",
        "c:5: file.broken_reference: the certificate file 'c.pem' leads nowhere",
        "c:5: file.broken_reference: the certificate file 'c.pem' leads nowhere",
        "c:11: '{$MORE}' is left out: the environment of the server says what it is",
        "c:12: '{$PREFIX}d.example:{$P}' is taken for 'd.example' at port 443: the environment of the server can say otherwise",
        "c:12: '{$HOST}' is left out: the environment of the server says what it is",
        "c:12: 'www.{$DOMAIN}' is left out: the environment of the server says what it is",
        "c:12: 'https://{$HOST}' is left out: the environment of the server says what it is",
        "c:12: '{$HOST}:8443' is left out: the environment of the server says what it is",
        "c:12: '{env.HOST}' is left out: it depends on a variable",
        "c:12: the certificate file '{env.CERT}' depends on a variable",
        "c:12: file.broken_reference: the key file 'x.key' leads nowhere",
    ];
    assert_eq!(notices, expected);

    let found = read("c", "{$SITE}\n\nrespond x\n", Path::new("."), Disk::Elsewhere);
    let notices: Vec<String> = found.notices.iter().map(ToString::to_string).collect();
    assert_eq!(
        (found.sightings.len(), notices),
        (0, vec!["c:1: '{$SITE}' is left out: the environment of the server says what it is".to_owned()])
    );
}

#[test]
fn matchers_name_hosts_that_a_wildcard_covers() {
    let text = "*.a.example *.a.example:8443 {\n\t@one host one.a.example else.example\n\thandle @one {\n\t}\n\t@two {\n\t\thost two.a.example\n\t\tpath /x\n\t}\n\thandle {\n\t\thost no.a.example\n\t}\n}\n\
                b.example {\n\t@x host c.b.example\n}\n";
    let found = read("c", text, Path::new("."), Disk::Elsewhere);
    let expected =
        ["one.a.example:443 ", "two.a.example:443 ", "one.a.example:8443 ", "two.a.example:8443 ", "b.example:443 "];
    assert_eq!(told(&found), expected);
    assert_eq!(found.notices.len(), 2, "{found:?}");
}

#[test]
fn imports_that_lead_back_are_loops() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    std::fs::create_dir(directory.path().join("a")).unwrap();
    write("a/loop", "import ../a/loop\nimport ../Caddyfile\n");
    write("a/tls", "tls internal\n");
    let text = "import a/loop\na.example {\n\timport a/tls\n}\nb.example {\n\timport a/../a/tls\n}\n";
    write("Caddyfile", text);
    let name = directory.path().join("Caddyfile").display().to_string();
    let found = read(&name, text, directory.path(), Disk::Here);
    assert_eq!(told(&found), ["a.example:443 ", "b.example:443 "]);
    let here = format!("{}/", directory.path().display());
    let notices: Vec<String> = found.notices.iter().map(|notice| notice.to_string().replace(&here, "")).collect();
    let expected = [
        "a/loop:1: 'a/../a/loop' is not followed: it would include itself: an include loop",
        "a/loop:2: 'a/../Caddyfile' is not followed: it would include itself: an include loop",
    ];
    assert_eq!(notices, expected);
}

/// Where Caddy is installed: the same targets as by what it itself makes of the file.
#[test]
fn caddy_itself_has_the_same_sites() {
    let files = [
        "a.example b.example:8443\n\nrespond \"x\"\nhandle {\n}\n",
        "a.example,\nb.example\n\nfile_server\n",
        "{\n\thttps_port {$TLSCOPE_TEST_P:8443}\n\thttp_port 8080\n}\n{$TLSCOPE_TEST_A:a.example, b.example} http://no.example {\n}\nplain.example:8080 {\n}\n",
        "{$TLSCOPE_TEST_A}a.example:{$TLSCOPE_TEST_B} {\n\tbind {$TLSCOPE_TEST_C:127.0.0.1} [::1] unix//run/x\n}\n",
        "localhost:8443, 127.0.0.1:8444 {\n}\n[::1] {\n}\n\"quoted.example\" {\n}\nA.Example:1234/path {\n}\n",
        "(s) {\n\ttls internal\n}\na.example\nimport s\n",
        "*.a.example {\n\t@one host one.a.example\n\thandle @one {\n\t\trespond x\n\t}\n\t@two {\n\t\thost two.a.example\n\t\tpath /x\n\t}\n\trespond @two x\n}\n",
        "{\n\tauto_https off\n}\na.example {\n}\nb.example:8443 {\n}\n",
    ];
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("Caddyfile");
    for text in files {
        std::fs::write(&path, text).unwrap();
        let ran = std::process::Command::new("caddy")
            .args(["adapt", "--config"])
            .arg(&path)
            .env("HOME", directory.path())
            .output();
        let Ok(ran) = ran else { return };
        assert!(ran.status.success(), "{text}: {}", String::from_utf8_lossy(&ran.stderr));
        let theirs = super::super::caddy::read("c", &ran.stdout, directory.path(), Disk::Here).unwrap();
        let ours = read("c", text, directory.path(), Disk::Here);
        let names = |found: &Found| -> std::collections::BTreeSet<String> {
            found.sightings.iter().map(|one| one.spec.to_string()).collect()
        };
        assert!(!names(&ours).is_empty(), "{text}");
        assert_eq!(names(&ours), names(&theirs), "{text}");
    }
}

/// Whether one notice ends so.
fn is_told(found: &Found, end: &str) -> bool {
    found.notices.iter().any(|notice| notice.text.as_str().ends_with(end))
}

#[test]
fn lines_that_are_left_out_are_not_looked_past_again_and_again() {
    let text = format!("{}a.example {{\n}}\n", "{$A}\n".repeat(90_000));
    let found = read("Caddyfile", &text, Path::new("/"), Disk::Elsewhere);
    assert_eq!(told(&found), ["a.example:443 "]);
    assert!(is_told(&found, "'{$A}' is left out: the environment of the server says what it is"));
}

#[test]
fn names_certificates_and_patterns_of_a_site_are_limited() {
    let ports = |count: u16| (1..=count).map(|port| format!("*.a.example:{port}")).collect::<Vec<_>>().join(", ");
    let hosts = |count: u16| (0..count).map(|host| format!("h{host}.A.example")).collect::<Vec<_>>().join(" ");
    let of = |ports: String, hosts: String| format!("{ports} {{\n@x host {hosts} b.example\n}}\n");
    let found = read("Caddyfile", &of(ports(2), hosts(2)), Path::new("/"), Disk::Elsewhere);
    let expected = ["h0.a.example:1 ", "h1.a.example:1 ", "h0.a.example:2 ", "h1.a.example:2 "];
    assert_eq!(told(&found), expected);
    let found = read("Caddyfile", &of(ports(400), hosts(1000)), Path::new("/"), Disk::Elsewhere);
    assert!(found.sightings.len() <= MOST_NAMES);
    assert!(is_told(&found, "more than 100000 names in one site; the rest is left out"), "{:?}", found.notices.len());

    let text = format!("a.example {{\n{}}}\n", "tls c.pem k.pem\n".repeat(17));
    let found = read("Caddyfile", &text, Path::new("/"), Disk::Elsewhere);
    assert!(is_told(&found, "'c.pem' is left out: one site has more than 16 certificates"), "{:?}", found.notices);

    let directory = tempfile::tempdir().unwrap();
    let found = read("Caddyfile", &"import *.caddy\n".repeat(1001), directory.path(), Disk::Here);
    assert!(is_told(&found, "'*.caddy' is not followed: more than 1000 patterns in one configuration"));
}

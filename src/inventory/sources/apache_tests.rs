use super::*;

fn names(found: &Found) -> Vec<String> {
    found.sightings.iter().map(|one| one.spec.to_string()).collect()
}

fn told(found: &Found, directory: &Path) -> Vec<String> {
    let here = format!("{}/", directory.display());
    found.notices.iter().map(|notice| notice.to_string().replace(&here, "")).collect()
}

#[test]
fn virtual_hosts_with_tls_are_taken() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    write("cert.pem", "x");
    write(
        "b.conf",
        "<VirtualHost 10.0.0.5:8443>\nServerName b.example\nSSLCertificateFile gone.pem\nSSLCertificateKeyFile gone.key\n</VirtualHost>\nInclude b.conf\n",
    );
    let text = "Define domain shop.example\n# Include nothing\n<IfModule mod_ssl.c>\n<VirtualHost *:443 [::]:443>\n  ServerName https://${domain}:443\n  ServerAlias \\\n   www.${domain} *.shop.example\n\
                SSLEngine on\nSSLCertificateFile \"cert.pem\"\n</VirtualHost>\n</IfModule>\n<VirtualHost *:80>\nServerName plain.example\n</VirtualHost>\nInclude b.conf\nInclude none/*.conf\nIncludeOptional none/*.conf\n\
                <VirtualHost *:444>\nServerName off.example\nSSLEngine off\nSSLCertificateFile cert.pem\n</VirtualHost>\n";
    assert!(is_one(text));
    let found = read("h.conf", text, directory.path(), Disk::Here);
    let expected = [
        "shop.example:443",
        "shop.example:443",
        "www.shop.example:443",
        "www.shop.example:443",
        "b.example@10.0.0.5:8443",
    ];
    assert_eq!(names(&found), expected);
    assert!(found.sightings[0].cert_file.as_ref().unwrap().ends_with("cert.pem"));
    let expected = [
        "b.conf:6: 'b.conf' is not followed: it would include itself: an include loop",
        "h.conf:16: file.broken_reference: 'none/*.conf' leads nowhere",
        "h.conf:4: '*.shop.example' is left out: a wildcard cannot be connected to; name a host it covers",
        "b.conf:1: file.broken_reference: the certificate file 'gone.pem' leads nowhere",
        "b.conf:1: file.broken_reference: the key file 'gone.key' leads nowhere",
    ];
    assert_eq!(told(&found, directory.path()), expected);
}

#[test]
fn the_server_speaks_for_hosts_that_do_not() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("sites")).unwrap();
    for name in ["apache2.conf", "cert.pem", "ecdsa.pem"] {
        std::fs::write(directory.path().join(name), "x").unwrap();
    }
    let text = "<VirtualHost _default_:*>\nServerName a.example\n</VirtualHost>\n<VirtualHost *:8443>\nServerName b.example\nSSLCertificateFile cert.pem\nSSLCertificateFile ecdsa.pem\n\
                </VirtualHost>\nSSLEngine on\nSSLCertificateFile cert.pem\n<VirtualHost *:9443>\nServerName ${unknown}\n";
    let found = read("s", text, &directory.path().join("sites"), Disk::Here);
    assert_eq!(names(&found), ["a.example:443", "b.example:8443"]);
    let files: Vec<Option<PathBuf>> = found.sightings.iter().map(|one| one.cert_file.clone()).collect();
    assert_eq!(files, [Some(directory.path().join("cert.pem")), None]);
    let expected = [
        "s:4: 2 certificate files serve it; cert_file can name one, so none is taken",
        "s:11: '${unknown}' is left out: it depends on a variable",
    ];
    assert_eq!(told(&found, directory.path()), expected);
}

#[test]
fn macros_are_the_lines_they_stand_for() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("m1.pem"), "x").unwrap();
    let text = "<Macro VHost $name $names @port>\n<VirtualHost *:443>\nServerName $name.${domain}\nServerAlias $names \\\n w.$name\nSSLEngine on\n\
                SSLCertificateFile $name.pem\n</VirtualHost>\n# @port\n</Macro>\nDefine domain v.example\nUse VHost m1 \"a.example b.example\" 1\n\
                <Macro Both $name>\nUse VHost $name $name.alias 2\nUse Both $name\n</Macro>\nUse both m2\nUndefMacro VHost\nUse VHost m3 m3 3\n\
                UnDefine domain\n<Macro Endless>\nServerName no.example\n";
    assert!(is_one(text));
    let found = read("h", text, directory.path(), Disk::Here);
    let expected = [
        "m1.v.example:443",
        "a.example:443",
        "b.example:443",
        "w.m1:443",
        "m2.v.example:443",
        "m2.alias:443",
        "w.m2:443",
    ];
    assert_eq!(names(&found), expected);
    assert!(found.sightings[..4].iter().all(|one| one.cert_file == Some(directory.path().join("m1.pem"))), "{found:?}");
    let expected = [
        "h:17: 'Both' is not followed: it would use itself",
        "h:19: 'VHost' is not followed: no macro has that name",
        "h: ends within a macro",
        "h:17: file.broken_reference: the certificate file 'm2.pem' leads nowhere",
    ];
    assert_eq!(told(&found, directory.path()), expected);
}

/// As Apache 2.4.71 has it: the protocol of a `Listen` holds for virtual hosts at the same address.
#[test]
fn listening_for_https_is_tls() {
    let host = |at: &str, name: &str| format!("<VirtualHost {at}>\nServerName {name}.example\n</VirtualHost>\n");
    let text = "Listen 8443 HTTPS\nListen 8444\nListen 10.0.0.5:8445 https\nListen 443\nListen 80 http\nListen 9443\n"
        .to_owned()
        + &host("*:8443", "a")
        + &host("*:8444", "b")
        + &host("*:8445", "c")
        + &host("10.0.0.5:8445", "d")
        + &host("*:443", "e")
        + &host("*", "f")
        + &host("_default_:*", "g");
    let found = read("h", &text, Path::new("."), Disk::Elsewhere);
    let expected = ["a.example:8443", "d.example@10.0.0.5:8445", "e.example:443"];
    assert_eq!(names(&found), expected);
    assert!(found.notices.is_empty(), "{found:?}");

    let text = "Listen 8444\n<VirtualHost *:8444>\nServerName a.example\nSSLCertificateFile x\n</VirtualHost>\n";
    let found = read("h", text, Path::new("."), Disk::Elsewhere);
    let expected = ["h:2: has a certificate and no TLS: neither SSLEngine nor Listen says so"];
    assert_eq!((names(&found).len(), told(&found, Path::new("."))), (0, expected.map(str::to_owned).to_vec()));

    let text = "Listen 8443\nListen 8444\nSSLEngine on\nServerName main.example\n<VirtualHost *:8444>\nServerName a.example\n</VirtualHost>\n";
    let found = read("h", text, Path::new("."), Disk::Elsewhere);
    assert_eq!(names(&found), ["a.example:8444", "main.example:8443"]);
    let found = read("h", &format!("{text}<VirtualHost *:*>\nServerName b.example\n"), Path::new("."), Disk::Elsewhere);
    assert_eq!(names(&found), ["a.example:8444", "b.example:8443"]);
}

const MANAGED: &str = "MDomain a.example www.a.example auto\n<MDomainSet b.example>\nMDMember *.b.example\nMDCertificateFile b.pem\nMDCertificateKeyFile gone.key\n</MDomainSet>\n\
MDomain two.example\nMDomain new.example\nMDomain idle.example\nMDCertificateFile no.pem\n\
<VirtualHost *:443>\nServerName www.a.example\nSSLEngine on\nSSLCertificateFile own.pem\n</VirtualHost>\n\
<VirtualHost *:443>\nServerName shop.B.example\nSSLEngine on\n</VirtualHost>\n\
<VirtualHost *:443>\nServerName two.example\nSSLEngine on\n</VirtualHost>\n\
<VirtualHost *:443>\nServerName new.example\nSSLEngine on\n</VirtualHost>\n\
<VirtualHost *:443>\nServerName other.example\nSSLEngine on\n</VirtualHost>\n";

#[test]
fn managed_domains_have_their_certificates_in_the_store() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str| {
        let path = directory.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "x").unwrap();
    };
    for name in ["b.pem", "store/domains/a.example/pubcert.pem", "store/domains/a.example/fallback-pubcert.pem"] {
        write(name);
    }
    write("store/domains/two.example/pubcert.pem");
    write("store/domains/two.example/pubcert.secp384r1.pem");
    let text = format!("{MANAGED}MDStoreDir store\n");
    assert!(is_one(&text));
    let found = read("h", &text, directory.path(), Disk::Here);
    let file = |path: &PathBuf| path.strip_prefix(directory.path()).unwrap().display().to_string();
    let of = |one: &super::super::found::Sighting| {
        format!("{} {}", one.spec, one.cert_file.as_ref().map(file).unwrap_or_default())
    };
    let expected = [
        "www.a.example:443 store/domains/a.example/pubcert.pem",
        "shop.b.example:443 b.pem",
        "two.example:443 ",
        "new.example:443 ",
        "other.example:443 ",
    ];
    assert_eq!(found.sightings.iter().map(of).collect::<Vec<_>>(), expected);
    let expected = [
        "h:16: file.broken_reference: the key file 'gone.key' leads nowhere",
        "h:20: 2 certificate files serve it; cert_file can name one, so none is taken",
        "h:24: file.broken_reference: the managed domain 'new.example' has no certificate yet: 'store/domains/new.example/pubcert.pem' leads nowhere",
        "h:9: no virtual host with TLS has a name of the managed domain 'idle.example'",
    ];
    assert_eq!(told(&found, directory.path()), expected);

    let elsewhere = read("h", MANAGED, directory.path(), Disk::Here);
    let expected = "h:11: the managed domain 'a.example': its store, 'md', is not there";
    assert_eq!(told(&elsewhere, directory.path())[0], expected);
    let dump = read("h", MANAGED, directory.path(), Disk::Elsewhere);
    assert_eq!((names(&dump).len(), dump.notices.len()), (5, 1), "{dump:?}");
}

fn virtual_host(at: &str, name: &str) -> String {
    format!("<VirtualHost {at}>\nServerName {name}.example\n</VirtualHost>\n")
}

/// Sections, macros, places and includes of which Apache itself says what they come to.
fn compared(root: &Path) -> String {
    std::fs::create_dir_all(root.join("d/sub")).unwrap();
    std::fs::create_dir_all(root.join("g/inner")).unwrap();
    std::fs::write(root.join("d/sub/.x"), virtual_host("*:9101", "below")).unwrap();
    std::fs::write(root.join("d/y.conf"), virtual_host("*:9102", "beside")).unwrap();
    std::fs::write(root.join("g/inner/z"), virtual_host("*:9103", "by-pattern")).unwrap();
    let section = |condition: &str, port: u16, name: &str| {
        let inner = virtual_host(&format!("*:{port}"), name);
        format!("<{condition}>\n<IfModule !none.c>\n{inner}</IfModule>\n</{}>\n", condition.split(' ').next().unwrap())
    };
    let hosts = [
        "<Macro Quoted @port $name>\n".to_owned(),
        virtual_host("*:@port", "$name"),
        "</Macro>\n<Macro Plain $port $name>\n".to_owned(),
        virtual_host("*:$port 127.0.0.1:1$port", "$name"),
        "</Macro>\nUse Quoted 8443 quoted\nUse Plain 8444 plain\nDefine port 8445\n".to_owned(),
        virtual_host("*:${port}", "by-variable"),
        virtual_host("[::1]:8446 127.0.0.1:8447 \"*:8448\" *:8449x localhost:8450", "several"),
        "<VirtualHost *:8451> # one\nServerName first.example\nServerName last.example\n</VirtualHost>\n".to_owned(),
        section("IfDefine !port", 9001, "defined"),
        section("IfDefine port", 9002, "is-defined"),
        "UnDefine port\n".to_owned(),
        section("IfDefine port", 9003, "undefined"),
        section("IfDefine !port", 9004, "is-undefined"),
        section("IfModule !macro_module", 9005, "loaded"),
        section("IfModule !mod_macro.c", 9006, "loaded-by-file"),
        section("IfFile g", 9007, "is-there"),
        section("IfFile none", 9008, "none"),
        section("IfFile !none", 9009, "is-not-there"),
    ];
    hosts.concat() + "Include d\nInclude g/*\nIncludeOptional none\nIncludeOptional g/*.none\n"
}

#[test]
fn apache_itself_has_the_same_virtual_hosts() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let text = format!(
        "ServerRoot {}\nLoadModule macro_module /usr/lib/apache2/modules/mod_macro.so\n{}",
        root.display(),
        compared(root)
    );
    let found = read("h", &format!("SSLEngine on\n{text}"), root, Disk::Here);
    let mut ours = names(&found);
    ours.sort();
    let expected = [
        "below.example:9101",
        "beside.example:9102",
        "by-pattern.example:9103",
        "by-variable.example:8445",
        "is-defined.example:9002",
        "is-not-there.example:9009",
        "is-there.example:9007",
        "is-undefined.example:9004",
        "last.example:8451",
        "plain.example:8444",
        "plain.example@127.0.0.1:18444",
        "several.example:8448",
        "several.example@127.0.0.1:8447",
        "several.example@127.0.0.1:8450",
        "several.example@[::1]:8446",
    ];
    assert_eq!(ours, expected);
    let expected = [
        "h:4: '*:\"8443\"' is left out: Apache finds no address in it, and ignores it",
        "h:19: '*:8449x' is left out: Apache finds no address in it, and ignores it",
    ];
    let places: Vec<String> =
        told(&found, root).into_iter().map(|text| text.split_once(": ").unwrap().1.to_owned()).collect();
    assert_eq!(places, expected.map(|text| text.split_once(": ").unwrap().1.to_owned()));

    let modules = "LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so\nLoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so\nErrorLog err\nPidFile pid\n";
    std::fs::write(root.join("a.conf"), format!("{text}{modules}")).unwrap();
    let asked =
        std::process::Command::new("apache2").args(["-t", "-D", "DUMP_VHOSTS", "-f"]).arg(root.join("a.conf")).output();
    let Some(asked) = asked.ok().filter(|_| Path::new("/usr/lib/apache2/modules/mod_mpm_event.so").is_file()) else {
        return;
    };
    let dump = String::from_utf8_lossy(&asked.stdout).into_owned();
    let mut theirs: Vec<String> = dump
        .lines()
        .filter_map(|line| {
            let (at, name) = line.split_once(' ')?;
            let name = name.trim_start().split_once(" (")?.0;
            Some(match at.strip_prefix("*:") {
                Some(port) => format!("{name}:{port}"),
                None => format!("{name}@{at}"),
            })
        })
        .collect();
    theirs.sort();
    // Where a name has several addresses of this machine Apache is at each.
    theirs.retain(|one| one != "several.example@[::1]:8450");
    assert_eq!(theirs, ours, "{dump}{}", String::from_utf8_lossy(&asked.stderr));
}

#[test]
fn what_the_files_do_not_rule_out_is_read() {
    let section =
        |condition: &str, name: &str| format!("<IfDefine {condition}>\n{}</IfDefine>\n", virtual_host("*:443", name));
    let text = [
        "SSLEngine on\n".to_owned(),
        section("GIVEN", "by-command-line"),
        section("!GIVEN", "or-not"),
        "<IfDefine GIVEN>\nDefine THEN\nDefine NAME value\n</IfDefine>\n".to_owned(),
        section("THEN", "then"),
        section("!THEN", "not-then"),
        "<IfModule mod_x.c>\nUnDefine THEN\n</IfModule>\n".to_owned(),
        section("!THEN", "perhaps"),
        "<VirtualHost *:443>\nServerName ${NAME}.example\nDefine SURE\n</VirtualHost>\n<IfVersion >= 2.4>\nDefine SURE\n</IfVersion>\n".to_owned(),
        section("!SURE", "skipped"),
        "<IfDefine !SURE>\n<Macro M>\n</Macro>\n".to_owned(),
    ];
    let found = read("h", &text.concat(), Path::new("."), Disk::Elsewhere);
    let expected =
        ["by-command-line", "or-not", "then", "not-then", "perhaps", "value"].map(|name| format!("{name}.example:443"));
    assert_eq!(names(&found), expected);
    assert_eq!(told(&found, Path::new(".")), ["h: ends within a section that is skipped"]);
}

#[test]
fn hosts_without_a_port_are_at_every_port() {
    let text = format!(
        "Listen 8443\nListen 127.0.0.1:8444\nListen 127.0.0.2:8445\nListen ${{PORT}}\nSSLEngine on\n{}{}ServerName main.example:8443\n{}",
        virtual_host("127.0.0.1", "a"),
        virtual_host("127.0.0.1:8444", "b"),
        virtual_host("127.0.0.3", "c"),
    );
    let found = read("h", &text, Path::new("."), Disk::Elsewhere);
    let expected = [
        "a.example@127.0.0.1:8443",
        "b.example@127.0.0.1:8444",
        "c.example@127.0.0.3:8443",
        "main.example:8443",
        "main.example@127.0.0.2:8445",
    ];
    assert_eq!(names(&found), expected);
    assert_eq!(told(&found, Path::new(".")), ["h:4: '${PORT}' is left out: it depends on a variable"]);
}

#[test]
fn includes_that_lead_back_are_loops() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("a")).unwrap();
    std::fs::write(directory.path().join("a/loop.conf"), "Include a/../a/loop.conf\n").unwrap();
    std::fs::write(directory.path().join("a/name.inc"), "SSLEngine on\nServerAlias b.example\n").unwrap();
    let text = "Include a/loop.conf\n<VirtualHost *:443>\nInclude a/name.inc\n</VirtualHost>\n<VirtualHost *:8443>\nInclude a/../a/name.inc\n</VirtualHost>\n";
    let found = read("h", text, directory.path(), Disk::Here);
    assert_eq!(names(&found), ["b.example:443", "b.example:8443"]);
    assert_eq!(
        told(&found, directory.path()),
        ["a/loop.conf:1: 'a/../a/loop.conf' is not followed: it would include itself: an include loop"]
    );
}

#[test]
fn what_variables_stand_for_and_places_are_limited() {
    let is_told = |found: &Found, end: &str| found.notices.iter().any(|notice| notice.text.as_str().ends_with(end));
    let lines =
        |count: usize| (0..count).fold(String::new(), |text, number| text + &format!("Define b{number} ${{a}}\n"));
    let text = |count: usize| format!("Define a {}\n{}Define c ${{b0}}\n", "x".repeat(60_000), lines(count));
    let found = read("h", &text(500), Path::new("/"), Disk::Elsewhere);
    assert_eq!(found.notices, []);
    let found = read("h", &text(1000), Path::new("/"), Disk::Elsewhere);
    assert!(is_told(&found, "lines with variables are more than 32 MiB"), "{:?}", found.notices);

    let listens = (0..=MOST_LISTENS).fold(String::new(), |text, number| text + &format!("Listen {}\n", 1000 + number));
    let found = read("h", &(listens + "Listen 1000 https\n"), Path::new("/"), Disk::Elsewhere);
    assert_eq!(found.notices.len(), 1, "{:?}", found.notices);
    assert!(is_told(&found, "'1256' is left out: Apache listens at more than 256 places"), "{:?}", found.notices);

    let text = "SSLCertificateFile c.pem\n".repeat(17);
    let found = read("h", &text, Path::new("/"), Disk::Elsewhere);
    assert!(is_told(&found, "'c.pem' is left out: one site has more than 16 certificates"), "{:?}", found.notices);

    let directory = tempfile::tempdir().unwrap();
    let found = read("h", &"IncludeOptional *.conf\n".repeat(1001), directory.path(), Disk::Here);
    assert!(is_told(&found, "'*.conf' is not followed: more than 1000 patterns in one configuration"));
}

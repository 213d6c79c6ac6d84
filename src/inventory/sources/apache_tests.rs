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

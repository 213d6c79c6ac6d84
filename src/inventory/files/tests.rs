use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;

use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PKCS_RSA_SHA256, SignatureAlgorithm};
use tempfile::TempDir;

use super::shelf::Shelf;
use super::*;
use crate::model::{FileContent, FileFormat, FoundFile, Held, Secret, Unread};

/// A certificate for a name, with its key.
struct Pair {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

fn pair_of(name: &str, algorithm: &'static SignatureAlgorithm) -> Pair {
    let key = KeyPair::generate_for(algorithm).unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap();
    Pair { certificate, key }
}

fn pair() -> Pair {
    pair_of("shop.example", &rcgen::PKCS_ECDSA_P256_SHA256)
}

fn walk_in(directory: &TempDir, bounds: &Bounds) -> Haul {
    walk(&[directory.path().to_owned()], bounds, &Pace::default()).unwrap()
}

fn read(bytes: &[u8]) -> Option<FileContent> {
    contents::read(bytes, &Shelf::new(&[Secret::new("geheim".to_owned())]))
}

/// What each part is, in a word.
fn kinds(content: Option<FileContent>) -> (Option<FileFormat>, Vec<&'static str>) {
    let Some(FileContent::Parts { format, parts }) = content else { return (None, Vec::new()) };
    let kind = |held: &Held| match held {
        Held::Certificate(_) => "certificate",
        Held::Key(key) if key.spki.is_none() => "closed key",
        Held::Key(key) if key.encrypted => "opened key",
        Held::Key(_) => "key",
        Held::Request { .. } => "request",
        Held::RevocationList { .. } => "list",
        Held::Unreadable { .. } => "unreadable",
    };
    (Some(format), parts.iter().map(|part| kind(&part.held)).collect())
}

/// Runs a command in a directory; says so and answers no where there is none.
fn tool(directory: &Path, line: &str) -> bool {
    let mut words = line.split_whitespace();
    let name = words.next().unwrap();
    let output = Command::new(name).args(words).current_dir(directory).stdin(Stdio::null()).output();
    match output {
        Ok(output) if output.status.success() => true,
        Ok(output) => panic!("{line}: {}", String::from_utf8_lossy(&output.stderr)),
        Err(_) => {
            println!("skipped: there is no {name} here");
            false
        }
    }
}

#[test]
fn keys_of_every_kind_match_their_certificates() {
    for algorithm in [&PKCS_ED25519, &PKCS_ECDSA_P384_SHA384, &PKCS_RSA_SHA256] {
        let pair = pair_of("shop.example", algorithm);
        let text = pair.certificate.pem() + &pair.key.serialize_pem();
        let Some(FileContent::Parts { parts, .. }) = read(text.as_bytes()) else { panic!("{algorithm:?}") };
        let (Held::Certificate(certificate), Held::Key(key)) = (&parts[0].held, &parts[1].held) else { panic!() };
        assert_eq!(key.spki, Some(certificate.spki), "{algorithm:?}");
    }
}

#[test]
fn keys_that_lost_something_are_unreadable() {
    for algorithm in [&PKCS_ED25519, &PKCS_ECDSA_P384_SHA384, &PKCS_RSA_SHA256] {
        let pem = pair_of("shop.example", algorithm).key.serialize_pem();
        let lines: Vec<&str> = pem.lines().collect();
        // Without its last line of base64, which can be its only one.
        let short = [&lines[..lines.len() - 2], &["AAAA"], &lines[lines.len() - 1..]].concat().join("\n");
        assert_eq!(kinds(read(short.as_bytes())), (Some(FileFormat::Pem), vec!["unreadable"]), "{algorithm:?}");
        let in_a_row = pem.replace('\n', "\\n");
        assert_eq!(kinds(read(in_a_row.as_bytes())), (Some(FileFormat::Pem), vec!["unreadable"]), "{algorithm:?}");
    }
}

#[test]
fn what_openssl_writes_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let pair = pair();
    fs::write(at.join("c.pem"), pair.certificate.pem()).unwrap();
    fs::write(at.join("k.pem"), pair.key.serialize_pem()).unwrap();
    let lines = [
        ("openssl x509 -in c.pem -outform der -out f", FileFormat::Der, "certificate"),
        ("openssl x509 -in c.pem -trustout -addtrust serverAuth -out f", FileFormat::Pem, "certificate"),
        ("openssl x509 -in c.pem -text -out f", FileFormat::Pem, "certificate"),
        ("openssl crl2pkcs7 -nocrl -certfile c.pem -outform der -out f", FileFormat::Pkcs7, "certificate"),
        ("openssl crl2pkcs7 -nocrl -certfile c.pem -out f", FileFormat::Pem, "certificate"),
        ("openssl req -new -key k.pem -subj /CN=shop.example -out f", FileFormat::Pem, "request"),
        ("openssl req -new -key k.pem -subj /CN=shop.example -outform der -out f", FileFormat::Der, "request"),
        ("openssl pkcs8 -topk8 -in k.pem -v2 aes256 -passout pass:geheim -out f", FileFormat::Pem, "opened key"),
        ("openssl pkcs8 -topk8 -in k.pem -v2 aes256 -passout pass:other -out f", FileFormat::Pem, "closed key"),
        ("openssl pkcs8 -topk8 -in k.pem -scrypt -passout pass:geheim -out f", FileFormat::Pem, "opened key"),
        ("openssl ec -in k.pem -out f", FileFormat::Pem, "key"),
        ("openssl ec -in k.pem -aes256 -passout pass:geheim -out f", FileFormat::Pem, "opened key"),
        ("openssl ec -in k.pem -aes256 -passout pass:other -out f", FileFormat::Pem, "closed key"),
        ("openssl ec -in k.pem -des3 -passout pass:geheim -out f", FileFormat::Pem, "opened key"),
        ("openssl ec -in k.pem -camellia256 -passout pass:geheim -out f", FileFormat::Pem, "closed key"),
        ("openssl genrsa -traditional -aes128 -passout pass:geheim -out f 1024", FileFormat::Pem, "opened key"),
        ("openssl genrsa -traditional -aes192 -passout pass:geheim -out f 1024", FileFormat::Pem, "opened key"),
        ("openssl ec -in k.pem -outform der -out f", FileFormat::Der, "key"),
        ("openssl pkcs8 -topk8 -nocrypt -in k.pem -outform der -out f", FileFormat::Der, "key"),
        ("openssl genrsa -traditional -out f 1024", FileFormat::Pem, "key"),
        ("openssl genpkey -algorithm ed448 -out f", FileFormat::Pem, "closed key"),
        ("openssl pkcs8 -topk8 -in k.pem -v2 camellia256 -passout pass:geheim -out f", FileFormat::Pem, "closed key"),
        ("openssl pkcs8 -topk8 -in k.pem -v1 PBE-SHA1-3DES -passout pass:geheim -out f", FileFormat::Pem, "opened key"),
        ("openssl ecparam -name secp256k1 -genkey -noout -out f", FileFormat::Pem, "key"),
    ];
    for (line, format, kind) in lines {
        if !tool(at, line) {
            return;
        }
        let (found, kinds) = kinds(read(&fs::read(at.join("f")).unwrap()));
        assert_eq!((found, &kinds[..]), (Some(format), &[kind][..]), "{line}");
    }
}

#[test]
fn archives_are_opened_with_a_password_that_fits() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let pair = pair();
    fs::write(at.join("c.pem"), pair.certificate.pem()).unwrap();
    fs::write(at.join("k.pem"), pair.key.serialize_pem()).unwrap();
    let export = "openssl pkcs12 -export -in c.pem -inkey k.pem -name shop -out f -passout pass:";
    for (password, opens) in [("", true), ("geheim", true), ("other", false)] {
        if !tool(at, &format!("{export}{password}")) {
            return;
        }
        let content = read(&fs::read(at.join("f")).unwrap());
        if opens {
            assert_eq!(kinds(content), (Some(FileFormat::Pkcs12), vec!["certificate", "opened key"]), "'{password}'");
        } else {
            assert_eq!(content, Some(FileContent::Locked { format: FileFormat::Pkcs12, tried: 2 }));
        }
    }
    let ways = [
        ("-certpbe PBE-SHA1-3DES -keypbe PBE-SHA1-3DES -macalg sha1", &["certificate", "opened key"][..]),
        ("-legacy -certpbe PBE-SHA1-RC2-40 -keypbe PBE-SHA1-3DES", &["certificate", "opened key"][..]),
        ("-certpbe NONE -keypbe NONE -macalg sha512", &["certificate", "opened key"][..]),
        ("-nomac", &["certificate", "opened key"][..]),
        ("-macalg sha384 -keypbe camellia-256-cbc", &["certificate", "closed key"][..]),
        ("-certpbe camellia-256-cbc", &["unreadable", "opened key"][..]),
        ("-nokeys", &["certificate"][..]),
    ];
    for (way, expected) in ways {
        assert!(tool(at, &format!("{export}geheim {way}")), "{way}");
        assert_eq!(
            kinds(read(&fs::read(at.join("f")).unwrap())),
            (Some(FileFormat::Pkcs12), expected.to_vec()),
            "{way}"
        );
    }
    assert!(tool(at, &format!("{export}other -nomac -certpbe AES-256-CBC")));
    let locked = Some(FileContent::Locked { format: FileFormat::Pkcs12, tried: 2 });
    assert_eq!(read(&fs::read(at.join("f")).unwrap()), locked, "what is in it says that the password is another");
    assert!(tool(at, &format!("{export}other -nomac -certpbe NONE")));
    let parts = kinds(read(&fs::read(at.join("f")).unwrap()));
    assert_eq!(parts, (Some(FileFormat::Pkcs12), vec!["certificate", "closed key"]));
}

#[test]
fn archives_of_java_have_their_names() {
    let directory = tempfile::tempdir().unwrap();
    let make = "keytool -genkeypair -alias shop -keyalg RSA -dname CN=own.example -storetype PKCS12 -keystore f -storepass geheim";
    if !tool(directory.path(), make) {
        return;
    }
    let Some(FileContent::Parts { parts, .. }) = read(&fs::read(directory.path().join("f")).unwrap()) else { panic!() };
    let names: Vec<_> = parts.iter().filter_map(|part| part.alias.as_ref()).map(ToString::to_string).collect();
    assert!(names.len() == 2 && names.iter().all(|name| name == "shop"), "{names:?}");
    let spki = |part: &crate::model::FilePart| match &part.held {
        Held::Certificate(certificate) => Some(certificate.spki),
        Held::Key(key) => key.spki,
        _ => None,
    };
    assert!(spki(&parts[0]).is_some() && spki(&parts[0]) == spki(&parts[1]));
}

#[test]
fn keystores_of_java_are_read_without_their_password() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    fs::write(at.join("c.pem"), pair().certificate.pem()).unwrap();
    let own = "keytool -genkeypair -alias own -keyalg EC -dname CN=own.example -storepass changeit -keypass changeit";
    for (kind, format) in [("JKS", FileFormat::Jks), ("JCEKS", FileFormat::Jceks)] {
        let import = "keytool -importcert -noprompt -alias trusted -file c.pem -storepass changeit";
        let made = tool(at, &format!("{own} -keystore {kind} -storetype {kind}"))
            && tool(at, &format!("{import} -keystore {kind} -storetype {kind}"));
        if !made {
            return;
        }
        let bytes = fs::read(at.join(kind)).unwrap();
        let (found, mut kinds) = kinds(read(&bytes));
        kinds.sort_unstable();
        assert_eq!((found, &kinds[..]), (Some(format), &["certificate", "certificate", "closed key"][..]), "{kind}");
        let Some(FileContent::Parts { parts, .. }) =
            contents::read(&bytes, &Shelf::new(&[Secret::new("changeit".to_owned())]))
        else {
            panic!("{kind}")
        };
        let own = parts.iter().filter(|part| part.alias.as_ref().is_some_and(|alias| alias.as_str() == "own"));
        let public: Vec<_> = own
            .filter_map(|part| match &part.held {
                Held::Certificate(certificate) => Some(certificate.spki),
                Held::Key(key) => key.spki,
                _ => None,
            })
            .collect();
        // The key and its certificate, where the key is opened.
        let is_opened = format == FileFormat::Jks;
        assert_eq!(public.len(), if is_opened { 2 } else { 1 }, "{kind}");
        assert_eq!(public.first(), public.last(), "{kind}");
        for end in 4..bytes.len() {
            let (_, kinds) = super::tests::kinds(read(&bytes[..end]));
            assert_eq!(kinds.last(), Some(&"unreadable"), "{kind} cut off after {end}");
        }
    }
}

#[test]
fn the_configuration_of_kubectl_is_read_for_its_certificates() {
    use base64::Engine as _;
    let pair = pair();
    let in_base64 = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let (certificate, key) = (in_base64(&pair.certificate.pem()), in_base64(&pair.key.serialize_pem()));
    let text = format!(
        "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: {certificate}\nkind: Config\nusers:\n\
         - name: me\n  user:\n    client-certificate-data: {certificate}\n    client-key-data: {key}\n    token: t\n"
    );
    let expected = (Some(FileFormat::Kubeconfig), vec!["certificate", "certificate", "key"]);
    assert_eq!(kinds(read(text.as_bytes())), expected);
    let json = format!("{{\n \"client-certificate-data\": \"{certificate}\",\n \"client-key-data\": \"!\"\n}}");
    assert_eq!(kinds(read(json.as_bytes())), (Some(FileFormat::Kubeconfig), vec!["certificate", "unreadable"]));
    let flat = format!(
        "{{\"users\":[{{\"user\":{{\"client-certificate-data\":\"{certificate}\",\"client-key-data\":\"{key}\"}}}}]}}"
    );
    assert_eq!(kinds(read(flat.as_bytes())), (Some(FileFormat::Kubeconfig), vec!["certificate", "key"]));
    let quoted =
        format!("- 'client-certificate-data' : '{certificate}' # mine\n#client-key-data: QQ==\n  client-key-data: \n");
    assert_eq!(kinds(read(quoted.as_bytes())), (Some(FileFormat::Kubeconfig), vec!["certificate"]));
    let prose = "Put it in client-key-data: base64 of the key.\nidp-certificate-authority-data: QQ==\n";
    assert_eq!(read(prose.as_bytes()), None);
}

#[test]
fn what_traefik_keeps_is_read_and_its_account_is_not() {
    use base64::Engine as _;
    let (one, other) = (pair(), pair_of("other.example", &PKCS_RSA_SHA256));
    let in_base64 = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let entry = |pair: &Pair| {
        let (certificate, key) = (in_base64(&pair.certificate.pem()), in_base64(&pair.key.serialize_pem()));
        format!(
            "{{\"domain\":{{\"main\":\"a.example\"}},\"certificate\":\"{certificate}\",\"key\":\"{key}\",\"Store\":\"default\"}}"
        )
    };
    let account = in_base64("-----BEGIN RSA PRIVATE KEY-----");
    let text = format!(
        "{{\"le\":{{\"Account\":{{\"PrivateKey\":\"{account}\"}},\"Certificates\":[{},{},{{\"certificate\":\"!\",\"key\":\"\"}}]}},\"none\":{{\"Certificates\":null}}}}",
        entry(&one),
        entry(&other)
    );
    let Some(FileContent::Parts { format, parts }) = read(text.as_bytes()) else { panic!("{text}") };
    assert_eq!(format, FileFormat::Traefik);
    let (_, kinds) = kinds(Some(FileContent::Parts { format, parts: parts.clone() }));
    assert_eq!(kinds, ["certificate", "key", "certificate", "key", "unreadable", "unreadable"]);
    let spki = |part: &crate::model::FilePart| match &part.held {
        Held::Certificate(certificate) => Some(certificate.spki),
        Held::Key(key) => key.spki,
        _ => None,
    };
    assert!(spki(&parts[0]) == spki(&parts[1]) && spki(&parts[2]) == spki(&parts[3]) && spki(&parts[0]).is_some());
    assert_eq!(parts[2].alias.as_ref().map(crate::model::Untrusted::as_str), Some("a.example"));
    for other in ["{\"Certificates\":1,\"certificate\":2}", "{\"Certificates\":", "[]"] {
        assert_eq!(read(other.as_bytes()), None, "{other}");
    }
}

#[test]
fn look_alikes_are_left_alone() {
    let openssh = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----\n";
    let pgp = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ==\n=AAAA\n-----END PGP PUBLIC KEY BLOCK-----\n";
    let parameters = "-----BEGIN DH PARAMETERS-----\nMAYCAQUCAQI=\n-----END DH PARAMETERS-----\n";
    let ssh2 = "---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----\n";
    let some: [&[u8]; 9] = [
        openssh.as_bytes(),
        pgp.as_bytes(),
        parameters.as_bytes(),
        ssh2.as_bytes(),
        b"",
        b"0",
        b"ssh-ed25519 AAAA me@host\n",
        &[0x30, 0x82, 0x01],
        &[0x30, 0x03, 0x02, 0x01, 0x05],
    ];
    for bytes in some {
        assert_eq!(read(bytes), None, "{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn what_is_cut_off_is_named_and_the_rest_is_read() {
    let pair = pair();
    let der = pair.certificate.der().to_vec();
    let Some(FileContent::Parts { parts, .. }) = read(&der[..200]) else { panic!() };
    let Held::Unreadable { reason, .. } = &parts[0].held else { panic!() };
    assert_eq!(reason.as_str(), format!("it ends after 200 of {} bytes", der.len()));
    let twice = [&der[..], &der, b"0\x03"].concat();
    assert_eq!(kinds(read(&twice)).1, ["certificate", "certificate", "unreadable"]);
    let pem = pair.certificate.pem();
    let text = format!("{}\n{pem}{pem}", &pem[..100]);
    let Some(FileContent::Parts { parts, .. }) = read(text.as_bytes()) else { panic!() };
    let places: Vec<_> = parts.iter().map(|part| (part.number, part.offset)).collect();
    assert_eq!(places, [(1, Some(0)), (2, Some(101)), (3, Some(101 + pem.len()))]);
    let ber = [0x30, 0x80, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02, 0xA0, 0x80];
    assert_eq!(kinds(read(&ber)), (Some(FileFormat::Pkcs7), vec!["unreadable"]));
}

/// Paths below the directory, with what they come to.
fn outline(directory: &TempDir, haul: &Haul) -> Vec<String> {
    let below = |path: &PathBuf| path.strip_prefix(directory.path()).unwrap().display().to_string();
    let what = |file: &FoundFile| match &file.content {
        FileContent::Unread(Unread::BrokenLink { .. }) => "broken",
        FileContent::Unread(Unread::Limit { option, .. }) => option,
        FileContent::Unread(Unread::Refused { .. }) => "refused",
        _ => "read",
    };
    let line = |file: &FoundFile| {
        let also: Vec<String> = file.also.iter().map(below).collect();
        format!("{} {} {}", below(&file.path), what(file), also.join(",")).trim_end().to_owned()
    };
    haul.files.iter().map(line).collect()
}

#[test]
fn links_are_followed_once_and_circles_seen() {
    let directory = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    let at = |path: &str| directory.path().join(path);
    let pem = pair().certificate.pem();
    fs::create_dir_all(at("archive/deep")).unwrap();
    fs::create_dir_all(at("live")).unwrap();
    fs::create_dir_all(at(".git")).unwrap();
    fs::write(at("archive/cert1.pem"), &pem).unwrap();
    fs::write(at(".git/cert.pem"), &pem).unwrap();
    fs::write(outside.path().join("there.pem"), &pem).unwrap();
    fs::hard_link(at("archive/cert1.pem"), at("archive/deep/same.pem")).unwrap();
    symlink("../archive/cert1.pem", at("live/cert.pem")).unwrap();
    symlink("..", at("live/up")).unwrap();
    symlink("circle", at("live/circle")).unwrap();
    symlink("nowhere", at("live/gone")).unwrap();
    symlink(outside.path(), at("live/outside")).unwrap();
    let socket = std::os::unix::net::UnixListener::bind(at("live/socket")).unwrap();
    let haul = walk_in(&directory, &Bounds::default());
    let expected = [
        "archive/cert1.pem read archive/deep/same.pem,live/cert.pem",
        "live/circle broken",
        "live/gone broken",
        "live/outside/there.pem read",
    ];
    assert_eq!(outline(&directory, &haul), expected);
    assert_eq!((haul.special, haul.looked_at), (1, 2));
    drop(socket);
}

#[test]
fn every_limit_is_told_by_its_name() {
    let directory = tempfile::tempdir().unwrap();
    let at = |path: &str| directory.path().join(path);
    let pem = pair().certificate.pem();
    fs::create_dir_all(at("a/b/c")).unwrap();
    fs::write(at("a/b/c/deep.pem"), &pem).unwrap();
    fs::write(at("a/large.pem"), pem.repeat(200)).unwrap();
    fs::write(at("a/large.txt"), "no certificate ".repeat(20_000)).unwrap();
    let haul = walk_in(&directory, &Bounds { most_depth: 3, most_bytes: 100_000, ..Bounds::default() });
    assert_eq!(outline(&directory, &haul), ["a/b/c --max-depth", "a/large.pem --max-size"]);
    assert_eq!(haul.too_large_to_tell, 1);
    let named =
        walk(&[at("a/large.txt")], &Bounds { most_bytes: 100_000, ..Bounds::default() }, &Pace::default()).unwrap();
    assert_eq!((outline(&directory, &named), named.too_large_to_tell), (vec!["a/large.txt --max-size".to_owned()], 0));
    for number in 0..10 {
        fs::write(at(&format!("a/{number}.pem")), &pem).unwrap();
    }
    let haul = walk_in(&directory, &Bounds { most_files: 5, ..Bounds::default() });
    let limits = haul.files.iter().filter(|file| matches!(file.content, FileContent::Unread(_))).count();
    assert_eq!((limits, haul.looked_at), (1, 5));
}

#[test]
fn what_is_to_be_left_out_is() {
    let directory = tempfile::tempdir().unwrap();
    let at = |path: &str| directory.path().join(path);
    let pem = pair().certificate.pem();
    fs::create_dir_all(at("examples")).unwrap();
    for name in ["a.pem", "b.pem", "examples/c.pem", ".hidden.pem"] {
        fs::write(at(name), pem.as_bytes()).unwrap();
    }
    fs::write(at(".gitignore"), "*.pem\n").unwrap();
    fs::write(at(".tlscopeignore"), "examples/\n").unwrap();
    let bounds = Bounds { exclude: vec!["b.*".to_owned()], ..Bounds::default() };
    assert_eq!(outline(&directory, &walk_in(&directory, &bounds)), [".hidden.pem read", "a.pem read"]);
    let bad = Bounds { exclude: vec!["[z-a]".to_owned()], ..Bounds::default() };
    let error = walk(&[], &bad, &Pace::default()).unwrap_err().to_string();
    assert!(error.starts_with("'[z-a]' is no pattern"), "{error}");
}

#[test]
fn who_does_not_want_to_wait_is_not_kept() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("a.pem"), pair().certificate.pem()).unwrap();
    let pace = Pace::default();
    pace.cancelled.store(true, Ordering::Relaxed);
    let haul = walk(&[directory.path().to_owned()], &Bounds::default(), &pace).unwrap();
    assert_eq!((haul.files.len(), haul.looked_at), (0, 0));
}

#[test]
fn a_pipe_that_is_named_is_told_and_not_opened() {
    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("pipe");
    let socket = std::os::unix::net::UnixListener::bind(&pipe).unwrap();
    let haul = walk(&[pipe], &Bounds::default(), &Pace::default()).unwrap();
    assert_eq!(outline(&directory, &haul), ["pipe refused"]);
    drop(socket);
}

#[cfg(target_os = "linux")]
#[test]
fn what_the_kernel_makes_up_is_passed_over() {
    assert!(kernel::is_its_own(Path::new("/proc/self")));
    assert!(!kernel::is_its_own(tempfile::tempdir().unwrap().path()));
}

#[test]
fn who_is_named_twice_is_one() {
    let directory = tempfile::tempdir().unwrap();
    let there = directory.path().join("a.pem");
    fs::write(&there, pair().certificate.pem()).unwrap();
    let paths = [there.clone(), directory.path().to_owned(), there];
    let haul = walk(&paths, &Bounds::default(), &Pace::default()).unwrap();
    assert_eq!(outline(&directory, &haul), ["a.pem read"]);
}

#[test]
fn a_path_that_is_not_there_is_told_and_the_others_are_read() {
    let directory = tempfile::tempdir().unwrap();
    let there = directory.path().join("a.pem");
    fs::write(&there, pair().certificate.pem()).unwrap();
    let paths = [directory.path().join("nothing"), there];
    let haul = walk(&paths, &Bounds::default(), &Pace::default()).unwrap();
    assert_eq!(outline(&directory, &haul), ["a.pem read", "nothing refused"]);
}

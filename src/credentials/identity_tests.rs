use std::fs;
use std::process::Command;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_ED25519};

use super::*;

/// A certificate below an intermediate, its key, and where they are.
struct Papers {
    directory: tempfile::TempDir,
}

impl Papers {
    fn new() -> Self {
        let papers = Self { directory: tempfile::tempdir().unwrap() };
        let mut above = CertificateParams::default();
        above.distinguished_name.push(DnType::CommonName, "Issuing");
        above.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let (above_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let issuing = above.self_signed(&above_key).unwrap().pem();
        let issuer = Issuer::new(above, above_key);
        let leaf = CertificateParams::new(vec!["client.example".to_owned()]).unwrap();
        let leaf = leaf.signed_by(&key, &issuer).unwrap().pem();
        papers.write("leaf.pem", &leaf);
        papers.write("chain.pem", &format!("{leaf}{issuing}"));
        papers.write("reversed.pem", &format!("{issuing}{leaf}"));
        papers.write("key.pem", &key.serialize_pem());
        papers.write("both.pem", &format!("{}{leaf}", key.serialize_pem()));
        papers.write("other.pem", &KeyPair::generate_for(&PKCS_ED25519).unwrap().serialize_pem());
        papers.write("password", "open sesame\nsecond line\n");
        papers.write("wrong", "open barley");
        papers
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn load(&self, certificate: &str, key: Option<&str>, password: Option<&str>) -> Result<Identity, String> {
        let files = ClientFiles {
            certificate: self.path(certificate),
            key: key.map(|name| self.path(name)),
            password_file: password.map(|name| self.path(name)),
        };
        Identity::load(&files, None).map_err(|error| error.to_string())
    }

    fn refusal(&self, certificate: &str, key: Option<&str>, password: Option<&str>) -> String {
        self.load(certificate, key, password).expect_err("it is refused")
    }

    /// Runs `openssl` beside the files; false where there is none.
    fn openssl(&self, arguments: &[&str]) -> bool {
        let result = Command::new("openssl").args(arguments).current_dir(self.directory.path()).output();
        match result {
            Ok(output) => {
                assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
                true
            }
            Err(error) => {
                eprintln!("skipped, as the openssl command cannot be run: {error}");
                false
            }
        }
    }
}

#[test]
fn pem_is_read_in_one_file_or_two_and_in_any_order() {
    let papers = Papers::new();
    let apart = papers.load("chain.pem", Some("key.pem"), None).unwrap();
    assert_eq!(apart.certified.cert.len(), 2);
    let together = papers.load("both.pem", None, None).unwrap();
    assert_eq!(together.leaf.fingerprint, apart.leaf.fingerprint);
    let reversed = papers.load("reversed.pem", Some("key.pem"), None).unwrap();
    assert_eq!(reversed.certified.cert, apart.certified.cert);
    assert!(together.fits(&[SignatureScheme::ECDSA_NISTP256_SHA256]));
    assert!(!together.fits(&[SignatureScheme::ED25519]));
}

#[test]
fn what_is_wrong_is_said_with_the_file() {
    let papers = Papers::new();
    papers.write("junk", "nothing of the kind");
    papers.write("der", "\u{30}\u{3}abc");
    papers.write("cut.pem", "-----BEGIN CERTIFICATE-----\nAAAA");
    papers.write("bad.pem", "-----BEGIN CERTIFICATE-----\n!?\n-----END CERTIFICATE-----\n");
    let cases = [
        ("leaf.pem", None, "leaf.pem': there is no private key in it; name the key's file with --client-key"),
        ("key.pem", None, "key.pem': there is no certificate in it"),
        ("leaf.pem", Some("leaf.pem"), "leaf.pem': there is no private key in it"),
        ("leaf.pem", Some("nowhere"), "nowhere': No such file"),
        ("junk", None, "junk': it is neither PEM nor PKCS#12"),
        ("der", None, "der': it is neither PEM nor PKCS#12"),
        ("cut.pem", None, "cut.pem': there is no certificate in it"),
        ("bad.pem", None, "bad.pem': "),
    ];
    for (certificate, key, words) in cases {
        let error = papers.refusal(certificate, key, None);
        assert!(error.starts_with("cannot use the client certificate of '") && error.contains(words), "{error}");
    }
    let mismatch = papers.refusal("leaf.pem", Some("other.pem"), None);
    assert!(
        mismatch.contains("the key in '") && mismatch.contains("does not belong to the certificate '"),
        "{mismatch}"
    );
    fs::write(papers.path("huge"), vec![b'-'; 1024 * 1024 + 1]).unwrap();
    assert!(papers.refusal("huge", None, None).ends_with("it has more than 1 MiB"));
    assert!(papers.refusal("both.pem", None, Some("nowhere")).contains("its password file '"));
    // Endless and special files end, too.
    assert!(!papers.refusal("leaf.pem", Some("../../../../../../dev/zero"), None).is_empty());
}

#[test]
fn other_kinds_of_key_files_are_read() {
    let papers = Papers::new();
    if !papers.openssl(&["ec", "-in", "key.pem", "-out", "sec1.pem"]) {
        return;
    }
    assert!(fs::read_to_string(papers.path("sec1.pem")).unwrap().contains("BEGIN EC PRIVATE KEY"));
    papers.load("leaf.pem", Some("sec1.pem"), None).unwrap();
    let subject = "/CN=client";
    papers.openssl(&[
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "rsa.key", "-out", "rsa.pem", "-subj", subject,
    ]);
    papers.openssl(&["rsa", "-in", "rsa.key", "-traditional", "-out", "pkcs1.key"]);
    assert!(fs::read_to_string(papers.path("pkcs1.key")).unwrap().contains("BEGIN RSA PRIVATE KEY"));
    papers.load("rsa.pem", Some("pkcs1.key"), None).unwrap();
    papers.openssl(&[
        "req", "-x509", "-newkey", "rsa:1024", "-nodes", "-keyout", "weak.key", "-out", "weak.pem", "-subj", subject,
    ]);
    assert!(papers.refusal("weak.pem", Some("weak.key"), None).contains("of a kind or size that TLS cannot use"));
}

#[test]
fn encrypted_keys_need_their_password() {
    let papers = Papers::new();
    let sealed =
        ["pkcs8", "-topk8", "-in", "key.pem", "-out", "sealed.key", "-v2", "aes256", "-passout", "file:password"];
    if !papers.openssl(&sealed) {
        return;
    }
    papers.load("leaf.pem", Some("sealed.key"), Some("password")).unwrap();
    assert!(papers.refusal("leaf.pem", Some("sealed.key"), Some("wrong")).ends_with("the password is wrong"));
    assert!(papers.refusal("leaf.pem", Some("sealed.key"), None).contains("give one with --client-cert-password-file"));
    // A sealed key beside the certificate is no hindrance when another file has the key.
    let both = format!(
        "{}{}",
        fs::read_to_string(papers.path("leaf.pem")).unwrap(),
        fs::read_to_string(papers.path("sealed.key")).unwrap()
    );
    papers.write("sealed.pem", &both);
    papers.load("sealed.pem", Some("key.pem"), None).unwrap();
}

#[test]
fn keys_that_openssl_sealed_in_its_old_way_are_opened() {
    let papers = Papers::new();
    let made = papers.openssl(&[
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "rsa.key",
        "-out",
        "rsa.pem",
        "-subj",
        "/CN=client",
    ]);
    if !made {
        return;
    }
    for cipher in ["-aes128", "-aes192", "-aes256", "-des3"] {
        papers.openssl(&["ec", "-in", "key.pem", cipher, "-out", "ec.key", "-passout", "file:password"]);
        papers.openssl(&[
            "rsa",
            "-in",
            "rsa.key",
            cipher,
            "-traditional",
            "-out",
            "old.key",
            "-passout",
            "file:password",
        ]);
        for (certificate, key) in [("leaf.pem", "ec.key"), ("rsa.pem", "old.key")] {
            let text = fs::read_to_string(papers.path(key)).unwrap();
            assert!(text.contains("Proc-Type: 4,ENCRYPTED"), "{cipher}: {text}");
            papers.load(certificate, Some(key), Some("password")).unwrap();
            let wrong = papers.refusal(certificate, Some(key), Some("wrong"));
            assert!(wrong.ends_with("the password is wrong"), "{cipher}: {wrong}");
            let none = papers.refusal(certificate, Some(key), None);
            assert!(none.contains("give one with --client-cert-password-file"), "{cipher}: {none}");
            papers.write("odd.key", &text.replace("DEK-Info: ", "DEK-Info: X"));
            let odd = papers.refusal(certificate, Some("odd.key"), Some("password"));
            assert!(odd.contains("openssl pkcs8 -topk8 -v2 aes256"), "{odd}");
        }
    }
}

#[test]
fn pkcs12_is_read_with_its_password() {
    let papers = Papers::new();
    let export = |file: &'static str, further: &[&'static str]| {
        let all =
            ["pkcs12", "-export", "-in", "chain.pem", "-inkey", "key.pem", "-passout", "file:password", "-out", file];
        papers.openssl(&[&all[..], further].concat())
    };
    if !export("new.p12", &[]) {
        return;
    }
    export("old.p12", &["-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1"]);
    let pem = papers.load("chain.pem", Some("key.pem"), None).unwrap();
    for file in ["new.p12", "old.p12"] {
        let read = papers.load(file, None, Some("password")).unwrap();
        assert_eq!(read.certified.cert, pem.certified.cert, "{file}");
        assert!(papers.refusal(file, None, Some("wrong")).ends_with("the password is wrong"), "{file}");
        assert!(papers.refusal(file, None, None).contains("no password is given"), "{file}");
    }
}

#[test]
fn secrets_are_not_printed() {
    let papers = Papers::new();
    let text = Secret::new(fs::read_to_string(papers.path("both.pem")).unwrap());
    let debug = format!("{:?}", Identity::parse(Path::new("lab"), &text).unwrap());
    assert!(!debug.contains("PRIVATE") && !debug.contains("key: ["), "{debug}");
}

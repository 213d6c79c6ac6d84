//! Certificates that are wrong by themselves: in form, names, keys, issuer.

use std::process::Command;
use std::sync::Arc;

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use tempfile::TempDir;
use tlscope::model::{Expectations, Fingerprint, Pin, Target};

use crate::bench::{Bench, HOST, at, look, note_at, prober, prober_with, serve, target};
use crate::papers::{Authority, DAY, Leaf, dns, now, serial, usual};
use crate::record::Record;
use crate::servers::{Server, openssl};

pub(crate) async fn record() -> Vec<Record> {
    let root = Authority::root("Bench Root");
    let mut bench = Bench::new(prober(&root.pem));
    forms(&mut bench, &root).await;
    names(&mut bench, &root).await;
    keys(&mut bench, &root).await;
    by_openssl(&mut bench, &root).await;
    placeholders(&mut bench).await;
    public(&mut bench).await;
    expected(&mut bench, &root).await;
    shared(&mut bench, &root).await;
    bench.records
}

type Change = Box<dyn FnOnce(&mut CertificateParams)>;

fn change(change: impl FnOnce(&mut CertificateParams) + 'static) -> Change {
    Box::new(change)
}

async fn forms(bench: &mut Bench, root: &Authority) {
    let cases: [(&str, Change); 8] = [
        ("a serial number of 21 octets", change(|params| params.serial_number = Some(serial(&[0x11; 21])))),
        (
            "a serial number of 20 octets (near miss of cert.bad_serial)",
            change(|params| params.serial_number = Some(serial(&[0x11; 20]))),
        ),
        ("the serial number zero", change(|params| params.serial_number = Some(serial(&[0])))),
        (
            "the serial number one (near miss of cert.bad_serial)",
            change(|params| params.serial_number = Some(serial(&[1]))),
        ),
        (
            "a validity that ends before it begins",
            change(|params| (params.not_before, params.not_after) = (now() + DAY, now() - DAY)),
        ),
        (
            "a validity of one second (near miss of cert.validity_malformed)",
            change(|params| {
                (params.not_before, params.not_after) = (now() - DAY, now() - DAY + std::time::Duration::from_secs(1));
            }),
        ),
        ("a certificate for clients only", change(|params| params.extended_key_usages = vec![CLIENT])),
        (
            "a certificate for clients and servers (near miss of cert.eku_missing)",
            change(|params| params.extended_key_usages = vec![CLIENT, ExtendedKeyUsagePurpose::ServerAuth]),
        ),
    ];
    for (name, change) in cases {
        bench.serve(name, &root.leaf(change)).await;
    }
    let leaf = root.leaf(|_| ());
    let broken = CertificateDer::from(vec![0x30, 0x82, 0x01, 0x00, 0x30]);
    let own = Leaf { chain: vec![broken.clone()], ..leaf.clone() };
    bench.serve("a certificate of five bytes", &own).await;
    let second = Leaf { chain: vec![leaf.chain[0].clone(), broken], ..leaf.clone() };
    bench.serve("a chain with a certificate of five bytes", &second).await;
    bench.serve("a certificate that can be read (near miss of cert.malformed, cert.self_signed)", &leaf).await;
    let other = KeyPair::generate().expect("a key").serialize_pem();
    let unproved = Leaf { key: other, ..leaf };
    bench.serve("a key that is not the certificate's", &unproved).await;
}

const CLIENT: ExtendedKeyUsagePurpose = ExtendedKeyUsagePurpose::ClientAuth;

async fn names(bench: &mut Bench, root: &Authority) {
    bench.serve("a certificate without names", &root.leaf(|params| params.subject_alt_names.clear())).await;
    let unnamed = root.leaf(|params| params.distinguished_name = rcgen::DistinguishedName::new());
    bench.serve("a certificate without a subject (near miss of cert.no_san)", &unnamed).await;
    let hidden = |params: &mut CertificateParams| {
        params.distinguished_name.push(DnType::OrganizationName, "Shop\u{202e}elpmaxe");
    };
    bench.serve("a subject with a right-to-left override", &root.leaf(hidden)).await;
    let accented = |params: &mut CertificateParams| {
        params.distinguished_name.push(DnType::OrganizationName, "Épicerie «Ñandú» 株式会社");
    };
    bench
        .serve("a subject with letters of several scripts (near miss of cert.control_chars)", &root.leaf(accented))
        .await;
    let many = |count: usize| {
        move |params: &mut CertificateParams| {
            params.subject_alt_names.extend((0..count).map(|number| dns(&format!("{number:04}.customers.example"))));
        }
    };
    bench.serve("a certificate of 1000 names", &root.leaf(many(1000))).await;
    bench.serve("a certificate of 500 names (near miss of cert.huge, chain.too_long)", &root.leaf(many(500))).await;
    for (name, as_name) in [
        ("an address as a DNS name", true),
        ("an address as an address (near miss of cert.ip_as_dns, cert.name_mismatch)", false),
    ] {
        let leaf = root.leaf(|params| {
            let address = rcgen::SanType::IpAddress([127, 0, 0, 1].into());
            params.subject_alt_names = vec![if as_name { dns("127.0.0.1") } else { address }];
        });
        bench.probe(name, target(&serve(leaf.config()).await.to_string())).await;
    }
    let wildcard = root.leaf(|params| params.subject_alt_names = vec![dns("*.shop.example")]);
    let address = serve(wildcard.config()).await;
    for (name, host) in [
        ("a wildcard for one label (near miss of cert.name_mismatch)", "www.shop.example"),
        ("a wildcard for two labels", "www.eu.shop.example"),
    ] {
        bench.probe(name, target(&format!("{host}@{address}"))).await;
    }
    let expired = |params: &mut CertificateParams| params.not_after = now() - DAY;
    bench.serve("a certificate of yesterday", &root.leaf(expired)).await;
    let last_day = |params: &mut CertificateParams| {
        (params.not_before, params.not_after) = (now() - DAY * 2, now() + DAY * 5);
    };
    let name = "a certificate of seven days in its third \
        (near miss of cert.expired, cert.expiring, cert.renewal_overdue, cert.not_yet_valid)";
    bench.serve(name, &root.leaf(last_day)).await;
}

async fn keys(bench: &mut Bench, root: &Authority) {
    for (name, algorithm) in [
        ("a key on P-521", &rcgen::PKCS_ECDSA_P521_SHA512),
        ("a key on P-384 (near miss of cert.unusual_curve)", &rcgen::PKCS_ECDSA_P384_SHA384),
    ] {
        let key = KeyPair::generate_for(algorithm).expect("a key");
        bench.serve(name, &root.leaf_with(&key, |_| ())).await;
    }
}

/// What the other library does not make.
async fn by_openssl(bench: &mut Bench, root: &Authority) {
    let files = Files::new(root);
    let keys: [(&str, &str, &[&str]); 7] = [
        ("an RSA key with the exponent 3", "RSA", &["rsa_keygen_bits:2048", "rsa_keygen_pubexp:3"]),
        (
            "an RSA key with the exponent 65537 (near miss of cert.weak_exponent)",
            "RSA",
            &["rsa_keygen_bits:2048", "rsa_keygen_pubexp:65537"],
        ),
        ("an RSA key of 4608 bits", "RSA", &["rsa_keygen_bits:4608"]),
        ("an RSA key of 4096 bits (near miss of cert.oversized_key)", "RSA", &["rsa_keygen_bits:4096"]),
        ("an RSA key of 1024 bits", "RSA", &["rsa_keygen_bits:1024"]),
        ("an RSA key of 2048 bits (near miss of cert.weak_key)", "RSA", &["rsa_keygen_bits:2048"]),
        ("a key on secp256k1", "EC", &["ec_paramgen_curve:secp256k1"]),
    ];
    for (name, algorithm, options) in keys {
        files.key(algorithm, options);
        let server = files.server(&files.sign(&["-extfile", &files.path("extensions")], root));
        bench.probe(name, at(server.address)).await;
    }
    files.key("RSA", &["rsa_keygen_bits:2048"]);
    let signed: [(&str, &[&str]); 4] = [
        ("a certificate of X.509 version 1 (near miss of hs.key_not_proved)", &[]),
        ("a certificate of X.509 version 3 (near miss of cert.v1)", &["-extfile", &files.path("extensions")]),
        ("a certificate signed with SHA-1", &["-sha1", "-extfile", &files.path("extensions")]),
        (
            "a certificate signed with SHA-512 (near miss of cert.weak_signature)",
            &["-sha512", "-extfile", &files.path("extensions")],
        ),
    ];
    for (name, options) in signed {
        let leaf = files.sign(options, root);
        let server = files.server(&leaf);
        bench.probe(name, at(server.address)).await;
    }
}

/// Files for the `openssl` command.
struct Files(TempDir);

impl Files {
    fn new(root: &Authority) -> Self {
        let files = Self(tempfile::tempdir().expect("a directory"));
        files.write("root", &root.pem);
        files.write("root-key", &root.issuer.key().serialize_pem());
        files.write("extensions", &format!("subjectAltName=DNS:{HOST}\nextendedKeyUsage=serverAuth\n"));
        files
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_string_lossy().into_owned()
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.path().join(name)).expect("it is there")
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.path().join(name), text).expect("written");
    }

    /// A new key of that algorithm, with these options.
    fn key(&self, algorithm: &str, options: &[&str]) {
        let options: Vec<&str> = options.iter().flat_map(|option| ["-pkeyopt", option]).collect();
        openssl(&[&["genpkey", "-quiet", "-algorithm", algorithm, "-out", &self.path("key")], &options]);
    }

    /// A certificate for that key, with these options.
    fn sign(&self, options: &[&str], root: &Authority) -> Leaf {
        let [key, request, leaf, issuer, issuer_key] =
            ["key", "request", "leaf", "root", "root-key"].map(|name| self.path(name));
        openssl(&[&["req", "-new", "-key", &key, "-subj", "/CN=shop.example", "-out", &request]]);
        let signing = ["x509", "-req", "-days", "80", "-in", &request, "-CA", &issuer, "-CAkey", &issuer_key];
        openssl(&[&signing, &["-out", &leaf], options]);
        let leaf = CertificateDer::from_pem_slice(self.read("leaf").as_bytes()).expect("a certificate");
        Leaf { chain: vec![leaf, root.der.clone()], key: self.read("key") }
    }

    fn server(&self, leaf: &Leaf) -> Server {
        self.write("served", &leaf.pem());
        self.write("served-key", &leaf.key);
        self.write("served-chain", &leaf.chain_pem().replacen(&leaf.pem(), "", 1));
        let mut command = Command::new("openssl");
        command.args(["s_server", "-accept", "127.0.0.1:0", "-www", "-cipher", "ALL:@SECLEVEL=0"]);
        command.args(["-cert", &self.path("served"), "-key", &self.path("served-key")]);
        command.args(["-cert_chain", &self.path("served-chain")]);
        Server::start(&mut command, "ACCEPT ")
    }
}

async fn placeholders(bench: &mut Bench) {
    let names = [
        ("ingress-nginx's placeholder", "Kubernetes Ingress Controller Fake Certificate"),
        ("an installation's own certificate", "localhost"),
        ("a self-signed certificate for the name (near miss of cert.default_or_fake)", HOST),
    ];
    for (name, subject) in names {
        let mut params = usual();
        params.distinguished_name.push(DnType::CommonName, subject);
        params.subject_alt_names = vec![dns(if subject == HOST { HOST } else { "ingress.local" })];
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        let leaf = Leaf { chain: vec![certificate.der().clone()], key: key.serialize_pem() };
        bench.serve(name, &leaf).await;
    }
    let staging = Authority::root("(STAGING) Pretend Pear X1").below("(STAGING) Puzzling Parsnip E7", |_| ());
    bench.serve("a certificate of a staging authority", &staging.leaf(|_| ())).await;
    let private = Authority::root("Corporate Root").below("Staging Environment CA", |_| ());
    let name = "a certificate of an unknown authority of the staging environment (near miss of cert.staging_ca)";
    bench.serve(name, &private.leaf(|_| ())).await;
}

/// What public authorities may not do: the bench's root is in the system's store.
async fn public(bench: &mut Bench) {
    let root = Authority::root("Public Root");
    let prober = prober_with(&[("system", &root.pem)], &tlscope::probe::Settings::default());
    let mut public = Bench::new(prober);
    for (name, days) in [
        ("a public certificate of 201 days", 201),
        ("a public certificate of 200 days (near miss of cert.validity_too_long)", 200),
        ("a public certificate of 399 days", 399),
    ] {
        // The last second belongs to it.
        let leaf = root.leaf(|params| {
            params.not_before = now() - DAY;
            params.not_after = params.not_before + DAY * days - std::time::Duration::from_secs(1);
        });
        public.serve(name, &leaf).await;
    }
    bench.records.append(&mut public.records);
    let leaf = root.leaf(|params| params.not_after = now() + DAY * 3000);
    let name = "a private certificate of eight years (near miss of cert.validity_too_long)";
    let mut private = Bench::new(crate::bench::prober(&root.pem));
    private.serve(name, &leaf).await;
    bench.records.append(&mut private.records);
}

async fn expected(bench: &mut Bench, root: &Authority) {
    let leaf = root.leaf(|_| ());
    let address = serve(leaf.config()).await;
    let expecting = |expect| Target { expect: Some(Arc::new(expect)), ..at(address) };
    for (name, issuer) in [
        ("another issuer than expected", "DigiCert"),
        ("the expected issuer in other letters (near miss of cert.issuer_unexpected)", "bench root"),
    ] {
        let expect = Expectations { issuer: Some(issuer.into()), ..Expectations::default() };
        bench.probe(name, expecting(expect)).await;
    }
    let root_key = tlscope::model::Certificate::parse(&root.der).expect("a certificate").spki;
    for (name, pin) in [
        ("a key that is not pinned", Fingerprint::of(b"another key")),
        ("a pin of the issuer's key (near miss of cert.pin_mismatch)", root_key),
    ] {
        let expect = Expectations { pins: vec![Pin(pin)], ..Expectations::default() };
        bench.probe(name, expecting(expect)).await;
    }
}

/// What only several targets show.
async fn shared(bench: &mut Bench, root: &Authority) {
    let one = root.leaf(|params| params.serial_number = Some(serial(&[0x44; 8])));
    let key = || KeyPair::from_pem(&one.key).expect("a key");
    let other = Authority::root("Another Root");
    let cases = [
        ("two certificates of one serial number", root.leaf(|params| params.serial_number = Some(serial(&[0x44; 8])))),
        (
            "two certificates of one serial number and two issuers (near miss of cert.duplicate_serial)",
            other.leaf(|params| params.serial_number = Some(serial(&[0x44; 8]))),
        ),
        (
            "two certificates of one key",
            root.leaf_with(&key(), |params| params.serial_number = Some(serial(&[0x45; 8]))),
        ),
        ("one certificate on two targets (near miss of cert.key_reused)", one.clone()),
    ];
    let own = look(&bench.prober, &Arc::new(at(serve(one.config()).await)), false).await;
    for (name, leaf) in cases {
        let beside = Target { name: "pay.example:443".into(), ..at(serve(leaf.config()).await) };
        let beside = look(&bench.prober, &Arc::new(beside), false).await;
        let now = beside.addresses[0].last.at;
        bench.records.push(note_at(name, own.clone(), vec![beside], now));
    }
}

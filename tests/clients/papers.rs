//! Chains that clients disagree about, as files.

use std::path::Path;
use std::process::Command;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair,
    NameConstraints, PKCS_ECDSA_P256_SHA256,
};
use time::{Duration, OffsetDateTime};

/// Who is asked for.
pub(crate) const HOST: &str = "shop.example";

/// A chain as it is sent, the leaf's key, and what is trusted; all in PEM.
pub(crate) struct Papers {
    /// Says what is special.
    pub(crate) name: &'static str,
    pub(crate) chain: Vec<String>,
    pub(crate) key: String,
    pub(crate) trusted: String,
}

/// An authority.
pub(crate) struct Ca {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

type Change = fn(&mut CertificateParams);
const AS_IS: Change = |_| ();

fn key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key")
}

fn around_now(days: i64) -> OffsetDateTime {
    OffsetDateTime::now_utc() + Duration::days(days)
}

fn params(name: &str, change: Change) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    (params.not_before, params.not_after) = (around_now(-10), around_now(100));
    params.use_authority_key_identifier_extension = true;
    change(&mut params);
    params
}

fn ca(name: &str, parent: Option<&Ca>, change: Change) -> Ca {
    ca_of(name, parent, change, key())
}

fn ca_of(name: &str, parent: Option<&Ca>, change: Change, key: KeyPair) -> Ca {
    let mut params = params(name, change);
    if params.is_ca == IsCa::NoCa {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    let certificate = match parent {
        Some(parent) => params.signed_by(&key, &parent.issuer),
        None => params.self_signed(&key),
    };
    Ca { pem: certificate.expect("an authority").pem(), issuer: Issuer::new(params, key) }
}

/// A leaf and its key.
fn leaf(parent: &Ca, change: Change) -> (String, String) {
    let mut params = params(HOST, |_| ());
    params.subject_alt_names = CertificateParams::new(vec![HOST.to_owned()]).expect("a name").subject_alt_names;
    params.is_ca = IsCa::ExplicitNoCa;
    change(&mut params);
    let key = key();
    (params.signed_by(&key, &parent.issuer).expect("a leaf").pem(), key.serialize_pem())
}

fn papers(name: &'static str, (leaf, key): (String, String), above: &[&Ca], trusted: &[&Ca]) -> Papers {
    let chain = std::iter::once(leaf).chain(above.iter().map(|ca| ca.pem.clone())).collect();
    Papers { name, chain, key, trusted: trusted.iter().map(|ca| &*ca.pem).collect() }
}

/// All of them.
pub(crate) fn all() -> Vec<Papers> {
    [usual(), crossed(), limits(), anchors()].concat_all()
}

trait ConcatAll {
    fn concat_all(self) -> Vec<Papers>;
}

impl<const N: usize> ConcatAll for [Vec<Papers>; N] {
    fn concat_all(self) -> Vec<Papers> {
        self.into_iter().flatten().collect()
    }
}

fn usual() -> Vec<Papers> {
    let root = ca("Root", None, AS_IS);
    let policy = ca("Policy", Some(&root), AS_IS);
    let issuing = ca("Issuing", Some(&policy), AS_IS);
    let stranger = ca("Stranger", None, AS_IS);
    let no_names: Change = |leaf| leaf.subject_alt_names.clear();
    let old: Change = |leaf| leaf.not_after = around_now(-1);
    let for_clients: Change = |leaf| leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let authority: Change = |leaf| leaf.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let many = [&issuing; 9];
    vec![
        papers("in order", leaf(&issuing, AS_IS), &[&issuing, &policy], &[&root]),
        papers("out of order", leaf(&issuing, AS_IS), &[&policy, &issuing], &[&root]),
        papers("without issuers", leaf(&issuing, AS_IS), &[], &[&root]),
        papers("with a gap", leaf(&issuing, AS_IS), &[&policy], &[&root]),
        papers("with the root", leaf(&issuing, AS_IS), &[&issuing, &policy, &root], &[&root]),
        papers("with strangers and twice", leaf(&issuing, AS_IS), &[&stranger, &issuing, &issuing, &policy], &[&root]),
        papers("untrusted", leaf(&issuing, AS_IS), &[&issuing, &policy, &root], &[&stranger]),
        papers("expired", leaf(&issuing, old), &[&issuing, &policy], &[&root]),
        papers("common name only", leaf(&issuing, no_names), &[&issuing, &policy], &[&root]),
        papers("for clients", leaf(&issuing, for_clients), &[&issuing, &policy], &[&root]),
        papers("an authority's", leaf(&issuing, authority), &[&issuing, &policy], &[&root]),
        papers("eleven sent", leaf(&issuing, AS_IS), &[&[&policy], &many[..]].concat(), &[&root]),
        papers("ten sent", leaf(&issuing, AS_IS), &[&[&policy], &many[1..]].concat(), &[&root]),
    ]
}

/// Twins: the same name and key certified twice, or the same name with another key.
fn crossed() -> Vec<Papers> {
    let (root, older) = (ca("Root", None, AS_IS), ca("Older Root", None, AS_IS));
    let old: Change = |ca| ca.not_after = around_now(-1);
    let twin = |of: &KeyPair| KeyPair::from_pem(&of.serialize_pem()).expect("the same key");
    let (root_key, issuing_key) = (key(), key());
    let crossed_root = ca_of("Crossed Root", None, AS_IS, twin(&root_key));
    let cross = ca_of("Crossed Root", Some(&older), old, root_key);
    let below = ca("Issuing", Some(&crossed_root), AS_IS);
    let issuing = ca_of("Issuing", Some(&root), AS_IS, twin(&issuing_key));
    let by_older = ca_of("Issuing", Some(&older), old, issuing_key);
    let unnamed: Change = |params| params.use_authority_key_identifier_extension = false;
    let namesake = ca("Issuing", Some(&root), unnamed);
    vec![
        papers("root's cross-sign expired", leaf(&below, AS_IS), &[&below, &cross], &[&crossed_root]),
        papers("the same, older root trusted too", leaf(&below, AS_IS), &[&below, &cross], &[&older, &crossed_root]),
        papers("expired cross-sign first", leaf(&issuing, AS_IS), &[&by_older, &issuing], &[&root, &older]),
        papers("expired cross-sign last", leaf(&issuing, AS_IS), &[&issuing, &by_older], &[&root, &older]),
        papers("expired cross-sign alone", leaf(&issuing, AS_IS), &[&by_older], &[&root, &older]),
        papers("namesake first", leaf(&issuing, unnamed), &[&namesake, &issuing], &[&root]),
        papers("namesake last", leaf(&issuing, unnamed), &[&issuing, &namesake], &[&root]),
        papers("namesake by key identifier", leaf(&issuing, AS_IS), &[&namesake, &issuing], &[&root]),
        papers("namesake alone", leaf(&issuing, AS_IS), &[&namesake], &[&root]),
    ]
}

/// What authorities may not do.
fn limits() -> Vec<Papers> {
    let root = ca("Root", None, AS_IS);
    let elsewhere: Change = |ca| {
        let permitted_subtrees = vec![GeneralSubtree::DnsName("other.example".to_owned())];
        ca.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
    };
    let constrained = ca("Issuing", Some(&root), elsewhere);
    let no_authority = ca("Issuing", Some(&root), |ca| ca.is_ca = IsCa::ExplicitNoCa);
    let for_clients =
        ca("Issuing", Some(&root), |ca| ca.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]);
    let last = ca("Last", Some(&root), |ca| ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)));
    let below_last = ca("Issuing", Some(&last), AS_IS);
    let mut deep = vec![ca("Number 1", Some(&root), AS_IS)];
    for number in 2..=7 {
        deep.push(ca(&format!("Number {number}"), deep.last(), AS_IS));
    }
    let six: Vec<&Ca> = deep.iter().take(6).rev().collect();
    let six_up: Vec<&Ca> = deep.iter().take(6).collect();
    let five_up: Vec<&Ca> = deep.iter().take(5).collect();
    let seven: Vec<&Ca> = deep.iter().rev().collect();
    let seven_up: Vec<&Ca> = deep.iter().collect();
    vec![
        papers("name constraint", leaf(&constrained, AS_IS), &[&constrained], &[&root]),
        papers("issuer is no authority", leaf(&no_authority, AS_IS), &[&no_authority], &[&root]),
        papers("issuer for clients", leaf(&for_clients, AS_IS), &[&for_clients], &[&root]),
        papers("too far below", leaf(&below_last, AS_IS), &[&below_last, &last], &[&root]),
        papers("six intermediates", leaf(six[0], AS_IS), &six, &[&root]),
        papers("six out of order", leaf(six[0], AS_IS), &six_up, &[&root]),
        papers("five out of order", leaf(five_up[4], AS_IS), &five_up, &[&root]),
        papers("seven intermediates", leaf(seven[0], AS_IS), &seven, &[&root]),
        papers("seven out of order", leaf(seven[0], AS_IS), &seven_up, &[&root]),
    ]
}

/// What may be trusted.
fn anchors() -> Vec<Papers> {
    let (root, old_root) = (ca("Root", None, AS_IS), ca("Old Root", None, |ca| ca.not_after = around_now(-1)));
    let issuing = ca("Issuing", Some(&root), AS_IS);
    let below_old = ca("Issuing", Some(&old_root), AS_IS);
    vec![
        papers("root expired", leaf(&below_old, AS_IS), &[&below_old], &[&old_root]),
        papers("intermediate trusted", leaf(&issuing, AS_IS), &[&issuing], &[&issuing]),
        papers("intermediate and root trusted", leaf(&issuing, AS_IS), &[&issuing], &[&issuing, &root]),
        papers("intermediate and root trusted, none sent", leaf(&issuing, AS_IS), &[], &[&issuing, &root]),
    ]
}

/// Chains that only the `openssl` command will make: weak and unusual keys and signatures, at leaf and issuer.
pub(crate) fn weak(directory: &Path) -> Vec<Papers> {
    let cases: [(&'static str, &str, &str, &str, &str); 7] = [
        ("RSA 2048", "rsa:2048", "sha256", "rsa:2048", "sha256"),
        ("RSA 1024", "rsa:2048", "sha256", "rsa:1024", "sha256"),
        ("Ed25519", "rsa:2048", "sha256", "ed25519", "sha256"),
        ("Ed448", "rsa:2048", "sha256", "ed448", "sha256"),
        ("SHA-1", "rsa:2048", "sha256", "rsa:2048", "sha1"),
        ("issuer of RSA 1024", "rsa:1024", "sha256", "rsa:2048", "sha256"),
        ("issuer signed by SHA-1", "rsa:2048", "sha1", "rsa:2048", "sha256"),
    ];
    cases
        .into_iter()
        .map(|(name, ca_key, ca_digest, key, digest)| {
            let at = |file: &str| {
                directory.join(format!("{}-{file}", name.replace(' ', "-"))).to_string_lossy().into_owned()
            };
            let (root, root_key) = (at("root.pem"), at("root.key"));
            let (ca, ca_keys, leaf, leaf_key) = (at("ca.pem"), at("ca.key"), at("leaf.pem"), at("leaf.key"));
            let made = |arguments: &[&str]| {
                let output = Command::new("openssl").args(arguments).output().expect("openssl runs");
                assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
            };
            let authority = "basicConstraints=critical,CA:TRUE";
            let names = format!("subjectAltName=DNS:{HOST}");
            let common = ["req", "-x509", "-nodes", "-days", "90"];
            let request = |rest: &[&str]| made(&[&common[..], rest].concat());
            request(&[
                "-newkey", "rsa:2048", "-keyout", &root_key, "-out", &root, "-subj", "/CN=Root", "-addext", authority,
            ]);
            request(&[
                "-newkey",
                ca_key,
                "-keyout",
                &ca_keys,
                "-out",
                &ca,
                "-subj",
                "/CN=Issuing",
                "-CA",
                &root,
                "-CAkey",
                &root_key,
                &format!("-{ca_digest}"),
                "-addext",
                authority,
            ]);
            let leaf_name = format!("/CN={HOST}");
            request(&[
                "-newkey",
                key,
                "-keyout",
                &leaf_key,
                "-out",
                &leaf,
                "-subj",
                &leaf_name,
                "-CA",
                &ca,
                "-CAkey",
                &ca_keys,
                &format!("-{digest}"),
                "-addext",
                &names,
                "-addext",
                "basicConstraints=critical,CA:FALSE",
            ]);
            let read = |path: &str| std::fs::read_to_string(path).expect("written");
            Papers { name, chain: vec![read(&leaf), read(&ca)], key: read(&leaf_key), trusted: read(&root) }
        })
        .collect()
}

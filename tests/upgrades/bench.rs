//! Papers, a directory and a prober for one daemon, and what is expected of it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use tlscope::inventory::{Recipe, Upgrade, parse};
use tlscope::model::{
    Depth, Family, Finding, Host, Labels, Observation, Protocol, Proxy, Status, Target, TargetId, Untrusted,
};
use tlscope::probe::{Prober, Settings};

use crate::daemon::{Daemon, hand_over};
use crate::judged;

/// The name that all daemons have.
pub(crate) const HOST: &str = "shop.example";

/// Who is asked for something else than TLS at once, and keeps silent, is waited for half of this.
const TIMEOUT: Duration = Duration::from_secs(4);

/// A directory that daemons of any user can read, with a certificate in it and its key.
pub(crate) struct Bench {
    directory: TempDir,
    leaf: Vec<u8>,
    prober: Prober,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = |name| directory.path().join(name);
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).expect("ours");
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Root beside the daemons");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let root = params.self_signed(&key).expect("a root");
        fs::write(path("root.pem"), root.pem()).expect("written");
        let issuer = Issuer::new(params, key);
        let key = KeyPair::generate().expect("a key");
        let leaf = CertificateParams::new(vec![HOST.to_owned()]).expect("a name").signed_by(&key, &issuer);
        let leaf = leaf.expect("a leaf");
        fs::write(path("cert.pem"), leaf.pem()).expect("written");
        fs::write(path("key.pem"), key.serialize_pem()).expect("written");
        let prober = judged::prober(&path("root.pem"), &Settings::default());
        Self { leaf: leaf.der().to_vec(), prober, directory }
    }

    /// A path in the directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Makes a directory in it.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(&path).expect("a directory");
        path
    }

    /// Writes a file in it, `{dir}` being the directory.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text.replace("{dir}", &self.directory.path().to_string_lossy())).expect("written");
        path
    }

    /// The key in a file that only `owner` can read, as some daemons insist on.
    pub(crate) fn own_key(&self, name: &str, owner: &str) -> PathBuf {
        let path = self.path(name);
        fs::copy(self.path("key.pem"), &path).expect("copied");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("ours");
        hand_over(&path, owner);
        path
    }

    /// Led to TLS, with our certificate and nothing to worry about; the greeting has `word` in it.
    pub(crate) async fn upgrades(&self, daemon: &Daemon, protocol: Protocol, port: u16, word: &str) {
        let target = target(protocol, port);
        let seen = self.serves(daemon, &target).await;
        match &seen.upgrade {
            Some(upgrade) => {
                let banner = upgrade.banner.as_ref().map_or("", |banner| banner.as_str());
                assert!(upgrade.accepted && banner.contains(word), "{protocol}: {upgrade:?}");
            }
            None => assert_eq!(protocol, Protocol::Tls, "{seen:?}"),
        }
    }

    /// TLS from the first byte where the scheme has an upgrade, with the application protocol that is insisted on there;
    /// who offers another is refused.
    pub(crate) async fn serves_at_once(&self, daemon: &Daemon, scheme: &str, alpn: &str, port: u16) {
        let seen = self.serves(daemon, &at_once(scheme, None, port)).await;
        let selected = seen.handshake.as_ref().and_then(|handshake| handshake.alpn.as_ref());
        assert_eq!(selected.map(Untrusted::as_str), Some(alpn), "{scheme}: {seen:?}");
        self.expect(daemon, &at_once(scheme, Some(vec!["h2".into()]), port), "hs.alpn_mismatch").await;
    }

    /// TLS from the first byte is not understood there, and this is the first finding.
    pub(crate) async fn wants_its_upgrade(&self, daemon: &Daemon, scheme: &str, port: u16, code: &str) {
        self.expect(daemon, &at_once(scheme, None, port), code).await;
    }

    /// With our certificate and nothing to worry about.
    async fn serves(&self, daemon: &Daemon, target: &Arc<Target>) -> Observation {
        let protocol = target.protocol;
        let seen = self.prober.probe(target, target.pinned[0]).await;
        assert!(seen.is_handshake(), "{protocol}: {seen:?}\n{}", daemon.said());
        assert_eq!(*seen.chain()[0].der, *self.leaf, "{protocol}");
        let judgement = judged::probe_and_judge(&self.prober, target, |_| false).await;
        let is_worry = |finding: &Finding| finding.status > Status::Ok;
        assert!(!judgement.findings.iter().any(is_worry), "{protocol}: {}", judged::words(&judgement));
        seen
    }

    /// Led through a proxy to the certificate, or told why not.
    pub(crate) async fn through(&self, daemon: &Daemon, proxy: Proxy, port: u16, expected: Result<&str, &str>) {
        let target = Arc::new(Target { proxy: Some(Arc::new(proxy)), ..(*target(Protocol::Tls, port)).clone() });
        match expected {
            Ok(answer) => {
                let seen = self.prober.probe(&target, target.pinned[0]).await;
                assert!(seen.is_handshake(), "{seen:?}\n{}", daemon.said());
                let said = seen.proxy.as_ref().and_then(|passage| passage.answer.as_ref());
                assert!(said.is_some_and(|said| said.as_str().contains(answer)), "{seen:?}");
            }
            Err(code) => self.expect(daemon, &target, code).await,
        }
    }

    /// The first finding has this code.
    pub(crate) async fn finds(&self, daemon: &Daemon, protocol: Protocol, port: u16, code: &str) {
        self.expect(daemon, &target(protocol, port), code).await;
    }

    async fn expect(&self, daemon: &Daemon, target: &Arc<Target>, code: &str) {
        let judgement = judged::probe_and_judge(&self.prober, target, |_| false).await;
        let first = judgement.findings.first().map(|finding| finding.code.0);
        assert_eq!(first, Some(code), "{}: {}\n{}", target.protocol, judged::words(&judgement), daemon.said());
    }
}

/// As written with `starttls = "none"`.
fn at_once(scheme: &str, alpn: Option<Vec<Arc<str>>>, port: u16) -> Arc<Target> {
    let spec = parse(&format!("{scheme}://{HOST}@127.0.0.1:{port}")).expect("a notation");
    let recipe = Recipe { upgrade: Upgrade::To(Protocol::Tls), alpn, timeout: TIMEOUT, ..Recipe::default() };
    Arc::new(recipe.target(TargetId(0), &spec))
}

fn target(protocol: Protocol, port: u16) -> Arc<Target> {
    Arc::new(Target {
        id: TargetId(0),
        name: format!("{HOST}:{port}").into(),
        host: Host::Name(HOST.into()),
        port,
        protocol,
        servername: None,
        pinned: vec![([127, 0, 0, 1], port).into()],
        dial: None,
        proxy: None,
        family: Family::Any,
        alpn: if protocol == Protocol::Postgres { vec!["postgresql".into()] } else { Vec::new() },
        labels: Labels::new(),
        interval: Duration::from_secs(30),
        timeout: TIMEOUT,
        client: None,
        cert_file: None,
        depth: Depth::Full,
        survey: Duration::from_hours(1),
        expect: None,
    })
}

//! Recording: benches one after the other, in a network namespace of their own.
//!
//! There no packet can leave the machine, whatever address is tried, and routes can be broken at will.

use std::env;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use tlscope::lab::Lab;
use tlscope::model::{SystemClock, TargetId};

use crate::bench::{look, note, prober_with};
use crate::laboratory;
use crate::record::{Record, write};
use crate::{
    certificates, chains, clients, configuration, connections, handshakes, names, ourselves, pages, revocation,
    sequences,
};

const WANTED: &str = "TLSCOPE_RECORD";
/// Set within the namespace.
const INSIDE: &str = "TLSCOPE_RECORD_INSIDE";
/// Loopback works; of the networks for documentation (RFC 5737) one has no way to its hosts, one is a black hole, and two
/// (with RFC 2544's) swallow what is sent there. There is no IPv6 but loopback's, and no way anywhere else.
const NETWORK: &str = "ip link set lo up && ip route add unreachable 192.0.2.0/24 && \
    ip route add blackhole 203.0.113.0/24 && ip route add 198.51.100.0/24 dev lo && ip route add 198.18.0.0/15 dev lo && \
    exec \"$0\" record_anew_when_asked_to --exact --nocapture";

/// Records what is asked for, if anything is.
pub(crate) fn run() {
    let Ok(wanted) = env::var(WANTED) else { return };
    if env::var_os(INSIDE).is_none() {
        let mut inside = Command::new("unshare");
        inside.args(["--net", "--map-root-user", "sh", "-c", NETWORK]);
        inside.arg(env::current_exe().expect("this program")).env(INSIDE, "1");
        assert!(inside.status().expect("unshare is installed").success(), "a bench failed");
        return;
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(record(&wanted));
}

async fn record(wanted: &str) {
    let is_wanted = |bench: &str| wanted == "all" || wanted.split(',').any(|name| name == bench);
    macro_rules! benches {
        ($($name:literal $records:expr;)*) => {
            $(if is_wanted($name) {
                let records: Vec<Record> = $records.await;
                for record in &records {
                    println!("{}: {}: {:?}", $name, record.name, record.codes);
                }
                write($name, &records);
            })*
        };
    }
    benches! {
        "lab" lab();
        "certificates" certificates::record();
        "chains" chains::record();
        "clients" clients::record();
        "configuration" configuration::record();
        "connections" connections::record();
        "handshakes" handshakes::record();
        "names" names::record();
        "ourselves" ourselves::record();
        "pages" pages::record();
        "revocation" revocation::record();
        "sequences" sequences::record();
    }
}

/// Healthy members of the lab, and what they are nearly.
const NEAR: [(&str, &str); 10] = [
    ("catalog-images", "hs.tls13_intolerant, cfg.no_pq"),
    ("edge-deep", "chain.wrong_order, chain.cross_sign_expired"),
    ("edge-device", "cert.validity_too_long"),
    ("edge-stapled", "cert.must_staple_missing, cert.staple_invalid, cert.staple_stale, revocation.ocsp_error"),
    ("edge-us", "hs.pq_intolerant"),
    ("flapping", "local.throttled"),
    ("http3", "cfg.h3_dead, fleet.h3_differs"),
    ("identity-login", "chain.client_impact, cert.unusual_curve"),
    ("payments-vault", "cert.expiring, cert.renewal_overdue"),
    ("tls12-only", "hs.tls13_intolerant, cfg.legacy_only"),
];

async fn lab() -> Vec<Record> {
    let lab = Lab::start(Arc::new(SystemClock)).await.expect("the lab starts");
    let prober = prober_with(&[("lab", lab.ca_pem())], &laboratory::settings(&lab));
    let mut records = Vec::new();
    for (member, target) in lab.members().iter().zip(lab.targets(TargetId(0), Duration::from_secs(30))) {
        let near = NEAR.iter().find(|(name, _)| *name == member.name);
        let name =
            near.map_or_else(|| member.name.to_owned(), |(name, codes)| format!("{name} (near miss of {codes})"));
        records.push(note(&name, look(&prober, &Arc::new(target), true).await));
    }
    records
}

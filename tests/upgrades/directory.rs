//! LDAP: slapd.

use tlscope::model::Protocol;

use crate::bench::Bench;
use crate::daemon::{Daemon, command, free_ports, installed};

#[tokio::test]
async fn slapd() {
    let Some(slapd) = installed("slapd", &["/usr/sbin/slapd"]) else { return };
    let bench = Bench::new();
    let start = |name: &str, urls: &str, ports: &[u16], tls: &str| {
        let configuration =
            bench.write(name, &format!("pidfile {{dir}}/{name}.pid\nargsfile {{dir}}/{name}.args\n{tls}"));
        let mut start = command(&slapd, None);
        // A level of debugging keeps it in the foreground.
        Daemon::start(start.args(["-d", "0", "-h", urls, "-f"]).arg(configuration), &bench.path("log"), ports)
    };
    let tls = "TLSCertificateFile {dir}/cert.pem\nTLSCertificateKeyFile {dir}/key.pem\n";
    let [open, wrapped, without] = free_ports();
    let urls = format!("ldap://127.0.0.1:{open} ldaps://127.0.0.1:{wrapped}");
    let daemon = start("slapd.conf", &urls, &[open, wrapped], tls);
    bench.upgrades(&daemon, Protocol::Ldap, open, "").await;
    bench.upgrades(&daemon, Protocol::Tls, wrapped, "").await;
    bench.finds(&daemon, Protocol::Ldap, wrapped, "starttls.wrong_mode").await;
    let daemon = start("plain.conf", &format!("ldap://127.0.0.1:{without}"), &[without], "");
    bench.finds(&daemon, Protocol::Ldap, without, "starttls.not_offered").await;
}

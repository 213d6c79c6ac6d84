//! TLS from the first byte, where a conversation was to lead to it: `openssl s_server`.

use tlscope::model::Protocol;

use crate::bench::Bench;
use crate::daemon::{Daemon, command, free_ports, installed};

#[tokio::test]
async fn implicit_tls_is_named_whatever_was_asked_for() {
    let Some(openssl) = installed("openssl", &["/usr/bin/openssl"]) else { return };
    let bench = Bench::new();
    let [port] = free_ports();
    let mut server = command(&openssl, None);
    server.args(["s_server", "-www", "-accept", &format!("127.0.0.1:{port}"), "-cert"]).arg(bench.path("cert.pem"));
    let server = Daemon::start(server.arg("-key").arg(bench.path("key.pem")), &bench.path("log"), &[port]);
    bench.upgrades(&server, Protocol::Tls, port, "").await;
    for asked in [Protocol::Ldap, Protocol::Postgres, Protocol::Xmpp, Protocol::Rdp, Protocol::Tds] {
        bench.finds(&server, asked, port, "starttls.wrong_mode").await;
    }
}

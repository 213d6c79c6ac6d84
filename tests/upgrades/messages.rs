//! XMPP: Prosody.

use tlscope::model::Protocol;

use crate::bench::Bench;
use crate::daemon::{Daemon, command, free_ports, installed};

#[tokio::test]
async fn prosody() {
    let Some(prosody) = installed("prosody", &["/usr/bin/prosody"]) else { return };
    let bench = Bench::new();
    bench.folder("data");
    let [clients, servers, direct] = free_ports();
    let configuration = bench.write(
        "prosody.cfg.lua",
        &format!(
            "run_as_root = true\npidfile = \"{{dir}}/pid\"\ndata_path = \"{{dir}}/data\"\ninterfaces = {{ \"127.0.0.1\" }}\n\
             c2s_ports = {{ {clients} }}\ns2s_ports = {{ {servers} }}\nc2s_direct_tls_ports = {{ {direct} }}\n\
             modules_enabled = {{ \"tls\", \"saslauth\", \"dialback\" }}\nmodules_disabled = {{ \"s2s_auth_certs\" }}\n\
             log = {{ info = \"*console\" }}\ncertificates = \"{{dir}}\"\n\
             ssl = {{ certificate = \"{{dir}}/cert.pem\", key = \"{{dir}}/key.pem\" }}\nVirtualHost \"shop.example\"\n"
        ),
    );
    let mut start = command(&prosody, None);
    start.arg("-F").arg("--config").arg(configuration);
    let daemon = Daemon::start(&mut start, &bench.path("log"), &[clients, servers, direct]);
    bench.upgrades(&daemon, Protocol::Xmpp, clients, "").await;
    bench.upgrades(&daemon, Protocol::XmppServer, servers, "").await;
    bench.upgrades(&daemon, Protocol::Tls, direct, "").await;
    bench.finds(&daemon, Protocol::Xmpp, direct, "starttls.wrong_mode").await;
}

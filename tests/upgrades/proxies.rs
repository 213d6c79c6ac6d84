//! Proxies: Tinyproxy for `CONNECT`, microsocks for SOCKS 5, with an `openssl s_server` behind.

use tlscope::model::{Host, Login, Proxy, ProxyKind};

use crate::bench::Bench;
use crate::daemon::{Daemon, command, free_ports, installed};

fn proxy(kind: ProxyKind, port: u16, password: Option<&str>) -> Proxy {
    let login = |password: &str| Login { name: "ann".to_owned(), password: password.to_owned().into() };
    Proxy { kind, host: Host::Ip([127, 0, 0, 1].into()), port, login: password.map(login) }
}

fn server(bench: &Bench, port: u16) -> Option<Daemon> {
    let openssl = installed("openssl", &["/usr/bin/openssl"])?;
    let mut server = command(&openssl, None);
    server.args(["s_server", "-www", "-accept", &format!("127.0.0.1:{port}"), "-cert"]).arg(bench.path("cert.pem"));
    Some(Daemon::start(server.arg("-key").arg(bench.path("key.pem")), &bench.path("server.log"), &[port]))
}

/// With the right login, with a wrong one, without one, and to where nobody is.
async fn asked(bench: &Bench, daemon: &Daemon, kind: ProxyKind, ports: [u16; 3], expected: [Result<&str, &str>; 4]) {
    let [way, open, closed] = ports;
    bench.through(daemon, proxy(kind, way, Some("Pa55word")), open, expected[0]).await;
    bench.through(daemon, proxy(kind, way, Some("wrong")), open, expected[1]).await;
    bench.through(daemon, proxy(kind, way, None), open, expected[2]).await;
    bench.through(daemon, proxy(kind, way, Some("Pa55word")), closed, expected[3]).await;
}

#[tokio::test]
async fn tinyproxy() {
    let Some(program) = installed("tinyproxy", &["/usr/bin/tinyproxy"]) else { return };
    let bench = Bench::new();
    let [way, open, closed] = free_ports();
    let Some(_server) = server(&bench, open) else { return };
    let text = format!("Port {way}\nListen 127.0.0.1\nTimeout 60\nMaxClients 20\nBasicAuth ann Pa55word\n");
    let configuration = bench.write("tinyproxy.conf", &text);
    let mut start = command(&program, None);
    let daemon = Daemon::start(start.args(["-d", "-c"]).arg(configuration), &bench.path("log"), &[way]);
    // It knows one login and tells a wrong one from none; of a target that refuses it says that it failed itself.
    let expected = [Ok("200 Connection established"), Err("proxy.refused"), Err("proxy.auth"), Err("proxy.refused")];
    asked(&bench, &daemon, ProxyKind::Http, [way, open, closed], expected).await;
}

#[tokio::test]
async fn microsocks() {
    let Some(program) = installed("microsocks", &["/usr/bin/microsocks"]) else { return };
    let bench = Bench::new();
    let [way, open, closed] = free_ports();
    let Some(_server) = server(&bench, open) else { return };
    let mut start = command(&program, None);
    start.args(["-i", "127.0.0.1", "-p", &way.to_string(), "-u", "ann", "-P", "Pa55word"]);
    let daemon = Daemon::start(&mut start, &bench.path("log"), &[way]);
    let expected = [Ok("connected (0)"), Err("proxy.auth"), Err("proxy.auth"), Err("tcp.refused")];
    asked(&bench, &daemon, ProxyKind::Socks5, [way, open, closed], expected).await;
}

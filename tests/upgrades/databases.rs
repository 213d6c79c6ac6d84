//! Databases: PostgreSQL and MariaDB.

use std::fs;
use std::path::Path;

use tlscope::model::Protocol;

use crate::bench::Bench;
use crate::daemon::{Daemon, command, free_ports, hand_over, installed, run};

/// The newest version that is installed, with its number.
fn postgres() -> Option<(u32, String)> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let numbers = versions.filter_map(|version| version.file_name().to_string_lossy().parse().ok());
    let newest = numbers.max().unwrap_or(0);
    let server = installed("postgresql", &[&format!("/usr/lib/postgresql/{newest}/bin/postgres")])?;
    Some((newest, server))
}

#[tokio::test]
async fn postgresql() {
    const USER: &str = "postgres";
    let Some((version, server)) = postgres() else { return };
    let bench = Bench::new();
    let home = bench.folder("home");
    hand_over(&home, USER);
    let data = home.join("data");
    let key = bench.own_key("postgres.pem", USER);
    let mut make = command(&format!("/usr/lib/postgresql/{version}/bin/initdb"), Some(USER));
    run(make.args(["--no-sync", "-A", "trust", "-E", "UTF8", "--locale=C", "-D"]).arg(&data));
    let start = |port: u16, ssl: &str| {
        let mut start = command(&server, Some(USER));
        let set = |name: &str, value: &str| ["-c".to_owned(), format!("{name}={value}")];
        start.arg("-D").arg(&data).args(["-h", "127.0.0.1", "-p", &port.to_string()]).args(set("ssl", ssl));
        start.args(set("unix_socket_directories", "")).args(set("shared_buffers", "1MB")).args(set("fsync", "off"));
        start.args(set("ssl_cert_file", &bench.path("cert.pem").to_string_lossy()));
        start.args(set("ssl_key_file", &key.to_string_lossy()));
        Daemon::start(&mut start, &bench.path("log"), &[port])
    };
    let [open, without] = free_ports();
    let daemon = start(open, "on");
    bench.upgrades(&daemon, Protocol::Postgres, open, "").await;
    if version >= 17 {
        bench.serves_at_once(&daemon, "postgres", "postgresql", open).await;
    } else {
        eprintln!("direct TLS is only refused, as PostgreSQL {version} does not know it: 17 does");
        bench.wants_its_upgrade(&daemon, "postgres", open, "tls.closed_early").await;
    }
    drop(daemon);
    let daemon = start(without, "off");
    bench.finds(&daemon, Protocol::Postgres, without, "starttls.not_offered").await;
}

#[tokio::test]
async fn mariadb() {
    const USER: &str = "mysql";
    let Some(server) = installed("mariadb", &["/usr/sbin/mariadbd"]) else { return };
    let Some(install) = installed("mariadb", &["/usr/bin/mariadb-install-db"]) else { return };
    let bench = Bench::new();
    let data = bench.folder("data");
    hand_over(&data, USER);
    let key = bench.own_key("mysql.pem", USER);
    let argument = |name: &str, path: &Path| format!("--{name}={}", path.display());
    let mut make = command(&install, Some(USER));
    make.args(["--no-defaults", "--skip-test-db", "--auth-root-authentication-method=normal"]);
    run(make.arg(argument("datadir", &data)));
    let start = |port: u16, tls: &[String]| {
        let mut start = command(&server, Some(USER));
        start.arg("--no-defaults").arg(argument("datadir", &data)).arg(argument("socket", &data.join("socket")));
        start.args(["--bind-address=127.0.0.1", "--skip-name-resolve", "--innodb-buffer-pool-size=8M"]);
        Daemon::start(start.arg(format!("--port={port}")).args(tls), &bench.path("log"), &[port])
    };
    let [open, without] = free_ports();
    let daemon = start(open, &[argument("ssl-cert", &bench.path("cert.pem")), argument("ssl-key", &key)]);
    bench.upgrades(&daemon, Protocol::Mysql, open, "MariaDB").await;
    bench.finds(&daemon, Protocol::Tls, open, "starttls.wrong_mode").await;
    drop(daemon);
    let daemon = start(without, &["--skip-ssl".to_owned()]);
    bench.finds(&daemon, Protocol::Mysql, without, "starttls.not_offered").await;
}

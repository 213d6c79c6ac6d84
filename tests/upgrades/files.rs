//! Files and news: vsftpd and INN's reader.

use tlscope::model::Protocol;

use crate::bench::Bench;
use crate::daemon::{Daemon, command, free_ports, hand_over, installed, is_root, run};

#[tokio::test]
async fn vsftpd() {
    let Some(vsftpd) = installed("vsftpd", &["/usr/sbin/vsftpd"]) else { return };
    if !is_root() {
        eprintln!("skipped, as vsftpd must be started by root");
        return;
    }
    let bench = Bench::new();
    bench.folder("empty");
    let start = |name: &str, port: u16, tls: &str| {
        let configuration = bench.write(
            name,
            &format!(
                "listen=YES\nlisten_address=127.0.0.1\nlisten_port={port}\nbackground=NO\nanonymous_enable=YES\n\
                 secure_chroot_dir={{dir}}/empty\nftp_username=nobody\nanon_root={{dir}}/empty\nseccomp_sandbox=NO\n\
                 isolate=NO\nisolate_network=NO\n{tls}"
            ),
        );
        Daemon::start(command(&vsftpd, None).arg(configuration), &bench.path("log"), &[port])
    };
    let [open, without, wrapped] = free_ports();
    let tls = "ssl_enable=YES\nallow_anon_ssl=YES\nrsa_cert_file={dir}/cert.pem\nrsa_private_key_file={dir}/key.pem\n";
    let daemon = start("tls.conf", open, tls);
    bench.upgrades(&daemon, Protocol::Ftp, open, "220 (vsFTPd").await;
    bench.finds(&daemon, Protocol::Smtp, open, "starttls.wrong_mode").await;
    bench.finds(&daemon, Protocol::Tls, open, "starttls.wrong_mode").await;
    let daemon = start("plain.conf", without, "ssl_enable=NO\n");
    bench.finds(&daemon, Protocol::Ftp, without, "starttls.not_offered").await;
    let daemon = start("implicit.conf", wrapped, &format!("{tls}implicit_ssl=YES\n"));
    bench.upgrades(&daemon, Protocol::Tls, wrapped, "").await;
    bench.finds(&daemon, Protocol::Ftp, wrapped, "starttls.wrong_mode").await;
}

const INN: &str = "pathhost: news.example
domain: news.example
pathnews: /usr/lib/news
pathspool: {dir}/spool
pathdb: {dir}/db
pathetc: {dir}
pathrun: {dir}/run
pathlog: {dir}/log
mta: \"/bin/true\"
ovmethod: tradindexed
hismethod: hisv6
enableoverview: true
";

#[tokio::test]
async fn inn() {
    let Some(nnrpd) = installed("inn2", &["/usr/lib/news/bin/nnrpd"]) else { return };
    if !is_root() {
        eprintln!("skipped, as nnrpd must be started by root");
        return;
    }
    let bench = Bench::new();
    for folder in ["spool/overview", "spool/articles", "db", "run", "log"] {
        hand_over(&bench.folder(folder), "news");
    }
    for file in ["history", "active", "newsgroups"] {
        bench.write(&format!("db/{file}"), "");
    }
    bench.write(
        "readers.conf",
        "auth \"all\" { hosts: \"*\" default: \"<user>\" }\naccess \"all\" { users: \"*\" newsgroups: \"*\" }\n",
    );
    bench.write("storage.conf", "method tradspool {\n newsgroups: *\n class: 0\n}\n");
    let key = bench.own_key("news.pem", "news");
    // Without a group there is no overview, and without that no reader is served.
    let mut group = command("/usr/lib/news/bin/tdx-util", Some("news"));
    run(group.env("INNCONF", bench.write("inn.conf", INN)).args(["-c", "-n", "example.group"]));
    let start = |name: &str, port: u16, tls: &str, options: &[&str]| {
        let configuration = bench.write(name, &format!("{INN}{tls}"));
        let mut start = command(&nnrpd, Some("news"));
        start
            .env("INNCONF", configuration)
            .args(["-D", "-f", "-4", "127.0.0.1", "-p", &port.to_string()])
            .args(options);
        Daemon::start(&mut start, &bench.path("said"), &[port])
    };
    let tls = format!("tlscertfile: {{dir}}/cert.pem\ntlskeyfile: {}\n", key.display());
    let [open, without, wrapped] = free_ports();
    let daemon = start("inn.conf", open, &tls, &[]);
    bench.upgrades(&daemon, Protocol::Nntp, open, "InterNetNews").await;
    bench.finds(&daemon, Protocol::Tls, open, "starttls.wrong_mode").await;
    let daemon = start("plain.conf", without, "tlscertfile: {dir}/gone.pem\n", &[]);
    bench.finds(&daemon, Protocol::Nntp, without, "starttls.rejected").await;
    let daemon = start("wrapped.conf", wrapped, &tls, &["-S"]);
    bench.upgrades(&daemon, Protocol::Tls, wrapped, "").await;
    bench.finds(&daemon, Protocol::Nntp, wrapped, "starttls.wrong_mode").await;
}

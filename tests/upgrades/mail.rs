//! Mail: Postfix and Dovecot.

use std::fs;

use tlscope::model::Protocol;

use crate::bench::Bench;
use crate::daemon::{Daemon, command, free_ports, hand_over, installed, is_root};

const POSTFIX: &str = "compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.example
mydestination =
alias_maps =
local_recipient_maps =
smtpd_peername_lookup = no
smtpd_tls_cert_file = {dir}/cert.pem
smtpd_tls_key_file = {dir}/key.pem
smtpd_tls_security_level = may
maillog_file = /dev/stdout
";

#[tokio::test]
async fn postfix() {
    let Some(master) = installed("postfix", &["/usr/lib/postfix/sbin/master"]) else { return };
    if !is_root() {
        eprintln!("skipped, as postfix must be started by root");
        return;
    }
    let bench = Bench::new();
    let [open, submission, without, wrapped] = free_ports();
    for folder in "active bounce corrupt defer deferred flush hold incoming private saved trace".split(' ') {
        hand_over(&bench.folder(&format!("queue/{folder}")), "postfix");
    }
    bench.folder("queue/pid");
    for folder in ["queue/public", "queue/maildrop", "data"] {
        hand_over(&bench.folder(folder), "postfix");
    }
    bench.write("main.cf", POSTFIX);
    let services = format!(
        "127.0.0.1:{open} inet n - n - - smtpd\n\
         127.0.0.1:{submission} inet n - n - - smtpd\n  -o smtpd_tls_security_level=encrypt\n\
         127.0.0.1:{without} inet n - n - - smtpd\n  -o smtpd_tls_security_level=none\n\
         127.0.0.1:{wrapped} inet n - n - - smtpd\n  -o smtpd_tls_wrappermode=yes\n\
         postlog unix-dgram n - n - 1 postlogd\nanvil unix - - n - 1 anvil\ntlsmgr unix - - n 1000? 1 tlsmgr\n\
         proxymap unix - - n - - proxymap\nrewrite unix - - n - - trivial-rewrite\n"
    );
    bench.write("master.cf", &services);
    let mut start = command(&master, None);
    start.arg("-d").arg("-c").arg(bench.path(""));
    let daemon = Daemon::start(&mut start, &bench.path("log"), &[open, submission, without, wrapped]);
    bench.upgrades(&daemon, Protocol::Smtp, open, "220 mail.example ESMTP").await;
    bench.upgrades(&daemon, Protocol::Submission, submission, "220 mail.example ESMTP").await;
    bench.upgrades(&daemon, Protocol::Tls, wrapped, "").await;
    bench.finds(&daemon, Protocol::Smtp, without, "starttls.not_offered").await;
    bench.finds(&daemon, Protocol::Smtp, wrapped, "starttls.wrong_mode").await;
    for asked in [Protocol::Tls, Protocol::Imap, Protocol::Ftp, Protocol::Lmtp] {
        bench.finds(&daemon, asked, open, "starttls.wrong_mode").await;
    }
}

const DOVECOT: &str = "base_dir = {dir}/run
log_path = /dev/stderr
listen = 127.0.0.1
ssl = yes
ssl_cert = <{dir}/cert.pem
ssl_key = <{dir}/key.pem
mail_location = maildir:{dir}/mail
passdb {
  driver = static
  args = password=x
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home={dir}/mail
}
submission_relay_host = 127.0.0.1
";

/// A kind of server that Dovecot can be, if its package is there.
fn service(login: &str, listener: &str, port: u16) -> String {
    // No chroot: the base directory is not where the package expects it.
    let chroot = if login == "lmtp" { "" } else { "chroot =\n" };
    // One process for all connections: a new one may answer before it has found the password service, without a greeting.
    format!("service {login} {{\n{chroot}service_count = 0\ninet_listener {listener} {{\nport = {port}\n}}\n}}\n")
}

#[tokio::test]
async fn dovecot() {
    let Some(dovecot) = installed("dovecot", &["/usr/sbin/dovecot"]) else { return };
    if !is_root() {
        eprintln!("skipped, as dovecot must be started by root");
        return;
    }
    let servers = [
        ("imap", "imap-login", "imap", Protocol::Imap, "* OK [CAPABILITY IMAP4rev1"),
        ("pop3", "pop3-login", "pop3", Protocol::Pop3, "+OK Dovecot"),
        ("lmtp", "lmtp", "lmtp", Protocol::Lmtp, "220 "),
        ("managesieve", "managesieve-login", "sieve", Protocol::Sieve, "Pigeonhole"),
        ("submission", "submission-login", "submission", Protocol::Submission, "Dovecot"),
    ];
    let bench = Bench::new();
    let ports: [u16; 5] = free_ports();
    let [wrapped] = free_ports();
    let there: Vec<_> = servers
        .into_iter()
        .zip(ports)
        .filter(|((program, ..), _)| {
            let path = format!("/usr/lib/dovecot/{program}");
            installed(&format!("dovecot's {program}"), &[&path]).is_some()
        })
        .collect();
    let protocols: Vec<&str> = there.iter().map(|((_, _, listener, ..), _)| *listener).collect();
    let mut configuration = format!("protocols = {}\n{DOVECOT}", protocols.join(" "));
    for ((_, login, listener, ..), port) in &there {
        configuration += &service(login, listener, *port);
    }
    let has_imap = protocols.contains(&"imap");
    if has_imap {
        configuration += &service("imap-login", "imaps", wrapped);
    }
    if protocols.contains(&"pop3") {
        configuration += "service pop3-login {\ninet_listener pop3s {\nport = 0\n}\n}\n";
    }
    let configuration = bench.write("dovecot.conf", &configuration);
    bench.folder("run");
    fs::create_dir(bench.path("mail")).expect("a directory");
    let mut start = command(&dovecot, None);
    let listening: Vec<u16> = there.iter().map(|(_, port)| *port).chain(has_imap.then_some(wrapped)).collect();
    let daemon = Daemon::start(start.arg("-F").arg("-c").arg(configuration), &bench.path("log"), &listening);
    for ((_, _, _, protocol, greeting), port) in there {
        bench.upgrades(&daemon, protocol, port, greeting).await;
        bench.finds(&daemon, Protocol::Tls, port, "starttls.wrong_mode").await;
    }
    if has_imap {
        bench.upgrades(&daemon, Protocol::Tls, wrapped, "").await;
        bench.finds(&daemon, Protocol::Imap, wrapped, "starttls.wrong_mode").await;
    }
}

//! The lab for people and for other clients: who is in it, and how to reach them.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::fleet::{Lab, Member};
use super::members::MEMBERS;
use super::plan::Plan;
use crate::model::Protocol;

/// All members with the finding that is expected and the truth, in aligned columns.
#[must_use]
pub fn list_text() -> String {
    let width = |text: fn(&Plan) -> &str| MEMBERS.iter().map(|plan| text(plan).len()).max().unwrap_or(0);
    let (name, service) = (width(|plan| plan.name), width(|plan| plan.service));
    let finding = width(|plan| plan.expected.unwrap_or_default());
    let mut text = format!("{:name$}  {:service$}  {:finding$}  TRUTH\n", "NAME", "SERVICE", "FINDING");
    for plan in MEMBERS {
        let expected = plan.expected.unwrap_or("-");
        let _ = writeln!(text, "{:name$}  {:service$}  {expected:finding$}  {}", plan.name, plan.service, plan.truth);
    }
    text
}

impl Lab {
    /// Every address in target notation (`host@ip:port`) with the truth, how curl and openssl get
    /// there, and the CA file, for clients other than this program; members of several addresses
    /// also as one target, those that need more than a notation as commands. Comments begin with `#`,
    /// so that the whole can be read back as a list.
    ///
    /// `client_file` says where each of [`Lab::clients`] is, by name.
    #[must_use]
    pub fn serve_text(&self, ca_file: &Path, client_file: impl Fn(&str) -> PathBuf) -> String {
        let lines: Vec<(String, &str)> = self
            .members()
            .iter()
            .filter(|member| member.is_plain())
            .flat_map(|member| member.addresses.iter().map(|address| (notation(member, *address), member.truth)))
            .collect();
        let width = lines.iter().map(|(target, _)| target.len()).max().unwrap_or(0);
        let ca_file = ca_file.display();
        let mut text = format!("# CA file: {ca_file}\n");
        if let Some((member, address)) = self.members().first().and_then(|m| Some((m, m.addresses.first()?))) {
            let (host, ip, port) = (&member.host, address.ip(), address.port());
            let _ = writeln!(text, "# curl --cacert {ca_file} --resolve {host}:{port}:{ip} https://{host}:{port}/");
            let _ = writeln!(text, "# openssl s_client -CAfile {ca_file} -connect {address} -servername {host}");
        }
        for one in self.members().iter().filter_map(together) {
            let _ = writeln!(text, "# tlscope check --ca-file {ca_file} {one}");
        }
        for member in self.members() {
            let papers = self.clients().iter().find(|papers| member.client.as_ref() == Some(&papers.files));
            let options = options(member, papers.map(|papers| client_file(papers.name)).as_deref());
            let Some(address) = member.addresses.first().filter(|_| !options.is_empty()) else { continue };
            let _ = writeln!(text, "# tlscope check --ca-file {ca_file}{options} {}", notation(member, *address));
        }
        for (target, truth) in lines {
            let _ = writeln!(text, "{target:width$}  # {truth}");
        }
        text
    }
}

/// A host that is an address has no other to be found at; a URL has no place for one, see [`options`].
fn notation(member: &Member, address: SocketAddr) -> String {
    let host = &member.host;
    match member.protocol {
        Protocol::H3 => format!("h3://{host}:{}", address.port()),
        _ if *host == address.ip().to_string() => address.to_string(),
        _ => format!("{host}@{address}"),
    }
}

/// What reaching a member takes beside its notation.
fn options(member: &Member, client: Option<&Path>) -> String {
    let mut options = String::new();
    if let Some(client) = client {
        let _ = write!(options, " --client-cert {}", client.display());
    }
    if member.protocol.upgrades() {
        let _ = write!(options, " --starttls {}", member.protocol);
    }
    if let (Protocol::H3, Some(address)) = (member.protocol, member.addresses.first()) {
        let _ = write!(options, " --resolve {}:{}:{}", member.host, address.port(), address.ip());
    }
    if let Some(proxy) = &member.proxy {
        let _ = write!(options, " --proxy {proxy}");
    }
    options
}

/// All addresses of a member as one target: what differs between them shows only side by side.
/// None for one address, and where the system made them differ in port.
fn together(member: &Member) -> Option<String> {
    let (first, rest) = member.addresses.split_first()?;
    if rest.is_empty() || rest.iter().any(|address| address.port() != first.port()) {
        return None;
    }
    let (host, port) = (&member.host, first.port());
    let ips: Vec<String> = member.addresses.iter().map(|address| address.ip().to_string()).collect();
    Some(format!("--resolve {host}:{port}:{} {host}:{port}", ips.join(",")))
}

//! Apache's httpd: virtual hosts with TLS, along their includes and macros.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::apache_macros::Macros;
use super::apache_md::Managed;
use super::disk::{Disk, Trail, Unread};
use super::found::{Found, brief};
use super::sites::{Listen, MOST_LISTENS, Reference, Site};
use super::words::{LONGEST, expand_braced, words};

/// Reads a configuration; relative references are relative to `ServerRoot`, else to where the main file is.
pub(super) fn read(name: &str, text: &str, directory: &Path, disk: Disk) -> Found {
    let mut reading = Reading {
        found: Found::default(),
        root: disk.root(directory, &["apache2.conf", "httpd.conf"]),
        defined: BTreeMap::new(),
        macros: Macros::default(),
        managed: Managed::default(),
        bound: BTreeMap::new(),
        port: 443,
        server: VirtualHost { site: Site { place: name.to_owned(), ..Site::default() }, ..VirtualHost::default() },
        host: None,
        hosts: Vec::new(),
        disk,
        trail: Trail::on(disk),
    };
    reading.file(name, Path::new(name), text);
    reading.finish()
}

/// Whether it is a configuration of Apache.
pub(super) fn is_one(text: &str) -> bool {
    const BEGINNINGS: [&str; 7] =
        ["<virtualhost ", "serverroot ", "sslcertificatefile ", "<ifmodule ", "<macro ", "mdomain ", "<mdomainset "];
    text.lines().any(|line| {
        let line = line.trim_start().to_ascii_lowercase();
        BEGINNINGS.iter().any(|beginning| line.starts_with(beginning))
    })
}

#[derive(Default)]
struct VirtualHost {
    site: Site,
    /// What `SSLEngine` says.
    is_tls: Option<bool>,
    /// Whether it is at every port that somebody listens at (`*:*`).
    is_at_any: bool,
}

struct Reading {
    found: Found,
    root: PathBuf,
    /// `Define NAME value`.
    defined: BTreeMap<String, String>,
    macros: Macros,
    managed: Managed,
    /// `Listen`, and whether it is for HTTPS.
    bound: BTreeMap<Listen, bool>,
    /// That of the last `Listen`: of virtual hosts that name none.
    port: u16,
    /// What is said outside of virtual hosts, and holds in each that does not say otherwise.
    server: VirtualHost,
    host: Option<VirtualHost>,
    hosts: Vec<VirtualHost>,
    disk: Disk,
    trail: Trail,
}

impl Reading {
    fn file(&mut self, place: &str, path: &Path, text: &str) {
        let name = path.display().to_string();
        if let Err(reason) = self.trail.enter(path, text.len()) {
            return self.found.unfollowed(place, &name, &reason);
        }
        let mut lines = text.lines().enumerate();
        while let Some((index, line)) = lines.next() {
            let mut line = line.to_owned();
            while line.ends_with('\\') {
                line.pop();
                let Some((_, more)) = lines.next() else { break };
                line.push_str(more);
            }
            self.line(&format!("{name}:{}", index + 1), &line);
        }
        if self.macros.abandon() {
            self.found.skip(&name, "ends within a macro");
        }
        self.trail.leave();
    }

    fn line(&mut self, place: &str, line: &str) {
        let line = line.trim();
        if self.macros.takes(line) || line.starts_with('#') {
            return;
        }
        let line = expand_braced(line, |name| self.defined.get(name).cloned());
        if line.len() > LONGEST {
            return self.found.skip(place, format!("a line of more than {} KiB", LONGEST >> 10));
        }
        let is_section = line.starts_with('<');
        let words = words(line.trim_start_matches('<').trim_end_matches('>'));
        let [name, values @ ..] = &words[..] else { return };
        let name = name.to_ascii_lowercase();
        if is_section {
            self.section(place, &name, values);
        } else {
            self.directive(place, &name, values);
        }
    }

    fn section(&mut self, place: &str, name: &str, values: &[String]) {
        match (name, values) {
            ("virtualhost", places) => {
                let is_at_any = places.iter().any(|at| at.ends_with(":*"));
                let places = places.iter().filter(|at| !at.ends_with(":*"));
                let listens = places.filter_map(|at| Listen::parse(at, self.port)).take(MOST_LISTENS).collect();
                let site = Site { place: place.to_owned(), listens, ..Site::default() };
                self.host = Some(VirtualHost { site, is_tls: None, is_at_any });
            }
            ("/virtualhost", _) => self.hosts.extend(self.host.take()),
            ("macro", [name, parameters @ ..]) => self.macros.open(name, parameters),
            ("mdomainset" | "manageddomain", names) => self.managed.domain(place, names, true),
            ("/mdomainset" | "/manageddomain", _) => self.managed.close(),
            _ => {}
        }
    }

    fn directive(&mut self, place: &str, name: &str, values: &[String]) {
        match (name, values) {
            ("serverroot", [root]) => self.root = self.root.join(root),
            ("define", [name, value]) => drop(self.defined.insert(name.clone(), value.clone())),
            ("undefine", [name]) => drop(self.defined.remove(name)),
            ("include" | "includeoptional", [pattern]) => self.include(place, pattern, name == "include"),
            ("listen", [at, protocol @ ..]) => self.listen(at, protocol.first()),
            ("use", [name, values @ ..]) => self.expand(place, name, values),
            ("undefmacro", [name]) => self.macros.forget(name),
            (_, values) if name.starts_with("md") || name == "manageddomain" => {
                self.managed.directive(place, name, values, &self.root);
            }
            (_, values) => self.of_host(name, values),
        }
    }

    /// `Listen [ADDRESS:]PORT [PROTOCOL]`: without a protocol 443 is HTTPS.
    fn listen(&mut self, at: &str, protocol: Option<&String>) {
        let Some(listen) = Listen::parse(at, 80) else { return };
        self.port = listen.port();
        let is_https = protocol.map_or(self.port == 443, |protocol| protocol.eq_ignore_ascii_case("https"));
        self.bound.insert(listen, is_https);
    }

    fn expand(&mut self, place: &str, name: &str, values: &[String]) {
        match self.macros.enter(name, values) {
            Ok(lines) => {
                for line in lines {
                    self.line(place, &line);
                }
                self.macros.leave();
            }
            Err(reason) => self.found.unfollowed(place, name, &reason),
        }
    }

    fn of_host(&mut self, name: &str, values: &[String]) {
        let VirtualHost { site, is_tls, .. } = self.host.as_mut().unwrap_or(&mut self.server);
        let reference = |path: &String| Reference::new(&self.root, path);
        match (name, values) {
            ("servername", [name, ..]) => site.names.insert(0, bare(name)),
            ("serveralias", names) => site.names.extend(names.iter().cloned()),
            ("sslengine", [value]) => *is_tls = Some(value.eq_ignore_ascii_case("on")),
            ("sslcertificatefile", [path]) => site.certificates.push(reference(path)),
            ("sslcertificatekeyfile", [path]) => site.keys.push(reference(path)),
            _ => {}
        }
    }

    fn include(&mut self, place: &str, pattern: &str, must: bool) {
        let wanted = self.root.join(pattern);
        let is_pattern = pattern.contains(['*', '?', '[']) || self.disk.is_directory(&wanted);
        let paths = if is_pattern { self.disk.below(&wanted) } else { vec![Ok(wanted.clone())] };
        if paths.is_empty() && must && self.disk == Disk::Here && !wanted.is_dir() {
            return self.found.broken(place, format!("'{}' leads nowhere", brief(pattern)));
        }
        for path in paths {
            let path = match path {
                Ok(path) => path,
                Err(reason) => {
                    self.found.unfollowed(place, pattern, &reason);
                    continue;
                }
            };
            match self.disk.read(&path) {
                Ok(bytes) => self.file(place, &path, &String::from_utf8_lossy(&bytes)),
                Err(Unread::Absent) if !must => {}
                Err(reason) => self.found.unread(place, &path, &reason),
            }
        }
    }

    /// What is said of the whole server can stand below a host, hence at the end.
    fn finish(mut self) -> Found {
        self.hosts.extend(self.host.take());
        let hosts = std::mem::take(&mut self.hosts);
        let mut rest: BTreeSet<Listen> = self.bound.keys().copied().collect();
        for listen in hosts.iter().flat_map(|host| &host.site.listens) {
            rest.remove(listen);
        }
        let rest: Vec<Listen> = rest.into_iter().take(MOST_LISTENS).collect();
        let is_all = hosts.iter().any(|host| host.is_at_any);
        for host in hosts {
            self.tell(host, &rest);
        }
        // Where no virtual host is, the server itself answers.
        if self.server.is_tls == Some(true) && !is_all {
            let mut server = std::mem::take(&mut self.server);
            server.site.listens.extend(rest);
            if !server.site.listens.is_empty() {
                self.tell(server, &[]);
            }
        }
        self.managed.tell(&mut self.found);
        self.found
    }

    /// Tells of a virtual host; one that is at any port is where no other is.
    fn tell(&mut self, host: VirtualHost, rest: &[Listen]) {
        let VirtualHost { mut site, is_tls, is_at_any } = host;
        let is_said = is_tls.or(self.server.is_tls);
        let is_https = || site.listens.iter().any(|listen| self.bound.get(listen) == Some(&true));
        // Of a part of a configuration it is not known where it listens.
        let is_tls = is_said.unwrap_or_else(|| is_https() || self.bound.is_empty() && !site.certificates.is_empty());
        if !is_tls {
            if is_said.is_none() && !site.certificates.is_empty() {
                self.found.skip(&site.place, "has a certificate and no TLS: neither SSLEngine nor Listen says so");
            }
            return;
        }
        if is_at_any {
            site.listens.extend(rest);
        }
        if is_at_any && site.listens.is_empty() {
            site.listens.push(Listen::Everywhere(443));
        }
        if site.certificates.is_empty() {
            site.certificates.clone_from(&self.server.site.certificates);
        }
        self.managed.serve(&mut self.found, &mut site, &self.root, self.disk);
        site.tell(&mut self.found, self.disk);
    }
}

/// `ServerName https://www.example:443` names www.example.
fn bare(name: &str) -> String {
    let name = name.split_once("://").map_or(name, |(_, rest)| rest);
    name.rsplit_once(':').map_or(name, |(host, _)| host).to_owned()
}

#[cfg(test)]
#[path = "apache_tests.rs"]
mod tests;

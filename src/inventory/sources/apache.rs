//! Apache's httpd: virtual hosts with TLS, along their includes and macros.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::apache_macros::Macros;
use super::apache_md::Managed;
use super::apache_places::Place;
use super::apache_sections::Sections;
use super::disk::{Disk, Trail, Unread};
use super::found::{Found, brief};
use super::sites::{Listen, MOST_LISTENS, Reference, Site, refer};
use super::words::{LONGEST, MOST_BYTES, expand_braced, words_of_apache};

/// Reads a configuration; relative references are relative to `ServerRoot`, else to where the main file is.
pub(super) fn read(name: &str, text: &str, directory: &Path, disk: Disk) -> Found {
    let mut reading = Reading {
        found: Found::default(),
        root: disk.root(directory, &["apache2.conf", "httpd.conf"]),
        defined: BTreeMap::new(),
        expanded: 0,
        sections: Sections::default(),
        macros: Macros::default(),
        managed: Managed::default(),
        bound: BTreeMap::new(),
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
    /// Where it is at every port that somebody listens at: everywhere, or at this host.
    at_any: Vec<Option<String>>,
    name: Option<String>,
    /// That of its name, if any.
    port: Option<u16>,
}

impl VirtualHost {
    /// As a site: its name is the last that is given, and comes before the others.
    fn closed(mut self) -> Self {
        self.site.names.splice(..0, self.name.take());
        self
    }
}

struct Reading {
    found: Found,
    root: PathBuf,
    /// `Define NAME value`.
    defined: BTreeMap<String, String>,
    /// Bytes of lines with variables.
    expanded: usize,
    sections: Sections,
    macros: Macros,
    managed: Managed,
    /// `Listen`, and whether it is for HTTPS.
    bound: BTreeMap<Listen, bool>,
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
        let depth = self.sections.depth();
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
        if self.sections.leave(depth) {
            self.found.skip(&name, "ends within a section that is skipped");
        }
        self.trail.leave();
    }

    fn line(&mut self, place: &str, line: &str) {
        let line = line.trim();
        if self.sections.skips(line) || self.macros.takes(line) || line.starts_with('#') {
            return;
        }
        let varies = line.contains("${");
        if varies && self.expanded > MOST_BYTES {
            return self.found.skip(place, format!("lines with variables are more than {} MiB", MOST_BYTES >> 20));
        }
        let line = expand_braced(line, |name| self.defined.get(name).cloned());
        if varies {
            self.expanded += line.len();
        }
        if line.len() > LONGEST {
            return self.found.skip(place, format!("a line of more than {} KiB", LONGEST >> 10));
        }
        let section = line.strip_prefix('<').map(|line| line.rsplit_once('>').map_or(line, |(inner, _)| inner));
        let words = words_of_apache(section.unwrap_or(&line));
        let [name, values @ ..] = &words[..] else { return };
        let name = name.to_ascii_lowercase();
        if section.is_some() {
            self.section(place, &name, values);
        } else {
            self.directive(place, &name, values);
        }
    }

    fn section(&mut self, place: &str, name: &str, values: &[String]) {
        match (name, values) {
            ("virtualhost", places) => self.virtual_host(place, places),
            ("/virtualhost", _) => self.hosts.extend(self.host.take().map(VirtualHost::closed)),
            ("macro", [name, parameters @ ..]) => self.macros.open(name, parameters),
            ("mdomainset" | "manageddomain", names) => self.managed.domain(place, names, true),
            ("/mdomainset" | "/manageddomain", _) => self.managed.close(),
            (_, [condition, ..]) => {
                let file = |path: &str| (self.disk == Disk::Here).then(|| self.root.join(path).exists());
                self.sections.begin(name, condition, file);
            }
            _ => name.strip_prefix('/').into_iter().for_each(|name| self.sections.end(name)),
        }
    }

    fn virtual_host(&mut self, place: &str, places: &[String]) {
        let mut host =
            VirtualHost { site: Site { place: place.to_owned(), ..Site::default() }, ..VirtualHost::default() };
        for written in places {
            match Place::parse(written, self.server.port) {
                Ok(Place::At(listen)) if host.site.listens.len() < MOST_LISTENS => host.site.listens.push(listen),
                Ok(Place::AnyPort(at)) if host.at_any.len() < MOST_LISTENS => host.at_any.push(at),
                Ok(_) => self.found.skip(
                    place,
                    format!("'{}' is left out: one site has more than {MOST_LISTENS} places", brief(written)),
                ),
                Err(reason) => self.found.skip(place, format!("'{}' is left out: {reason}", brief(written))),
            }
        }
        self.host = Some(host);
    }

    fn directive(&mut self, place: &str, name: &str, values: &[String]) {
        match (name, values) {
            ("serverroot", [root]) => self.root = self.root.join(root),
            ("define", [name, value @ ..]) => {
                self.sections.define(name, true);
                self.defined.extend(value.first().map(|value| (name.clone(), value.clone())));
            }
            ("undefine", [name]) => {
                self.sections.define(name, false);
                self.defined.remove(name);
            }
            ("loadmodule", [module, file]) => self.sections.load(module, file),
            ("include" | "includeoptional", [pattern]) => self.include(place, pattern, name == "include"),
            ("listen", [at, protocol @ ..]) => self.listen(place, at, protocol.first()),
            ("use", [name, values @ ..]) => self.expand(place, name, values),
            ("undefmacro", [name]) => self.macros.forget(name),
            (_, values) if name.starts_with("md") || name == "manageddomain" => {
                self.managed.directive(place, name, values, &self.root);
            }
            (_, values) => self.of_host(place, name, values),
        }
    }

    /// `Listen [ADDRESS:]PORT [PROTOCOL]`: without a protocol 443 is HTTPS.
    fn listen(&mut self, place: &str, at: &str, protocol: Option<&String>) {
        let Some(listen) = Listen::parse(at, 80).filter(|_| !at.contains('$')) else {
            let reason = if at.contains('$') { "it depends on a variable" } else { "that is no port" };
            return self.found.skip(place, format!("'{}' is left out: {reason}", brief(at)));
        };
        if self.bound.len() >= MOST_LISTENS && !self.bound.contains_key(&listen) {
            let at = brief(at);
            return self
                .found
                .skip(place, format!("'{at}' is left out: Apache listens at more than {MOST_LISTENS} places"));
        }
        let is_https = protocol.map_or(listen.port() == 443, |protocol| protocol.eq_ignore_ascii_case("https"));
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

    fn of_host(&mut self, place: &str, name: &str, values: &[String]) {
        let VirtualHost { site, is_tls, name: own, port, .. } = self.host.as_mut().unwrap_or(&mut self.server);
        let reference = |path: &String| Reference::new(&self.root, path);
        match (name, values) {
            ("servername", [name, ..]) => (*own, *port) = bare(name),
            ("serveralias", names) => site.names.extend(names.iter().cloned()),
            ("sslengine", [value]) => *is_tls = Some(value.eq_ignore_ascii_case("on")),
            ("sslcertificatefile", [path]) => refer(&mut self.found, place, &mut site.certificates, reference(path)),
            ("sslcertificatekeyfile", [path]) => refer(&mut self.found, place, &mut site.keys, reference(path)),
            _ => {}
        }
    }

    fn include(&mut self, place: &str, pattern: &str, must: bool) {
        let wanted = self.root.join(pattern);
        let is_pattern = pattern.contains(['*', '?', '[']) || self.disk.is_directory(&wanted);
        let admitted = if is_pattern { self.trail.admits_pattern() } else { self.trail.admits() };
        if let Err(reason) = admitted {
            return self.found.unfollowed(place, pattern, &reason);
        }
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
            if let Err(reason) = self.trail.admits() {
                return self.found.unfollowed(place, pattern, &reason);
            }
            match self.disk.read(&path) {
                Ok(bytes) => self.file(place, &path, &String::from_utf8_lossy(&bytes)),
                Err(Unread::Absent) if !must => {}
                Err(reason) => self.found.unread(place, &path, &reason),
            }
        }
    }

    /// What is said of the whole server can stand below a host, hence at the end.
    fn finish(mut self) -> Found {
        self.hosts.extend(self.host.take().map(VirtualHost::closed));
        let hosts = std::mem::take(&mut self.hosts);
        let claimed: BTreeSet<Listen> = hosts.iter().flat_map(|host| host.site.listens.iter().copied()).collect();
        let is_all = hosts.iter().any(|host| host.at_any.contains(&None));
        for host in hosts {
            if self.found.is_full() {
                break;
            }
            self.tell(host, &claimed);
        }
        // Where no virtual host is, the server itself answers.
        let rest = self.at_any_port(None, &claimed);
        if self.server.is_tls == Some(true) && !is_all && !rest.is_empty() {
            let mut server = std::mem::take(&mut self.server).closed();
            server.site.listens = rest;
            self.tell(server, &claimed);
        }
        self.managed.tell(&mut self.found);
        self.found
    }

    /// Where somebody listens at a host, or everywhere, and no virtual host is at that very port.
    fn at_any_port(&self, host: Option<&str>, claimed: &BTreeSet<Listen>) -> Vec<Listen> {
        let meant = self.bound.keys().filter_map(|bound| match (host, bound) {
            (None, bound) => Some(*bound),
            (Some(host), Listen::Everywhere(port)) => Some(Listen::of(host, *port)),
            (Some(host), bound) => Some(*bound).filter(|bound| Listen::of(host, bound.port()) == *bound),
        });
        meant.filter(|listen| !claimed.contains(listen)).take(MOST_LISTENS).collect()
    }

    fn tell(&mut self, host: VirtualHost, claimed: &BTreeSet<Listen>) {
        let VirtualHost { mut site, is_tls, at_any, .. } = host;
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
        for at in at_any {
            site.listens.extend(match at {
                host if self.bound.is_empty() => vec![Listen::of(host.as_deref().unwrap_or("*"), 443)],
                host => self.at_any_port(host.as_deref(), claimed),
            });
        }
        if site.certificates.is_empty() {
            site.certificates.clone_from(&self.server.site.certificates);
        }
        self.managed.serve(&mut self.found, &mut site, &self.root, self.disk);
        site.tell(&mut self.found, self.disk);
    }
}

/// `ServerName https://www.example:443` names www.example, and a port.
fn bare(name: &str) -> (Option<String>, Option<u16>) {
    let name = name.split_once("://").map_or(name, |(_, rest)| rest);
    let (host, port) = name.rsplit_once(':').map_or((name, None), |(host, port)| (host, port.parse().ok()));
    (Some(host.to_owned()), port)
}

#[cfg(test)]
#[path = "apache_tests.rs"]
mod tests;

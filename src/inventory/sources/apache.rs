//! Apache's httpd: virtual hosts with TLS, along their includes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::disk::{Disk, Trail};
use super::found::{Found, brief};
use super::sites::{Listen, Reference, Site};
use super::words::{LONGEST, expand, words};

/// Reads a configuration; relative references are relative to `ServerRoot`, else to where the main file is.
pub(super) fn read(name: &str, text: &str, directory: &Path, disk: Disk) -> Found {
    let mut reading = Reading {
        found: Found::default(),
        root: disk.root(directory, &["apache2.conf", "httpd.conf"]),
        defined: BTreeMap::new(),
        server: VirtualHost::default(),
        host: None,
        hosts: Vec::new(),
        disk,
        trail: Trail::default(),
    };
    reading.file(name, Path::new(name), text);
    reading.finish()
}

/// Whether it is a configuration of Apache.
pub(super) fn is_one(text: &str) -> bool {
    const BEGINNINGS: [&str; 4] = ["<virtualhost ", "serverroot ", "sslcertificatefile ", "<ifmodule "];
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
}

struct Reading {
    found: Found,
    root: PathBuf,
    /// `Define NAME value`.
    defined: BTreeMap<String, String>,
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
        self.trail.leave();
    }

    fn line(&mut self, place: &str, line: &str) {
        let line = line.trim();
        if line.starts_with('#') {
            return;
        }
        let line = expand(line, |name| self.defined.get(name).cloned());
        if line.len() > LONGEST {
            return self.found.skip(place, format!("a line of more than {} KiB", LONGEST >> 10));
        }
        let is_section = line.starts_with('<');
        let words = words(line.trim_start_matches('<').trim_end_matches('>'));
        let [name, values @ ..] = &words[..] else { return };
        let name = name.to_ascii_lowercase();
        match (is_section, name.as_str(), values) {
            (true, "virtualhost", places) => {
                let listens = places.iter().filter_map(|at| Listen::parse(at.trim_end_matches(":*"), 443)).collect();
                let site = Site { place: place.to_owned(), listens, ..Site::default() };
                self.host = Some(VirtualHost { site, is_tls: None });
            }
            (true, "/virtualhost", _) => self.hosts.extend(self.host.take()),
            (false, "serverroot", [root]) => self.root = self.root.join(root),
            (false, "define", [name, value]) => drop(self.defined.insert(name.clone(), value.clone())),
            (false, "include" | "includeoptional", [pattern]) => self.include(place, pattern, name == "include"),
            (false, _, values) => self.of_host(&name, values),
            _ => {}
        }
    }

    fn of_host(&mut self, name: &str, values: &[String]) {
        let VirtualHost { site, is_tls } = self.host.as_mut().unwrap_or(&mut self.server);
        let reference = |path: &String| Reference::new(&self.root, path);
        match (name, values) {
            ("servername", [name, ..]) => site.names.insert(0, bare(name)),
            ("serveralias", names) => site.names.extend(names.iter().cloned()),
            ("sslengine", [value]) => *is_tls = Some(!value.eq_ignore_ascii_case("off")),
            ("sslcertificatefile", [path]) => site.certificates.push(reference(path)),
            ("sslcertificatekeyfile", [path]) => site.keys.push(reference(path)),
            _ => {}
        }
    }

    fn include(&mut self, place: &str, pattern: &str, must: bool) {
        let wanted = self.root.join(pattern);
        let paths = match self.disk.files(&wanted) {
            Ok(paths) => paths,
            Err(reason) => return self.found.unfollowed(place, pattern, &reason),
        };
        if paths.is_empty() && must && self.disk == Disk::Here && !wanted.is_dir() {
            return self.found.broken(place, format!("'{}' leads nowhere", brief(pattern)));
        }
        for path in paths {
            match self.disk.read(&path) {
                Ok(bytes) => self.file(place, &path, &String::from_utf8_lossy(&bytes)),
                Err(reason) => self.found.unread(place, &path, &reason),
            }
        }
    }

    /// What is said of the whole server can stand below a host, hence at the end.
    fn finish(mut self) -> Found {
        self.hosts.extend(self.host.take());
        for VirtualHost { mut site, is_tls } in std::mem::take(&mut self.hosts) {
            let is_tls = is_tls.or(self.server.is_tls).unwrap_or(!site.certificates.is_empty());
            if !is_tls {
                continue;
            }
            if site.certificates.is_empty() {
                site.certificates.clone_from(&self.server.site.certificates);
            }
            site.tell(&mut self.found, self.disk);
        }
        self.found
    }
}

/// `ServerName https://www.example:443` names www.example.
fn bare(name: &str) -> String {
    let name = name.split_once("://").map_or(name, |(_, rest)| rest);
    name.rsplit_once(':').map_or(name, |(host, _)| host).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(found: &Found) -> Vec<String> {
        found.sightings.iter().map(|one| one.spec.to_string()).collect()
    }

    fn told(found: &Found, directory: &Path) -> Vec<String> {
        let here = format!("{}/", directory.display());
        found.notices.iter().map(|notice| notice.to_string().replace(&here, "")).collect()
    }

    #[test]
    fn virtual_hosts_with_tls_are_taken() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
        write("cert.pem", "x");
        write(
            "b.conf",
            "<VirtualHost 10.0.0.5:8443>\nServerName b.example\nSSLCertificateFile gone.pem\nSSLCertificateKeyFile gone.key\n</VirtualHost>\nInclude b.conf\n",
        );
        let text = "Define domain shop.example\n# Include nothing\n<IfModule mod_ssl.c>\n<VirtualHost *:443 [::]:443>\n  ServerName https://${domain}:443\n  ServerAlias \\\n   www.${domain} *.shop.example\n\
                    SSLEngine on\nSSLCertificateFile \"cert.pem\"\n</VirtualHost>\n</IfModule>\n<VirtualHost *:80>\nServerName plain.example\n</VirtualHost>\nInclude b.conf\nInclude none/*.conf\nIncludeOptional none/*.conf\n\
                    <VirtualHost *:444>\nServerName off.example\nSSLEngine off\nSSLCertificateFile cert.pem\n</VirtualHost>\n";
        assert!(is_one(text));
        let found = read("h.conf", text, directory.path(), Disk::Here);
        let expected = [
            "shop.example:443",
            "shop.example:443",
            "www.shop.example:443",
            "www.shop.example:443",
            "b.example@10.0.0.5:8443",
        ];
        assert_eq!(names(&found), expected);
        assert!(found.sightings[0].cert_file.as_ref().unwrap().ends_with("cert.pem"));
        let expected = [
            "b.conf:6: 'b.conf' is not followed: it would include itself",
            "h.conf:16: file.broken_reference: 'none/*.conf' leads nowhere",
            "h.conf:4: '*.shop.example' is left out: a wildcard cannot be connected to; name a host it covers",
            "b.conf:1: file.broken_reference: the certificate file 'gone.pem' leads nowhere",
            "b.conf:1: file.broken_reference: the key file 'gone.key' leads nowhere",
        ];
        assert_eq!(told(&found, directory.path()), expected);
    }

    #[test]
    fn the_server_speaks_for_hosts_that_do_not() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("sites")).unwrap();
        for name in ["apache2.conf", "cert.pem", "ecdsa.pem"] {
            std::fs::write(directory.path().join(name), "x").unwrap();
        }
        let text = "<VirtualHost _default_:*>\nServerName a.example\n</VirtualHost>\n<VirtualHost *:8443>\nServerName b.example\nSSLCertificateFile cert.pem\nSSLCertificateFile ecdsa.pem\n\
                    </VirtualHost>\nSSLEngine on\nSSLCertificateFile cert.pem\n<VirtualHost *:9443>\nServerName ${unknown}\n";
        let found = read("s", text, &directory.path().join("sites"), Disk::Here);
        assert_eq!(names(&found), ["a.example:443", "b.example:8443"]);
        let files: Vec<Option<PathBuf>> = found.sightings.iter().map(|one| one.cert_file.clone()).collect();
        assert_eq!(files, [Some(directory.path().join("cert.pem")), None]);
        let expected = [
            "s:4: 2 certificate files serve it; cert_file can name one, so none is taken",
            "s:11: '${unknown}' is left out: it depends on a variable",
        ];
        assert_eq!(told(&found, directory.path()), expected);
    }
}

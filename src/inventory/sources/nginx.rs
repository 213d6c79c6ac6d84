//! nginx: the output of `nginx -T`, or its files with their includes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::disk::{AS_IN_SHELLS, Disk, Trail};
use super::found::{Found, brief};
use super::nginx_words::{Token, Tokens};
use super::sites::{self, Listen, Reference, Site, refer};
use super::words::expand;

/// Blocks within blocks.
const DEEPEST: usize = 32;
/// Words of one directive; what is beyond is dropped.
const MOST_WORDS: usize = 4096;
/// What `nginx -T` writes before each file.
const MARK: &str = "# configuration file ";

/// Reads a configuration; relative references are relative to `directory`, or to the first file of a dump.
pub(super) fn read(name: &str, text: &str, directory: &Path, disk: Disk) -> Found {
    let dump = dumped(text);
    let (first, body) = dump.first().copied().unwrap_or((name, text));
    let prefix = if dump.is_empty() {
        disk.root(directory, &["nginx.conf"])
    } else {
        Path::new(first).parent().unwrap_or(directory).to_owned()
    };
    let mut found = Found::default();
    let mut disk = disk;
    if !dump.is_empty() && disk.length(Path::new(first)).is_err() {
        found.skip(name, format!("'{}' is not on this machine: no certificate file is looked at", brief(first)));
        disk = Disk::Elsewhere;
    }
    let is_dump = !dump.is_empty();
    let mut reading = Reading {
        found,
        stack: vec![Block::default()],
        files: dump.into_iter().map(|(path, text)| (PathBuf::from(path), text)).collect(),
        is_dump,
        prefix,
        disk,
        trail: Trail::on(disk),
        sites: Vec::new(),
        proxied: BTreeSet::new(),
        maps: BTreeMap::new(),
    };
    reading.file(name, Path::new(first), body);
    reading.finish()
}

/// Whether it is a configuration of nginx.
pub(super) fn is_one(text: &str) -> bool {
    let begins = |part: &str, words: &[&str]| words.iter().any(|word| part.trim_start().starts_with(word));
    let opens = |line: &str| begins(line, &["server {", "server{", "http {", "http{", "stream {", "stream{"]);
    let says = |part: &str| begins(part, &["listen ", "server_name ", "ssl_certificate ", "include "]);
    // A block may stand on one line.
    let parts = |ends: &'static [char]| text.split(ends);
    parts(&['\n']).any(|line| line.starts_with(MARK))
        || parts(&['\n', ';', '}']).any(opens) && parts(&['\n', '{', ';']).any(says)
}

/// The files of a dump: path and content.
fn dumped(text: &str) -> Vec<(&str, &str)> {
    let mut starts: Vec<(usize, usize, &str)> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if let Some(path) = line.strip_prefix(MARK).and_then(|rest| rest.trim_end().strip_suffix(':')) {
            starts.push((at, at + line.len(), path));
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).map(|(begin, ..)| *begin).chain([text.len()]);
    starts.iter().zip(ends).map(|((_, body, path), end)| (*path, &text[*body..end])).collect()
}

#[derive(Default)]
struct Block {
    name: String,
    site: Site,
    /// Whether a `listen` that does not say so has TLS (`ssl on`, before nginx 1.25).
    is_tls: bool,
    plain: Vec<Listen>,
    /// Of a `map`: the variable it gives a value to.
    variable: Option<String>,
}

/// A site, and the places it listens at that it does not itself say have TLS.
struct Heard {
    site: Site,
    plain: Vec<Listen>,
    /// Whether it has a certificate of its own.
    has_own: bool,
}

struct Reading<'a> {
    found: Found,
    stack: Vec<Block>,
    files: BTreeMap<PathBuf, &'a str>,
    is_dump: bool,
    prefix: PathBuf,
    disk: Disk,
    trail: Trail,
    sites: Vec<Heard>,
    /// Where the PROXY protocol comes first.
    proxied: BTreeSet<Listen>,
    /// Variables that depend on the name in the ClientHello, and their values by name.
    maps: BTreeMap<String, BTreeMap<String, String>>,
}

impl Reading<'_> {
    fn file(&mut self, place: &str, path: &Path, text: &str) {
        let name = path.display().to_string();
        if let Err(reason) = self.trail.enter(path, text.len()) {
            return self.found.unfollowed(place, &name, &reason);
        }
        let outside = self.stack.len();
        let mut words: Vec<String> = Vec::new();
        for (token, line) in Tokens::new(text) {
            match token {
                Token::Word(word) if words.len() < MOST_WORDS => words.push(word),
                Token::Word(_) => {}
                Token::End => self.directive(&format!("{name}:{line}"), &std::mem::take(&mut words)),
                Token::Open if self.stack.len() > DEEPEST => {
                    self.found.skip(&format!("{name}:{line}"), format!("more than {DEEPEST} blocks within blocks"));
                    break;
                }
                Token::Open => self.open(format!("{name}:{line}"), &std::mem::take(&mut words)),
                Token::Close if self.stack.len() > outside => {
                    words.clear();
                    self.close();
                }
                Token::Close => self.found.skip(&format!("{name}:{line}"), "a '}' that closes nothing"),
            }
        }
        if self.stack.len() > outside {
            self.found.skip(&name, "ends within a block");
            while self.stack.len() > outside {
                self.close();
            }
        }
        self.trail.leave();
    }

    fn open(&mut self, place: String, words: &[String]) {
        let variable = match words {
            [map, source, variable]
                if map == "map" && matches!(&**source, "$ssl_server_name" | "${ssl_server_name}") =>
            {
                Some(variable.trim_start_matches('$').to_owned())
            }
            _ => None,
        };
        let name = words.first().cloned().unwrap_or_default();
        self.stack.push(Block { name, variable, site: Site { place, ..Site::default() }, ..Block::default() });
    }

    fn directive(&mut self, place: &str, words: &[String]) {
        let [name, values @ ..] = words else { return };
        let Some(block) = self.stack.last_mut() else { return };
        if let ("include", [pattern]) = (name.as_str(), values) {
            return self.include(place, pattern);
        }
        if let Some(variable) = &block.variable {
            if let [value] = values {
                self.maps.entry(variable.clone()).or_default().insert(name.to_ascii_lowercase(), value.clone());
            }
            return;
        }
        let reference = |path: &String| Reference::new(&self.prefix, path);
        match (name.as_str(), values) {
            ("listen", [at, options @ ..]) if !at.starts_with("unix:") => {
                listen(&mut self.found, block, &mut self.proxied, place, at, options);
            }
            ("server_name", names) => block.site.names.extend(names.iter().cloned()),
            ("ssl", [value]) => block.is_tls = value == "on",
            ("ssl_certificate", [path]) => {
                refer(&mut self.found, place, &mut block.site.certificates, reference(path));
            }
            ("ssl_certificate_key", [path]) => refer(&mut self.found, place, &mut block.site.keys, reference(path)),
            _ => {}
        }
    }

    fn include(&mut self, place: &str, pattern: &str) {
        let wanted = self.prefix.join(pattern);
        let is_pattern = pattern.contains(['*', '?', '[']);
        let admitted = if is_pattern { self.trail.admits_pattern() } else { self.trail.admits() };
        if let Err(reason) = admitted {
            return self.found.unfollowed(place, pattern, &reason);
        }
        if self.is_dump {
            let matcher = glob::Pattern::new(&wanted.to_string_lossy()).ok().filter(|_| is_pattern);
            let is_meant = |path: &Path| {
                path == wanted || matcher.as_ref().is_some_and(|pattern| pattern.matches_path_with(path, AS_IN_SHELLS))
            };
            let files: Vec<(PathBuf, &str)> = if is_pattern {
                let meant = self.files.iter().filter(|(path, _)| is_meant(path));
                meant.map(|(path, text)| (path.clone(), *text)).collect()
            } else {
                self.files.get(&wanted).map(|text| (wanted, *text)).into_iter().collect()
            };
            for (path, text) in files {
                if let Err(reason) = self.trail.admits() {
                    return self.found.unfollowed(place, pattern, &reason);
                }
                self.file(place, &path, text);
            }
            return;
        }
        let paths = if is_pattern { self.disk.files(&wanted) } else { vec![Ok(wanted)] };
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
                Err(reason) => self.found.unread(place, &path, &reason),
            }
        }
    }

    /// A server that has no certificate of its own has that of what it is in.
    fn close(&mut self) {
        let Some(Block { name, mut site, is_tls, mut plain, .. }) = self.stack.pop() else { return };
        if name != "server" {
            return;
        }
        if is_tls || self.stack.iter().any(|block| block.is_tls) {
            site.listens.append(&mut plain);
        }
        if site.listens.is_empty() && plain.is_empty() {
            return;
        }
        let has_own = !site.certificates.is_empty();
        if !has_own && let Some(outer) = self.stack.iter().rev().find(|block| !block.site.certificates.is_empty()) {
            site.certificates.clone_from(&outer.site.certificates);
        }
        self.sites.push(Heard { site, plain, has_own });
    }

    /// What a certificate's path depends on can stand below the server, and that there is TLS where it listens in another
    /// one, hence at the end.
    fn finish(mut self) -> Found {
        for site in self.listening() {
            let varies = site.certificates.iter().any(|file| file.written.contains('$'));
            if !varies || site.names.is_empty() {
                site.tell(&mut self.found, self.disk);
                continue;
            }
            for one in self.by_certificate(site) {
                one.tell(&mut self.found, self.disk);
            }
        }
        self.found
    }

    /// The sites with TLS: it is a property of the place, which is that of all servers that listen there, and so is the
    /// PROXY protocol (`ngx_http_add_addresses`).
    fn listening(&mut self) -> Vec<Site> {
        let heard = std::mem::take(&mut self.sites);
        let tls: BTreeSet<Listen> = heard.iter().flat_map(|one| one.site.listens.iter().copied()).collect();
        let mut sites = Vec::new();
        for Heard { mut site, plain, has_own } in heard {
            let is_plain = site.listens.is_empty();
            site.listens.extend(plain.iter().filter(|listen| tls.contains(listen)));
            if is_plain && site.listens.is_empty() {
                if has_own {
                    self.found.skip(&site.place, "has a certificate and no TLS: no listen says ssl");
                }
                continue;
            }
            if let Some(listen) = site.listens.iter().find(|listen| self.proxied.contains(listen)) {
                self.found.skip(&site.place, format!("'{}' wants the PROXY protocol before TLS", listen.port()));
                site.listens.retain(|listen| !self.proxied.contains(listen));
            }
            site.listens.dedup();
            if !site.listens.is_empty() {
                sites.push(site);
            }
        }
        sites
    }

    /// The site as one for each certificate, with the names that are next to each other and have the same.
    fn by_certificate(&self, mut site: Site) -> Vec<Site> {
        let mut parts: Vec<Site> = Vec::new();
        // What is copied for each name is not all names.
        for name in std::mem::take(&mut site.names) {
            let mut one = Site { names: vec![name.clone()], ..site.clone() };
            for file in one.certificates.iter_mut().chain(&mut one.keys) {
                file.written = expand(&file.written, |variable| self.value(variable, &name));
            }
            match parts.last_mut().filter(|last| last.certificates == one.certificates && last.keys == one.keys) {
                Some(last) => last.names.append(&mut one.names),
                None => parts.push(one),
            }
        }
        parts
    }

    fn value(&self, variable: &str, name: &str) -> Option<String> {
        // A pattern is no name that a client sends.
        let is_name = !name.starts_with(['~', '*', '.', '_']);
        if variable == "ssl_server_name" {
            return is_name.then(|| name.to_owned());
        }
        let values = self.maps.get(variable).filter(|_| is_name)?;
        let above = name.split_once('.').map(|(_, parent)| parent).unwrap_or_default();
        let wild = [format!("*.{above}"), format!(".{above}"), format!(".{name}"), "default".to_owned()];
        values.get(name).or_else(|| wild.iter().find_map(|key| values.get(key))).cloned()
    }
}

fn listen(
    found: &mut Found,
    block: &mut Block,
    proxied: &mut BTreeSet<Listen>,
    place: &str,
    at: &str,
    options: &[String],
) {
    let has = |word: &str| options.iter().any(|option| option == word);
    let is_tls = has("ssl");
    if has("proxy_protocol") {
        let mut listens = Vec::new();
        sites::listen(found, place, &mut listens, at, 80);
        proxied.extend(listens);
        if is_tls {
            found.skip(place, format!("'{}' wants the PROXY protocol before TLS", brief(at)));
        }
        return;
    }
    // Over UDP.
    if has("quic") || has("udp") {
        return;
    }
    let listens = if is_tls { &mut block.site.listens } else { &mut block.plain };
    sites::listen(found, place, listens, at, 80);
}

#[cfg(test)]
#[path = "nginx_tests.rs"]
mod tests;

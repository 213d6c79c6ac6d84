//! A Caddyfile: the addresses of its sites and the certificate files they name, along imports and snippets. What else is
//! in it, Caddy itself says as JSON (`caddy adapt`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::ptr;
use std::rc::Rc;

use super::caddy::Covered;
use super::caddyfile_lines::{Line, block, emptied, lines, with_defaults};
use super::caddyfile_shape::is_address;
use super::disk::{Disk, Trail};
use super::found::{Found, brief};
use super::sites::{Listen, MOST_LISTENS, Reference, Site, refer};

/// Snippets within snippets.
const DEEPEST: usize = 32;
/// Bytes that all uses of snippets stand for.
const MOST_BYTES: usize = 16 << 20;
/// Names of one site.
const MOST_NAMES: usize = 100_000;
/// What a line of a snippet counts for at least.
const LINE: usize = 64;

/// Reads one. What it refers to is relative to `directory`.
pub(super) fn read(name: &str, text: &str, directory: &Path, disk: Disk) -> Found {
    let mut reading = Reading {
        found: Found::default(),
        disk,
        snippets: BTreeMap::new(),
        http: 80,
        https: 443,
        bound: Vec::new(),
        trail: Trail::on(disk),
        within: Vec::new(),
        bytes: 0,
    };
    let origin = Origin { file: name.to_owned(), directory: directory.to_owned() };
    reading.file(&origin, name, Path::new(name), text, None);
    reading.found
}

/// Why what depends on it is left out.
const ENVIRONMENT: &str = "the environment of the server says what it is";

/// Where lines were written.
#[derive(Clone)]
struct Origin {
    file: String,
    directory: PathBuf,
}

impl Origin {
    fn place(&self, line: &Line) -> String {
        format!("{}:{}", self.file, line.number)
    }
}

struct Snippet {
    origin: Origin,
    lines: Rc<[Line]>,
}

/// A site that is being read.
#[derive(Default)]
struct Open {
    is_tls: bool,
    bound: Option<Vec<String>>,
    certificates: Vec<Reference>,
    keys: Vec<Reference>,
    /// Hosts that its matchers name: those that a wildcard of its addresses covers.
    hosts: Vec<String>,
}

struct Reading {
    found: Found,
    disk: Disk,
    snippets: BTreeMap<String, Snippet>,
    http: u16,
    https: u16,
    /// Where sites listen that do not say it.
    bound: Vec<String>,
    trail: Trail,
    within: Vec<String>,
    bytes: usize,
}

impl Reading {
    fn file(&mut self, origin: &Origin, place: &str, path: &Path, text: &str, site: Option<&mut Open>) {
        if let Err(reason) = self.trail.enter(path, text.len()) {
            return self.found.unfollowed(place, &path.display().to_string(), &reason);
        }
        self.walk(origin, &lines(&with_defaults(text)), site);
        self.trail.leave();
    }

    /// Lines within a site, or outside of all.
    fn walk(&mut self, origin: &Origin, lines: &[Line], site: Option<&mut Open>) {
        match site {
            Some(site) => self.body(origin, lines, site),
            None => self.top(origin, lines),
        }
    }

    fn top(&mut self, origin: &Origin, lines: &[Line]) {
        let mut rest = lines;
        let last_site = outermost(lines).filter(|line| begins_site(line)).last();
        while let Some((line, after)) = rest.split_first() {
            if self.found.is_full() {
                return;
            }
            let (body, taken) = if line.opens { block(after) } else { (&[][..], 0) };
            rest = &after[taken..];
            match line.words.first().map(String::as_str) {
                None if line.opens => self.options(origin, body),
                None => {}
                // More sites, as it seems; one site without a block it is where none comes after it.
                Some(word)
                    if is_unset(line)
                        && last_site.is_some_and(|site| after.as_ptr_range().contains(&ptr::from_ref(site))) =>
                {
                    self.found.skip(&origin.place(line), format!("'{}' is left out: {ENVIRONMENT}", brief(word)));
                }
                Some("import") => self.import(origin, line, None),
                Some(name) if name.starts_with('(') && name.ends_with(')') => {
                    let snippet = Snippet { origin: origin.clone(), lines: body.into() };
                    self.snippets.insert(name[1..name.len() - 1].to_owned(), snippet);
                }
                // A route with a name.
                Some(name) if name.starts_with("&(") => {}
                Some(_) => rest = self.site(origin, line, after),
            }
        }
    }

    fn options(&mut self, origin: &Origin, lines: &[Line]) {
        for line in outermost(lines) {
            match &line.words[..] {
                [name, port] if matches!(&**name, "http_port" | "https_port") => {
                    let known = if name == "http_port" { &mut self.http } else { &mut self.https };
                    match port.parse() {
                        Ok(port) => *known = port,
                        Err(_) => self.found.skip(
                            &origin.place(line),
                            format!("'{}' is no port that is known; {known} is taken", brief(port)),
                        ),
                    }
                }
                [name, addresses @ ..] if name == "default_bind" => self.bound = addresses.to_vec(),
                _ => {}
            }
        }
    }

    /// A site, and what is after it: addresses, on several lines where they end with a comma, and a block. Without a block
    /// everything after is the site's.
    fn site<'a>(&mut self, origin: &Origin, first: &'a Line, mut rest: &'a [Line]) -> &'a [Line] {
        let mut addresses = first.words.clone();
        let mut opens = first.opens;
        while !opens
            && addresses.last().is_some_and(|last| last.ends_with(','))
            && let Some((line, after)) = rest.split_first()
        {
            addresses.extend(line.words.iter().cloned());
            (opens, rest) = (line.opens, after);
        }
        let (body, taken) = if opens { block(rest) } else { (rest, rest.len()) };
        let mut site = Open::default();
        self.body(origin, body, &mut site);
        self.tell(&origin.place(first), &addresses, site);
        &rest[taken..]
    }

    fn body(&mut self, origin: &Origin, lines: &[Line], site: &mut Open) {
        site.hosts.extend(matched(lines));
        for line in outermost(lines) {
            match &line.words[..] {
                [name, ..] if name == "import" => self.import(origin, line, Some(site)),
                [name, values @ ..] if name == "tls" => {
                    site.is_tls = true;
                    if let [certificate, key] = values {
                        let (place, found) = (origin.place(line), &mut self.found);
                        refer(found, &place, &mut site.certificates, Reference::new(&origin.directory, certificate));
                        refer(found, &place, &mut site.keys, Reference::new(&origin.directory, key));
                    }
                }
                [name, addresses @ ..] if name == "bind" => site.bound = Some(addresses.to_vec()),
                _ => {}
            }
        }
    }

    /// `import SNIPPET values…`, or a file or pattern beside the one it is in.
    fn import(&mut self, origin: &Origin, line: &Line, mut site: Option<&mut Open>) {
        let [_, name, values @ ..] = &line.words[..] else { return };
        let place = origin.place(line);
        if let Some(Snippet { origin, lines }) = self.snippets.get(name) {
            let (origin, lines) = (origin.clone(), Rc::clone(lines));
            return match self.given(name, &lines, values) {
                Ok(lines) => {
                    self.within.push(name.clone());
                    self.walk(&origin, &lines, site);
                    self.within.pop();
                }
                Err(reason) => self.found.unfollowed(&place, name, &reason),
            };
        }
        if name.contains('{') {
            return self.found.unfollowed(&place, name, "it depends on a variable");
        }
        let wanted = origin.directory.join(name);
        let is_pattern = name.contains(['*', '?', '[']);
        let admitted = if is_pattern { self.trail.admits_pattern() } else { self.trail.admits() };
        if let Err(reason) = admitted {
            return self.found.unfollowed(&place, name, &reason);
        }
        let paths = if is_pattern { self.disk.files(&wanted) } else { vec![Ok(wanted)] };
        for path in paths {
            let path = match path {
                Ok(path) => path,
                Err(reason) => {
                    self.found.unfollowed(&place, name, &reason);
                    continue;
                }
            };
            let directory = path.parent().unwrap_or(Path::new("")).to_owned();
            let origin = Origin { file: path.display().to_string(), directory };
            if let Err(reason) = self.trail.admits() {
                return self.found.unfollowed(&place, name, &reason);
            }
            match self.disk.read(&path) {
                Ok(bytes) => {
                    self.file(&origin, &place, &path, &String::from_utf8_lossy(&bytes), site.as_deref_mut());
                }
                Err(reason) => self.found.unread(&place, &path, &reason),
            }
        }
    }

    /// The lines of a snippet with their values, or the limit that forbids it.
    fn given(&mut self, name: &str, lines: &[Line], values: &[String]) -> Result<Vec<Line>, String> {
        if self.within.iter().any(|outer| outer == name) {
            return Err("it would import itself".to_owned());
        }
        if self.within.len() >= DEEPEST {
            return Err(format!("more than {DEEPEST} snippets within snippets"));
        }
        let mut out = Vec::new();
        for line in lines {
            self.bytes += LINE;
            let line = line.given(values, MOST_BYTES.saturating_sub(self.bytes));
            let line = line.ok_or_else(|| {
                self.bytes = MOST_BYTES;
                format!("snippets stand for more than {} MiB", MOST_BYTES >> 20)
            })?;
            self.bytes += line.words.iter().map(String::len).sum::<usize>();
            out.push(line);
        }
        Ok(out)
    }

    /// Addresses with TLS, those of one port together.
    fn tell(&mut self, place: &str, addresses: &[String], site: Open) {
        let mut by_port: BTreeMap<u16, Vec<String>> = BTreeMap::new();
        let covered = Covered::new(&site.hosts);
        let mut count = 0;
        for written in addresses.iter().map(|address| address.trim_end_matches(',')).filter(|one| !one.is_empty()) {
            match self.address(written, site.is_tls) {
                Ok(Some((host, port))) => {
                    if emptied(written).is_some() {
                        let text = format!(
                            "'{}' is taken for '{host}' at port {port}: the environment of the server can say otherwise",
                            brief(written)
                        );
                        self.found.skip(place, text);
                    }
                    let covered = covered.by(&host);
                    count += covered.len() + 1;
                    if count > MOST_NAMES {
                        self.found
                            .skip(place, format!("more than {MOST_NAMES} names in one site; the rest is left out"));
                        break;
                    }
                    let names = by_port.entry(port).or_default();
                    names.extend(covered.iter().map(|inner| (*inner).to_owned()));
                    names.push(host);
                }
                Ok(None) => {}
                Err(reason) => self.found.skip(place, format!("'{}' is left out: {reason}", brief(written))),
            }
        }
        let mut bound = site.bound.unwrap_or_else(|| self.bound.clone());
        bound.retain(|address| {
            let is_known = !address.contains('{');
            if !is_known {
                let text =
                    format!("'{}', where it listens, depends on a variable; everywhere is taken", brief(address));
                self.found.skip(place, text);
            }
            is_known
        });
        let bound = bound.iter().filter_map(|address| match address.split_once('/') {
            Some(("tcp" | "tcp4" | "tcp6", address)) => Some(address.to_owned()),
            Some(_) => None,
            None => Some(address.clone()),
        });
        let bound: Vec<String> = bound.take(MOST_LISTENS).collect();
        for (port, names) in by_port {
            let mut listens: Vec<Listen> = bound.iter().map(|address| Listen::of(address, port)).collect();
            if listens.is_empty() {
                listens.push(Listen::Everywhere(port));
            }
            let (certificates, keys) = (site.certificates.clone(), site.keys.clone());
            Site { place: place.to_owned(), names, listens, certificates, keys }.tell(&mut self.found, self.disk);
        }
    }

    /// Host and port of an address, where there is TLS: not with `http://`, at the port for that, or without any host.
    fn address(&self, written: &str, is_tls: bool) -> Result<Option<(String, u16)>, &'static str> {
        let unset = emptied(written);
        let is_unset = unset.is_some();
        let written = unset.as_deref().unwrap_or(written);
        if written.contains('{') {
            return Err("it depends on a variable");
        }
        let (scheme, rest) = written.split_once("://").map_or((None, written), |(scheme, rest)| (Some(scheme), rest));
        let rest = rest.split('/').next().unwrap_or_default();
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, "")) => (host, self.https),
            Some((host, port)) if !port.contains(']') => {
                let port = port.parse::<u16>().ok().filter(|port| *port > 0);
                (host, port.ok_or("that is no port")?)
            }
            _ => (rest, self.https),
        };
        if is_unset && (host.is_empty() || host.starts_with('.') || host.ends_with('.')) {
            return Err(ENVIRONMENT);
        }
        let is_tls = match scheme {
            Some("https") => true,
            Some("http") => false,
            Some(_) => return Err("of another scheme than https"),
            None => port != self.http && (is_tls || !host.is_empty()),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        Ok(is_tls.then(|| (host.to_owned(), port)))
    }
}

/// Whether all of a line comes from the environment, and has no default.
fn is_unset(line: &Line) -> bool {
    !line.opens && line.words.iter().all(|word| emptied(word).is_some_and(|rest| rest.is_empty()))
}

fn begins_site(line: &Line) -> bool {
    line.opens && line.words.first().is_some_and(|word| is_address(word))
}

/// Hosts of matchers with a name: `@name host a.example`, or the same in a block.
fn matched(lines: &[Line]) -> Vec<String> {
    let mut hosts = Vec::new();
    let mut is_within = false;
    for line in lines {
        is_within &= !line.closes;
        match &line.words[..] {
            [name, kind, names @ ..] if name.starts_with('@') && kind == "host" => hosts.extend(names.iter().cloned()),
            [name] if name.starts_with('@') && line.opens => is_within = true,
            [kind, names @ ..] if is_within && kind == "host" => hosts.extend(names.iter().cloned()),
            _ => {}
        }
    }
    hosts
}

/// Lines that are in no block of these lines.
fn outermost(lines: &[Line]) -> impl Iterator<Item = &Line> {
    let mut depth = 0_usize;
    lines.iter().filter(move |line| {
        depth = depth.saturating_sub(usize::from(line.closes));
        let is_outermost = depth == 0;
        depth += usize::from(line.opens);
        is_outermost && !line.words.is_empty()
    })
}

#[cfg(test)]
#[path = "caddyfile_tests.rs"]
mod tests;

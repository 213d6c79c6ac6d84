//! A Caddyfile: the addresses of its sites and the certificate files they name, along imports and snippets. What else is
//! in it, Caddy itself says as JSON (`caddy adapt`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::caddyfile_lines::{Line, block, lines};
use super::disk::{Disk, Trail};
use super::found::{Found, brief};
use super::sites::{Listen, MOST_LISTENS, Reference, Site};

/// Snippets within snippets.
const DEEPEST: usize = 32;
/// Bytes that all uses of snippets stand for.
const MOST_BYTES: usize = 16 << 20;
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

/// Whether it begins with options in a block, which looks like JSON, and is none.
pub(super) fn begins_with_options(bytes: &[u8]) -> bool {
    let Some(after) = bytes.trim_ascii_start().strip_prefix(b"{") else { return false };
    let inner = after.trim_ascii_start();
    let between = &after[..after.len() - inner.len()];
    between.contains(&b'\n') && inner.first().is_some_and(|next| !matches!(next, b'"' | b'}'))
}

/// Whether it has sites in blocks, or options. One that is a single site looks like a list.
pub(super) fn is_one(text: &str) -> bool {
    let is_site = |line: &str| {
        let addresses = line.trim_end().strip_suffix('{').filter(|line| line.ends_with([' ', '\t']));
        let is_address = |word: &str| {
            let word = word.trim_end_matches(',');
            let is_snippet = word.starts_with('(') && word.ends_with(')');
            is_snippet || word == "localhost" || word.contains(['.', ':']) && !word.ends_with(':')
        };
        addresses.is_some_and(|words| !words.starts_with([' ', '\t']) && words.split_whitespace().all(is_address))
    };
    let mut told = text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    // What has a comment above its options is no JSON.
    let is_commented = text.trim_start().starts_with('#') && told.clone().next() == Some("{");
    is_commented || begins_with_options(text.as_bytes()) || told.any(|line| line.trim() != "{" && is_site(line))
}

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
        self.walk(origin, &lines(text), site);
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
        while let Some((line, after)) = rest.split_first() {
            let (body, taken) = if line.opens { block(after) } else { (&[][..], 0) };
            rest = &after[taken..];
            match line.words.first().map(String::as_str) {
                None if line.opens => self.options(body),
                None => {}
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

    fn options(&mut self, lines: &[Line]) {
        for line in outermost(lines) {
            match &line.words[..] {
                [name, port] if name == "http_port" => self.http = port.parse().unwrap_or(self.http),
                [name, port] if name == "https_port" => self.https = port.parse().unwrap_or(self.https),
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
        for line in outermost(lines) {
            match &line.words[..] {
                [name, ..] if name == "import" => self.import(origin, line, Some(site)),
                [name, values @ ..] if name == "tls" => {
                    site.is_tls = true;
                    if let [certificate, key] = values {
                        site.certificates.push(Reference::new(&origin.directory, certificate));
                        site.keys.push(Reference::new(&origin.directory, key));
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
        let wanted = origin.directory.join(name);
        let paths = if name.contains(['*', '?', '[']) { self.disk.files(&wanted) } else { vec![Ok(wanted)] };
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
            let line = line.given(values);
            self.bytes += LINE + line.words.iter().map(String::len).sum::<usize>();
            if self.bytes > MOST_BYTES {
                return Err(format!("snippets stand for more than {} MiB", MOST_BYTES >> 20));
            }
            out.push(line);
        }
        Ok(out)
    }

    /// Addresses with TLS, those of one port together.
    fn tell(&mut self, place: &str, addresses: &[String], site: Open) {
        let mut by_port: BTreeMap<u16, Vec<String>> = BTreeMap::new();
        for written in addresses.iter().map(|address| address.trim_end_matches(',')).filter(|one| !one.is_empty()) {
            match self.address(written, site.is_tls) {
                Ok(Some((host, port))) => by_port.entry(port).or_default().push(host),
                Ok(None) => {}
                Err(reason) => self.found.skip(place, format!("'{}' is left out: {reason}", brief(written))),
            }
        }
        let bound = site.bound.unwrap_or_else(|| self.bound.clone());
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
        if written.contains('{') {
            return Err("it depends on a variable");
        }
        let (scheme, rest) = written.split_once("://").map_or((None, written), |(scheme, rest)| (Some(scheme), rest));
        let rest = rest.split('/').next().unwrap_or_default();
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => {
                let port = port.parse::<u16>().ok().filter(|port| *port > 0);
                (host, port.ok_or("that is no port")?)
            }
            _ => (rest, self.https),
        };
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
mod tests {
    use super::super::sample::{self, told};
    use super::*;

    /// The same as `caddy adapt` of Caddy 2.6.2 says of it.
    const CADDYFILE: &str = "# global\n{\n\thttp_port 8080\n\tservers {\n\t\tprotocols h1 h2\n\t}\n}\n(ours) {\n\ttls {args[0]} {args.1}\n}\n\
a.example, www.a.example:8443 {\n\timport ours c.pem k.pem\n\trespond \"hi { }\" 200\n\thandle /x {\n\t\trespond `x\n{ y`\n\t\ttls no.pem no.key\n\t}\n}\n\
http://plain.example plain2.example:8080 {\n\trespond x\n}\n\
{$DOM:d.example} {\n\treverse_proxy localhost:1234\n}\n\
:9443 {\n\trespond x\n}\n\
*.wild.example w.example/path,\n192.0.2.7 [::1]:7443 {\n\trespond x\n}\n\
localhost:5443 {\n\tbind 127.0.0.1 tcp/10.0.0.5 unix//run/x\n\ttls internal\n}\n\
https:// {\n\ttls c.pem k.pem\n}\n\
ftp://x.example p.example:x {\n}\n\
import sites/*.caddy\nimport gone.caddy\n";

    #[test]
    fn sites_have_addresses_ports_and_certificates() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
        std::fs::create_dir(directory.path().join("sites")).unwrap();
        write("c.pem", &sample::pem(&["own.example"]));
        write("sites/s.caddy", "s.example {\n\ttls ../c.pem ../k.pem\n}\nimport *.caddy\n");
        write("Caddyfile", CADDYFILE);
        assert!(is_one(CADDYFILE));
        let name = directory.path().join("Caddyfile").display().to_string();
        let found = read(&name, CADDYFILE, directory.path(), Disk::Here);
        let expected = [
            "a.example:443 c.pem",
            "www.a.example:8443 c.pem",
            "w.example:443 ",
            "192.0.2.7:443 ",
            "[::1]:7443 ",
            "localhost@127.0.0.1:5443 ",
            "localhost@10.0.0.5:5443 ",
            "own.example:443 c.pem",
            "s.example:443 c.pem",
        ];
        assert_eq!(told(&found), expected);
        let here = format!("{}/", directory.path().display());
        let notices: Vec<String> = found.notices.iter().map(|notice| notice.to_string().replace(&here, "")).collect();
        let expected = [
            "Caddyfile:11: file.broken_reference: the key file 'k.pem' leads nowhere",
            "Caddyfile:11: file.broken_reference: the key file 'k.pem' leads nowhere",
            "Caddyfile:23: '{$DOM:d.example}' is left out: it depends on a variable",
            "Caddyfile:29: '*.wild.example' is left out: a wildcard cannot be connected to; name a host it covers",
            "Caddyfile:37: file.broken_reference: the key file 'k.pem' leads nowhere",
            "Caddyfile:40: 'ftp://x.example' is left out: of another scheme than https",
            "Caddyfile:40: 'p.example:x' is left out: that is no port",
            "sites/s.caddy:1: file.broken_reference: the key file '../k.pem' leads nowhere",
            "sites/s.caddy:4: 'sites/s.caddy' is not followed: it would include itself: an include loop",
            "Caddyfile:43: file.broken_reference: 'gone.caddy' leads nowhere",
        ];
        assert_eq!(notices, expected);
    }

    #[test]
    fn one_site_needs_no_block() {
        let text = "shop.example www.shop.example:8443\n\nrespond \"x\"\ntls c.pem k.pem\nhandle {\n}\n";
        let found = read("Caddyfile", text, Path::new("."), Disk::Elsewhere);
        assert_eq!(told(&found), ["shop.example:443 ", "www.shop.example:8443 "]);
        let text = "{\n\thttps_port 8443\n\tdefault_bind 10.0.0.9\n}\na.example {\n}\nb.example:443 {\n}";
        let found = read("Caddyfile", text, Path::new("."), Disk::Elsewhere);
        assert_eq!(told(&found), ["a.example@10.0.0.9:8443 ", "b.example@10.0.0.9:443 "]);
    }

    #[test]
    fn snippets_are_limited() {
        let text = "(a) {\n\timport b {args[0]}\n}\n(b) {\n\timport a {args[0]}\n\ttls {args[0]}.pem {args[0]}.key\n}\nx.example {\n\timport a x\n}\n";
        let found = read("c", text, Path::new("."), Disk::Elsewhere);
        let notices: Vec<String> = found.notices.iter().map(ToString::to_string).collect();
        assert_eq!(
            (told(&found), notices),
            (vec!["x.example:443 ".to_owned()], vec!["c:5: 'a' is not followed: it would import itself".to_owned()])
        );

        let mut text = format!("(s0) {{\n\trespond {}\n}}\n", "x".repeat(1000));
        for level in 1..20 {
            let inner = format!("\timport s{}\n", level - 1).repeat(2);
            text += &["(s", &level.to_string(), ") {\n", &inner, "}\n"].concat();
        }
        text += "x.example {\n\timport s19\n}\n";
        let found = read("c", &text, Path::new("."), Disk::Elsewhere);
        let limit = "snippets stand for more than 16 MiB";
        assert!(found.notices[0].text.as_str().ends_with(limit), "{:?}", found.notices.first());
    }

    #[test]
    fn sites_in_blocks_are_recognised() {
        let some = [
            "shop.example {\n}\n",
            "{\n\temail a@b.example\n}\n",
            "# c\n{\n}\nx {\n",
            "(ours) {\n",
            "a.example, b.example:8443 {\n",
            ":8080 {\n",
        ];
        for text in some {
            assert!(is_one(text), "{text}");
        }
        for text in [
            "{\n  \"apps\": {}\n}",
            "{",
            "{}",
            "server {\n",
            "a: {\n",
            "shop.example\n",
            "  a.example {\n",
            "{a.example\n",
        ] {
            assert!(!is_one(text), "{text}");
        }
    }
}

//! From what is named on the command line to what it holds: files, globs, standard input, notations.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

use super::super::wiped;
use super::address::{Address, is_url, masked};
use super::asker::Asker;
use super::blackbox;
use super::disk::Disk;
use super::found::Found;
use super::gathered::Gathered;
use super::kind::Kind;
use super::lists;
use super::means::Means;
use super::remote;
use super::storage::{self, Storage};
use crate::model::Untrusted;

/// Sources beyond this are not read.
const LARGEST: u64 = 256 << 20;
/// Files that one pattern may stand for.
const MOST_FILES: usize = 1000;

/// Endings of files that sources come in; none is a top-level domain.
const FILES: [&str; 8] = ["cfg", "conf", "csv", "json", "txt", "xml", "yaml", "yml"];

/// Reads `SOURCE` as written: `KIND:PATH`, `KIND:URL`, `@FILE`, a path or pattern, `-`, else a target or range. `asker` is who
/// asks those that are URLs, and nobody else.
#[must_use]
pub fn gather(source: &str, asker: &Asker, means: &Means, stdin: impl Read) -> Vec<Gathered> {
    let (kind, place) = named(source);
    if let Some(kind) = kind.filter(|_| is_url(place)) {
        return vec![remote::gather(place, kind, asker, means)];
    }
    if kind.is_some() && place.contains("://") {
        return vec![Gathered::unreadable(&masked(place), "only http:// and https:// are fetched")];
    }
    if place == "-" {
        return vec![read("standard input", Path::new("."), kind, means, || said(stdin))];
    }
    if Path::new(place).exists() || kind.is_some() || is_pattern(place) {
        return gather_files(place, kind, means);
    }
    vec![notation(place, means.most)]
}

/// `KIND:` and `@` before a place.
fn named(source: &str) -> (Option<Kind>, &str) {
    match source.split_once(':').and_then(|(name, rest)| Some((Kind::named(name)?, rest))) {
        Some((kind, place)) => (Some(kind), place),
        None => match source.strip_prefix('@') {
            Some(place) => (Some(Kind::List), place),
            None => (None, source),
        },
    }
}

/// The server that `SOURCE` is fetched from, where it is a URL.
#[must_use]
pub fn server(source: &str) -> Option<String> {
    let (kind, place) = named(source);
    kind.filter(|_| is_url(place))?;
    Address::parse(place).ok().map(|(address, _)| address.url().origin().ascii_serialization())
}

/// The main file of a server's directory, and who reads it.
const MAIN: [(&str, Kind); 6] = [
    ("nginx.conf", Kind::Nginx),
    ("apache2.conf", Kind::Apache),
    ("httpd.conf", Kind::Apache),
    ("conf/httpd.conf", Kind::Apache),
    ("haproxy.cfg", Kind::Haproxy),
    ("Caddyfile", Kind::Caddy),
];

/// The sources of a directory that is a server's, Caddy's storage, or certbot's: `/etc/letsencrypt`, or its `renewal` or
/// `live`.
fn inside(directory: &Path, kind: Option<Kind>, means: &Means) -> Result<Vec<Gathered>, String> {
    let is_meant = |one: Kind| kind.is_none_or(|kind| kind == one);
    let main = MAIN.iter().find(|(name, kind)| is_meant(*kind) && directory.join(name).is_file());
    if let Some((name, kind)) = main {
        return Ok(vec![file(&directory.join(name).to_string_lossy(), Some(*kind), means)]);
    }
    if is_meant(Kind::Caddy)
        && let Some(storage) = storage::look(directory)?
    {
        return Ok(stored(directory, storage, means));
    }
    let renewals = match directory.file_name().and_then(|name| name.to_str()) {
        Some("renewal") => directory.to_owned(),
        Some("live") => directory.with_file_name("renewal"),
        _ => directory.join("renewal"),
    };
    match fs::read_dir(&renewals) {
        Ok(_) if is_meant(Kind::Certbot) => {
            let within = glob::Pattern::escape(&renewals.to_string_lossy());
            let paths = files(&format!("{within}/*.conf"))?;
            Ok(paths.iter().map(|path| file(path, Some(Kind::Certbot), means)).collect())
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(format!("'{}': {error}", renewals.display())),
        _ => Err("a directory, and none of a server's; name the files in it, as in 'targets/*.json'".to_owned()),
    }
}

/// What Caddy keeps. A limit that left something out is told, and keeps nobody from taking the rest.
fn stored(directory: &Path, storage: Storage, means: &Means) -> Vec<Gathered> {
    let place = directory.to_string_lossy();
    let Storage { files, faults, limit } = storage;
    let faults = faults.iter().map(|reason| Gathered::unreadable(&place, reason));
    let limit = limit.map(|limit| {
        let mut found = Found::default();
        found.skip(&place, limit);
        Gathered { source: Untrusted::new(&place), kind: Some(Kind::Caddy), found: Ok(found) }
    });
    files.iter().map(|path| file(path, Some(Kind::Caddy), means)).chain(faults).chain(limit).collect()
}

/// Modules of `blackbox_exporter` and the scrape configuration that names them.
fn joined(name: &str, paths: [&str; 2], means: &Means) -> Gathered {
    let read = || {
        let bytes = |path: &str| opened(path).map_err(|reason| format!("{path}: {reason}"));
        let contents = [bytes(paths[0])?, bytes(paths[1])?];
        let files: Vec<_> =
            paths.iter().zip(&contents).map(|(path, bytes)| (*path, &bytes[..], directory_of(path))).collect();
        blackbox::read(&files, &means.roots, Disk::Here).map(|found| found.closed(name))
    };
    Gathered {
        source: Untrusted::new(name),
        kind: Some(Kind::Blackbox),
        found: read().map_err(|reason: String| Untrusted::new(&reason)),
    }
}

/// Reads the file or directory at `place`, or the files that it is a pattern for; `A,B` are modules of
/// `blackbox_exporter` and the scrape configuration that names them.
#[must_use]
pub fn gather_files(place: &str, kind: Option<Kind>, means: &Means) -> Vec<Gathered> {
    if let (Some(Kind::Blackbox), Some((modules, scrape))) = (kind, place.split_once(',')) {
        return vec![joined(place, [modules, scrape], means)];
    }
    if Path::new(place).is_dir() {
        return inside(Path::new(place), kind, means)
            .unwrap_or_else(|reason| vec![Gathered::unreadable(place, &reason)]);
    }
    if !is_pattern(place) || Path::new(place).exists() {
        return vec![file(place, kind, means)];
    }
    match files(place) {
        Ok(paths) => paths.iter().map(|path| file(path, kind, means)).collect(),
        Err(reason) => vec![Gathered::unreadable(place, &reason)],
    }
}

/// A URL that is not said to be a source could be a target.
const ASKED: &str = "what a URL answers has to be named, as in http_sd:URL or prometheus:URL";

/// A target or range. What is neither is a fault of its own: a path that is not there looks like that, too.
fn notation(text: &str, most: usize) -> Gathered {
    if text.starts_with("http://") {
        return Gathered::unreadable(&masked(text), ASKED);
    }
    if is_path(text) {
        return Gathered::unreadable(text, "no such file or directory");
    }
    // `targets.json` could be a host; who writes that means a file.
    if Path::new(text).extension().is_some_and(|end| FILES.iter().any(|known| end.eq_ignore_ascii_case(known))) {
        let shown = masked(text);
        if is_url(text) {
            return Gathered::unreadable(&shown, ASKED);
        }
        return Gathered::unreadable(&shown, &format!("no such file; to name a host of that name write '{shown}:443'"));
    }
    let mut found = Found::default();
    lists::one(&mut found, "command line", text, most);
    match found.notices.first() {
        Some(notice) => Gathered::unreadable(&masked(text), &format!("no such file, and {}", notice.text)),
        None => Gathered { source: Untrusted::new(text), kind: None, found: Ok(found) },
    }
}

fn file(path: &str, kind: Option<Kind>, means: &Means) -> Gathered {
    read(path, directory_of(path), kind, means, || opened(path))
}

fn directory_of(path: &str) -> &Path {
    Path::new(path).parent().unwrap_or(Path::new(""))
}

fn opened(path: &str) -> Result<Zeroizing<Vec<u8>>, String> {
    let kind = fs::metadata(path).map_err(|error| error.to_string())?;
    if !kind.is_file() {
        return Err("no regular file".to_owned());
    }
    bounded(File::open(path).map_err(|error| error.to_string())?)
}

fn read(
    name: &str,
    directory: &Path,
    kind: Option<Kind>,
    means: &Means,
    bytes: impl FnOnce() -> Result<Zeroizing<Vec<u8>>, String>,
) -> Gathered {
    // Keys that are in it, as in Secrets, are wiped with it.
    let bytes = match bytes() {
        Ok(bytes) => bytes,
        Err(reason) => return Gathered::unreadable(name, &reason),
    };
    let kind = kind.unwrap_or_else(|| recognised(name, &bytes));
    let found = kind.read(name, &bytes, directory, means, Disk::Here).map_err(|reason| Untrusted::new(&reason));
    Gathered { source: Untrusted::new(name), kind: Some(kind), found }
}

/// What the content is; what looks like a list, and has the name of a server's main file, is that.
fn recognised(name: &str, bytes: &[u8]) -> Kind {
    let main = || Path::new(name).file_name().and_then(|file| MAIN.iter().find(|(main, _)| file == *main));
    match Kind::recognise(bytes) {
        Kind::List => main().map_or(Kind::List, |(_, kind)| *kind),
        kind => kind,
    }
}

/// What comes through a pipe. Nothing is what a command says that failed.
fn said(stdin: impl Read) -> Result<Zeroizing<Vec<u8>>, String> {
    let bytes = bounded(stdin)?;
    if bytes.is_empty() {
        return Err("nothing came in; the command before it may have failed".to_owned());
    }
    Ok(bytes)
}

fn bounded(reader: impl Read) -> Result<Zeroizing<Vec<u8>>, String> {
    let bytes = wiped::all(reader.take(LARGEST + 1)).map_err(|error: io::Error| error.to_string())?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!("larger than {} MiB", LARGEST >> 20));
    }
    Ok(bytes)
}

/// Whether it can be nothing but a path: a slash of any other meaning stands behind an address or a scheme.
fn is_path(text: &str) -> bool {
    let is_relative = || text.strip_prefix('.').is_some_and(|rest| rest.starts_with(['/', '.']));
    text.starts_with(['/', '~']) || is_relative()
}

fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?']) || text.contains('[') && text.contains('/') && !text.starts_with('[')
}

/// The files a pattern stands for, by name.
fn files(pattern: &str) -> Result<Vec<String>, String> {
    let paths = glob::glob(pattern).map_err(|error| format!("not a pattern: {error}"))?;
    let found: Vec<String> = paths
        .filter_map(Result::ok)
        .filter(|path| path.is_file())
        .take(MOST_FILES + 1)
        .map(|path| path.to_string_lossy().into_owned())
        .collect();
    match found.len() {
        0 => Err("no file matches".to_owned()),
        count if count > MOST_FILES => Err(format!("more than {MOST_FILES} files match")),
        _ => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(gathered: &[Gathered]) -> Vec<String> {
        let of = |one: &Gathered| match &one.found {
            Ok(found) => found.sightings.iter().map(|sighting| sighting.spec.to_string()).collect::<Vec<_>>().join(" "),
            Err(reason) => format!("{}: {reason}", one.source),
        };
        gathered.iter().map(of).collect()
    }

    #[test]
    fn sources_are_files_patterns_pipes_and_notations() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name).display().to_string();
        fs::write(path("a.json"), "[{\"targets\":[\"a.example\"]}]").unwrap();
        fs::write(path("b.json"), "[{\"targets\":[\"b.example\"]}]").unwrap();
        fs::write(path("list"), "c.example\n").unwrap();
        let gather =
            |source: &str| names(&super::gather(source, &Asker::default(), &Means::default(), &b"d.example\n"[..]));
        assert_eq!(gather(&path("*.json")), ["a.example:443", "b.example:443"]);
        assert_eq!(gather(&format!("file_sd:{}", path("a.json"))), ["a.example:443"]);
        assert_eq!(gather(&format!("@{}", path("list"))), ["c.example:443"]);
        assert_eq!(gather("-"), ["d.example:443"]);
        assert_eq!(gather("list:-"), ["d.example:443"]);
        assert_eq!(gather("10.0.0.0/31:443"), ["10.0.0.0:443 10.0.0.1:443"]);
        assert_eq!(gather("https://e.example/"), ["e.example:443"]);
        assert_eq!(gather("[::1]:443"), ["[::1]:443"]);
        for login in ["https://u:planted@e.example/", "smtp://u:planted@e.example", "http_sd:ftp://u:planted@e.example"]
        {
            let told = gather(login);
            let is_told = ["no such file", "only http:// and https://"].iter().any(|text| told[0].contains(text));
            assert!(is_told && !told[0].contains("planted"), "{told:?}");
        }
        let file = gather("https://u:planted@e.example/x.json");
        assert!(file[0].starts_with("https://e.example/x.json: what a URL answers has to be named"), "{file:?}");
        assert!(gather(&path("*.yaml"))[0].ends_with("no file matches"));
        assert!(gather(&path(""))[0].contains("a directory, and none of a server's"));
        for path in ["/nowhere", "/nowhere/at.json", "./nowhere.json", "../nowhere", "~/nowhere"] {
            assert_eq!(gather(path), [format!("{path}: no such file or directory")]);
        }
        assert!(
            gather("nowhere.json")[0].contains("no such file; to name a host of that name write 'nowhere.json:443'")
        );
        assert_eq!(gather("nowhere.json:443"), ["nowhere.json:443"]);
        assert!(gather("file_sd:/nowhere")[0].contains("No such file"));
        assert!(gather(&format!("nmap:{}", path("list")))[0].contains("not readable as XML"));
    }

    #[test]
    fn a_pipe_through_which_nothing_comes_is_a_fault() {
        for source in ["-", "kubernetes:-"] {
            let gathered = super::gather(source, &Asker::default(), &Means::default(), io::empty());
            assert!(names(&gathered)[0].starts_with("standard input: nothing came in"), "{:?}", names(&gathered));
        }
    }

    #[test]
    fn what_looks_like_a_list_is_what_its_name_says() {
        let directory = tempfile::tempdir().unwrap();
        for (name, kind) in [("Caddyfile", Kind::Caddy), ("targets", Kind::List)] {
            let path = directory.path().join(name);
            fs::write(&path, "a.example, b.example\n").unwrap();
            let gathered = super::gather(&path.to_string_lossy(), &Asker::default(), &Means::default(), io::empty());
            assert_eq!(gathered[0].kind, Some(kind));
            assert_eq!(names(&gathered) == ["a.example:443 b.example:443"], kind == Kind::Caddy);
        }
    }

    #[test]
    fn directories_are_those_of_servers() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name).display().to_string();
        let kinds = |source: &str| -> Vec<String> {
            let gathered = super::gather(source, &Asker::default(), &Means::default(), io::empty());
            gathered.iter().map(|one| format!("{:?} {}", one.kind, one.source)).collect()
        };
        fs::create_dir_all(path("renewal")).unwrap();
        fs::write(path("renewal/a.conf"), "").unwrap();
        let renewal = format!("Some(Certbot) {}", path("renewal/a.conf"));
        for name in ["", "live", "renewal"] {
            fs::create_dir_all(path("live")).unwrap();
            assert_eq!(kinds(path(name).trim_end_matches('/')), [renewal.as_str()], "{name}");
        }
        fs::create_dir_all(path("conf")).unwrap();
        fs::write(path("conf/httpd.conf"), "").unwrap();
        fs::write(path("haproxy.cfg"), "").unwrap();
        let place = path("");
        let place = place.trim_end_matches('/');
        assert_eq!(kinds(place), [format!("Some(Apache) {}", path("conf/httpd.conf"))]);
        assert_eq!(kinds(&format!("haproxy:{place}")), [format!("Some(Haproxy) {}", path("haproxy.cfg"))]);
        assert_eq!(kinds(&format!("certbot:{place}")), [renewal]);
        assert_eq!(kinds(&format!("nginx:{place}")), [format!("None {place}")], "there is none");

        let old = path("data/certificates/acme/a.example/a.example.json");
        let new = path("data/certificates/local/a.example/a.example.json");
        for (path, age) in [(&new, 0), (&old, 60)] {
            fs::create_dir_all(directory_of(path)).unwrap();
            let file = File::create(path).unwrap();
            let now = file.metadata().unwrap().modified().unwrap();
            file.set_modified(now - std::time::Duration::from_secs(age)).unwrap();
        }
        for name in ["data", "data/certificates"] {
            assert_eq!(kinds(&path(name)), [format!("Some(Caddy) {new}")], "{name}");
        }
    }
}

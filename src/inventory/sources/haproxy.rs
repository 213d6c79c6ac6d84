//! `HAProxy`: `bind … ssl crt …`, with lists, directories and `crt-store`. The files hold private keys: only their
//! certificates are read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::disk::{Disk, Trail, Unread};
use super::found::{Found, brief};
use super::sites::{self, Listen, Reference};
use super::words::{MOST_BYTES, expand, words};

/// Beside a certificate these are its key, staple, issuer or timestamps.
const COMPANIONS: [&str; 5] = ["key", "ocsp", "issuer", "sctl", "dh"];
/// What an address over TCP can begin with; `unix@`, `fd@`, `quic4@` and the like are other things.
const FAMILIES: [&str; 5] = ["ipv4@", "ipv6@", "tcp@", "tcp4@", "tcp6@"];
/// Endings of one certificate's files for different kinds of keys.
const KINDS: [&str; 3] = ["ecdsa", "rsa", "dsa"];

/// Reads a configuration; references are relative to `directory`, unless `crt-base` says otherwise.
pub(super) fn read(name: &str, text: &str, directory: &Path, disk: Disk) -> Found {
    let mut reading = Reading {
        found: Found::default(),
        base: directory.to_owned(),
        store_base: None,
        stores: BTreeMap::new(),
        environment: BTreeMap::new(),
        expanded: 0,
        trail: Trail::on(disk),
        disk,
        directory,
    };
    let lines = || text.lines().enumerate().map(|(index, line)| (index + 1, words(line)));
    let mut section = Vec::new();
    // What is loaded is named by binds above it, too.
    for (_, words) in lines() {
        let Some(words) = reading.given(words) else { continue };
        reading.set(&words);
        reading.loaded(&mut section, &words);
    }
    for (line, words) in lines() {
        if reading.found.is_full() {
            break;
        }
        let Some(words) = reading.given(words) else { continue };
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if let ["bind", places, options @ ..] = &words[..]
            && options.contains(&"ssl")
        {
            reading.bind(&format!("{name}:{line}"), places, options);
        }
    }
    if reading.expanded > MOST_BYTES {
        let text = format!(
            "words with variables are more than {} MiB; lines with further ones are left out",
            MOST_BYTES >> 20
        );
        reading.found.skip(name, text);
    }
    reading.found
}

/// Whether it is a configuration of `HAProxy`.
pub(super) fn is_one(text: &str) -> bool {
    let starts = |words: &[&str]| text.lines().any(|line| words.iter().any(|word| line.starts_with(word)));
    let has_bind = text.lines().any(|line| line.trim_start().starts_with("bind "));
    has_bind && starts(&["global", "defaults", "frontend ", "listen "])
}

struct Reading<'a> {
    found: Found,
    base: PathBuf,
    /// `crt-base` of the `crt-store` being read.
    store_base: Option<PathBuf>,
    /// `@store/alias` and what it stands for.
    stores: BTreeMap<String, PathBuf>,
    /// What the configuration itself puts into its environment. What else is in that is not known here.
    environment: BTreeMap<String, String>,
    /// Bytes of words with variables.
    expanded: usize,
    trail: Trail,
    disk: Disk,
    directory: &'a Path,
}

impl Reading<'_> {
    /// `setenv NAME VALUE` and its like, of the section `global`.
    fn set(&mut self, words: &[String]) {
        match words {
            [set, name, value] if set == "setenv" => drop(self.environment.insert(name.clone(), value.clone())),
            [set, name, value] if set == "presetenv" => {
                self.environment.entry(name.clone()).or_insert_with(|| value.clone());
            }
            [unset, names @ ..] if unset == "unsetenv" => {
                for name in names {
                    self.environment.remove(name);
                }
            }
            [reset, kept @ ..] if reset == "resetenv" => {
                let kept: BTreeSet<&String> = kept.iter().collect();
                self.environment.retain(|name, _| kept.contains(name));
            }
            _ => {}
        }
    }

    /// Words with the variables that are known, and `${NAME-default}`; none where that becomes too much.
    fn given(&mut self, words: Vec<String>) -> Option<Vec<String>> {
        let known = |name: &str| self.environment.get(name).cloned();
        let value = |name: &str| match name.split_once('-') {
            Some((name, default)) => Some(known(name).unwrap_or_else(|| default.to_owned())),
            None => known(name),
        };
        let mut given = Vec::with_capacity(words.len());
        for mut word in words {
            if word.contains('$') {
                if self.expanded > MOST_BYTES {
                    return None;
                }
                word = expand(&word, value);
                self.expanded += word.len();
            }
            given.push(word);
        }
        Some(given)
    }

    /// Certificates that sections above `frontend` give names to.
    fn loaded(&mut self, section: &mut Vec<String>, words: &[String]) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match &words[..] {
            ["global" | "defaults" | "frontend" | "listen" | "backend" | "crt-store", ..] => {
                *section = words.iter().map(|word| (*word).to_owned()).collect();
                self.store_base = None;
            }
            ["crt-base", base] if section.first().is_some_and(|name| name == "crt-store") => {
                self.store_base = Some(self.directory.join(base));
            }
            ["crt-base", base] => self.base = self.directory.join(base),
            ["load", options @ ..] => {
                let store = section.get(1).map_or("", String::as_str);
                let Some(file) = option(options, "crt") else { return };
                let path = self.store_base.as_ref().unwrap_or(&self.base).join(file);
                let alias = option(options, "alias").unwrap_or(file);
                self.stores.insert(format!("@{store}/{alias}"), path);
            }
            _ => {}
        }
    }

    fn bind(&mut self, place: &str, places: &str, options: &[&str]) {
        if options.contains(&"accept-proxy") {
            return self.found.skip(place, format!("'{}' wants the PROXY protocol before TLS", brief(places)));
        }
        let mut listens = Vec::new();
        for one in places.split(',') {
            let one = FAMILIES.iter().find_map(|family| one.strip_prefix(family)).unwrap_or(one);
            if !one.contains(['/', '@']) {
                sites::listen(&mut self.found, place, &mut listens, one, 443);
            }
        }
        for pair in options.windows(2) {
            if self.found.is_full() {
                return;
            }
            match pair {
                ["crt", file] => {
                    for files in self.certificates(place, file) {
                        self.serve(place, files, &[], &listens);
                    }
                }
                ["crt-list", file] => self.list(place, file, &listens),
                _ => {}
            }
        }
    }

    /// What `crt` names: one certificate, or those of a directory, each in a file for every kind of key.
    fn certificates(&mut self, place: &str, written: &str) -> Vec<Vec<PathBuf>> {
        if written.starts_with('@') {
            let Some(path) = self.stores.get(written).cloned() else {
                self.found.broken(place, format!("'{}' is loaded nowhere", brief(written)));
                return Vec::new();
            };
            return vec![self.kinds(place, &Reference::new(&self.base, &path.to_string_lossy()))];
        }
        let reference = Reference::new(&self.base, written);
        if !self.disk.is_directory(&reference.path()) {
            return vec![self.kinds(place, &reference)];
        }
        let mut files = Vec::new();
        for file in self.disk.files(&reference.path()) {
            match file {
                Ok(file) => files.push(file),
                Err(reason) => {
                    self.found.skip(place, format!("the directory '{}' cannot be read: {reason}", brief(written)));
                }
            }
        }
        let ends =
            |file: &Path, among: &[&str]| file.extension().is_some_and(|end| among.iter().any(|one| end == *one));
        let mut bundles: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
        for file in files.into_iter().filter(|file| !ends(file, &COMPANIONS)) {
            let name = if ends(&file, &KINDS) { file.with_extension("") } else { file.clone() };
            bundles.entry(name).or_default().push(file);
        }
        bundles.into_values().collect()
    }

    /// The file, or where there is none of that name those beside it for each kind of key.
    fn kinds(&mut self, place: &str, file: &Reference) -> Vec<PathBuf> {
        if self.disk.length(&file.path()) == Err(Unread::Absent) {
            let with = |kind: &&str| PathBuf::from(format!("{}.{kind}", file.path().display()));
            let bundle: Vec<PathBuf> = KINDS.iter().map(with).filter(|path| self.disk.length(path).is_ok()).collect();
            if !bundle.is_empty() {
                return bundle;
            }
        }
        sites::certificate_file(&mut self.found, place, file, self.disk).into_iter().collect()
    }

    /// `file [options] names`, a line each.
    fn list(&mut self, place: &str, written: &str, listens: &[Listen]) {
        let path = self.directory.join(written);
        if let Err(reason) = self.trail.admits() {
            return self.found.unfollowed(place, written, &reason);
        }
        let bytes = match self.disk.read(&path) {
            Ok(bytes) => bytes,
            Err(reason) => return self.found.unread(place, &path, &reason),
        };
        if let Err(reason) = self.trail.enter(&path, bytes.len()) {
            return self.found.unfollowed(place, written, &reason);
        }
        self.trail.leave();
        for (index, line) in String::from_utf8_lossy(&bytes).lines().enumerate() {
            let outside = match (line.find('['), line.find(']')) {
                (Some(from), Some(to)) if from < to => format!("{} {}", &line[..from], &line[to + 1..]),
                _ => line.to_owned(),
            };
            let words = words(&outside);
            let [file, names @ ..] = &words[..] else { continue };
            if self.found.is_full() {
                return;
            }
            let place = format!("{}:{}", path.display(), index + 1);
            for files in self.certificates(&place, file) {
                self.serve(&place, files, names, listens);
            }
        }
    }

    /// The names that filters name, else those of the certificate, wherever it listens. `!` excludes.
    fn serve(&mut self, place: &str, files: Vec<PathBuf>, filters: &[String], listens: &[Listen]) {
        let wanted = filters.iter().filter(|name| !name.starts_with('!'));
        let (wild, mut names): (Vec<String>, Vec<String>) = wanted.cloned().partition(|name| name.contains('*'));
        for name in wild.iter().filter(|_| !names.is_empty()) {
            self.found.skip(
                place,
                format!("'{}' is left out: a wildcard cannot be connected to; name a host it covers", brief(name)),
            );
        }
        if names.is_empty() {
            let Some(file) = files.first() else {
                if self.disk == Disk::Elsewhere {
                    self.found.skip(place, "its certificate, which names the hosts, is on another machine");
                }
                return;
            };
            match sites::names_in(file, self.disk) {
                Ok(own) => names = own,
                Err(reason) => {
                    let file = file.display().to_string();
                    return self.found.skip(place, format!("the certificate file '{}': {reason}", brief(&file)));
                }
            }
            names.retain(|name| !filters.iter().any(|filter| filter.strip_prefix('!') == Some(name)));
        }
        let file = sites::only(&mut self.found, place, files);
        for name in names {
            for listen in listens {
                sites::target(&mut self.found, place, &name, *listen, file.as_ref());
            }
        }
    }
}

fn option<'a>(options: &[&'a str], name: &str) -> Option<&'a str> {
    options.windows(2).find(|pair| pair[0] == name).map(|pair| pair[1])
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, told};
    use super::*;

    #[test]
    fn binds_lead_to_certificates_and_their_names() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
        std::fs::create_dir(directory.path().join("d")).unwrap();
        write(
            "shop.pem",
            &format!(
                "-----BEGIN PRIVATE KEY-----\nUExBTlRFRA==\n-----END PRIVATE KEY-----\n{}",
                sample::pem(&["shop.example", "*.shop.example"])
            ),
        );
        write("d/a.pem", &sample::pem(&["a.example"]));
        write("d/a.pem.ocsp", "x");
        write("d/two.pem.rsa", &sample::pem(&["two.example"]));
        write("d/two.pem.ecdsa", &sample::pem(&["two.example"]));
        write("empty.pem", "x");
        write(
            "list",
            "# c\nshop.pem [alpn h2] b.example !c.example *.x.example\nd/a.pem !z.example\nnone.pem x.example\n",
        );
        let text = "global\n  stats socket /run/h\ncrt-store web\n  crt-base d\n  load crt \"a.pem\" alias one\nfrontend f\n  bind :443,10.0.0.5:8443,unix@/run/x ssl crt shop.pem alpn h2 # c\n  \
                    bind :9443 ssl crt d\n  bind :7443 ssl crt-list list\n  bind :6443 ssl crt @web/one crt @web/two crt gone.pem\n  \
                    bind :4443 ssl crt-list nolist\n  bind :5443 ssl crt shop.pem accept-proxy\n  bind :3443 ssl crt empty.pem\n  bind :2443 ssl crt \"${DIR}/x.pem\"\n  bind :80\n";
        assert!(is_one(text));
        let found = read("h", text, directory.path(), Disk::Here);
        assert_eq!(
            told(&found),
            [
                "shop.example:443 shop.pem",
                "shop.example@10.0.0.5:8443 shop.pem",
                "a.example:9443 a.pem",
                "two.example:9443 ",
                "b.example:7443 shop.pem",
                "a.example:7443 a.pem",
                "x.example:7443 ",
                "a.example:6443 a.pem",
            ]
        );
        let here = format!("{}/", directory.path().display());
        let notices: Vec<String> = found.notices.iter().map(|notice| notice.to_string().replace(&here, "")).collect();
        let expected = [
            "h:7: '*.shop.example:443' is no target: a wildcard cannot be connected to; name a host it covers",
            "h:7: '*.shop.example@10.0.0.5:8443' is no target: a wildcard cannot be connected to; name a host it covers",
            "h:8: 2 certificate files serve it; cert_file can name one, so none is taken",
            "list:2: '*.x.example' is left out: a wildcard cannot be connected to; name a host it covers",
            "list:4: file.broken_reference: the certificate file 'none.pem' leads nowhere",
            "h:10: file.broken_reference: '@web/two' is loaded nowhere",
            "h:10: file.broken_reference: the certificate file 'gone.pem' leads nowhere",
            "h:11: file.broken_reference: 'nolist' leads nowhere",
            "h:12: ':5443' wants the PROXY protocol before TLS",
            "h:13: the certificate file 'empty.pem': there is no certificate in it",
            "h:14: the certificate file '${DIR}/x.pem' depends on a variable",
        ];
        assert_eq!(notices, expected);
        assert!(!format!("{found:?}").contains("UExBTlRFRA"));
    }

    #[test]
    fn every_address_and_port_of_a_bind_is_taken() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("a.pem"), sample::pem(&["a.example"])).unwrap();
        let text = "frontend f\n bind :8443-8445,10.0.0.5:9443-9444,tcp6@[::1]:443,quic4@:443,abns@x ssl crt a.pem\n \
                    bind ::1:7443,:::6443 ssl crt a.pem\n bind :8445-8443 ssl crt a.pem\n";
        let found = read("h", text, directory.path(), Disk::Here);
        let expected = [
            "a.example:8443 a.pem",
            "a.example:8444 a.pem",
            "a.example:8445 a.pem",
            "a.example@10.0.0.5:9443 a.pem",
            "a.example@10.0.0.5:9444 a.pem",
            "a.example@[::1]:443 a.pem",
            "a.example@[::1]:7443 a.pem",
            "a.example:6443 a.pem",
        ];
        assert_eq!(told(&found), expected);
        let notices: Vec<String> = found.notices.iter().map(ToString::to_string).collect();
        assert_eq!(notices, ["h:4: ':8445-8443' is no place that can be connected to"]);
    }

    /// As `haproxy -c` of 2.6 has it.
    #[test]
    fn what_the_configuration_sets_stands_for_variables() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("a.pem"), sample::pem(&["a.example"])).unwrap();
        let text = "global\n setenv PORT 1443\n presetenv PORT 1\n presetenv FILE a\n setenv GONE 1\n unsetenv GONE\nfrontend f\n bind \"*:$PORT\" ssl crt \"${FILE}.pem\"\n \
                    bind *:${OTHER-1451} ssl crt a.pem\n bind \"*:${GONE}\" ssl crt a.pem\n bind :1452 ssl crt \"$DIR/a.pem\"\n";
        let found = read("h", text, directory.path(), Disk::Here);
        assert_eq!(told(&found), ["a.example:1443 a.pem", "a.example:1451 a.pem"]);
        let notices: Vec<String> = found.notices.iter().map(ToString::to_string).collect();
        let expected = [
            "h:10: '*:${GONE}' is left out: it depends on a variable",
            "h:11: the certificate file '${DIR}/a.pem' depends on a variable",
        ];
        assert_eq!(notices, expected);
        let found = read("h", &text.replace("unsetenv GONE", "resetenv FILE"), directory.path(), Disk::Here);
        assert_eq!(told(&found), ["a.example:1451 a.pem"]);
    }

    #[test]
    fn names_of_a_list_need_no_file() {
        let text = "frontend f\n bind :443 ssl crt /etc/a.pem\n";
        let found = read("h", text, Path::new("."), Disk::Elsewhere);
        assert_eq!((found.sightings.len(), found.notices.len()), (0, 1), "{found:?}");
    }

    #[test]
    fn what_variables_stand_for_and_lists_are_limited() {
        let is_told = |found: &Found, end: &str| found.notices.iter().any(|notice| notice.text.as_str().ends_with(end));
        let lines = (0..600).fold(String::new(), |text, number| text + &format!("setenv b{number} \"${{a}}\"\n"));
        let text = format!("global\nsetenv a {}\n{lines}", "x".repeat(60_000));
        let found = read("h", &text, Path::new("/"), Disk::Elsewhere);
        let end = "words with variables are more than 32 MiB; lines with further ones are left out";
        assert!(is_told(&found, end), "{:?}", found.notices);

        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("l"), "").unwrap();
        let text = format!("frontend f\nbind :443 ssl {}\n", "crt-list l ".repeat(2001));
        let found = read("h", &text, directory.path(), Disk::Here);
        assert!(
            is_told(&found, "'l' is not followed: more than 2000 files in one configuration"),
            "{:?}",
            found.notices
        );
    }
}

//! All files at once: who has which certificate and which key.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::super::generations::is_predecessor;
use super::super::lifetime::is_expired;
use crate::model::{Certificate, Fingerprint, FoundFile, San, Time};

/// Names by which a successor is looked for: a certificate can carry thousands.
const NAMES: usize = 32;

/// Indexes over all files; places are positions in `files`.
#[derive(Debug)]
pub(super) struct Shelves<'a> {
    pub(super) files: &'a [FoundFile],
    /// Files that have a private key, by its public part.
    pub(super) keys: HashMap<Fingerprint, Vec<usize>>,
    /// Files that have a leaf, by the leaf.
    pub(super) leaves: HashMap<Fingerprint, Vec<usize>>,
    /// Leaves by their public keys, each once.
    pub(super) by_key: HashMap<Fingerprint, Vec<(usize, &'a Certificate)>>,
    /// Authorities by the identity of their subject, each once.
    pub(super) authorities: HashMap<Fingerprint, Vec<(usize, &'a Certificate)>>,
    /// Directories of files with certificates or keys.
    pub(super) homes: HashSet<&'a Path>,
    /// Keys by the directory of their file.
    directories: HashMap<&'a Path, Directory>,
    /// The leaf that began last, by name.
    newest: HashMap<&'a str, (usize, &'a Certificate)>,
}

/// The keys of one directory.
#[derive(Debug, Default)]
pub(super) struct Directory {
    /// Some of them cannot be compared.
    pub(super) hides_keys: bool,
    /// Some of them have their certificate among the files.
    pub(super) has_pairs: bool,
    /// The public parts of those that can.
    pub(super) keys: HashSet<Fingerprint>,
    /// Files with keys alone, by what their name shares with that of the certificate's file.
    pub(super) bare_keys: HashMap<Vec<String>, usize>,
}

impl<'a> Shelves<'a> {
    pub(super) fn of(files: &'a [FoundFile]) -> Self {
        let mut shelves = Self {
            files,
            keys: HashMap::new(),
            leaves: HashMap::new(),
            by_key: HashMap::new(),
            authorities: HashMap::new(),
            homes: HashSet::new(),
            directories: HashMap::new(),
            newest: HashMap::new(),
        };
        let mut known = HashSet::new();
        for (at, file) in files.iter().enumerate() {
            if file.certificates().next().is_some() || file.keys().next().is_some() {
                shelves.homes.insert(directory(file));
            }
            for key in file.keys().filter_map(|key| key.spki) {
                push_once(shelves.keys.entry(key).or_default(), at);
            }
            for certificate in file.certificates() {
                if is_leaf(certificate) {
                    push_once(shelves.leaves.entry(certificate.fingerprint).or_default(), at);
                }
                if known.insert(certificate.fingerprint) {
                    shelves.add(at, certificate);
                }
            }
        }
        for (at, file) in files.iter().enumerate().filter(|(_, file)| file.keys().next().is_some()) {
            let directory = shelves.directories.entry(directory(file)).or_default();
            directory.hides_keys |= file.keys().any(|key| key.spki.is_none());
            directory.has_pairs |= file.keys().filter_map(|key| key.spki).any(|key| shelves.by_key.contains_key(&key));
            directory.keys.extend(file.keys().filter_map(|key| key.spki));
            if file.certificates().next().is_none() {
                directory.bare_keys.entry(pair_name(&file.path)).or_insert(at);
            }
        }
        shelves
    }

    /// The keys in a file's directory.
    pub(super) fn beside(&self, file: &FoundFile) -> Option<&Directory> {
        self.directories.get(directory(file))
    }

    /// A certificate, where it is met first.
    fn add(&mut self, at: usize, certificate: &'a Certificate) {
        if !is_leaf(certificate) {
            self.authorities.entry(certificate.subject_id).or_default().push((at, certificate));
            return;
        }
        self.by_key.entry(certificate.spki).or_default().push((at, certificate));
        for name in names(certificate) {
            let newest = self.newest.entry(name).or_insert((at, certificate));
            if newest.1.not_before < certificate.not_before {
                *newest = (at, certificate);
            }
        }
    }

    /// A certificate that replaces this one and is valid, and the place of its file.
    pub(super) fn successor(&self, of: &Certificate, now: Time) -> Option<(usize, &'a Certificate)> {
        let newest = names(of).filter_map(|name| self.newest.get(name).copied());
        let mut newer = newest.filter(|(_, new)| is_predecessor(of, new));
        newer.find(|(_, new)| !is_expired(new, now) && new.not_before <= now)
    }

    /// Whether some file has the private key of a certificate.
    pub(super) fn has_key_of(&self, certificate: &Certificate) -> bool {
        self.keys.contains_key(&certificate.spki)
    }
}

/// Not an authority's. What is its own issuer and says nothing of authority is a server's that signed itself; so is what
/// says that it is one and has names that servers have: tools make them so (`openssl req -x509`).
pub(super) fn is_leaf(certificate: &Certificate) -> bool {
    let names_a_server = || certificate.sans.iter().any(|san| matches!(san, San::Dns(_) | San::Ip(_)));
    certificate.is_ca != Some(true) || (certificate.self_signed && names_a_server())
}

fn names(certificate: &Certificate) -> impl Iterator<Item = &str> {
    let sans = certificate.sans.iter().filter(|san| !matches!(san, San::Other(_))).take(NAMES);
    let subject = if certificate.sans.is_empty() { Some(certificate.subject.as_str()) } else { None };
    sans.map(|san| san.text().as_str()).chain(subject.filter(|subject| !subject.is_empty()))
}

/// Places come in ascending order.
fn push_once(places: &mut Vec<usize>, at: usize) {
    if places.last() != Some(&at) {
        places.push(at);
    }
}

fn directory(file: &FoundFile) -> &Path {
    file.path.parent().unwrap_or(&file.path)
}

/// What certificate and key of one pair have in common in their names: `shop` of `shop.crt` and `shop-key.pem`, `2` of
/// `fullchain2.pem` and `privkey2.pem`.
pub(super) fn pair_name(path: &Path) -> Vec<String> {
    const WORDS: [&str; 14] = [
        "certificate",
        "fullchain",
        "private",
        "privkey",
        "chain",
        "cert",
        "crt",
        "cer",
        "der",
        "key",
        "pem",
        "pub",
        "tls",
        "bundle",
    ];
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let is_told = |token: &&str| !token.is_empty();
    let tokens = name.split(['.', '-', '_', ' ']).filter(is_told).map(|token| {
        let word = WORDS.iter().find_map(|word| token.strip_prefix(word));
        word.filter(|rest| rest.bytes().all(|byte| byte.is_ascii_digit())).unwrap_or(token)
    });
    tokens.filter(is_told).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_told_by_what_their_names_share() {
        let same = [
            ("shop.crt", "shop.key"),
            ("shop.pem", "shop-key.pem"),
            ("cert.pem", "privkey.pem"),
            ("fullchain2.pem", "privkey2.pem"),
            ("tls.crt", "tls.key"),
            ("Shop.Example.cer", "shop.example.private.der"),
        ];
        for (certificate, key) in same {
            assert_eq!(pair_name(Path::new(certificate)), pair_name(Path::new(key)), "{certificate}");
        }
        assert_ne!(pair_name(Path::new("a.crt")), pair_name(Path::new("b.key")));
        assert_ne!(pair_name(Path::new("cert1.pem")), pair_name(Path::new("privkey2.pem")));
    }
}

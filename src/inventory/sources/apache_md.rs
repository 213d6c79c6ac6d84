//! Apache's `mod_md`: domains whose certificates it gets by itself, or is given as files, and where it keeps them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::disk::{Disk, Unread};
use super::found::{Found, brief};
use super::sites::{MOST_CERTIFICATES, Reference, Site};

struct Domain {
    place: String,
    /// That of the set: its first.
    name: String,
    /// Files that it is given (`MDCertificateFile`).
    certificates: Vec<Reference>,
    keys: Vec<Reference>,
    is_served: bool,
}

/// Every managed domain.
#[derive(Default)]
pub(super) struct Managed {
    domains: Vec<Domain>,
    /// Which one each name is of.
    by_name: BTreeMap<String, usize>,
    /// Within `<MDomainSet>`.
    open: bool,
    store: Option<String>,
}

impl Managed {
    /// `MDomain NAME…`, and the beginning of `<MDomainSet NAME…>`.
    pub(super) fn domain(&mut self, place: &str, names: &[String], is_set: bool) {
        self.open = is_set;
        let Some(name) = names.iter().find(|name| !is_mode(name)) else { return };
        self.domains.push(Domain {
            place: place.to_owned(),
            name: name.to_ascii_lowercase(),
            certificates: Vec::new(),
            keys: Vec::new(),
            is_served: false,
        });
        self.members(names);
    }

    /// The end of `<MDomainSet>`.
    pub(super) fn close(&mut self) {
        self.open = false;
    }

    fn members(&mut self, names: &[String]) {
        let Some(number) = self.domains.len().checked_sub(1) else { return };
        for name in names.iter().filter(|name| !is_mode(name)) {
            self.by_name.entry(name.to_ascii_lowercase()).or_insert(number);
        }
    }

    /// Takes a directive of `mod_md` that says which names or files there are.
    pub(super) fn directive(&mut self, place: &str, name: &str, values: &[String], root: &Path) {
        let open = self.domains.last_mut().filter(|_| self.open);
        match (name, values) {
            ("mdomain" | "manageddomain", names) => self.domain(place, names, false),
            ("mdmember" | "mdmembers", names) if self.open => self.members(names),
            ("mdstoredir", [path]) => self.store = Some(path.clone()),
            ("mdcertificatefile", [path]) => {
                if let Some(domain) = open.filter(|domain| domain.certificates.len() < MOST_CERTIFICATES) {
                    domain.certificates.push(Reference::new(root, path));
                }
            }
            ("mdcertificatekeyfile", [path]) => {
                if let Some(domain) = open.filter(|domain| domain.keys.len() < MOST_CERTIFICATES) {
                    domain.keys.push(Reference::new(root, path));
                }
            }
            _ => {}
        }
    }

    /// Gives a site the certificate of the domain that it is of, whatever its own is: so does Apache.
    pub(super) fn serve(&mut self, found: &mut Found, site: &mut Site, root: &Path, disk: Disk) {
        let Some(number) = site.names.iter().find_map(|name| self.number(name)) else { return };
        let store = root.join(self.store.as_deref().unwrap_or("md"));
        let Some(domain) = self.domains.get_mut(number) else { return };
        domain.is_served = true;
        site.certificates.clone_from(&domain.certificates);
        site.keys.clone_from(&domain.keys);
        if site.certificates.is_empty() {
            site.certificates = kept(found, &site.place, &domain.name, &store, disk);
        }
    }

    fn number(&self, name: &str) -> Option<usize> {
        let name = name.to_ascii_lowercase();
        let wildcard = || name.split_once('.').and_then(|(_, above)| self.by_name.get(&format!("*.{above}")));
        self.by_name.get(&name).or_else(wildcard).copied()
    }

    /// Tells of domains that nobody serves.
    pub(super) fn tell(self, found: &mut Found) {
        for domain in self.domains.into_iter().filter(|domain| !domain.is_served) {
            let name = brief(&domain.name);
            found.skip(&domain.place, format!("no virtual host with TLS has a name of the managed domain '{name}'"));
        }
    }
}

/// What can stand among the names, and is none.
fn is_mode(word: &str) -> bool {
    ["auto", "manual"].iter().any(|mode| word.eq_ignore_ascii_case(mode))
}

/// What is kept of a domain: `domains/NAME/pubcert.pem`, or one for each kind of key, `pubcert.secp384r1.pem`.
fn kept(found: &mut Found, place: &str, name: &str, store: &Path, disk: Disk) -> Vec<Reference> {
    if disk == Disk::Elsewhere || name.contains('/') {
        return Vec::new();
    }
    let directory = store.join("domains").join(name);
    let within = PathBuf::from(glob::Pattern::escape(&directory.to_string_lossy()));
    let files: Vec<PathBuf> = disk.files(&within.join("pubcert*.pem")).into_iter().filter_map(Result::ok).collect();
    if !files.is_empty() {
        return files.iter().map(|file| Reference::new(store, &file.to_string_lossy())).collect();
    }
    let (name, usual) = (brief(name), directory.join("pubcert.pem"));
    let shown = brief(&usual.display().to_string());
    match disk.length(&usual) {
        Err(Unread::Absent) if disk.is_directory(store) => {
            found.broken(place, format!("the managed domain '{name}' has no certificate yet: '{shown}' leads nowhere"));
        }
        Err(Unread::Absent) => {
            let store = brief(&store.display().to_string());
            found.skip(place, format!("the managed domain '{name}': its store, '{store}', is not there"));
        }
        Err(Unread::Other(reason)) => {
            found.skip(place, format!("the managed domain '{name}': '{shown}' cannot be read: {reason}"));
        }
        // It came between the two looks.
        Ok(_) => {}
    }
    Vec::new()
}

//! What ACME clients keep: certbot's `renewal/*.conf`, Traefik's `acme.json` (whose keys are passed over and never held).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::disk::{Disk, Unread};
use super::document;
use super::found::{Found, brief};
use super::sites::{self, Listen};

/// `renewal/<name>.conf`: the names of its certificate, at port 443.
///
/// `live` and `archive` are closed to all but root: what cannot be looked at is a fault, and not "no certificates".
pub(super) fn certbot(name: &str, text: &str, disk: Disk) -> Result<Found, String> {
    let keys: BTreeMap<&str, &str> =
        text.lines().filter_map(|line| line.split_once('=')).map(|(key, value)| (key.trim(), value.trim())).collect();
    let path = keys.get("fullchain").or_else(|| keys.get("cert"));
    let path = PathBuf::from(path.ok_or("neither 'fullchain' nor 'cert' is in it")?);
    let mut found = Found::default();
    for other in ["cert", "chain", "privkey"].into_iter().filter_map(|key| keys.get(key)) {
        if Path::new(other) != path && disk.length(Path::new(other)) == Err(Unread::Absent) {
            found.broken(name, format!("the file '{}' leads nowhere", brief(other)));
        }
    }
    if let Err(reason) = disk.length(&path) {
        return match reason {
            Unread::Absent => {
                found.broken(name, format!("the certificate file '{}' leads nowhere", path.display()));
                Ok(found)
            }
            Unread::Other(reason) => Err(format!("the certificate file '{}': {reason}", path.display())),
        };
    }
    let names = sites::names_in(&path, disk)
        .map_err(|reason| format!("the certificate file '{}': {reason}", path.display()))?;
    for host in &names {
        sites::target(&mut found, name, host, Listen::Everywhere(443), Some(&path));
    }
    if let Some((current, newest)) = left_behind(&path) {
        let text = format!("'{}' leads to {current}, although {newest} is beside that", path.display());
        found.skip(name, text + ": it was renewed, and the renewed one is not in place");
    }
    Ok(found)
}

/// What a link of `live` leads to, and the newest of its kind in `archive`, where that is another.
fn left_behind(link: &Path) -> Option<(String, String)> {
    let archived = fs::read_link(link).ok().map(|path| link.parent().unwrap_or(Path::new("")).join(path))?;
    let current = archived.file_name()?.to_str()?;
    let kind = current.strip_suffix(".pem")?.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = |name: &str| name.strip_prefix(kind)?.strip_suffix(".pem")?.parse::<u32>().ok();
    let names = fs::read_dir(archived.parent()?).ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let newest = names.filter_map(|name| number(&name)).max()?;
    (newest > number(current)?).then(|| (current.to_owned(), format!("{kind}{newest}.pem")))
}

/// Whether it is one of certbot's.
pub(super) fn is_certbot(text: &str) -> bool {
    let has = |key: &str| text.lines().any(|line| line.split('=').next().is_some_and(|word| word.trim() == key));
    has("archive_dir") && has("fullchain")
}

/// Whether it is Traefik's: its resolvers have accounts and certificates.
pub(super) fn is_traefik(bytes: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Shape {
        #[serde(rename = "Account")]
        account: Option<IgnoredAny>,
        #[serde(rename = "Certificates")]
        certificates: Option<IgnoredAny>,
    }
    let resolvers: Result<Vec<BTreeMap<String, Shape>>, _> = document::all(bytes);
    let is_one = |shape: &Shape| shape.account.is_some() || shape.certificates.is_some();
    resolvers.is_ok_and(|documents| documents.iter().flat_map(BTreeMap::values).any(is_one))
}

#[derive(Deserialize)]
struct Resolver {
    #[serde(rename = "Certificates")]
    certificates: Option<Vec<Entry>>,
}

#[derive(Deserialize)]
struct Entry {
    domain: Domain,
}

#[derive(Deserialize)]
struct Domain {
    #[serde(default)]
    main: String,
    #[serde(default)]
    sans: Option<Vec<String>>,
}

/// `acme.json`: every domain of every resolver, at port 443.
pub(super) fn traefik(name: &str, bytes: &[u8]) -> Result<Found, String> {
    let documents: Vec<BTreeMap<String, Resolver>> = document::all(bytes)?;
    let mut found = Found::default();
    for (resolver, content) in documents.into_iter().flatten() {
        let place = format!("{name}: {resolver}");
        for Entry { domain } in content.certificates.into_iter().flatten() {
            for host in std::iter::once(domain.main).chain(domain.sans.into_iter().flatten()) {
                sites::target(&mut found, &place, &host, Listen::Everywhere(443), None);
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::found::BROKEN_REFERENCE;
    use super::super::sample;
    use super::*;

    fn names(found: &Found) -> Vec<String> {
        found.sightings.iter().map(|sighting| sighting.spec.to_string()).collect()
    }

    #[test]
    fn certbot_names_a_certificate_that_names_hosts() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        for name in ["live", "archive"] {
            fs::create_dir(path(name)).unwrap();
        }
        let link = path("live/fullchain.pem");
        let text = format!("version = 5.3\narchive_dir = /a\nfullchain = {}\n[renewalparams]\n", link.display());
        assert!(is_certbot(&text));
        let gone = certbot("c", &text, Disk::Here).unwrap();
        assert_eq!((gone.sightings.len(), gone.notices[0].code), (0, Some(BROKEN_REFERENCE)));

        fs::write(path("archive/fullchain9.pem"), sample::pem(&["shop.example", "192.0.2.7", "*.shop.example"]))
            .unwrap();
        std::os::unix::fs::symlink("../archive/fullchain9.pem", &link).unwrap();
        let found = certbot("c", &text, Disk::Here).unwrap();
        assert_eq!(names(&found), ["shop.example:443", "192.0.2.7:443"]);
        assert_eq!((found.sightings[0].cert_file.as_ref(), found.notices.len()), (Some(&link), 1));

        let keyless = text.replace("[renewalparams]", "privkey = /nowhere/privkey.pem\n[renewalparams]");
        let broken = &certbot("c", &keyless, Disk::Here).unwrap().notices[0];
        assert_eq!(
            (broken.code, broken.text.as_str()),
            (Some(BROKEN_REFERENCE), "the file '/nowhere/privkey.pem' leads nowhere")
        );

        fs::write(path("archive/fullchain10.pem"), "x").unwrap();
        fs::write(path("archive/chain11.pem"), "x").unwrap();
        let told = certbot("c", &text, Disk::Here).unwrap().notices[1].to_string();
        assert!(told.contains("leads to fullchain9.pem, although fullchain10.pem is beside that"), "{told}");
        fs::write(path("archive/fullchain9.pem"), "x").unwrap();
        assert!(certbot("c", &text, Disk::Here).unwrap_err().ends_with("there is no certificate in it"));
    }

    #[test]
    fn traefik_lists_domains_beside_keys() {
        let text = br#"{"le":{"Account":{"PrivateKey":"UExBTlRFRA=="},"Certificates":[{"domain":{"main":"a.example","sans":["b.example"]},"certificate":"eA==","key":"UExBTlRFRA=="}]},"none":{"Certificates":null}}"#;
        let found = traefik("acme.json", text).unwrap();
        assert_eq!(names(&found), ["a.example:443", "b.example:443"]);
        assert!(!format!("{found:?}").contains("UExBTlRFRA"));
        assert!(traefik("x", b"{\"le\":{\"Certificates\":7}}").is_err());
    }
}

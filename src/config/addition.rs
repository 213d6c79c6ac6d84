//! Targets added to a configuration file: at its end, and nothing else in it is touched.

use std::fs::{self, File as Disk};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::error::ConfigError;
use super::file::File;
use super::overrides::Overrides;
use super::settings::Settings;
use super::show::{absolute, key, labels, text};
use crate::inventory::sources::Sighting;
use crate::model::Protocol;

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Added {
    /// The configuration file.
    pub path: PathBuf,
    /// What it was before, if it was there.
    pub backup: Option<PathBuf>,
}

/// The `[[target]]` tables of these, as in a configuration file.
#[must_use]
pub fn additions(sightings: &[Sighting]) -> String {
    let mut out = String::new();
    for sighting in sightings {
        let gap = if out.is_empty() { "" } else { "\n" };
        out.push_str(gap);
        out.push_str("[[target]]\n");
        key(&mut out, "target", &text(&sighting.spec.to_string()));
        if !sighting.labels.is_empty() {
            labels(&mut out, &sighting.labels);
        }
        if let Some(name) = &sighting.servername {
            key(&mut out, "servername", &text(name));
        }
        if let Some(protocol) = sighting.starttls {
            key(&mut out, "starttls", &text(if protocol == Protocol::Tls { "none" } else { protocol.name() }));
        }
        if let Some((certificate, private)) = &sighting.client {
            key(&mut out, "client_cert", &text(&absolute(certificate)));
            if let Some(file) = private {
                key(&mut out, "client_key", &text(&absolute(file)));
            }
        }
        if let Some(file) = &sighting.cert_file {
            key(&mut out, "cert_file", &text(&absolute(file)));
        }
    }
    out
}

/// Adds tables to the end of the file at `path`, which is made if it is not there.
///
/// The result is read before it takes the place of the file, which is kept beside it as `….bak`.
pub fn append(path: &Path, tables: &str) -> Result<Added, ConfigError> {
    let failed = |error| ConfigError::Write { path: path.to_owned(), error };
    // A link stays a link: what it leads to is replaced.
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let before = match fs::read_to_string(&real) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed(error)),
    };
    let gap = match before.as_deref() {
        None | Some("") => "",
        Some(text) if text.ends_with('\n') => "\n",
        Some(_) => "\n\n",
    };
    let after = format!("{}{gap}{tables}", before.as_deref().unwrap_or_default());
    Settings::fold(Some(&File::parse(path, after.clone())?), &Overrides::default(), None)?;
    let backup = before.map(|_| with_suffix(&real, ".bak"));
    replace(&real, &after, backup.as_deref()).map_err(failed)?;
    Ok(Added { path: path.to_owned(), backup })
}

fn replace(path: &Path, text: &str, backup: Option<&Path>) -> io::Result<()> {
    if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        fs::create_dir_all(directory)?;
    }
    let temporary = with_suffix(path, &format!(".{}.new", std::process::id()));
    let written = (|| {
        let mut file = Disk::options().write(true).create_new(true).open(&temporary)?;
        file.write_all(text.as_bytes())?;
        if let Some(backup) = backup {
            file.set_permissions(fs::metadata(path)?.permissions())?;
            fs::copy(path, backup)?;
        }
        file.sync_all()?;
        fs::rename(&temporary, path)
    })();
    written.inspect_err(|_| drop(fs::remove_file(&temporary)))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::parse;

    fn sighting(notation: &str) -> Sighting {
        Sighting::plain(parse(notation).unwrap(), "test")
    }

    #[test]
    fn everything_known_of_a_target_is_said() {
        let full = Sighting {
            labels: [("a b".into(), "c\"d".into())].into(),
            servername: Some("www.example".into()),
            starttls: Some(Protocol::Tls),
            client: Some(("/c.pem".into(), Some("/k.pem".into()))),
            ..sighting("mx.example:25")
        };
        let text = additions(&[full, sighting("b.example")]);
        let expected = "[[target]]\ntarget = \"mx.example:25\"\nlabels = { \"a b\" = 'c\"d' }\nservername = \"www.example\"\n\
                        starttls = \"none\"\nclient_cert = \"/c.pem\"\nclient_key = \"/k.pem\"\n\n\
                        [[target]]\ntarget = \"b.example:443\"\n";
        let read = |text: &str| toml::from_str::<toml::Table>(text).unwrap();
        assert_eq!(read(&text), read(expected), "{text}");
    }

    #[test]
    fn the_rest_of_the_file_stays_byte_for_byte() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/config.toml");
        let tables = additions(&[sighting("b.example")]);
        assert_eq!(append(&path, &tables).unwrap().backup, None);
        assert_eq!(fs::read_to_string(&path).unwrap(), tables);

        let before = "# mine\r\n[[target]]  # first\ntarget = 'a.example'\n[ui]\nmouse = false # no";
        fs::write(&path, before).unwrap();
        let added = append(&path, &tables).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{before}\n\n{tables}"));
        assert_eq!(fs::read_to_string(added.backup.unwrap()).unwrap(), before);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 2, "nothing else is left");
    }

    #[test]
    fn a_file_that_would_be_wrong_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.toml");
        for before in ["target = [{ target = \"a.example\" }]\n", "[defaults]\ninterval = 3\n"] {
            fs::write(&path, before).unwrap();
            append(&path, &additions(&[sighting("b.example")])).unwrap_err();
            assert_eq!(fs::read_to_string(&path).unwrap(), before);
        }
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_modes_stay() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let directory = tempfile::tempdir().unwrap();
        let (real, link) = (directory.path().join("real.toml"), directory.path().join("config.toml"));
        fs::write(&real, "[ui]\n").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o600)).unwrap();
        symlink(&real, &link).unwrap();
        append(&link, &additions(&[sighting("b.example")])).unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(fs::read_to_string(&real).unwrap().contains("b.example"));
    }
}

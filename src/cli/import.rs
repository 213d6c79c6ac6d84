//! `tlscope import`: which targets others' lists and configurations would add, and adding them.

use std::collections::BTreeSet;
use std::process::ExitCode;

use super::arguments::{Import, ImportFormat};
use super::failure::{self, Failure};
use super::imported::Imported;
use super::options::Options;
use super::output::{print, say};
use crate::config::{self, Added, File, Given, Overrides, Settings};
use crate::inventory::sources::{Asker, Client, Means, Pass, SecretAt, gather, server};
use crate::model::ClientFiles;

pub(super) fn run(options: &Options, import: &Import) -> Result<ExitCode, Failure> {
    let path = options.config_path()?;
    // One that is not there yet is made by --write.
    let file = path.exists().then(|| File::read(&path)).transpose()?;
    let wanted = options.overrides()?;
    // Targets are known whatever they are labelled.
    let trusted = Overrides { trust: wanted.trust.clone(), ca_files: wanted.ca_files.clone(), ..Overrides::default() };
    let settings = Settings::fold(file.as_ref(), &trusted, None)?;
    let asker = Asker::new(pass(import)?, client(&wanted)?);
    let means = Means { most: import.most, roots: settings.trust.roots() };
    let gathered = import.sources.iter().flat_map(|source| gather(source, &asker, &means, std::io::stdin().lock()));
    let imported = Imported::new(gathered, &settings, |target| wanted.want(target));
    for failure in &imported.failed {
        say(&format!("error: cannot read '{}': {}", failure.place, failure.text));
    }
    let added = if import.write { write(&imported, &path)? } else { None };
    match import.format {
        ImportFormat::Table => print(&imported.table())?,
        ImportFormat::Toml => print(&config::additions(&imported.new))?,
        ImportFormat::Json => print(&imported.document(added.as_ref()).map_err(anyhow::Error::from)?)?,
    }
    if !options.quiet {
        say(&imported.summary(import.write, added.as_ref(), &path));
    }
    let is_whole = imported.failed.is_empty();
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::from(failure::usage_status(false)) })
}

/// Who asks, if that is said: it is for one server, and no other is shown it.
fn pass(import: &Import) -> Result<Option<Pass>, Failure> {
    let given = Given {
        token: [import.token_file.clone().map(SecretAt::File), import.token_env.clone().map(SecretAt::Variable)],
        user: import.user.clone(),
        password: [
            import.password_file.clone().map(SecretAt::File),
            import.password_env.clone().map(SecretAt::Variable),
        ],
    };
    let names = ["--token-file or --token-env", "--user", "--password-file or --password-env"];
    let pass = given.pass(names).map_err(Failure::usage)?;
    let servers: BTreeSet<String> = import.sources.iter().filter_map(|source| server(source)).collect();
    match (&pass, servers.len()) {
        (None, _) | (Some(_), 1) => Ok(pass),
        (Some(_), 0) => Err(Failure::usage("a token or a login is for a source that is a URL, as in http_sd:URL")),
        (Some(_), _) => {
            let servers: Vec<String> = servers.into_iter().collect();
            let message = format!("a token or a login is for one server, and there are {}", servers.join(", "));
            Err(Failure::usage(format!("{message}: import from each by itself")))
        }
    }
}

/// Whom the servers of URLs see when they ask for a certificate.
fn client(wanted: &Overrides) -> Result<Option<Client>, Failure> {
    let Overrides { client_cert, client_key, client_cert_password_file, client_password, .. } = wanted;
    match (client_cert, client_key) {
        (None, Some(_)) => Err(Failure::usage("--client-key needs --client-cert, which says whose key it is")),
        (None, None) => Ok(None),
        (Some(certificate), key) => {
            let files = ClientFiles {
                certificate: certificate.clone(),
                key: key.clone(),
                password_file: client_cert_password_file.clone(),
            };
            Ok(Some(Client::Files { files, password: client_password.clone() }))
        }
    }
}

/// Nothing is written when a source could not be read: what was asked for is not all there.
fn write(imported: &Imported, path: &std::path::Path) -> Result<Option<Added>, Failure> {
    if imported.new.is_empty() || !imported.failed.is_empty() {
        return Ok(None);
    }
    Ok(Some(config::append(path, &config::additions(&imported.new))?))
}

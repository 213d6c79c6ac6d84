//! Sources that targets are taken from while running: `[[inventory]]`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use toml::Spanned;

use super::error::ConfigError;
use super::file::{File, InventoryTable};
use super::overrides::Overrides;
use super::parts::{RootStore, TrustSettings};
use super::value::checked_refresh;
use crate::inventory::sources::{Address, Asker, Client, Kind, Pass, Roots, SecretAt};
use crate::inventory::{LiveSource, Opening, Place};
use crate::model::ClientFiles;

/// How long a source is believed by default: as Prometheus has it for `http_sd`.
const REFRESH: Duration = Duration::from_mins(1);

impl TrustSettings {
    /// Whom to trust when a source is fetched.
    #[must_use]
    pub fn roots(&self) -> Roots {
        let has = |store: RootStore| self.stores.contains(&store);
        Roots {
            system: has(RootStore::System),
            mozilla: has(RootStore::Mozilla),
            files: self.ca_files.clone(),
            text: None,
        }
    }
}

/// The sources as configured.
pub(super) fn live(file: &File, trust: &TrustSettings, overrides: &Overrides) -> Result<Vec<LiveSource>, ConfigError> {
    let opening = Opening {
        is_off: overrides.client_cert.is_some(),
        password_file: overrides.client_cert_password_file.clone(),
        password: overrides.client_password.clone(),
    };
    let common = (trust.roots(), opening);
    file.tables.inventory.iter().map(|table| source(file, table, &common)).collect()
}

fn source(
    file: &File,
    table: &Spanned<InventoryTable>,
    (roots, opening): &(Roots, Opening),
) -> Result<LiveSource, ConfigError> {
    let at = table.span().start;
    let table = table.get_ref();
    let kind = table.kind.as_ref().map(|kind| named(file, kind)).transpose()?;
    let place = match (&table.path, &table.url) {
        (Some(path), None) => files(file, table, path, kind)?,
        (None, Some(url)) => server(file, table, url, kind, opening)?,
        (Some(_), Some(url)) => return Err(file.invalid(url.span().start, "either 'path' or 'url', not both")),
        (None, None) => {
            return Err(file.invalid(at, "this [[inventory]] names no source: the key 'path' or 'url' is missing"));
        }
    };
    let refresh = table.refresh.as_ref().map_or(Ok(REFRESH), |refresh| {
        checked_refresh(refresh.get_ref().0).map_err(|message| file.invalid(refresh.span().start, message))
    });
    Ok(LiveSource {
        place,
        refresh: refresh?,
        labels: table.labels.iter().map(|(name, value)| (Arc::clone(name), Arc::clone(value))).collect(),
        roots: roots.clone(),
        opening: opening.clone(),
    })
}

fn named(file: &File, kind: &Spanned<String>) -> Result<Kind, ConfigError> {
    Kind::named(kind.get_ref()).ok_or_else(|| {
        let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        let message = format!("'{}' is no kind of source; there are {}", kind.get_ref(), known.join(", "));
        file.invalid(kind.span().start, message)
    })
}

fn files(
    file: &File,
    table: &InventoryTable,
    path: &Spanned<PathBuf>,
    kind: Option<Kind>,
) -> Result<Place, ConfigError> {
    let written = path.get_ref();
    if written.as_os_str().is_empty() || written.as_os_str() == "-" {
        return Err(file.invalid(path.span().start, "'path' is that of a file, or a pattern for several"));
    }
    if written.to_str().is_some_and(|text| text.contains("://")) {
        return Err(file.invalid(path.span().start, "what a server answers is named by 'url', not by 'path'"));
    }
    if let Some((at, key)) = passes(table).into_iter().flatten().next() {
        return Err(file.invalid(at, format!("'{key}' is for a source with a 'url'")));
    }
    let path = match written.to_str().and_then(|path| path.split_once(',')) {
        // Modules, and the scrape configuration that names them.
        Some((modules, scrape)) if kind == Some(Kind::Blackbox) => {
            let [modules, scrape] = [modules, scrape].map(|path| file.beside(Path::new(path)));
            PathBuf::from(format!("{},{}", modules.display(), scrape.display()))
        }
        _ => file.beside(written),
    };
    Ok(Place::Files { path, kind })
}

/// Errors never repeat the URL: there may be a password in it.
fn server(
    file: &File,
    table: &InventoryTable,
    url: &Spanned<String>,
    kind: Option<Kind>,
    opening: &Opening,
) -> Result<Place, ConfigError> {
    let at = url.span().start;
    let (address, own) =
        Address::parse(url.get_ref()).map_err(|reason| file.invalid(at, format!("'url': {reason}")))?;
    let Some(kind) = kind else {
        return Err(file.invalid(at, "'kind' is missing beside 'url': http_sd, prometheus, or another"));
    };
    let beside = pass(file, table)?;
    if own.is_some() && beside.is_some() {
        return Err(file.invalid(at, "a login stands in the URL, and another is given beside it"));
    }
    let client = client(file, table)?.map(|files| Client::Files { files, password: opening.password.clone() });
    Ok(Place::Url { address, asker: Box::new(Asker::new(own.or(beside), client)), kind })
}

/// Whom that server sees: it is told by the source alone, as it is another one than the targets.
fn client(file: &File, table: &InventoryTable) -> Result<Option<ClientFiles>, ConfigError> {
    let path = |path: &Option<Spanned<PathBuf>>| path.as_ref().map(|path| file.beside(path.get_ref()));
    let beside = table.client_key.as_ref().or(table.client_cert_password_file.as_ref());
    match (path(&table.client_cert), beside) {
        (None, Some(alone)) => Err(file.invalid(alone.span().start, "'client_cert' is missing beside this key")),
        (certificate, _) => Ok(certificate.map(|certificate| ClientFiles {
            certificate,
            key: path(&table.client_key),
            password_file: path(&table.client_cert_password_file),
        })),
    }
}

/// The keys that say who asks, and where they stand.
fn passes(table: &InventoryTable) -> [Option<(usize, &'static str)>; 8] {
    let text = |key: &Option<Spanned<String>>| key.as_ref().map(|key| key.span().start);
    let path = |key: &Option<Spanned<PathBuf>>| key.as_ref().map(|key| key.span().start);
    [
        path(&table.token_file).map(|at| (at, "token_file")),
        text(&table.token_env).map(|at| (at, "token_env")),
        text(&table.username).map(|at| (at, "username")),
        path(&table.password_file).map(|at| (at, "password_file")),
        text(&table.password_env).map(|at| (at, "password_env")),
        path(&table.client_cert).map(|at| (at, "client_cert")),
        path(&table.client_key).map(|at| (at, "client_key")),
        path(&table.client_cert_password_file).map(|at| (at, "client_cert_password_file")),
    ]
}

fn pass(file: &File, table: &InventoryTable) -> Result<Option<Pass>, ConfigError> {
    let in_file = |path: &Spanned<PathBuf>| SecretAt::File(file.beside(path.get_ref()));
    let in_variable = |name: &Spanned<String>| SecretAt::Variable(name.get_ref().clone());
    let token_file = table.token_file.as_ref().map(in_file);
    let password_file = table.password_file.as_ref().map(in_file);
    let given = Given {
        token: [token_file, table.token_env.as_ref().map(in_variable)],
        user: table.username.as_ref().map(|name| name.get_ref().clone()),
        password: [password_file, table.password_env.as_ref().map(in_variable)],
    };
    let keys = ["'token_file' or 'token_env'", "'username'", "'password_file' or 'password_env'"];
    let at = passes(table).into_iter().flatten().next().map_or(0, |(at, _)| at);
    given.pass(keys).map_err(|message| file.invalid(at, message))
}

/// Who asks, as flags or keys say it.
#[derive(Debug, Default)]
pub struct Given {
    /// Where a token is: in a file, in a variable.
    pub token: [Option<SecretAt>; 2],
    /// Whose password it is.
    pub user: Option<String>,
    /// Where that is: in a file, in a variable.
    pub password: [Option<SecretAt>; 2],
}

impl Given {
    /// The one that is meant; `names` are what is called token, user and password where it was said.
    pub fn pass(self, names: [&str; 3]) -> Result<Option<Pass>, String> {
        let [token_name, user_name, password_name] = names;
        let only = |places: [Option<SecretAt>; 2], name: &str| match places {
            [Some(_), Some(_)] => Err(format!("either {name}, not both")),
            [one, other] => Ok(one.or(other)),
        };
        match (only(self.token, token_name)?, self.user, only(self.password, password_name)?) {
            (None, None, None) => Ok(None),
            (Some(token), None, None) => Ok(Some(Pass::bearer(token))),
            (Some(_), ..) => Err(format!("{token_name}, or {user_name}, not both: a server is shown one of them")),
            (None, Some(name), Some(password)) => Ok(Some(Pass::Login { name, password })),
            (None, Some(_), None) => Err(format!("{user_name} needs a password beside it: {password_name}")),
            (None, None, Some(_)) => Err(format!("{user_name} is missing, whose password that is")),
        }
    }
}

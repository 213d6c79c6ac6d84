//! How Prometheus is told to fetch something: `http_sd_config` and `http_config` of its
//! `docs/configuration/configuration.md`; the tokens by themselves are those of versions before 3.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rustls_pki_types::ServerName;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use ureq::{Proxy, ProxyProtocol};

use super::super::host;
use super::address::Address;
use super::asker::{Asker, Client, Header, Way};
use super::found::brief;
use super::pass::{Pass, SecretAt};
use super::roots::Roots;
use crate::model::{Bypass, Secret};

/// Headers of one request.
const MOST_HEADERS: usize = 100;

/// What is fetched, and how.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Fetched {
    pub(super) url: String,
    basic_auth: Option<Login>,
    authorization: Option<Authorization>,
    bearer_token: Option<Hidden>,
    bearer_token_file: Option<PathBuf>,
    oauth2: Option<IgnoredAny>,
    /// There may be a password in it.
    proxy_url: Option<Hidden>,
    no_proxy: String,
    proxy_connect_header: Option<IgnoredAny>,
    http_headers: BTreeMap<String, Lines>,
    tls_config: Tls,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Login {
    username: String,
    password: Option<Hidden>,
    password_file: Option<PathBuf>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Authorization {
    r#type: Option<String>,
    credentials: Option<Hidden>,
    credentials_file: Option<PathBuf>,
}

/// Of one header.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Lines {
    values: Vec<Hidden>,
    secrets: Vec<Hidden>,
    files: Vec<PathBuf>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tls {
    ca_file: Option<PathBuf>,
    ca: Option<String>,
    cert_file: Option<PathBuf>,
    cert: Option<Hidden>,
    key_file: Option<PathBuf>,
    key: Option<Hidden>,
    server_name: Option<String>,
}

/// A secret that stands in the file.
struct Hidden(Secret);

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Secret::new(text)))
    }
}

/// The one that stands in the file, else the one in another file.
fn secret(hidden: Option<&Hidden>, file: Option<&PathBuf>, directory: &Path) -> Option<SecretAt> {
    match (hidden, file) {
        (Some(Hidden(secret)), _) => Some(SecretAt::Here(secret.clone())),
        (None, file) => file.map(|file| SecretAt::File(directory.join(file))),
    }
}

impl Fetched {
    /// Who asks for it; files are relative to `directory`. What cannot be done as Prometheus does it is not done.
    pub(super) fn asker(&self, address: &Address, directory: &Path) -> Result<Asker, String> {
        let unknown = [("oauth2", &self.oauth2), ("proxy_connect_header", &self.proxy_connect_header)];
        if let Some((key, _)) = unknown.into_iter().find(|(_, said)| said.is_some()) {
            return Err(format!("tlscope cannot do what its '{key}' says; a file_sd could have the list"));
        }
        Ok(Asker {
            headers: self.headers(directory)?,
            servername: self.servername()?,
            way: self.way(address)?,
            ..Asker::new(self.pass(directory)?, self.tls_config.client(directory)?)
        })
    }

    /// Whom to trust, where it says that.
    pub(super) fn roots(&self, directory: &Path) -> Option<Roots> {
        let Tls { ca_file, ca, .. } = &self.tls_config;
        let only = Roots { system: false, mozilla: false, files: Vec::new(), text: None };
        match (ca, ca_file) {
            (Some(text), _) => Some(Roots { text: Some(text.clone()), ..only }),
            (None, Some(file)) => Some(Roots { files: vec![directory.join(file)], ..only }),
            (None, None) => None,
        }
    }

    fn pass(&self, directory: &Path) -> Result<Option<Pass>, String> {
        if let Some(Login { username, password, password_file }) = &self.basic_auth {
            let password = secret(password.as_ref(), password_file.as_ref(), directory);
            let password = password.unwrap_or_else(|| SecretAt::Here(Secret::new(String::new())));
            return Ok(Some(Pass::Login { name: username.clone(), password }));
        }
        if let Some(Authorization { r#type, credentials, credentials_file }) = &self.authorization {
            let Some(token) = secret(credentials.as_ref(), credentials_file.as_ref(), directory) else {
                return Err("its 'authorization' has no credentials".to_owned());
            };
            let scheme = r#type.clone().unwrap_or_else(|| "Bearer".to_owned());
            return Ok(Some(Pass::Token { scheme, token }));
        }
        Ok(secret(self.bearer_token.as_ref(), self.bearer_token_file.as_ref(), directory).map(Pass::bearer))
    }

    fn headers(&self, directory: &Path) -> Result<Vec<Header>, String> {
        let said = self.http_headers.iter().flat_map(|(name, Lines { values, secrets, files })| {
            let here = values.iter().chain(secrets).map(|Hidden(secret)| SecretAt::Here(secret.clone()));
            let in_files = files.iter().map(|file| SecretAt::File(directory.join(file)));
            here.chain(in_files).map(move |value| (name, value))
        });
        let headers = said.take(MOST_HEADERS + 1).map(|(name, value)| Header::new(name, value));
        let headers =
            headers.collect::<Result<Vec<_>, _>>().map_err(|reason| format!("its 'http_headers': {reason}"))?;
        if headers.len() > MOST_HEADERS {
            return Err(format!("its 'http_headers' are more than {MOST_HEADERS}"));
        }
        Ok(headers)
    }

    fn servername(&self) -> Result<Option<ServerName<'static>>, String> {
        let Some(name) = self.tls_config.server_name.as_deref().filter(|name| !name.is_empty()) else {
            return Ok(None);
        };
        let name_of_tls = ServerName::try_from(name.to_owned());
        name_of_tls.map(Some).map_err(|_| format!("its 'tls_config.server_name', '{}', is no name", brief(name)))
    }

    fn way(&self, address: &Address) -> Result<Way, String> {
        let Some(Hidden(proxy)) = self.proxy_url.as_ref().filter(|Hidden(proxy)| !proxy.as_str().is_empty()) else {
            return Ok(Way::Usual);
        };
        let proxy = Proxy::new(proxy.as_str()).ok().filter(|proxy| {
            use ProxyProtocol::{Http, Https, Socks5, Socks5h};
            matches!(proxy.protocol(), Http | Https | Socks5 | Socks5h)
        });
        let proxy = proxy.ok_or("its 'proxy_url' is not that of a proxy: http://, https:// or socks5://HOST:PORT")?;
        let url = address.url();
        let host = url.host_str().and_then(|host| host::parse(host).ok()).zip(url.port_or_known_default());
        let is_excepted = host.is_some_and(|(host, port)| Bypass::parse(&self.no_proxy).covers(&host, port));
        Ok(if is_excepted { Way::Direct } else { Way::Through(proxy) })
    }
}

impl Tls {
    fn client(&self, directory: &Path) -> Result<Option<Client>, String> {
        let certificate = secret(self.cert.as_ref(), self.cert_file.as_ref(), directory);
        let key = secret(self.key.as_ref(), self.key_file.as_ref(), directory);
        match (certificate, key) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => Ok(Some(Client::Pem { certificate, key })),
            (Some(_), None) => Err("its 'tls_config' has a certificate and no key".to_owned()),
            (None, Some(_)) => Err("its 'tls_config' has a key and no certificate".to_owned()),
        }
    }
}

//! Who asks a server for a source, and by which way.

use std::path::Path;
use std::sync::Arc;

use rustls_pki_types::ServerName;
use ureq::Proxy;
use ureq::http::{HeaderMap, HeaderName, HeaderValue};

use super::found::brief;
use super::pass::{Pass, SecretAt};
use crate::credentials::Identity;
use crate::model::{ClientFiles, Secret};

/// Who asks: what is shown to the server that is named, and to no other that it leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asker {
    /// A token or a login.
    pub pass: Option<Pass>,
    /// A certificate, where the server asks for one.
    pub client: Option<Client>,
    /// Further lines of the request.
    pub(super) headers: Vec<Header>,
    /// The name that is sent and verified instead of the URL's.
    pub(super) servername: Option<ServerName<'static>>,
    pub(super) way: Way,
}

/// The way to a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Way {
    /// As the environment says.
    #[default]
    Usual,
    Direct,
    Through(Proxy),
}

impl Way {
    pub(super) fn proxy(&self) -> Option<Proxy> {
        match self {
            Self::Usual => Proxy::try_from_env(),
            Self::Direct => None,
            Self::Through(proxy) => Some(proxy.clone()),
        }
    }
}

/// A client certificate and its key; they are read each time they are needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Client {
    /// In files.
    Files {
        /// Which.
        files: ClientFiles,
        /// What opens a key without a password of its own.
        password: Option<Secret>,
    },
    /// In PEM, each by itself.
    Pem {
        /// The certificate, with those above it.
        certificate: SecretAt,
        /// The key.
        key: SecretAt,
    },
}

/// A line of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) name: HeaderName,
    pub(super) value: SecretAt,
}

/// Lines that are the connection's (RFC 9110 section 7.6.1) or say something that has to be true. Prometheus refuses most
/// of them, too (`config/headers.go` of prometheus/common).
const RESERVED: [&str; 19] = [
    "accept-encoding",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "www-authenticate",
    "x-prometheus-scrape-timeout-seconds",
];

impl Asker {
    /// One with a pass and a certificate, as far as there are any.
    #[must_use]
    pub fn new(pass: Option<Pass>, client: Option<Client>) -> Self {
        Self { pass, client, ..Self::default() }
    }

    /// All lines that say who asks.
    pub(super) fn lines(&self) -> Result<HeaderMap, String> {
        let mut lines = HeaderMap::new();
        for Header { name, value } in &self.headers {
            let value = value.read().map_err(|reason| format!("its header {name}: {reason}"))?;
            let value = HeaderValue::from_str(value.as_str());
            let mut value = value.map_err(|_| format!("its header {name} has characters in it that none can have"))?;
            value.set_sensitive(true);
            lines.append(name.clone(), value);
        }
        if let Some(pass) = &self.pass {
            lines.insert("authorization", pass.header()?);
        }
        Ok(lines)
    }

    pub(super) fn identity(&self) -> Result<Option<Arc<Identity>>, String> {
        let identity = self.client.as_ref().map(Client::identity).transpose();
        Ok(identity?.map(Arc::new))
    }
}

impl Client {
    fn identity(&self) -> Result<Identity, String> {
        match self {
            Self::Files { files, password } => {
                Identity::load(files, password.as_ref()).map_err(|error| error.to_string())
            }
            Self::Pem { certificate, key } => {
                let (certificate_text, key) = (certificate.all()?, key.all()?);
                let mut both = String::with_capacity(certificate_text.as_str().len() + key.as_str().len() + 1);
                for part in [certificate_text.as_str(), "\n", key.as_str()] {
                    both.push_str(part);
                }
                let name = certificate.file().unwrap_or(Path::new("tls_config.cert"));
                Identity::parse(name, &Secret::new(both)).map_err(|error| error.to_string())
            }
        }
    }
}

impl Header {
    /// One that may be set.
    pub(super) fn new(name: &str, value: SecretAt) -> Result<Self, String> {
        let shown = brief(name);
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("'{shown}' is no header's name"))?;
        if RESERVED.contains(&name.as_str()) {
            return Err(format!("the header {shown} is not to be set: it is the connection's, or ours"));
        }
        Ok(Self { name, value })
    }
}

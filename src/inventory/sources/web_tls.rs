//! TLS to the servers of sources: one of them is shown who asks, and may go by another name.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::client::ResolvesClientCert;
use rustls::crypto::aws_lc_rs;
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ClientConnection, RootCertStore, SignatureScheme, StreamOwned};
use rustls_pki_types::ServerName;
use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport, TransportAdapter,
};
use url::{Origin, Url};

use super::asker::Asker;
use crate::credentials::Identity;

/// TLS where the scheme asks for it.
#[derive(Debug)]
pub(super) struct Tls {
    /// The server that is named.
    home: Origin,
    /// The name that is sent and verified there, where it is not its own.
    servername: Option<ServerName<'static>>,
    /// As the server is spoken to, and any other: a proxy, or where it redirects.
    own: Arc<ClientConfig>,
    strange: Arc<ClientConfig>,
    pub(super) presented: Arc<Presented>,
}

/// What is presented to a server that asks for a certificate, and whether it did.
#[derive(Debug)]
pub(super) struct Presented {
    identity: Option<Arc<Identity>>,
    is_asked: AtomicBool,
}

impl Tls {
    pub(super) fn new(home: &Url, asker: &Asker, roots: RootCertStore) -> Result<Self, String> {
        let presented = Arc::new(Presented { identity: asker.identity()?, is_asked: AtomicBool::new(false) });
        let roots = Arc::new(roots);
        let builder = || {
            let provider = Arc::new(aws_lc_rs::default_provider());
            let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
            builder.map(|builder| builder.with_root_certificates(Arc::clone(&roots))).map_err(|error| error.to_string())
        };
        Ok(Self {
            home: home.origin(),
            servername: asker.servername.clone(),
            own: Arc::new(builder()?.with_client_cert_resolver(presented.clone())),
            strange: Arc::new(builder()?.with_no_client_auth()),
            presented,
        })
    }

    fn session(&self, details: &ConnectionDetails<'_>) -> Result<ClientConnection, Error> {
        let uri = details.uri.to_string();
        let is_home = Url::parse(&uri).is_ok_and(|url| url.origin() == self.home);
        let own_name = || {
            let host = details.uri.host().unwrap_or_default();
            let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
            ServerName::try_from(bare.to_owned()).map_err(|_| Error::Tls("its name cannot be one of TLS"))
        };
        let name = self.servername.clone().filter(|_| is_home).map_or_else(own_name, Ok)?;
        let config = if is_home { &self.own } else { &self.strange };
        Ok(ClientConnection::new(Arc::clone(config), name)?)
    }
}

impl<In: Transport> Connector<In> for Tls {
    type Out = Either<In, Secured>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        let Some(transport) = chained else { return Ok(None) };
        if !details.needs_tls() || transport.is_tls() {
            return Ok(Some(Either::A(transport)));
        }
        let mut session = self.session(details)?;
        let mut below = TransportAdapter::new(transport.boxed(), Arc::clone(&details.current_time));
        below.set_timeout(details.timeout);
        session.complete_io(&mut below)?;
        let buffers = LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Some(Either::B(Secured { buffers, stream: StreamOwned::new(session, below) })))
    }
}

impl Presented {
    /// What became of the certificate, where the server wanted one.
    pub(super) fn told(&self) -> Option<&'static str> {
        let told = match self.identity {
            None => "it asks for a client certificate, and none is given",
            Some(_) => "it does not take the client certificate",
        };
        self.is_asked.load(Ordering::Relaxed).then_some(told)
    }
}

impl ResolvesClientCert for Presented {
    fn resolve(&self, _issuers: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.is_asked.store(true, Ordering::Relaxed);
        let fitting = self.identity.as_ref().filter(|identity| identity.fits(schemes))?;
        Some(Arc::clone(&fitting.certified))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// A connection within TLS.
pub(super) struct Secured {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, TransportAdapter>,
}

impl fmt::Debug for Secured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secured({:?})", self.stream.sock.inner())
    }
}

impl Transport for Secured {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.stream.sock.set_timeout(timeout);
        Ok(self.stream.write_all(&self.buffers.output()[..amount])?)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.stream.sock.set_timeout(timeout);
        let read = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(read);
        Ok(read > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.sock.get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

//! Starts the members and knows where they are.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls_pki_types::CertificateDer;
use socket2::Socket;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::authority::{Authority, Identity, Sources};
use super::http3;
use super::members::{MEMBERS, SERVICES};
use super::plan::{Client, Manner, Plan, Relay};
use super::register::Register;
use super::relay::relay;
use super::server::{Server, serve};
use super::site::Site;
use super::sockets::{LOOPBACK, bind, bind_all, listen};
use super::{responder, tls};
use crate::model::{ClientFiles, Clock, Depth, Family, Host, Labels, Protocol, Proxy, Target, TargetId, Time};

/// The running fleet. Dropping it ends every server.
#[derive(Debug)]
pub struct Lab {
    members: Vec<Member>,
    ca_pem: String,
    clients: Vec<ClientPapers>,
    relays: Vec<(Relay, Arc<Proxy>)>,
    servers: JoinSet<()>,
    /// Bound and not listening, so that their ports go on refusing.
    refusing: Vec<Socket>,
}

/// A client certificate that some members are to be shown.
#[derive(Clone, Debug)]
pub struct ClientPapers {
    /// Its name, `good`.
    pub name: &'static str,
    /// What targets call it; no such file exists unless somebody writes it.
    pub files: Arc<ClientFiles>,
    /// Certificate, intermediate and key.
    pub pem: String,
}

/// One running member.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name, `expired`.
    pub name: &'static str,
    /// What is really wrong with it, in one sentence.
    pub truth: &'static str,
    /// The code of the finding that names the cause; `None` when it is healthy.
    pub expected: Option<&'static str>,
    /// The code of a property that is told of it though nothing is wrong.
    pub shows: Option<&'static str>,
    /// The fault shows on some connections only.
    pub intermittent: bool,
    /// The name to ask for, `expired.lab.example`, which cannot be resolved; an address where no name is known.
    pub host: String,
    /// Where it listens.
    pub addresses: Vec<SocketAddr>,
    /// `service`, `owner` and `env`.
    pub labels: Labels,
    /// The client certificate that it is to be shown.
    pub client: Option<Arc<ClientFiles>>,
    /// What it is expected to speak.
    pub protocol: Protocol,
    /// The proxy that it is reached through.
    pub proxy: Option<Arc<Proxy>>,
}

/// Why the lab did not start.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// No port could be had.
    #[error("cannot open a port on loopback for lab member '{member}': {source}; check the limit of open files")]
    Bind {
        /// Whose.
        member: &'static str,
        /// The system's reason.
        source: io::Error,
    },
    /// A certificate could not be made.
    #[error("cannot make the lab's certificates: {0}; check the system clock")]
    Certificate(#[from] rcgen::Error),
    /// The thread that makes certificates died.
    #[error("cannot make the lab's certificates: {0}")]
    Interrupted(#[from] tokio::task::JoinError),
    /// A server could not be configured.
    #[error("cannot configure lab member '{member}': {source}")]
    Tls {
        /// Whose.
        member: &'static str,
        /// The TLS library's reason.
        source: rustls::Error,
    },
    /// The CA file could not be written.
    #[error("cannot write the lab's CA file '{}': {source}", path.display())]
    WriteCa {
        /// Where.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

impl Lab {
    /// Time between two probes of a member, short so that something happens.
    pub const INTERVAL: Duration = Duration::from_secs(2);
    /// Deadline of one probe: above the slow member's delay.
    pub const TIMEOUT: Duration = Duration::from_secs(2);

    /// Makes the certificate authority and starts every member on loopback.
    pub async fn start(clock: Arc<dyn Clock>) -> Result<Self, LabError> {
        let now = clock.now();
        let lost = |source| LabError::Bind { member: "responder", source };
        let (socket, deaf) = (bind(LOOPBACK).map_err(lost)?, bind(LOOPBACK).map_err(lost)?);
        let sources = Sources { responder: socket.1, deaf: deaf.1 };
        let papers = tokio::task::spawn_blocking(move || Papers::issue(now, sources)).await??;
        let mut lab = Self {
            members: Vec::with_capacity(MEMBERS.len()),
            ca_pem: papers.ca_pem,
            clients: papers.clients,
            relays: Vec::with_capacity(Relay::ALL.len()),
            servers: JoinSet::new(),
            refusing: vec![deaf.0],
        };
        let listener = listen(socket.0).map_err(lost)?;
        lab.servers.spawn(responder::serve(listener, Arc::new(papers.register), Arc::clone(&clock)));
        for relay in Relay::ALL {
            lab.start_relay(relay).map_err(|source| LabError::Bind { member: "proxy", source })?;
        }
        for (plan, identities) in MEMBERS.iter().zip(papers.identities) {
            lab.start_member(plan, identities, &papers.root, &clock)?;
        }
        Ok(lab)
    }

    /// Everyone, in the order of [`MEMBERS`].
    #[must_use]
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The root to trust.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Client certificates that members are to be shown.
    #[must_use]
    pub fn clients(&self) -> &[ClientPapers] {
        &self.clients
    }

    /// Writes the root to trust to a file.
    pub fn write_ca_file(&self, path: &Path) -> Result<(), LabError> {
        std::fs::write(path, &self.ca_pem).map_err(|source| LabError::WriteCa { path: path.to_owned(), source })
    }

    /// A target for every member, pinned to its addresses, numbered from `first` on.
    #[must_use]
    pub fn targets(&self, first: TargetId, interval: Duration) -> Vec<Target> {
        (first.0..).zip(&self.members).map(|(id, member)| member.target(TargetId(id), interval)).collect()
    }

    /// Ends every server and waits until their ports are free.
    pub async fn stop(mut self) {
        self.servers.shutdown().await;
    }

    fn start_relay(&mut self, kind: Relay) -> io::Result<()> {
        let (socket, address) = bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let listener = listen(socket)?;
        self.servers.spawn(serve(listener, move |stream, _| relay(kind, stream)));
        let proxy = Proxy { kind: kind.kind(), host: Host::Ip(address.ip()), port: address.port(), login: None };
        self.relays.push((kind, Arc::new(proxy)));
        Ok(())
    }

    fn start_member(
        &mut self,
        plan: &Plan,
        identities: Identities,
        root: &CertificateDer<'static>,
        clock: &Arc<dyn Clock>,
    ) -> Result<(), LabError> {
        let member = plan.name;
        let acceptor = |identity, stack| match tls::server(identity, stack, plan.spoken, root.clone()) {
            Ok(config) => Ok(TlsAcceptor::from(Arc::new(config))),
            Err(source) => Err(LabError::Tls { member, source }),
        };
        let acceptors = Acceptors {
            left_out: plan.nodes.left_out.map(|stack| acceptor(identities.current.clone(), stack)).transpose()?,
            current: acceptor(identities.current, plan.stack)?,
            predecessor: identities.predecessor.map(|old| acceptor(old, plan.stack)).transpose()?,
        };
        let lost = |source| LabError::Bind { member, source };
        let addresses = if plan.spoken == Protocol::H3 {
            let ip = IpAddr::V4(Ipv4Addr::LOCALHOST);
            vec![http3::listen(&mut self.servers, ip, &acceptors.current).map_err(lost)?]
        } else {
            self.start_nodes(plan, &acceptors, clock).map_err(lost)?
        };
        self.members.push(Member {
            name: member,
            truth: plan.truth,
            expected: plan.expected,
            shows: plan.shows,
            intermittent: plan.intermittent,
            host: addresses
                .first()
                .filter(|_| plan.nameless)
                .map_or_else(|| plan.host(), |known| known.ip().to_string()),
            addresses,
            labels: labels(plan.service),
            client: plan.client.map(|client| Arc::new(client_files(client))),
            protocol: plan.asked,
            proxy: plan.relay.and_then(|relay| self.relay(relay)),
        });
        Ok(())
    }

    /// Starts the servers of a member over TCP; where they listen.
    fn start_nodes(
        &mut self,
        plan: &Plan,
        Acceptors { current, predecessor, left_out }: &Acceptors,
        clock: &Arc<dyn Clock>,
    ) -> io::Result<Vec<SocketAddr>> {
        let sockets = bind_all(plan)?;
        let mut addresses = Vec::with_capacity(sockets.len());
        for (index, (socket, address)) in (0..).zip(sockets) {
            addresses.push(address);
            let manner = plan.manner_of(index);
            if manner == Manner::Refuse {
                self.refusing.push(socket);
                continue;
            }
            let stale = predecessor.as_ref().filter(|_| plan.is_stale(index));
            let left_out = left_out.as_ref().filter(|_| plan.is_last(index));
            let acceptor = stale.or(left_out).unwrap_or(current).clone();
            let listener = listen(socket)?;
            let text = format!("{}: {}", plan.name, plan.truth);
            let http3 = http3::start(&mut self.servers, plan.http3, address.ip(), current, predecessor.as_ref())?;
            let site = Site { reply: plan.reply, text, clock: Arc::clone(clock), http3 };
            let conversation = (plan.spoken, plan.offer);
            let server = Arc::new(Server { conversation, manner, acceptor, site, accepted: Mutex::default() });
            self.servers.spawn(serve(listener, move |stream, number| Arc::clone(&server).treat(stream, number)));
        }
        Ok(addresses)
    }

    fn relay(&self, relay: Relay) -> Option<Arc<Proxy>> {
        self.relays.iter().find(|(kind, _)| *kind == relay).map(|(_, proxy)| Arc::clone(proxy))
    }
}

impl Member {
    /// TLS from the first byte and nothing on the way, as far as clients know.
    pub(super) fn is_plain(&self) -> bool {
        self.protocol == Protocol::Tls && self.proxy.is_none()
    }

    /// The member as a target, pinned to its addresses.
    #[must_use]
    pub fn target(&self, id: TargetId, interval: Duration) -> Target {
        let port = self.addresses.first().map_or(443, SocketAddr::port);
        let place = format!("{}:{port}", self.host);
        let is_tls = self.protocol == Protocol::Tls;
        Target {
            id,
            name: if is_tls { place } else { format!("{}://{place}", self.protocol) }.into(),
            host: self.host.parse().map_or_else(|_| Host::Name(self.host.as_str().into()), Host::Ip),
            port,
            protocol: self.protocol,
            servername: None,
            pinned: self.addresses.clone(),
            dial: None,
            proxy: self.proxy.clone(),
            family: Family::Any,
            alpn: match self.protocol {
                Protocol::Tls => vec!["h2".into(), "http/1.1".into()],
                Protocol::H3 => vec!["h3".into()],
                Protocol::Postgres => vec!["postgresql".into()],
                _ => Vec::new(),
            },
            client: self.client.clone(),
            cert_file: None,
            depth: Depth::Full,
            labels: self.labels.clone(),
            interval,
            timeout: Lab::TIMEOUT,
            survey: Duration::from_hours(1),
            expect: None,
        }
    }
}

/// What the authority issued, in the order of [`MEMBERS`].
struct Papers {
    register: Register,
    ca_pem: String,
    clients: Vec<ClientPapers>,
    root: CertificateDer<'static>,
    identities: Vec<Identities>,
}

/// The servers' TLS of one member.
struct Acceptors {
    current: TlsAcceptor,
    /// Of nodes that still serve the predecessor.
    predecessor: Option<TlsAcceptor>,
    /// Of a last node that is configured otherwise.
    left_out: Option<TlsAcceptor>,
}

/// What one member serves.
struct Identities {
    current: Identity,
    predecessor: Option<Identity>,
}

impl Papers {
    fn issue(now: Time, sources: Sources) -> Result<Self, rcgen::Error> {
        let mut authority = Authority::new(now, sources)?;
        let identities =
            MEMBERS.iter().map(|plan| Identities::issue(&mut authority, plan)).collect::<Result<_, _>>()?;
        let mut papers = |client: Client| {
            let files = Arc::new(client_files(client));
            Ok(ClientPapers { name: client.name(), files, pem: authority.issue_client(client)? })
        };
        let clients = Client::ALL.into_iter().map(&mut papers).collect::<Result<_, rcgen::Error>>()?;
        let (ca_pem, root) = (authority.root_pem(), authority.root_der());
        Ok(Self { register: authority.register()?, ca_pem, clients, root, identities })
    }
}

impl Identities {
    fn issue(authority: &mut Authority, plan: &Plan) -> Result<Self, rcgen::Error> {
        let host = plan.host();
        let predecessor = plan.predecessor().map(|leaf| authority.issue(&leaf, &host)).transpose()?;
        Ok(Self { current: authority.issue(&plan.leaf, &host)?, predecessor })
    }
}

fn client_files(client: Client) -> ClientFiles {
    ClientFiles { certificate: format!("lab-client-{}.pem", client.name()).into(), key: None, password_file: None }
}

fn labels(service: &'static str) -> Labels {
    let row = SERVICES.iter().find(|(name, ..)| *name == service);
    let (owner, env) = row.map_or(("nobody", "lab"), |(_, owner, env)| (owner, env));
    [("service", service), ("owner", owner), ("env", env)].map(|(key, value)| (key.into(), value.into())).into()
}

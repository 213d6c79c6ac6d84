//! Envoy: the listeners of a bootstrap that is written down, the files its secrets, listeners and routes are discovered in,
//! and what `/certs` and `/config_dump` of its administration answer.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use memchr::memmem;
use serde::Deserialize;

use super::disk::{Disk, Trail};
use super::document;
use super::envoy_dump::{Dump, Dumped};
use super::envoy_shapes::{
    Chain, ConfigSource, Context, Details, Dynamic, ListenerFilter, Loaded, Pair, Resource, Resources as Static,
    SecretSource, Socket, Source, Validation, VirtualHost, or_default,
};
use super::found::{Found, brief};
use super::sites::{self, Listen, MOST_CERTIFICATES, Reference, Site};

/// Virtual hosts and domains that chains have from tables of routes.
const MOST_ROUTED: usize = 500_000;

/// Reads any of them. What it refers to is relative to `directory`.
pub(super) fn read(name: &str, bytes: &[u8], directory: &Path, disk: Disk) -> Result<Found, String> {
    let mut reading = Reading {
        found: Found::default(),
        name,
        directory,
        disk,
        secrets: BTreeMap::new(),
        dump: Dump::default(),
        routed: 0,
        discovered: BTreeMap::new(),
        trail: Trail::on(disk),
    };
    for document in document::all::<Document>(bytes)? {
        reading.document(document);
    }
    Ok(reading.found)
}

/// Whether it is a bootstrap in YAML, or a discovery response.
pub(super) fn is_one(text: &str) -> bool {
    const BOOTSTRAP: [&str; 4] = ["static_resources:", "dynamic_resources:", "staticResources:", "dynamicResources:"];
    let begins = |words: &[&str]| text.lines().any(|line| words.iter().any(|word| line.starts_with(word)));
    begins(&BOOTSTRAP) || begins(&["resources:"]) && is_response(text.as_bytes())
}

/// Whether resources are those of Envoy: others have some, too.
pub(super) fn is_response(bytes: &[u8]) -> bool {
    memmem::find(bytes, b"type.googleapis.com/envoy").is_some()
}

/// A bootstrap, a discovery response that is a file, or what `/certs` or `/config_dump` answers.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Document {
    #[serde(alias = "staticResources", deserialize_with = "or_default")]
    static_resources: Static,
    #[serde(alias = "dynamicResources", deserialize_with = "or_default")]
    dynamic_resources: Dynamic,
    /// Of a discovery response.
    #[serde(deserialize_with = "or_default")]
    resources: Vec<Resource>,
    /// Of `/certs`.
    #[serde(deserialize_with = "or_default")]
    certificates: Vec<Loaded>,
    /// Of `/config_dump`.
    #[serde(deserialize_with = "or_default")]
    configs: Vec<Dumped>,
}

struct Reading<'a> {
    found: Found,
    name: &'a str,
    directory: &'a Path,
    disk: Disk,
    /// The bootstrap's own.
    secrets: BTreeMap<String, Secret>,
    /// What it was dumped with.
    dump: Dump,
    /// Virtual hosts and domains of the tables of routes that chains name; many can name the same.
    routed: usize,
    /// What files hold; what could not be read was told, and is nothing.
    discovered: BTreeMap<PathBuf, Option<Resources>>,
    trail: Trail,
}

/// What a discovery response holds, by name.
type Resources = Rc<BTreeMap<String, Resource>>;

#[derive(Clone)]
struct Secret {
    certificate: Option<Pair>,
    validation: Option<Validation>,
}

impl Resource {
    /// The certificates that are written in its chains.
    fn pairs(&self) -> impl Iterator<Item = &Pair> {
        let chains = self.filter_chains.iter().chain(&self.default_filter_chain);
        let contexts = chains.filter_map(|chain| chain.transport_socket.typed_config.common_tls_context.as_ref());
        contexts.flat_map(|context| &context.tls_certificates)
    }

    fn secret(&self) -> Secret {
        Secret { certificate: self.tls_certificate.clone(), validation: self.validation_context.clone() }
    }
}

impl Reading<'_> {
    fn document(&mut self, document: Document) {
        let Document { static_resources, dynamic_resources, resources, certificates, configs } = document;
        if !configs.is_empty() {
            return self.dumped(configs);
        }
        let (listeners, others): (Vec<_>, Vec<_>) =
            unwrapped(resources).partition(|resource| resource.address.socket_address.is_some());
        if listeners.is_empty() && !others.is_empty() {
            self.found.skip(self.name, "has no listener; name the bootstrap that refers to it");
        }
        let secrets = static_resources.secrets.into_iter().chain(others);
        self.secrets = secrets.map(|secret| (secret.name.clone(), secret.secret())).collect();
        let discovered = self.listeners(dynamic_resources.lds_config.as_ref());
        for listener in static_resources.listeners.into_iter().chain(discovered).chain(listeners) {
            self.listener(listener);
        }
        for details in certificates.into_iter().filter_map(|one| one.cert_chain.into_iter().next()) {
            loaded(&mut self.found, self.name, details, self.disk);
        }
    }

    fn dumped(&mut self, configs: Vec<Dumped>) {
        self.dump = Dump::read(configs);
        for name in std::mem::take(&mut self.dump.warming) {
            self.found.skip(self.name, format!("the listener '{}' is still warming, and not served yet", brief(&name)));
        }
        let listeners = std::mem::take(&mut self.dump.listeners);
        if self.disk == Disk::Here && self.is_elsewhere(&listeners) {
            self.disk = Disk::Elsewhere;
            self.found.skip(self.name, "none of the certificate files it names is on this machine: none is looked at");
        }
        if listeners.is_empty() {
            self.found.skip(self.name, "there is no listener in the dump");
        }
        for listener in listeners {
            self.listener(listener);
        }
    }

    /// A dump is often that of a container: whether none of the certificate files it names is here.
    fn is_elsewhere(&self, listeners: &[Resource]) -> bool {
        let secrets = self.dump.secrets.values().filter_map(|secret| secret.tls_certificate.as_ref());
        let pairs = listeners.iter().flat_map(Resource::pairs).chain(secrets);
        let files: Vec<_> = pairs.filter_map(|pair| self.reference(&pair.certificate_chain)).collect();
        !files.is_empty() && files.iter().all(|file| self.disk.length(&file.path()).is_err())
    }

    /// Those that are not in the bootstrap.
    fn listeners(&mut self, source: Option<&ConfigSource>) -> Vec<Resource> {
        let Some(source) = source else { return Vec::new() };
        let Some(file) = source.file() else {
            let name = self.name;
            self.found.skip(name, "its listeners come from a server; what /certs answers names their certificates");
            return Vec::new();
        };
        let discovered = self.resources(self.name, file);
        discovered.iter().flat_map(|resources| resources.values()).cloned().collect()
    }

    fn listener(&mut self, listener: Resource) {
        let place = format!("{}: listener {}", self.name, brief(&listener.name));
        let others = listener.additional_addresses.into_iter().map(|other| other.address);
        let sockets = std::iter::once(listener.address).chain(others).filter_map(|address| address.socket_address);
        let listens: Vec<Listen> = sockets.filter_map(|socket| socket.listen()).take(sites::MOST_LISTENS).collect();
        if listens.is_empty() {
            return;
        }
        let wants_proxy = listener.listener_filters.iter().any(ListenerFilter::wants_proxy);
        for chain in listener.filter_chains.into_iter().chain(listener.default_filter_chain) {
            if self.found.is_full() {
                return;
            }
            let Some(context) = &chain.transport_socket.typed_config.common_tls_context else { continue };
            if wants_proxy {
                return self.found.skip(&place, "wants the PROXY protocol before TLS");
            }
            self.trusted(&place, context);
            let pairs = self.pairs(&place, context);
            let site = Site {
                place: place.clone(),
                names: self.names(&place, chain),
                listens: listens.clone(),
                certificates: pairs.iter().filter_map(|pair| self.reference(&pair.certificate_chain)).collect(),
                keys: pairs.iter().filter_map(|pair| self.reference(&pair.private_key)).collect(),
            };
            site.tell(&mut self.found, self.disk);
        }
    }

    fn reference(&self, source: &Source) -> Option<Reference> {
        Some(Reference::new(self.directory, source.filename.as_deref()?))
    }

    /// The certificates of a context, and their keys.
    fn pairs(&mut self, place: &str, context: &Context) -> Vec<Pair> {
        let mut pairs = context.tls_certificates.clone();
        let named = &context.tls_certificate_sds_secret_configs;
        if named.len() > MOST_CERTIFICATES {
            self.found
                .skip(place, format!("only the first {MOST_CERTIFICATES} of its {} secrets are taken", named.len()));
        }
        for source in named.iter().take(MOST_CERTIFICATES) {
            let Some(secret) = self.secret(place, source) else { continue };
            if secret.certificate.is_none() {
                self.found.skip(place, format!("the secret '{}' is no certificate", brief(&source.name)));
            }
            pairs.extend(secret.certificate);
        }
        for pair in pairs.iter().filter(|pair| pair.certificate_chain.filename.is_none()) {
            let key = pair.private_key.filename.as_deref().map(|key| format!(" of the key '{}'", brief(key)));
            self.found.skip(place, format!("the certificate{} is in no file", key.unwrap_or_default()));
        }
        pairs
    }

    /// Tells of files with the authorities of clients that are not there.
    fn trusted(&mut self, place: &str, context: &Context) {
        let combined = &context.combined;
        let written = [&context.validation, &combined.default_validation_context];
        let named = [&context.validation_context_sds_secret_config, &combined.validation_context_sds_secret_config];
        let mut validations: Vec<Validation> = written.into_iter().cloned().collect();
        for source in named.into_iter().flatten() {
            validations.extend(self.secret(place, source).and_then(|secret| secret.validation));
        }
        let files: Vec<_> =
            validations.iter().filter_map(|validation| self.reference(&validation.trusted_ca)).collect();
        for file in files {
            sites::must_be(&mut self.found, place, "CA", &file, self.disk);
        }
    }

    /// Server names that choose the chain, else the domains of its routes but `*`.
    fn names(&mut self, place: &str, chain: Chain) -> Vec<String> {
        let names = chain.filter_chain_match.server_names;
        if !names.is_empty() {
            return names;
        }
        let mut hosts = Vec::new();
        for config in chain.filters.into_iter().map(|filter| filter.typed_config) {
            hosts.extend(config.route_config.virtual_hosts);
            if self.routed > MOST_ROUTED {
                self.found.skip(place, format!("its routes are left out: more than {MOST_ROUTED} virtual hosts"));
                break;
            }
            if let Some(table) = self.dump.routes.get(&config.rds.route_config_name) {
                self.routed += domains(&table.virtual_hosts);
                hosts.extend(table.virtual_hosts.iter().cloned());
                continue;
            }
            let Some(file) = config.rds.config_source.file() else { continue };
            let tables = self.resources(place, file);
            let table = tables.as_ref().and_then(|tables| tables.get(&config.rds.route_config_name));
            if let Some(table) = table {
                self.routed += domains(&table.virtual_hosts);
                hosts.extend(table.virtual_hosts.iter().cloned());
            }
        }
        let domains = hosts.into_iter().flat_map(|host| host.domains).filter(|domain| domain != "*");
        domains.map(|domain| without_port(&domain)).collect()
    }

    /// A secret: of the dump, one of the bootstrap's own, or of a file.
    fn secret(&mut self, place: &str, source: &SecretSource) -> Option<Secret> {
        if let Some(known) = self.dump.secrets.get(&source.name) {
            return Some(known.secret());
        }
        let shown = brief(&source.name);
        let Some(config) = &source.sds_config else {
            let own = self.secrets.get(&source.name).cloned();
            if own.is_none() {
                self.found.broken(place, format!("the secret '{shown}' is defined nowhere"));
            }
            return own;
        };
        let Some(file) = config.file() else {
            self.found.skip(place, format!("the secret '{shown}' comes from a server, and is in no file"));
            return None;
        };
        let resources = self.resources(place, file)?;
        let secret = resources.get(&source.name).map(Resource::secret);
        if secret.is_none() {
            self.found.broken(place, format!("the secret '{shown}' is not in '{}'", brief(file)));
        }
        secret
    }

    /// What a discovery response holds that is a file.
    fn resources(&mut self, place: &str, written: &str) -> Option<Resources> {
        let path = self.directory.join(written);
        if let Some(known) = self.discovered.get(&path) {
            return known.clone();
        }
        let resources = if self.disk == Disk::Here { self.discover(place, &path) } else { None };
        self.discovered.insert(path, resources.clone());
        resources
    }

    fn discover(&mut self, place: &str, path: &Path) -> Option<Resources> {
        let shown = path.display().to_string();
        if let Err(reason) = self.trail.admits() {
            self.found.unfollowed(place, &shown, &reason);
            return None;
        }
        let bytes = match self.disk.read(path) {
            Ok(bytes) => bytes,
            Err(reason) => {
                self.found.unread(place, path, &reason);
                return None;
            }
        };
        if let Err(reason) = self.trail.enter(path, bytes.len()) {
            self.found.unfollowed(place, &shown, &reason);
            return None;
        }
        self.trail.leave();
        match document::all::<Document>(&bytes) {
            Ok(documents) => {
                let resources = documents.into_iter().flat_map(|document| unwrapped(document.resources));
                Some(Rc::new(resources.map(|resource| (resource.name.clone(), resource)).collect()))
            }
            Err(reason) => {
                self.found.unfollowed(place, &shown, &reason);
                None
            }
        }
    }
}

/// Resources without what some are wrapped in.
fn unwrapped(resources: Vec<Resource>) -> impl Iterator<Item = Resource> {
    resources.into_iter().map(|mut outer| {
        let inner = outer.inner.take().map(|inner| *inner);
        match inner {
            Some(inner) if inner.name.is_empty() => Resource { name: outer.name, ..inner },
            Some(inner) => inner,
            None => outer,
        }
    })
}

impl Socket {
    /// Where it listens for TCP, if it does.
    fn listen(&self) -> Option<Listen> {
        if self.port_value == 0 || self.protocol.eq_ignore_ascii_case("UDP") {
            return None;
        }
        Some(match self.address.parse::<IpAddr>() {
            Ok(ip) if !ip.is_unspecified() => Listen::At(SocketAddr::new(ip, self.port_value)),
            _ => Listen::Everywhere(self.port_value),
        })
    }
}

fn domains(hosts: &[VirtualHost]) -> usize {
    hosts.iter().map(|host| host.domains.len() + 1).sum()
}

/// A domain of a virtual host can have the port that clients name with it.
fn without_port(domain: &str) -> String {
    let host = domain.rsplit_once(':').filter(|(_, port)| *port == "*" || port.parse::<u16>().is_ok());
    host.map_or(domain, |(host, _)| host).to_owned()
}

/// A certificate that Envoy has loaded, at port 443: which listener has it is not told.
fn loaded(found: &mut Found, name: &str, Details { path, subject_alt_names }: Details, disk: Disk) {
    let file = Some(PathBuf::from(&path)).filter(|path| path.is_absolute() && disk.length(path).is_ok());
    let place = format!("{name}: {}", brief(&path));
    let names: Vec<String> = subject_alt_names.into_iter().filter_map(|name| name.dns.or(name.ip_address)).collect();
    if names.is_empty() {
        found.skip(&place, "names no host");
    }
    for host in names {
        sites::target(found, &place, &host, Listen::Everywhere(443), file.as_ref());
    }
}

#[cfg(test)]
#[path = "envoy_tests.rs"]
mod tests;

//! What Envoy's configurations look like, as far as they say who listens where with which certificate. Everything can be
//! left out; what is written inline can be a key, and is passed over.

use serde::Deserialize;

/// A bootstrap, a discovery response that is a file, or what `/certs` answers.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Document {
    pub(super) static_resources: Resources,
    pub(super) dynamic_resources: Dynamic,
    /// Of a discovery response.
    pub(super) resources: Vec<Resource>,
    /// Of `/certs`.
    pub(super) certificates: Vec<Loaded>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Resources {
    pub(super) listeners: Vec<Resource>,
    pub(super) secrets: Vec<Resource>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Dynamic {
    pub(super) lds_config: Option<ConfigSource>,
}

/// A listener, a secret or a table of routes: which one it is, is what it has.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Resource {
    pub(super) name: String,
    /// Where it is wrapped, with its name and version outside.
    #[serde(rename = "resource")]
    pub(super) inner: Option<Box<Resource>>,
    pub(super) tls_certificate: Option<Pair>,
    pub(super) validation_context: Option<Validation>,
    pub(super) address: Address,
    pub(super) additional_addresses: Vec<Additional>,
    pub(super) listener_filters: Vec<Named>,
    pub(super) filter_chains: Vec<Chain>,
    pub(super) default_filter_chain: Option<Chain>,
    pub(super) virtual_hosts: Vec<VirtualHost>,
}

/// Where resources come from: a file, or else a server.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ConfigSource {
    /// Up to Envoy 1.21.
    path: Option<String>,
    path_config_source: Option<PathSource>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct PathSource {
    path: String,
}

impl ConfigSource {
    pub(super) fn file(&self) -> Option<&str> {
        self.path_config_source.as_ref().map(|source| &*source.path).or(self.path.as_deref())
    }
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Named {
    pub(super) name: String,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Address {
    pub(super) socket_address: Option<Socket>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Additional {
    pub(super) address: Address,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Socket {
    pub(super) protocol: String,
    pub(super) address: String,
    pub(super) port_value: u16,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Chain {
    pub(super) filter_chain_match: Match,
    pub(super) transport_socket: Transport,
    pub(super) filters: Vec<Filter>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Match {
    pub(super) server_names: Vec<String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Transport {
    pub(super) typed_config: TransportConfig,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct TransportConfig {
    pub(super) common_tls_context: Option<Context>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Context {
    pub(super) tls_certificates: Vec<Pair>,
    pub(super) tls_certificate_sds_secret_configs: Vec<SecretSource>,
    #[serde(rename = "validation_context")]
    pub(super) validation: Validation,
    pub(super) validation_context_sds_secret_config: Option<SecretSource>,
    #[serde(rename = "combined_validation_context")]
    pub(super) combined: Combined,
}

/// The name of a secret, and where it is; without that it is one of the bootstrap's own.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct SecretSource {
    pub(super) name: String,
    pub(super) sds_config: Option<ConfigSource>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Combined {
    pub(super) default_validation_context: Validation,
    pub(super) validation_context_sds_secret_config: Option<SecretSource>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Validation {
    pub(super) trusted_ca: Source,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Pair {
    pub(super) certificate_chain: Source,
    pub(super) private_key: Source,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Source {
    pub(super) filename: Option<String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filter {
    pub(super) typed_config: FilterConfig,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct FilterConfig {
    pub(super) route_config: Routes,
    pub(super) rds: RoutesSource,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Routes {
    pub(super) virtual_hosts: Vec<VirtualHost>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct RoutesSource {
    pub(super) route_config_name: String,
    pub(super) config_source: ConfigSource,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct VirtualHost {
    pub(super) domains: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Loaded {
    pub(super) cert_chain: Vec<Details>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Details {
    pub(super) path: String,
    pub(super) subject_alt_names: Vec<Name>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Name {
    pub(super) dns: Option<String>,
    pub(super) ip_address: Option<String>,
}

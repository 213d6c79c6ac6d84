//! What Envoy's configurations look like, as far as they say who listens where with which certificate. Everything can be
//! left out; what is written inline can be a key, and is passed over.
//!
//! Names are accepted as they are in the protocol's definition and in lowerCamelCase, as `ProtoJSON` has it
//! (<https://protobuf.dev/programming-guides/json/>).

use std::fmt;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Resources {
    #[serde(deserialize_with = "or_default")]
    pub(super) listeners: Vec<Resource>,
    #[serde(deserialize_with = "or_default")]
    pub(super) secrets: Vec<Resource>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Dynamic {
    #[serde(alias = "ldsConfig")]
    pub(super) lds_config: Option<ConfigSource>,
}

/// A listener, a secret or a table of routes: which one it is, is what it has.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Resource {
    #[serde(deserialize_with = "or_default")]
    pub(super) name: String,
    /// Where it is wrapped, with its name and version outside.
    #[serde(rename = "resource")]
    pub(super) inner: Option<Box<Resource>>,
    #[serde(alias = "tlsCertificate")]
    pub(super) tls_certificate: Option<Pair>,
    #[serde(alias = "validationContext")]
    pub(super) validation_context: Option<Validation>,
    #[serde(deserialize_with = "or_default")]
    pub(super) address: Address,
    #[serde(alias = "additionalAddresses", deserialize_with = "or_default")]
    pub(super) additional_addresses: Vec<Additional>,
    #[serde(alias = "listenerFilters", deserialize_with = "or_default")]
    pub(super) listener_filters: Vec<ListenerFilter>,
    #[serde(alias = "filterChains", deserialize_with = "or_default")]
    pub(super) filter_chains: Vec<Chain>,
    #[serde(alias = "defaultFilterChain")]
    pub(super) default_filter_chain: Option<Chain>,
    #[serde(alias = "virtualHosts", deserialize_with = "or_default")]
    pub(super) virtual_hosts: Vec<VirtualHost>,
}

/// Where resources come from: a file, or else a server.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ConfigSource {
    /// Up to Envoy 1.21.
    path: Option<String>,
    #[serde(alias = "pathConfigSource")]
    path_config_source: Option<PathSource>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct PathSource {
    #[serde(deserialize_with = "or_default")]
    path: String,
}

impl ConfigSource {
    pub(super) fn file(&self) -> Option<&str> {
        self.path_config_source.as_ref().map(|source| &*source.path).or(self.path.as_deref())
    }
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ListenerFilter {
    #[serde(deserialize_with = "or_default")]
    name: String,
    #[serde(alias = "typedConfig", deserialize_with = "or_default")]
    typed_config: ListenerFilterConfig,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct ListenerFilterConfig {
    #[serde(rename = "@type", deserialize_with = "or_default")]
    kind: String,
    #[serde(alias = "allowRequestsWithoutProxyProtocol", deserialize_with = "or_default")]
    allow_requests_without_proxy_protocol: bool,
}

impl ListenerFilter {
    /// Whether the PROXY protocol has to come first. Filters have any name; the type says what they are.
    pub(super) fn wants_proxy(&self) -> bool {
        let is_one = [&self.name, &self.typed_config.kind].iter().any(|text| text.contains("proxy_protocol"));
        is_one && !self.typed_config.allow_requests_without_proxy_protocol
    }
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Address {
    #[serde(alias = "socketAddress")]
    pub(super) socket_address: Option<Socket>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Additional {
    #[serde(deserialize_with = "or_default")]
    pub(super) address: Address,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Socket {
    #[serde(deserialize_with = "or_default")]
    pub(super) protocol: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) address: String,
    #[serde(alias = "portValue", deserialize_with = "port")]
    pub(super) port_value: u16,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Chain {
    #[serde(alias = "filterChainMatch", deserialize_with = "or_default")]
    pub(super) filter_chain_match: Match,
    #[serde(alias = "transportSocket", deserialize_with = "or_default")]
    pub(super) transport_socket: Transport,
    #[serde(deserialize_with = "or_default")]
    pub(super) filters: Vec<Filter>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Match {
    #[serde(alias = "serverNames", deserialize_with = "or_default")]
    pub(super) server_names: Vec<String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Transport {
    #[serde(alias = "typedConfig", deserialize_with = "or_default")]
    pub(super) typed_config: TransportConfig,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct TransportConfig {
    #[serde(alias = "commonTlsContext")]
    pub(super) common_tls_context: Option<Context>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Context {
    #[serde(alias = "tlsCertificates", deserialize_with = "or_default")]
    pub(super) tls_certificates: Vec<Pair>,
    #[serde(alias = "tlsCertificateSdsSecretConfigs", deserialize_with = "or_default")]
    pub(super) tls_certificate_sds_secret_configs: Vec<SecretSource>,
    #[serde(rename = "validation_context", alias = "validationContext", deserialize_with = "or_default")]
    pub(super) validation: Validation,
    #[serde(alias = "validationContextSdsSecretConfig")]
    pub(super) validation_context_sds_secret_config: Option<SecretSource>,
    #[serde(
        rename = "combined_validation_context",
        alias = "combinedValidationContext",
        deserialize_with = "or_default"
    )]
    pub(super) combined: Combined,
}

/// The name of a secret, and where it is; without that it is one of the bootstrap's own.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct SecretSource {
    #[serde(deserialize_with = "or_default")]
    pub(super) name: String,
    #[serde(alias = "sdsConfig")]
    pub(super) sds_config: Option<ConfigSource>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Combined {
    #[serde(alias = "defaultValidationContext", deserialize_with = "or_default")]
    pub(super) default_validation_context: Validation,
    #[serde(alias = "validationContextSdsSecretConfig")]
    pub(super) validation_context_sds_secret_config: Option<SecretSource>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Validation {
    #[serde(alias = "trustedCa", deserialize_with = "or_default")]
    pub(super) trusted_ca: Source,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Pair {
    #[serde(alias = "certificateChain", deserialize_with = "or_default")]
    pub(super) certificate_chain: Source,
    #[serde(alias = "privateKey", deserialize_with = "or_default")]
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
    #[serde(alias = "typedConfig", deserialize_with = "or_default")]
    pub(super) typed_config: FilterConfig,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct FilterConfig {
    #[serde(alias = "routeConfig", deserialize_with = "or_default")]
    pub(super) route_config: Routes,
    #[serde(deserialize_with = "or_default")]
    pub(super) rds: RoutesSource,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Routes {
    #[serde(alias = "virtualHosts", deserialize_with = "or_default")]
    pub(super) virtual_hosts: Vec<VirtualHost>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct RoutesSource {
    #[serde(alias = "routeConfigName", deserialize_with = "or_default")]
    pub(super) route_config_name: String,
    #[serde(alias = "configSource", deserialize_with = "or_default")]
    pub(super) config_source: ConfigSource,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct VirtualHost {
    #[serde(deserialize_with = "or_default")]
    pub(super) domains: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Loaded {
    #[serde(alias = "certChain", deserialize_with = "or_default")]
    pub(super) cert_chain: Vec<Details>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Details {
    #[serde(deserialize_with = "or_default")]
    pub(super) path: String,
    #[serde(alias = "subjectAltNames", deserialize_with = "or_default")]
    pub(super) subject_alt_names: Vec<Name>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Name {
    pub(super) dns: Option<String>,
    #[serde(alias = "ipAddress")]
    pub(super) ip_address: Option<String>,
}

/// What is empty, as it is in `ProtoJSON` and in YAML where nothing follows a name, is what is left out.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A port: as a number or, as `ProtoJSON` has it as well, in quotes.
fn port<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    struct Port;
    impl Visitor<'_> for Port {
        type Value = u16;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a port")
        }

        fn visit_unit<E: Error>(self) -> Result<u16, E> {
            Ok(0)
        }

        fn visit_u64<E: Error>(self, number: u64) -> Result<u16, E> {
            number.try_into().map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<u16, E> {
            text.parse().map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
        }
    }
    deserializer.deserialize_any(Port)
}

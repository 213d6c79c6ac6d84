//! What Envoy says it runs with (`/config_dump` of its administration), be it written down or from a server.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::envoy_shapes::{Resource, Resources, or_default};

/// A part of a dump: those of one kind, or one alone where only `?resource=` was asked for. Which one it is, is what it
/// has.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Dumped {
    #[serde(deserialize_with = "or_default")]
    bootstrap: Bootstrap,
    #[serde(alias = "staticListeners", deserialize_with = "or_default")]
    static_listeners: Vec<Entry>,
    #[serde(alias = "dynamicListeners", deserialize_with = "or_default")]
    dynamic_listeners: Vec<Entry>,
    #[serde(alias = "staticRouteConfigs", deserialize_with = "or_default")]
    static_route_configs: Vec<Entry>,
    #[serde(alias = "dynamicRouteConfigs", deserialize_with = "or_default")]
    dynamic_route_configs: Vec<Entry>,
    #[serde(alias = "staticSecrets", deserialize_with = "or_default")]
    static_secrets: Vec<Entry>,
    #[serde(alias = "dynamicActiveSecrets", deserialize_with = "or_default")]
    dynamic_active_secrets: Vec<Entry>,
    #[serde(flatten)]
    alone: Entry,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Bootstrap {
    #[serde(alias = "staticResources", deserialize_with = "or_default")]
    static_resources: Resources,
}

/// A resource, in what it is kept with.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    #[serde(deserialize_with = "or_default")]
    name: String,
    listener: Option<Resource>,
    #[serde(alias = "activeState", deserialize_with = "or_default")]
    active_state: State,
    #[serde(alias = "warmingState", deserialize_with = "or_default")]
    warming_state: State,
    #[serde(alias = "routeConfig")]
    route_config: Option<Resource>,
    secret: Option<Resource>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct State {
    listener: Option<Resource>,
}

/// Everything of a dump.
#[derive(Default)]
pub(super) struct Dump {
    pub(super) listeners: Vec<Resource>,
    /// Names of listeners that are not yet served.
    pub(super) warming: Vec<String>,
    pub(super) routes: BTreeMap<String, Resource>,
    pub(super) secrets: BTreeMap<String, Resource>,
}

impl Dump {
    pub(super) fn read(parts: Vec<Dumped>) -> Self {
        let mut dump = Self::default();
        let mut written = Resources::default();
        for part in parts {
            let Bootstrap { static_resources } = part.bootstrap;
            written.listeners.extend(static_resources.listeners);
            written.secrets.extend(static_resources.secrets);
            let entries = [
                part.static_listeners,
                part.dynamic_listeners,
                part.static_route_configs,
                part.dynamic_route_configs,
                part.static_secrets,
                part.dynamic_active_secrets,
                vec![part.alone],
            ];
            entries.into_iter().flatten().for_each(|entry| dump.take(entry));
        }
        // What is written in the bootstrap is listed again, unless that was not asked for.
        if dump.listeners.is_empty() {
            dump.listeners = written.listeners;
        }
        for secret in written.secrets {
            dump.secrets.entry(secret.name.clone()).or_insert(secret);
        }
        dump
    }

    fn take(&mut self, entry: Entry) {
        let Entry { name, listener, active_state, warming_state, route_config, secret } = entry;
        match listener.or(active_state.listener) {
            Some(listener) => self.listeners.push(listener),
            None if warming_state.listener.is_some() => self.warming.push(name.clone()),
            None => {}
        }
        if let Some(routes) = route_config {
            self.routes.insert(routes.name.clone(), routes);
        }
        if let Some(secret) = secret {
            let name = if name.is_empty() { secret.name.clone() } else { name };
            self.secrets.insert(name, secret);
        }
    }
}

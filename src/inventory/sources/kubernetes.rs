//! `kubectl get … -o json|yaml`: Ingress, Gateway, cert-manager's Certificate, Service of type
//! `LoadBalancer`. A Secret's data is passed over while reading and never held.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::document;
use super::found::{Found, labels};

/// Lists hold objects; nothing holds lists of lists.
const DEEPEST: usize = 4;

#[derive(Deserialize)]
struct Object {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    spec: Value,
    #[serde(default)]
    status: Value,
    #[serde(default)]
    items: Vec<Object>,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    name: String,
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    labels: Value,
    #[serde(default)]
    annotations: Annotations,
}

/// Those that name hosts. Another one is a copy of the whole object, data of Secrets and all.
#[derive(Default, Deserialize)]
struct Annotations {
    #[serde(default, rename = "external-dns.alpha.kubernetes.io/hostname")]
    hostname: Value,
}

/// Targets of all objects, and what was passed over by kind.
pub(super) fn read(name: &str, bytes: &[u8]) -> Result<Found, String> {
    let objects: Vec<Object> = document::all(bytes)?;
    let mut reading = Reading { source: name, found: Found::default(), passed: BTreeMap::new() };
    for object in &objects {
        reading.object(object, 0);
    }
    let Reading { mut found, passed, .. } = reading;
    for (kind, count) in passed {
        let what = if kind.is_empty() { "without a kind".to_owned() } else { format!("of kind {kind}") };
        let names = if count == 1 { "names no target" } else { "name no targets" };
        let why = if kind == "Secret" { "; 'tlscope inventory' reviews certificates" } else { "" };
        found.skip(name, format!("{count} {what} {names}{why}"));
    }
    Ok(found)
}

struct Reading<'a> {
    source: &'a str,
    found: Found,
    passed: BTreeMap<String, usize>,
}

impl Reading<'_> {
    fn object(&mut self, object: &Object, depth: usize) {
        if object.kind.ends_with("List") && depth < DEEPEST {
            for item in &object.items {
                self.object(item, depth + 1);
            }
            return;
        }
        match object.kind.as_str() {
            "Ingress" => self.ingress(object),
            "Gateway" => self.gateway(object),
            "Certificate" => self.certificate(object),
            "Service" if object.spec["type"] == "LoadBalancer" => self.service(object),
            kind => *self.passed.entry(kind.chars().take(60).collect()).or_default() += 1,
        }
    }

    fn ingress(&mut self, object: &Object) {
        let mut any = false;
        for tls in list(&object.spec["tls"]) {
            let secret = tls["secretName"].as_str();
            let mut hosts: Vec<&str> = list(&tls["hosts"]).filter_map(Value::as_str).collect();
            if hosts.is_empty() {
                // It is for those of the rules then.
                hosts = list(&object.spec["rules"]).filter_map(|rule| rule["host"].as_str()).collect();
            }
            for host in hosts {
                any = true;
                self.target(object, host, 443, [("secret", secret)]);
            }
        }
        if !any {
            self.skip(object, "has no TLS hosts");
        }
    }

    fn gateway(&mut self, object: &Object) {
        for listener in list(&object.spec["listeners"]) {
            let is_tls = matches!(listener["protocol"].as_str(), Some("HTTPS" | "TLS"));
            let port = listener["port"].as_u64().and_then(|port| u16::try_from(port).ok());
            let (true, Some(port)) = (is_tls, port) else { continue };
            let secret = listener["tls"]["certificateRefs"][0]["name"].as_str();
            let name = listener["name"].as_str();
            if let Some(host) = listener["hostname"].as_str() {
                self.target(object, host, port, [("secret", secret), ("listener", name)]);
                continue;
            }
            let addresses = list(&object.status["addresses"]).filter_map(|address| address["value"].as_str());
            let mut addresses = addresses.peekable();
            if addresses.peek().is_none() {
                let name = name.unwrap_or_default();
                self.skip(object, &format!("listener '{name}' has neither a host name nor an address"));
            }
            for address in addresses {
                self.target(object, address, port, [("secret", secret), ("listener", name)]);
            }
        }
    }

    fn certificate(&mut self, object: &Object) {
        let secret = object.spec["secretName"].as_str();
        let issuer = object.spec["issuerRef"]["name"].as_str();
        let ready = list(&object.status["conditions"]).find(|condition| condition["type"] == "Ready");
        if let Some(condition) = ready.filter(|condition| condition["status"] != "True") {
            let said = |key: &str| condition[key].as_str().unwrap_or_default();
            self.skip(object, &format!("is not ready: {} {}", said("reason"), said("message")));
        }
        let attempts = object.status["failedIssuanceAttempts"].as_u64().unwrap_or(0);
        if attempts > 0 {
            let last = object.status["lastFailureTime"].as_str().unwrap_or("?");
            self.skip(object, &format!("could not be issued {attempts} times, last at {last}"));
        }
        let ready = ready.and_then(|condition| condition["status"].as_str());
        let renewal = object.status["renewalTime"].as_str();
        let names = list(&object.spec["dnsNames"]).chain(list(&object.spec["ipAddresses"]));
        for name in names.filter_map(Value::as_str) {
            let more = [("secret", secret), ("issuer", issuer), ("ready", ready), ("renewal", renewal)];
            self.target(object, name, 443, more);
        }
    }

    /// The names that external-dns gives it, else what the cloud gave it; at its ports that are known for TLS.
    fn service(&mut self, object: &Object) {
        let annotated = object.metadata.annotations.hostname.as_str();
        let annotated = annotated.into_iter().flat_map(|names| names.split(','));
        let mut hosts: Vec<&str> = annotated.map(str::trim).filter(|name| !name.is_empty()).collect();
        if hosts.is_empty() {
            let given = list(&object.status["loadBalancer"]["ingress"]);
            hosts = given.filter_map(|ingress| ingress["hostname"].as_str().or(ingress["ip"].as_str())).collect();
        }
        let tls = |port: &&Value| {
            let number = port["port"].as_u64();
            let name = port["name"].as_str().unwrap_or_default();
            matches!(number, Some(443 | 8443 | 6443 | 9443)) || name.contains("https") || name.contains("tls")
        };
        let numbers =
            list(&object.spec["ports"]).filter(tls).filter_map(|port| u16::try_from(port["port"].as_u64()?).ok());
        let ports: Vec<u16> = numbers.collect();
        if hosts.is_empty() || ports.is_empty() {
            self.skip(object, "has no name, or no port that is known for TLS");
        }
        for host in hosts {
            for port in &ports {
                self.target(object, host, *port, [("secret", None)]);
            }
        }
    }

    fn target<const N: usize>(&mut self, object: &Object, host: &str, port: u16, more: [(&str, Option<&str>); N]) {
        let host = match host.parse::<std::net::Ipv6Addr>() {
            Ok(ip) => format!("[{ip}]"),
            Err(_) => host.to_owned(),
        };
        let Metadata { name, namespace, .. } = &object.metadata;
        let own = [("namespace", namespace.as_str()), ("name", name.as_str()), ("kind", object.kind.as_str())];
        let more = more.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let told: Vec<(&str, &str)> = own.into_iter().chain(more).collect();
        let of_object = object.metadata.labels.as_object().into_iter().flatten();
        let of_object = of_object.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
        let others = of_object.filter(|(name, _)| told.iter().all(|(own, _)| own != name));
        let labels = labels(told.iter().copied().chain(others));
        self.found.target(&self.place(object), &format!("{host}:{port}"), |sighting| {
            sighting.labels = labels;
            // Every port of a cluster's edge speaks TLS from the first byte.
            sighting.starttls = sighting.spec.scheme.protocol.upgrades().then_some(crate::model::Protocol::Tls);
        });
    }

    fn skip(&mut self, object: &Object, text: &str) {
        self.found.skip(&self.place(object), text);
    }

    fn place(&self, object: &Object) -> String {
        let Metadata { name, namespace, .. } = &object.metadata;
        format!("{}: {} {namespace}/{name}", self.source, object.kind)
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
#[path = "kubernetes_tests.rs"]
mod tests;

//! Objects of a cluster as files: what each has of certificates, and what it leads to.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use super::super::wiped;
use super::entries::{Entry, Value as Held};
use super::shelf::{Shelf, size, unreadable};
use super::text;
use crate::model::{
    Certificate, ClusterObject, FileContent, FileFormat, FilePart, FoundFile, Issuance, Lack, ObjectName, SecretUse,
    StoredSecret, Time, Unread, Untrusted,
};

/// Objects with something of ours that are kept of one manifest.
const MOST_OBJECTS: usize = 200_000;

/// How many times the largest file all certificates of a manifest may have.
const MOST_TOGETHER: usize = 8;

/// An object as it was read.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) kind: Value,
    pub(super) kind_of_secret: Value,
    pub(super) metadata: Value,
    pub(super) spec: Value,
    pub(super) status: Value,
    pub(super) webhooks: Value,
    pub(super) entries: Vec<Entry>,
    /// Which limit left something of it out.
    pub(super) cut: Option<String>,
}

/// What a manifest, or several, came to.
#[derive(Debug, Default)]
pub(super) struct Harvest {
    pub(super) files: Vec<FoundFile>,
    /// Every secret, with the certificate that is served.
    secrets: Vec<(ObjectName, Option<Arc<Certificate>>)>,
    /// Why the rest could not be read.
    pub(super) fault: Option<String>,
    /// Bytes of certificates that may still be kept.
    room: usize,
}

impl Harvest {
    /// Nothing yet; certificates may have some times as much as a file.
    pub(super) fn new(most_bytes: usize) -> Self {
        Self { room: most_bytes.saturating_mul(MOST_TOGETHER), ..Self::default() }
    }

    /// Whether nothing more is taken.
    pub(super) const fn is_full(&self) -> bool {
        self.fault.is_some()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.secrets.is_empty() && self.fault.is_none()
    }

    /// Bytes of certificates that may still be kept.
    pub(super) const fn room(&self) -> usize {
        self.room
    }

    /// Adds another manifest's.
    pub(super) fn append(&mut self, mut other: Self) {
        self.files.append(&mut other.files);
        self.secrets.append(&mut other.secrets);
    }

    /// Takes what an object has.
    pub(super) fn take(&mut self, object: Draft, parsed: &Shelf) {
        let Some(kind) = object.kind.as_str() else { return };
        let name = object.name();
        let cut = object.cut.clone().map(|limit| (format!("{}/{name}", kind.to_lowercase()), limit));
        match kind {
            "Secret" => self.secret(name, object),
            "ConfigMap" => self.values("configmap", &name, object.entries),
            "Ingress" => self.object("Ingress", name, ingress(&object), None),
            "Gateway" => self.object("Gateway", name, gateway(&object), None),
            "Certificate" => self.certificate(name, &object),
            "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" => {
                for webhook in list(&object.webhooks) {
                    let place = text_of(&webhook["name"]);
                    self.bundle(kind, &name, &place, &webhook["clientConfig"]["caBundle"], parsed);
                }
            }
            "APIService" => self.bundle(kind, &name, "caBundle", &object.spec["caBundle"], parsed),
            "CustomResourceDefinition" => {
                let client = &object.spec["conversion"]["webhook"]["clientConfig"];
                self.bundle(kind, &name, "conversion", &client["caBundle"], parsed);
            }
            // What else is in a cluster is not looked at, however large it is.
            _ => return,
        }
        if let Some((path, limit)) = cut {
            self.keep(path, FileContent::Unread(Unread::Rest { limit }));
        }
    }

    /// Takes nothing more, as there is no room.
    pub(super) fn exceed(&mut self) {
        self.fault.get_or_insert_with(|| {
            format!("certificates of a manifest are kept up to {MOST_TOGETHER} times --max-size")
        });
    }

    fn secret(&mut self, name: ObjectName, draft: Draft) {
        let lacks = if draft.kind_of_secret == "kubernetes.io/tls" { lacks(&draft.entries) } else { Vec::new() };
        let served = draft.entries.iter().find(|entry| entry.name == "tls.crt").and_then(served);
        self.values("secret", &name, draft.entries);
        if !lacks.is_empty() {
            let object = ClusterObject { kind: "Secret", name: name.clone(), uses: Vec::new(), issuance: None, lacks };
            self.keep(format!("secret/{name}"), FileContent::Object(Box::new(object)));
        }
        if self.secrets.len() >= MOST_OBJECTS {
            self.fault.get_or_insert_with(|| format!("secrets of a manifest are read up to number {MOST_OBJECTS}"));
            return;
        }
        self.secrets.push((name, served));
    }

    /// Each value that has certificates, as a file of its own.
    fn values(&mut self, kind: &str, name: &ObjectName, entries: Vec<Entry>) {
        for entry in entries {
            if let Held::Public(parts) = entry.held {
                self.parts(format!("{kind}/{name}[{}]", Untrusted::new(&entry.name)), parts);
            }
        }
    }

    fn bundle(&mut self, kind: &str, name: &ObjectName, place: &str, coded: &Value, parsed: &Shelf) {
        let Some(coded) = coded.as_str().filter(|coded| !coded.trim().is_empty()) else { return };
        let path = format!("{}/{}[{}]", kind.to_lowercase(), name.name, Untrusted::new(place));
        let parts = wiped::base64(coded.as_bytes()).ok().and_then(|pem| text::public_parts(&pem, parsed));
        let fault = || {
            let held = unreadable("caBundle", "its value is no PEM in base64");
            vec![FilePart { number: 1, offset: None, alias: None, held }]
        };
        self.parts(path, parts.map_or_else(fault, |parts| parts.0));
    }

    fn certificate(&mut self, name: ObjectName, draft: &Draft) {
        let hosts = list(&draft.spec["dnsNames"]).chain(list(&draft.spec["ipAddresses"]));
        let uses = use_of(&name, hosts, &draft.spec["secretName"], None);
        // Other groups have a kind of that name.
        if let Some(uses) = uses {
            self.object("Certificate", name, vec![uses], Some(issuance(draft)));
        }
    }

    fn object(&mut self, kind: &'static str, name: ObjectName, uses: Vec<SecretUse>, issuance: Option<Issuance>) {
        /// Of a host, beside its name.
        const OVERHEAD: usize = 64;
        let hosts = uses.iter().flat_map(|one| &one.hosts);
        let size = hosts.map(|host| host.as_str().len() + OVERHEAD).sum();
        if !uses.is_empty() && self.spend(size) {
            let path = format!("{}/{name}", kind.to_lowercase());
            let object = ClusterObject { kind, name, uses, issuance, lacks: Vec::new() };
            self.keep(path, FileContent::Object(Box::new(object)));
        }
    }

    fn parts(&mut self, path: String, parts: Vec<FilePart>) {
        if self.spend(parts.iter().map(size).sum()) {
            self.keep(path, FileContent::Parts { format: FileFormat::Kubernetes, parts });
        }
    }

    /// Whether there was room for so many bytes.
    fn spend(&mut self, bytes: usize) -> bool {
        let left = self.room.checked_sub(bytes);
        match left {
            Some(left) => self.room = left,
            None => self.exceed(),
        }
        left.is_some()
    }

    fn keep(&mut self, path: String, content: FileContent) {
        if self.files.len() >= MOST_OBJECTS {
            self.fault.get_or_insert_with(|| format!("objects of a manifest are kept up to number {MOST_OBJECTS}"));
            return;
        }
        self.files.push(FoundFile { path: PathBuf::from(path), also: Vec::new(), mode: None, content });
    }

    /// Leads every host to its secret, and to the certificate in it.
    pub(super) fn joined(mut self) -> Vec<FoundFile> {
        let namespaces: HashSet<&Untrusted> = self.secrets.iter().map(|(name, _)| &name.namespace).collect();
        let secrets: HashMap<&ObjectName, &Option<Arc<Certificate>>> =
            self.secrets.iter().map(|(name, served)| (name, served)).collect();
        for file in &mut self.files {
            let FileContent::Object(object) = &mut file.content else { continue };
            for one in &mut object.uses {
                one.stored = match secrets.get(&one.secret) {
                    Some(served) => StoredSecret::There((*served).clone()),
                    None if namespaces.contains(&one.secret.namespace) => {
                        StoredSecret::Missing { has_neighbours: true }
                    }
                    // Secrets of several namespaces: those of all were asked for.
                    None if namespaces.len() > 1 => StoredSecret::Missing { has_neighbours: false },
                    None => StoredSecret::Untold,
                };
            }
        }
        self.files
    }
}

/// The objects of all manifests, led to each other.
pub(super) fn of_all(mut manifests: Vec<(PathBuf, Harvest)>) -> Vec<FoundFile> {
    manifests.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut all = Harvest::default();
    for (path, mut harvest) in manifests {
        for file in harvest.files.iter_mut().filter(|_| path.as_os_str() != "-") {
            file.also.push(path.clone());
        }
        all.append(harvest);
    }
    all.joined()
}

/// Why a manifest could not be read as a whole.
pub(super) fn fault(reason: &str) -> FileContent {
    let held = unreadable("manifest", reason);
    let parts = vec![FilePart { number: 1, offset: None, alias: None, held }];
    FileContent::Parts { format: FileFormat::Kubernetes, parts }
}

impl Draft {
    fn name(&self) -> ObjectName {
        /// Names of objects are subdomains of DNS (RFC 1123) and not longer.
        const LONGEST: usize = 253;
        let name = |field: &str, none: &str| -> Untrusted {
            let text = self.metadata[field].as_str().unwrap_or(none);
            Untrusted::new(&text.chars().take(LONGEST).collect::<String>())
        };
        ObjectName { namespace: name("namespace", "default"), name: name("name", "") }
    }
}

/// What is wrong with a Secret for TLS (the type `kubernetes.io/tls` has both values).
fn lacks(entries: &[Entry]) -> Vec<Lack> {
    let held = |name: &str| entries.iter().find(|entry| entry.name == name).map(|entry| &entry.held);
    let certificate = match held("tls.crt") {
        None | Some(Held::Empty) => Some(Lack::Certificate),
        Some(Held::NotBase64) => Some(Lack::Base64),
        Some(Held::Other) => Some(Lack::Pem),
        Some(Held::Public(parts)) => {
            let is_certificate = |part: &FilePart| matches!(part.held, crate::model::Held::Certificate(_));
            (!parts.iter().any(is_certificate)).then_some(Lack::Pem)
        }
    };
    let key = matches!(held("tls.key"), None | Some(Held::Empty)).then_some(Lack::Key);
    certificate.into_iter().chain(key).collect()
}

/// The certificate that a server presents which has this value: the first.
fn served(entry: &Entry) -> Option<Arc<Certificate>> {
    let Held::Public(parts) = &entry.held else { return None };
    parts.iter().find_map(|part| match &part.held {
        crate::model::Held::Certificate(certificate) => Some(Arc::clone(certificate)),
        _ => None,
    })
}

fn ingress(draft: &Draft) -> Vec<SecretUse> {
    let uses = list(&draft.spec["tls"]);
    uses.filter_map(|tls| use_of(&draft.name(), list(&tls["hosts"]), &tls["secretName"], None)).collect()
}

fn gateway(draft: &Draft) -> Vec<SecretUse> {
    let mut uses = Vec::new();
    for listener in list(&draft.spec["listeners"]) {
        for reference in list(&listener["tls"]["certificateRefs"]) {
            if reference["kind"].as_str().is_some_and(|kind| kind != "Secret") {
                continue;
            }
            let hosts = std::iter::once(&listener["hostname"]);
            let mut one = use_of(&draft.name(), hosts, &reference["name"], listener["name"].as_str());
            if let (Some(one), Some(namespace)) = (&mut one, reference["namespace"].as_str()) {
                one.secret.namespace = Untrusted::new(namespace);
            }
            uses.extend(one);
        }
    }
    uses
}

fn use_of<'v>(
    by: &ObjectName,
    hosts: impl Iterator<Item = &'v Value>,
    secret: &Value,
    listener: Option<&str>,
) -> Option<SecretUse> {
    let secret = secret.as_str().filter(|name| !name.is_empty())?;
    Some(SecretUse {
        hosts: hosts.filter_map(Value::as_str).filter(|host| !host.is_empty()).map(Untrusted::new).collect(),
        listener: listener.map(Untrusted::new),
        secret: ObjectName { namespace: by.namespace.clone(), name: Untrusted::new(secret) },
        stored: StoredSecret::Untold,
    })
}

fn issuance(draft: &Draft) -> Issuance {
    let status = &draft.status;
    let condition = |kind: &str| list(&status["conditions"]).find(|condition| condition["type"] == kind);
    let said = |condition: Option<&Value>, field: &str| condition.map_or_else(String::new, |one| text_of(&one[field]));
    let (ready, issuing) = (condition("Ready"), condition("Issuing").filter(|one| one["status"] == "True"));
    // Why it is not, is said by the condition of the last attempt where there is one.
    let failed = condition("Issuing").filter(|one| one["status"] == "False" && !one["message"].is_null());
    let why = if ready.is_some_and(|one| one["status"] == "True") { ready } else { failed.or(ready) };
    Issuance {
        ready: ready.map(|one| one["status"] == "True"),
        reason: Untrusted::new(&said(why, "reason")),
        message: Untrusted::new(&said(why, "message")),
        since: ready.and_then(|one| time(&one["lastTransitionTime"])),
        issuing: issuing.and_then(|one| time(&one["lastTransitionTime"])),
        failed_attempts: status["failedIssuanceAttempts"].as_u64().unwrap_or(0),
        last_failure: time(&status["lastFailureTime"]),
        renewal: time(&status["renewalTime"]),
        revision: status["revision"].as_u64(),
        issuer: Untrusted::new(&text_of(&draft.spec["issuerRef"]["name"])),
    }
}

/// RFC 3339, as all times of a cluster are.
fn time(value: &Value) -> Option<Time> {
    Some(Time::from_secs(value.as_str()?.parse::<jiff::Timestamp>().ok()?.as_second()))
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

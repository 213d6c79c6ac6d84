//! An object of a cluster in the record of a file.

use serde::Serialize;

use crate::model::{ClusterObject, Fingerprint, Issuance, StoredSecret, Time, Untrusted};

/// What an object leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ObjectRecord {
    /// `Ingress`.
    pub kind: &'static str,
    /// Its namespace.
    pub namespace: Untrusted,
    /// Its name.
    pub name: Untrusted,
    /// Hosts and their secrets.
    pub uses: Vec<UseRecord>,
    /// What cert-manager says.
    pub issuance: Option<IssuanceRecord>,
}

/// Hosts, their secret, and the certificate in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UseRecord {
    /// Names and addresses.
    pub hosts: Vec<Untrusted>,
    /// The listener of a Gateway.
    pub listener: Option<Untrusted>,
    /// `NAMESPACE/NAME`.
    pub secret: String,
    /// `there`, `missing`, or `unknown` where no secrets were read.
    pub stored: &'static str,
    /// The certificate that is served.
    pub certificate: Option<Fingerprint>,
}

/// What cert-manager says of an issuance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IssuanceRecord {
    /// Whether the certificate is as it was asked for.
    pub ready: Option<bool>,
    /// Why, in a word.
    pub reason: Untrusted,
    /// Why, in a sentence.
    pub message: Untrusted,
    /// Attempts that failed in a row.
    pub failed_attempts: u64,
    /// The last of them.
    pub last_failure: Option<String>,
    /// When it is to be renewed.
    pub renewal: Option<String>,
    /// How many times it was issued.
    pub revision: Option<u64>,
    /// By whom.
    pub issuer: Untrusted,
}

impl ObjectRecord {
    pub(super) fn of(object: &ClusterObject) -> Self {
        let uses = object.uses.iter().map(|one| UseRecord {
            hosts: one.hosts.clone(),
            listener: one.listener.clone(),
            secret: one.secret.to_string(),
            stored: match one.stored {
                StoredSecret::There(_) => "there",
                StoredSecret::Missing { .. } => "missing",
                StoredSecret::Untold => "unknown",
            },
            certificate: one.stored.certificate().map(|certificate| certificate.fingerprint),
        });
        Self {
            kind: object.kind,
            namespace: object.name.namespace.clone(),
            name: object.name.name.clone(),
            uses: uses.collect(),
            issuance: object.issuance.as_ref().map(IssuanceRecord::of),
        }
    }

    /// ` → secret/web/shop-tls`, and how many more there are.
    pub(super) fn arrow(&self) -> String {
        let Some(first) = self.uses.first() else { return String::new() };
        let more = self.uses.len() - 1;
        let more = if more > 0 { format!(" (+{more})") } else { String::new() };
        format!(" → secret/{}{more}", first.secret)
    }
}

impl IssuanceRecord {
    fn of(issuance: &Issuance) -> Self {
        Self {
            ready: issuance.ready,
            reason: issuance.reason.clone(),
            message: issuance.message.clone(),
            failed_attempts: issuance.failed_attempts,
            last_failure: issuance.last_failure.map(Time::rfc3339),
            renewal: issuance.renewal.map(Time::rfc3339),
            revision: issuance.revision,
            issuer: issuance.issuer.clone(),
        }
    }
}

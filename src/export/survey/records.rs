//! DNS records, and attempts that differ in one thing.

use std::net::IpAddr;

use serde::Serialize;

use crate::model::{
    Attempt, CaaRecord, Change, Differential, DnsRecords, RecordAnswer, ServiceRecord, TlsaRecord, Untrusted,
};

#[derive(Debug, Serialize)]
pub(super) struct DnsFacts<'a> {
    caa: Answered<'a, Caa<'a>>,
    tlsa: Answered<'a, Tlsa<'a>>,
    https: Answered<'a, Service<'a>>,
}

#[derive(Debug, Serialize)]
struct Answered<'a, T> {
    /// The name that has the records, or was asked for.
    owner: &'a Untrusted,
    /// The resolver vouches for the answer (DNSSEC).
    authenticated: bool,
    /// `null` when they are not known; `failure` says why.
    records: Option<Vec<T>>,
    failure: Option<&'a Untrusted>,
}

impl<'a, T> Answered<'a, T> {
    fn of<R>(answer: &'a RecordAnswer<R>, record: impl Fn(&'a R) -> T) -> Self {
        let failure = answer.failure.as_ref();
        Self {
            owner: &answer.owner,
            authenticated: answer.authenticated,
            records: failure.is_none().then(|| answer.records.iter().map(record).collect()),
            failure,
        }
    }
}

#[derive(Debug, Serialize)]
struct Caa<'a> {
    critical: bool,
    tag: &'a Untrusted,
    value: &'a Untrusted,
}

#[derive(Debug, Serialize)]
struct Tlsa<'a> {
    usage: u8,
    selector: u8,
    matching: u8,
    /// In hexadecimal.
    data: &'a str,
    /// Agrees with the served chain.
    matches: Option<bool>,
}

#[derive(Debug, Serialize)]
struct Service<'a> {
    priority: u16,
    target: &'a Untrusted,
    alpn: &'a [Untrusted],
    port: Option<u16>,
    /// Encrypted hello is configured.
    ech: bool,
    hints: &'a [IpAddr],
}

impl<'a> DnsFacts<'a> {
    pub(super) fn of(records: &'a DnsRecords) -> Self {
        let caa = |record: &'a CaaRecord| Caa { critical: record.critical, tag: &record.tag, value: &record.value };
        let tlsa = |record: &'a TlsaRecord| Tlsa {
            usage: record.usage,
            selector: record.selector,
            matching: record.matching,
            data: &record.data,
            matches: record.matches,
        };
        let https = |record: &'a ServiceRecord| Service {
            priority: record.priority,
            target: &record.target,
            alpn: &record.alpn,
            port: record.port,
            ech: record.ech,
            hints: &record.hints,
        };
        Self {
            caa: Answered::of(&records.caa, caa),
            tlsa: Answered::of(&records.tlsa, tlsa),
            https: Answered::of(&records.https, https),
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Flip<'a> {
    /// The smallest change that succeeds, of those in `attempts`.
    flips: Option<&'static str>,
    /// An unchanged attempt succeeded.
    unstable: bool,
    attempts: Vec<AttemptFacts<'a>>,
}

#[derive(Debug, Serialize)]
struct AttemptFacts<'a> {
    /// `none`, `no_alpn`, `classical_groups`, `small_hello`, `tls12_only`, `other_name`, `other_family`.
    change: &'static str,
    /// The same in words.
    words: String,
    /// Size of the hello with its record header; 0 when it came to no connection.
    hello_bytes: u32,
    /// `handshake` or `failed`.
    result: &'static str,
    detail: Option<&'a Untrusted>,
}

impl<'a> Flip<'a> {
    pub(super) fn of(differential: &'a Differential) -> Self {
        let attempt = |attempt: &'a Attempt| AttemptFacts {
            change: attempt.change.name(),
            words: attempt.change.words(),
            hello_bytes: attempt.hello,
            result: attempt.result.name(),
            detail: attempt.result.detail(),
        };
        Self {
            flips: differential.flips.as_ref().map(Change::name),
            unstable: differential.unstable,
            attempts: differential.attempts.iter().map(attempt).collect(),
        }
    }
}

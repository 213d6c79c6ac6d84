//! What a server is willing to negotiate and should not be, or is not and should be.

use super::command::{self, Show};
use super::evidence::AddressEvidence;
use super::fault::{Fault, Group};
use super::rules::{self, Rule};
use super::words;
use crate::model::{CipherSuite, Finding, Negotiation, Scope, Status, TlsVersion};

const SSL2: TlsVersion = TlsVersion(0x0002);
const SSL3: TlsVersion = TlsVersion(0x0300);
const TLS10: TlsVersion = TlsVersion(0x0301);
const TLS11: TlsVersion = TlsVersion(0x0302);
const TLS12: TlsVersion = TlsVersion(0x0303);
const TLS13: TlsVersion = TlsVersion(0x0304);
/// Shorter finite-field groups are within reach of a prepared attacker (Logjam), or soon will be (RFC 9325 section 4.3).
const SHORTEST_DH: u32 = 2048;

/// One thing to look for.
struct Weakness {
    rule: &'static Rule,
    /// Weak is no alarm; what gives no protection at all is one.
    status: Status,
    /// What one address does, and several do.
    does: (&'static str, &'static str),
    /// What shows it; nothing where it is not so, or not known.
    of: fn(&Negotiation) -> Vec<String>,
}

const WEAKNESSES: [Weakness; 16] = [
    Weakness {
        rule: &rules::CFG_SSL2,
        status: Status::Warning,
        does: ("accepts", "accept"),
        of: |negotiation| accepted(negotiation, &[SSL2]),
    },
    Weakness {
        rule: &rules::CFG_SSL3,
        status: Status::Warning,
        does: ("accepts", "accept"),
        of: |negotiation| accepted(negotiation, &[SSL3]),
    },
    Weakness {
        rule: &rules::CFG_LEGACY_ONLY,
        status: Status::Warning,
        does: ("speaks nothing newer than", "speak nothing newer than"),
        of: newest_of_legacy,
    },
    Weakness {
        rule: &rules::CFG_NULL_CIPHER,
        status: Status::Warning,
        does: ("accepts suites without encryption:", "accept suites without encryption:"),
        of: |negotiation| suites(negotiation, CipherSuite::is_null),
    },
    Weakness {
        rule: &rules::CFG_ANON_CIPHER,
        status: Status::Warning,
        does: ("accepts suites without authentication:", "accept suites without authentication:"),
        of: |negotiation| suites(negotiation, CipherSuite::is_anonymous),
    },
    Weakness {
        rule: &rules::CFG_EXPORT_CIPHER,
        status: Status::Warning,
        does: ("accepts export suites:", "accept export suites:"),
        of: |negotiation| suites(negotiation, CipherSuite::is_export),
    },
    Weakness {
        rule: &rules::CFG_DES,
        status: Status::Warning,
        does: ("accepts DES:", "accept DES:"),
        of: |negotiation| suites(negotiation, |suite| suite.is_des() && !suite.is_export()),
    },
    Weakness {
        rule: &rules::CFG_RC4,
        status: Status::Warning,
        does: ("accepts RC4:", "accept RC4:"),
        of: |negotiation| suites(negotiation, |suite| suite.is_rc4() && !suite.is_export()),
    },
    Weakness {
        rule: &rules::CFG_3DES,
        status: Status::Ok,
        does: ("accepts triple DES:", "accept triple DES:"),
        of: |negotiation| suites(negotiation, CipherSuite::is_triple_des),
    },
    Weakness {
        rule: &rules::CFG_COMPRESSION,
        status: Status::Warning,
        does: ("accepts", "accept"),
        of: |negotiation| only(negotiation.features.compression == Some(true), "TLS compression"),
    },
    Weakness {
        rule: &rules::CFG_WEAK_DH,
        status: Status::Warning,
        does: ("agrees on secrets with Diffie-Hellman of", "agree on secrets with Diffie-Hellman of"),
        of: weak_dh,
    },
    Weakness {
        rule: &rules::CFG_INSECURE_RENEGOTIATION,
        status: Status::Warning,
        does: ("does not know", "do not know"),
        of: |negotiation| only(negotiation.features.secure_renegotiation == Some(false), "secure renegotiation"),
    },
    Weakness {
        rule: &rules::CFG_NO_FORWARD_SECRECY,
        status: Status::Ok,
        does: ("accepts no suite with forward secrecy:", "accept no suite with forward secrecy:"),
        of: |negotiation| all_suites(negotiation, |suite| !suite.has_forward_secrecy()),
    },
    Weakness {
        rule: &rules::CFG_CBC_ONLY,
        status: Status::Ok,
        does: ("accepts no authenticated encryption:", "accept no authenticated encryption:"),
        of: |negotiation| all_suites(negotiation, CipherSuite::is_cbc),
    },
    Weakness {
        rule: &rules::CFG_LEGACY_PROTOCOL,
        status: Status::Ok,
        does: ("accepts", "accept"),
        of: |negotiation| {
            if is_legacy_only(negotiation) { Vec::new() } else { accepted(negotiation, &[TLS10, TLS11]) }
        },
    },
    Weakness {
        rule: &rules::CFG_NO_TLS13,
        status: Status::Ok,
        does: ("does not speak", "do not speak"),
        of: |negotiation| {
            let older = accepts(negotiation, TLS12) == Some(true) && accepts(negotiation, TLS13) == Some(false);
            only(older, "TLS 1.3")
        },
    },
];

/// Groups are a property of TLS 1.3 only.
const NO_PQ: Weakness = Weakness {
    rule: &rules::CFG_NO_PQ,
    status: Status::Ok,
    does: ("accepts no post-quantum group, only", "accept no post-quantum group, only"),
    of: |negotiation| {
        let groups = &negotiation.groups;
        if groups.iter().any(|group| group.is_post_quantum()) {
            return Vec::new();
        }
        groups.iter().map(ToString::to_string).collect()
    },
};

fn weaknesses() -> impl Iterator<Item = &'static Weakness> {
    WEAKNESSES.iter().chain([&NO_PQ])
}

pub(super) fn look<'a>(evidence: &AddressEvidence<'a>, faults: &mut Vec<Fault<'a>>) {
    let Some(negotiation) = evidence.survey.and_then(|survey| survey.negotiation.as_ref()) else { return };
    let found = weaknesses().filter(|weakness| !(weakness.of)(negotiation).is_empty());
    faults.extend(found.filter_map(|weakness| Fault::surveyed(weakness.rule, evidence, tell)));
}

fn tell(group: &Group<'_, '_>) -> Finding {
    let weakness = weaknesses().find(|weakness| weakness.rule.code == group.first.rule.code);
    let negotiation = group.first.survey.and_then(|survey| survey.negotiation.as_ref());
    let (mut shown, mut status, mut does) = (String::new(), Status::Ok, ("has this weakness", "have this weakness"));
    if let (Some(weakness), Some(negotiation)) = (weakness, negotiation) {
        let items = (weakness.of)(negotiation);
        shown = words::list(items.iter().cloned(), items.len());
        (status, does) = (weakness.status, weakness.does);
    }
    let verb = words::verb(group.count(), does.0, does.1);
    let summary = format!("{} {verb} {shown}", group.who());
    let mut facts = vec![("found", shown)];
    if let Some(negotiation) = negotiation {
        let versions: Vec<String> = negotiation.accepted_versions().map(|version| version.to_string()).collect();
        facts.push(("versions accepted", words::list(versions.iter().cloned(), versions.len())));
        facts.push(("suites accepted", negotiation.all_suites().len().to_string()));
    }
    let mut finding = group.finding(Scope::Address, summary, facts);
    finding.status = status;
    finding.next.command = Some(reproduce(group));
    finding
}

/// Only `nmap` knows what is old and weak.
fn reproduce(group: &Group<'_, '_>) -> String {
    let (case, address) = (group.case, group.first.address);
    let show = match group.first.rule.code {
        code if code == rules::CFG_NO_TLS13.code => Show::Tls13,
        code if code == rules::CFG_NO_PQ.code => Show::Large,
        code if code == rules::CFG_INSECURE_RENEGOTIATION.code => Show::Tls12,
        _ => return command::scan(address, "ssl-enum-ciphers,sslv2"),
    };
    command::handshake(case, address, show)
}

fn accepts(negotiation: &Negotiation, version: TlsVersion) -> Option<bool> {
    let answer = negotiation.versions.iter().find(|answer| answer.version == version)?;
    answer.answer.is_accepted()
}

/// Those of the versions that are accepted.
fn accepted(negotiation: &Negotiation, versions: &[TlsVersion]) -> Vec<String> {
    let accepted = versions.iter().filter(|version| accepts(negotiation, **version) == Some(true));
    accepted.map(ToString::to_string).collect()
}

fn is_legacy_only(negotiation: &Negotiation) -> bool {
    let refuses = |version| accepts(negotiation, version) == Some(false);
    refuses(TLS12) && refuses(TLS13) && negotiation.accepted_versions().next().is_some()
}

fn newest_of_legacy(negotiation: &Negotiation) -> Vec<String> {
    let newest = negotiation.accepted_versions().max();
    newest.filter(|_| is_legacy_only(negotiation)).iter().map(ToString::to_string).collect()
}

/// Accepted suites of a kind.
fn suites(negotiation: &Negotiation, kind: fn(CipherSuite) -> bool) -> Vec<String> {
    let suites = negotiation.all_suites();
    suites.iter().filter(|suite| kind(**suite)).map(ToString::to_string).collect()
}

/// All suites where all are known and of a kind.
fn all_suites(negotiation: &Negotiation, kind: fn(CipherSuite) -> bool) -> Vec<String> {
    let found = suites(negotiation, kind);
    let is_complete = negotiation.suites.iter().all(|version| version.complete);
    if is_complete && found.len() == negotiation.all_suites().len() { found } else { Vec::new() }
}

fn weak_dh(negotiation: &Negotiation) -> Vec<String> {
    let weak = negotiation.dh.iter().filter(|dh| dh.bits < SHORTEST_DH);
    weak.map(|dh| match &dh.known_as {
        Some(name) => format!("{} bits ({name})", dh.bits),
        None => format!("{} bits", dh.bits),
    })
    .collect()
}

fn only(holds: bool, what: &str) -> Vec<String> {
    if holds { vec![what.to_owned()] } else { Vec::new() }
}

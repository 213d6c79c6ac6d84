//! What a target's owner expects of it, and it does not keep.
//!
//! An expectation turns advice into policy: what is merely weak elsewhere is a warning here.

use std::sync::Arc;
use std::time::Duration;

use super::Policy;
use super::command::{self, Show};
use super::evidence::{AddressEvidence, Case, Shown};
use super::fault::{Fault, Group};
use super::rules::{self, Rule};
use super::words;
use crate::model::{
    Certificate, ClientAuth, Confidence, Expectations, Finding, HandshakeKind, Impact, Negotiation, Observation, Pin,
    San, Scope, Status, Target, TlsVersion,
};

/// The fact that makes a finding a matter of policy.
const EXPECTED: &str = "expected";
const REFUSED: &str = "clients without a certificate are refused";
/// Sets a protocol that was not expected apart from a handshake that failed over it.
const UNEXPECTED: u16 = 0x200;
/// Sets names that are expected beside the one that is verified apart from that one.
const BESIDE: u16 = 0x200;

/// The longest TLS phase of a target that is not `tls.slow`.
#[must_use]
pub fn max_latency(target: &Target, policy: &Policy) -> Duration {
    let own = target.expect.as_deref().and_then(|expected| expected.max_latency);
    own.unwrap_or(policy.of(&target.labels).max_latency)
}

/// What the connection shows.
pub(super) fn look<'a>(case: &Case<'a>, evidence: &AddressEvidence<'a>, faults: &mut Vec<Fault<'a>>) {
    let (Some(expected), Some(last)) = (case.target.expect.as_deref(), evidence.last) else { return };
    let fault =
        |rule, variant, confidence, write| Fault { variant, confidence, ..Fault::probed(rule, evidence, last, write) };
    if let Some(least) = expected.min_version {
        let is_agreed = negotiated(last).is_some_and(|version| version < least);
        if is_agreed {
            faults.push(fault(&rules::EXPECT_VERSION, 0, Confidence::Certain, tell_version));
        } else if !older(evidence, least).is_empty() {
            faults.extend(Fault::surveyed(&rules::EXPECT_VERSION, evidence, tell_version));
        }
    }
    if is_unexpected_protocol(case, expected, last) {
        faults.push(fault(&rules::HS_ALPN_MISMATCH, UNEXPECTED, Confidence::Certain, tell_alpn));
    }
    if expected.mtls == Some(true)
        && let Some(confidence) = is_open(evidence, last)
    {
        faults.push(fault(&rules::MTLS_NOT_ENFORCED, 0, confidence, tell_open));
    }
}

/// What the certificates show.
pub(super) fn look_at_chain<'a>(
    case: &Case<'a>,
    evidence: &AddressEvidence<'a>,
    shown: &Shown<'a>,
    leaf: &'a Certificate,
    faults: &mut Vec<Fault<'a>>,
) {
    let Some(expected) = case.target.expect.as_deref() else { return };
    if expected.issuer.as_deref().is_some_and(|issuer| !is_by(leaf, issuer)) {
        faults.push(Fault::shown(&rules::CERT_ISSUER_UNEXPECTED, shown, leaf, tell_issuer));
    }
    if missing_names(expected, leaf).next().is_some() {
        let fault = Fault::shown(&rules::CERT_NAME_MISMATCH, shown, leaf, tell_names);
        faults.push(Fault { variant: BESIDE, ..fault });
    }
    if let Some((first, _)) = expected.pins.split_first()
        && holder(*first, shown, evidence).is_none()
    {
        let backup = expected.pins.iter().any(|pin| holder(*pin, shown, evidence).is_some());
        let fault = Fault::shown(&rules::CERT_PIN_MISMATCH, shown, leaf, tell_pins);
        faults.push(Fault { variant: u16::from(backup), ..fault });
    }
}

/// What is advice for all is policy for those of whom it is expected, and what is expected is no matter.
pub(super) fn enforce(case: &Case<'_>, findings: &mut [Finding]) {
    let Some(expected) = case.target.expect.as_deref() else { return };
    let is_older = findings.iter().any(|finding| finding.code == rules::EXPECT_VERSION.code);
    for finding in findings {
        if let Some(wanted) = wanted(expected, finding, is_older) {
            finding.status = finding.status.max(Status::Warning);
            finding.summary = format!("{}; expected: {wanted}", finding.summary);
            finding.evidence.0.insert(0, (EXPECTED, wanted));
        }
        if finding.code == rules::MTLS_REQUIRED.code && expected.mtls == Some(true) {
            (finding.impact, finding.status) = (Impact::Advice, Status::Ok);
            finding.evidence.0.insert(0, (EXPECTED, REFUSED.to_owned()));
        }
    }
}

/// Whether a finding says that something is not as expected: more than advice, even where nothing is broken.
pub(super) fn is_policy(finding: &Finding) -> bool {
    finding.evidence.value(EXPECTED).is_some()
}

/// What was to be found instead of what is mere advice for others.
fn wanted(expected: &Expectations, finding: &Finding, is_older: bool) -> Option<String> {
    let is = |rules: &[Rule]| rules.iter().any(|rule| finding.code == rule.code);
    let text = |holds: bool, text: &str| holds.then(|| text.to_owned());
    if is(&[rules::CFG_HSTS_MISSING, rules::CFG_HSTS_SHORT]) {
        text(expected.hsts == Some(true), "HSTS for half a year or more")
    } else if is(&[rules::CFG_H2_MISSING]) {
        text(expected.alpn.iter().any(|name| &**name == "h2"), "HTTP/2")
    } else if is(&[rules::MTLS_OPTIONAL]) {
        text(expected.mtls == Some(false), "no client certificate is asked for")
    } else if is(&[rules::CFG_SSL2, rules::CFG_SSL3, rules::CFG_LEGACY_ONLY, rules::CFG_LEGACY_PROTOCOL]) {
        expected.min_version.filter(|_| is_older).map(or_newer)
    } else {
        None
    }
}

fn or_newer(least: TlsVersion) -> String {
    format!("{least} or newer")
}

fn negotiated(last: &Observation) -> Option<TlsVersion> {
    last.handshake.as_ref().filter(|_| last.is_handshake())?.version
}

/// Versions older than expected that an address agreed on or was found to accept, oldest first.
fn older(evidence: &AddressEvidence<'_>, least: TlsVersion) -> Vec<TlsVersion> {
    let agreed = evidence.last.and_then(|last| negotiated(last));
    let surveyed = evidence.survey.and_then(|survey| survey.negotiation.as_ref());
    let accepted = surveyed.into_iter().flat_map(Negotiation::accepted_versions);
    let mut older: Vec<_> = accepted.chain(agreed).filter(|version| *version < least).collect();
    older.sort_unstable();
    older.dedup();
    older
}

/// Whether something expected was offered and nothing expected selected.
fn is_unexpected_protocol(case: &Case<'_>, expected: &Expectations, last: &Observation) -> bool {
    let is_offered = expected.alpn.iter().any(|name| case.target.alpn.contains(name));
    let Some(handshake) = last.handshake.as_ref().filter(|_| last.is_handshake() && is_offered) else { return false };
    let selected = handshake.alpn.as_ref();
    !selected.is_some_and(|selected| expected.alpn.iter().any(|name| **name == *selected.as_str()))
}

/// Whether clients without a certificate get in, and how surely. A resumed session says nothing: its client showed
/// its certificate before (RFC 9846 section 4.6.1).
fn is_open(evidence: &AddressEvidence<'_>, last: &Observation) -> Option<Confidence> {
    let handshake = last.handshake.as_ref().filter(|_| last.is_handshake())?;
    let resumed = handshake.kind == Some(HandshakeKind::Resumed);
    let surveyed = evidence.survey.and_then(|survey| survey.client_certificate.as_ref());
    match &handshake.client_auth {
        ClientAuth::None if !resumed => Some(Confidence::Certain),
        ClientAuth::Requested { presented: None, .. } => Some(Confidence::Likely),
        _ => surveyed.is_some_and(|asked| asked.required == Some(false)).then_some(Confidence::Likely),
    }
}

fn is_by(leaf: &Certificate, issuer: &str) -> bool {
    leaf.issuer.as_str().to_lowercase().contains(&issuer.to_lowercase())
}

/// Expected names that the certificate is not for.
fn missing_names<'e>(expected: &'e Expectations, leaf: &Certificate) -> impl Iterator<Item = &'e Arc<str>> {
    expected.names.iter().filter(|name| !leaf.sans.iter().any(|san| covers(san, name)))
}

/// A `*` stands for exactly one label, the first (RFC 9525 section 6.3).
pub(super) fn covers(san: &San, name: &str) -> bool {
    let text = san.text().as_str();
    if text.eq_ignore_ascii_case(name) {
        return true;
    }
    let (San::Dns(_), Some(above), Some((label, rest))) = (san, text.strip_prefix("*."), name.split_once('.')) else {
        return false;
    };
    label != "*" && rest.eq_ignore_ascii_case(above)
}

/// The certificate for the pinned key, in the chain as sent or on a path that the survey found.
fn holder<'a>(pin: Pin, shown: &Shown<'a>, evidence: &AddressEvidence<'a>) -> Option<&'a Certificate> {
    let sent = &shown.handshake.chain;
    let found = evidence.paths_of(sent).map(|paths| &paths.found[..]).unwrap_or_default();
    sent.iter().chain(found).map(|certificate| &**certificate).find(|certificate| pin.is_of(certificate))
}

fn tell_version(group: &Group<'_, '_>) -> Finding {
    let address = group.first.address;
    let least = expected(group).and_then(|expected| expected.min_version).unwrap_or(TlsVersion::TLS12);
    let found = group.case.address(address).map(|evidence| older(evidence, least)).unwrap_or_default();
    let shown = words::list(found.iter().map(ToString::to_string), found.len());
    let verb = words::verb(group.count(), "accepts", "accept");
    let summary = format!("{} {verb} {shown}, older than the expected {least}", group.who());
    let show = if found.iter().all(|version| *version == TlsVersion::TLS12) { Some(Show::Tls12) } else { None };
    let facts = vec![("accepted", shown), (EXPECTED, or_newer(least))];
    let command = show.map_or_else(
        || command::scan(address, "ssl-enum-ciphers,sslv2"),
        |show| command::handshake(group.case, address, show),
    );
    policy(group.finding(Scope::Address, summary, facts), Status::Warning, command)
}

fn tell_alpn(group: &Group<'_, '_>) -> Finding {
    let handshake = group.first.observation.handshake.as_ref();
    let selected = handshake.and_then(|handshake| handshake.alpn.as_ref());
    let selected = selected.map_or_else(|| "no application protocol".to_owned(), ToString::to_string);
    let wanted = expected(group).map(|expected| &expected.alpn[..]).unwrap_or_default();
    let wanted = words::list(wanted.iter().map(ToString::to_string), wanted.len());
    let verb = words::verb(group.count(), "selects", "select");
    let summary = format!("{} {verb} {selected}, and {wanted} is expected", group.who());
    let finding = group.finding(Scope::Address, summary, vec![("selected", selected), (EXPECTED, wanted)]);
    let command = command::handshake(group.case, group.first.address, Show::Alpn);
    let mut finding = policy(finding, Status::Warning, command);
    "Enable the expected protocol on the server or on what ends TLS before it.".clone_into(&mut finding.next.text);
    finding
}

fn tell_open(group: &Group<'_, '_>) -> Finding {
    let handshake = group.first.observation.handshake.as_ref();
    let asked = handshake.is_some_and(|handshake| handshake.client_auth != ClientAuth::None);
    let (one, several) = if asked {
        ("asks for a client certificate and goes on without one", "ask for a client certificate and go on without one")
    } else {
        ("does not ask for a client certificate", "do not ask for a client certificate")
    };
    let did = words::verb(group.count(), one, several);
    let summary = format!("{} {did}: mutual TLS is expected and not enforced", group.who());
    let facts =
        vec![("asked for a certificate", if asked { "yes" } else { "no" }.to_owned()), (EXPECTED, REFUSED.to_owned())];
    let command = command::handshake(group.case, group.first.address, Show::Handshake);
    policy(group.finding(Scope::Address, summary, facts), Status::Critical, command)
}

fn tell_issuer(group: &Group<'_, '_>) -> Finding {
    let wanted = expected(group).and_then(|expected| expected.issuer.as_deref()).unwrap_or_default();
    let wanted = crate::model::Untrusted::new(wanted).to_string();
    let issuer = group.first.about.map(|leaf| leaf.issuer.to_string()).unwrap_or_default();
    let summary = format!("{} was issued by {issuer}, and “{wanted}” is expected", group.certificate());
    let mut facts = group.first.about.map(|leaf| words::identity("certificate", leaf)).unwrap_or_default();
    facts.push((EXPECTED, wanted));
    let command = command::handshake(group.case, group.first.address, Show::Dates);
    policy(group.finding(Scope::Certificate, summary, facts), Status::Warning, command)
}

fn tell_names(group: &Group<'_, '_>) -> Finding {
    let missing = expected(group)
        .zip(group.first.about)
        .map(|(expected, leaf)| missing_names(expected, leaf).map(ToString::to_string).collect::<Vec<_>>());
    let missing = missing.unwrap_or_default();
    let shown = words::list(missing.iter().cloned(), missing.len());
    let summary = format!("{} does not cover {shown}, which it is expected to", group.certificate());
    let names =
        group.first.about.map(|leaf| words::list(leaf.sans.iter().map(|san| san.text().to_string()), leaf.sans.len()));
    let facts = vec![("covers", names.unwrap_or_default()), (EXPECTED, shown)];
    let mut finding = group.finding(Scope::Certificate, summary, facts);
    finding.impact = Impact::Partial;
    finding.status = Status::Critical;
    finding.next.command = Some(command::handshake(group.case, group.first.address, Show::Names));
    finding
}

fn tell_pins(group: &Group<'_, '_>) -> Finding {
    let pins = expected(group).map(|expected| &expected.pins[..]).unwrap_or_default();
    let evidence = group.case.address(group.first.address);
    let shown = evidence.and_then(AddressEvidence::shown);
    let held = |pin: &Pin| Some((*pin, holder(*pin, shown.as_ref()?, evidence?)?));
    let backup = pins.iter().find_map(held);
    let broken = pins.iter().filter(|pin| held(pin).is_none()).map(ToString::to_string).collect::<Vec<_>>();
    let first = pins.first().map(ToString::to_string).unwrap_or_default();
    let (summary, status) = match &backup {
        Some((pin, certificate)) => (
            format!(
                "{} no longer has the pinned key {first}; the backup {pin} holds, by “{}”",
                group.certificate(),
                certificate.display_name()
            ),
            Status::Warning,
        ),
        None if pins.len() == 1 => (
            format!("{} does not have the pinned key {first}, and there is no backup pin", group.certificate()),
            Status::Critical,
        ),
        None => (format!("{} has none of the {} pinned keys", group.certificate(), pins.len()), Status::Critical),
    };
    let chain = shown.map(|shown| &shown.handshake.chain[..]).unwrap_or_default();
    let served = chain.iter().map(|certificate| format!("{} “{}”", Pin(certificate.spki), certificate.display_name()));
    let facts = vec![
        (EXPECTED, first),
        ("broken pins", words::list(broken.iter().cloned(), broken.len())),
        ("pin that holds", backup.map_or_else(|| "none".to_owned(), |(pin, _)| pin.to_string())),
        ("keys in the chain", words::list(served, chain.len())),
    ];
    let mut finding = group.finding(Scope::Certificate, summary, facts);
    if backup.is_some() {
        finding.impact = Impact::Advice;
        "Nobody is locked out yet: pin the new key, and add a backup pin for the one after it."
            .clone_into(&mut finding.next.text);
    }
    finding.status = status;
    finding.next.command = Some(command::handshake(group.case, group.first.address, Show::Pin));
    finding
}

fn expected<'a>(group: &Group<'_, 'a>) -> Option<&'a Expectations> {
    group.case.target.expect.as_deref()
}

/// Nothing is broken for clients; its owner wants it otherwise.
fn policy(mut finding: Finding, status: Status, command: String) -> Finding {
    (finding.impact, finding.status) = (Impact::Advice, status);
    finding.next.command = Some(command);
    finding
}

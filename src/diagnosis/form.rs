//! Certificates that are not what RFC 5280 says a certificate is, in form, names or size.

use std::net::IpAddr;

use super::certificate::{part_of, tell};
use super::command::Show;
use super::evidence::Shown;
use super::fault::{Fault, Group};
use super::rules;
use crate::model::{Certificate, Finding, Impact, San, Status, Untrusted};

/// Larger ones do not fit into one record of TLS (RFC 9846 section 5.1).
const MOST_BYTES: usize = 16_384;
/// Java takes no handshake message above it (`jdk.tls.maxHandshakeMessageSize`).
const JAVAS_LIMIT: usize = 32_768;
/// RFC 5280 section 4.1.2.2.
const MOST_SERIAL_OCTETS: usize = 20;

pub(super) fn look<'a>(shown: &Shown<'a>, leaf: &'a Certificate, faults: &mut Vec<Fault<'a>>) {
    for certificate in shown.path() {
        let is_leaf = certificate.fingerprint == leaf.fingerprint;
        // Nobody verifies a root.
        if certificate.self_signed && !is_leaf {
            continue;
        }
        if certificate.version < 3 {
            faults.push(Fault::shown(&rules::CERT_V1, shown, certificate, tell_v1));
        }
        if SerialFault::of(certificate).is_some() {
            faults.push(Fault::shown(&rules::CERT_BAD_SERIAL, shown, certificate, tell_bad_serial));
        }
        if certificate.not_after < certificate.not_before {
            faults.push(Fault::shown(&rules::CERT_VALIDITY_MALFORMED, shown, certificate, tell_validity));
        }
        if hidden(certificate).next().is_some() {
            faults.push(Fault::shown(&rules::CERT_CONTROL_CHARS, shown, certificate, tell_hidden));
        }
        if certificate.der.len() > MOST_BYTES {
            faults.push(Fault::shown(&rules::CERT_HUGE, shown, certificate, tell_huge));
        }
    }
    if leaf.sans.iter().all(|san| matches!(san, San::Other(_))) {
        faults.push(Fault::shown(&rules::CERT_NO_SAN, shown, leaf, tell_no_san));
    }
    if leaf.addresses_as_names().next().is_some() {
        faults.push(Fault::shown(&rules::CERT_IP_AS_DNS, shown, leaf, tell_ip_as_dns));
    }
}

/// What is wrong with a serial number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SerialFault {
    Zero,
    Negative,
    /// Octets.
    TooLong(usize),
}

impl SerialFault {
    /// Serial numbers are positive and have at most 20 octets (RFC 5280 section 4.1.2.2).
    fn of(certificate: &Certificate) -> Option<Self> {
        let serial = certificate.serial.as_bytes();
        if serial.iter().all(|digit| *digit == b'0') {
            return Some(Self::Zero);
        }
        // Octets in two's complement, two digits each.
        if matches!(serial.first(), Some(b'8'..=b'9' | b'a'..=b'f')) {
            return Some(Self::Negative);
        }
        let octets = serial.len() / 2;
        (octets > MOST_SERIAL_OCTETS).then_some(Self::TooLong(octets))
    }

    fn words(self) -> String {
        match self {
            Self::Zero => "has the serial number zero".to_owned(),
            Self::Negative => "has a negative serial number, which Go 1.23 and newer refuse".to_owned(),
            Self::TooLong(octets) => {
                format!("has a serial number of {octets} octets, where {MOST_SERIAL_OCTETS} are the most")
            }
        }
    }
}

/// Names of a certificate with characters that do not show, such as the NUL that once hid the rest of a name.
fn hidden(certificate: &Certificate) -> impl Iterator<Item = &Untrusted> {
    let names = [&certificate.subject, &certificate.issuer].into_iter();
    names.chain(certificate.sans.iter().map(San::text)).filter(|name| name.has_escapes())
}

fn tell_v1(group: &Group<'_, '_>) -> Finding {
    let finding = tell(group, Show::Chain, |certificate| {
        let part = part_of(group, certificate);
        format!("{part} is of X.509 version {}, which has no extensions: no names and no limits", certificate.version)
    });
    Finding { status: Status::Warning, ..finding }
}

fn tell_bad_serial(group: &Group<'_, '_>) -> Finding {
    let wrong = group.first.about.and_then(SerialFault::of);
    let mut finding = tell(group, Show::Dates, |certificate| {
        let words = wrong.map(SerialFault::words).unwrap_or_default();
        format!("{} {words}", part_of(group, certificate))
    });
    if !matches!(wrong, Some(SerialFault::Zero)) {
        finding.impact = Impact::Partial;
    }
    finding.status = Status::Warning;
    finding
}

fn tell_validity(group: &Group<'_, '_>) -> Finding {
    tell(group, Show::Dates, |certificate| {
        let (begin, end) = (certificate.not_before.rfc3339(), certificate.not_after.rfc3339());
        format!("{} ends at {end}, before it begins at {begin}: it is never valid", part_of(group, certificate))
    })
}

fn tell_hidden(group: &Group<'_, '_>) -> Finding {
    let mut finding = tell(group, Show::Names, |certificate| {
        let name = hidden(certificate).next().map(ToString::to_string).unwrap_or_default();
        format!("{} has characters in its names that do not show: “{name}”", part_of(group, certificate))
    });
    if let Some(certificate) = group.first.about {
        let count = hidden(certificate).count();
        finding.evidence.0.push(("names with such characters", count.to_string()));
    }
    finding.status = Status::Warning;
    finding
}

fn tell_huge(group: &Group<'_, '_>) -> Finding {
    let mut finding = tell(group, Show::Chain, |certificate| {
        let (bytes, names) = (certificate.der.len(), certificate.sans.len());
        format!(
            "{} has {bytes} bytes and {names} names, more than fit into one record of TLS",
            part_of(group, certificate)
        )
    });
    if group.first.about.is_some_and(|certificate| certificate.der.len() > JAVAS_LIMIT) {
        finding.impact = Impact::Partial;
        finding.evidence.0.push(("java takes at most", format!("{JAVAS_LIMIT} bytes in one message")));
    }
    finding.status = Status::Warning;
    finding
}

fn tell_no_san(group: &Group<'_, '_>) -> Finding {
    tell(group, Show::Names, |leaf| {
        let certificate = group.certificate();
        match &leaf.common_name {
            Some(name) => {
                format!("{certificate} has no subjectAltName, only the common name “{name}”, which clients do not read")
            }
            None => format!("{certificate} has neither a subjectAltName nor a common name"),
        }
    })
}

fn tell_ip_as_dns(group: &Group<'_, '_>) -> Finding {
    let wanted = group.case.target.verified_name().parse::<IpAddr>().ok();
    let mut finding = tell(group, Show::Names, |leaf| {
        let address = leaf.addresses_as_names().next().map(|address| address.to_string()).unwrap_or_default();
        let certificate = group.certificate();
        format!("{certificate} has the address {address} among its DNS names, where no client looks for it")
    });
    let is_missed = |leaf: &Certificate| wanted.is_some_and(|wanted| leaf.misplaces(wanted));
    if group.first.about.is_some_and(is_missed) {
        (finding.impact, finding.status) = (Impact::Outage, Status::Critical);
    }
    finding
}

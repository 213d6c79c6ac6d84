//! Certificates that were never meant for clients: placeholders of ingresses, proxies, panels and manuals, and those
//! of authorities for tests.

use super::certificate::tell;
use super::command::Show;
use super::evidence::Shown;
use super::fault::{Fault, Group};
use super::rules;
use crate::model::{Certificate, Finding};

/// What tells a placeholder: an attribute of its subject, the value or how it begins, and whose it is.
struct Placeholder {
    attribute: &'static str,
    value: &'static str,
    of: &'static str,
}

const fn by(attribute: &'static str, value: &'static str, of: &'static str) -> Placeholder {
    Placeholder { attribute, value, of }
}

/// The most exact first.
const PLACEHOLDERS: [Placeholder; 20] = [
    by("CN", "Kubernetes Ingress Controller Fake Certificate", "ingress-nginx, which has no certificate for the name"),
    by("CN", "TRAEFIK DEFAULT CERT", "Traefik, which has no certificate for the name"),
    by("CN", "invalid2.invalid", "Google's front end, for clients that send no name"),
    by("CN", "Plesk", "the Plesk panel"),
    by("O", "Plesk", "the Plesk panel"),
    by("CN", "Parallels Panel", "the Plesk panel"),
    by("O", "pfSense webConfigurator Self-Signed Certificate", "pfSense"),
    by("O", "OPNsense self-signed web certificate", "OPNsense"),
    by("O", "Synology Inc.", "a Synology appliance"),
    by("CN", "UniFi", "a UniFi controller"),
    by("O", "VMware Installer", "VMware ESXi"),
    by("O", "Snake Oil, Ltd", "the Apache server's examples"),
    by("CN", "Snake Oil", "the Apache server's examples"),
    by("O", "Acme Co", "Go's generate_cert and programs that copy it"),
    by("O", "Internet Widgits Pty Ltd", "openssl req, whose questions nobody answered"),
    by("O", "Default Company Ltd", "openssl req on Red Hat's systems, whose questions nobody answered"),
    by("O", "SomeOrganization", "mod_ssl's installation on Red Hat's systems"),
    by("CN", "Unknown", "Java's keytool, whose questions nobody answered"),
    by("CN", "localhost", "an installation, for this machine itself"),
    by("CN", "localhost.localdomain", "an installation, for this machine itself"),
];

/// Authorities whose certificates are for tests only: what their names contain, and what they are.
const STAGING: [(&str, &str); 3] = [
    ("(STAGING) ", "Let's Encrypt's staging environment"),
    ("Fake LE ", "Let's Encrypt's former staging environment"),
    ("Pebble Intermediate CA", "Pebble, an ACME server for tests"),
];

/// What clients accept is no placeholder, whatever it says.
pub(super) fn look<'a>(shown: &Shown<'a>, leaf: &'a Certificate, faults: &mut Vec<Fault<'a>>) {
    let Some(trust) = shown.handshake.trust.as_deref() else { return };
    if !trust.has_path() && staging(leaf).is_some() {
        faults.push(Fault::shown(&rules::CERT_STAGING_CA, shown, leaf, tell_staging));
    }
    let is_accepted = trust.has_path() && trust.name_matches;
    if !is_accepted && placeholder(leaf).is_some() {
        faults.push(Fault::shown(&rules::CERT_DEFAULT_OR_FAKE, shown, leaf, tell_placeholder));
    }
}

fn placeholder(leaf: &Certificate) -> Option<&'static Placeholder> {
    let subject = leaf.subject.as_str();
    let has = |known: &&Placeholder| {
        attributes(subject).any(|(kind, value)| kind == known.attribute && unescaped_eq(value, known.value))
    };
    PLACEHOLDERS.iter().find(has)
}

/// `CN=a,O=b\, c` as `("CN", "a")`, `("O", "b\, c")`.
fn attributes(name: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut before = '\0';
    let parts = name.split(move |c| {
        let ends = c == ',' && before != '\\';
        before = c;
        ends
    });
    parts.filter_map(|part| part.split_once('='))
}

/// Whether a value is the text, but for escapes.
fn unescaped_eq(value: &str, text: &str) -> bool {
    value.chars().filter(|c| *c != '\\').eq(text.chars())
}

fn staging(leaf: &Certificate) -> Option<&'static str> {
    let issuer = leaf.issuer.as_str();
    STAGING.iter().find(|(mark, _)| issuer.contains(mark)).map(|(_, what)| *what)
}

fn tell_staging(group: &Group<'_, '_>) -> Finding {
    tell(group, Show::Chain, |leaf| {
        let what = staging(leaf).unwrap_or_default();
        format!("{} was issued by “{}” of {what}, which no client trusts", group.certificate(), leaf.issuer_short)
    })
}

fn tell_placeholder(group: &Group<'_, '_>) -> Finding {
    let known = group.first.about.and_then(placeholder);
    let mut finding = tell(group, Show::Names, |leaf| {
        let of = known.map(|known| known.of).unwrap_or_default();
        format!("{} is a placeholder (“{}”) of {of}", group.certificate(), leaf.display_name())
    });
    if let Some(Placeholder { attribute, value, .. }) = known {
        finding.evidence.0.push(("known by", format!("{attribute}={value}")));
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_apart_at_commas_that_are_no_part_of_it() {
        let parts: Vec<_> = attributes("C=XY,O=Snake Oil\\, Ltd,CN=a").collect();
        assert_eq!(parts, [("C", "XY"), ("O", "Snake Oil\\, Ltd"), ("CN", "a")]);
        assert!(unescaped_eq("Snake Oil\\, Ltd", "Snake Oil, Ltd") && !unescaped_eq("Snake Oil", "Snake Oil, Ltd"));
    }
}

//! Families of codes: the part before the dot.

use super::rule::Rule;

/// What a family is about.
const TITLES: &[(&str, &str)] = &[
    ("local", "our own side"),
    ("proxy", "the proxy on the way"),
    ("dns", "names"),
    ("deploy", "roll-outs of renewed certificates"),
    ("change", "what changed lately"),
    ("fleet", "several addresses together"),
    ("tcp", "connections"),
    ("quic", "connections over QUIC"),
    ("starttls", "the conversation that leads to TLS"),
    ("tls", "answers that are not TLS, or stop"),
    ("mtls", "client certificates"),
    ("expect", "what its owner expects of a target"),
    ("slo", "service level objectives"),
    ("hs", "handshakes"),
    ("http", "what lies behind TLS"),
    ("server", "the server itself"),
    ("cfg", "what is negotiated"),
    ("cert", "certificates"),
    ("chain", "chains"),
    ("revocation", "revocation"),
    ("file", "files on disk"),
    ("k8s", "manifests of a cluster"),
];

/// Codes of one family, in their order.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// `chain`.
    pub name: &'static str,
    /// In a few words.
    pub title: &'static str,
    /// Its codes.
    pub rules: &'static [Rule],
}

/// The catalogue by family.
pub fn families() -> impl Iterator<Item = Family> {
    super::RULES.chunk_by(|one, other| one.code.family() == other.code.family()).filter_map(|rules| {
        let name = rules.first()?.code.family();
        let title = TITLES.iter().find(|(known, _)| *known == name).map_or(name, |(_, title)| title);
        Some(Family { name, title, rules })
    })
}

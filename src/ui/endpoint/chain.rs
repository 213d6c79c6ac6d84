//! Chain: the certificates as served, how they hang together, and the verified path per trust store.

use std::sync::Arc;

use super::line::{Line, fact, paragraph};
use super::read::{digest, tell};
use crate::diagnosis::{Digest, Topic};
use crate::model::{
    Certificate, FetchKind, Handshake, Observation, PathResult, ServedAnswer, ServedTo, Status, TrustReport,
};
use crate::store::AddressRow;
use crate::ui::ink::Ink;
use crate::ui::model::UiModel;
use crate::ui::words::{age, time_left};

/// The chain that an address last served.
#[must_use]
pub(crate) fn lines(model: &UiModel, ink: Ink<'_>, row: Option<&AddressRow>, width: u16) -> Vec<Line> {
    let mut lines = Vec::new();
    let seen: Option<&Arc<Observation>> = row.and_then(|row| row.last_seen.as_ref());
    let Some((seen, handshake)) = seen.and_then(|seen| Some((seen, seen.handshake.as_ref()?))) else {
        return vec![vec![(" no certificate was seen on this address yet".to_owned(), ink.muted())]];
    };
    let text =
        format!(" As served by {}, {} ago", seen.key.address, age(model.now, seen.at)).replace("now ago", "just now");
    lines.push(vec![(text, ink.strong())]);
    let accepted = handshake.trust.as_ref().is_some_and(|trust| trust.has_path());
    for at in 0..handshake.chain.len() {
        served(model, ink, (&handshake.chain, at), accepted, width, &mut lines);
    }
    for (at, reason) in &handshake.malformed {
        let text = format!("certificate {at} cannot be read: {reason}");
        paragraph(&format!(" {} ", ink.mark(Status::Critical)), &text, ink.status(Status::Critical), width, &mut lines);
    }
    lines.push(Vec::new());
    lines.push(vec![(" As verified".to_owned(), ink.strong())]);
    match &handshake.trust {
        Some(trust) => verified(model, ink, handshake, trust, width, &mut lines),
        None => lines.push(vec![("   not verified".to_owned(), ink.muted())]),
    }
    if let Some(digest) = row.and_then(|row| digest(model, row)) {
        surveyed(model, ink, &digest, width, &mut lines);
    }
    lines
}

/// What the survey adds: who else would know the issuer, which clients find a path, and what others are served.
fn surveyed(model: &UiModel, ink: Ink<'_>, digest: &Digest<'_>, width: u16, lines: &mut Vec<Line>) {
    let when = format!(", surveyed {} ago", age(model.now, digest.survey.at)).replace("now ago", "just now");
    let facts = digest.facts();
    let trust = facts.iter().filter(|fact| fact.topic == Topic::Trust);
    let found: Vec<_> = digest.fetched(FetchKind::Aia).into_iter().chain(trust.cloned()).collect();
    if !found.is_empty() {
        lines.extend([Vec::new(), vec![(format!(" Paths and revocation{when}"), ink.strong())]]);
        tell(ink, &found, width, lines);
    }
    for (to, answer) in others(digest) {
        lines.extend([Vec::new(), vec![(format!(" As served {to}{when}"), ink.strong())]]);
        match answer {
            ServedAnswer::Chain(chain) => {
                for at in 0..chain.len() {
                    served(model, ink, (chain, at), false, width, lines);
                }
            }
            ServedAnswer::Refused(how) => paragraph("   ", &format!("refused: {how}"), ink.text(), width, lines),
            // Not asked to the end: nothing to show.
            ServedAnswer::Unknown(_) => {}
        }
    }
}

/// Clients that are served something else than the usual leaf, together where they are served the same.
fn others<'a>(digest: &Digest<'a>) -> Vec<(String, &'a ServedAnswer)> {
    let usual = digest.chain.first().map(|leaf| leaf.fingerprint);
    let mut others: Vec<(String, &ServedAnswer)> = Vec::new();
    for served in &digest.survey.served {
        let to = match served.to {
            ServedTo::NoName => "without SNI",
            ServedTo::UnknownName => "with an unknown name",
            ServedTo::EcdsaOnly => "to clients of ECDSA only",
            ServedTo::RsaOnly => "to clients of RSA only",
        };
        match &served.answer {
            ServedAnswer::Chain(chain) if chain.first().map(|leaf| leaf.fingerprint) == usual => continue,
            // A server with one key refuses those who accept another, as it must.
            ServedAnswer::Refused(_) if matches!(served.to, ServedTo::EcdsaOnly | ServedTo::RsaOnly) => continue,
            ServedAnswer::Unknown(_) => continue,
            ServedAnswer::Chain(_) | ServedAnswer::Refused(_) => {}
        }
        match others.iter_mut().find(|(_, answer)| **answer == served.answer) {
            Some((names, _)) => {
                names.push_str(" and ");
                names.push_str(to);
            }
            None => others.push((to.to_owned(), &served.answer)),
        }
    }
    others
}

fn served(
    model: &UiModel,
    ink: Ink<'_>,
    (chain, at): (&[Arc<Certificate>], usize),
    accepted: bool,
    width: u16,
    lines: &mut Vec<Line>,
) {
    let Some(certificate) = chain.get(at) else { return };
    let glyphs = ink.glyphs();
    let branch = if at == 0 { String::new() } else { format!("{}{} ", "  ".repeat(at - 1), glyphs.branch_last) };
    let freshness = model.freshness(certificate);
    let (glyph, _) = ink.freshness(freshness);
    lines.push(vec![
        (format!(" {at} {branch}"), ink.muted()),
        (certificate.subject.to_string(), ink.strong()),
        (if certificate.is_ca == Some(true) { "  CA".to_owned() } else { String::new() }, ink.muted()),
    ]);
    let plain = (ink.muted(), ink.text());
    fact("issuer", certificate.issuer.as_str(), plain, width, lines);
    let validity = format!(
        "{} to {}, {glyph} {}: {}",
        certificate.not_before.date(),
        certificate.not_after.date(),
        freshness.word(),
        time_left(model.now, certificate.not_after)
    );
    fact("valid", &validity, (ink.muted(), ink.freshness_text(freshness)), width, lines);
    let weak = if certificate.signature.weak { " (weak)" } else { "" };
    fact("key", &format!("{}, signed with {}{weak}", certificate.key, certificate.signature.name), plain, width, lines);
    fact("serial", &certificate.serial, plain, width, lines);
    fact("sha256", &certificate.fingerprint.to_string(), plain, width, lines);
    if at == 0 {
        let names: Vec<&str> = certificate.sans.iter().take(40).map(|name| name.text().as_str()).collect();
        let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        fact("names", &names, plain, width, lines);
    }
    link(ink, (chain, certificate, at), accepted, width, lines);
}

/// How a certificate hangs together with the one that follows.
fn link(
    ink: Ink<'_>,
    (chain, certificate, at): (&[Arc<Certificate>], &Certificate, usize),
    accepted: bool,
    width: u16,
    lines: &mut Vec<Line>,
) {
    // Its issuer is usually a root, which is rightly not sent; verification tells if one is missing.
    let Some(next) = chain.get(at + 1).filter(|_| !certificate.self_signed) else {
        if certificate.self_signed {
            let text = format!("{} signed by itself", ink.mark(Status::Unknown));
            fact("link", &text, (ink.muted(), ink.status(Status::Unknown)), width, lines);
        }
        return;
    };
    let (status, text) = if certificate.is_named_issuer(next) {
        (Status::Ok, "issued by the next certificate")
    } else if !accepted {
        (Status::Critical, "not issued by the certificate that follows")
    } else if chain.iter().any(|other| certificate.is_named_issuer(other)) {
        (Status::Warning, "issued by another certificate of the chain than the next")
    } else {
        // What follows the last certificate of an accepted path is superfluous and harms nobody.
        let text = "not issued by the certificate that follows, which no path needs";
        return fact("link", text, (ink.muted(), ink.muted()), width, lines);
    };
    fact("link", &format!("{} {text}", ink.mark(status)), (ink.muted(), ink.status(status)), width, lines);
}

fn verified(
    model: &UiModel,
    ink: Ink<'_>,
    handshake: &Handshake,
    trust: &TrustReport,
    width: u16,
    lines: &mut Vec<Line>,
) {
    for verdict in &trust.stores {
        let (status, text) = match &verdict.result {
            PathResult::Trusted { path, anchor } => {
                let names: Vec<String> = path
                    .iter()
                    .map(|fingerprint| {
                        let sent = handshake.chain.iter().find(|other| other.fingerprint == *fingerprint);
                        let known =
                            sent.or_else(|| model.snapshot().certificate(fingerprint).map(|row| &row.certificate));
                        known.map_or_else(|| fingerprint.short(), |certificate| certificate.display_name().to_string())
                    })
                    .collect();
                let arrow = format!(" {} ", ink.glyphs().arrow);
                (Status::Ok, format!("{}{arrow}{anchor}", names.join(&arrow)))
            }
            PathResult::Refused { reason, detail, valid_at_another_time, completed_by } => {
                let words = reason.words();
                let mut text = if detail.as_str() == words { words.to_owned() } else { format!("{words} ({detail})") };
                if *valid_at_another_time {
                    text.push_str("; only time stands in the way");
                }
                if let Some(missing) = completed_by {
                    let name = model.snapshot().certificate(missing).map(|row| row.certificate.subject.to_string());
                    text.push_str("; complete with ");
                    text.push_str(&name.unwrap_or_else(|| missing.short()));
                }
                (Status::Critical, text)
            }
        };
        let text = format!("{} {text}", ink.mark(status));
        fact(&verdict.store, &text, (ink.muted(), ink.status(status)), width, lines);
    }
    let checks = [
        ("name", trust.name_matches, "the certificate covers the name", "the certificate does not cover the name"),
        (
            "possession",
            trust.signature_valid,
            "the server proved that it holds the key",
            "the server did not prove that it holds the key",
        ),
    ];
    for (name, holds, yes, no) in checks {
        let status = if holds { Status::Ok } else { Status::Critical };
        let text = format!("{} {}", ink.mark(status), if holds { yes } else { no });
        fact(name, &text, (ink.muted(), ink.status(status)), width, lines);
    }
}

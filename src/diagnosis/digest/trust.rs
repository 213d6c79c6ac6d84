//! Which clients find a path, what is missing on it, and whether certificates were withdrawn.

use super::Digest;
use super::fact::{Fact, Mark, Piece, Topic, Weight, alike, and};
use crate::diagnosis::words::coarse;
use crate::model::{
    Fingerprint, PathReport, Revocation, RevocationSource, RevocationState, RevocationWord, Time, TrustPath,
    human_duration,
};

pub(super) fn facts(digest: &Digest<'_>) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(report) = &digest.survey.paths {
        facts.extend(clients(report));
        facts.extend(missing(report));
        facts.extend(paths(digest, report));
    }
    facts.extend(digest.survey.revocation.iter().map(|revocation| self::revocation(digest, revocation)));
    facts
}

fn clients(report: &PathReport) -> Option<Fact> {
    let named = |accepts| {
        let of = report.clients.iter().filter(move |class| class.accepts == accepts);
        of.map(|class| (class.client.name().to_owned(), &class.why))
    };
    let accepting: Vec<String> = named(true).map(|(name, _)| name).collect();
    let accepted = match &accepting[..] {
        [] => None,
        [one] => Some(Piece::good(format!("{one} accepts"))),
        several => Some(Piece::good(format!("{} accept", and(several)))),
    };
    let refused = alike(named(false)).map(|(names, why)| {
        let verb = if names.contains(" and ") { "refuse: each" } else { "refuses:" };
        Piece::bad(format!("{names} {verb} {why}"))
    });
    let pieces: Vec<Piece> = accepted.into_iter().chain(refused).collect();
    (!pieces.is_empty()).then(|| Fact::chief(Topic::Trust, "clients", pieces))
}

fn missing(report: &PathReport) -> Option<Fact> {
    let missing = report.missing();
    let pieces: Vec<Piece> = missing.iter().map(|missing| Piece::weak(missing.display_name().to_string())).collect();
    (!pieces.is_empty()).then(|| Fact::chief(Topic::Trust, "not sent", pieces))
}

fn paths(digest: &Digest<'_>, report: &PathReport) -> Option<Fact> {
    let pieces: Vec<Piece> = report.paths.iter().map(|path| self::path(digest, path)).collect();
    (!pieces.is_empty()).then(|| Fact::detail(Topic::Trust, "paths", pieces).in_lines())
}

fn path(digest: &Digest<'_>, path: &TrustPath) -> Piece {
    let names = path.path.iter().map(|part| name(digest, *part)).chain([path.anchor.to_string()]);
    let served = if path.served { "as sent" } else { "as found" };
    let names = names.collect::<Vec<_>>().join(" → ");
    if path.valid {
        return Piece::good(format!("{} {served}: {names}", path.store));
    }
    let why = path.refusal.as_ref().map_or_else(|| "not valid now".to_owned(), ToString::to_string);
    Piece::quiet(format!("{} {served}, refused ({why}): {names}", path.store))
}

fn revocation(digest: &Digest<'_>, revocation: &Revocation) -> Fact {
    let is_leaf = digest.leaf().is_some_and(|leaf| leaf.fingerprint == revocation.certificate);
    let mut pieces: Vec<Piece> = revocation.words.iter().map(|word| revocation_word(word, digest.now)).collect();
    if pieces.is_empty() {
        pieces.push(Piece::quiet("it names neither a responder nor a list to ask"));
    }
    if !is_leaf {
        pieces.insert(0, Piece::plain(name(digest, revocation.certificate)));
    }
    // Of a certificate whose state is known, sources that could not be heard matter less.
    if matches!(revocation.state(), Some(RevocationState::Good)) {
        let unheard = |piece: &&mut Piece| piece.mark == Mark::Weak;
        pieces.iter_mut().filter(unheard).for_each(|piece| piece.mark = Mark::Quiet);
    }
    let weight = if is_leaf { Weight::Chief } else { Weight::Minor };
    Fact::new(Topic::Trust, if is_leaf { "revocation" } else { "its issuer's" }, weight, pieces)
}

/// What one source says: `OCSP good for 6d`.
#[must_use]
pub fn revocation_word(word: &RevocationWord, now: Time) -> Piece {
    let source = match &word.source {
        RevocationSource::Crl(_) => "CRL",
        RevocationSource::Ocsp(_) => "OCSP",
        RevocationSource::Staple => "staple",
    };
    match &word.state {
        RevocationState::Declined(why) => Piece::weak(format!("{source} says nothing: {why}")),
        RevocationState::Good => Piece::good(format!("{source} good{}", until(word, now))),
        RevocationState::Invalid(why) => Piece::weak(format!("{source} invalid: {why}")),
        RevocationState::Revoked { at, reason } => {
            let reason = reason.as_ref().map_or_else(String::new, |reason| format!(" ({reason})"));
            Piece::bad(format!("{source} revoked {} ago{reason}", human_duration(now.since(*at))))
        }
        RevocationState::Stale => Piece::weak(format!("{source} out of date{}", until(word, now))),
        RevocationState::Unavailable(why) => Piece::weak(format!("{source} not heard: {why}")),
        RevocationState::Unchecked(why) => Piece::quiet(format!("{source} not checked: {why}")),
        RevocationState::Unknown => Piece::weak(format!("{source} does not know it")),
    }
}

fn until(word: &RevocationWord, now: Time) -> String {
    match word.next_update {
        Some(next) if next >= now => format!(" for {}", coarse(next.since(now))),
        Some(next) => format!(" since {}", coarse(now.since(next))),
        None => String::new(),
    }
}

fn name(digest: &Digest<'_>, fingerprint: Fingerprint) -> String {
    digest.name(fingerprint).map_or_else(|| fingerprint.short(), ToString::to_string)
}

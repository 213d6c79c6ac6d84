//! Versions, suites, groups and what else hand-built hellos showed.

use super::super::strength::{
    Weakness, dh_weakness, group_weakness, scheme_weakness, suite_weakness, version_weakness,
};
use super::fact::{Fact, Mark, Piece, Topic, alike, and, told};
use crate::model::{
    Answer, DhParameters, Features, NamedGroup, Negotiation, Order, SignatureScheme, Status, Survey, TlsVersion,
    Tolerance, VersionAnswer,
};

pub(super) fn facts(survey: &Survey) -> Vec<Fact> {
    let Some(negotiation) = &survey.negotiation else { return Vec::new() };
    let Negotiation { versions, groups, legacy_groups, dh, signature_schemes, features, tolerance, tls_scts, .. } =
        negotiation;
    let mut facts = Vec::new();
    if !versions.is_empty() {
        facts.push(self::versions(negotiation));
        facts.extend(refused(negotiation));
    }
    facts.extend(suites(negotiation));
    facts.extend(orders(negotiation));
    facts.extend(self::groups(groups).map(|pieces| Fact::chief(Topic::Protocol, "groups", pieces)));
    let older = self::groups(legacy_groups);
    facts.extend(older.map(|pieces| Fact::minor(Topic::Protocol, "older groups", pieces)));
    facts.extend(dh.as_ref().map(self::dh));
    facts.extend(schemes(signature_schemes));
    facts.extend(self::features(*features));
    facts.extend(self::tolerance(tolerance));
    facts.extend(tls_scts.map(timestamps));
    facts
}

fn timestamps(count: u16) -> Fact {
    let piece = match count {
        0 => Piece::quiet("none in the TLS extension"),
        count => Piece::plain(format!("{count} in the TLS extension")),
    };
    Fact::detail(Topic::Protocol, "timestamps", vec![piece])
}

/// Accepted versions, newest first; without TLS 1.3 that is said.
fn versions(negotiation: &Negotiation) -> Fact {
    let marked = |version| match version_weakness(version) {
        Some(weakness) => judged(weakness, format!("{version} ({})", weakness.word)),
        None => Piece::plain(version.to_string()),
    };
    let mut pieces: Vec<Piece> = negotiation.accepted_versions().map(marked).collect();
    let unknown = negotiation.versions.iter().rev().filter_map(|asked| match &asked.answer {
        Answer::Unknown(why) => Some((asked.version.to_string(), why)),
        Answer::Accepted | Answer::Refused(_) => None,
    });
    pieces.extend(alike(unknown).map(|(names, why)| Piece::unknown(&names, why)));
    if pieces.is_empty() {
        pieces.push(Piece::bad("none of those asked for"));
    } else if negotiation.versions.iter().any(is_without_tls13) {
        pieces.push(Piece::quiet("no TLSv1.3"));
    }
    Fact::chief(Topic::Protocol, "versions", pieces)
}

const fn is_without_tls13(asked: &VersionAnswer) -> bool {
    asked.version.0 == TlsVersion::TLS13.0 && matches!(asked.answer, Answer::Refused(_))
}

fn refused(negotiation: &Negotiation) -> Option<Fact> {
    let refused = negotiation.versions.iter().rev().filter_map(|asked| match &asked.answer {
        Answer::Refused(how) => Some((asked.version.to_string(), how)),
        Answer::Accepted | Answer::Unknown(_) => None,
    });
    let pieces: Vec<Piece> = alike(refused).map(|(names, how)| Piece::quiet(format!("{names}: {how}"))).collect();
    (!pieces.is_empty()).then(|| Fact::detail(Topic::Protocol, "refused", pieces))
}

/// How many, and how many of which weakness.
fn suites(negotiation: &Negotiation) -> Option<Fact> {
    let all = negotiation.all_suites();
    if all.is_empty() {
        return None;
    }
    let mut weak: Vec<(Weakness, usize)> = Vec::new();
    for weakness in all.iter().filter_map(|suite| suite_weakness(*suite)) {
        match weak.iter_mut().find(|(known, _)| *known == weakness) {
            Some((_, count)) => *count += 1,
            None => weak.push((weakness, 1)),
        }
    }
    weak.sort_by_key(|(weakness, _)| std::cmp::Reverse(weakness.status));
    let incomplete = negotiation.suites.iter().any(|version| !version.complete);
    let mut pieces = vec![Piece::plain(format!("{}{}", all.len(), if incomplete { " at least" } else { "" }))];
    pieces.extend(weak.into_iter().map(|(weakness, count)| judged(weakness, format!("{count} {}", weakness.word))));
    Some(Fact::chief(Topic::Protocol, "suites", pieces))
}

/// Whose order of suites decides.
fn orders(negotiation: &Negotiation) -> Option<Fact> {
    let of = |wanted: Order, whose: &str| {
        let versions = negotiation.suites.iter().rev().filter(|version| version.order == wanted);
        let names: Vec<String> = versions.map(|version| version.version.to_string()).collect();
        (!names.is_empty()).then(|| Piece::plain(format!("{whose} in {}", and(&names))))
    };
    let pieces: Vec<Piece> =
        [of(Order::Server, "the server's"), of(Order::Client, "the client's")].into_iter().flatten().collect();
    (!pieces.is_empty()).then(|| Fact::detail(Topic::Protocol, "order", pieces))
}

fn groups(groups: &[NamedGroup]) -> Option<Vec<Piece>> {
    let piece = |group: &NamedGroup| match group_weakness(*group) {
        Some(weakness) => judged(weakness, format!("{group} ({})", weakness.word)),
        None if group.is_post_quantum() => Piece::good(group.to_string()),
        None => Piece::plain(group.to_string()),
    };
    (!groups.is_empty()).then(|| groups.iter().map(piece).collect())
}

fn dh(dh: &DhParameters) -> Fact {
    let known = dh.known_as.as_ref().map_or_else(String::new, |name| format!(" ({name})"));
    let text = format!("{} bits{known}", dh.bits);
    let piece = dh_weakness(dh.bits).map_or_else(|| Piece::plain(text.clone()), |weakness| judged(weakness, &*text));
    Fact::minor(Topic::Protocol, "DHE prime", vec![piece])
}

fn schemes(schemes: &[SignatureScheme]) -> Option<Fact> {
    let piece = |scheme: &SignatureScheme| match scheme_weakness(*scheme) {
        Some(weakness) => judged(weakness, scheme.to_string()),
        None => Piece::plain(scheme.to_string()),
    };
    (!schemes.is_empty()).then(|| Fact::minor(Topic::Protocol, "signatures", schemes.iter().map(piece).collect()))
}

fn features(features: Features) -> Option<Fact> {
    let has = |value: Option<bool>, name: &'static str, no: Mark| {
        value.map(|has| if has { Piece::plain(name) } else { Piece::new(no, format!("no {name}")) })
    };
    let compression = features
        .compression
        .map(|accepted| if accepted { Piece::bad("compression (CRIME)") } else { Piece::quiet("no compression") });
    let pieces: Vec<Piece> = [
        has(features.secure_renegotiation, "secure renegotiation", Mark::Weak),
        has(features.extended_master_secret, "extended master secret", Mark::Quiet),
        has(features.encrypt_then_mac, "encrypt-then-MAC", Mark::Quiet),
        has(features.fallback_scsv, "fallback SCSV", Mark::Quiet),
        has(features.session_ticket, "tickets below TLSv1.3", Mark::Quiet),
        has(features.status_request, "staple below TLSv1.3", Mark::Quiet),
        compression,
    ]
    .into_iter()
    .flatten()
    .collect();
    (!pieces.is_empty()).then(|| Fact::minor(Topic::Protocol, "features", pieces))
}

fn tolerance(tolerance: &Tolerance) -> Option<Fact> {
    let asked =
        [(&tolerance.grease, "GREASE"), (&tolerance.long_hello, "long hello"), (&tolerance.tls13, "offer of TLSv1.3")];
    let pieces = told(asked.into_iter().filter_map(|(answer, what)| Some(Piece::wanted(answer.as_ref()?, what))));
    (!pieces.is_empty()).then(|| Fact::minor(Topic::Protocol, "tolerance", pieces))
}

fn judged(weakness: Weakness, text: impl Into<String>) -> Piece {
    Piece::new(if weakness.status == Status::Critical { Mark::Bad } else { Mark::Weak }, text)
}

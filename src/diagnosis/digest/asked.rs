//! What is served to whom, protocols, sessions, client certificates, HTTP and QUIC.

use super::Digest;
use super::fact::{Fact, Mark, Piece, Told, Topic, Weight, told};
use crate::diagnosis::words::coarse;
use crate::model::{
    AlpnAnswer, Answer, Certificate, ClientCertificate, HttpAnswer, HttpFailure, Presented, QuicAnswer, Resumption,
    Served, ServedAnswer, ServedTo, Sessions, Time, human_duration,
};

/// Differences between clocks below this are the time an answer takes.
const SAME_CLOCK: std::time::Duration = std::time::Duration::from_secs(5);
/// Authorities spelled out.
const LISTED: usize = 8;

pub(super) fn facts(digest: &Digest<'_>) -> Vec<Fact> {
    let survey = digest.survey;
    let usual = digest.leaf().filter(|_| !survey.served.is_empty());
    let usual = usual.map(|leaf| vec![Piece::plain(certificate(leaf, digest.now))]);
    let mut facts: Vec<Fact> =
        usual.into_iter().map(|pieces| Fact::detail(Topic::Served, "with its name", pieces)).collect();
    facts.extend(survey.served.iter().map(|served| self::served(digest, served)));
    facts.extend(alpn(&survey.alpn));
    facts.extend(survey.sessions.iter().flat_map(sessions));
    facts.extend(survey.client_certificate.iter().map(client_certificate));
    facts.extend(survey.http.iter().flat_map(http));
    facts.extend(survey.quic.iter().map(|quic| self::quic(digest, quic)));
    facts
}

fn served(digest: &Digest<'_>, served: &Served) -> Fact {
    let piece = match &served.answer {
        ServedAnswer::Chain(chain) => match (chain.first(), digest.leaf()) {
            (Some(leaf), Some(usual)) if leaf.fingerprint == usual.fingerprint => Piece::plain("the same certificate"),
            (Some(leaf), _) => Piece::plain(format!("another certificate: {}", certificate(leaf, digest.now))),
            (None, _) => Piece::weak("no certificate"),
        },
        ServedAnswer::Refused(how) => Piece::plain(format!("refused: {how}")),
        ServedAnswer::Unknown(why) => Piece::quiet(format!("not known: {why}")),
    };
    let differs = piece.text != "the same certificate" && piece.mark != Mark::Quiet;
    let weight = if differs && served.to == ServedTo::NoName { Weight::Chief } else { Weight::Detail };
    Fact::new(Topic::Served, served.to.words(), weight, vec![piece])
}

/// What tells certificates apart: `shop.example (ECDSA P-256, ends in 40d)`.
fn certificate(leaf: &Certificate, now: Time) -> String {
    let end = if leaf.not_after < now {
        format!("ended {} ago", coarse(now.since(leaf.not_after)))
    } else {
        format!("ends in {}", coarse(leaf.not_after.since(now)))
    };
    format!("{} ({}, {end})", leaf.display_name(), leaf.key)
}

fn alpn(answers: &[AlpnAnswer]) -> Option<Fact> {
    fn piece(answer: &AlpnAnswer) -> Told<'_> {
        let offered = answer.offered.as_deref().unwrap_or("none");
        Ok(match (&answer.answer, &answer.selected) {
            (Answer::Accepted, Some(selected)) if selected.as_str() == offered => Piece::plain(offered),
            (Answer::Accepted, Some(selected)) => Piece::weak(format!("{offered}: {selected} selected")),
            (Answer::Accepted, None) if answer.offered.is_none() => Piece::quiet("none offered: goes on"),
            (Answer::Accepted, None) => Piece::quiet(format!("{offered}: ignored")),
            (Answer::Refused(how), _) if answer.offered.is_none() => {
                Piece::weak(format!("none offered: refused, {how}"))
            }
            (Answer::Refused(how), _) => Piece::quiet(format!("{offered}: refused, {how}")),
            (Answer::Unknown(why), _) => {
                return Err((answer.offered.as_deref().unwrap_or("none offered").to_owned(), why));
            }
        })
    }
    let pieces = told(answers.iter().map(piece));
    (!pieces.is_empty()).then(|| Fact::minor(Topic::Served, "ALPN", pieces))
}

fn sessions(sessions: &Sessions) -> Vec<Fact> {
    fn way<'a>((name, way): (&str, &'a Resumption)) -> Told<'a> {
        let name = match name {
            "ticket" => "ticket",
            "legacy_ticket" => "TLSv1.2 ticket",
            _ => "session id",
        };
        resumed(name, way)
    }
    let ways = told(sessions.ways().map(way));
    let elsewhere = told(sessions.elsewhere.iter().map(|(address, way)| resumed(&format!("at {address}"), way)));
    let early = match sessions.early_data {
        Some(bytes) => Piece::weak(format!("{bytes} bytes are taken and could be replayed")),
        None => Piece::quiet("not taken"),
    };
    let mut facts = vec![Fact::chief(Topic::Sessions, "resumption", ways)];
    if !elsewhere.is_empty() {
        facts.push(Fact::minor(Topic::Sessions, "elsewhere", elsewhere));
    }
    facts.push(Fact::minor(Topic::Sessions, "early data", vec![early]));
    facts.retain(|fact| !fact.pieces.is_empty());
    facts
}

fn resumed<'a>(name: &str, way: &'a Resumption) -> Told<'a> {
    Ok(match way {
        Resumption::Broken(how) => Piece::bad(format!("{name} breaks handshakes: {how}")),
        Resumption::NotOffered => Piece::quiet(format!("no {name}")),
        Resumption::Refused => Piece::quiet(format!("{name} not taken up")),
        Resumption::Unknown(why) => return Err((name.to_owned(), why)),
        Resumption::Works => Piece::good(format!("{name} works")),
    })
}

fn client_certificate(asked: &ClientCertificate) -> Fact {
    let demand = match (asked.requested, asked.required) {
        (false, _) => Piece::quiet("not asked for"),
        (true, Some(true)) => Piece::plain("required"),
        (true, Some(false)) => Piece::plain("asked for but not required"),
        (true, None) => Piece::plain("asked for"),
    };
    let mut pieces = vec![demand];
    if asked.requested {
        let names = asked.authorities.iter().take(LISTED).map(ToString::to_string);
        let names = names.collect::<Vec<_>>().join("; ");
        let more = asked.authorities.len().saturating_sub(LISTED);
        let more = if more > 0 { format!("; +{more} more") } else { String::new() };
        let from = if names.is_empty() { "any authority".to_owned() } else { format!("{names}{more}") };
        pieces.push(Piece::plain(format!("from {from}")));
    }
    pieces.extend(asked.presented.as_ref().map(|presented| match presented {
        Presented::Accepted => Piece::good("ours accepted"),
        Presented::NotAsked => Piece::weak("ours was not asked for"),
        Presented::Refused { detail, .. } => Piece::bad(format!("ours refused: {detail}")),
        Presented::Unknown(why) => Piece::unknown("fate of ours", why),
    }));
    let weight = if asked.requested { Weight::Chief } else { Weight::Minor };
    Fact::new(Topic::Clients, "client cert", weight, pieces)
}

fn http(http: &HttpAnswer) -> Vec<Fact> {
    let first = match (http.status, &http.failure) {
        (Some(status @ 500..), _) => Piece::weak(format!("status {status}")),
        (Some(status), _) => Piece::plain(format!("status {status}")),
        (None, Some(HttpFailure { words, .. })) => Piece::weak(format!("no response: {words}")),
        (None, None) => Piece::weak("no response"),
    };
    let mut chief = vec![first];
    if http.status.is_some() {
        chief.push(match http.hsts {
            Some(hsts) if hsts.max_age > 0 => {
                let span = human_duration(std::time::Duration::from_secs(hsts.max_age));
                let below = if hsts.include_subdomains { " with subdomains" } else { "" };
                let preload = if hsts.preload { " and preload" } else { "" };
                Piece::good(format!("HSTS {span}{below}{preload}"))
            }
            Some(_) => Piece::weak("HSTS turned off (max-age=0)"),
            None => Piece::quiet("no HSTS"),
        });
    }
    let mut facts = vec![Fact::chief(Topic::Http, "http", chief)];
    let alternatives: Vec<Piece> = http
        .alt_svc
        .iter()
        .map(|service| Piece::plain(format!("{} at {}", service.protocol, service.authority)))
        .collect();
    if !alternatives.is_empty() {
        facts.push(Fact::detail(Topic::Http, "Alt-Svc", alternatives));
    }
    facts.extend(clock(http));
    let said = [
        http.server.as_ref().map(|server| Piece::plain(format!("server {server}"))),
        http.location.as_ref().map(|location| Piece::plain(format!("leads to {location}"))),
        http.first_byte.map(|took| Piece::plain(format!("first byte after {}", human_duration(took)))),
    ];
    let said: Vec<Piece> = said.into_iter().flatten().collect();
    if !said.is_empty() {
        facts.push(Fact::detail(Topic::Http, "response", said));
    }
    facts
}

/// The server's clock beside ours; which of the two is wrong is not for one survey to tell.
fn clock(http: &HttpAnswer) -> Option<Fact> {
    let date = http.date?;
    let (apart, side) = if date > http.received_at {
        (date.since(http.received_at), "ahead of")
    } else {
        (http.received_at.since(date), "behind")
    };
    let piece = if apart < SAME_CLOCK {
        Piece::plain("agrees with ours")
    } else {
        Piece::plain(format!("{} {side} ours", human_duration(apart)))
    };
    Some(Fact::detail(Topic::Http, "its clock", vec![piece]))
}

fn quic(digest: &Digest<'_>, quic: &QuicAnswer) -> Fact {
    let advertised = if quic.advertised { "advertised" } else { "not advertised" };
    let Some(failure) = &quic.failure else {
        let alpn = quic.alpn.as_ref().map_or_else(|| "no protocol".to_owned(), ToString::to_string);
        let mut pieces = vec![Piece::good(format!("{alpn} on UDP {} in {}", quic.port, human_duration(quic.took)))];
        pieces.extend(match (quic.chain.first(), digest.leaf()) {
            (Some(leaf), Some(usual)) if leaf.fingerprint == usual.fingerprint => {
                Some(Piece::plain("the same certificate"))
            }
            (Some(leaf), _) => Some(Piece::weak(format!("another certificate: {}", leaf.display_name()))),
            (None, _) => None,
        });
        pieces.push(Piece::quiet(advertised));
        return Fact::chief(Topic::Http, "quic", pieces);
    };
    let mark = if quic.advertised { Mark::Bad } else { Mark::Quiet };
    let pieces = vec![Piece::new(mark, format!("UDP {}: {failure}", quic.port)), Piece::quiet(advertised)];
    Fact::minor(Topic::Http, "quic", pieces)
}

//! Handshake: the phases of the last probe in time, and everything that was exchanged.

use std::time::Duration;

use super::line::{LABEL, Line, fact};
use super::read::{digest, tell};
use crate::diagnosis::{Topic, describe_failure};
use crate::model::{
    ClientAuth, Failure, FailureKind, Handshake, HandshakeKind, Host, Observation, Outcome, Passage, Peer, Phase,
    Status, Target, Untrusted, Upgrade,
};
use crate::store::AddressRow;
use crate::ui::ink::Ink;
use crate::ui::model::UiModel;
use crate::ui::widgets::Phases;
use crate::ui::words::{age, took};

/// The last probe of an address.
#[must_use]
pub(crate) fn lines(model: &UiModel, ink: Ink<'_>, row: Option<&AddressRow>, width: u16) -> Vec<Line> {
    let Some((row, last)) = row.and_then(|row| Some((row, row.last.as_ref()?))) else {
        return vec![vec![(" this address was not probed yet".to_owned(), ink.muted())]];
    };
    let when = format!("{} ({} ago)", last.at.rfc3339_millis(), age(model.now, last.at)).replace("now ago", "just now");
    let mut lines = vec![vec![(format!(" Probe of {} at {when}", last.key.address), ink.strong())], Vec::new()];
    waterfall(ink, &row.target, last, width, &mut lines);
    lines.push(Vec::new());
    match &last.outcome {
        Outcome::Failed(failure) => failed(ink, failure, width, &mut lines),
        Outcome::Skipped { reason } => fact("skipped", reason.as_str(), (ink.muted(), ink.text()), width, &mut lines),
        Outcome::Handshake => {}
    }
    if let Some(passage) = &last.proxy {
        relayed(ink, passage, width, &mut lines);
    }
    if let Some(upgrade) = &last.upgrade {
        conversation(ink, upgrade, width, &mut lines);
    }
    if let Some(handshake) = &last.handshake {
        facts(ink, handshake, width, &mut lines);
    }
    attempts(model, ink, row, width, &mut lines);
    lines
}

/// What the survey of a failure tried instead, one thing changed each time.
fn attempts(model: &UiModel, ink: Ink<'_>, row: &AddressRow, width: u16, lines: &mut Vec<Line>) {
    let Some(digest) = digest(model, row).filter(|digest| digest.survey.differential.is_some()) else { return };
    let when = format!(" Attempts with one thing changed, {} ago", age(model.now, digest.survey.at));
    lines.extend([Vec::new(), vec![(when.replace("now ago", "just now"), ink.strong())]]);
    tell(ink, digest.facts().iter().filter(|fact| fact.topic == Topic::Failure), width, lines);
}

/// One bar a phase, each beginning where the one before ended.
fn waterfall(ink: Ink<'_>, target: &Target, last: &Observation, width: u16, lines: &mut Vec<Line>) {
    let timings = &last.timings;
    let parts = [("DNS", timings.dns), ("TCP", timings.tcp), ("upgrade", timings.starttls), ("TLS", timings.tls)];
    let sum: Duration = parts.iter().filter_map(|(_, part)| *part).sum();
    let whole = sum.max(timings.waited()).max(Duration::from_micros(1));
    let room = f64::from(width.saturating_sub(LABEL + 12).clamp(10, 100));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a screen width")]
    let columns = |duration: Duration| (duration.as_secs_f64() / whole.as_secs_f64() * room).round() as usize;
    let mut start = Duration::ZERO;
    for (at, (name, part)) in parts.into_iter().enumerate() {
        let Some(part) = part else {
            if name == "DNS" {
                lines.push(vec![
                    ("   DNS            ".to_owned(), ink.muted()),
                    (without_lookup(target).to_owned(), ink.muted()),
                ]);
            }
            continue;
        };
        let role = Phases::ROLES.get(at).copied().unwrap_or(crate::theme::Role::Phase);
        let symbol = ink.glyphs().phases.get(at).copied().unwrap_or("-");
        let (from, until) = (columns(start), columns(start + part));
        lines.push(vec![
            (format!("   {name:<14} {}", " ".repeat(from)), ink.muted()),
            (symbol.repeat((until - from).max(1)), ink.of(role)),
            (format!(" {}", took(part)), ink.text()),
        ]);
        start += part;
    }
    lines.push(vec![("   total          ".to_owned(), ink.muted()), (took(timings.waited()), ink.strong())]);
}

/// Why a probe began without asking for the name.
fn without_lookup(target: &Target) -> &'static str {
    match target.destination().0 {
        Host::Name(_) if target.pinned.is_empty() => "known already",
        Host::Name(_) | Host::Ip(_) => "not needed",
    }
}

fn failed(ink: Ink<'_>, failure: &Failure, width: u16, lines: &mut Vec<Line>) {
    let phase = match failure.phase {
        Phase::Dns => "while resolving the name",
        Phase::Proxy => "on the way through the proxy",
        Phase::Quic => "before TLS was heard over QUIC",
        Phase::Tcp => "while connecting",
        Phase::Starttls => "while upgrading",
        Phase::Tls => "during the handshake",
        Phase::Read => "after the handshake",
    };
    let what = match &failure.kind {
        _ if failure.phase == Phase::Proxy => describe_failure(failure).1,
        FailureKind::Alert(alert) => format!("alert {alert}, sent by {}", peer(alert.from)),
        FailureKind::Closed => "the server closed the connection".to_owned(),
        FailureKind::ImplicitTls => "the server speaks TLS from the first byte".to_owned(),
        FailureKind::Incompatible => "the server chose what was not offered".to_owned(),
        FailureKind::Local => "a fault of this machine".to_owned(),
        FailureKind::Misbehaved => "the server broke the protocol".to_owned(),
        FailureKind::NotOffered => "no TLS offered".to_owned(),
        FailureKind::NotTls { first } => format!("the answer is not TLS: {first}"),
        FailureKind::Plaintext { protocol, first } => format!("the answer is {}: {first}", protocol.name()),
        FailureKind::Refused => "connection refused".to_owned(),
        FailureKind::Rejected { reply } | FailureKind::Unauthorized { reply } => format!("refused: {reply}"),
        FailureKind::Reset => "connection reset by the server".to_owned(),
        FailureKind::TimedOut => "time ran out".to_owned(),
        FailureKind::Unreachable => "no route to the address".to_owned(),
    };
    let style = ink.status(Status::Critical);
    let text = format!("{} {what}, {phase}", ink.mark(Status::Critical));
    fact("failed", &text, (ink.muted(), style), width, lines);
    fact("in detail", failure.detail.as_str(), (ink.muted(), ink.text()), width, lines);
    bytes(ink, failure.received, failure.sent, width, lines);
}

/// The way through a proxy.
fn relayed(ink: Ink<'_>, passage: &Passage, width: u16, lines: &mut Vec<Line>) {
    let answer = passage.answer.as_ref().map_or_else(|| "no answer".to_owned(), ToString::to_string);
    let way = format!("{}, {} of the TCP phase", passage.proxy, took(passage.took));
    for (name, value) in [("proxy", way), ("its answer", answer)] {
        fact(name, &value, (ink.muted(), ink.text()), width, lines);
    }
}

/// What was said before TLS.
fn conversation(ink: Ink<'_>, upgrade: &Upgrade, width: u16, lines: &mut Vec<Line>) {
    let words = |text: &Option<Untrusted>| text.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string);
    let offers: Vec<&str> = upgrade.capabilities.iter().map(Untrusted::as_str).collect();
    let agreed = if upgrade.accepted { "agreed to TLS" } else { "did not agree to TLS" };
    let mut all = vec![
        ("upgrade", format!("{}, {agreed}", upgrade.protocol.title())),
        ("greeting", words(&upgrade.banner)),
        ("offers", offers.join("; ")),
        ("reply", words(&upgrade.reply)),
    ];
    all.extend(upgrade.injected.iter().map(|text| ("behind the reply", text.to_string())));
    for (name, value) in all.into_iter().filter(|(_, value)| !value.is_empty()) {
        fact(name, &value, (ink.muted(), ink.text()), width, lines);
    }
}

fn facts(ink: Ink<'_>, handshake: &Handshake, width: u16, lines: &mut Vec<Line>) {
    let kind = handshake.kind.map(|kind| match kind {
        HandshakeKind::Full => "full",
        HandshakeKind::FullWithRetry => "full, after a HelloRetryRequest",
        HandshakeKind::Resumed => "resumed",
    });
    let authorities = match &handshake.client_auth {
        ClientAuth::None => "not asked for".to_owned(),
        ClientAuth::Requested { authorities, .. } if authorities.is_empty() => {
            "asked for, from any authority".to_owned()
        }
        ClientAuth::Requested { authorities, .. } => {
            let names: Vec<&str> = authorities.iter().take(20).map(Untrusted::as_str).collect();
            format!("asked for, from {}", names.join("; "))
        }
    };
    let alerts: Vec<String> =
        handshake.alerts.iter().map(|alert| format!("{alert} from {}", peer(alert.from))).collect();
    let staple = handshake.staple.as_ref().map(|staple| format!("stapled, {} bytes", staple.len()));
    let leaf = handshake.chain.first();
    let shown = |value: Option<String>| value.unwrap_or_else(|| "not seen".to_owned());
    let all = [
        ("version", shown(handshake.version.map(|value| value.to_string()))),
        ("cipher", shown(handshake.cipher.map(|value| value.to_string()))),
        ("group", shown(handshake.group.map(|value| value.to_string()))),
        ("signature", shown(handshake.signature.map(|value| value.to_string()))),
        ("alpn", handshake.alpn.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string)),
        ("kind", shown(kind.map(str::to_owned))),
        ("tickets", handshake.tickets.to_string()),
        ("client cert", authorities),
        ("ocsp", staple.unwrap_or_else(|| "not stapled".to_owned())),
        ("scts", leaf.map_or_else(|| "not seen".to_owned(), |leaf| format!("{} embedded", leaf.embedded_scts))),
        ("alerts", if alerts.is_empty() { "none".to_owned() } else { alerts.join(", ") }),
        ("closed by", handshake.closed_by.map_or("nobody yet", peer).to_owned()),
    ];
    for (name, value) in all {
        fact(name, &value, (ink.muted(), ink.text()), width, lines);
    }
    bytes(ink, handshake.received, handshake.sent, width, lines);
}

fn bytes(ink: Ink<'_>, received: u64, sent: u64, width: u16, lines: &mut Vec<Line>) {
    fact("bytes", &format!("{received} received, {sent} sent"), (ink.muted(), ink.text()), width, lines);
}

const fn peer(peer: Peer) -> &'static str {
    match peer {
        Peer::Server => "the server",
        Peer::Us => "us",
    }
}

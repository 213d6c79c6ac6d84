//! Turns of phrase that every family's sentences share.

use std::net::SocketAddr;
use std::time::Duration;

use super::evidence::Case;
use crate::model::{Certificate, Untrusted, human_duration};

/// Most addresses and names spelled out in one value.
const LISTED: usize = 8;

/// The target's name as it may be shown.
pub(super) fn target(case: &Case<'_>) -> String {
    Untrusted::new(&case.target.name).to_string()
}

/// `shop.example:443`, `all 4 addresses of …`, `2 of 4 addresses of …`.
pub(super) fn who(case: &Case<'_>, count: usize) -> String {
    let all = case.addresses.len();
    match count {
        _ if all <= 1 => target(case),
        2 if all == 2 => format!("both addresses of {}", target(case)),
        _ if count == all => format!("all {all} addresses of {}", target(case)),
        _ => format!("{count} of {all} addresses of {}", target(case)),
    }
}

/// `certificate of shop.example:443`, `certificate on 2 of 4 addresses of …`.
pub(super) fn certificate_of(case: &Case<'_>, count: usize) -> String {
    if count >= case.addresses.len() {
        format!("certificate of {}", target(case))
    } else {
        format!("certificate on {}", who(case, count))
    }
}

/// `one` for a single address of the target, `several` for more.
pub(super) const fn verb(count: usize, one: &'static str, several: &'static str) -> &'static str {
    if count <= 1 { one } else { several }
}

/// `10.0.0.1:443, 10.0.0.2:443, +3 more`.
pub(super) fn addresses(addresses: &[SocketAddr]) -> String {
    list(addresses.iter().map(ToString::to_string), addresses.len())
}

/// The first of `total` items with commas, and how many more there are.
pub(super) fn list(items: impl Iterator<Item = String>, total: usize) -> String {
    let text = items.take(LISTED).collect::<Vec<_>>().join(", ");
    if total > LISTED { format!("{text}, +{} more", total - LISTED) } else { text }
}

/// A duration in its largest unit only: `29d`, `3h`.
pub(super) fn coarse(duration: Duration) -> String {
    let text = human_duration(duration);
    match text.split_once(' ') {
        Some((major, _)) if !text.ends_with(" ms") => major.to_owned(),
        _ => text,
    }
}

/// A lifetime: `90 days`, `160 hours`.
pub(super) fn lifetime(duration: Duration) -> String {
    let hours = duration.as_secs() / 3600;
    if hours >= 240 { format!("{} days", duration.as_secs().div_ceil(86_400)) } else { format!("{hours} hours") }
}

/// The end of a serial number: enough to tell two apart at sight.
pub(super) fn serial(certificate: &Certificate) -> String {
    end_of(&certificate.serial)
}

/// The same of a number that stands by itself.
pub(super) fn end_of(serial: &str) -> String {
    match serial.char_indices().rev().nth(3) {
        Some((at, _)) if at > 0 => format!("…{}", &serial[at..]),
        _ => serial.to_owned(),
    }
}

/// The facts that identify a certificate, under the name of its part in the story.
pub(super) fn identity(part: &'static str, certificate: &Certificate) -> Vec<(&'static str, String)> {
    vec![
        (part, certificate.display_name().to_string()),
        ("serial", certificate.serial.clone()),
        ("sha256", certificate.fingerprint.to_string()),
        ("issued by", certificate.issuer_short.to_string()),
        ("not before", certificate.not_before.rfc3339()),
        ("not after", certificate.not_after.rfc3339()),
    ]
}

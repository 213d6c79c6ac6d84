//! Numbers, durations and states in words.

use std::time::Duration;

use crate::model::{Severity, Status, Time, human_duration};
use crate::store::WindowCounts;

/// A count with thousands apart: `1 038`.
#[must_use]
pub(crate) fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// `1 target`, `412 targets`.
#[must_use]
pub(crate) fn counted(number: usize, one: &str) -> String {
    match one.strip_suffix("ss") {
        _ if number == 1 => format!("1 {one}"),
        Some(_) => format!("{} {one}es", count(number)),
        None => format!("{} {one}s", count(number)),
    }
}

/// A short measured time: `0.4ms`, `41ms`, `1.25s`.
#[must_use]
pub(crate) fn took(duration: Duration) -> String {
    let micros = duration.as_micros();
    match micros {
        0..1_000 => format!("0.{}ms", micros / 100),
        1_000..10_000 => format!("{}.{}ms", micros / 1_000, micros / 100 % 10),
        10_000..1_000_000 => format!("{}ms", micros / 1_000),
        1_000_000..10_000_000 => format!("{}.{:02}s", micros / 1_000_000, micros / 10_000 % 100),
        _ => format!("{}s", micros / 1_000_000),
    }
}

/// Time to `end`: `12d 3h`, or `−3h 12m` when it is past.
#[must_use]
pub(crate) fn time_left(now: Time, end: Time) -> String {
    if now > end { format!("−{}", human_duration(now.since(end))) } else { human_duration(end.since(now)) }
}

/// The largest unit of the time to `end` alone: `12d`, `−3h`.
#[must_use]
pub(crate) fn brief_left(now: Time, end: Time) -> String {
    let left = time_left(now, end);
    match left.split_once(' ') {
        Some((major, "ms")) => format!("{major}ms"),
        Some((major, _)) => major.to_owned(),
        None => left,
    }
}

/// How long ago, in its largest unit; `now` below a second.
#[must_use]
pub(crate) fn age(now: Time, then: Time) -> String {
    if now.millis_since(then) < 1000 { "now".to_owned() } else { brief_left(now, now + now.since(then)) }
}

/// Minutes and seconds, or hours, minutes and seconds, of a stopwatch: `00:42`.
#[must_use]
pub(crate) fn stopwatch(duration: Duration) -> String {
    let secs = duration.as_secs();
    if secs < 3600 {
        format!("{:02}:{:02}", secs / 60, secs % 60)
    } else {
        format!("{}:{:02}:{:02}", secs / 3600, secs / 60 % 60, secs % 60)
    }
}

/// When something began: the time today, else the day: `03:02`, `Tue 18:20`, `2026-11-02`.
#[must_use]
pub(crate) fn since(now: Time, then: Time) -> String {
    if now.date() == then.date() {
        then.strftime("%H:%M")
    } else if now.since(then) < Duration::from_hours(6 * 24) {
        then.strftime("%a %H:%M")
    } else {
        then.date()
    }
}

/// A share in per cent, one decimal below ten: `98.71` for an availability keeps two.
#[must_use]
pub(crate) fn availability(window: WindowCounts) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a share for people, two decimals")]
    (window.attempts > 0).then(|| window.successes as f64 * 100.0 / window.attempts as f64)
}

/// A part of a whole in whole per cent; `<1` and `>99` are kept apart from 0 and 100.
#[must_use]
pub(crate) fn per_cent(part: usize, whole: usize) -> String {
    match (part, whole) {
        (_, 0) => "–".to_owned(),
        (0, _) => "0 %".to_owned(),
        (part, whole) if part == whole => "100 %".to_owned(),
        (part, whole) => match (part * 100 + whole / 2) / whole {
            0 => "<1 %".to_owned(),
            100.. => ">99 %".to_owned(),
            share => format!("{share} %"),
        },
    }
}

/// The word of a severity.
#[must_use]
pub(crate) const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "NOTE",
        Severity::Ticket => "TICKET",
        Severity::Page => "PAGE",
    }
}

/// One word for the whole fleet.
#[must_use]
pub(crate) const fn fleet(status: Status) -> &'static str {
    match status {
        Status::Ok => "HEALTHY",
        Status::Unknown => "STARTING",
        Status::Warning => "WARNING",
        Status::Critical => "CRITICAL",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_well() {
        assert_eq!(count(1_038), "1 038");
        assert_eq!(count(100_000), "100 000");
        assert_eq!(counted(1, "address"), "1 address");
        assert_eq!(counted(2, "address"), "2 addresses");
        assert_eq!(counted(2_000, "target"), "2 000 targets");
        assert_eq!(took(Duration::from_micros(412)), "0.4ms");
        assert_eq!(took(Duration::from_micros(41_200)), "41ms");
        assert_eq!(took(Duration::from_millis(1_257)), "1.25s");
        assert_eq!(time_left(Time::from_secs(100), Time::from_secs(40)), "−1m");
        assert_eq!(brief_left(Time::from_secs(0), Time::from_secs(90_000)), "1d");
        assert_eq!(age(Time::from_millis(1_500), Time::from_millis(1_000)), "now");
        assert_eq!(age(Time::from_secs(75), Time::from_secs(0)), "1m");
        assert_eq!(stopwatch(Duration::from_secs(3_725)), "1:02:05");
        assert_eq!(per_cent(1, 1_000), "<1 %");
        assert_eq!(per_cent(999, 1_000), ">99 %");
        assert_eq!(per_cent(1, 3), "33 %");
    }
}

//! Values as people write them: durations, rates, labels, addresses.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

use crate::model::Protocol;

/// Reads `30s`, `200ms`, `1h 30m`, `7d`: whole numbers with units, largest first or not.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("'{text}' is no duration; write a number with a unit, such as 30s, 200ms, 5m, 1h30m, 7d");
    let mut rest = text.trim();
    let mut total = Duration::ZERO;
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let number: u64 = rest[..digits].parse().map_err(|_| wrong())?;
        let tail = rest[digits..].trim_start();
        let unit = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let millis: u64 = match &tail[..unit] {
            "ms" => 1,
            "s" => 1000,
            "m" | "min" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "w" => 604_800_000,
            _ => return Err(wrong()),
        };
        total += Duration::from_millis(number.checked_mul(millis).filter(|&sum| sum < 1 << 50).ok_or_else(wrong)?);
        rest = tail[unit..].trim_start();
    }
    Ok(total)
}

/// An interval that is sensible: nobody is probed in a frenzy, nothing is forgotten for ever.
pub(super) fn checked_interval(interval: Duration) -> Result<Duration, String> {
    within("an interval", interval, &(Duration::from_millis(100)..=Duration::from_hours(7 * 24)))
}

/// A timeout that is sensible.
pub(super) fn checked_timeout(timeout: Duration) -> Result<Duration, String> {
    within("a timeout", timeout, &(Duration::from_millis(10)..=Duration::from_mins(10)))
}

/// A time that a source of targets is believed, which is sensible.
pub(super) fn checked_refresh(refresh: Duration) -> Result<Duration, String> {
    within("the time between readings", refresh, &(Duration::from_secs(1)..=Duration::from_hours(7 * 24)))
}

/// A time between surveys that is sensible.
pub(super) fn checked_survey(survey: Duration) -> Result<Duration, String> {
    within("the time between surveys", survey, &(Duration::from_mins(1)..=Duration::from_hours(365 * 24)))
}

fn within(what: &str, value: Duration, range: &RangeInclusive<Duration>) -> Result<Duration, String> {
    if range.contains(&value) {
        return Ok(value);
    }
    let [from, to, value] = [*range.start(), *range.end(), value].map(ShowDuration);
    Err(format!("{what} is from {from} to {to}, not {value}"))
}

/// A duration of a configuration file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span(pub(super) Duration);

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        duration(&String::deserialize(deserializer)?).map(Self).map_err(de::Error::custom)
    }
}

/// Probes started per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate(pub f64);

/// `500/s`, `30/m`, or a bare number of probes per second.
impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, per) = text.split_once('/').unwrap_or((text, "s"));
        let seconds = match per.trim() {
            "s" => Some(1.0),
            "m" | "min" => Some(60.0),
            "h" => Some(3600.0),
            _ => None,
        };
        let number = number.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0);
        match (number, seconds) {
            (Some(number), Some(seconds)) => Ok(Self(number / seconds)),
            _ => Err(format!("'{text}' is no rate; write probes per time, such as 500/s or 30/m")),
        }
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// A label's name and value, for filters: `env=prod`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Its name.
    pub name: Arc<str>,
    /// The value asked for.
    pub value: Arc<str>,
}

impl FromStr for Label {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(['=', ':']) {
            Some((name, value)) if !name.trim().is_empty() => {
                Ok(Self { name: name.trim().into(), value: value.trim().into() })
            }
            _ => Err(format!("'{text}' is no label; write name=value, such as env=prod")),
        }
    }
}

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Reads a name server: `IP`, `IP:PORT`, `[IPv6]:PORT`; port 53 when none is given.
pub fn name_server(text: &str) -> Result<SocketAddr, String> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let with_default_port = bare.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, 53));
    with_default_port.or_else(|| text.parse().ok()).filter(|address| address.port() != 0).ok_or_else(|| {
        format!("'{text}' is no name server; write an IP address, such as 10.0.0.53 or [2001:db8::53]:5353")
    })
}

/// A name server of a configuration file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NameServer(pub(super) SocketAddr);

impl<'de> Deserialize<'de> for NameServer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        name_server(&String::deserialize(deserializer)?).map(Self).map_err(de::Error::custom)
    }
}

/// Reads what leads to TLS: a protocol that upgrades, or `none` for TLS from the first byte.
pub fn starttls(text: &str) -> Result<Protocol, String> {
    if text == "none" {
        return Ok(Protocol::Tls);
    }
    let known = Protocol::UPGRADES;
    known.into_iter().find(|protocol| protocol.name() == text).ok_or_else(|| {
        let names: Vec<_> = known.iter().map(|protocol| protocol.name()).collect();
        format!("'{text}' is no upgrade to TLS; known are none, {}", names.join(", "))
    })
}

/// The value of `starttls` in a configuration file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Starttls(pub(super) Protocol);

impl<'de> Deserialize<'de> for Starttls {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        starttls(&String::deserialize(deserializer)?).map(Self).map_err(de::Error::custom)
    }
}

/// Printed as it can be read back: `1h30m`, `200ms`.
#[derive(Clone, Copy, Debug)]
pub(super) struct ShowDuration(pub(super) Duration);

impl fmt::Display for ShowDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut millis = self.0.as_millis();
        if millis == 0 {
            return f.write_str("0s");
        }
        for (unit, length) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)] {
            if millis >= length {
                write!(f, "{}{unit}", millis / length)?;
                millis %= length;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_durations() {
        let cases =
            [("30s", 30_000), ("200ms", 200), ("1h30m", 5_400_000), (" 1h 30m ", 5_400_000), ("2w", 1_209_600_000)];
        for (text, millis) in cases {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "30", "s", "-1s", "1.5s", "30 parsecs", "99999999999999999999s", "18446744073709551615w", "é"]
        {
            assert!(duration(text).unwrap_err().contains("is no duration"), "{text}");
        }
    }

    #[test]
    fn reads_rates_and_name_servers() {
        assert_eq!("500/s".parse(), Ok(Rate(500.0)));
        assert_eq!("30/m".parse(), Ok(Rate(0.5)));
        for text in ["", "0/s", "-1", "nan", "inf/s", "5/fortnight"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
        let cases = [
            ("10.0.0.53", "10.0.0.53:53"),
            ("10.0.0.53:5353", "10.0.0.53:5353"),
            ("::1", "[::1]:53"),
            ("[::1]", "[::1]:53"),
            ("[::1]:5353", "[::1]:5353"),
        ];
        for (text, address) in cases {
            assert_eq!(name_server(text).unwrap().to_string(), address);
        }
        assert!(name_server("dns.example").is_err() && name_server("10.0.0.1:0").is_err());
    }

    proptest! {
        #[test]
        fn shown_durations_read_back(millis in 0..1_u64 << 40) {
            let value = Duration::from_millis(millis);
            prop_assert_eq!(duration(&ShowDuration(value).to_string()), Ok(value));
        }

        #[test]
        fn never_panics(text in "\\PC{0,20}") {
            let _ = (duration(&text), text.parse::<Rate>(), name_server(&text), text.parse::<Label>());
        }
    }
}

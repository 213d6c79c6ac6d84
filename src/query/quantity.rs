//! Numbers of the language: plain ones, and durations with a unit. Durations are whole microseconds.

/// Units of durations, longest first.
const UNITS: [(&str, i64); 7] =
    [("w", 7 * DAY), ("d", DAY), ("h", DAY / 24), ("m", 60_000_000), ("s", 1_000_000), ("ms", MILLISECOND), ("us", 1)];
/// Microseconds in a day.
pub(super) const DAY: i64 = 86_400_000_000;
/// Microseconds in a millisecond.
pub(super) const MILLISECOND: i64 = 1000;

/// A duration such as `7d`, `1.5h`, `-20s`; a number alone counts `unit`s.
pub(super) fn duration(text: &str, unit: i64) -> Option<i64> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let end = text.find(|c: char| c != '.' && !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, name) = text.split_at(end);
    let unit = match name {
        "" => unit,
        name => UNITS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?.1,
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let whole: i64 = whole.parse().ok()?;
    // More digits than the unit has microseconds say nothing.
    let fraction = fraction.get(..fraction.len().min(9))?;
    let parts = i128::from(fraction.parse::<u32>().ok()?) * i128::from(unit);
    let parts = i64::try_from(parts / 10_i128.pow(u32::try_from(fraction.len()).ok()?)).ok()?;
    let micros = whole.checked_mul(unit)?.checked_add(parts)?;
    Some(if negative { -micros } else { micros })
}

/// Its shortest exact notation.
pub(super) fn print_duration(micros: i64) -> String {
    if micros == 0 {
        return "0s".to_owned();
    }
    let (name, unit) = UNITS.into_iter().find(|(_, unit)| micros % unit == 0).unwrap_or(("us", 1));
    format!("{}{name}", micros / unit)
}

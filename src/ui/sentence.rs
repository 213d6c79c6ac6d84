//! A sentence in few columns: what is left out is what the fact can do without, never its verb.

use std::borrow::Cow;

use super::widgets::{cut_middle, width};
use crate::theme::Glyphs;

/// A name is recognised by this much of it.
const NAME: u16 = 13;

/// `sentence`, which may speak of the target `name`, within `columns` if that can be had: without what stands in
/// brackets, then with the middle of quoted names and of the target's given up, then without the word for what there
/// are several of, at last without the target. The second is whether it says all that matters: it fits, and still names
/// whom it named.
#[must_use]
pub(crate) fn within<'a>(sentence: &'a str, name: &str, columns: u16, glyphs: &Glyphs) -> (Cow<'a, str>, bool) {
    let fits = |text: &str| width(text) <= columns;
    if fits(sentence) {
        return (Cow::Borrowed(sentence), true);
    }
    let mut short = sentence.to_owned();
    while !fits(&short) {
        let Some(bare) = without_aside(&short) else { break };
        short = bare;
    }
    if let (false, Some(quoted)) = (fits(&short), longest_quoted(&short)) {
        short = with_less_of(&short, &quoted, columns, glyphs);
    }
    let (mut called, named) = (name.to_owned(), !name.is_empty() && short.contains(name));
    if !fits(&short) && named {
        called = shortened(&short, name, columns, glyphs);
        short = short.replacen(name, &called, 1);
    }
    if let (false, true, Some(led)) = (fits(&short), named, led_by(&short, &called).filter(|led| fits(led))) {
        short = led;
    }
    let is_whole = fits(&short);
    if !is_whole && named {
        short = short.replacen(&format!(" of {called}"), "", 1);
    }
    (Cow::Owned(short), is_whole)
}

/// `a.example: 2 of 4 refuse connections` for `2 of 4 addresses of a.example refuse connections`, or for
/// `a.example: 2 of 4 addresses refuse connections`.
fn led_by(text: &str, name: &str) -> Option<String> {
    let led = text.strip_prefix(&format!("{name}: ")).and_then(|rest| rest.split_once(" addresses"));
    let (count, rest) = led.or_else(|| text.split_once(&format!(" addresses of {name}")))?;
    let is_count = !count.is_empty() && count.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | 'o' | 'f'));
    match count.strip_prefix("all ") {
        Some(_) => Some(format!("{name}:{rest}")),
        None => is_count.then(|| format!("{name}: {count}{rest}")),
    }
}

/// Without the last remark in brackets.
fn without_aside(text: &str) -> Option<String> {
    let start = text.rfind(" (")?;
    let end = start + text[start..].find(')')? + 1;
    Some(format!("{}{}", &text[..start], &text[end..]))
}

fn longest_quoted(text: &str) -> Option<String> {
    let quoted = text.split('“').skip(1).filter_map(|rest| rest.split_once('”'));
    quoted.map(|(name, _)| name.to_owned()).max_by_key(|name| width(name))
}

fn with_less_of(text: &str, name: &str, columns: u16, glyphs: &Glyphs) -> String {
    text.replacen(name, &shortened(text, name, columns, glyphs), 1)
}

/// The name with as much of its middle given up as the text has too many columns.
fn shortened(text: &str, name: &str, columns: u16, glyphs: &Glyphs) -> String {
    let excess = width(text).saturating_sub(columns);
    cut_middle(name, width(name).saturating_sub(excess).max(NAME), glyphs).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_fact_can_do_without_goes_first() {
        let stale =
            "2 of 4 addresses of checkout.payments.shop.example:443 still serve the certificate that expired 3h ago";
        let private = "the certificate of api.example:443 was issued by “Example Corporation Internal Issuing CA 7”";
        let cases = [
            (stale, "checkout.payments.shop.example:443", 200, stale),
            (
                stale,
                "checkout.payments.shop.example:443",
                90,
                "2 of 4 addresses of checkout.pa…xample:443 still serve the certificate that expired 3h ago",
            ),
            (
                stale,
                "checkout.payments.shop.example:443",
                70,
                "checko…le:443: 2 of 4 still serve the certificate that expired 3h ago",
            ),
            (
                stale,
                "checkout.payments.shop.example:443",
                66,
                "2 of 4 addresses still serve the certificate that expired 3h ago",
            ),
            (
                "all 3 addresses of silent.lab.example:443 accepted the connection and said nothing",
                "silent.lab.example:443",
                56,
                "silent…le:443: accepted the connection and said nothing",
            ),
            ("3 targets (7 addresses) fail: handshake failure", "", 40, "3 targets fail: handshake failure"),
            (
                "certificate of a.example:443 expires in 20h (valid 90 days, renewal was due 29d ago)",
                "a.example:443",
                60,
                "certificate of a.example:443 expires in 20h",
            ),
            (private, "api.example:443", 70, "the certificate of api.example:443 was issued by “Example C…uing CA 7”"),
        ];
        for (sentence, name, columns, expected) in cases {
            let (short, is_whole) = within(sentence, name, columns, &Glyphs::UNICODE);
            assert_eq!(short, expected);
            assert_eq!(is_whole, columns != 66, "{short}");
            assert!(width(&short) <= columns, "{short}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_sentence_is_survived(sentence in "[a-z “”()…:é]{0,60}", name in "[a-z:“)é]{0,12}", columns in 0_u16..80) {
            let (short, is_whole) = within(&sentence, &name, columns, &Glyphs::UNICODE);
            proptest::prop_assert!(!is_whole || width(&short) <= columns);
            proptest::prop_assert!(width(&short) <= width(&sentence).max(columns));
        }
    }
}

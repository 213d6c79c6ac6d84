//! Back from a tree to a filter that parses to it.

use std::fmt::{self, Display, Formatter, Write as _};

use super::expr::{Expr, Order};
use super::field::{Number, Text, name_of};
use super::quantity;

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(terms) => joined(f, terms, " ", |term| matches!(term, Self::Any(_))),
            Self::Any(terms) => joined(f, terms, " or ", |_| false),
            Self::Label { name, explicit, exact, needle, .. } => {
                let prefix = if *explicit { "label." } else { "" };
                write!(f, "{prefix}{name}{}", if *exact { '=' } else { ':' })?;
                value(f, needle)
            }
            Self::Not(term) => {
                f.write_char('!')?;
                grouped(f, term, matches!(**term, Self::All(_) | Self::Any(_)))
            }
            Self::Number { field, order, value } => {
                write!(f, "{}{}", name_of(&Number::NAMES, *field), order.sign())?;
                match field {
                    Number::Port => value.fmt(f),
                    _ => f.write_str(&quantity::print_duration(*value)),
                }
            }
            Self::Text { field, exact, needle } => {
                write!(f, "{}{}", name_of(&Text::NAMES, *field), if *exact { '=' } else { ':' })?;
                value(f, needle)
            }
            Self::Word(needle) => value(f, needle),
        }
    }
}

impl Order {
    fn sign(self) -> &'static str {
        match self {
            Self::Above => ">",
            Self::AtLeast => ">=",
            Self::AtMost => "<=",
            Self::Below => "<",
            Self::Equal => "=",
        }
    }
}

fn joined(f: &mut Formatter<'_>, terms: &[Expr], between: &str, group: impl Fn(&Expr) -> bool) -> fmt::Result {
    for (number, term) in terms.iter().enumerate() {
        if number > 0 {
            f.write_str(between)?;
        }
        grouped(f, term, group(term))?;
    }
    Ok(())
}

fn grouped(f: &mut Formatter<'_>, term: &Expr, group: bool) -> fmt::Result {
    if group { write!(f, "({term})") } else { term.fmt(f) }
}

/// A needle as it is when it reads as one word, else in quotes.
fn value(f: &mut Formatter<'_>, needle: &str) -> fmt::Result {
    let plain = !needle.is_empty()
        && !needle.starts_with('-')
        && !matches!(needle, "or" | "and")
        && needle.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | '*' | '@'));
    if plain {
        return f.write_str(needle);
    }
    f.write_char('"')?;
    for c in needle.chars() {
        if matches!(c, '"' | '\\') {
            f.write_char('\\')?;
        }
        f.write_char(c)?;
    }
    f.write_char('"')
}

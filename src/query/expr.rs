//! A filter as a tree, and whether a row passes it.

use super::field::{Fields, Number, Text, fold};

/// A filter. Needles are folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expr {
    /// All of these; never directly within another.
    All(Vec<Expr>),
    /// Any of these; never directly within another.
    Any(Vec<Expr>),
    /// A label contains, or is, the needle.
    Label {
        name: String,
        /// Written `label.NAME`, hence not the start of `host:443`.
        explicit: bool,
        exact: bool,
        needle: String,
        /// `name:needle`, folded: what looks like a label may be `localhost:8443`.
        pair: String,
    },
    /// Not this.
    Not(Box<Expr>),
    /// A number compares so.
    Number { field: Number, order: Order, value: i64 },
    /// A field contains, or is, the needle.
    Text { field: Text, exact: bool, needle: String },
    /// Anything contains the needle.
    Word(String),
}

/// How a number compares with the one in the filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Above,
    AtLeast,
    AtMost,
    Below,
    Equal,
}

impl Expr {
    /// All of `terms`.
    pub(super) fn all(terms: Vec<Self>) -> Self {
        join(terms, Self::All, |term| match term {
            Self::All(inner) => Ok(inner),
            other => Err(other),
        })
    }

    /// Any of `terms`.
    pub(super) fn any(terms: Vec<Self>) -> Self {
        join(terms, Self::Any, |term| match term {
            Self::Any(inner) => Ok(inner),
            other => Err(other),
        })
    }

    pub(super) fn matches(&self, subject: &impl Fields) -> bool {
        match self {
            Self::All(terms) => terms.iter().all(|term| term.matches(subject)),
            Self::Any(terms) => terms.iter().any(|term| term.matches(subject)),
            Self::Label { name, explicit, exact, needle, pair } => {
                subject.label(name).is_some_and(|value| holds(value, needle, *exact))
                    || (!explicit && !exact && subject.mentions(pair))
            }
            Self::Not(term) => !term.matches(subject),
            Self::Number { field, order, value } => {
                subject.number(*field).is_some_and(|actual| order.holds(actual, *value))
            }
            Self::Text { field, exact, needle } => subject.text(*field, &mut |value| holds(value, needle, *exact)),
            Self::Word(needle) => subject.mentions(needle),
        }
    }
}

impl Order {
    fn holds(self, actual: i64, bound: i64) -> bool {
        match self {
            Self::Above => actual > bound,
            Self::AtLeast => actual >= bound,
            Self::AtMost => actual <= bound,
            Self::Below => actual < bound,
            Self::Equal => actual == bound,
        }
    }
}

fn join(
    mut terms: Vec<Expr>,
    whole: impl Fn(Vec<Expr>) -> Expr,
    open: impl Fn(Expr) -> Result<Vec<Expr>, Expr>,
) -> Expr {
    if terms.len() == 1
        && let Some(only) = terms.pop()
    {
        return only;
    }
    whole(terms.into_iter().flat_map(|term| open(term).unwrap_or_else(|other| vec![other])).collect())
}

/// Whether `value`, in any case, contains or is the folded `needle`.
fn holds(value: &str, needle: &str, exact: bool) -> bool {
    if !value.is_ascii() || !needle.is_ascii() {
        let folded = fold(value);
        return if exact { folded == needle } else { folded.contains(needle) };
    }
    let (value, needle) = (value.as_bytes(), needle.as_bytes());
    if exact {
        return value.eq_ignore_ascii_case(needle);
    }
    value.windows(needle.len().max(1)).any(|window| window.eq_ignore_ascii_case(needle)) || needle.is_empty()
}

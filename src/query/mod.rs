//! The filter language of `/` and `--filter`: parsed once, evaluated against anything with named fields.
//!
//! ```text
//! checkout 10.0.        both words anywhere, in any case
//! env:prod status:crit  a label and a field contain these
//! group=x25519          a field is exactly this
//! expires<7d tls>200ms  days<30 port:8443
//! !code:cert.expired    not; `-` does the same
//! (a or b) "c d"        either; quotes keep spaces and signs together
//! ```
//!
//! What a row is it does not know: rows implement [`Fields`].

mod error;
mod expr;
mod field;
mod lex;
mod parse;
mod print;
mod quantity;

use std::fmt;
use std::str::FromStr;

pub use self::error::QueryError;
use self::expr::Expr;
pub use self::field::{Fields, Number, Text, fold};

/// A filter. Prints in a form that parses to the same filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query(Expr);

impl Query {
    /// Reads a filter; no words at all is the filter that lets everything pass.
    pub fn parse(source: &str) -> Result<Self, QueryError> {
        parse::parse(source).map(Self)
    }

    /// Whether everything passes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(&self.0, Expr::All(terms) if terms.is_empty())
    }

    /// Whether `subject` passes. Allocates nothing for ASCII text.
    #[must_use]
    pub fn matches(&self, subject: &impl Fields) -> bool {
        self.0.matches(subject)
    }
}

impl Default for Query {
    fn default() -> Self {
        Self(Expr::All(Vec::new()))
    }
}

impl FromStr for Query {
    type Err = QueryError;

    fn from_str(source: &str) -> Result<Self, QueryError> {
        Self::parse(source)
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
#[path = "query_tests.rs"]
mod tests;

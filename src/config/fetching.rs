//! What may be fetched from elsewhere while a target is surveyed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, de};

use crate::model::FetchKind;

/// Kinds of fetches that are allowed: `all`, `none`, or a list such as `crl,ocsp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fetching {
    /// Missing issuers, to name them.
    pub aia: bool,
    /// Revocation lists.
    pub crl: bool,
    /// OCSP responses.
    pub ocsp: bool,
}

impl Fetching {
    /// Everything.
    pub const ALL: Self = Self { aia: true, crl: true, ocsp: true };
    /// Nothing.
    pub const NONE: Self = Self { aia: false, crl: false, ocsp: false };

    fn kinds(self) -> [(FetchKind, bool); 3] {
        [(FetchKind::Aia, self.aia), (FetchKind::Crl, self.crl), (FetchKind::Ocsp, self.ocsp)]
    }

    fn with(self, kind: FetchKind) -> Self {
        match kind {
            FetchKind::Aia => Self { aia: true, ..self },
            FetchKind::Crl => Self { crl: true, ..self },
            FetchKind::Ocsp => Self { ocsp: true, ..self },
        }
    }
}

impl Default for Fetching {
    fn default() -> Self {
        Self::ALL
    }
}

/// As it can be read back.
impl fmt::Display for Fetching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ALL => f.write_str("all"),
            Self::NONE => f.write_str("none"),
            some => {
                let names: Vec<_> =
                    some.kinds().into_iter().filter(|(_, on)| *on).map(|(kind, _)| kind.name()).collect();
                f.write_str(&names.join(","))
            }
        }
    }
}

impl FromStr for Fetching {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "all" => return Ok(Self::ALL),
            "none" => return Ok(Self::NONE),
            _ => {}
        }
        text.split(',').try_fold(Self::NONE, |so_far, name| {
            let kinds = Self::NONE.kinds().into_iter().map(|(kind, _)| kind);
            let found = kinds.into_iter().find(|kind| kind.name() == name.trim());
            found.map(|kind| so_far.with(kind)).ok_or_else(|| {
                format!("'{name}' is nothing that can be fetched; write all, none, or some of aia, crl, ocsp")
            })
        })
    }
}

impl<'de> Deserialize<'de> for Fetching {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_shows_what_is_fetched() {
        let crl_and_ocsp = Fetching { aia: false, ..Fetching::ALL };
        for (text, kinds, shown) in [
            ("all", Fetching::ALL, "all"),
            ("none", Fetching::NONE, "none"),
            ("ocsp, crl", crl_and_ocsp, "crl,ocsp"),
            ("aia,crl,ocsp", Fetching::ALL, "all"),
        ] {
            assert_eq!(text.parse(), Ok(kinds), "{text}");
            assert_eq!(kinds.to_string(), shown);
        }
        for text in ["", "everything", "crl,", "all,none"] {
            assert!(text.parse::<Fetching>().unwrap_err().contains("write all, none"), "{text}");
        }
    }
}

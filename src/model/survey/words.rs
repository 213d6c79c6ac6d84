//! Names and words for what a survey found: one vocabulary for every output. Names are stable.

use crate::model::Untrusted;

use super::{
    Answer, AttemptResult, Change, ClientClass, FetchResult, Order, Presented, Resumption, RevocationSource,
    RevocationState, ServedAnswer, ServedTo, SurveyReason,
};

impl SurveyReason {
    /// Its name in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Change => "change",
            Self::Failure => "failure",
            Self::FirstSight => "first_sight",
            Self::Rotation => "rotation",
        }
    }

    /// After `surveyed`: why.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Asked => "as asked",
            Self::Change => "after a change",
            Self::Failure => "after a failure",
            Self::FirstSight => "at first sight",
            Self::Rotation => "in rotation",
        }
    }
}

impl ServedTo {
    /// Its name in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EcdsaOnly => "ecdsa_only",
            Self::NoName => "no_name",
            Self::RsaOnly => "rsa_only",
            Self::UnknownName => "unknown_name",
        }
    }

    /// In words, as a label.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::EcdsaOnly => "ECDSA only",
            Self::NoName => "without SNI",
            Self::RsaOnly => "RSA only",
            Self::UnknownName => "unknown name",
        }
    }
}

impl ServedAnswer {
    /// Its name in output.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Chain(_) => "chain",
            Self::Refused(_) => "refused",
            Self::Unknown(_) => "unknown",
        }
    }

    /// Why there is no chain.
    #[must_use]
    pub const fn detail(&self) -> Option<&Untrusted> {
        match self {
            Self::Chain(_) => None,
            Self::Refused(detail) | Self::Unknown(detail) => Some(detail),
        }
    }
}

impl Answer {
    /// Why it was not accepted, or is not known.
    #[must_use]
    pub const fn detail(&self) -> Option<&Untrusted> {
        match self {
            Self::Accepted => None,
            Self::Refused(detail) | Self::Unknown(detail) => Some(detail),
        }
    }
}

impl Order {
    /// Whose order decides: `client`, `server`; `None` when that is not known.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Client => Some("client"),
            Self::Server => Some("server"),
            Self::Unknown => None,
        }
    }
}

impl Resumption {
    /// Its name in output.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Broken(_) => "broken",
            Self::NotOffered => "not_offered",
            Self::Refused => "refused",
            Self::Unknown(_) => "unknown",
            Self::Works => "works",
        }
    }

    /// What broke it, or why it is not known.
    #[must_use]
    pub const fn detail(&self) -> Option<&Untrusted> {
        match self {
            Self::Broken(detail) | Self::Unknown(detail) => Some(detail),
            Self::NotOffered | Self::Refused | Self::Works => None,
        }
    }
}

impl Presented {
    /// Its name in output.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::NotAsked => "not_asked",
            Self::Refused { .. } => "refused",
            Self::Unknown(_) => "unknown",
        }
    }

    /// In what words it was refused, or why it is not known.
    #[must_use]
    pub const fn detail(&self) -> Option<&Untrusted> {
        match self {
            Self::Accepted | Self::NotAsked => None,
            Self::Refused { detail, .. } | Self::Unknown(detail) => Some(detail),
        }
    }
}

impl RevocationState {
    /// Its name in output.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Declined(_) => "declined",
            Self::Good => "good",
            Self::Invalid(_) => "invalid",
            Self::Revoked { .. } => "revoked",
            Self::Stale => "stale",
            Self::Unavailable(_) => "unavailable",
            Self::Unchecked(_) => "unchecked",
            Self::Unknown => "unknown",
        }
    }

    /// What is wrong with the statement, or why there is none.
    #[must_use]
    pub const fn detail(&self) -> Option<&Untrusted> {
        match self {
            Self::Declined(detail) | Self::Invalid(detail) | Self::Unavailable(detail) | Self::Unchecked(detail) => {
                Some(detail)
            }
            Self::Good | Self::Revoked { .. } | Self::Stale | Self::Unknown => None,
        }
    }
}

impl RevocationSource {
    /// Its kind's name in output.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Crl(_) => "crl",
            Self::Ocsp(_) => "ocsp",
            Self::Staple => "staple",
        }
    }

    /// Where it was asked.
    #[must_use]
    pub const fn url(&self) -> Option<&Untrusted> {
        match self {
            Self::Crl(url) | Self::Ocsp(url) => Some(url),
            Self::Staple => None,
        }
    }
}

impl ClientClass {
    /// Its name in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Go => "go",
            Self::Java => "java",
            Self::OpenSsl => "openssl",
            Self::Rustls => "rustls",
        }
    }
}

impl Change {
    /// Its name in output.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ClassicalGroups => "classical_groups",
            Self::NoAlpn => "no_alpn",
            Self::None => "none",
            Self::OtherFamily(_) => "other_family",
            Self::OtherName { .. } => "other_name",
            Self::SmallHello => "small_hello",
            Self::Tls12Only => "tls12_only",
        }
    }
}

impl AttemptResult {
    /// Its name in output.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Failed(_) => "failed",
            Self::Handshake => "handshake",
        }
    }

    /// How it failed.
    #[must_use]
    pub const fn detail(&self) -> Option<&Untrusted> {
        match self {
            Self::Failed(detail) => Some(detail),
            Self::Handshake => None,
        }
    }
}

impl FetchResult {
    /// Its name in output.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Cached => "cached",
            Self::Failed(_) => "failed",
            Self::Received(_) => "received",
            Self::Refused(_) => "refused",
        }
    }

    /// Why nothing came.
    #[must_use]
    pub const fn detail(&self) -> Option<&Untrusted> {
        match self {
            Self::Cached | Self::Received(_) => None,
            Self::Failed(detail) | Self::Refused(detail) => Some(detail),
        }
    }
}

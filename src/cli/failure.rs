//! Why a command did not do what it was asked, and the exit status that says so.

use std::fmt;
use std::io;

use crate::config::ConfigError;

/// A command that failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// Nobody reads standard output any more: the end of a pipe, and no fault.
    Closed,
    /// It was asked for something that cannot be.
    Usage(anyhow::Error),
    /// It tried and could not.
    Failed(anyhow::Error),
}

impl Failure {
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::Usage(anyhow::Error::msg(message.into()))
    }

    /// The exit status, by the convention of monitoring plugins for `check`.
    pub(super) const fn status(&self, is_check: bool) -> u8 {
        match self {
            Self::Closed => 0,
            Self::Usage(_) => usage_status(is_check),
            Self::Failed(_) if is_check => UNKNOWN,
            Self::Failed(_) => 1,
        }
    }
}

const UNKNOWN: u8 = 3;

/// Exit status of wrong usage.
pub(super) const fn usage_status(is_check: bool) -> u8 {
    if is_check { UNKNOWN } else { 2 }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the reader of standard output has gone"),
            Self::Usage(error) | Self::Failed(error) => write!(f, "{error:#}"),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Usage(error.into())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::Closed } else { Self::Failed(error.into()) }
    }
}

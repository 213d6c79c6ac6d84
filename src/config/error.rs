//! What is wrong with a configuration, where, and what was probably meant.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A place in a file, both numbers counted from 1; columns count characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The file.
    pub path: PathBuf,
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

impl Position {
    /// The place of byte `at` in `text`, the content of `path`.
    pub(super) fn of(path: &Path, text: &str, at: usize) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            path: path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path.display(), self.line, self.column)
    }
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A key, a value or the syntax is wrong.
    #[error("{position}: {message}")]
    Invalid {
        /// Where.
        position: Position,
        /// What is wrong there and what to write instead.
        message: String,
    },
    /// The file cannot be read.
    #[error("cannot read the configuration '{}': {error}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        error: std::io::Error,
    },
    /// A setting from outside the file is wrong.
    #[error("{0}")]
    Setting(String),
    /// A target on the command line or in a list is wrong.
    #[error("{0}")]
    Target(#[from] crate::inventory::SourceError),
}

/// Turns the parser's error into ours: position, offending key, nearest valid key.
pub(super) fn from_toml(path: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
    let span = error.span().unwrap_or(0..0);
    let position = Position::of(path, text, span.start);
    ConfigError::Invalid { position, message: explain(error.message(), text, &span) }
}

fn explain(message: &str, text: &str, span: &Range<usize>) -> String {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    if let Some((key, known)) = quoted.split_first().filter(|_| message.starts_with("unknown field")) {
        return unknown_key(key, known);
    }
    if message.starts_with("unknown variant") {
        return message.replacen("unknown variant", "unknown value", 1);
    }
    let first_line = message.lines().next().unwrap_or("not readable");
    match text.get(span.clone()) {
        Some(value) if first_line.starts_with("invalid type") && !value.contains('\n') => {
            format!("{first_line} (here: {value})")
        }
        _ => first_line.to_owned(),
    }
}

fn unknown_key(key: &str, known: &[&str]) -> String {
    let near = known
        .iter()
        .map(|name| (strsim::jaro_winkler(name, &key.to_lowercase()), *name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    match near {
        Some((_, name)) => format!("unknown key '{key}'; did you mean '{name}'?"),
        None => format!("unknown key '{key}'; known here are {}", known.join(", ")),
    }
}

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
    /// The file cannot be written.
    #[error("cannot write the configuration '{}': {error}", path.display())]
    Write {
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
    let message = message.lines().next().unwrap_or("not readable");
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let place = key_at(text, span.start).map_or_else(String::new, |key| format!("'{key}': "));
    match &quoted[..] {
        [key, known @ ..] if message.starts_with("unknown field") => unknown("key", key, known),
        [value, known @ ..] if message.starts_with("unknown variant") => {
            format!("{place}{}", unknown("value", value, known))
        }
        [key] if message.starts_with("missing field") => format!("the key '{key}' is missing here"),
        _ => match message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: ")) {
            Some(rest) => format!("{place}{}", wrong_kind(rest)),
            None if is_syntax(message) => message.to_owned(),
            None => format!("{place}{message}"),
        },
    }
}

/// Whether the parser gave up before it knew of keys and values.
fn is_syntax(message: &str) -> bool {
    ["invalid", "unclosed", "missing", "extra", "duplicate", "unexpected", "expected"]
        .iter()
        .any(|word| message.starts_with(word))
}

/// The key whose value begins at byte `at`, or in whose value `at` is: the last line that begins with `key =`.
fn key_at(text: &str, at: usize) -> Option<&str> {
    let line_end = text.get(at..)?.find('\n').map_or(text.len(), |newline| at + newline);
    text[..line_end].lines().rev().find_map(|line| {
        let key = line.split_once('=')?.0.trim();
        let is_key = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
        is_key.then_some(key)
    })
}

/// From ``integer `5`, expected a string``.
fn wrong_kind(rest: &str) -> String {
    let (found, expected) = rest.rsplit_once(", expected ").unwrap_or((rest, "something else"));
    match expected {
        "a string" => format!("expected a string, found {found}; write it in quotes"),
        "usize" => format!("expected a whole number from 0 on, found {found}"),
        _ => format!("expected {expected}, found {found}"),
    }
}

fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    let near = known
        .iter()
        .map(|name| (strsim::jaro_winkler(name, &word.to_lowercase()), *name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    match near {
        Some((_, name)) => format!("unknown {what} '{word}'; did you mean '{name}'?"),
        None => format!("unknown {what} '{word}'; known here are {}", known.join(", ")),
    }
}

//! Lists of targets: arguments, `@FILE`, standard input.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;

use super::notation::{NotationError, Spec, parse};

/// One target and where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The target.
    pub spec: Spec,
    /// The place.
    pub origin: Origin,
}

/// Where a target was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// On the command line.
    Argument,
    /// In a file, on this line, counted from 1.
    File(PathBuf, usize),
    /// On standard input, on this line, counted from 1.
    Stdin(usize),
}

/// Prefix of a message: nothing for an argument, else `hosts.txt:3: `.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument => Ok(()),
            Self::File(path, line) => write!(f, "{}:{line}: ", path.display()),
            Self::Stdin(line) => write!(f, "standard input:{line}: "),
        }
    }
}

/// A list that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A line is no target.
    #[error("{origin}{error}")]
    Notation {
        /// Which line.
        origin: Origin,
        /// What is wrong with it.
        error: NotationError,
    },
    /// An `@` stands alone.
    #[error("a file's name is missing after '@', as in '@fleet.txt'")]
    NoFile,
    /// The file or standard input failed.
    #[error("cannot read targets from '{from}': {error}")]
    Read {
        /// The file's path, or `standard input`.
        from: String,
        /// The system's reason.
        error: io::Error,
    },
}

/// Reads target arguments; `@FILE` and `-` (standard input) stand for one target a line,
/// with `#` comments and empty lines.
pub fn read(arguments: &[String], mut stdin: impl BufRead) -> Result<Vec<Item>, SourceError> {
    let mut items = Vec::new();
    for argument in arguments {
        if argument == "-" {
            lines(&mut stdin, "standard input", Origin::Stdin, &mut items)?;
        } else if argument == "@" {
            return Err(SourceError::NoFile);
        } else if let Some(path) = argument.strip_prefix('@') {
            let file = File::open(path).map_err(|error| SourceError::Read { from: path.to_owned(), error })?;
            let origin = |line| Origin::File(PathBuf::from(path), line);
            lines(&mut BufReader::new(file), path, origin, &mut items)?;
        } else {
            items.push(item(argument, Origin::Argument)?);
        }
    }
    Ok(items)
}

fn lines(
    reader: &mut impl BufRead,
    from: &str,
    origin: impl Fn(usize) -> Origin,
    items: &mut Vec<Item>,
) -> Result<(), SourceError> {
    for (index, line) in reader.lines().enumerate() {
        let line = line.map_err(|error| SourceError::Read { from: from.to_owned(), error })?;
        let text = line.split('#').next().unwrap_or_default().trim();
        if !text.is_empty() {
            items.push(item(text, origin(index + 1))?);
        }
    }
    Ok(())
}

fn item(text: &str, origin: Origin) -> Result<Item, SourceError> {
    match parse(text) {
        Ok(spec) => Ok(Item { spec, origin }),
        Err(error) => Err(SourceError::Notation { origin, error }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_arguments_files_and_standard_input() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("hosts.txt");
        std::fs::write(&path, "# shops\nshop.example  # the first\n\n  https://b.example/#top\n").unwrap();
        let arguments = ["a.example".to_owned(), format!("@{}", path.display()), "-".to_owned()];
        let items = read(&arguments, &b"[::1]:8443\n"[..]).unwrap();
        let names: Vec<String> = items.iter().map(|item| item.spec.to_string()).collect();
        assert_eq!(names, ["a.example:443", "shop.example:443", "b.example:443", "[::1]:8443"]);
        assert_eq!(items[2].origin, Origin::File(path, 4));
        assert_eq!(items[3].origin, Origin::Stdin(1));
    }

    #[test]
    fn names_the_line() {
        let error = read(&["-".to_owned()], &b"a.example\nb example\n"[..]).unwrap_err().to_string();
        assert!(error.starts_with("standard input:2: a name has no spaces"), "{error}");
        let error = read(&["@/nowhere/at/all".to_owned()], &b""[..]).unwrap_err().to_string();
        assert!(error.starts_with("cannot read targets from '/nowhere/at/all': "), "{error}");
        let error = read(&["-".to_owned()], &b"@other.txt\n"[..]).unwrap_err().to_string();
        assert!(error.contains("a list cannot name another list"), "{error}");
    }
}

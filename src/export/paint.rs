//! Colour for text output: a handful of SGR attributes, or none.

use crate::model::Status;

/// Paints text when the reader is a terminal that wants colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Painter {
    enabled: bool,
}

impl Painter {
    /// Paints, or leaves text alone.
    #[must_use]
    pub const fn new(enabled: bool) -> Self {
        Self { enabled }
    }

    /// In the colour of a status.
    #[must_use]
    pub fn status(self, status: Status, text: &str) -> String {
        self.wrap(
            match status {
                Status::Ok => "32",
                Status::Unknown => "1;35",
                Status::Warning => "1;33",
                Status::Critical => "1;31",
            },
            text,
        )
    }

    /// What the eye should find.
    #[must_use]
    pub fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    /// What it may skip.
    #[must_use]
    pub fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    fn wrap(self, attributes: &str, text: &str) -> String {
        if self.enabled { format!("\x1b[{attributes}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

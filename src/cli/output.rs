//! Standard output for data, standard error for messages.

use std::io::{self, IsTerminal as _, Write as _};

use super::failure::Failure;
use crate::config::{ColorChoice, UiSettings};
use crate::export::{Painter, TextStyle};
use crate::theme::{Depth, Glyphs};

/// Writes data at once.
pub(super) fn print(data: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(data.as_bytes()).and_then(|()| stdout.flush()).map_err(|error| match Failure::from(error) {
        Failure::Failed(error) => Failure::Failed(error.context("cannot write to standard output")),
        closed => closed,
    })
}

/// Says something to people; nobody listening is no reason to stop.
pub(super) fn say(message: &str) {
    let _ = writeln!(io::stderr().lock(), "{message}");
}

/// What the user should know, in the log as well; not said to those who asked for quiet.
pub(super) fn warn(message: &str, quiet: bool) {
    tracing::warn!("{message}");
    if !quiet {
        say(&format!("warning: {message}"));
    }
}

/// How text is written to standard output: colours only on a terminal that has and wants them.
pub(super) fn text_style(ui: &UiSettings, verbose: bool) -> TextStyle {
    let ascii = ui.ascii.unwrap_or_else(|| Glyphs::detect(false, variable).ascii);
    TextStyle { painter: painter(ui.color == ColorChoice::Auto), ascii, verbose }
}

/// Colours, where they are wanted and standard output is a terminal that has them.
pub(super) fn painter(wanted: bool) -> Painter {
    Painter::new(wanted && io::stdout().is_terminal() && Depth::detect(variable) != Depth::None)
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

//! The dashboard over real targets, and over the lab.

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use super::failure::Failure;
use super::options::Options;

pub(super) fn run(options: &Options, targets: &[String]) -> Result<ExitCode, Failure> {
    let settings = options.settings(targets)?;
    needs_terminal("tlscope check TARGET…")?;
    let _ = settings;
    Err(Failure::usage("the dashboard is not built yet; use 'tlscope check TARGET…'"))
}

pub(super) fn run_lab(options: &Options) -> Result<ExitCode, Failure> {
    let settings = options.settings(&[])?;
    needs_terminal("tlscope lab --serve-only")?;
    let _ = settings;
    Err(Failure::usage("the dashboard is not built yet; use 'tlscope lab --serve-only'"))
}

/// The screen needs a terminal to draw on and keys to read.
fn needs_terminal(instead: &str) -> Result<(), Failure> {
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        return Ok(());
    }
    Err(Failure::usage(format!("the dashboard needs a terminal, and there is none; without one use '{instead}'")))
}

//! The dashboard over real targets.

use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use super::arguments::Screen;
use super::engine;
use super::failure::Failure;
use super::options::Options;
use super::output::say;
use super::sources;
use crate::config::{Paths, Settings};
use crate::runtime::{Backstage, Dashboard, Exit};

pub(super) fn run(options: &Options, targets: &[String], screen: Screen) -> Result<ExitCode, Failure> {
    let mut settings = options.settings(targets)?;
    let roster = sources::take_in(options, &mut settings)?;
    needs_terminal("tlscope check TARGET…")?;
    // Before the screen is taken: a CA file that cannot be read is said where it can be read.
    let prober = engine::prober(&settings, engine::Further::default(), options.quiet)?;
    let dashboard = prepare(&settings, "tlscope", &screen.filter.unwrap_or_default())?;
    let backstage = async move { Ok(Backstage { prober, targets: settings.targets, roster, lab: None }) };
    Ok(ended(dashboard.run(backstage)?))
}

/// The screen, not shown yet. What can be wrong with it is how it is configured.
pub(super) fn prepare(settings: &Settings, title: &str, filter: &str) -> Result<Dashboard, Failure> {
    Dashboard::new(settings, &Paths::of_platform(), title, filter).map_err(Failure::Usage)
}

/// The exit status, and a word on why when it was not the user who left.
pub(super) fn ended(exit: Exit) -> ExitCode {
    match exit {
        Exit::Signal(number, name) => {
            say(&format!("tlscope: stopped by {name}"));
            ExitCode::from(128 + number)
        }
        Exit::InputClosed => {
            say("tlscope: stopped because the terminal's input ended");
            ExitCode::FAILURE
        }
        Exit::Quit => ExitCode::SUCCESS,
        Exit::Broken => ExitCode::FAILURE,
    }
}

/// The screen needs a terminal to draw on and keys to read. When standard input is a list of
/// targets, keys come from the controlling terminal.
pub(super) fn needs_terminal(instead: &str) -> Result<(), Failure> {
    let has_keys = || io::stdin().is_terminal() || File::open("/dev/tty").is_ok();
    if io::stdout().is_terminal() && has_keys() {
        return Ok(());
    }
    Err(Failure::usage(format!("the dashboard needs a terminal, and there is none; without one use '{instead}'")))
}

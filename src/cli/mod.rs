//! The command line: one file per command. Data goes to standard output, messages to standard error.
//!
//! Exit status of `check`: 0 ok, 1 warning, 2 critical, 3 unknown or not done (the convention of
//! monitoring plugins). Of everything else: 0 done, 1 failed, 2 wrong usage or configuration.

mod arguments;
mod check;
mod configuration;
mod dashboard;
mod engine;
mod examine;
mod explain;
mod failure;
mod generate;
mod lab;
mod later;
mod options;
mod output;
mod progress;

use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;

use self::arguments::{Arguments, Command};
use self::failure::Failure;
use self::output::say;

/// Runs the program on the process's arguments.
#[must_use]
pub fn run() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    let is_check = arguments.iter().skip(1).any(|argument| argument == "check");
    match Arguments::try_parse_from(&arguments) {
        Ok(arguments) => execute(arguments, is_check),
        Err(error) => {
            // A reader that closed its end, as `--help | head` does, has what it wanted.
            let _ = error.print();
            match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
                _ => ExitCode::from(failure::usage_status(is_check)),
            }
        }
    }
}

fn execute(arguments: Arguments, is_check: bool) -> ExitCode {
    let result =
        arguments.options.later.refuse().and_then(|()| arguments.options.log()).and_then(|()| dispatch(arguments));
    match result {
        Ok(code) => code,
        Err(Failure::Closed) => ExitCode::SUCCESS,
        Err(failure) => {
            say(&format!("error: {failure}"));
            ExitCode::from(failure.status(is_check))
        }
    }
}

fn dispatch(arguments: Arguments) -> Result<ExitCode, Failure> {
    let Arguments { command, targets, options } = arguments;
    if command.is_some() && !targets.is_empty() {
        return Err(Failure::usage("targets come after the command, as in 'tlscope check example.com'"));
    }
    match command {
        None => dashboard::run(&options, &targets),
        Some(Command::Check(check)) => check::run(&options, &check),
        Some(Command::Completions { shell }) => generate::completions(shell),
        Some(Command::Config { command }) => configuration::run(&options, &command),
        Some(Command::Explain { code }) => explain::run(code.as_deref()),
        Some(Command::Inventory { .. }) => Err(later::command("inventory")),
        Some(Command::Lab(lab)) => lab::run(&options, &lab),
        Some(Command::Man) => generate::man(),
        Some(Command::Replay { .. }) => Err(later::command("replay")),
        Some(Command::Themes) => generate::themes(),
        Some(Command::Watch { .. }) => Err(later::command("watch")),
    }
}

//! The command line: one file per command. Data goes to standard output, messages to standard error.
//!
//! Exit status of `check` and `inventory`: 0 ok, 1 warning, 2 critical, 3 unknown or not done (the convention of
//! monitoring plugins). Of everything else: 0 done, 1 failed, 2 wrong usage or configuration.

mod arguments;
mod check;
mod configuration;
mod dashboard;
mod engine;
mod environment;
mod examine;
mod explain;
mod failure;
mod generate;
mod import;
mod imported;
mod inventory;
mod lab;
mod later;
mod live;
mod options;
mod output;
mod progress;
mod prompt;
mod sources;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _};

use self::arguments::{Arguments, Command};
use self::failure::Failure;
use self::output::say;
use crate::runtime::in_huge_pages;

/// Runs the program on the process's arguments.
#[must_use]
pub fn run() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    let command = environment::without_empty(Arguments::command());
    let parsed =
        command.clone().try_get_matches_from(&arguments).and_then(|matches| Arguments::from_arg_matches(&matches));
    match parsed {
        Ok(arguments) => {
            if arguments.command.is_none() {
                in_huge_pages();
            }
            if !arguments.options.quiet {
                environment::warn_of_unknown(&command);
            }
            execute(arguments)
        }
        Err(error) => {
            // A reader that closed its end, as `--help | head` does, has what it wanted.
            let _ = error.print();
            match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
                _ => ExitCode::from(failure::usage_status(means_check(&command, &arguments))),
            }
        }
    }
}

/// Whether arguments that cannot be read were meant for a command with the exit status of `check`: it is the first command among them.
fn means_check(command: &clap::Command, arguments: &[std::ffi::OsString]) -> bool {
    let is_command = |text: &&std::ffi::OsString| command.get_subcommands().any(|known| *known.get_name() == ***text);
    arguments.iter().skip(1).find(is_command).is_some_and(|first| first == "check" || first == "inventory")
}

fn execute(arguments: Arguments) -> ExitCode {
    let is_check = matches!(arguments.command, Some(Command::Check(_) | Command::Inventory(_)));
    let result = arguments.options.log().and_then(|()| dispatch(arguments));
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
    let Arguments { command, targets, screen, options } = arguments;
    if command.is_some() && !targets.is_empty() {
        return Err(Failure::usage("targets come after the command, as in 'tlscope check example.com'"));
    }
    if screen.filter.is_some() && !matches!(command, None | Some(Command::Lab(_))) {
        return Err(Failure::usage("--filter is for the dashboard; other commands take --group and --label"));
    }
    match command {
        None => dashboard::run(&options, &targets, screen),
        Some(Command::Check(check)) => check::run(&options, &check),
        Some(Command::Completions { shell }) => generate::completions(shell),
        Some(Command::Config { command }) => configuration::run(&options, &command),
        Some(Command::Explain { code }) => explain::run(&options, code.as_deref()),
        Some(Command::Import(import)) => import::run(&options, &import),
        Some(Command::Inventory(review)) => inventory::run(&options, &review),
        Some(Command::Lab(lab)) => lab::run(&options, lab, screen),
        Some(Command::Man) => generate::man(),
        Some(Command::Replay { .. }) => Err(later::command("replay")),
        Some(Command::Themes) => generate::themes(),
        Some(Command::Watch { .. }) => Err(later::command("watch")),
    }
}

//! What the program says about itself: completions, manual page, themes.

use std::process::ExitCode;

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::arguments::Arguments;
use super::failure::Failure;
use super::output::print;
use crate::theme::{self, Theme};

pub(super) fn completions(shell: Shell) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "tlscope", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn man() -> Result<ExitCode, Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Arguments::command()).render(&mut page)?;
    print(&String::from_utf8_lossy(&page))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn themes() -> Result<ExitCode, Failure> {
    let width = theme::NAMES.iter().map(|name| name.len()).max().unwrap_or(0);
    let line = |name: &&str| Theme::named(name, |_| None).map(|theme| format!("{name:width$}  {}\n", theme.title()));
    let lines: Result<String, _> = theme::NAMES.iter().map(line).collect();
    print(&lines.map_err(|error| Failure::Failed(error.into()))?)?;
    Ok(ExitCode::SUCCESS)
}

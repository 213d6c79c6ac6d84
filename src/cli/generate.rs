//! What the program says about itself: completions, manual page, themes.

use std::process::ExitCode;

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::arguments::Arguments;
use super::failure::Failure;
use super::output::print;
use crate::config::Paths;
use crate::runtime;
use crate::theme::Theme;

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

/// Shipped themes with their titles, then the user's own.
pub(super) fn themes() -> Result<ExitCode, Failure> {
    let names = runtime::theme_names(&Paths::of_platform());
    let width = names.iter().map(String::len).max().unwrap_or(0);
    let line = |name: &String| match Theme::named(name, |_| None) {
        Ok(theme) => format!("{name:width$}  {}\n", theme.title()),
        Err(_) => format!("{name:width$}  (your own)\n"),
    };
    print(&names.iter().map(line).collect::<String>())?;
    Ok(ExitCode::SUCCESS)
}

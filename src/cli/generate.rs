//! What the program says about itself: completions, manual page, themes.

use std::process::ExitCode;

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::arguments::Arguments;
use super::failure::Failure;
use super::output::print;
use crate::config::Paths;
use crate::runtime;
use crate::theme::{Theme, ThemeError};

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

/// Shipped themes with their titles, then the user's own; of one that cannot be used, why.
pub(super) fn themes() -> Result<ExitCode, Failure> {
    let themes = runtime::themes(&Paths::of_platform());
    let width = themes.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let line = |(name, theme): &(String, Result<Theme, ThemeError>)| match theme {
        Ok(theme) => format!("{name:width$}  {}\n", theme.title()),
        Err(error) => format!("{name:width$}  unusable: {}\n", error.to_string().trim_end().replace('\n', "\n  ")),
    };
    print(&themes.iter().map(line).collect::<String>())?;
    Ok(ExitCode::SUCCESS)
}

//! `tlscope explain`: the catalogue of findings, for people.

use std::process::ExitCode;

use super::failure::Failure;
use super::options::Options;
use super::output::{painter, print};
use crate::diagnosis::{RULES, Rule};
use crate::export::{article, contents};

/// Reads no configuration: a broken one must not stand in the way.
pub(super) fn run(options: &Options, code: Option<&str>) -> Result<ExitCode, Failure> {
    let painter = painter(!options.no_color);
    let text = match code {
        None => contents(painter),
        Some(code) => article(find(code)?, painter),
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn find(code: &str) -> Result<&'static Rule, Failure> {
    RULES.iter().find(|rule| rule.code.0 == code).ok_or_else(|| unknown(code))
}

fn unknown(code: &str) -> Failure {
    let likeness = |rule: &Rule| strsim::jaro_winkler(rule.code.0, code);
    let nearest = RULES.iter().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    let hint = nearest.filter(|rule| likeness(rule) > 0.8);
    let hint = hint.map_or_else(String::new, |rule| format!("; did you mean '{}'?", rule.code));
    Failure::usage(format!("'{code}' is no finding{hint} ('tlscope explain' lists all)"))
}

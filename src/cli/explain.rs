//! `tlscope explain`: the catalogue of findings, for people.

use std::fmt::Write as _;
use std::process::ExitCode;

use super::failure::Failure;
use super::output::print;
use crate::diagnosis::{RULES, Rule};

pub(super) fn run(code: Option<&str>) -> Result<ExitCode, Failure> {
    let Some(code) = code else {
        print(&list())?;
        return Ok(ExitCode::SUCCESS);
    };
    let Some(rule) = RULES.iter().find(|rule| rule.code.0 == code) else {
        return Err(unknown(code));
    };
    print(&article(rule))?;
    Ok(ExitCode::SUCCESS)
}

fn list() -> String {
    let width = RULES.iter().map(|rule| rule.code.0.len()).max().unwrap_or(0);
    let impact = RULES.iter().map(|rule| rule.impact.name().len()).max().unwrap_or(0);
    RULES.iter().fold(String::new(), |mut text, rule| {
        let _ = writeln!(text, "{:width$}  {:impact$}  {}", rule.code, rule.impact.name(), rule.title);
        text
    })
}

fn article(rule: &Rule) -> String {
    format!(
        "{}: {}\nusual impact: {}\n\n{}\n\nWhat to do: {}\n",
        rule.code,
        rule.title,
        rule.impact.name(),
        rule.meaning,
        rule.next
    )
}

fn unknown(code: &str) -> Failure {
    let likeness = |rule: &Rule| strsim::jaro_winkler(rule.code.0, code);
    let nearest = RULES.iter().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    let hint = nearest.filter(|rule| likeness(rule) > 0.8);
    let hint = hint.map_or_else(String::new, |rule| format!("; did you mean '{}'?", rule.code));
    Failure::usage(format!("'{code}' is no finding{hint} ('tlscope explain' lists all)"))
}

//! One entry of the catalogue.

use crate::model::{Code, Impact};

/// What a code means and what to do about it.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The code, `chain.missing_intermediate`.
    pub code: Code,
    /// A few words, `missing intermediate`.
    pub title: &'static str,
    /// Usual impact; evidence can make it wider or narrower.
    pub impact: Impact,
    /// What it means, in one or two sentences.
    pub meaning: &'static str,
    /// What has to be seen before it is said.
    pub needs: &'static str,
    /// What it is taken for and is not, or what looks like it.
    pub misread: &'static str,
    /// What to do, in one imperative sentence without specifics.
    pub next: &'static str,
    /// The runbook, what stops the bleeding first.
    pub steps: &'static [Step],
}

/// One step of a runbook.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// What to do, in an imperative sentence or two.
    pub text: &'static str,
    /// How, as a command whose words in capitals stand for the reader's own.
    pub command: Option<&'static str>,
}

/// A constant for each entry, and `FAMILY`: all of them in the order in which they are listed.
macro_rules! catalogue {
    (@command) => { None };
    (@command $command:literal) => { Some($command) };
    ($($name:ident $code:literal $impact:ident $title:literal
        means $meaning:literal
        needs $needs:literal
        misread $misread:literal
        next $next:literal
        steps [$($step:literal $(=> $command:literal)?),+ $(,)?])+) => {
        $(pub(in crate::diagnosis) const $name: Rule = Rule {
            code: Code($code),
            title: $title,
            impact: Impact::$impact,
            meaning: $meaning,
            needs: $needs,
            misread: $misread,
            next: $next,
            steps: &[$(Step { text: $step, command: catalogue!(@command $($command)?) }),+],
        };)+

        pub(super) const FAMILY: &[Rule] = &[$($name),+];
    };
}

pub(super) use catalogue;

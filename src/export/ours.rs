//! What is wrong on our own side, as many targets show it together: said once, beside the verdicts.

use serde::Serialize;

use super::verdict::Verdict;
use crate::diagnosis::{Trouble, rule};
use crate::model::{Code, Impact, Next, Scope, Status};

/// What is wrong on our own side, schema 1: a line of its own in JSON lines.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OurSide {
    schema: u8,
    kind: &'static str,
    findings: Vec<OurFault>,
}

/// One thing that is wrong on our own side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OurFault {
    /// Which fact.
    pub code: Code,
    /// Always inconclusive: nothing is said about any target.
    pub impact: Impact,
    /// Always unknown. It is no target's, and counts in the exit status by what it explains only.
    pub status: Status,
    /// Always the observer.
    pub scope: Scope,
    /// One sentence.
    pub summary: String,
    /// What to do.
    pub next: Next,
    /// What it takes the blame off.
    pub explains: Vec<Explained>,
}

/// A target that cannot be judged.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explained {
    /// Canonical notation.
    pub target: String,
    /// What is left of its verdict.
    pub status: Status,
    /// What our own side explains.
    pub codes: Vec<Code>,
}

impl OurSide {
    /// The troubles, and what they explain in the verdicts that were made knowing them.
    #[must_use]
    pub fn of<'a>(troubles: &[Trouble], verdicts: &(impl Iterator<Item = &'a Verdict> + Clone)) -> Self {
        let findings = troubles.iter().map(|trouble| {
            let next = rule(trouble.code).map_or("", |rule| rule.next);
            let explained = verdicts.clone().filter_map(|verdict| Explained::by(trouble.code, verdict));
            OurFault {
                code: trouble.code,
                impact: Impact::Inconclusive,
                status: Status::Unknown,
                scope: Scope::Observer,
                summary: trouble.sentence.clone(),
                next: Next { text: next.to_owned(), command: None },
                explains: explained.collect(),
            }
        });
        Self { schema: 1, kind: "observer", findings: findings.collect() }
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub const fn is_in_order(&self) -> bool {
        self.findings.is_empty()
    }

    /// What is wrong, worst first.
    #[must_use]
    pub fn faults(&self) -> &[OurFault] {
        &self.findings
    }
}

impl OurFault {
    /// `cert.expired of a:443, b:443 and 3 more`; none where it explains nothing.
    pub(super) fn explained(&self) -> Option<String> {
        const LISTED: usize = 4;
        let mut codes: Vec<&str> = self.explains.iter().flat_map(|other| &other.codes).map(|code| code.0).collect();
        codes.sort_unstable();
        codes.dedup();
        let mut names: Vec<String> = self.explains.iter().take(LISTED).map(|other| other.target.clone()).collect();
        let more = self.explains.len().saturating_sub(LISTED);
        if more > 0 {
            names.push(format!("{more} more"));
        }
        let last = names.pop()?;
        let names = if names.is_empty() { last } else { format!("{} and {last}", names.join(", ")) };
        Some(if codes.is_empty() { names } else { format!("{} of {names}", codes.join(", ")) })
    }
}

impl Explained {
    fn by(code: Code, verdict: &Verdict) -> Option<Self> {
        let is_named = verdict.findings.iter().any(|finding| finding.code == code);
        let effects = verdict.findings.iter().filter(|finding| finding.caused_by == Some(code));
        let codes: Vec<Code> = effects.map(|finding| finding.code).collect();
        (is_named || !codes.is_empty()).then(|| Self { target: verdict.target.clone(), status: verdict.status, codes })
    }
}

#[cfg(test)]
mod tests {
    use super::super::TextStyle;
    use super::super::fixtures::{GOOD, finding, handshake, verdict};
    use super::super::markdown::our_side_in_markdown;
    use super::*;
    use crate::model::Finding;

    fn skewed() -> OurSide {
        let code = Code("local.clock_skew");
        let of = |codes: &[&'static str]| {
            let effect = |name: &&'static str| Finding { code: Code(name), caused_by: Some(code), ..finding() };
            verdict(&[(handshake(GOOD), None)], &codes.iter().map(effect).collect::<Vec<_>>())
        };
        let trouble = Trouble { code, sentence: "this machine's clock is 3h ahead of 5 servers".to_owned() };
        OurSide::of(&[trouble], &[of(&["cert.expired"]), of(&[]), of(&["cert.expired"])].iter())
    }

    #[test]
    fn a_fault_of_ours_is_told_once_with_what_it_explains() {
        let ours = skewed();
        let [fault] = ours.faults() else { panic!("{ours:?}") };
        assert_eq!((fault.status, fault.explains.len()), (Status::Unknown, 2), "the healthy one is not named");
        let text = TextStyle::default().our_side(&ours);
        assert_eq!(
            text,
            "? UNKNOWN   this machine's clock is 3h ahead of 5 servers\n\
             \x20    cause  local.clock_skew · inconclusive\n\
             \x20 explains  cert.expired of shop.example:443 and shop.example:443\n\
             \x20     next  Set this machine's clock (chronyc tracking, timedatectl status).\n"
        );
        let ticket = our_side_in_markdown(&ours);
        assert!(ticket.starts_with("## UNKNOWN: this machine\n\nthis machine's clock is 3h ahead"), "{ticket}");
    }

    #[test]
    fn nothing_wrong_says_nothing() {
        let ours = OurSide::of(&[], &std::iter::empty());
        assert!(ours.is_in_order());
        assert_eq!(TextStyle::default().our_side(&ours), "");
    }
}

//! The catalogue of findings as a document: `docs/findings.md`.

use std::fmt::Write as _;

use crate::diagnosis::{Family, Rule, families};

const HEAD: &str = "\
<!-- Made from the catalogue in src/diagnosis/catalogue by `UPDATE_DOCS=1 cargo test --test readme`: change it there. -->

# Findings

A finding is one named fact about one thing, with its evidence. Its code is stable: scripts, filters and runbooks may
rely on it. `tlscope explain CODE` prints the same as this page. Words in capitals in commands stand for yours; the
finding itself, in `tlscope check` and in the dashboard, has the command for its host, port, name and address.

The impact given is the usual one; the evidence can make it wider or narrower:

* **outage**: broken now for every client
* **partial**: broken now for some clients, some addresses, or some of the time
* **pending**: will break at a known time
* **advice**: weak or unusual, breaks nothing
* **inconclusive**: we could not tell, or the fault is on our side
";

/// The whole catalogue in Markdown.
#[must_use]
pub fn handbook() -> String {
    let mut text = HEAD.to_owned();
    text += "\n| family | is about | codes |\n|---|---|---|\n";
    for family in families() {
        let codes: Vec<String> = family.rules.iter().map(|rule| linked(rule.code.0)).collect();
        let _ = writeln!(text, "| {} | {} | {} |", family.name, family.title, codes.join(" · "));
    }
    for Family { name, title, rules } in families() {
        let _ = writeln!(text, "\n## {name}: {title}");
        text.extend(rules.iter().map(entry));
    }
    text
}

/// A link to the heading, by the rule that hosts of repositories make anchors by: no dots.
fn linked(code: &str) -> String {
    format!("[{code}](#{})", code.replace('.', ""))
}

fn entry(rule: &Rule) -> String {
    let mut text = format!("\n### {}\n\n**{}** · usually {}\n", rule.code, rule.title, rule.impact.name());
    let _ = writeln!(text, "\n{}", prose(rule.meaning));
    let parts = [("Needs", rule.needs), ("Misread", rule.misread), ("To do", rule.next)];
    for (heading, part) in parts {
        let _ = writeln!(text, "\n*{heading}*: {}", prose(part));
    }
    text.push('\n');
    for (number, step) in (1..).zip(rule.steps) {
        let _ = writeln!(text, "{number}. {}", prose(step.text));
        if let Some(command) = step.command {
            let _ = writeln!(text, "\n       {command}\n");
        }
    }
    while text.ends_with("\n\n") {
        text.pop();
    }
    text
}

/// What Markdown would take for markup, as it is.
fn prose(text: &str) -> String {
    text.replace('*', "\\*").replace('_', "\\_").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::RULES;

    #[test]
    fn every_code_has_its_section_and_a_link_to_it() {
        let text = handbook();
        for rule in RULES {
            assert!(text.contains(&format!("\n### {}\n", rule.code)), "{}", rule.code);
            assert!(text.contains(&linked(rule.code.0)), "{}", rule.code);
        }
        assert!(text.contains("[cert.expired](#certexpired)"), "{text}");
    }
}

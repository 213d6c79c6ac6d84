//! The catalogue of findings for people at a terminal.

use std::fmt::Write as _;

use textwrap::{Options, WordSplitter};

use super::paint::Painter;
use crate::diagnosis::{Family, Rule, Step, families};

/// What a terminal shows at least.
const COLUMNS: usize = 80;

/// What a finding means, what it takes, what it is mistaken for, and what to do about it.
#[must_use]
pub fn article(rule: &Rule, painter: Painter) -> String {
    let title = format!("{}: {}", rule.code, rule.title);
    let mut text = format!("{}\nusual impact: {}\n\n", painter.bold(&title), rule.impact.name());
    let _ = writeln!(text, "{}", filled(rule.meaning, ""));
    let parts = [("Evidence it needs", rule.needs), ("Easily misread", rule.misread), ("What to do", rule.next)];
    for (heading, part) in parts {
        let _ = writeln!(text, "\n{}\n{}", painter.bold(heading), filled(part, "  "));
    }
    let _ = writeln!(text, "\n{}", painter.bold("Runbook"));
    for (number, step) in (1..).zip(rule.steps) {
        text += &numbered(number, step);
    }
    if rule.steps.iter().any(|step| step.command.is_some()) {
        let note = "Words in capitals stand for yours. 'tlscope check' gives the command for exactly one \
                    host, port, name and address.";
        let lines = textwrap::wrap(note, layout("", ""));
        let dimmed: Vec<String> = lines.iter().map(|line| painter.dim(line)).collect();
        let _ = writeln!(text, "\n{}", dimmed.join("\n"));
    }
    text
}

/// Every code in a line, by family.
#[must_use]
pub fn contents(painter: Painter) -> String {
    let width = families().flat_map(|family| family.rules).map(|rule| rule.code.0.len()).max().unwrap_or(0);
    let section = |Family { name, title, rules }| {
        let lines =
            rules.iter().map(|rule| format!("  {:width$}  {:12}  {}\n", rule.code, rule.impact.name(), rule.title));
        format!("{}\n{}", painter.bold(&format!("{name}: {title}")), lines.collect::<String>())
    };
    families().map(section).collect::<Vec<_>>().join("\n")
}

/// A command stands whole on a line of its own, to be copied.
fn numbered(number: usize, step: &Step) -> String {
    let first = format!("  {number}. ");
    let mut text = textwrap::fill(step.text, layout(&first, "     "));
    if let Some(command) = step.command {
        let _ = write!(text, "\n       {command}");
    }
    text + "\n"
}

fn filled(text: &str, indent: &str) -> String {
    textwrap::fill(text, layout(indent, indent))
}

/// Words stay whole: names of options have hyphens.
fn layout<'a>(first: &'a str, others: &'a str) -> Options<'a> {
    let options = Options::new(COLUMNS).initial_indent(first).subsequent_indent(others);
    options.break_words(false).word_splitter(WordSplitter::NoHyphenation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::RULES;

    #[test]
    fn an_article_fits_a_terminal_but_for_its_commands() {
        let long = RULES.iter().flat_map(|rule| {
            let text = article(rule, Painter::default());
            let commands: Vec<&str> = rule.steps.iter().filter_map(|step| step.command).collect();
            let lines = text.lines().filter(|line| line.chars().count() > COLUMNS);
            lines.filter(|line| !commands.contains(&line.trim())).map(str::to_owned).collect::<Vec<_>>()
        });
        assert_eq!(long.collect::<Vec<_>>(), Vec::<String>::new());
    }

    #[test]
    fn an_article_has_every_part_of_its_entry() {
        let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        for rule in RULES {
            let text = squeezed(&article(rule, Painter::default()));
            let steps = rule.steps.iter().flat_map(|step| [Some(step.text), step.command]).flatten();
            let parts = [rule.code.0, rule.title, rule.meaning, rule.needs, rule.misread, rule.next];
            for part in parts.into_iter().chain(steps) {
                assert!(text.contains(&squeezed(part)), "{}: {part}", rule.code);
            }
        }
    }

    #[test]
    fn the_contents_name_every_code_once() {
        let text = contents(Painter::default());
        let codes = text.lines().filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
        assert_eq!(codes.collect::<Vec<_>>(), RULES.iter().map(|rule| rule.code.0).collect::<Vec<_>>());
        assert!(contents(Painter::new(true)).starts_with("\x1b[1mlocal: our own side\x1b[0m\n"), "{text}");
    }
}

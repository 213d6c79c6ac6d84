//! Apache's `mod_macro`: `<Macro NAME parameters>` … `</Macro>`, and `Use NAME values`.

use std::collections::BTreeMap;
use std::rc::Rc;

/// Macros within macros.
const DEEPEST: usize = 32;
/// Parameters of one macro.
const MOST_PARAMETERS: usize = 64;
/// Bytes that all uses of macros go through and stand for.
const MOST_BYTES: usize = 16 << 20;
/// What a use counts for at least.
const USE: usize = 64;

struct Macro {
    parameters: Vec<String>,
    lines: Vec<String>,
}

/// One that is being written down.
struct Open {
    name: String,
    body: Macro,
    /// Macros within it that are open as well.
    inner: usize,
}

/// What is defined, and what is in use.
#[derive(Default)]
pub(super) struct Macros {
    defined: BTreeMap<String, Rc<Macro>>,
    open: Option<Open>,
    within: Vec<String>,
    bytes: usize,
}

impl Macros {
    /// Begins to write one down.
    pub(super) fn open(&mut self, name: &str, parameters: &[String]) {
        let parameters = parameters.iter().filter(|parameter| !parameter.is_empty()).cloned().collect();
        let body = Macro { parameters, lines: Vec::new() };
        self.open = Some(Open { name: name.to_ascii_lowercase(), body, inner: 0 });
    }

    /// Takes a line of the macro that is being written down, as it stands: its variables have no values yet. Whether there is one.
    pub(super) fn takes(&mut self, line: &str) -> bool {
        let Some(open) = &mut self.open else { return false };
        if begins(line, "</macro") {
            if open.inner == 0 {
                self.close();
                return true;
            }
            open.inner -= 1;
        } else if begins(line, "<macro") {
            open.inner += 1;
        }
        open.body.lines.push(line.to_owned());
        true
    }

    fn close(&mut self) {
        if let Some(Open { name, body, .. }) = self.open.take() {
            self.defined.insert(name, Rc::new(body));
        }
    }

    /// Drops what has no end, and says whether there is such.
    pub(super) fn abandon(&mut self) -> bool {
        self.open.take().is_some()
    }

    pub(super) fn forget(&mut self, name: &str) {
        self.defined.remove(&name.to_ascii_lowercase());
    }

    /// The lines that a use stands for; [`leave`](Self::leave) after them.
    pub(super) fn enter(&mut self, name: &str, values: &[String]) -> Result<Vec<String>, String> {
        let name = name.to_ascii_lowercase();
        let defined = self.defined.get(&name).map(Rc::clone).ok_or("no macro has that name")?;
        let count = defined.parameters.len();
        if count != values.len() {
            return Err(format!("values given: {}, parameters: {count}", values.len()));
        }
        if count > MOST_PARAMETERS {
            return Err(format!("more than {MOST_PARAMETERS} parameters"));
        }
        if self.within.contains(&name) {
            return Err("it would use itself".to_owned());
        }
        if self.within.len() >= DEEPEST {
            return Err(format!("more than {DEEPEST} macros within macros"));
        }
        let values: Vec<String> =
            defined.parameters.iter().zip(values).map(|(name, value)| given(name, value)).collect();
        let pairs: Vec<(&str, &str)> =
            defined.parameters.iter().map(String::as_str).zip(values.iter().map(String::as_str)).collect();
        let mut lines = Vec::new();
        self.bytes += USE;
        for line in &defined.lines {
            self.bytes += line.len();
            let left = MOST_BYTES.saturating_sub(self.bytes);
            let line = filled(line, &pairs, left).filter(|_| left > 0);
            let line = line.ok_or_else(|| format!("macros stand for more than {} MiB", MOST_BYTES >> 20))?;
            self.bytes += line.len();
            lines.push(line);
        }
        self.within.push(name);
        Ok(lines)
    }

    /// After the last line of a use. What it began to write down and did not end is no macro.
    pub(super) fn leave(&mut self) {
        self.within.pop();
        self.open = None;
    }
}

fn begins(line: &str, word: &str) -> bool {
    line.get(..word.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(word))
        && line[word.len()..].starts_with(|next: char| next.is_whitespace() || next == '>')
}

/// The value of a parameter: one that begins with `@` is quoted.
fn given(parameter: &str, value: &str) -> String {
    if parameter.starts_with('@') { format!("\"{}\"", value.replace('"', "\\\"")) } else { value.to_owned() }
}

/// A line with the values of its parameters: wherever they stand, the longest first. Values are not looked through again.
fn filled(line: &str, pairs: &[(&str, &str)], most: usize) -> Option<String> {
    let mut out = String::new();
    let mut rest = line;
    while let Some(next) = rest.chars().next() {
        let meant = pairs.iter().filter(|(name, _)| rest.starts_with(name)).max_by_key(|(name, _)| name.len());
        let taken = if let Some((name, value)) = meant {
            out.push_str(value);
            name.len()
        } else {
            out.push(next);
            next.len_utf8()
        };
        rest = &rest[taken..];
        if out.len() > most {
            return None;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn written(macros: &mut Macros, name: &str, parameters: &[&str], lines: &[&str]) {
        macros.open(name, &strings(parameters));
        assert!(lines.iter().all(|line| macros.takes(line)) && macros.takes("</Macro>"));
    }

    #[test]
    fn values_stand_for_the_longest_parameter_there() {
        let mut macros = Macros::default();
        assert!(!macros.takes("ServerName x"));
        written(&mut macros, "VHost", &["$name", "$names", "@port", "%x"], &["a $name.x $names b$names", "@port %x$"]);
        let used = |macros: &mut Macros, name: &str, values: &[&str]| {
            let lines = macros.enter(name, &strings(values));
            lines.inspect(|_| macros.leave())
        };
        let lines = used(&mut macros, "vhost", &["$names", "n", "8\"", ""]).unwrap();
        assert_eq!(lines, ["a $names.x n bn", "\"8\\\"\" $"]);
        assert_eq!(used(&mut macros, "vhost", &["a"]).unwrap_err(), "values given: 1, parameters: 4");
        assert_eq!(used(&mut macros, "other", &[]).unwrap_err(), "no macro has that name");
        macros.forget("VHOST");
        assert_eq!(used(&mut macros, "vhost", &[]).unwrap_err(), "no macro has that name");
    }

    #[test]
    fn macros_within_macros_are_lines_of_the_outer() {
        let mut macros = Macros::default();
        written(&mut macros, "outer", &[], &["<Macro inner>", "x", "</MACRO >", "<Macros>"]);
        assert_eq!(macros.enter("outer", &[]).unwrap().len(), 4);
        macros.open("endless", &[]);
        assert!(macros.abandon() && !macros.takes("x") && !macros.abandon());
    }

    #[test]
    fn limits_are_named() {
        let mut macros = Macros::default();
        for number in 0..40 {
            written(&mut macros, &format!("m{number}"), &[], &[]);
        }
        for number in 0..DEEPEST {
            assert!(macros.enter(&format!("m{number}"), &[]).is_ok());
        }
        assert_eq!(macros.enter("m7", &[]).unwrap_err(), "it would use itself");
        assert_eq!(macros.enter("m39", &[]).unwrap_err(), "more than 32 macros within macros");
        let mut macros = Macros::default();
        let many: Vec<String> = (0..=MOST_PARAMETERS).map(|number| format!("${number}.")).collect();
        macros.open("many", &many);
        assert!(macros.takes("</Macro>"));
        assert_eq!(macros.enter("many", &many).unwrap_err(), "more than 64 parameters");
        written(&mut macros, "large", &["$a"], &[&"$a".repeat(1 << 15)]);
        let value = "x".repeat(1 << 15);
        assert_eq!(macros.enter("large", &[value]).unwrap_err(), "macros stand for more than 16 MiB");
        written(&mut macros, "small", &[], &["x"]);
        assert!(macros.enter("small", &[]).is_ok(), "what is small still has room");
    }
}

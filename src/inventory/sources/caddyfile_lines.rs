//! The lines of a Caddyfile: words, quoted or not, and the blocks that lines open and close.

use std::iter::Peekable;
use std::str::Chars;

use super::words::LONGEST;

/// A line with something in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// Counted from 1.
    pub(super) number: usize,
    pub(super) words: Vec<String>,
    /// Whether it begins with `}`, which is no word of it.
    pub(super) closes: bool,
    /// Whether it ends with `{`, which is none either.
    pub(super) opens: bool,
}

/// The text with what the environment is said to be by default: `{$NAME:default}`. Without a default a placeholder stays:
/// what is in the environment of the server is not known here.
pub(super) fn with_defaults(text: &str) -> String {
    placeholders(text, |inner| inner.split_once(':').map(|(_, default)| default))
}

/// A word without the placeholders of the environment, where there are any: as it is where nothing is set.
pub(super) fn emptied(word: &str) -> Option<String> {
    word.contains(OPENING).then(|| placeholders(word, |_| Some("")))
}

const OPENING: &str = "{$";

/// As Caddy does it (`replaceEnvVars`): before words are told apart, the next brace closes, and values are not looked
/// through again.
fn placeholders(text: &str, value: impl Fn(&str) -> Option<&str>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPENING) {
        let Some((inner, tail)) = after.split_once('}') else { break };
        out.push_str(before);
        match value(inner) {
            Some(value) => out.push_str(value),
            None => out.extend([OPENING, inner, "}"]),
        }
        rest = tail;
    }
    out + rest
}

/// Every line with something in it.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let mut reader = Reader { rest: text.chars().peekable(), number: 1 };
    let mut lines = Vec::new();
    while reader.rest.peek().is_some() {
        let line = reader.line();
        if !line.words.is_empty() || line.opens || line.closes {
            lines.push(line);
        }
    }
    lines
}

/// The lines up to the one that closes the block they are in, and the number of those and it.
pub(super) fn block(lines: &[Line]) -> (&[Line], usize) {
    let mut depth = 0_usize;
    for (index, line) in lines.iter().enumerate() {
        if line.closes {
            let Some(less) = depth.checked_sub(1) else { return (&lines[..index], index + 1) };
            depth = less;
        }
        depth += usize::from(line.opens);
    }
    (lines, lines.len())
}

impl Line {
    /// The line with its arguments, `{args[0]}` or as it was before `{args.0}`, given, where its words are no more than so
    /// many bytes. A word that becomes too long is left as it is.
    pub(super) fn given(&self, values: &[String], most: usize) -> Option<Self> {
        let mut left = most;
        let given = |word: &String| {
            let word = filled(word, values).unwrap_or_else(|| word.clone());
            left = left.checked_sub(word.len())?;
            Some(word)
        };
        let words = self.words.iter().map(given).collect::<Option<_>>()?;
        Some(Self { words, number: self.number, closes: self.closes, opens: self.opens })
    }
}

fn filled(word: &str, values: &[String]) -> Option<String> {
    let mut out = String::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once("{args") {
        out.push_str(before);
        let (inner, tail) = after.split_once('}')?;
        let number = inner.strip_prefix('.').or_else(|| inner.strip_prefix('[')?.strip_suffix(']'));
        out.push_str(values.get(number?.parse::<usize>().ok()?)?);
        rest = tail;
        if out.len() > LONGEST {
            return None;
        }
    }
    Some(out + rest)
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    number: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.rest.next()?;
        self.number += usize::from(next == '\n');
        Some(next)
    }

    fn line(&mut self) -> Line {
        let mut line = Line { number: self.number, ..Line::default() };
        while let Some(first) = self.next() {
            let word = match first {
                '\n' => return line,
                '\\' if self.rest.peek() == Some(&'\n') => {
                    let _ = self.next();
                    continue;
                }
                '#' => {
                    while self.rest.next_if(|next| *next != '\n').is_some() {}
                    continue;
                }
                _ if first.is_whitespace() => continue,
                '"' | '`' => self.quoted(first),
                _ => self.bare(first),
            };
            let is_quoted = matches!(first, '"' | '`');
            match &*word {
                "}" if !is_quoted && line.words.is_empty() && !line.opens => line.closes = true,
                "{" if !is_quoted => line.opens = true,
                _ => line.words.push(word),
            }
        }
        line
    }

    fn quoted(&mut self, quote: char) -> String {
        let mut word = String::new();
        while let Some(next) = self.next() {
            match next {
                '\\' if quote == '"' && self.rest.peek() == Some(&'"') => word.extend(self.next()),
                _ if next == quote => break,
                _ => word.push(next),
            }
        }
        word
    }

    fn bare(&mut self, first: char) -> String {
        let mut word = String::from(first);
        while let Some(next) = self.rest.next_if(|next| !next.is_whitespace()) {
            word.push(next);
        }
        match word.strip_prefix("<<") {
            Some(mark) if !mark.is_empty() && mark.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c)) => {
                self.here(mark)
            }
            _ => word,
        }
    }

    /// A text up to the line that begins with its mark.
    fn here(&mut self, mark: &str) -> String {
        while self.next().is_some_and(|next| next != '\n') {}
        let mut text = String::new();
        loop {
            let mut blank = String::new();
            while let Some(next) = self.rest.next_if(|next| matches!(next, ' ' | '\t')) {
                blank.push(next);
            }
            let mut word = String::new();
            while let Some(next) = self.rest.next_if(|next| !next.is_whitespace()) {
                word.push(next);
            }
            if word == mark || self.rest.peek().is_none() {
                return text;
            }
            text.extend([blank, word]);
            while let Some(next) = self.next() {
                text.push(next);
                if next == '\n' {
                    break;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let of = |line: &Line| {
            let closes = if line.closes { "} " } else { "" };
            let opens = if line.opens { " {" } else { "" };
            format!("{}: {closes}{}{opens}", line.number, line.words.join("|"))
        };
        lines(text).iter().map(of).collect()
    }

    #[test]
    fn lines_have_words_and_blocks() {
        let text = "# c\n{\n\temail a#b # c\n}\r\na.example, \\\n  b.example {\n respond \"x \\\"y\\\" {\n z\" `a\\`\n tls <<END\n  a {\n  b\n  END 200\n}\n\"{\" \"}\" {x} }";
        let expected = [
            "2:  {",
            "3: email|a#b",
            "4: } ",
            "5: a.example,|b.example {",
            "7: respond|x \"y\" {\n z|a\\",
            "9: tls|  a {\n  b\n|200",
            "13: } ",
            "14: {|}|{x}|}",
        ];
        assert_eq!(told(text), expected);
        for text in ["\"", "`", "<<A", "<<A\n", "\\", "a\\", "<<A\nx"] {
            let _ = lines(text);
        }
    }

    #[test]
    fn placeholders_of_the_environment_have_defaults() {
        let text = "{$A:a.example b.example}:{$P:8443} {$B} {$:x} {$C:} {$D:{$E:x}} {$F";
        assert_eq!(with_defaults(text), "a.example b.example:8443 {$B} x  {$E:x} {$F");
        assert_eq!(emptied("{$A}a.example:{$P}").as_deref(), Some("a.example:"));
        assert_eq!((emptied("{$A}").as_deref(), emptied("{env.A}")), (Some(""), None));
    }

    #[test]
    fn blocks_end_where_they_are_closed() {
        let lines = lines("a {\nb {\n}\n}\nc\n}\nd\n");
        let (inner, taken) = block(&lines[1..]);
        assert_eq!((inner.len(), taken), (2, 3));
        assert_eq!(block(&lines).1, 6);
        assert_eq!(block(&lines[..2]), (&lines[..2], 2));
    }

    #[test]
    fn arguments_are_given() {
        let line = Line {
            words: vec!["{args[0]}.{args.1}{x}".to_owned(), "{args[:]}".to_owned(), "{args[2]}".to_owned()],
            ..Line::default()
        };
        assert_eq!(
            line.given(&["a".to_owned(), "b".to_owned()], 100).unwrap().words,
            ["a.b{x}", "{args[:]}", "{args[2]}"]
        );
        let line = Line { words: vec!["{args[0]}{args[0]}".to_owned()], ..Line::default() };
        assert_eq!(line.given(&["x".repeat(LONGEST)], LONGEST).unwrap().words, line.words);
        let line = Line { words: vec!["{args[0]}".to_owned(); 1 << 20], ..Line::default() };
        assert_eq!(line.given(&["x".repeat(LONGEST - 1)], 10 * LONGEST), None, "and no more memory is taken for it");
    }
}

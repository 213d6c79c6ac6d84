//! The words of nginx's configuration files.

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token {
    Word(String),
    End,
    Open,
    Close,
}

/// Words, quoted or not, and what separates directives, each with its line.
pub(super) struct Tokens<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    line: usize,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text.chars().peekable(), line: 1 }
    }

    fn next_char(&mut self) -> Option<char> {
        let next = self.rest.next()?;
        self.line += usize::from(next == '\n');
        Some(next)
    }

    fn quoted(&mut self, quote: char) -> String {
        let mut word = String::new();
        while let Some(next) = self.next_char() {
            match next {
                '\\' => word.extend(self.next_char()),
                _ if next == quote => break,
                _ => word.push(next),
            }
        }
        word
    }

    fn bare(&mut self, first: char) -> String {
        let mut word = String::from(first);
        while let Some(&next) = self.rest.peek() {
            // `${name}` has a brace that opens no block.
            if next == '{' && word.ends_with('$') {
                while let Some(inner) = self.next_char() {
                    word.push(inner);
                    if inner == '}' {
                        break;
                    }
                }
                continue;
            }
            if next.is_whitespace() || matches!(next, ';' | '{' | '}') {
                break;
            }
            let _ = self.next_char();
            word.push(next);
            if next == '\\' {
                word.extend(self.next_char());
            }
        }
        word
    }
}

impl Iterator for Tokens<'_> {
    type Item = (Token, usize);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let next = self.next_char()?;
            let line = self.line;
            let token = match next {
                ';' => Token::End,
                '{' => Token::Open,
                '}' => Token::Close,
                '#' => {
                    while self.next_char().is_some_and(|c| c != '\n') {}
                    continue;
                }
                _ if next.is_whitespace() => continue,
                '"' | '\'' => Token::Word(self.quoted(next)),
                _ => Token::Word(self.bare(next)),
            };
            return Some((token, line));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_where_they_do() {
        let text = "listen 443 ssl; # } ;\nmap $a ${b}c {\n  \"~^x{2}\" 'a b';\n  a\\;b c;\n}";
        let words: Vec<String> = Tokens::new(text)
            .map(|(token, line)| match token {
                Token::Word(word) => format!("{line}:{word}"),
                other => format!("{line}:{other:?}"),
            })
            .collect();
        let expected =
            "1:listen 1:443 1:ssl 1:End 2:map 2:$a 2:${b}c 2:Open 3:~^x{2} 3:a b 3:End 4:a\\;b 4:c 4:End 5:Close";
        assert_eq!(words.join(" "), expected);
    }
}

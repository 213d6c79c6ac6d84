//! From characters to tokens with their positions.

use super::error::QueryError;
use super::expr::Order;

/// A piece of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    And,
    Close,
    Not,
    Open,
    Or,
    /// `name:value` and the like; the value is not empty.
    Pair {
        name: String,
        sign: Sign,
        value: String,
        value_at: usize,
    },
    Word(String),
}

/// What stands between a name and a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// `:`
    Contains,
    /// Any other.
    Order(Order),
}

/// Signs, the longer before those they begin with.
const SIGNS: [(&str, Sign); 6] = [
    (":", Sign::Contains),
    ("<=", Sign::Order(Order::AtMost)),
    (">=", Sign::Order(Order::AtLeast)),
    ("<", Sign::Order(Order::Below)),
    (">", Sign::Order(Order::Above)),
    ("=", Sign::Order(Order::Equal)),
];

/// All tokens of `source`, each with its byte offset.
pub(super) fn tokens(source: &str) -> Result<Vec<(usize, Token)>, QueryError> {
    let mut lexer = Lexer { source, at: 0 };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.token()? {
        tokens.push(token);
    }
    Ok(tokens)
}

struct Lexer<'a> {
    source: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    fn token(&mut self) -> Result<Option<(usize, Token)>, QueryError> {
        self.take(char::is_whitespace);
        let at = self.at;
        let Some(first) = self.rest().chars().next() else { return Ok(None) };
        let single = match first {
            '(' => Some(Token::Open),
            ')' => Some(Token::Close),
            '!' | '-' => Some(Token::Not),
            _ => None,
        };
        let token = match (single, first) {
            (Some(token), _) => {
                self.at += first.len_utf8();
                token
            }
            (None, '"') => Token::Word(self.quoted()?),
            (None, _) => self.term()?,
        };
        Ok(Some((at, token)))
    }

    /// A bare word or a pair. What has no name before its sign, such as `::1`, is a word.
    fn term(&mut self) -> Result<Token, QueryError> {
        let start = self.at;
        let name = self.take(|c| !ends_word(c) && !is_sign(c));
        let sign = SIGNS.into_iter().find(|(sign, _)| self.rest().starts_with(sign));
        if let Some((text, sign)) = sign.filter(|_| is_name(name)) {
            self.at += text.len();
            return self.pair(name, text, sign);
        }
        self.take(|c| !ends_word(c));
        let word = &self.source[start..self.at];
        Ok(match word {
            _ if word.eq_ignore_ascii_case("or") => Token::Or,
            _ if word.eq_ignore_ascii_case("and") => Token::And,
            _ => Token::Word(word.to_owned()),
        })
    }

    fn pair(&mut self, name: &str, text: &str, sign: Sign) -> Result<Token, QueryError> {
        let value_at = self.at;
        let quoted = self.rest().starts_with('"');
        let value = if quoted { self.quoted()? } else { self.take(|c| !ends_word(c)).to_owned() };
        if value.is_empty() {
            return Err(QueryError::new(value_at, format!("a value is missing after '{name}{text}'")));
        }
        Ok(Token::Pair { name: name.to_owned(), sign, value, value_at })
    }

    /// Text between quotes; `\"` and `\\` stand for themselves without the backslash.
    fn quoted(&mut self) -> Result<String, QueryError> {
        let start = self.at;
        let mut text = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.at = start + at + 1;
                    return Ok(text);
                }
                '\\' => text.extend(chars.next().map(|(_, escaped)| escaped)),
                _ => text.push(c),
            }
        }
        Err(QueryError::new(start, "this quote is not closed"))
    }

    fn take(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let taken = &rest[..rest.find(|c| !wanted(c)).unwrap_or(rest.len())];
        self.at += taken.len();
        taken
    }

    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }
}

fn ends_word(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '"')
}

fn is_sign(c: char) -> bool {
    matches!(c, ':' | '=' | '<' | '>')
}

/// Whether this can be the name of a field or label.
pub(super) fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'))
}

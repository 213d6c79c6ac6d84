//! From tokens to a tree: `or` binds loosest, then juxtaposition, then negation.

use super::error::QueryError;
use super::expr::{Expr, Order};
use super::field::{Number, Text, fold, named};
use super::lex::{Sign, Token, tokens};
use super::quantity::{self, DAY, MILLISECOND};

/// Deeper nesting is refused, so that no filter exhausts the stack.
const DEPTH: usize = 64;

/// Reads a filter.
pub(super) fn parse(source: &str) -> Result<Expr, QueryError> {
    let tokens = tokens(source)?;
    if tokens.is_empty() {
        return Ok(Expr::All(Vec::new()));
    }
    let mut parser = Parser { tokens: tokens.into_iter().peekable(), end: source.len() };
    let expr = parser.either(0)?;
    match parser.tokens.next() {
        None => Ok(expr),
        Some((at, _)) => Err(QueryError::new(at, "this parenthesis was never opened")),
    }
}

struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<(usize, Token)>>,
    end: usize,
}

impl Parser {
    fn either(&mut self, depth: usize) -> Result<Expr, QueryError> {
        let mut terms = vec![self.every(depth)?];
        while self.tokens.next_if(|(_, token)| *token == Token::Or).is_some() {
            terms.push(self.every(depth)?);
        }
        Ok(Expr::any(terms))
    }

    fn every(&mut self, depth: usize) -> Result<Expr, QueryError> {
        let mut terms = vec![self.term(depth)?];
        loop {
            if self.tokens.next_if(|(_, token)| *token == Token::And).is_some() {
                terms.push(self.term(depth)?);
                continue;
            }
            match self.tokens.peek() {
                None | Some((_, Token::Or | Token::Close)) => return Ok(Expr::all(terms)),
                Some(_) => terms.push(self.term(depth)?),
            }
        }
    }

    fn term(&mut self, depth: usize) -> Result<Expr, QueryError> {
        let Some((at, token)) = self.tokens.next() else {
            return Err(QueryError::new(self.end, "something is missing here"));
        };
        if depth > DEPTH {
            return Err(QueryError::new(at, "this is nested too deeply"));
        }
        match token {
            Token::And | Token::Or => Err(QueryError::new(at, "something is missing before this; quote it to find it")),
            Token::Close => Err(QueryError::new(at, "something is missing before this parenthesis")),
            Token::Not => Ok(Expr::Not(Box::new(self.term(depth + 1)?))),
            Token::Open => self.group(at, depth),
            Token::Pair { name, sign, value, value_at } => pair(at, &name, sign, &value, value_at),
            Token::Word(word) => Ok(Expr::Word(fold(&word))),
        }
    }

    fn group(&mut self, at: usize, depth: usize) -> Result<Expr, QueryError> {
        let expr = self.either(depth + 1)?;
        match self.tokens.next() {
            Some((_, Token::Close)) => Ok(expr),
            _ => Err(QueryError::new(at, "this parenthesis is not closed")),
        }
    }
}

fn pair(at: usize, name: &str, sign: Sign, value: &str, value_at: usize) -> Result<Expr, QueryError> {
    if let Some(field) = named(&Number::NAMES, name) {
        return number(at, name, field, sign, value, value_at);
    }
    if name.eq_ignore_ascii_case(Number::DAYS) {
        return timed(at, name, Number::Expires, DAY, sign, value, value_at);
    }
    let exact = match sign {
        Sign::Contains => false,
        Sign::Order(Order::Equal) => true,
        Sign::Order(_) => {
            let known: Vec<_> = Number::NAMES.iter().map(|(name, _)| *name).collect();
            let message = format!("'{name}' is not a number: use ':' or '='; numbers are days, {}", known.join(", "));
            return Err(QueryError::new(at, message));
        }
    };
    let needle = fold(value);
    if let Some(field) = named(&Text::NAMES, name) {
        return Ok(Expr::Text { field, exact, needle });
    }
    let explicit = name.strip_prefix("label.").filter(|rest| !rest.is_empty());
    let name = explicit.unwrap_or(name).to_owned();
    let pair = fold(&format!("{name}:{value}"));
    Ok(Expr::Label { name, explicit: explicit.is_some(), exact, needle, pair })
}

fn number(at: usize, name: &str, field: Number, sign: Sign, value: &str, value_at: usize) -> Result<Expr, QueryError> {
    match field {
        Number::Expires => timed(at, name, field, DAY, sign, value, value_at),
        Number::Dns | Number::Tcp | Number::Tls | Number::Total => {
            timed(at, name, field, MILLISECOND, sign, value, value_at)
        }
        Number::Port => {
            let order = match sign {
                Sign::Contains => Order::Equal,
                Sign::Order(order) => order,
            };
            let value: u16 = value
                .parse()
                .map_err(|_| QueryError::new(value_at, format!("'{value}' is not a port: use 0 to 65535")))?;
            Ok(Expr::Number { field, order, value: i64::from(value) })
        }
    }
}

fn timed(
    at: usize,
    name: &str,
    field: Number,
    unit: i64,
    sign: Sign,
    value: &str,
    value_at: usize,
) -> Result<Expr, QueryError> {
    let order = match sign {
        Sign::Contains | Sign::Order(Order::Equal) => {
            return Err(QueryError::new(at, format!("compare '{name}' with '<' or '>'")));
        }
        Sign::Order(order) => order,
    };
    let value = quantity::duration(value, unit).ok_or_else(|| {
        QueryError::new(value_at, format!("'{value}' is not a duration: write it like 7d, 12h, 30m, 20s or 200ms"))
    })?;
    Ok(Expr::Number { field, order, value })
}

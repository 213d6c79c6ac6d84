//! `ManageSieve` (RFC 5804): greeting with capabilities, STARTTLS.

use super::notes::Notes;
use crate::probe::talk::{Stop, Stream, Talk};

/// A string of a capability or of a reason.
const MOST_LITERAL: usize = 4 * 1024;

pub(super) async fn upgrade<S: Stream>(talk: &mut Talk<S>, notes: &mut Notes) -> Result<(), Stop> {
    let mut offered = false;
    for count in 0..Talk::<S>::MOST_LINES {
        let line = line(talk).await?;
        if count == 0 {
            if !line.starts_with(b"\"") && verdict(&line).is_none() {
                return Err(Stop::Foreign);
            }
            notes.banner(&line);
        }
        match verdict(&line) {
            None => {
                offered |= line.get(..10).is_some_and(|head| head.eq_ignore_ascii_case(b"\"STARTTLS\""));
                notes.capability(&line);
            }
            Some(true) => return request(talk, notes, offered).await,
            Some(false) => return Err(Stop::Rejected(notes.reply(&line))),
        }
    }
    Err(Stop::Garbled(format!("more than {} capabilities", Talk::<S>::MOST_LINES)))
}

async fn request<S: Stream>(talk: &mut Talk<S>, notes: &mut Notes, offered: bool) -> Result<(), Stop> {
    if !offered {
        return Err(Stop::NotOffered("no STARTTLS among the capabilities".to_owned()));
    }
    talk.say(b"STARTTLS\r\n").await?;
    let answer = line(talk).await?;
    let words = notes.reply(&answer);
    match verdict(&answer) {
        Some(true) => Ok(()),
        Some(false) => Err(Stop::Rejected(words)),
        None => Err(crate::probe::talk::garbled(&answer)),
    }
}

/// A line with the literals in it: `{n}` or `{n+}` at its end says that `n` bytes and the rest of the line follow.
async fn line<S: Stream>(talk: &mut Talk<S>) -> Result<Vec<u8>, Stop> {
    let mut line = talk.line().await?;
    while let Some(length) = literal(&line) {
        if length > MOST_LITERAL || line.len() > Talk::<S>::MOST_LINE {
            return Err(Stop::Garbled(format!("a string of {length} bytes")));
        }
        line.extend(talk.exactly(length).await?);
        line.extend(talk.line().await?);
    }
    Ok(line)
}

/// The length a line announces at its end.
pub(super) fn literal(line: &[u8]) -> Option<usize> {
    let inside = line.strip_suffix(b"}")?;
    let inside = inside.strip_suffix(b"+").unwrap_or(inside);
    let digits = &inside[inside.iter().rposition(|byte| *byte == b'{')? + 1..];
    // Longer numbers are longer than any limit.
    if digits.is_empty() || digits.len() > 9 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(digits.iter().fold(0, |length, digit| length * 10 + usize::from(digit - b'0')))
}

/// `OK` is agreement, `NO` and `BYE` are not; `None` for everything else.
fn verdict(line: &[u8]) -> Option<bool> {
    let end = line.iter().position(|byte| matches!(byte, b' ' | b'(')).unwrap_or(line.len());
    match line[..end].to_ascii_uppercase().as_slice() {
        b"OK" => Some(true),
        b"NO" | b"BYE" => Some(false),
        _ => None,
    }
}

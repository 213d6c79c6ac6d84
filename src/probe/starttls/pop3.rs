//! POP3 (RFC 2595): greeting, CAPA where it is known, STLS.

use super::notes::Notes;
use crate::probe::talk::{Stop, Stream, Talk};

pub(super) async fn upgrade<S: Stream>(talk: &mut Talk<S>, notes: &mut Notes) -> Result<(), Stop> {
    let greeting = talk.line().await?;
    match is_good(&greeting) {
        None => return Err(Stop::Foreign),
        Some(good) => {
            notes.banner(&greeting);
            if !good {
                return Err(Stop::Rejected(notes.reply(&greeting)));
            }
        }
    }
    talk.say(b"CAPA\r\n").await?;
    // Servers older than RFC 2449 do not know the question, and may know STLS all the same.
    if agreed(talk, notes).await?.is_ok() && !list(talk, notes).await? {
        return Err(Stop::NotOffered("no STLS in the answer to CAPA".to_owned()));
    }
    talk.say(b"STLS\r\n").await?;
    agreed(talk, notes).await?
}

/// The next answer: agreement, or the refusal in its words.
async fn agreed<S: Stream>(talk: &mut Talk<S>, notes: &mut Notes) -> Result<Result<(), Stop>, Stop> {
    let line = talk.line().await?;
    let Some(good) = is_good(&line) else { return Err(crate::probe::talk::garbled(&line)) };
    let words = notes.reply(&line);
    Ok(if good { Ok(()) } else { Err(Stop::Rejected(words)) })
}

fn is_good(line: &[u8]) -> Option<bool> {
    let says = |word: &[u8]| {
        line.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
            && line.get(word.len()).is_none_or(|byte| *byte == b' ')
    };
    if says(b"+OK") {
        Some(true)
    } else if says(b"-ERR") {
        Some(false)
    } else {
        None
    }
}

/// Notes the lines up to the dot that ends them; whether STLS is one of them.
async fn list<S: Stream>(talk: &mut Talk<S>, notes: &mut Notes) -> Result<bool, Stop> {
    let mut offered = false;
    for _ in 0..Talk::<S>::MOST_LINES {
        let line = talk.line().await?;
        if line == b"." {
            return Ok(offered);
        }
        offered |= line.trim_ascii().eq_ignore_ascii_case(b"STLS");
        notes.capability(&line);
    }
    Err(Stop::Garbled(format!("a list of more than {} lines", Talk::<S>::MOST_LINES)))
}

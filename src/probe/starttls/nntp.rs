//! NNTP (RFC 4642): greeting, CAPABILITIES where they are known, STARTTLS.

use super::notes::Notes;
use crate::probe::talk::{Stop, Stream, Talk};

pub(super) async fn upgrade<S: Stream>(talk: &mut Talk<S>, notes: &mut Notes) -> Result<(), Stop> {
    let greeting = talk.reply().await?;
    notes.banner(greeting.last());
    match greeting.code {
        200 | 201 => (),
        // Unavailable, for now or for good (RFC 3977 section 5.1.1).
        400 | 502 => return Err(Stop::Rejected(notes.reply(greeting.last()))),
        _ => return Err(Stop::Foreign),
    }
    talk.say(b"CAPABILITIES\r\n").await?;
    // Servers older than RFC 3977 do not know the question, and may know STARTTLS all the same.
    if talk.reply().await?.code == 101 && !list(talk, notes).await? {
        return Err(Stop::NotOffered("no STARTTLS among the capabilities".to_owned()));
    }
    talk.say(b"STARTTLS\r\n").await?;
    let reply = talk.reply().await?;
    let words = notes.reply(reply.last());
    match reply.code {
        382 => Ok(()),
        500 | 501 => Err(Stop::NotOffered(format!("STARTTLS is answered with “{words}”"))),
        _ => Err(Stop::Rejected(words)),
    }
}

/// Notes the lines up to the dot that ends them; whether STARTTLS is one of them.
async fn list<S: Stream>(talk: &mut Talk<S>, notes: &mut Notes) -> Result<bool, Stop> {
    let mut offered = false;
    for _ in 0..Talk::<S>::MOST_LINES {
        let line = talk.line().await?;
        if line == b"." {
            return Ok(offered);
        }
        offered |= line.trim_ascii().eq_ignore_ascii_case(b"STARTTLS");
        notes.capability(&line);
    }
    Err(Stop::Garbled(format!("a list of more than {} lines", Talk::<S>::MOST_LINES)))
}

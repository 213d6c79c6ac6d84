//! POP3 (RFC 2595) and NNTP (RFC 4642): greeting, a list of capabilities up to a dot where they are known, STLS or STARTTLS.

use super::notes::Notes;
use crate::probe::talk::{Stop, Stream, Talk, code_of, garbled};

/// Which of the two; they differ in words only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// POP3.
    Pop3,
    /// NNTP.
    Nntp,
}

/// What an answer comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Yes,
    No,
    /// The command is not known.
    Unknown,
}

impl Dialect {
    /// Asks for the list.
    const fn question(self) -> &'static str {
        match self {
            Self::Pop3 => "CAPA",
            Self::Nntp => "CAPABILITIES",
        }
    }

    /// Asks for TLS, and stands in the list of whoever has it.
    const fn command(self) -> &'static str {
        match self {
            Self::Pop3 => "STLS",
            Self::Nntp => "STARTTLS",
        }
    }

    /// The meaning of a greeting; `None` for another protocol's.
    fn greeting(self, line: &[u8]) -> Option<Answer> {
        match self {
            Self::Pop3 => indicator(line),
            Self::Nntp => match code_of(line)?.0 {
                200 | 201 => Some(Answer::Yes),
                // Unavailable, for now or for good (RFC 3977 section 5.1.1).
                400 | 502 => Some(Answer::No),
                _ => None,
            },
        }
    }

    /// The meaning of an answer; `None` when it is none.
    fn answer(self, line: &[u8]) -> Option<Answer> {
        match self {
            Self::Pop3 => indicator(line),
            Self::Nntp => Some(match code_of(line)?.0 {
                101 | 382 => Answer::Yes,
                500 | 501 => Answer::Unknown,
                _ => Answer::No,
            }),
        }
    }
}

pub(super) async fn upgrade<S: Stream>(dialect: Dialect, talk: &mut Talk<S>, notes: &mut Notes) -> Result<(), Stop> {
    let greeting = talk.line().await?;
    let Some(meaning) = dialect.greeting(&greeting) else { return Err(Stop::Foreign) };
    notes.banner(&greeting);
    if meaning != Answer::Yes {
        return Err(Stop::Rejected(notes.reply(&greeting)));
    }
    let (question, command) = (dialect.question(), dialect.command());
    // Servers older than RFC 2449 and RFC 3977 do not know the question, and may have TLS all the same.
    let knows = asked(dialect, question, talk).await?.0 == Answer::Yes;
    if knows && !list(command, talk, notes).await? {
        return Err(Stop::NotOffered(format!("no {command} in the answer to {question}")));
    }
    let (answer, line) = asked(dialect, command, talk).await?;
    let words = notes.reply(&line);
    match answer {
        Answer::Yes => Ok(()),
        Answer::No => Err(Stop::Rejected(words)),
        Answer::Unknown => Err(Stop::NotOffered(format!("{command} is answered with “{words}”"))),
    }
}

async fn asked<S: Stream>(dialect: Dialect, command: &str, talk: &mut Talk<S>) -> Result<(Answer, Vec<u8>), Stop> {
    talk.say(format!("{command}\r\n").as_bytes()).await?;
    let line = talk.line().await?;
    let Some(answer) = dialect.answer(&line) else { return Err(garbled(&line)) };
    Ok((answer, line))
}

/// `+OK` or `-ERR` (RFC 1939 section 3).
fn indicator(line: &[u8]) -> Option<Answer> {
    let says = |word: &[u8]| {
        line.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
            && line.get(word.len()).is_none_or(|byte| *byte == b' ')
    };
    if says(b"+OK") {
        Some(Answer::Yes)
    } else if says(b"-ERR") {
        Some(Answer::No)
    } else {
        None
    }
}

/// Notes the lines up to the dot that ends them; whether `word` is one of them.
async fn list<S: Stream>(word: &str, talk: &mut Talk<S>, notes: &mut Notes) -> Result<bool, Stop> {
    let mut offered = false;
    for _ in 0..Talk::<S>::MOST_LINES {
        let line = talk.line().await?;
        if line == b"." {
            return Ok(offered);
        }
        offered |= line.trim_ascii().eq_ignore_ascii_case(word.as_bytes());
        notes.capability(&line);
    }
    Err(Stop::Garbled(format!("a list of more than {} lines", Talk::<S>::MOST_LINES)))
}

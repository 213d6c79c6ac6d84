//! IMAP (RFC 9051): greeting, CAPABILITY where the greeting does not tell, STARTTLS.

use super::notes::Notes;
use crate::probe::talk::{Stop, Stream, Talk};

pub(super) async fn upgrade<S: Stream>(talk: &mut Talk<S>, notes: &mut Notes) -> Result<(), Stop> {
    let greeting = talk.line().await?;
    let Some(state) = greeting.strip_prefix(b"* ") else { return Err(Stop::Foreign) };
    notes.banner(&greeting);
    match word(state).as_slice() {
        b"OK" => (),
        // Logged in already: the upgrade is not permitted any more (RFC 9051 section 6.2.1).
        b"PREAUTH" => return Err(Stop::NotOffered("greeted with PREAUTH, after which STARTTLS is not allowed".into())),
        b"BYE" => return Err(Stop::Rejected(notes.reply(&greeting))),
        _ => return Err(Stop::Foreign),
    }
    let mut offers = capabilities_in(state).map(|list| capabilities(list, notes));
    if offers.is_none() {
        talk.say(b"a1 CAPABILITY\r\n").await?;
        answer(talk, notes, b"a1", |line, notes| {
            if let Some(list) = line.strip_prefix(b"* ").filter(|line| word(line) == b"CAPABILITY") {
                offers = Some(capabilities(list, notes));
            }
        })
        .await?;
    }
    if offers == Some(false) {
        return Err(Stop::NotOffered("no STARTTLS among the capabilities".to_owned()));
    }
    talk.say(b"a2 STARTTLS\r\n").await?;
    answer(talk, notes, b"a2", |_, _| ()).await
}

/// Reads up to the answer with this tag; untagged lines before it are handed on.
async fn answer<S: Stream>(
    talk: &mut Talk<S>,
    notes: &mut Notes,
    tag: &[u8],
    mut untagged: impl FnMut(&[u8], &mut Notes),
) -> Result<(), Stop> {
    for _ in 0..Talk::<S>::MOST_LINES {
        let line = talk.line().await?;
        if line.strip_prefix(b"* ").is_some_and(|rest| word(rest) == b"BYE") {
            return Err(Stop::Rejected(notes.reply(&line)));
        }
        let Some(rest) = line.strip_prefix(tag).and_then(|rest| rest.strip_prefix(b" ")) else {
            untagged(&line, notes);
            continue;
        };
        let words = notes.reply(&line);
        return if word(rest) == b"OK" { Ok(()) } else { Err(Stop::Rejected(words)) };
    }
    Err(Stop::Garbled(format!("{} lines and no answer among them", Talk::<S>::MOST_LINES)))
}

/// The first word in upper case.
fn word(text: &[u8]) -> Vec<u8> {
    let end = text.iter().position(|byte| *byte == b' ').unwrap_or(text.len());
    text[..end].to_ascii_uppercase()
}

/// The list in `OK [CAPABILITY IMAP4rev1 …] ready`.
fn capabilities_in(greeting: &[u8]) -> Option<&[u8]> {
    let start = greeting.iter().position(|byte| *byte == b'[')? + 1;
    let list = &greeting[start..];
    let list = &list[..list.iter().position(|byte| *byte == b']')?];
    (word(list) == b"CAPABILITY").then_some(list)
}

/// Notes the words behind `CAPABILITY`; whether STARTTLS is one of them.
fn capabilities(list: &[u8], notes: &mut Notes) -> bool {
    let words = || list.split(|byte| *byte == b' ').skip(1);
    words().for_each(|word| notes.capability(word));
    words().any(|word| word.eq_ignore_ascii_case(b"STARTTLS"))
}

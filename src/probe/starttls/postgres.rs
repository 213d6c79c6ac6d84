//! PostgreSQL: `SSLRequest` and a single byte in answer (protocol 3, section "SSL Session Encryption").

use super::notes::Notes;
use crate::model::Untrusted;
use crate::probe::greeting;
use crate::probe::talk::{Stop, Stream, Talk};

/// Length 8, code 80877103.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
const MOST_ERROR: u32 = 8 * 1024;

pub(super) async fn upgrade<S: Stream>(talk: &mut Talk<S>, notes: &mut Notes) -> Result<(), Stop> {
    talk.say(&SSL_REQUEST).await?;
    let answer = talk.at_least(1).await?;
    match answer.first() {
        // An SSH server greets with the same letter.
        Some(b'S') if greeting::protocol(answer).is_none() => {
            talk.exactly(1).await?;
            notes.reply(b"S");
            Ok(())
        }
        Some(b'N') => {
            notes.reply(b"N");
            Err(Stop::NotOffered("SSLRequest is answered with 'N'".to_owned()))
        }
        Some(b'E') => Err(Stop::Rejected(error(talk, notes).await?)),
        _ => Err(Stop::Foreign),
    }
}

/// An error message, as servers send that have no room for another client, or are older than the request.
async fn error<S: Stream>(talk: &mut Talk<S>, notes: &mut Notes) -> Result<Untrusted, Stop> {
    let head = talk.at_least(5).await?;
    let [_, a, b, c, d, ..] = *head else { return Err(Stop::Foreign) };
    // Counts itself and not the 'E' (protocol 3); protocol 2 had text and a NUL there instead.
    let length = u32::from_be_bytes([a, b, c, d]);
    if !(5..=MOST_ERROR).contains(&length) {
        return Err(Stop::Foreign);
    }
    let message = talk.exactly(length as usize + 1).await?;
    Ok(notes.reply(&words(message.get(5..).unwrap_or_default())))
}

/// Severity and message out of the fields of an error: a letter, text, NUL.
pub(super) fn words(fields: &[u8]) -> Vec<u8> {
    let field = |letter: u8| fields.split(|byte| *byte == 0).find_map(|field| field.strip_prefix(&[letter]));
    [field(b'S').unwrap_or(b"ERROR"), field(b'M').unwrap_or_default()].join(&b": "[..])
}

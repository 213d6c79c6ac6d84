//! FTP (RFC 4217): greeting, FEAT where it is answered, AUTH TLS.

use super::notes::Notes;
use crate::model::PlaintextProtocol;
use crate::probe::greeting;
use crate::probe::talk::{Reply, Stop, Stream, Talk};

pub(super) async fn upgrade<S: Stream>(talk: &mut Talk<S>, notes: &mut Notes) -> Result<(), Stop> {
    let mut greeting = talk.reply().await?;
    // "Ready in nnn minutes" (RFC 959 section 5.4).
    if greeting.code == 120 {
        greeting = talk.reply().await?;
    }
    let first = greeting.lines.first().map_or(&[][..], Vec::as_slice);
    if greeting::numbered(first).is_some_and(|other| other != PlaintextProtocol::Ftp) {
        return Err(Stop::Foreign);
    }
    notes.banner(first);
    if greeting.code != 220 {
        return Err(Stop::Rejected(notes.reply(greeting.last())));
    }
    talk.say(b"FEAT\r\n").await?;
    let features = talk.reply().await?;
    // Some servers do not know the question, others do not answer it to strangers: then only the request tells.
    if features.code == 211 {
        let lines = || features.lines.iter().map(|line| line.trim_ascii()).filter(|line| !line.starts_with(b"211"));
        lines().for_each(|line| notes.capability(line));
        if !lines().any(offers_tls) {
            return Err(Stop::NotOffered("no AUTH TLS in the answer to FEAT".to_owned()));
        }
    }
    talk.say(b"AUTH TLS\r\n").await?;
    let reply = talk.reply().await?;
    judge(&reply, notes)
}

/// `AUTH TLS`, and the lists some servers make of it: `AUTH SSL;TLS`, `AUTH TLS-C;TLS-P`.
fn offers_tls(feature: &[u8]) -> bool {
    let feature = feature.to_ascii_uppercase();
    let Some(kinds) = feature.strip_prefix(b"AUTH ") else { return false };
    kinds.split(|byte| matches!(byte, b' ' | b';' | b',')).any(|kind| kind == b"TLS" || kind == b"TLS-C")
}

fn judge(reply: &Reply, notes: &mut Notes) -> Result<(), Stop> {
    let words = notes.reply(reply.last());
    match reply.code {
        234 | 334 => Ok(()),
        // Not understood, not implemented, not for this parameter (RFC 2228 section 3).
        500 | 502 | 504 => Err(Stop::NotOffered(format!("AUTH TLS is answered with “{words}”"))),
        _ => Err(Stop::Rejected(words)),
    }
}

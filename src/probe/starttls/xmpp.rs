//! XMPP between client and server or between servers (RFC 6120 sections 4 and 5).

use super::notes::Notes;
use crate::probe::talk::{Stop, Stream, Talk};

/// Who asks: clients and servers have streams of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// `jabber:client`.
    Client,
    /// `jabber:server`.
    Server,
}

pub(super) async fn upgrade<S: Stream>(
    side: Side,
    talk: &mut Talk<S>,
    notes: &mut Notes,
    name: &str,
) -> Result<(), Stop> {
    let space = if side == Side::Client { "jabber:client" } else { "jabber:server" };
    let name = escaped(name);
    let header = format!(
        "<?xml version='1.0'?><stream:stream to='{name}' xmlns='{space}' \
         xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
    );
    talk.say(header.as_bytes()).await?;
    open(talk, notes).await?;
    if !features(talk, notes).await? {
        return Err(Stop::NotOffered("no starttls among the stream's features".to_owned()));
    }
    talk.say(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>").await?;
    let answer = tag(talk).await?;
    let words = notes.reply(&answer);
    match local_name(&answer) {
        b"proceed" if is_closed(&answer) => Ok(()),
        b"proceed" => match tag(talk).await? {
            end if end.starts_with(b"</") && local_name(&end) == b"proceed" => Ok(()),
            other => Err(crate::probe::talk::garbled(&other)),
        },
        b"failure" => Err(Stop::Rejected(words)),
        b"error" => Err(Stop::Rejected(error(talk, notes).await?)),
        _ => Err(crate::probe::talk::garbled(&answer)),
    }
}

/// The server's stream header.
async fn open<S: Stream>(talk: &mut Talk<S>, notes: &mut Notes) -> Result<(), Stop> {
    if talk.at_least(1).await?.first() != Some(&b'<') {
        return Err(Stop::Foreign);
    }
    loop {
        let head = tag(talk).await?;
        match local_name(&head) {
            b"?xml" => (),
            b"stream" => {
                notes.banner(&head);
                return Ok(());
            }
            _ => return Err(Stop::Foreign),
        }
    }
}

/// Notes the features; whether TLS is one of them.
async fn features<S: Stream>(talk: &mut Talk<S>, notes: &mut Notes) -> Result<bool, Stop> {
    let mut offered = false;
    let mut depth = 0_usize;
    for _ in 0..Talk::<S>::MOST_LINES {
        let tag = tag(talk).await?;
        let ends = tag.starts_with(b"</");
        match local_name(&tag) {
            b"features" if ends || is_closed(&tag) => return Ok(offered),
            b"error" if depth == 0 => return Err(Stop::Rejected(error(talk, notes).await?)),
            b"stream" if ends => return Err(Stop::Closed),
            name if depth == 1 && !ends => {
                offered |= name == b"starttls";
                notes.capability(name);
            }
            _ => (),
        }
        if ends {
            depth = depth.saturating_sub(1);
        } else if !is_closed(&tag) {
            depth += 1;
        }
    }
    Err(Stop::Garbled(format!("more than {} tags before the end of the features", Talk::<S>::MOST_LINES)))
}

/// The condition of a stream error, `host-unknown`.
async fn error<S: Stream>(talk: &mut Talk<S>, notes: &mut Notes) -> Result<crate::model::Untrusted, Stop> {
    let condition = tag(talk).await?;
    Ok(notes.reply(&[b"stream error: ", local_name(&condition)].concat()))
}

/// Text up to the next tag is skipped; the tag is given as it is, brackets included.
async fn tag<S: Stream>(talk: &mut Talk<S>) -> Result<Vec<u8>, Stop> {
    loop {
        match end_of_tag(talk.ahead()) {
            Some((start, end)) => {
                talk.exactly(start).await?;
                return talk.exactly(end - start).await;
            }
            None if talk.ahead().len() > Talk::<S>::MOST_LINE => {
                return Err(Stop::Garbled(format!("{} bytes without a whole tag", talk.ahead().len())));
            }
            None => talk.more().await?,
        };
    }
}

/// From `<` to behind the `>` that ends it, which is the first one outside quotes.
pub(super) fn end_of_tag(bytes: &[u8]) -> Option<(usize, usize)> {
    let start = bytes.iter().position(|byte| *byte == b'<')?;
    let mut quote = None;
    for (at, byte) in bytes.iter().enumerate().skip(start + 1) {
        match (quote, *byte) {
            (None, b'>') => return Some((start, at + 1)),
            (None, b'"' | b'\'') => quote = Some(*byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => (),
        }
    }
    None
}

/// The name in a tag, without prefix.
pub(super) fn local_name(tag: &[u8]) -> &[u8] {
    let inside = tag.strip_prefix(b"</").or_else(|| tag.strip_prefix(b"<")).unwrap_or(tag);
    let end = inside.iter().position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'));
    let name = &inside[..end.unwrap_or(inside.len())];
    name.rsplit(|byte| *byte == b':').next().unwrap_or(name)
}

fn is_closed(tag: &[u8]) -> bool {
    tag.ends_with(b"/>")
}

fn escaped(name: &str) -> String {
    name.replace('&', "&amp;").replace('<', "&lt;").replace('\'', "&apos;")
}

//! SMTP and message submission (RFC 3207), LMTP (RFC 2033): greeting, hello, STARTTLS.

use std::net::IpAddr;

use super::notes::Notes;
use crate::model::PlaintextProtocol;
use crate::probe::greeting;
use crate::probe::talk::{Stop, Stream, Talk};

/// How the client says hello, by which SMTP and LMTP differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hello {
    /// SMTP.
    Ehlo,
    /// LMTP.
    Lhlo,
}

impl Hello {
    const fn verb(self) -> &'static str {
        match self {
            Self::Ehlo => "EHLO",
            Self::Lhlo => "LHLO",
        }
    }

    /// Whether a greeting is that of another protocol; one that does not say is taken for the right one.
    fn is_foreign(self, greeting: &[u8]) -> bool {
        match greeting::numbered(greeting) {
            None => false,
            Some(PlaintextProtocol::Lmtp) => self == Self::Ehlo,
            Some(PlaintextProtocol::Smtp) => self == Self::Lhlo,
            Some(_) => true,
        }
    }
}

pub(super) async fn upgrade<S: Stream>(
    hello: Hello,
    talk: &mut Talk<S>,
    notes: &mut Notes,
    us: Option<IpAddr>,
) -> Result<(), Stop> {
    let greeting = talk.reply().await?;
    let first = greeting.lines.first().map_or(&[][..], Vec::as_slice);
    if hello.is_foreign(first) {
        return Err(Stop::Foreign);
    }
    notes.banner(first);
    if greeting.code != 220 {
        return Err(Stop::Rejected(notes.reply(greeting.last())));
    }
    talk.say(format!("{} {}\r\n", hello.verb(), literal(us)).as_bytes()).await?;
    let reply = talk.reply().await?;
    if reply.code != 250 {
        return Err(Stop::Rejected(notes.reply(reply.last())));
    }
    // The first line is the server's name.
    reply.texts().skip(1).for_each(|text| notes.capability(text));
    if !reply.texts().skip(1).any(|text| text.trim_ascii().eq_ignore_ascii_case(b"STARTTLS")) {
        return Err(Stop::NotOffered(format!("no STARTTLS in the answer to {}", hello.verb())));
    }
    talk.say(b"STARTTLS\r\n").await?;
    let reply = talk.reply().await?;
    let words = notes.reply(reply.last());
    if reply.code == 220 { Ok(()) } else { Err(Stop::Rejected(words)) }
}

/// Our address in place of a name (RFC 5321 section 4.1.3): true, and refused less often than an invented name.
fn literal(us: Option<IpAddr>) -> String {
    match us {
        Some(IpAddr::V4(ip)) => format!("[{ip}]"),
        Some(IpAddr::V6(ip)) => format!("[IPv6:{ip}]"),
        None => "[127.0.0.1]".to_owned(),
    }
}

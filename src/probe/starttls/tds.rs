//! SQL Server: the encryption option of a pre-login ([MS-TDS] section 2.2.6.5).
//!
//! The TLS handshake that follows travels inside pre-login packets: see [`Packets`](super::packets::Packets).

use super::notes::Notes;
use crate::probe::talk::{Stop, Stream, Talk};

/// Header; VERSION at 11, ENCRYPTION at 17, end; version 0.0.0.0, sub-build 0; encryption is wanted.
const PRELOGIN: [u8; 26] =
    [0x12, 1, 0, 26, 0, 0, 1, 0, 0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 0, 0, 0, 0, 0, 0, ENCRYPT_ON];
const ENCRYPT_ON: u8 = 1;
const ENCRYPT_NOT_SUPPORTED: u8 = 2;
const HEADER: usize = 8;
/// Type of a server's packets.
const RESPONSE: u8 = 4;
const MOST_PACKET: usize = 4096;

pub(super) async fn upgrade<S: Stream>(talk: &mut Talk<S>, notes: &mut Notes) -> Result<(), Stop> {
    talk.say(&PRELOGIN).await?;
    if talk.at_least(1).await?.first() != Some(&RESPONSE) {
        return Err(Stop::Foreign);
    }
    let head = talk.at_least(HEADER).await?;
    let [_, _, high, low, ..] = *head else { return Err(Stop::Foreign) };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if !(HEADER + 1..=MOST_PACKET).contains(&length) {
        return Err(Stop::Foreign);
    }
    let packet = talk.exactly(length).await?;
    let Some(answer) = Prelogin::read(packet.get(HEADER..).unwrap_or_default()) else {
        return Err(crate::probe::talk::garbled(&packet));
    };
    if let Some([major, minor, high, low]) = answer.version {
        notes.banner(format!("SQL Server {major}.{minor}.{}", u16::from_be_bytes([high, low])).as_bytes());
    }
    if answer.encryption == ENCRYPT_NOT_SUPPORTED {
        notes.reply(b"ENCRYPT_NOT_SUP");
        return Err(Stop::NotOffered("the pre-login is answered with ENCRYPT_NOT_SUP".to_owned()));
    }
    notes.reply(encryption(answer.encryption).as_bytes());
    Ok(())
}

fn encryption(option: u8) -> String {
    match option {
        0 => "ENCRYPT_OFF (the login only)".to_owned(),
        1 => "ENCRYPT_ON".to_owned(),
        3 => "ENCRYPT_REQ".to_owned(),
        other => format!("encryption option {other}"),
    }
}

/// The answer to a pre-login, as far as it matters here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Prelogin {
    version: Option<[u8; 4]>,
    encryption: u8,
}

impl Prelogin {
    /// Reads a table of options (token, offset, length, up to 0xff) and the data behind it.
    pub(super) fn read(payload: &[u8]) -> Option<Self> {
        let (mut version, mut encryption) = (None, None);
        let mut table = payload;
        while let [token, rest @ ..] = table {
            if *token == 0xff {
                break;
            }
            let [offset_high, offset_low, length_high, length_low, next @ ..] = rest else { return None };
            let offset = usize::from(u16::from_be_bytes([*offset_high, *offset_low]));
            let length = usize::from(u16::from_be_bytes([*length_high, *length_low]));
            let data = payload.get(offset..offset + length)?;
            match token {
                0 => version = data.first_chunk().copied(),
                1 => encryption = data.first().copied(),
                _ => (),
            }
            table = next;
        }
        Some(Self { version, encryption: encryption? })
    }
}

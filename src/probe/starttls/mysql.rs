//! MySQL and MariaDB: the server's initial handshake packet, then an `SSLRequest` packet.

use super::notes::Notes;
use crate::probe::talk::{Stop, Stream, Talk};

/// `CLIENT_SSL`.
const SSL: u16 = 0x0800;
/// `CLIENT_LONG_PASSWORD`, `CLIENT_PROTOCOL_41`, `CLIENT_SSL`, `CLIENT_SECURE_CONNECTION`, `CLIENT_PLUGIN_AUTH`.
const CAPABILITIES: u32 = 0x0000_0001 | 0x0000_0200 | 0x0000_0800 | 0x0000_8000 | 0x0008_0000;
const MOST_PACKET: u32 = 4096;

pub(super) async fn upgrade<S: Stream>(talk: &mut Talk<S>, notes: &mut Notes) -> Result<(), Stop> {
    let head = talk.at_least(4).await?;
    let [a, b, c, sequence, ..] = *head else { return Err(Stop::Foreign) };
    let length = u32::from_le_bytes([a, b, c, 0]);
    if sequence != 0 || !(2..=MOST_PACKET).contains(&length) {
        return Err(Stop::Foreign);
    }
    if !matches!(talk.at_least(5).await?.get(4), Some(9 | 10 | 0xff)) {
        return Err(Stop::Foreign);
    }
    let packet = talk.exactly(length as usize + 4).await?;
    match Greeting::read(packet.get(4..).unwrap_or_default()) {
        None => Err(crate::probe::talk::garbled(&packet)),
        Some(Greeting::Error(words)) => {
            notes.banner(&words);
            Err(Stop::Rejected(notes.reply(&words)))
        }
        Some(Greeting::Server { version, has_tls }) => {
            notes.banner(&version);
            if !has_tls {
                return Err(Stop::NotOffered("the server's capabilities are without CLIENT_SSL".to_owned()));
            }
            talk.say(&ssl_request()).await
        }
    }
}

/// What a server says first.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Greeting {
    /// Number and words: too many connections, this host is blocked …
    Error(Vec<u8>),
    /// Its version, and whether it can do TLS.
    Server {
        /// As text.
        version: Vec<u8>,
        /// `CLIENT_SSL` is set.
        has_tls: bool,
    },
}

impl Greeting {
    /// Reads the payload of the first packet.
    pub(super) fn read(payload: &[u8]) -> Option<Self> {
        match payload {
            [0xff, low, high, rest @ ..] => {
                // Before the client has said what it is, the state marker is left out; some send it.
                let words = rest.strip_prefix(b"#").and_then(|rest| rest.get(5..)).unwrap_or(rest);
                let number = u16::from_le_bytes([*low, *high]);
                Some(Self::Error([format!("error {number}: ").as_bytes(), words].concat()))
            }
            // Protocol 9 is older than TLS.
            [9, rest @ ..] => Some(Self::Server { version: c_string(rest)?.to_vec(), has_tls: false }),
            [10, rest @ ..] => {
                let version = c_string(rest)?;
                // Thread 4, scramble 8, filler 1, then the lower half of the capabilities.
                let capabilities = rest.get(version.len() + 1..)?.get(13..15)?;
                let capabilities = u16::from_le_bytes([capabilities[0], capabilities[1]]);
                Some(Self::Server { version: version.to_vec(), has_tls: capabilities & SSL != 0 })
            }
            _ => None,
        }
    }
}

fn c_string(bytes: &[u8]) -> Option<&[u8]> {
    Some(&bytes[..bytes.iter().position(|byte| *byte == 0)?])
}

/// A handshake response that ends where the user's name would begin.
fn ssl_request() -> Vec<u8> {
    // utf8mb4_general_ci.
    const CHARACTER_SET: u8 = 45;
    let mut packet = vec![32, 0, 0, 1];
    packet.extend(CAPABILITIES.to_le_bytes());
    packet.extend((16_u32 << 20).to_le_bytes());
    packet.push(CHARACTER_SET);
    packet.extend([0; 23]);
    packet
}

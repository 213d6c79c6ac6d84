//! Remote Desktop: an X.224 connection request that asks for TLS ([MS-RDPBCGR] section 2.2.1).

use super::notes::Notes;
use crate::probe::talk::{Stop, Stream, Talk};

/// TPKT, connection request, and a negotiation request for TLS, `CredSSP` and its extended form, which begin with TLS all three.
const REQUEST: [u8; 19] = [3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 1 | 2 | 8, 0, 0, 0];
const MOST_PACKET: usize = 512;

pub(super) async fn upgrade<S: Stream>(talk: &mut Talk<S>, notes: &mut Notes) -> Result<(), Stop> {
    talk.say(&REQUEST).await?;
    if talk.at_least(1).await?.first() != Some(&3) {
        return Err(Stop::Foreign);
    }
    let head = talk.at_least(4).await?;
    let [3, _, high, low, ..] = *head else { return Err(Stop::Foreign) };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if !(11..=MOST_PACKET).contains(&length) {
        return Err(Stop::Foreign);
    }
    let packet = talk.exactly(length).await?;
    match Confirm::read(packet.get(4..).unwrap_or_default()) {
        None => Err(crate::probe::talk::garbled(&packet)),
        Some(Confirm::Tls(security)) => {
            notes.reply(security.as_bytes());
            Ok(())
        }
        Some(Confirm::Standard) => {
            Err(Stop::NotOffered("the server chose standard RDP security, which is without TLS".to_owned()))
        }
        // SSL_NOT_ALLOWED_BY_SERVER.
        Some(Confirm::Failure(2)) => Err(Stop::NotOffered("the server does not allow TLS".to_owned())),
        Some(Confirm::Failure(code)) => Err(Stop::Rejected(notes.reply(failure(code).as_bytes()))),
    }
}

/// What a connection confirm says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Confirm {
    /// Why there is no agreement.
    Failure(u32),
    /// RDP's own encryption.
    Standard,
    /// TLS, and what is spoken inside.
    Tls(&'static str),
}

impl Confirm {
    /// Reads the X.224 packet behind the TPKT header.
    pub(super) fn read(packet: &[u8]) -> Option<Self> {
        let [_, 0xd0, _, _, _, _, _, negotiation @ ..] = packet else { return None };
        match negotiation {
            [] => Some(Self::Standard),
            [kind @ (2 | 3), _, 8, 0, a, b, c, d, ..] => Some(match (kind, u32::from_le_bytes([*a, *b, *c, *d])) {
                (3, code) => Self::Failure(code),
                (_, 0) => Self::Standard,
                (_, 1) => Self::Tls("TLS"),
                (_, 2) => Self::Tls("CredSSP over TLS"),
                (_, 8) => Self::Tls("CredSSP over TLS, with early user authorization"),
                (_, _) => return None,
            }),
            _ => None,
        }
    }
}

/// [MS-RDPBCGR] section 2.2.1.2.2.
fn failure(code: u32) -> String {
    let words = match code {
        1 => "SSL_REQUIRED_BY_SERVER",
        3 => "SSL_CERT_NOT_ON_SERVER",
        4 => "INCONSISTENT_FLAGS",
        5 => "HYBRID_REQUIRED_BY_SERVER",
        6 => "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER",
        _ => return format!("negotiation failure {code}"),
    };
    format!("{words} ({code})")
}

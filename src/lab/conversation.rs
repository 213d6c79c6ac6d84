//! What servers say before TLS: short conversations, kept to or not.

use std::io;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use super::plan::Offer;
use crate::model::Protocol;

/// Bytes of one line, or of one message, that are read; clients of the lab need no more.
const MOST_LINE: u64 = 1024;
/// Commands of one conversation.
const MOST_COMMANDS: usize = 32;

/// Holds the server's side of a conversation; whether TLS follows.
pub(super) async fn hold(protocol: Protocol, offer: Offer, stream: &mut TcpStream) -> io::Result<bool> {
    let agreed = match protocol {
        Protocol::Smtp => smtp(offer, stream).await?,
        Protocol::Imap => imap(offer, stream).await?,
        Protocol::Ldap => ldap(offer, stream).await?,
        Protocol::Postgres => postgres(offer, stream).await?,
        // Nobody else is in the lab: TLS at once.
        _ => true,
    };
    Ok(agreed && offer != Offer::Forget)
}

async fn smtp(offer: Offer, stream: &mut TcpStream) -> io::Result<bool> {
    stream.write_all(b"220 lab.example ESMTP\r\n").await?;
    for _ in 0..MOST_COMMANDS {
        let Some(line) = line(stream).await? else { return Ok(false) };
        let reply = match line.split(' ').next().unwrap_or_default() {
            "EHLO" if offer == Offer::Nothing => "250-lab.example\r\n250 8BITMIME\r\n",
            "EHLO" => "250-lab.example\r\n250-8BITMIME\r\n250 STARTTLS\r\n",
            "STARTTLS" if offer == Offer::Refuse => "454 4.7.0 TLS not available due to temporary reason\r\n",
            "STARTTLS" if offer != Offer::Nothing => {
                stream.write_all(b"220 2.0.0 Ready to start TLS\r\n").await?;
                return Ok(true);
            }
            "QUIT" => {
                stream.write_all(b"221 2.0.0 Bye\r\n").await?;
                return Ok(false);
            }
            _ => "502 5.5.1 Not here\r\n",
        };
        stream.write_all(reply.as_bytes()).await?;
    }
    Ok(false)
}

async fn imap(offer: Offer, stream: &mut TcpStream) -> io::Result<bool> {
    let starttls = if offer == Offer::Nothing { "" } else { " STARTTLS" };
    stream.write_all(format!("* OK [CAPABILITY IMAP4rev1{starttls}] lab.example ready\r\n").as_bytes()).await?;
    for _ in 0..MOST_COMMANDS {
        let Some(line) = line(stream).await? else { return Ok(false) };
        let (tag, command) = line.split_once(' ').unwrap_or((&line, ""));
        let (reply, ends) = match command {
            "CAPABILITY" => (format!("* CAPABILITY IMAP4rev1{starttls}\r\n{tag} OK done\r\n"), None),
            "STARTTLS" if offer == Offer::Refuse => (format!("{tag} NO the key cannot be read\r\n"), None),
            "STARTTLS" if offer != Offer::Nothing => (format!("{tag} OK begin TLS\r\n"), Some(true)),
            "LOGOUT" => (format!("* BYE\r\n{tag} OK\r\n"), Some(false)),
            _ => (format!("{tag} BAD not here\r\n"), None),
        };
        stream.write_all(reply.as_bytes()).await?;
        if let Some(agreed) = ends {
            return Ok(agreed);
        }
    }
    Ok(false)
}

/// An extended request (RFC 4511 section 4.14) has a length of one byte; whatever it asks for, it is answered as `StartTLS`.
async fn ldap(offer: Offer, stream: &mut TcpStream) -> io::Result<bool> {
    let mut head = [0; 2];
    stream.read_exact(&mut head).await?;
    let [0x30, length @ 0..=0x7f] = head else { return Ok(false) };
    let mut rest = vec![0; usize::from(length)];
    stream.read_exact(&mut rest).await?;
    let code = match offer {
        Offer::Nothing => PROTOCOL_ERROR,
        Offer::Refuse => UNAVAILABLE,
        Offer::Tls | Offer::Forget => SUCCESS,
    };
    // LDAPMessage 1 { ExtendedResponse { code, matchedDN "", diagnosticMessage "" } }.
    stream.write_all(&[0x30, 12, 2, 1, 1, 0x78, 7, 0x0a, 1, code, 4, 0, 4, 0]).await?;
    Ok(code == SUCCESS)
}

/// Result codes of RFC 4511 section 4.1.9.
const SUCCESS: u8 = 0;
const PROTOCOL_ERROR: u8 = 2;
const UNAVAILABLE: u8 = 52;

/// `SSLRequest`, answered with one byte.
async fn postgres(offer: Offer, stream: &mut TcpStream) -> io::Result<bool> {
    let mut request = [0; 8];
    stream.read_exact(&mut request).await?;
    let answer: &[u8] = match offer {
        Offer::Nothing => b"N",
        Offer::Refuse => b"E\0\0\0\x32SFATAL\0C53300\0Mtoo many clients already here\0\0",
        Offer::Tls | Offer::Forget => b"S",
    };
    stream.write_all(answer).await?;
    Ok(answer == b"S")
}

/// The next line without its end; `None` from a client that has gone. No byte behind it is taken.
async fn line(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    // Without a buffer between, as what follows STARTTLS is TLS's.
    let mut limited = BufReader::with_capacity(1, stream.take(MOST_LINE));
    if limited.read_until(b'\n', &mut line).await? == 0 {
        return Ok(None);
    }
    Ok(Some(String::from_utf8_lossy(line.trim_ascii()).into_owned()))
}

//! One hand-built hello and the answer to it, over a connection of its own.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout_at;

use crate::model::{Answer, Untrusted};
use crate::probe::dial;
use crate::probe::excerpt::excerpt;
use crate::probe::hello::{
    ClientHello, Exchange, Flight, NotHeard, Opener, Sent, ServerHello, Ssl2Hello, read_message, ssl2_client_hello,
    ssl2_server_hello,
};
use crate::probe::survey::Interview;
use crate::probe::survey::call::Uncalled;
use crate::probe::survey::interview::{Line, NotOpened};

/// How far to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Until the server has chosen.
    Choice,
    /// Until it has proved its key, as far as that can be read.
    Flight,
}

/// What a server said to a hello that it went along with.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard {
    /// Its choices.
    pub(super) hello: ServerHello,
    /// What it sent after them.
    pub(super) sent: Vec<Sent>,
}

impl Heard {
    /// The chain it sent, as bytes, leaf first.
    pub(super) fn chain(&self) -> Option<&[Vec<u8>]> {
        self.sent.iter().find_map(|sent| match sent {
            Sent::Certificate(chain, _) => Some(&chain[..]),
            _ => None,
        })
    }

    /// The scheme of its proof of possession, in either form.
    pub(super) fn scheme(&self) -> Option<u16> {
        self.sent.iter().find_map(|sent| match sent {
            Sent::KeyExchange(exchange) => exchange.scheme,
            Sent::CertificateVerify(scheme) => Some(*scheme),
            _ => None,
        })
    }
}

/// Says `hello` and listens.
///
/// An alert and an orderly close are refusals; a reset, silence and limits of ours tell nothing. With an `exchange`,
/// whose share must be in the hello, the encrypted part of TLS 1.3 is read, too.
pub(super) async fn ask(
    interview: &Interview<'_>,
    hello: &ClientHello,
    wanted: Wanted,
    exchange: Option<Exchange>,
) -> Result<Heard, Uncalled> {
    let mut line = open(interview).await?;
    let talk = async {
        line.stream.write_all(&hello.record()).await.map_err(|error| broken(&error))?;
        let mut ear = Ear { flight: Flight::default(), heard: Heard::default(), read: (0, 0), exchange, opener: None };
        let (mut bytes, message) = (Vec::with_capacity(4096), hello.message());
        loop {
            bytes.clear();
            let count = line.stream.read_buf(&mut bytes).await.map_err(|error| broken(&error))?;
            let understood = ear.take(&bytes, &message);
            let has_chosen = ear.heard.hello.version != 0;
            match understood {
                Err(not) if !has_chosen => return Err(refused(&not.to_string())),
                Err(_) => return Ok(ear.heard),
                Ok(done) if done || (has_chosen && wanted == Wanted::Choice) => return Ok(ear.heard),
                Ok(_) => {}
            }
            if let Some(alert) = ear.flight.alert().filter(|_| !has_chosen) {
                return Err(refused(&format!("alert {alert}")));
            }
            if count == 0 {
                return if has_chosen { Ok(ear.heard) } else { Err(refused("closed")) };
            }
        }
    };
    match timeout_at(line.deadline, talk).await {
        Ok(heard) => heard,
        Err(_) => Err(Uncalled::Unknown(Untrusted::new("no answer in time"))),
    }
}

/// Says an SSL 2 hello and listens.
pub(super) async fn ask_ssl2(interview: &Interview<'_>) -> Result<Ssl2Hello, Uncalled> {
    /// A certificate, and more than any honest list of kinds.
    const MOST: usize = 32 * 1024;
    let mut line = open(interview).await?;
    let talk = async {
        line.stream.write_all(&ssl2_client_hello([0x5A; 16])).await.map_err(|error| broken(&error))?;
        let mut bytes = Vec::with_capacity(2048);
        loop {
            let count = line.stream.read_buf(&mut bytes).await.map_err(|error| broken(&error))?;
            match ssl2_server_hello(&bytes) {
                Ok(Some(hello)) => return Ok(hello),
                Ok(None) if count > 0 && bytes.len() < MOST => {}
                Ok(None) => return Err(refused("closed")),
                Err(_) => return Err(refused(&otherwise(&bytes))),
            }
        }
    };
    match timeout_at(line.deadline, talk).await {
        Ok(heard) => heard,
        Err(_) => Err(Uncalled::Unknown(Untrusted::new("no answer in time"))),
    }
}

/// What came of it, in the form of an answer.
pub(super) fn answer(heard: Result<&Heard, &Uncalled>) -> Answer {
    match heard {
        Ok(_) => Answer::Accepted,
        Err(uncalled) => uncalled.clone().into(),
    }
}

async fn open<'a>(interview: &'a Interview<'_>) -> Result<Line<'a>, Uncalled> {
    interview.open().await.map_err(|not| {
        if matches!(not, NotOpened::Ours(_)) {
            interview.leave("negotiation", not.words());
        }
        Uncalled::Unknown(not.words())
    })
}

/// What stands in the place of an SSL 2 hello.
fn otherwise(bytes: &[u8]) -> String {
    /// Enough to know a protocol by, and short enough for a line.
    const SHOWN: usize = 24;
    let mut flight = Flight::default();
    let is_tls = matches!(bytes, [20..=24, 3, 0..=4, ..]);
    let understood = is_tls && flight.feed(bytes).is_ok();
    match flight.alert().filter(|_| understood) {
        Some(alert) => format!("alert {alert}"),
        None if is_tls => "a record of a later version".to_owned(),
        // Of an error only the code is sent (section 2.9 of the draft).
        None => match bytes {
            [0x80, 3, 0, high, low, ..] => format!("SSLv2 error {}", u16::from_be_bytes([*high, *low])),
            _ => format!("not SSLv2: '{}'", excerpt(bytes, SHOWN)),
        },
    }
}

fn refused(words: &str) -> Uncalled {
    Uncalled::Refused(Untrusted::new(words))
}

/// A stream that failed under us. Who resets may refuse, or may have had enough of us: that is not told apart here.
fn broken(error: &std::io::Error) -> Uncalled {
    match dial::failure_kind(error) {
        crate::model::FailureKind::Closed => refused("closed"),
        _ => Uncalled::Unknown(Untrusted::new(&error.to_string())),
    }
}

struct Ear {
    flight: Flight,
    heard: Heard,
    /// Plaintext messages and sealed records read so far.
    read: (usize, usize),
    exchange: Option<Exchange>,
    opener: Option<Opener>,
}

impl Ear {
    /// Takes bytes in; true when nothing more is to come that matters.
    fn take(&mut self, bytes: &[u8], client_hello: &[u8]) -> Result<bool, NotHeard> {
        self.flight.feed(bytes)?;
        while let Some(message) = self.flight.messages().get(self.read.0) {
            self.read.0 += 1;
            let after = Some(&self.heard.hello).filter(|hello| hello.version != 0);
            match read_message(message, after)? {
                Sent::Hello(hello) if self.heard.hello.version == 0 => {
                    if hello.version >= 0x0304
                        && !hello.is_retry
                        && let Some(exchange) = self.exchange.take()
                    {
                        self.opener = exchange.agree([client_hello, message], &hello).ok();
                    }
                    let is_over = hello.is_retry;
                    self.heard.hello = hello;
                    if is_over {
                        return Ok(true);
                    }
                }
                Sent::Hello(_) => return Err(NotHeard::Malformed),
                Sent::Done => return Ok(true),
                sent => self.heard.sent.push(sent),
            }
        }
        let Some(opener) = &mut self.opener else {
            return Ok(self.heard.hello.version >= 0x0304);
        };
        while let Some(record) = self.flight.sealed().get(self.read.1) {
            self.read.1 += 1;
            for message in opener.open(record)? {
                let sent = read_message(&message, Some(&self.heard.hello))?;
                let is_over = matches!(sent, Sent::CertificateVerify(_));
                self.heard.sent.push(sent);
                if is_over {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_in_place_of_an_old_hello_is_named() {
        let cases: [(&[u8], &str); 5] = [
            (&[21, 3, 1, 0, 2, 2, 70], "alert protocol_version (70)"),
            (&[22, 3, 3, 0, 80, 2], "a record of a later version"),
            (&[0x80, 3, 0, 0, 1], "SSLv2 error 1"),
            (b"HTTP/1.1 400 Bad Request\r\nServer: x", "not SSLv2: 'HTTP/1.1 400 Bad Request…'"),
            (b"220 \x1bmail", "not SSLv2: '220 <U+001B>mail'"),
        ];
        for (bytes, words) in cases {
            assert_eq!(otherwise(bytes), words, "{bytes:?}");
        }
    }
}

//! A conversation in plain bytes with somebody who may mean harm: counted, capped, nothing lost when it breaks off.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::dial;
use super::excerpt::{FirstBytes, excerpt};
use super::greeting;
use crate::model::{Failure, FailureKind, Phase, Untrusted};

/// What a conversation can be held over.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// One conversation. Every method may be cancelled: what was received stays.
#[derive(Debug)]
pub(super) struct Talk<S> {
    /// Bytes received.
    pub(super) received: u64,
    /// Bytes sent.
    pub(super) sent: u64,
    stream: S,
    /// Received and not used yet.
    ahead: Vec<u8>,
    first: FirstBytes,
    /// Something was used: what comes is no greeting any more.
    begun: bool,
}

/// Why a conversation ended without agreement.
#[derive(Debug)]
pub(super) enum Stop {
    /// The peer closed in an orderly way.
    Closed,
    /// The first bytes are another protocol's.
    Foreign,
    /// The peer breaks the protocol, or says more than anyone needs to.
    Garbled(String),
    /// The stream failed.
    Io(io::Error),
    /// The peer cannot do what is asked for.
    NotOffered(String),
    /// The peer could and will not, in its own words.
    Rejected(Untrusted),
    /// The peer wants a name and password, or others than it was given.
    Unauthorized(Untrusted),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof { Self::Closed } else { Self::Io(error) }
    }
}

/// A reply that begins with three digits (RFC 5321 section 4.2, RFC 959 section 4.2), of one line or several.
#[derive(Debug)]
pub(super) struct Reply {
    /// The three digits.
    pub(super) code: u16,
    /// Its lines, digits included.
    pub(super) lines: Vec<Vec<u8>>,
}

impl Reply {
    /// The last line, which sums the reply up.
    pub(super) fn last(&self) -> &[u8] {
        self.lines.last().map_or(&[], Vec::as_slice)
    }

    /// The lines without digits and separator.
    pub(super) fn texts(&self) -> impl Iterator<Item = &[u8]> {
        let numbered = |line: &&Vec<u8>| code_of(line).is_some();
        self.lines.iter().filter(numbered).map(|line| line.get(4..).unwrap_or_default())
    }
}

/// Code and whether more lines follow.
pub(super) fn code_of(line: &[u8]) -> Option<(u16, bool)> {
    let more = match line.get(3) {
        None | Some(b' ') => false,
        Some(b'-') => true,
        Some(_) => return None,
    };
    let digits = line.get(..3).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
    Some((digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0')), more))
}

impl<S: Stream> Talk<S> {
    /// No honest upgrade is longer.
    pub(super) const MOST_BYTES: u64 = 64 * 1024;
    /// RFC 5321 allows 512, IMAP and `ManageSieve` more; capabilities of real servers stay below 2000.
    pub(super) const MOST_LINE: usize = 8 * 1024;
    /// Lines of one reply.
    pub(super) const MOST_LINES: usize = 256;
    const READ_SIZE: usize = 2048;

    /// A conversation that goes on where another left `ahead` unread.
    pub(super) fn new(stream: S, ahead: Vec<u8>) -> Self {
        let mut talk = Self {
            received: ahead.len() as u64,
            sent: 0,
            stream,
            ahead: Vec::new(),
            first: FirstBytes::default(),
            begun: false,
        };
        talk.take_in(ahead);
        talk
    }

    /// The stream, and what was received from it and not used.
    pub(super) fn into_parts(self) -> (S, Vec<u8>) {
        (self.stream, self.ahead)
    }

    /// What was received and not used.
    pub(super) fn ahead(&self) -> &[u8] {
        &self.ahead
    }

    /// Says something.
    pub(super) async fn say(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        self.sent += bytes.len() as u64;
        self.stream.write_all(bytes).await?;
        self.stream.flush().await?;
        Ok(())
    }

    /// The next line, without its end.
    pub(super) async fn line(&mut self) -> Result<Vec<u8>, Stop> {
        let mut seen = 0;
        loop {
            if let Some(end) = self.ahead[seen..].iter().position(|byte| *byte == b'\n') {
                let mut line = self.used(seen + end + 1);
                while line.last().is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
                    line.pop();
                }
                return Ok(line);
            }
            seen = self.ahead.len();
            if seen > Self::MOST_LINE {
                return Err(Stop::Garbled(format!("a line of more than {} bytes", Self::MOST_LINE)));
            }
            if !self.begun && self.is_binary() {
                return Err(Stop::Foreign);
            }
            self.fill().await?;
        }
    }

    /// The next `count` bytes, which the caller has found to be no more than it can take.
    pub(super) async fn exactly(&mut self, count: usize) -> Result<Vec<u8>, Stop> {
        self.at_least(count).await?;
        Ok(self.used(count))
    }

    /// Waits for `count` bytes and looks at them without using them.
    pub(super) async fn at_least(&mut self, count: usize) -> Result<&[u8], Stop> {
        while self.ahead.len() < count {
            self.fill().await?;
        }
        Ok(&self.ahead)
    }

    /// Waits for any further byte.
    pub(super) async fn more(&mut self) -> Result<&[u8], Stop> {
        self.at_least(self.ahead.len() + 1).await
    }

    /// A reply of the kind that begins with three digits.
    pub(super) async fn reply(&mut self) -> Result<Reply, Stop> {
        let is_first = !self.begun;
        let line = self.line().await?;
        let Some((code, mut more)) = code_of(&line) else {
            return Err(if is_first { Stop::Foreign } else { garbled(&line) });
        };
        let mut lines = vec![line];
        while more {
            if lines.len() >= Self::MOST_LINES {
                return Err(Stop::Garbled(format!("a reply of more than {} lines", Self::MOST_LINES)));
            }
            let line = self.line().await?;
            // FTP leaves the lines between the first and the last as they come.
            more = code_of(&line) != Some((code, false));
            lines.push(line);
        }
        Ok(Reply { code, lines })
    }

    /// Why the conversation failed, as evidence.
    pub(super) fn failure(&self, phase: Phase, stop: Stop) -> Failure {
        let (kind, detail) = self.explain(stop);
        self.failed(phase, kind, &detail)
    }

    /// A failure of a kind the caller knows.
    pub(super) fn failed(&self, phase: Phase, kind: FailureKind, detail: &str) -> Failure {
        Failure { phase, kind, detail: Untrusted::new(detail), received: self.received, sent: self.sent }
    }

    /// The deadline passed.
    pub(super) fn timed_out(&self, phase: Phase) -> Failure {
        let detail = match self.received {
            0 if self.sent == 0 => "connected, and not greeted".to_owned(),
            0 => "connected, and not a word in answer to ours".to_owned(),
            received => format!("silent after {received} bytes"),
        };
        self.failed(phase, FailureKind::TimedOut, &detail)
    }

    fn explain(&self, stop: Stop) -> (FailureKind, String) {
        match stop {
            Stop::Closed => (FailureKind::Closed, format!("closed after {} bytes", self.received)),
            Stop::Foreign if greeting::is_record(&self.first) => {
                (FailureKind::ImplicitTls, "the answer is a TLS record".to_owned())
            }
            Stop::Foreign => (greeting::kind(&self.first), "the first bytes are another protocol's".to_owned()),
            Stop::Garbled(detail) => (FailureKind::Misbehaved, detail),
            Stop::Io(error) => (dial::failure_kind(&error), error.to_string()),
            Stop::NotOffered(detail) => (FailureKind::NotOffered, detail),
            Stop::Rejected(reply) => (FailureKind::Rejected { reply }, String::new()),
            Stop::Unauthorized(reply) => (FailureKind::Unauthorized { reply }, String::new()),
        }
    }

    /// Whether no line is to be waited for: some protocols never send the end of one.
    fn is_binary(&self) -> bool {
        self.first.first().is_some_and(u8::is_ascii_control) || self.first.contains(&0)
    }

    async fn fill(&mut self) -> Result<(), Stop> {
        if self.received >= Self::MOST_BYTES {
            return Err(Stop::Garbled(format!("more than {} bytes before TLS", Self::MOST_BYTES)));
        }
        let mut bytes = Vec::with_capacity(Self::READ_SIZE);
        if self.stream.read_buf(&mut bytes).await? == 0 {
            return Err(Stop::Closed);
        }
        self.received += bytes.len() as u64;
        self.take_in(bytes);
        Ok(())
    }

    fn take_in(&mut self, bytes: Vec<u8>) {
        self.first.take(&bytes);
        if self.ahead.is_empty() {
            self.ahead = bytes;
        } else {
            self.ahead.extend(bytes);
        }
    }

    fn used(&mut self, count: usize) -> Vec<u8> {
        self.begun = true;
        self.ahead.drain(..count).collect()
    }
}

/// An answer that is none.
pub(super) fn garbled(answer: &[u8]) -> Stop {
    Stop::Garbled(format!("the answer “{}” is not of the protocol", excerpt(answer, 80)))
}

#[cfg(test)]
#[path = "talk_tests.rs"]
mod tests;

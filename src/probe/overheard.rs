//! Ears inside the QUIC library: its TLS session shows neither suite nor group, the `ServerHello` that passes does.

use std::any::Any;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quinn::crypto::rustls::QuicClientConfig;
use quinn::crypto::{ClientConfig, ExportKeyingMaterialError, HeaderKey, KeyPair, Keys, PacketKey, Session};
use quinn::{ConnectError, ConnectionId, Side};
use quinn_proto::TransportError;
use quinn_proto::transport_parameters::TransportParameters;

use super::hello::{Sent, ServerHello, read_message};

/// What passed of the handshake so far.
#[derive(Debug, Default)]
pub(super) struct Overheard {
    /// The server's choices.
    pub(super) hello: Option<ServerHello>,
    /// It asked for another hello first.
    pub(super) is_retried: bool,
    /// Handshake bytes from the server.
    pub(super) received: u64,
    /// Handshake bytes to it.
    pub(super) sent: u64,
    /// The beginning of what it said, until its hello is whole.
    pending: Vec<u8>,
}

/// A configuration whose sessions are listened to; for one connection.
pub(super) struct Listening {
    config: Arc<QuicClientConfig>,
    ear: Arc<Mutex<Overheard>>,
}

impl Listening {
    pub(super) fn new(config: QuicClientConfig) -> Self {
        Self { config: Arc::new(config), ear: Arc::default() }
    }

    /// Where what passes is found.
    pub(super) fn ear(&self) -> Arc<Mutex<Overheard>> {
        Arc::clone(&self.ear)
    }
}

/// What was overheard; a panic elsewhere cannot leave it half changed.
pub(super) fn heard(ear: &Mutex<Overheard>) -> MutexGuard<'_, Overheard> {
    ear.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Overheard {
    /// Longer hellos are nobody's: the largest key share has less than 2 KiB.
    const LONGEST_HELLO: usize = 4096;

    fn receive(&mut self, bytes: &[u8]) {
        self.received += bytes.len() as u64;
        if self.hello.is_some() || self.pending.len() > Self::LONGEST_HELLO {
            return;
        }
        self.pending.extend_from_slice(&bytes[..bytes.len().min(Self::LONGEST_HELLO + 1)]);
        while let [_, high, middle, low, ..] = self.pending[..] {
            let end = 4 + usize::from(high) * 0x1_0000 + usize::from(middle) * 0x100 + usize::from(low);
            let Some(message) = self.pending.get(..end) else { return };
            match read_message(message, None) {
                Ok(Sent::Hello(hello)) if hello.is_retry => self.is_retried = true,
                Ok(Sent::Hello(hello)) => {
                    self.hello = Some(hello);
                    self.pending = Vec::new();
                    return;
                }
                // The library will say what is wrong with it.
                _ => return,
            }
            self.pending.drain(..end);
        }
    }
}

impl ClientConfig for Listening {
    fn start_session(
        self: Arc<Self>,
        version: u32,
        server_name: &str,
        params: &TransportParameters,
    ) -> Result<Box<dyn Session>, ConnectError> {
        let session = Arc::clone(&self.config).start_session(version, server_name, params)?;
        Ok(Box::new(Listened { session, ear: self.ear() }))
    }
}

/// A session that does as the library's, and lets us listen.
struct Listened {
    session: Box<dyn Session>,
    ear: Arc<Mutex<Overheard>>,
}

impl Session for Listened {
    fn initial_keys(&self, dst_cid: &ConnectionId, side: Side) -> Keys {
        self.session.initial_keys(dst_cid, side)
    }

    fn handshake_data(&self) -> Option<Box<dyn Any>> {
        self.session.handshake_data()
    }

    fn peer_identity(&self) -> Option<Box<dyn Any>> {
        self.session.peer_identity()
    }

    fn early_crypto(&self) -> Option<(Box<dyn HeaderKey>, Box<dyn PacketKey>)> {
        self.session.early_crypto()
    }

    fn early_data_accepted(&self) -> Option<bool> {
        self.session.early_data_accepted()
    }

    fn is_handshaking(&self) -> bool {
        self.session.is_handshaking()
    }

    fn read_handshake(&mut self, buf: &[u8]) -> Result<bool, TransportError> {
        heard(&self.ear).receive(buf);
        self.session.read_handshake(buf)
    }

    fn transport_parameters(&self) -> Result<Option<TransportParameters>, TransportError> {
        self.session.transport_parameters()
    }

    fn write_handshake(&mut self, buf: &mut Vec<u8>) -> Option<Keys> {
        let before = buf.len();
        let keys = self.session.write_handshake(buf);
        heard(&self.ear).sent += buf.len().saturating_sub(before) as u64;
        keys
    }

    fn next_1rtt_keys(&mut self) -> Option<KeyPair<Box<dyn PacketKey>>> {
        self.session.next_1rtt_keys()
    }

    fn is_valid_retry(&self, orig_dst_cid: &ConnectionId, header: &[u8], payload: &[u8]) -> bool {
        self.session.is_valid_retry(orig_dst_cid, header, payload)
    }

    fn export_keying_material(
        &self,
        output: &mut [u8],
        label: &[u8],
        context: &[u8],
    ) -> Result<(), ExportKeyingMaterialError> {
        self.session.export_keying_material(output, label, context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hello_is_heard_however_it_is_cut() {
        let body = [&[3, 3][..], &[7; 32], &[0, 0x13, 2, 0, 0, 12, 0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0, 24]].concat();
        let mut message = vec![2, 0, 0, u8::try_from(body.len()).unwrap()];
        message.extend(&body);
        // A key share is missing its key: nothing is made of it.
        let mut overheard = Overheard::default();
        overheard.receive(&message);
        assert_eq!(overheard.hello, None);
        let body = [&[3, 3][..], &[7; 32], &[0, 0x13, 2, 0, 0, 6, 0, 43, 0, 2, 3, 4]].concat();
        let message = [&[2, 0, 0, u8::try_from(body.len()).unwrap()], &body[..]].concat();
        for cut in 0..message.len() {
            let mut overheard = Overheard::default();
            overheard.receive(&message[..cut]);
            assert_eq!(overheard.hello, None);
            overheard.receive(&message[cut..]);
            let hello = overheard.hello.expect("whole");
            assert_eq!((hello.version, hello.suite, overheard.received), (0x0304, 0x1302, message.len() as u64));
        }
    }

    #[test]
    fn a_flood_before_the_hello_is_not_kept() {
        let mut overheard = Overheard::default();
        for _ in 0..1000 {
            overheard.receive(&[2, 0xff, 0xff, 0xff, 0, 0, 0, 0].repeat(100));
        }
        assert!(overheard.pending.len() <= 2 * Overheard::LONGEST_HELLO + 2);
        assert_eq!(overheard.received, 800_000);
    }
}

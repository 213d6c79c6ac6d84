//! Just enough of TLS 1.3 to read the server's first flight (RFC 9846 sections 5.2 and 7.1): an exchange over a curve,
//! the server's handshake keys, its encrypted records. Nothing is ever sent with them.

use aws_lc_rs::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{self, Algorithm, EphemeralPrivateKey, UnparsedPublicKey};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::{digest, hmac};

use super::flight::NotHeard;
use super::messages::ServerHello;

/// The groups an exchange is possible in, the commonest first: X25519, secp256r1, secp384r1, secp521r1.
pub(in crate::probe) const CURVES: [u16; 4] = [29, 23, 24, 25];

/// Our half of one exchange.
#[derive(Debug)]
pub(in crate::probe) struct Exchange {
    group: u16,
    algorithm: &'static Algorithm,
    secret: EphemeralPrivateKey,
    /// The key share to send.
    pub(in crate::probe) share: Vec<u8>,
}

impl Exchange {
    /// A fresh one in one of [`CURVES`]; `None` for another group, or when the machine has no randomness.
    pub(in crate::probe) fn new(group: u16) -> Option<Self> {
        let algorithm = match group {
            23 => &agreement::ECDH_P256,
            24 => &agreement::ECDH_P384,
            25 => &agreement::ECDH_P521,
            29 => &agreement::X25519,
            _ => return None,
        };
        let secret = EphemeralPrivateKey::generate(algorithm, &SystemRandom::new()).ok()?;
        let share = secret.compute_public_key().ok()?.as_ref().to_vec();
        Some(Self { group, algorithm, secret, share })
    }

    /// What opens the server's handshake records, given both hellos as messages.
    pub(in crate::probe) fn agree(self, hellos: [&[u8]; 2], hello: &ServerHello) -> Result<Opener, NotHeard> {
        if hello.group != Some(self.group) {
            return Err(NotHeard::Malformed);
        }
        let peer = UnparsedPublicKey::new(self.algorithm, &hello.share);
        let shared = agreement::agree_ephemeral(self.secret, peer, NotHeard::Malformed, |shared| Ok(shared.to_vec()))?;
        let suite = Suite::of(hello.suite).ok_or(NotHeard::Malformed)?;
        Ok(Opener { keys: suite.keys(&shared, &hellos.concat())?, plain: Vec::new() })
    }
}

/// Opens records one after the other.
pub(in crate::probe) struct Opener {
    keys: Keys,
    /// Content of handshake messages that are not whole yet.
    plain: Vec<u8>,
}

impl Opener {
    /// The messages that are whole with this record, headers included; a record that does not open ends it.
    pub(in crate::probe) fn open(&mut self, record: &[u8]) -> Result<Vec<Vec<u8>>, NotHeard> {
        self.plain.extend(self.keys.open(record).ok_or(NotHeard::Malformed)?);
        let mut messages = Vec::new();
        while let [_, high, middle, low, ..] = self.plain[..] {
            let length = 4 + (usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low));
            if self.plain.len() < length {
                break;
            }
            let rest = self.plain.split_off(length);
            messages.push(std::mem::replace(&mut self.plain, rest));
        }
        Ok(messages)
    }
}

/// Algorithms of a TLS 1.3 suite.
struct Suite {
    digest: &'static digest::Algorithm,
    hmac: hmac::Algorithm,
    aead: &'static aead::Algorithm,
}

impl Suite {
    fn of(number: u16) -> Option<Self> {
        Some(match number {
            0x1301 => Self { digest: &digest::SHA256, hmac: hmac::HMAC_SHA256, aead: &aead::AES_128_GCM },
            0x1302 => Self { digest: &digest::SHA384, hmac: hmac::HMAC_SHA384, aead: &aead::AES_256_GCM },
            0x1303 => Self { digest: &digest::SHA256, hmac: hmac::HMAC_SHA256, aead: &aead::CHACHA20_POLY1305 },
            _ => return None,
        })
    }

    /// The server's handshake keys after both hellos.
    fn keys(&self, shared: &[u8], hellos: &[u8]) -> Result<Keys, NotHeard> {
        let zeros = vec![0; self.digest.output_len];
        let nothing = digest::digest(self.digest, &[]);
        let early = self.extract(&zeros, &zeros);
        let derived = self.expand(&early, "derived", nothing.as_ref(), self.digest.output_len);
        let handshake = self.extract(&derived, shared);
        let transcript = digest::digest(self.digest, hellos);
        let traffic = self.expand(&handshake, "s hs traffic", transcript.as_ref(), self.digest.output_len);
        let key = self.expand(&traffic, "key", &[], self.aead.key_len());
        let key = UnboundKey::new(self.aead, &key).map_err(|_| NotHeard::Malformed)?;
        let mut iv = [0; aead::NONCE_LEN];
        iv.copy_from_slice(&self.expand(&traffic, "iv", &[], aead::NONCE_LEN));
        Ok(Keys { key: LessSafeKey::new(key), iv, sequence: 0 })
    }

    fn extract(&self, salt: &[u8], secret: &[u8]) -> Vec<u8> {
        hmac::sign(&hmac::Key::new(self.hmac, salt), secret).as_ref().to_vec()
    }

    /// `HKDF-Expand-Label`; what is wanted never exceeds one block of output.
    fn expand(&self, secret: &[u8], label: &str, context: &[u8], length: usize) -> Vec<u8> {
        let mut info = u16::try_from(length).unwrap_or(0).to_be_bytes().to_vec();
        super::writer::u8_vector(&mut info, format!("tls13 {label}").as_bytes());
        super::writer::u8_vector(&mut info, context);
        info.push(1);
        let block = hmac::sign(&hmac::Key::new(self.hmac, secret), &info);
        block.as_ref()[..length].to_vec()
    }
}

struct Keys {
    key: LessSafeKey,
    iv: [u8; aead::NONCE_LEN],
    sequence: u64,
}

impl Keys {
    /// A record's handshake content; `None` when it does not open or is something else.
    fn open(&mut self, record: &[u8]) -> Option<Vec<u8>> {
        let (header, body) = record.split_at_checked(5)?;
        let mut nonce = self.iv;
        for (byte, count) in nonce[4..].iter_mut().zip(self.sequence.to_be_bytes()) {
            *byte ^= count;
        }
        self.sequence += 1;
        let mut body = body.to_vec();
        let nonce = Nonce::assume_unique_for_key(nonce);
        let plain = self.key.open_in_place(nonce, Aad::from(header), &mut body).ok()?;
        let end = plain.iter().rposition(|byte| *byte != 0)?;
        (plain[end] == 22).then(|| plain[..end].to_vec())
    }
}

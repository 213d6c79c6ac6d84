//! What is sealed with a password, as PKCS#8 and PKCS#12 have it: PBES2 (RFC 8018 section 6.2), the older 3DES and RC2
//! with their own derivation of keys, and the check of a whole archive (RFC 7292 appendices A to C).
//!
//! Whatever is opened is in memory that is wiped, and a file can ask for a bearable number of rounds only.

use std::cell::Cell;

use aws_lc_rs::{digest, hmac};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt as _, KeyIvInit as _};
use der::Decode as _;
use pkcs8::pkcs5::pbes2::Kdf;
use pkcs8::pkcs5::{EncryptionScheme, Error};
use zeroize::Zeroizing;

use super::object::{inside, parts};
use crate::model::Secret;

/// Rounds that the passwords of one file may take: a second of one core.
const MOST_ROUNDS: u64 = 5_000_000;

/// Most memory that scrypt may take (128·N·r, RFC 7914 section 5), in bytes.
const MOST_MEMORY: u64 = 64 * 1024 * 1024;

/// `pkcs-12PbeIds` (RFC 7292 appendix C) but for the last number.
const OLD: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x0C, 0x01];

/// What something opened is in: memory that is wiped.
pub(super) type Opened = Zeroizing<Vec<u8>>;

/// Why something stays closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// The password is another, or it is damaged.
    Wrong,
    /// It is sealed in a way that is not known here.
    Unknown,
    /// To open it would take longer than is bearable.
    Dear,
}

impl Closed {
    /// In a sentence.
    pub(super) fn reason(self) -> String {
        match self {
            Self::Wrong => "the password does not open it".to_owned(),
            Self::Unknown => "it is encrypted in a way that is not known here".to_owned(),
            Self::Dear => format!("keys of one file are derived in up to {MOST_ROUNDS} rounds"),
        }
    }
}

/// What may still be spent on one file, in rounds of key derivation.
#[derive(Debug)]
pub(super) struct Effort(Cell<u64>);

impl Default for Effort {
    fn default() -> Self {
        Self(Cell::new(MOST_ROUNDS))
    }
}

impl Effort {
    fn spend(&self, rounds: u64) -> Result<(), Closed> {
        let left = self.0.get().checked_sub(rounds).ok_or(Closed::Dear)?;
        self.0.set(left);
        Ok(())
    }
}

/// Opens what an algorithm's identifier says how it was sealed.
pub(super) fn open(algorithm: &[u8], sealed: &[u8], password: &Secret, effort: &Effort) -> Result<Opened, Closed> {
    let mut bytes = Zeroizing::new(sealed.to_vec());
    let scheme = EncryptionScheme::from_der(algorithm);
    let opened = match scheme.as_ref().ok().and_then(EncryptionScheme::pbes2) {
        Some(parameters) => {
            effort.spend(price(&parameters.kdf)?)?;
            let opened = parameters.decrypt_in_place(password.as_str(), &mut bytes);
            opened.map_err(|error| if error == Error::DecryptFailed { Closed::Wrong } else { Closed::Unknown })?.len()
        }
        None => old(algorithm, &mut bytes, password, effort)?,
    };
    bytes.truncate(opened);
    Ok(bytes)
}

/// About how many rounds of PBKDF2 take as long.
fn price(kdf: &Kdf) -> Result<u64, Closed> {
    match kdf {
        Kdf::Pbkdf2(kdf) => Ok(u64::from(kdf.iteration_count)),
        Kdf::Scrypt(kdf) => {
            let blocks = kdf.cost_parameter.saturating_mul(u64::from(kdf.block_size));
            let is_bearable = blocks.saturating_mul(128) <= MOST_MEMORY;
            let all = blocks.saturating_mul(u64::from(kdf.parallelization)).saturating_mul(2);
            if is_bearable { Ok(all) } else { Err(Closed::Dear) }
        }
        _ => Err(Closed::Unknown),
    }
}

/// 3DES and RC2 of 40 bits, in place; the length of what was in it.
fn old(algorithm: &[u8], bytes: &mut [u8], password: &Secret, effort: &Effort) -> Result<usize, Closed> {
    let way = || {
        let [identifier, parameters] = parts(algorithm)?[..] else { return None };
        let [salt, rounds] = parts(parameters)?[..] else { return None };
        Some((*inside(identifier, 0x06)?.strip_prefix(OLD)?.first()?, inside(salt, 0x04)?, number(rounds)?))
    };
    let (cipher, salt, rounds) = way().ok_or(Closed::Unknown)?;
    // Two for the key and one for the initial vector.
    effort.spend(u64::from(rounds).saturating_mul(3))?;
    let derive =
        |purpose, length| derived(&digest::SHA1_FOR_LEGACY_USE_ONLY, password, (salt, rounds), purpose, length);
    let vector = derive(Purpose::Vector, 8);
    let opened = match cipher {
        3 => cbc::Decryptor::<des::TdesEde3>::new_from_slices(&derive(Purpose::Key, 24), &vector)
            .map_err(|_| Closed::Unknown)?
            .decrypt_padded::<Pkcs7>(bytes),
        6 => cbc::Decryptor::<rc2::Rc2>::new_from_slices(&derive(Purpose::Key, 5), &vector)
            .map_err(|_| Closed::Unknown)?
            .decrypt_padded::<Pkcs7>(bytes),
        _ => return Err(Closed::Unknown),
    };
    opened.map(<[u8]>::len).map_err(|_| Closed::Wrong)
}

/// Whether an archive is as its maker left it, and the password that maker's (`MacData`, RFC 7292 appendix A).
pub(super) fn is_authentic(mac: &[u8], content: &[u8], password: &Secret, effort: &Effort) -> Result<bool, Closed> {
    let told = || {
        let (digest, salt, rounds) = match parts(mac)?[..] {
            [digest, salt] => (digest, salt, 1),
            [digest, salt, rounds] => (digest, salt, number(rounds)?),
            _ => return None,
        };
        let [algorithm, digest] = parts(digest)?[..] else { return None };
        let identifier = inside(parts(algorithm)?.first()?, 0x06)?;
        Some((identifier, inside(digest, 0x04)?, inside(salt, 0x04)?, rounds))
    };
    let (identifier, expected, salt, rounds) = told().ok_or(Closed::Unknown)?;
    let (hash, code) = match identifier {
        [0x2B, 0x0E, 0x03, 0x02, 0x1A] => (&digest::SHA1_FOR_LEGACY_USE_ONLY, hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
        // `hashAlgs` (NIST).
        [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last] => match last {
            1 => (&digest::SHA256, hmac::HMAC_SHA256),
            2 => (&digest::SHA384, hmac::HMAC_SHA384),
            3 => (&digest::SHA512, hmac::HMAC_SHA512),
            4 => (&digest::SHA224, hmac::HMAC_SHA224),
            _ => return Err(Closed::Unknown),
        },
        _ => return Err(Closed::Unknown),
    };
    effort.spend(u64::from(rounds))?;
    let key = derived(hash, password, (salt, rounds), Purpose::Check, hash.output_len);
    Ok(hmac::verify(&hmac::Key::new(code, &key), content, expected).is_ok())
}

/// What is derived from a password; the number is that of RFC 7292 appendix B.3.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
enum Purpose {
    Key = 1,
    Vector = 2,
    Check = 3,
}

/// RFC 7292 appendix B.2.
fn derived(
    hash: &'static digest::Algorithm,
    password: &Secret,
    (salt, rounds): (&[u8], u32),
    purpose: Purpose,
    length: usize,
) -> Zeroizing<Vec<u8>> {
    let block = hash.block_len;
    let spread = |bytes: &[u8]| -> Zeroizing<Vec<u8>> {
        let whole = bytes.len().div_ceil(block) * block;
        Zeroizing::new(bytes.iter().copied().cycle().take(whole).collect())
    };
    let (salt, password) = (spread(salt), spread(&in_java(password, &[0, 0])));
    let mut input = Zeroizing::new([&vec![purpose as u8; block], &**salt, &**password].concat());
    let mut out = Zeroizing::new(Vec::with_capacity(length + hash.output_len));
    while out.len() < length {
        let mut digest = digest::digest(hash, &input);
        for _ in 1..rounds {
            digest = digest::digest(hash, digest.as_ref());
        }
        out.extend_from_slice(digest.as_ref());
        let addend = spread(digest.as_ref());
        for part in input[block..].chunks_exact_mut(block) {
            // The sum of both and one, the last byte being the least.
            let mut carry = 1_u16;
            for (byte, other) in part.iter_mut().zip(&**addend).rev() {
                let sum = u16::from(*byte) + u16::from(*other) + carry;
                let [high, low] = sum.to_be_bytes();
                (*byte, carry) = (low, u16::from(high));
            }
        }
    }
    out.truncate(length);
    out
}

/// A password as Java and PKCS#12 have it, two bytes a letter, and what comes behind.
pub(super) fn in_java(password: &Secret, behind: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * password.as_str().len() + behind.len()));
    for letter in password.as_str().encode_utf16() {
        bytes.extend_from_slice(&letter.to_be_bytes());
    }
    bytes.extend_from_slice(behind);
    bytes
}

/// A number of rounds, none of which is none.
fn number(integer: &[u8]) -> Option<u32> {
    u32::from_der(integer).ok().filter(|rounds| *rounds > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_derived_as_others_do() {
        // As the crate `pkcs12` has it in its tests.
        let salt = [1, 2, 3, 4, 5, 6, 7, 8];
        let password = Secret::new("ge@äheim".to_owned());
        let key = derived(&digest::SHA256, &password, (&salt, 100), Purpose::Key, 32);
        let hex = |bytes: &[u8]| bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        assert_eq!(hex(&key), "fae4d4957a3cc781e1180b9d4fb79c1e0c8579b746a3177e5b0768a3118bf863");
        let vector = derived(&digest::SHA256, &password, (&salt, 100), Purpose::Vector, 32);
        assert_eq!(hex(&vector), "e5ff813bc6547de5155b14d2fada85b3201a977349db6e26ccc998d9e8f83d6c");
    }

    #[test]
    fn a_price_is_asked_before_it_is_paid() {
        let effort = Effort::default();
        assert_eq!(effort.spend(MOST_ROUNDS - 1), Ok(()));
        assert_eq!((effort.spend(2), effort.spend(1), effort.spend(1)), (Err(Closed::Dear), Ok(()), Err(Closed::Dear)));
    }
}

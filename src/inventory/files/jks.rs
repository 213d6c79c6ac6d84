//! Java keystores, JKS and JCEKS: certificates stand in the clear, keys are encrypted one by one. Those of a JKS are
//! opened for their public part where a password fits; the encryption of a JCEKS rests on MD5 and is left alone.
//!
//! The layout is that of `sun.security.provider.JavaKeyStore` and `com.sun.crypto.provider.JceKeyStore` in `OpenJDK`, the
//! encryption that of `sun.security.provider.KeyProtector`.

use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};
use zeroize::Zeroizing;

use super::key;
use super::object::{inside, parts};
use super::sealed::in_java;
use super::shelf::{Parts, Shelf, unreadable};
use crate::model::{FileContent, FileFormat, Fingerprint, Held, HeldKey, Secret};

const CUT: &str = "it is cut off";

/// Bytes of SHA-1, by which a keystore and each key in it are checked.
const DIGEST: usize = 20;

/// The format, where the first four bytes are those of a keystore.
pub(super) fn format(bytes: &[u8]) -> Option<FileFormat> {
    match bytes.get(..4)? {
        [0xFE, 0xED, 0xFE, 0xED] => Some(FileFormat::Jks),
        [0xCE, 0xCE, 0xCE, 0xCE] => Some(FileFormat::Jceks),
        _ => None,
    }
}

/// Reads a keystore's entries; what follows a fault is lost, as nothing says where the next begins.
pub(super) fn read(format: FileFormat, bytes: &[u8], shelf: &Shelf) -> FileContent {
    let mut parts = Parts::default();
    let mut cursor = Cursor { bytes, at: 4 };
    let mut number = 0;
    if let Err(fault) = entries(&mut cursor, &mut number, shelf, &mut parts) {
        parts.add(number.max(1), Some(cursor.at), None, unreadable("keystore entry", fault));
    }
    FileContent::Parts { format, parts: parts.0 }
}

fn entries(cursor: &mut Cursor<'_>, number: &mut usize, shelf: &Shelf, parts: &mut Parts) -> Result<(), &'static str> {
    let version = cursor.number().ok_or(CUT)?;
    if !matches!(version, 1 | 2) {
        return Err("the keystore's version is neither 1 nor 2");
    }
    let count = cursor.number().ok_or(CUT)?;
    for _ in 0..count {
        if parts.is_full() {
            break;
        }
        *number += 1;
        entry(cursor, version, *number, shelf, parts)?;
    }
    // Without it no Java opens the keystore.
    if cursor.take(DIGEST).is_none() && !parts.is_full() {
        return Err("its checksum is cut off");
    }
    Ok(())
}

fn entry(
    cursor: &mut Cursor<'_>,
    version: u32,
    number: usize,
    shelf: &Shelf,
    parts: &mut Parts,
) -> Result<(), &'static str> {
    /// When it was made, in milliseconds of eight bytes.
    const CREATED: usize = 8;
    let offset = cursor.at;
    let kind = cursor.number().ok_or(CUT)?;
    let alias = String::from_utf8_lossy(cursor.text().ok_or(CUT)?);
    cursor.take(CREATED).ok_or(CUT)?;
    let chain = match kind {
        1 => {
            let sealed = cursor.counted().ok_or(CUT)?;
            let spki = shelf.passwords.iter().find_map(|password| opened(sealed, password));
            parts.add(number, Some(offset), Some(&alias), Held::Key(HeldKey { encrypted: true, spki }));
            cursor.number().ok_or(CUT)?
        }
        2 => 1,
        3 => return Err("it is a secret key, whose end only Java knows"),
        _ => return Err("it is of an unknown kind"),
    };
    for _ in 0..chain {
        if parts.is_full() {
            break;
        }
        if version == 2 {
            // Its type, `X.509`.
            cursor.text().ok_or(CUT)?;
        }
        let at = cursor.at;
        let der = cursor.counted().ok_or(CUT)?;
        parts.add(number, Some(at), Some(&alias), shelf.certificate(der));
    }
    Ok(())
}

/// The public part of a key that a password opens: the key is hidden under a stream of digests, between the salt that
/// these begin with and a digest of itself.
fn opened(sealed: &[u8], password: &Secret) -> Option<Fingerprint> {
    /// `1.3.6.1.4.1.42.2.17.1.1`.
    const OF_SUN: &[u8] = &[0x2B, 0x06, 0x01, 0x04, 0x01, 0x2A, 0x02, 0x11, 0x01, 0x01];
    let [algorithm, sealed] = parts(sealed)?[..] else { return None };
    let identifier = parts(algorithm)?.first().and_then(|identifier| inside(identifier, 0x06))?;
    let (salt, rest) = inside(sealed, 0x04).filter(|_| identifier == OF_SUN)?.split_first_chunk::<DIGEST>()?;
    let (hidden, check) = rest.split_last_chunk::<DIGEST>()?;
    let password = in_java(password, &[]);
    let mut key = Zeroizing::new(hidden.to_vec());
    let mut last = Zeroizing::new(salt.to_vec());
    for block in key.chunks_mut(DIGEST) {
        last = digest(&password, &last);
        block.iter_mut().zip(&**last).for_each(|(byte, other)| *byte ^= other);
    }
    let is_it = **digest(&password, &key) == check[..];
    key::clear(&key).spki.filter(|_| is_it)
}

fn digest(one: &[u8], other: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    context.update(one);
    context.update(other);
    Zeroizing::new(context.finish().as_ref().to_vec())
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_be_bytes)
    }

    /// Bytes with their number in front.
    fn counted(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        self.take(usize::try_from(length).ok()?)
    }

    /// Java's modified UTF-8, two bytes of length in front.
    fn text(&mut self) -> Option<&'a [u8]> {
        let length = self.take(2)?.try_into().ok().map(u16::from_be_bytes)?;
        self.take(usize::from(length))
    }
}

//! Private keys: their public part, and nothing else of them.

use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls_pki_types::PrivateKeyDer;
use zeroize::Zeroizing;

use super::object::{inside, parts};
use super::sealed::{self, Effort};
use crate::credentials::open_traditional;
use crate::model::{Fingerprint, HeldKey, Secret};

/// `rsaEncryption` with its NULL (RFC 3279 section 2.3.1).
const RSA: &[u8] = &[0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00];

/// `id-ecPublicKey` (RFC 5480 section 2.1.1), without its curve.
const EC: &[u8] = &[0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];

/// A key in the clear: PKCS#8, PKCS#1 or SEC1.
pub(super) fn clear(der: &[u8]) -> HeldKey {
    HeldKey { encrypted: false, spki: public_part(der) }
}

/// An encrypted PKCS#8 key (RFC 5958 section 3), opened where one of the passwords fits.
pub(super) fn encrypted(der: &[u8], passwords: &[Secret], effort: &Effort) -> Result<HeldKey, &'static str> {
    let parts = parts(der).unwrap_or_default();
    let [algorithm, sealed] = parts[..] else { return Err("it is cut off, or no encrypted key") };
    let sealed = inside(sealed, 0x04).ok_or("what is encrypted is no octet string")?;
    // A wrong password shows as bad padding, or as plaintext that is no key.
    let opened = passwords.iter().filter_map(|password| sealed::open(algorithm, sealed, password, effort).ok());
    let spki = { opened }.find_map(|key| public_part(&key));
    Ok(HeldKey { encrypted: true, spki })
}

/// A key that OpenSSL sealed in its old way, opened where one of the passwords fits; `how` is its `DEK-Info`.
pub(super) fn old(how: &str, sealed: &[u8], passwords: &[Secret]) -> HeldKey {
    let opened = passwords.iter().filter_map(|password| open_traditional(how, sealed, password).ok());
    let spki = { opened }.find_map(|key| public_part(&key));
    HeldKey { encrypted: true, spki }
}

/// SHA-256 of the `SubjectPublicKeyInfo` that belongs to a private key.
fn public_part(der: &[u8]) -> Option<Fingerprint> {
    // What an RSA key says of itself needs no arithmetic, and no size is too small for it.
    rsa(der).or_else(|| derived(der)).or_else(|| stated(der)).map(|spki| Fingerprint::of(&spki))
}

/// By the arithmetic of the key's kind.
fn derived(der: &[u8]) -> Option<Vec<u8>> {
    let key = Zeroizing::new(PrivateKeyDer::try_from(der.to_vec()).ok()?);
    Some(any_supported_type(&key).ok()?.public_key()?.to_vec())
}

/// An RSA key, in PKCS#1 (RFC 8017 appendix A.1.2) by itself or in PKCS#8.
fn rsa(der: &[u8]) -> Option<Vec<u8>> {
    let bare = || Some(rsa_spki(RSA, &rsa_public(der)?));
    let wrapped = || {
        let (algorithm, key) = pkcs8(der)?;
        Some(rsa_spki(algorithm, &rsa_public(key)?))
    };
    bare().or_else(wrapped)
}

fn rsa_spki(algorithm: &[u8], public: &[u8]) -> Vec<u8> {
    let bits = tlv(0x03, &[&[0], public]);
    tlv(0x30, &[algorithm, &bits])
}

/// The `RSAPublicKey` within an `RSAPrivateKey`: both begin with modulus and exponent.
fn rsa_public(key: &[u8]) -> Option<Vec<u8>> {
    let parts = parts(key)?;
    let [version, modulus, exponent, private, ..] = &parts[..] else { return None };
    let integers = [version, modulus, exponent, private].into_iter().all(|part| part.first() == Some(&0x02));
    (integers && modulus.len() > 32).then(|| tlv(0x30, &[modulus, exponent]))
}

/// A key on a curve that says its public point itself (RFC 5915 section 3): for curves that nothing here computes on.
fn stated(der: &[u8]) -> Option<Vec<u8>> {
    let (algorithm, key) = pkcs8(der).map_or((None, der), |(algorithm, key)| (Some(algorithm), key));
    let parts = parts(key)?;
    let tagged = |tag: u8| parts.iter().find_map(|part| inside(part, tag));
    let point = tagged(0xA1)?;
    let spki = match algorithm {
        Some(algorithm) => tlv(0x30, &[algorithm, point]),
        None => tlv(0x30, &[&tlv(0x30, &[EC, tagged(0xA0)?]), point]),
    };
    Some(spki)
}

/// The algorithm and the key of a `PrivateKeyInfo` (RFC 5958 section 2).
fn pkcs8(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let parts = parts(der)?;
    let [version, algorithm, key, ..] = parts[..] else { return None };
    let fits = version.first() == Some(&0x02) && algorithm.first() == Some(&0x30);
    fits.then_some((algorithm, inside(key, 0x04)?))
}

/// One element in DER.
fn tlv(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let length: usize = contents.iter().map(|content| content.len()).sum();
    let bytes = length.to_be_bytes();
    let significant = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
    let mut out = vec![tag];
    if let (..128, Ok(short)) = (length, u8::try_from(length)) {
        out.push(short);
    } else {
        out.push(0x80 | u8::try_from(significant.len()).unwrap_or(8));
        out.extend(significant);
    }
    for content in contents {
        out.extend(*content);
    }
    out
}

//! Private keys as OpenSSL sealed them before PKCS#8: PEM with `Proc-Type: 4,ENCRYPTED` and `DEK-Info` (RFC 1421 sections
//! 4.6.1.1 and 4.6.1.3), with ciphers and a derivation of keys that are OpenSSL's own (`PEM_write_PrivateKey_traditional`).

use aes::{Aes128, Aes192, Aes256};
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use der::asn1::AnyRef;
use der::{Decode as _, Tag, Tagged as _};
use des::TdesEde3;
use md5::{Digest as _, Md5};
use zeroize::Zeroizing;

use crate::model::Secret;

/// Why a key stays closed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unopened {
    /// The password is another, or it is damaged.
    #[error("the password is wrong")]
    Wrong,
    /// It is sealed in a way that is not known here.
    #[error("{0}")]
    Unknown(String),
}

/// Opens what stands below such headers; `dek_info` is the cipher and its initial vector: `AES-256-CBC,0123…`.
pub fn open_traditional(dek_info: &str, sealed: &[u8], password: &Secret) -> Result<Zeroizing<Vec<u8>>, Unopened> {
    let (cipher, vector) = dek_info.split_once(',').unwrap_or((dek_info, ""));
    let (cipher, vector) = (cipher.trim(), hex(vector.trim()));
    let decrypt = match cipher {
        "AES-128-CBC" => decrypted::<Decryptor<Aes128>>,
        "AES-192-CBC" => decrypted::<Decryptor<Aes192>>,
        "AES-256-CBC" => decrypted::<Decryptor<Aes256>>,
        "DES-EDE3-CBC" => decrypted::<Decryptor<TdesEde3>>,
        other => return Err(Unopened::Unknown(other.chars().take(40).collect())),
    };
    let vector = vector.ok_or_else(|| Unopened::Unknown("an initial vector that is no hexadecimal".to_owned()))?;
    let opened = decrypt(&vector, sealed, password)?;
    // One wrong password of 256 has padding that fits.
    let is_key = AnyRef::from_der(&opened).is_ok_and(|any| any.tag() == Tag::Sequence);
    if is_key { Ok(opened) } else { Err(Unopened::Wrong) }
}

fn decrypted<D: BlockModeDecrypt + KeyIvInit>(
    vector: &[u8],
    sealed: &[u8],
    password: &Secret,
) -> Result<Zeroizing<Vec<u8>>, Unopened> {
    let salt = vector.get(..SALT).unwrap_or(vector);
    let key = derived(password, salt, D::key_size());
    let cipher = D::new_from_slices(&key, vector);
    let cipher = cipher.map_err(|_| Unopened::Unknown("an initial vector of another length".to_owned()))?;
    let mut bytes = Zeroizing::new(sealed.to_vec());
    let length = cipher.decrypt_padded::<Pkcs7>(&mut bytes).map_err(|_| Unopened::Wrong)?.len();
    bytes.truncate(length);
    Ok(bytes)
}

/// Bytes of the initial vector that are the salt, too.
const SALT: usize = 8;

/// `EVP_BytesToKey` with MD5 and one round.
fn derived(password: &Secret, salt: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
    const DIGEST: usize = 16;
    let mut key = Zeroizing::new(Vec::with_capacity(length + DIGEST));
    while key.len() < length {
        let last = key.len().saturating_sub(DIGEST);
        let digest = Md5::new().chain_update(&key[last..]).chain_update(password.as_str()).chain_update(salt);
        key.extend_from_slice(&Zeroizing::new(<[u8; DIGEST]>::from(digest.finalize()))[..]);
    }
    key.truncate(length);
    key
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    if rest.is_empty() { bytes.collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    #[test]
    fn keys_are_derived_as_openssl_does() {
        // openssl enc -aes-256-cbc -md md5 -S 0102030405060708 -k word -P
        let key = derived(&word("word"), &[1, 2, 3, 4, 5, 6, 7, 8], 32);
        let hex = key.iter().fold(String::new(), |text, byte| text + &format!("{byte:02X}"));
        assert_eq!(hex, "5696FC8F8B4ECD33A235AD66B0390142B8CA241E814E15848D15DAA42FF57F8E");
    }

    #[test]
    fn what_is_odd_stays_closed() {
        let unknown = |info: &str| match open_traditional(info, &[0; 16], &word("x")) {
            Err(Unopened::Unknown(what)) => what,
            other => panic!("{info}: {other:?}"),
        };
        assert_eq!(unknown("IDEA-CBC,0102030405060708"), "IDEA-CBC");
        assert_eq!(unknown(""), "");
        assert!(unknown("AES-128-CBC").contains("another length"));
        assert!(unknown("AES-128-CBC,01020304").contains("another length"));
        assert!(unknown("AES-128-CBC,xy").contains("no hexadecimal"));
        let vector = "AES-128-CBC,000102030405060708090A0B0C0D0E0F";
        for length in [0, 15, 16] {
            assert_eq!(open_traditional(vector, &vec![0; length], &word("x")).unwrap_err(), Unopened::Wrong);
        }
    }
}

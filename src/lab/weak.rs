//! An RSA 1024 key, and the signature that TLS libraries rightly refuse to make with it.
//!
//! It protects nothing and is no secret: everyone who has this program has it.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use num_bigint::BigUint;
use rustls::sign::{Signer, SigningKey};
use rustls::{SignatureAlgorithm, SignatureScheme};

const MODULUS: &[u8] =
    b"a3fd6509c85a1e0ca010d56b3652edb8323c2e2655e047e89b086979cef8a49a115ef2a43d92c67443a27607ba92a2d5\
    cfec3403d090715011b7779d83b32b081f4fa8873816e4fe9998daa50272ec170f87c25ce89da0571ccfa88d9a8fb1e4\
    53c1d1bbcf0b338e2dbc6a860f5d0c84f1e1e8e95568fbe48d7885c6fd3235c5";
const PRIVATE_EXPONENT: &[u8] =
    b"6911c398defb8e613c754ca862a803938eec2c0d77dc3976794e8c75f4fc2e4a6072db380c136c7fb58df3ddc3d68bea\
    3e4bf28fb723b4d63e63b48a0185dc3d52ffaf32a620abc54e13865a7dc5866e9661f9e2c3ed4c8ab1edc30e2110fe52\
    bc86fc227c79e8f735a204a5280ff5dbd9a7580cc59b06282572149c0e044889";
/// The modulus in bytes, and every signature.
const SIZE: usize = 128;
/// `SEQUENCE { INTEGER n, INTEGER e }` around a modulus of 128 bytes (RFC 8017 appendix A.1.1).
const KEY_PREFIX: [u8; 7] = [0x30, 0x81, 0x89, 0x02, 0x81, 0x81, 0x00];
/// The public exponent 65537.
const KEY_SUFFIX: [u8; 5] = [0x02, 0x03, 0x01, 0x00, 0x01];
/// `DigestInfo` of SHA-256 up to the digest (RFC 8017 section 9.2).
const DIGEST_INFO: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];

static NUMBERS: LazyLock<Numbers> = LazyLock::new(|| Numbers {
    modulus: BigUint::parse_bytes(MODULUS, 16).unwrap_or_default(),
    exponent: BigUint::parse_bytes(PRIVATE_EXPONENT, 16).unwrap_or_default(),
});

struct Numbers {
    modulus: BigUint,
    exponent: BigUint,
}

/// What goes into the certificate.
pub(super) struct PublicKey(Vec<u8>);

impl PublicKey {
    pub(super) fn new() -> Self {
        let modulus = NUMBERS.modulus.to_bytes_be();
        Self([&KEY_PREFIX[..], &modulus, &KEY_SUFFIX].concat())
    }
}

impl rcgen::PublicKeyData for PublicKey {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

/// The key as a TLS 1.2 server uses it: PKCS#1 v1.5 with SHA-256 only.
#[derive(Debug)]
pub(super) struct WeakKey;

impl SigningKey for WeakKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered.contains(&SignatureScheme::RSA_PKCS1_SHA256).then(|| Box::new(Self) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RSA
    }
}

impl Signer for WeakKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        let digest = digest(&SHA256, message);
        let info = [&DIGEST_INFO[..], digest.as_ref()].concat();
        // EMSA-PKCS1-v1_5: 00 01 FF … FF 00 info, as long as the modulus.
        let mut encoded = vec![0xff; SIZE - info.len()];
        encoded[..2].copy_from_slice(&[0, 1]);
        encoded[SIZE - info.len() - 1] = 0;
        encoded.extend(info);
        let signature = BigUint::from_bytes_be(&encoded).modpow(&NUMBERS.exponent, &NUMBERS.modulus).to_bytes_be();
        Ok([vec![0; SIZE - signature.len()], signature].concat())
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::RSA_PKCS1_SHA256
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};

    use super::*;

    #[test]
    fn its_signatures_verify() {
        let key = UnparsedPublicKey::new(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, PublicKey::new().0);
        let signature = WeakKey.sign(b"hello").expect("signed");
        assert!(key.verify(b"hello", &signature).is_ok());
        assert!(key.verify(b"hallo", &signature).is_err());
    }
}

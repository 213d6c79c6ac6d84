//! Signatures of statements: by whatever verifier knows the algorithm.

use aws_lc_rs::signature as aws;
use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier};
use der::{Decode as _, ErrorKind, Reader as _, SliceReader, Tag, Tagged as _};
use rustls_pki_types::{SignatureVerificationAlgorithm, SubjectPublicKeyInfoDer};
use webpki::{Error, RawPublicKeyEntity};
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::SubjectPublicKeyInfo;

/// Why a signature does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadSignature {
    /// Nobody here can check it.
    #[error("its signature algorithm {0} is not supported")]
    Unsupported(String),
    /// It was not made with this key over this content.
    #[error("its signature does not verify")]
    Wrong,
}

/// Anything of the form `SIGNED` (RFC 5280 section 4.1).
#[derive(Clone, Copy, Debug)]
pub(super) struct Signed<'a> {
    /// What is signed, with its tag and length.
    pub(super) content: &'a [u8],
    /// The algorithm, without tag and length.
    pub(super) algorithm: &'a [u8],
    pub(super) signature: &'a [u8],
}

impl<'a> Signed<'a> {
    pub(super) fn read(der: &'a [u8]) -> der::Result<Self> {
        AnyRef::from_der(der)?.sequence(Self::read_from)
    }

    /// The three of them from where `reader` stands; something may follow.
    pub(super) fn read_from(reader: &mut SliceReader<'a>) -> der::Result<Self> {
        let content = reader.tlv_bytes()?;
        let algorithm = reader.decode::<AnyRef<'_>>()?;
        algorithm.tag().assert_eq(Tag::Sequence)?;
        let signature = reader.decode::<BitStringRef<'_>>()?;
        let signature = signature.as_bytes().ok_or(ErrorKind::Value { tag: Tag::BitString })?;
        Ok(Self { content, algorithm: algorithm.value(), signature })
    }

    /// Whether it was signed with the key of this `SubjectPublicKeyInfo`.
    pub(super) fn verify(&self, spki: &[u8]) -> Result<(), BadSignature> {
        let der = SubjectPublicKeyInfoDer::from(spki);
        let key = RawPublicKeyEntity::try_from(&der).map_err(|_| BadSignature::Wrong)?;
        for known in self.verifiers() {
            match key.verify_signature(known, self.content, self.signature) {
                Ok(()) => return Ok(()),
                // One signature algorithm fits several kinds of keys.
                Err(Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_)) => (),
                Err(_) => break,
            }
        }
        self.verify_leniently(spki)
    }

    fn verifiers(&self) -> impl Iterator<Item = &'static dyn SignatureVerificationAlgorithm> {
        let known = webpki::ALL_VERIFICATION_ALGS.iter().copied();
        known.filter(|known| known.signature_alg_id().as_ref() == self.algorithm)
    }

    /// RSA keys and digests that are too weak for TLS: that is another finding's business.
    fn verify_leniently(&self, spki: &[u8]) -> Result<(), BadSignature> {
        let oid = SliceReader::new(self.algorithm).and_then(|mut reader| reader.decode::<ObjectIdentifier>());
        let oid = oid.map_err(|_| BadSignature::Wrong)?.to_string();
        let parameters = match oid.as_str() {
            "1.2.840.113549.1.1.5" => &aws::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
            "1.2.840.113549.1.1.11" => &aws::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
            "1.2.840.113549.1.1.13" => &aws::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
            _ if self.verifiers().next().is_some() => return Err(BadSignature::Wrong),
            _ => return Err(BadSignature::Unsupported(oid)),
        };
        let (_, spki) = SubjectPublicKeyInfo::from_der(spki).map_err(|_| BadSignature::Wrong)?;
        let key = aws::UnparsedPublicKey::new(parameters, &spki.subject_public_key.data);
        key.verify(self.content, self.signature).map_err(|_| BadSignature::Wrong)
    }
}

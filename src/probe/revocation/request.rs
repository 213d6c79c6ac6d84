//! OCSP requests (RFC 6960 section 4.1), as small as the profile for many clients wants them (RFC 5019).

use aws_lc_rs::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Encode as _, Sequence, Tag};

use super::asn1::{AlgorithmIdentifier, Extension};
use super::case::Case;

/// Names a certificate by hashes of its issuer's name and key, and its serial number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Sequence)]
pub(super) struct CertId<'a> {
    pub(super) hash_algorithm: AlgorithmIdentifier<'a>,
    #[asn1(type = "OCTET STRING")]
    pub(super) issuer_name_hash: &'a [u8],
    #[asn1(type = "OCTET STRING")]
    pub(super) issuer_key_hash: &'a [u8],
    pub(super) serial: AnyRef<'a>,
}

#[derive(Sequence)]
struct OcspRequest<'a> {
    tbs: TbsRequest<'a>,
}

#[derive(Sequence)]
struct TbsRequest<'a> {
    requests: Vec<SingleRequest<'a>>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Vec<Extension<'a>>>,
}

#[derive(Sequence)]
struct SingleRequest<'a> {
    id: CertId<'a>,
}

/// A request about one certificate.
#[derive(Clone, Debug)]
pub(in crate::probe) struct Request {
    pub(in crate::probe) der: Vec<u8>,
}

/// SHA-1: every responder knows it, and nothing depends on its strength.
const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
/// `id-pkix-ocsp-nonce`.
pub(super) const NONCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.2");

impl Request {
    /// Longer URLs may not get through (RFC 5019 section 5).
    const LONGEST_GET: usize = 255;

    /// With a nonce the answer must be made for it, without one it may be a stored one.
    pub(in crate::probe) fn new(case: &Case, nonce: Option<&[u8]>) -> der::Result<Self> {
        let (name, key) = hashes(case, &SHA1_FOR_LEGACY_USE_ONLY);
        let id = CertId {
            hash_algorithm: AlgorithmIdentifier { algorithm: SHA1, parameters: Some(AnyRef::NULL) },
            issuer_name_hash: &name,
            issuer_key_hash: &key,
            serial: AnyRef::new(Tag::Integer, &case.serial)?,
        };
        let nonce = nonce.map(|nonce| AnyRef::new(Tag::OctetString, nonce)?.to_der()).transpose()?;
        let extensions = nonce.as_ref().map(|value| vec![Extension { id: NONCE, critical: false, value }]);
        let request = OcspRequest { tbs: TbsRequest { requests: vec![SingleRequest { id }], extensions } };
        Ok(Self { der: request.to_der()? })
    }

    /// The URL that asks the responder at `base` by GET (RFC 6960 appendix A.1); none when it would be too long.
    pub(in crate::probe) fn url(&self, base: &str) -> Option<String> {
        let encoded = STANDARD.encode(&self.der).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        let url = format!("{}/{encoded}", base.trim_end_matches('/'));
        (encoded.len() < Self::LONGEST_GET).then_some(url)
    }
}

/// Hashes of the issuer's name and key.
pub(super) fn hashes(case: &Case, algorithm: &'static Algorithm) -> (Vec<u8>, Vec<u8>) {
    let hash = |bytes: &[u8]| digest(algorithm, bytes).as_ref().to_vec();
    (hash(&case.issuer.name), hash(&case.issuer.key))
}

//! OCSP responses (RFC 6960 section 4.2): parsed, and verified as section 3.2 asks.

use aws_lc_rs::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use der::asn1::{AnyRef, GeneralizedTime, ObjectIdentifier};
use der::{Decode as _, Reader as _, Sequence, SliceReader, Tag, Tagged as _};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use super::asn1::{Extension, elements, has_tag, hex, inner, time};
use super::case::Case;
use super::reason;
use super::request::{CertId, NONCE, hashes};
use super::signature::Signed;
use super::statement::Statement;
use crate::model::{RevocationState, Time, Untrusted, distinguished_name};

/// A response as it came. Nothing in it is believed yet.
#[derive(Debug)]
pub(in crate::probe) enum Response<'a> {
    /// The responder answers, signed.
    Basic(Basic<'a>),
    /// It declines, by a number (section 4.2.1).
    Error(u8),
}

/// A `BasicOCSPResponse`.
#[derive(Debug)]
pub(in crate::probe) struct Basic<'a> {
    signed: Signed<'a>,
    data: ResponseData<'a>,
    /// What may help to verify the signature.
    certificates: Vec<&'a [u8]>,
}

#[derive(Debug)]
struct ResponseData<'a> {
    responder: AnyRef<'a>,
    produced_at: Time,
    responses: Vec<SingleResponse<'a>>,
    extensions: Vec<Extension<'a>>,
}

#[derive(Debug, Sequence)]
struct SingleResponse<'a> {
    id: CertId<'a>,
    status: AnyRef<'a>,
    this_update: GeneralizedTime,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    next_update: Option<GeneralizedTime>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Vec<Extension<'a>>>,
}

/// More certificates than a response needs.
const MOST_CERTIFICATES: usize = 16;
/// More answers than anybody asks for at once.
const MOST_RESPONSES: usize = 256;
/// `id-pkix-ocsp-basic`.
const BASIC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1");

impl<'a> Response<'a> {
    pub(in crate::probe) fn parse(der: &'a [u8]) -> der::Result<Self> {
        let (status, bytes) = AnyRef::from_der(der)?.sequence(|reader| {
            let status = reader.decode::<AnyRef<'_>>()?;
            status.tag().assert_eq(Tag::Enumerated)?;
            let bytes = if reader.is_finished() { None } else { Some(reader.decode::<AnyRef<'_>>()?) };
            der::Result::Ok((status.value(), bytes))
        })?;
        let (0, Some(bytes)) = (status.first().copied().unwrap_or(u8::MAX), bytes) else {
            return Ok(Self::Error(status.first().copied().unwrap_or(u8::MAX)));
        };
        let basic = inner(bytes, 0)?.sequence(|reader| {
            if reader.decode::<ObjectIdentifier>()? != BASIC {
                return Err(der::ErrorKind::OidUnknown { oid: BASIC }.into());
            }
            Ok::<_, der::Error>(reader.decode::<&der::asn1::OctetStringRef>()?.as_bytes())
        })?;
        Ok(Self::Basic(Basic::parse(basic)?))
    }
}

impl<'a> Basic<'a> {
    fn parse(der: &'a [u8]) -> der::Result<Self> {
        AnyRef::from_der(der)?.sequence(|reader| {
            let signed = Signed::read_from(reader)?;
            let certificates = if reader.is_finished() {
                Vec::new()
            } else {
                elements(inner(reader.decode()?, 0)?.value(), MOST_CERTIFICATES)?
            };
            Ok(Self { signed, data: ResponseData::parse(signed.content)?, certificates })
        })
    }
}

impl<'a> ResponseData<'a> {
    fn parse(der: &'a [u8]) -> der::Result<Self> {
        AnyRef::from_der(der)?.sequence(|reader| {
            let mut first = reader.decode::<AnyRef<'_>>()?;
            // The version, which has been 1 ever since.
            if has_tag(first, 0) {
                first = reader.decode()?;
            }
            let produced_at = time(reader.decode()?);
            let answers = elements(reader.decode::<AnyRef<'_>>()?.value(), MOST_RESPONSES)?;
            let extensions = if reader.is_finished() { Vec::new() } else { inner(reader.decode()?, 1)?.decode_as()? };
            let responses = answers.into_iter().map(SingleResponse::from_der).collect::<der::Result<_>>()?;
            Ok(Self { responder: first, produced_at, responses, extensions })
        })
    }

    /// The newest answer about the certificate in question.
    fn about(&self, case: &Case) -> Result<&SingleResponse<'a>, String> {
        let matching = self.responses.iter().filter(|answer| answer.id.is_of(case));
        matching.max_by_key(|answer| answer.this_update).ok_or_else(|| match self.responses.first() {
            None => "it contains no answer".to_owned(),
            Some(other) => format!("it is about another certificate, serial number {}", shown(other.id.serial.value())),
        })
    }

    /// Whether the responder calls itself by this name, or by the hash of this key.
    fn is_by(&self, name: &[u8], key: &[u8]) -> bool {
        let claimed = self.responder.value();
        if has_tag(self.responder, 1) {
            return claimed == name;
        }
        let hash = AnyRef::from_der(claimed).map(AnyRef::value).unwrap_or_default();
        has_tag(self.responder, 2) && hash == digest(&SHA1_FOR_LEGACY_USE_ONLY, key).as_ref()
    }

    fn responder_words(&self) -> Untrusted {
        if has_tag(self.responder, 1) {
            return distinguished_name(self.responder.value());
        }
        let hash = AnyRef::from_der(self.responder.value()).map(AnyRef::value).unwrap_or_default();
        Untrusted::new(&format!("the key {}", shown(hash)))
    }
}

impl CertId<'_> {
    fn is_of(&self, case: &Case) -> bool {
        const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
        const SHA2: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
        let algorithm: &'static Algorithm = match self.hash_algorithm.algorithm {
            SHA1 => &SHA1_FOR_LEGACY_USE_ONLY,
            SHA2 => &SHA256,
            _ => return false,
        };
        let (name, key) = hashes(case, algorithm);
        self.issuer_name_hash == name && self.issuer_key_hash == key && self.serial.value() == case.serial
    }
}

impl SingleResponse<'_> {
    fn state(&self) -> der::Result<RevocationState> {
        if has_tag(self.status, 0) {
            return Ok(RevocationState::Good);
        }
        if !has_tag(self.status, 1) {
            return Ok(RevocationState::Unknown);
        }
        let mut reader = SliceReader::new(self.status.value())?;
        let at = time(reader.decode()?);
        let reason = if reader.is_finished() { None } else { Some(reason::name(inner(reader.decode()?, 0)?.value())) };
        Ok(RevocationState::Revoked { at, reason })
    }
}

/// Who signed a response.
enum Signer {
    /// The issuer itself.
    Issuer,
    /// Somebody it authorised, until then.
    Delegate { until: Time },
}

impl Basic<'_> {
    fn statement(&self, case: &Case, now: Time) -> Statement {
        self.verified(case, now).unwrap_or_else(|reason| Statement {
            produced_at: Some(self.data.produced_at),
            ..Statement::invalid(&reason)
        })
    }

    fn verified(&self, case: &Case, now: Time) -> Result<Statement, String> {
        let signer = self.signer(case)?;
        let answer = self.data.about(case)?;
        let all = self.data.extensions.iter().chain(answer.extensions.iter().flatten());
        if let Some(unknown) = all.into_iter().find(|extension| extension.critical && extension.id != NONCE) {
            return Err(format!("a critical extension of it, {}, is unknown", unknown.id));
        }
        let statement = Statement {
            state: answer.state().map_err(|error| format!("its status cannot be read: {error}"))?,
            this_update: Some(time(answer.this_update)),
            next_update: answer.next_update.map(time),
            produced_at: Some(self.data.produced_at),
        };
        let statement = statement.in_time(now);
        match signer {
            // What is out of date may well be older than its signer's end.
            Signer::Delegate { until } if until < now && statement.state != RevocationState::Stale => {
                Err(format!("its signer's certificate expired on {until}"))
            }
            _ => Ok(statement),
        }
    }

    /// Who made the signature, with the right to (section 4.2.2.2).
    fn signer(&self, case: &Case) -> Result<Signer, String> {
        let issuer = &case.issuer;
        if self.data.is_by(&issuer.name, &issuer.key) {
            return self.signed.verify(&issuer.spki).map(|()| Signer::Issuer).map_err(|bad| bad.to_string());
        }
        for der in &self.certificates {
            let Ok((_, x509)) = X509Certificate::from_der(der) else { continue };
            if self.data.is_by(x509.subject().as_raw(), &x509.public_key().subject_public_key.data) {
                return self.delegate(case, der, &x509);
            }
        }
        Err(format!("it is signed by {}, which is not the issuer and sent no certificate", self.data.responder_words()))
    }

    fn delegate(&self, case: &Case, der: &[u8], x509: &X509Certificate<'_>) -> Result<Signer, String> {
        let who = self.data.responder_words();
        let issued = x509.issuer().as_raw() == case.issuer.name
            && Signed::read(der).is_ok_and(|signed| signed.verify(&case.issuer.spki).is_ok());
        if !issued {
            return Err(format!("its signer {who} has no certificate of the issuer"));
        }
        let usage = x509.extended_key_usage().ok().flatten();
        if !usage.is_some_and(|usage| usage.value.ocsp_signing) {
            return Err(format!("its signer {who} was not given the right to sign OCSP responses"));
        }
        let moment = |time: x509_parser::time::ASN1Time| Time::from_secs(time.timestamp());
        let (from, until) = (moment(x509.validity().not_before), moment(x509.validity().not_after));
        if !(from..=until).contains(&self.data.produced_at) {
            return Err(format!("its signer's certificate was valid from {from} to {until}, not when it was signed"));
        }
        self.signed.verify(x509.public_key().raw).map_err(|bad| bad.to_string())?;
        Ok(Signer::Delegate { until })
    }
}

/// What the bytes of a response say about the certificate of `case`.
pub(in crate::probe) fn read(der: &[u8], case: &Case, now: Time) -> Statement {
    match Response::parse(der) {
        Ok(Response::Basic(basic)) => basic.statement(case, now),
        Ok(Response::Error(number)) => Statement::bare(RevocationState::Declined(Untrusted::new(&words(number)))),
        Err(error) => Statement::invalid(&format!("it is no OCSP response: {error}")),
    }
}

/// Whether the response is made for the request with this nonce, or takes no notice of nonces.
pub(in crate::probe) fn repeats(der: &[u8], nonce: &[u8]) -> bool {
    let Ok(Response::Basic(basic)) = Response::parse(der) else { return true };
    let theirs = basic.data.extensions.iter().find(|extension| extension.id == NONCE);
    theirs.is_none_or(|theirs| AnyRef::from_der(theirs.value).is_ok_and(|value| value.value() == nonce))
}

/// Whether the bytes are an answer to the request, and not a complaint about its form.
pub(in crate::probe) fn is_answer(der: &[u8]) -> bool {
    const MALFORMED_REQUEST: u8 = 1;
    match Response::parse(der) {
        Ok(Response::Basic(_)) => true,
        Ok(Response::Error(number)) => number != MALFORMED_REQUEST,
        Err(_) => false,
    }
}

/// The beginning of a value that anybody may have chosen.
fn shown(bytes: &[u8]) -> String {
    hex(&bytes[..bytes.len().min(32)])
}

/// `OCSPResponseStatus` (section 4.2.1).
fn words(number: u8) -> String {
    let name = match number {
        1 => "malformedRequest",
        2 => "internalError",
        3 => "tryLater",
        5 => "sigRequired",
        6 => "unauthorized",
        _ => return format!("OCSP error {number}"),
    };
    name.to_owned()
}

#[cfg(test)]
#[path = "response_tests.rs"]
mod tests;

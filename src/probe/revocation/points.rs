//! Where lists are published, and which certificates a list is about (RFC 5280 sections 4.2.1.13 and 5.2.5).

use der::asn1::{AnyRef, BitStringRef};
use der::{Decode as _, Sequence};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use super::asn1::{elements, has_tag};
use super::case::Case;
use super::reason;
use crate::model::Certificate;

/// One place where the certificate's revocation would be published.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::probe) struct DistributionPoint {
    /// Where to fetch the list: any of them.
    pub(in crate::probe) urls: Vec<String>,
    /// The list is not the issuer's own.
    pub(in crate::probe) is_indirect: bool,
    /// All its names, as DER.
    names: Vec<Vec<u8>>,
}

/// RFC 5280 section 4.2.1.13.
#[derive(Sequence)]
struct RawPoint<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    name: Option<AnyRef<'a>>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    reasons: Option<BitStringRef<'a>>,
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT", optional = "true")]
    issuer: Option<Vec<AnyRef<'a>>>,
}

/// RFC 5280 section 5.2.5.
#[derive(Sequence)]
#[expect(clippy::struct_excessive_bools, reason = "as the standard has it")]
struct IssuingPoint<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    name: Option<AnyRef<'a>>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", default = "Default::default")]
    only_user_certificates: bool,
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT", default = "Default::default")]
    only_ca_certificates: bool,
    #[asn1(context_specific = "3", tag_mode = "IMPLICIT", optional = "true")]
    only_some_reasons: Option<BitStringRef<'a>>,
    #[asn1(context_specific = "4", tag_mode = "IMPLICIT", default = "Default::default")]
    indirect: bool,
    #[asn1(context_specific = "5", tag_mode = "IMPLICIT", default = "Default::default")]
    only_attribute_certificates: bool,
}

/// More points or names than a certificate needs.
const MOST: usize = 32;

/// The certificate's points, in its order; none when it has none or they cannot be read.
pub(in crate::probe) fn distribution_points(certificate: &Certificate) -> Vec<DistributionPoint> {
    let Ok((_, x509)) = X509Certificate::from_der(&certificate.der) else { return Vec::new() };
    let extension = x509.extensions().iter().find(|extension| extension.oid.to_id_string() == "2.5.29.31");
    extension.and_then(|extension| points(extension.value).ok()).unwrap_or_default()
}

fn points(der: &[u8]) -> der::Result<Vec<DistributionPoint>> {
    let points = elements(AnyRef::from_der(der)?.value(), MOST)?;
    points.into_iter().map(point).collect()
}

fn point(der: &[u8]) -> der::Result<DistributionPoint> {
    let raw = RawPoint::from_der(der)?;
    let names = raw.name.map_or(Ok(Vec::new()), full_name)?;
    let uri = |name: &&[u8]| {
        let name = AnyRef::from_der(name).ok().filter(|name| has_tag(*name, 6))?;
        String::from_utf8(name.value().to_vec()).ok()
    };
    Ok(DistributionPoint {
        urls: names.iter().filter_map(uri).collect(),
        is_indirect: raw.issuer.is_some(),
        names: names.into_iter().map(<[u8]>::to_vec).collect(),
    })
}

/// The names of a `fullName`; none of a name relative to the issuer's.
fn full_name(name: AnyRef<'_>) -> der::Result<Vec<&[u8]>> {
    if has_tag(name, 0) { elements(name.value(), MOST) } else { Ok(Vec::new()) }
}

/// Why a list does not answer for a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OutOfScope {
    /// It is about others.
    Foreign(String),
    /// It may be about this one in a way that is not understood here.
    Unsupported(String),
}

/// Whether a list with this issuing distribution point answers for the certificate; `Ok` with the reasons it covers when
/// those are not all.
pub(super) fn scope(der: &[u8], case: &Case, point: &DistributionPoint) -> Result<Option<String>, OutOfScope> {
    let foreign = |words: &str| Err(OutOfScope::Foreign(words.to_owned()));
    let scope = IssuingPoint::from_der(der)
        .map_err(|error| OutOfScope::Foreign(format!("its issuing distribution point cannot be read: {error}")))?;
    if scope.indirect {
        return Err(OutOfScope::Unsupported("indirect lists are not supported".to_owned()));
    }
    if scope.only_attribute_certificates {
        return foreign("it is about attribute certificates only");
    }
    if scope.only_user_certificates && case.is_ca {
        return foreign("it is about certificates that are no authority's only");
    }
    if scope.only_ca_certificates && !case.is_ca {
        return foreign("it is about authorities' certificates only");
    }
    if let Some(name) = scope.name {
        if !has_tag(name, 0) {
            return Err(OutOfScope::Unsupported("names relative to the issuer's are not supported".to_owned()));
        }
        let names = full_name(name).unwrap_or_default();
        if !names.iter().any(|name| point.names.iter().any(|own| own == name)) {
            return foreign("it is another distribution point's list");
        }
    }
    Ok(scope.only_some_reasons.map(reason::flags))
}

//! From DER to [`Certificate`], leniently: an odd field is kept as text, never a reason to lose the rest.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::asn1_rs::{Any, Class, Tag};
use x509_parser::der_parser::oid::Oid;
use x509_parser::extensions::{DistributionPointName, GeneralName, ParsedExtension};
use x509_parser::objects::{oid_registry as registry, oid2abbrev, oid2sn};
use x509_parser::oid_registry;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::time::ASN1Time;
use x509_parser::x509::{SubjectPublicKeyInfo, X509Name};

use super::certificate::{Certificate, Fingerprint, KeyAlgorithm, KeyInfo, MalformedCertificate, San, SignatureInfo};
use super::{Time, Untrusted};

impl Certificate {
    /// Most alternative names kept; what is beyond is dropped (a certificate of 64 KiB can hold thousands).
    const MAX_SANS: usize = 2048;

    /// Reads one certificate.
    ///
    /// # Errors
    ///
    /// When the bytes are not one X.509 certificate in DER.
    pub fn parse(der: &[u8]) -> Result<Self, MalformedCertificate> {
        let malformed = |reason: String| MalformedCertificate { reason: Untrusted::new(&reason) };
        let (rest, x509) = X509Certificate::from_der(der).map_err(|error| malformed(error.to_string()))?;
        if !rest.is_empty() {
            return Err(malformed(format!("{} bytes follow the certificate", rest.len())));
        }
        let issuer = name_text(x509.issuer());
        let mut certificate = Self {
            fingerprint: Fingerprint::of(der),
            der: der.into(),
            version: u8::try_from(x509.version().0.saturating_add(1)).unwrap_or(u8::MAX),
            subject: name_text(x509.subject()),
            common_name: attribute(x509.subject(), &oid_registry::OID_X509_COMMON_NAME),
            issuer_short: attribute(x509.issuer(), &oid_registry::OID_X509_COMMON_NAME)
                .or_else(|| attribute(x509.issuer(), &oid_registry::OID_X509_ORGANIZATION_NAME))
                .unwrap_or_else(|| issuer.clone()),
            issuer,
            subject_id: Fingerprint::of(x509.subject().as_raw()),
            issuer_id: Fingerprint::of(x509.issuer().as_raw()),
            serial: hex(x509.raw_serial()),
            not_before: time(x509.validity().not_before),
            not_after: time(x509.validity().not_after),
            sans: Vec::new(),
            key: key_info(x509.public_key()),
            spki: Fingerprint::of(x509.public_key().raw),
            signature: signature_info(&x509.signature_algorithm.algorithm),
            is_ca: None,
            path_len: None,
            extended_key_usage: Vec::new(),
            subject_key_id: None,
            authority_key_id: None,
            ocsp_urls: Vec::new(),
            issuer_urls: Vec::new(),
            crl_urls: Vec::new(),
            must_staple: false,
            embedded_scts: 0,
            self_signed: x509.subject() == x509.issuer() && x509.verify_signature(None).is_ok(),
        };
        for extension in x509.extensions() {
            read_extension(&mut certificate, extension.parsed_extension(), &extension.oid, extension.value);
        }
        Ok(certificate)
    }
}

/// The text of a distinguished name given as DER, as in lists of accepted authorities; hexadecimal when it is none.
#[must_use]
pub fn distinguished_name(der: &[u8]) -> Untrusted {
    match X509Name::from_der(der) {
        Ok((_, name)) => name_text(&name),
        Err(_) => Untrusted::new(&format!("#{}", hex(der))),
    }
}

fn read_extension(certificate: &mut Certificate, parsed: &ParsedExtension<'_>, oid: &Oid<'_>, value: &[u8]) {
    /// TLS feature (RFC 7633); x509-parser leaves it unparsed.
    const TLS_FEATURE: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 1, 24];
    /// `status_request` as a DER INTEGER inside the feature list.
    const STATUS_REQUEST: &[u8] = &[0x02, 0x01, 0x05];
    match parsed {
        ParsedExtension::SubjectAlternativeName(names) => {
            certificate.sans = names.general_names.iter().take(Certificate::MAX_SANS).map(san).collect();
        }
        ParsedExtension::BasicConstraints(constraints) => {
            certificate.is_ca = Some(constraints.ca);
            certificate.path_len = constraints.path_len_constraint;
        }
        ParsedExtension::ExtendedKeyUsage(usage) => certificate.extended_key_usage = usages(usage),
        ParsedExtension::SubjectKeyIdentifier(id) => certificate.subject_key_id = Some(hex(id.0)),
        ParsedExtension::AuthorityKeyIdentifier(id) => {
            certificate.authority_key_id = id.key_identifier.as_ref().map(|id| hex(id.0));
        }
        ParsedExtension::AuthorityInfoAccess(access) => {
            for description in access.iter() {
                let GeneralName::URI(url) = &description.access_location else { continue };
                if description.access_method == oid_registry::OID_PKIX_ACCESS_DESCRIPTOR_OCSP {
                    certificate.ocsp_urls.push(Untrusted::new(url));
                } else if description.access_method == oid_registry::OID_PKIX_ACCESS_DESCRIPTOR_CA_ISSUERS {
                    certificate.issuer_urls.push(Untrusted::new(url));
                }
            }
        }
        ParsedExtension::CRLDistributionPoints(points) => {
            for point in points.iter() {
                let Some(DistributionPointName::FullName(names)) = &point.distribution_point else { continue };
                let urls = names.iter().filter_map(|name| match name {
                    GeneralName::URI(url) => Some(Untrusted::new(url)),
                    _ => None,
                });
                certificate.crl_urls.extend(urls);
            }
        }
        ParsedExtension::SCT(scts) => certificate.embedded_scts = u16::try_from(scts.len()).unwrap_or(u16::MAX),
        _ => {
            certificate.must_staple |= oid.iter().is_some_and(|arcs| arcs.eq(TLS_FEATURE.iter().copied()))
                && value.windows(STATUS_REQUEST.len()).any(|window| window == STATUS_REQUEST);
        }
    }
}

fn usages(usage: &x509_parser::extensions::ExtendedKeyUsage<'_>) -> Vec<String> {
    let named = [
        (usage.any, "any"),
        (usage.server_auth, "serverAuth"),
        (usage.client_auth, "clientAuth"),
        (usage.code_signing, "codeSigning"),
        (usage.email_protection, "emailProtection"),
        (usage.time_stamping, "timeStamping"),
        (usage.ocsp_signing, "OCSPSigning"),
    ];
    let known = named.into_iter().filter(|(set, _)| *set).map(|(_, name)| name.to_owned());
    known.chain(usage.other.iter().map(ToString::to_string)).collect()
}

fn san(name: &GeneralName<'_>) -> San {
    match name {
        GeneralName::DNSName(dns) => San::Dns(Untrusted::new(dns)),
        GeneralName::IPAddress(bytes) => San::Ip(Untrusted::new(&ip_text(bytes))),
        GeneralName::RFC822Name(email) => San::Other(Untrusted::new(&format!("email:{email}"))),
        GeneralName::URI(uri) => San::Other(Untrusted::new(&format!("uri:{uri}"))),
        GeneralName::DirectoryName(name) => San::Other(Untrusted::new(&format!("dir:{}", name_text(name)))),
        other => San::Other(Untrusted::new(&format!("other:{other:?}"))),
    }
}

fn ip_text(bytes: &[u8]) -> String {
    if let Ok(v4) = <[u8; 4]>::try_from(bytes) {
        Ipv4Addr::from(v4).to_string()
    } else if let Ok(v6) = <[u8; 16]>::try_from(bytes) {
        Ipv6Addr::from(v6).to_string()
    } else {
        format!("#{}", hex(bytes))
    }
}

/// All attributes, `CN=shop.example,O=Example`, in the order of the certificate.
/// Values are escaped as RFC 4514 section 2.4 asks where they could be taken for structure.
fn name_text(name: &X509Name<'_>) -> Untrusted {
    let parts: Vec<String> = name
        .iter_attributes()
        .map(|attribute| {
            let oid = attribute.attr_type();
            let kind = oid2abbrev(oid, registry()).map_or_else(|_| oid.to_string(), str::to_owned);
            let value = attribute_text(attribute.attr_value());
            format!("{kind}={}", value.replace('\\', "\\\\").replace(',', "\\,").replace('+', "\\+"))
        })
        .collect();
    Untrusted::new(&parts.join(","))
}

/// The last attribute of a kind: with several, the last is the most specific.
fn attribute(name: &X509Name<'_>, oid: &Oid<'_>) -> Option<Untrusted> {
    name.iter_by_oid(oid).last().map(|attribute| Untrusted::new(&attribute_text(attribute.attr_value())))
}

/// Decodes by string type; what cannot be decoded is hexadecimal after `#` (RFC 4514 section 2.4).
fn attribute_text(value: &Any<'_>) -> String {
    let fallback = || format!("#{}", hex(value.data));
    if value.class() != Class::Universal {
        return fallback();
    }
    match value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String | Tag::VisibleString | Tag::NumericString => {
            std::str::from_utf8(value.data).map_or_else(|_| fallback(), str::to_owned)
        }
        Tag::T61String => value.data.iter().copied().map(char::from).collect(),
        Tag::BmpString if value.data.len().is_multiple_of(2) => {
            let units = value.data.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        Tag::UniversalString if value.data.len().is_multiple_of(4) => {
            let points =
                value.data.chunks_exact(4).map(|four| u32::from_be_bytes([four[0], four[1], four[2], four[3]]));
            points.map(|point| char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        _ => fallback(),
    }
}

fn time(time: ASN1Time) -> Time {
    Time::from_secs(time.timestamp())
}

fn key_info(spki: &SubjectPublicKeyInfo<'_>) -> KeyInfo {
    let oid = spki.algorithm.algorithm.to_id_string();
    if let Ok(PublicKey::RSA(rsa)) = spki.parsed() {
        let bits = significant_bits(rsa.modulus);
        return KeyInfo { algorithm: KeyAlgorithm::Rsa, bits, exponent: rsa.try_exponent().ok() };
    }
    let (algorithm, bits) = match oid.as_str() {
        "1.2.840.10045.2.1" => {
            let curve =
                spki.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok()).map(|oid| oid.to_id_string());
            let (name, bits) = curve_name(curve.as_deref());
            (KeyAlgorithm::Ecdsa(name.into()), bits)
        }
        "1.2.840.10040.4.1" => match spki.parsed() {
            // The public value is below p and nearly always as long.
            Ok(PublicKey::DSA(value)) => (KeyAlgorithm::Dsa, significant_bits(value).next_multiple_of(64)),
            _ => (KeyAlgorithm::Dsa, 0),
        },
        "1.3.101.112" => (KeyAlgorithm::Ed25519, 256),
        "1.3.101.113" => (KeyAlgorithm::Ed448, 456),
        _ => (KeyAlgorithm::Other(oid.into()), 0),
    };
    KeyInfo { algorithm, bits, exponent: None }
}

fn significant_bits(number: &[u8]) -> u32 {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    let bytes = u32::try_from(number.len() - start).unwrap_or(u32::MAX / 8);
    bytes * 8 - number.get(start).map_or(0, |byte| byte.leading_zeros())
}

/// Named curves of RFC 5480 and SEC 2; others by their OID.
fn curve_name(oid: Option<&str>) -> (&str, u32) {
    match oid {
        Some("1.2.840.10045.3.1.1") => ("P-192", 192),
        Some("1.3.132.0.33") => ("P-224", 224),
        Some("1.2.840.10045.3.1.7") => ("P-256", 256),
        Some("1.3.132.0.34") => ("P-384", 384),
        Some("1.3.132.0.35") => ("P-521", 521),
        Some("1.3.132.0.10") => ("secp256k1", 256),
        Some("1.3.36.3.3.2.8.1.1.7") => ("brainpoolP256r1", 256),
        Some("1.3.36.3.3.2.8.1.1.11") => ("brainpoolP384r1", 384),
        Some("1.3.36.3.3.2.8.1.1.13") => ("brainpoolP512r1", 512),
        Some(other) => (other, 0),
        None => ("explicit parameters", 0),
    }
}

fn signature_info(oid: &Oid<'_>) -> SignatureInfo {
    /// MD2, MD4, MD5 and SHA-1 with RSA, DSA or ECDSA.
    const WEAK: [&str; 8] = [
        "1.2.840.113549.1.1.2",
        "1.2.840.113549.1.1.3",
        "1.2.840.113549.1.1.4",
        "1.2.840.113549.1.1.5",
        "1.2.840.10040.4.3",
        "1.2.840.10045.4.1",
        "1.3.14.3.2.29",
        "1.3.14.3.2.3",
    ];
    let id = oid.to_id_string();
    let name: Arc<str> = oid2sn(oid, registry()).map_or_else(|_| id.as_str().into(), Into::into);
    SignatureInfo { weak: WEAK.contains(&id.as_str()), name }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;

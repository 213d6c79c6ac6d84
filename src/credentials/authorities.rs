//! Certificates of authorities, from files of those who trust them.

use std::collections::BTreeMap;

use rustls_pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use crate::model::{Certificate, Untrusted};

/// What a file of authorities has.
#[derive(Debug)]
pub struct Authorities {
    /// All certificates, in the order of the file; each can be a trust anchor.
    pub certificates: Vec<CertificateDer<'static>>,
    /// Blocks that are something else: number, counted from 1, and label.
    pub others: Vec<(usize, Untrusted)>,
}

/// Why a file of authorities cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AuthoritiesFault {
    /// A block of it is not a certificate.
    #[error("block {block} cannot be read: {reason}")]
    Block {
        /// Counted from 1.
        block: usize,
        /// What is wrong with it.
        reason: Untrusted,
    },
    /// There is no certificate in it.
    #[error(
        "there is no certificate in this file{0}; expected PEM blocks 'BEGIN CERTIFICATE', or one certificate in DER"
    )]
    Empty(String),
}

impl Authorities {
    /// Reads PEM, or one certificate in DER.
    pub fn parse(bytes: &[u8]) -> Result<Self, AuthoritiesFault> {
        let (mut certificates, mut others) = (Vec::new(), Vec::new());
        for (block, found) in (1..).zip(blocks(bytes)) {
            let bad = |reason: &str| AuthoritiesFault::Block { block, reason: Untrusted::new(reason) };
            let pem = found.map_err(|reason| bad(&reason))?;
            match pem.tag() {
                "CERTIFICATE" | "X509 CERTIFICATE" => {
                    certificates.push(anchor(pem.contents()).map_err(|why| bad(&why))?);
                }
                // What it is trusted for stands behind it, and is OpenSSL's own.
                "TRUSTED CERTIFICATE" => {
                    certificates.push(anchor(first(pem.contents())).map_err(|why| bad(&why))?);
                }
                other => others.push((block, Untrusted::new(other))),
            }
        }
        if certificates.is_empty() {
            certificates.push(anchor(bytes).map_err(|_| AuthoritiesFault::Empty(instead_of_certificates(bytes)))?);
        }
        Ok(Self { certificates, others })
    }
}

/// A certificate that can be a trust anchor, else why not: the lenient parser's words where it fails as well, as they
/// say more.
fn anchor(der: &[u8]) -> Result<CertificateDer<'static>, String> {
    let certificate = CertificateDer::from(der);
    match webpki::anchor_from_trusted_cert(&certificate) {
        Ok(_) => Ok(certificate.into_owned()),
        Err(error) => Err(match Certificate::parse(der) {
            Ok(_) => format!("not usable as a trust anchor: {error}"),
            Err(malformed) => malformed.to_string(),
        }),
    }
}

/// A certificate without what stands behind it.
fn first(der: &[u8]) -> &[u8] {
    X509Certificate::from_der(der).map_or(der, |(rest, _)| &der[..der.len() - rest.len()])
}

/// What there is in a file without certificates, and what to do about it, to be put behind a sentence that says so.
#[must_use]
pub fn instead_of_certificates(bytes: &[u8]) -> String {
    let mut labels: BTreeMap<Untrusted, usize> = BTreeMap::new();
    for pem in blocks(bytes).flatten() {
        *labels.entry(Untrusted::new(pem.tag())).or_default() += 1;
    }
    if !labels.is_empty() {
        let of = |(label, count): (&Untrusted, &usize)| match count {
            1 => format!("'{label}'"),
            count => format!("{count} × '{label}'"),
        };
        let labels: Vec<String> = labels.iter().take(5).map(of).collect();
        return format!(" but {}", labels.join(", "));
    }
    match bytes {
        [] => ", which is empty".to_owned(),
        // A sequence: DER of something else.
        [0x30, ..] => " but other DER, such as PKCS#12, of which 'openssl pkcs12 -nokeys' gets PEM".to_owned(),
        [0xFE, 0xED, 0xFE, 0xED, ..] => {
            " but a Java key store, of which 'keytool -exportcert -rfc' gets PEM".to_owned()
        }
        _ => ", nor any block of PEM".to_owned(),
    }
}

/// PEM blocks one by one, so that a bad one can be told from its neighbours.
fn blocks(bytes: &[u8]) -> impl Iterator<Item = Result<pem::Pem, String>> {
    const BEGIN: &[u8] = b"-----BEGIN ";
    let starts: Vec<usize> = memchr::memmem::find_iter(bytes, BEGIN).collect();
    let ends: Vec<usize> = starts.iter().copied().skip(1).chain([bytes.len()]).collect();
    starts.into_iter().zip(ends).map(|(start, end)| pem::parse(&bytes[start..end]).map_err(|error| error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::*;

    fn fault(bytes: &[u8]) -> String {
        Authorities::parse(bytes).expect_err("it is refused").to_string()
    }

    #[test]
    fn what_is_there_instead_is_told() {
        let pair = rcgen::generate_simple_self_signed(vec!["a.example".to_owned()]).unwrap();
        let key = pair.signing_key.serialize_pem();
        let cases = [
            (Vec::new(), "there is no certificate in this file, which is empty; expected PEM blocks"),
            (b"trust me\n".to_vec(), "in this file, nor any block of PEM; expected"),
            (key.clone().into_bytes(), "in this file but 'PRIVATE KEY'; expected"),
            (key.repeat(3).into_bytes(), "in this file but 3 × 'PRIVATE KEY'; expected"),
            (pair.signing_key.serialize_der(), "but other DER, such as PKCS#12, of which 'openssl pkcs12 -nokeys'"),
            (vec![0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, 2], "but a Java key store"),
        ];
        for (bytes, expected) in cases {
            let told = fault(&bytes);
            assert!(told.contains(expected), "{told}");
        }
        let mixed = Authorities::parse(format!("{key}{}", pair.cert.pem()).as_bytes()).unwrap();
        assert_eq!((mixed.certificates.len(), mixed.others), (1, vec![(1, Untrusted::new("PRIVATE KEY"))]));
    }

    #[test]
    fn trusted_certificates_of_openssl_are_certificates() {
        let directory = tempfile::tempdir().unwrap();
        let pair = rcgen::generate_simple_self_signed(vec!["a.example".to_owned()]).unwrap();
        fs::write(directory.path().join("c.pem"), pair.cert.pem()).unwrap();
        let mut openssl = Command::new("openssl");
        openssl.args("x509 -in c.pem -trustout -addtrust serverAuth -setalias ours -out t.pem".split(' '));
        match openssl.current_dir(directory.path()).status() {
            Ok(status) => assert!(status.success()),
            Err(error) => return eprintln!("skipped, as the openssl command cannot be run: {error}"),
        }
        let text = fs::read_to_string(directory.path().join("t.pem")).unwrap();
        assert!(text.contains("BEGIN TRUSTED CERTIFICATE"), "{text}");
        let longer = pem::parse(&text).unwrap().into_contents();
        assert!(longer.len() > pair.cert.der().len() && longer.starts_with(pair.cert.der()), "there is more behind it");
        let read = Authorities::parse(text.as_bytes()).unwrap();
        assert_eq!(read.certificates, [pair.cert.der().clone()]);
        // As any other it has nothing behind it.
        let other = text.replace("TRUSTED CERTIFICATE", "CERTIFICATE");
        assert!(fault(other.as_bytes()).starts_with("block 1 cannot be read: "));
    }
}

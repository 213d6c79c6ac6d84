//! Certificates as authorities publish them: DER, PEM, or PKCS#7 without signers (RFC 5280 section 4.2.2.1).

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode as _, Reader as _, SliceReader, Tag, TagNumber, Tagged as _};

/// More than any authority puts in one file.
const MOST: usize = 16;

/// The certificates in `bytes`, in DER and unparsed; none when it is nothing of the kind.
pub(in crate::probe) fn certificates(bytes: &[u8]) -> Vec<Vec<u8>> {
    if let Some(found) = of_der(bytes) {
        return found;
    }
    let Ok(blocks) = pem::parse_many(bytes) else { return Vec::new() };
    blocks.iter().filter_map(|block| of_der(block.contents())).flatten().take(MOST).collect()
}

fn of_der(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let outer = AnyRef::from_der(bytes).ok()?;
    if outer.tag() != Tag::Sequence {
        return None;
    }
    let first = Tag::peek(&SliceReader::new(outer.value()).ok()?).ok()?;
    match first {
        Tag::ObjectIdentifier => signed_data(outer.value()).ok(),
        Tag::Sequence => Some(vec![bytes.to_vec()]),
        _ => None,
    }
}

/// The content of a `ContentInfo` (RFC 5652 section 3 and 5.1), as far as its certificates.
fn signed_data(content_info: &[u8]) -> der::Result<Vec<Vec<u8>>> {
    const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
    let mut reader = SliceReader::new(content_info)?;
    if reader.decode::<ObjectIdentifier>()? != SIGNED_DATA {
        return Ok(Vec::new());
    }
    let content = reader.decode::<AnyRef<'_>>()?;
    let signed = AnyRef::from_der(content.value())?;
    let mut reader = SliceReader::new(signed.value())?;
    while !reader.is_finished() {
        let part = reader.decode::<AnyRef<'_>>()?;
        if part.tag() == (Tag::ContextSpecific { constructed: true, number: TagNumber(0) }) {
            return set(part.value());
        }
    }
    Ok(Vec::new())
}

fn set(bytes: &[u8]) -> der::Result<Vec<Vec<u8>>> {
    let mut reader = SliceReader::new(bytes)?;
    let mut found = Vec::new();
    while !reader.is_finished() && found.len() < MOST {
        found.push(reader.tlv_bytes()?.to_vec());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(name: &str) -> Vec<u8> {
        let params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    /// What `openssl crl2pkcs7 -nocrl` writes; none where there is no such command.
    fn pkcs7(certificates: &[Vec<u8>], form: &str) -> Option<Vec<u8>> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("all.pem");
        let pem: String =
            certificates.iter().map(|der| pem::encode(&pem::Pem::new("CERTIFICATE", der.clone()))).collect();
        std::fs::write(&path, pem).unwrap();
        let output = std::process::Command::new("openssl")
            .args(["crl2pkcs7", "-nocrl", "-outform", form, "-certfile"])
            .arg(path)
            .output();
        output.ok().filter(|output| output.status.success()).map(|output| output.stdout)
    }

    #[test]
    fn every_form_is_read() {
        let all = vec![certificate("a.example"), certificate("b.example")];
        assert_eq!(certificates(&all[0]), all[..1]);
        let pem: String = all.iter().map(|der| pem::encode(&pem::Pem::new("CERTIFICATE", der.clone()))).collect();
        assert_eq!(certificates(pem.as_bytes()), all);
        for form in ["DER", "PEM"] {
            let Some(bytes) = pkcs7(&all, form) else {
                eprintln!("skipped, as the openssl command cannot be run");
                return;
            };
            assert_eq!(certificates(&bytes), all, "{form}");
        }
    }

    #[test]
    fn nothing_comes_of_anything_else() {
        for bytes in [&b""[..], b"<html>", b"\x30\x80", b"\x30\x03\x06\x01\x2a", b"\x04\x02ab"] {
            assert_eq!(certificates(bytes), Vec::<Vec<u8>>::new());
        }
    }

    /// `SignedData` of version 1 with an empty list of signers around one certificate of 2 bytes.
    const SMALL: &[u8] = b"\x30\x29\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x1c\x30\x1a\x02\x01\x01\x31\x00\
        \x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x04\x30\x02\x05\x00\x31\x00";

    proptest::proptest! {
        #[test]
        fn any_bytes_are_survived(bytes: Vec<u8>, cut in 0..=SMALL.len(), at in 0..SMALL.len(), flip: u8) {
            certificates(&bytes);
            let mut mutated = SMALL.to_vec();
            mutated[at] ^= flip;
            mutated.truncate(cut);
            certificates(&mutated);
        }
    }

    #[test]
    fn the_certificates_of_signed_data_are_found_by_their_tag() {
        assert_eq!(certificates(SMALL), [b"\x30\x02\x05\x00"]);
    }
}

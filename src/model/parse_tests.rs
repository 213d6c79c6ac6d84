use super::*;

fn self_signed(
    alg: &'static rcgen::SignatureAlgorithm,
    change: impl FnOnce(&mut rcgen::CertificateParams),
) -> Certificate {
    let key = rcgen::KeyPair::generate_for(alg).unwrap();
    let mut params = rcgen::CertificateParams::new(vec!["shop.example".to_owned(), "10.0.0.1".to_owned()]).unwrap();
    change(&mut params);
    Certificate::parse(params.self_signed(&key).unwrap().der()).unwrap()
}

#[test]
fn reads_names_keys_and_dates() {
    let certificate = self_signed(&rcgen::PKCS_ECDSA_P256_SHA256, |params| {
        params.distinguished_name.push(rcgen::DnType::CommonName, "Shop, Inc");
    });
    assert_eq!(certificate.key.to_string(), "ECDSA P-256");
    assert_eq!(&*certificate.signature.name, "ecdsa-with-SHA256");
    assert!(!certificate.signature.weak);
    assert!(certificate.self_signed);
    let names: Vec<_> = certificate.sans.iter().map(San::text).map(Untrusted::as_str).collect();
    assert_eq!(names, ["shop.example", "10.0.0.1"]);
    assert!(certificate.subject.as_str().contains("CN=Shop\\, Inc"), "{}", certificate.subject);
    assert!(certificate.not_before < certificate.not_after);
}

#[test]
fn shows_hostile_names_as_visible_text() {
    let certificate = self_signed(&rcgen::PKCS_ED25519, |params| {
        params.distinguished_name.push(rcgen::DnType::CommonName, "\x1b]0;pwned\x07\u{202e}");
    });
    let name = certificate.common_name.clone().unwrap();
    assert_eq!(name.as_str(), "<U+001B>]0;pwned<U+0007><U+202E>");
    assert_eq!(certificate.key.to_string(), "Ed25519");
}

#[test]
fn names_are_told_from_bytes_that_are_none() {
    // SEQUENCE { SET { SEQUENCE { id-at-commonName, UTF8String "Corp CA" } } }
    let name = b"\x30\x12\x31\x10\x30\x0e\x06\x03\x55\x04\x03\x0c\x07Corp CA";
    assert_eq!(distinguished_name(name).as_str(), "CN=Corp CA");
    assert_eq!(distinguished_name(b"\xff\x01").as_str(), "#ff01");
}

#[test]
fn refuses_what_is_not_one_certificate() {
    assert!(Certificate::parse(b"").is_err());
    assert!(Certificate::parse(b"HTTP/1.1 400 Bad Request").is_err());
    let mut twice = self_signed(&rcgen::PKCS_ECDSA_P256_SHA256, |_| ()).der.to_vec();
    twice.extend_from_slice(&twice.clone());
    assert!(Certificate::parse(&twice).is_err());
}

proptest::proptest! {
    #[test]
    fn never_panics_on_mutations(at in 0usize..600, byte: u8) {
        static DER: std::sync::OnceLock<Arc<[u8]>> = std::sync::OnceLock::new();
        let mut der = DER.get_or_init(|| self_signed(&rcgen::PKCS_ECDSA_P256_SHA256, |_| ()).der).to_vec();
        let at = at % der.len();
        der[at] = byte;
        let _ = Certificate::parse(&der);
    }
}

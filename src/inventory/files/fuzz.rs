//! Where files that anybody may have written are first read: for the target in `fuzz/` and the test below.

#![expect(clippy::missing_panics_doc, reason = "to panic is how it tells")]

use std::sync::atomic::AtomicBool;

use super::contents;
use super::manifest;
use super::pem;
use super::shelf::Shelf;
use crate::model::FileContent;

/// A file. No password is tried, as only arithmetic would be tested by that.
pub fn file(data: &[u8]) {
    let _ = contents::is_promising(data);
    for block in pem::blocks(data) {
        assert!(block.offset < data.len());
        if let Ok((start, body)) = block.body {
            assert_eq!(data.get(start..start + body.len()), Some(body));
        }
    }
    let Some(content) = contents::read(data, &Shelf::closed()) else { return };
    let FileContent::Parts { parts, .. } = content else { return };
    for part in parts {
        assert!(part.number > 0 && part.offset.is_none_or(|offset| offset <= data.len()));
    }
}

/// A manifest, as JSON and as YAML, whatever it says it is.
pub fn manifest(data: &[u8]) {
    let _ = manifest::syntax(data);
    let shelf = Shelf::closed();
    let streamed = manifest::json(data, 1 << 20, &shelf, &AtomicBool::new(false));
    let read = manifest::yaml(&mut data.to_vec(), &shelf);
    for file in streamed.joined().iter().chain(&read.joined()) {
        let path = file.path.to_str();
        assert!(path.is_some_and(|path| !path.chars().any(char::is_control)));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::spoilt::spoilt;
    use super::*;

    /// Bytes that lengths and ends are made of.
    const TELLING: &[u8] = b"\0\xff";

    /// Right files: PEM, DER, a keystore of Java, a configuration of `kubectl`.
    fn seeds() -> Vec<Vec<u8>> {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate =
            rcgen::CertificateParams::new(vec!["shop.example".to_owned()]).unwrap().self_signed(&key).unwrap();
        let der = certificate.der().to_vec();
        let length = u32::try_from(der.len()).unwrap().to_be_bytes();
        let entry = [&[0, 0, 0, 2, 0, 1, b'a', 0, 0, 0, 0, 0, 0, 0, 0, 0, 5][..], b"X.509", &length, &der].concat();
        let keystore = [&[0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, 2, 0, 0, 0, 1][..], &entry, &[0; 20]].concat();
        vec![
            (certificate.pem() + &key.serialize_pem()).into_bytes(),
            der,
            key.serialize_der(),
            keystore,
            b"client-certificate-data: LS0tLS1CRUdJTiBYLS0tLS0=\nclient-key-data: AA==\n".to_vec(),
        ]
    }

    /// A list in JSON, and documents in YAML.
    fn manifests() -> Vec<Vec<u8>> {
        let list = r#"{"apiVersion":"v1","kind":"List","items":[{"kind":"Secret","type":"kubernetes.io/tls",
            "metadata":{"name":"a","namespace":"n"},"data":{"tls.crt":"LS0tLS1CRUdJTiBYLS0tLS0=","tls.key":"AA=="}},
            {"kind":"Ingress","metadata":{"name":"b"},"spec":{"tls":[{"hosts":["c"],"secretName":"a"}]}}]}"#;
        let documents = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  ca.crt: |\n    \
            -----BEGIN CERTIFICATE-----\n    AA==\n    -----END CERTIFICATE-----\n---\nkind: Certificate\nspec:\n  \
            secretName: a\n  dnsNames: [b]\nstatus:\n  renewalTime: 2026-01-01T00:00:00Z\n  revision: 3\n";
        vec![list.into(), documents.into()]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn any_file_is_survived(data in spoilt(seeds(), TELLING)) {
            file(&data);
        }

        #[test]
        fn any_manifest_is_survived(data in spoilt(manifests(), TELLING)) {
            manifest(&data);
        }
    }
}

//! A review as CSV (RFC 4180), a row for each certificate.

use super::super::facts::CertificateFacts;
use super::record::FileRecord;
use crate::model::Fingerprint;

const HEADS: [&str; 15] = [
    "status",
    "path",
    "format",
    "subject",
    "names",
    "issuer",
    "serial",
    "not_before",
    "not_after",
    "key",
    "sha256",
    "spki_sha256",
    "private_key",
    "findings",
    "summary",
];

/// All records with a line of heads.
pub fn csv(records: &[FileRecord]) -> Result<String, ::csv::Error> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADS)?;
    for record in records {
        let mut rows = record.certificates.iter().peekable();
        if rows.peek().is_none() {
            writer.write_record(row(record, None).map(defused))?;
        }
        for certificate in rows {
            writer.write_record(row(record, Some(certificate)).map(defused))?;
        }
    }
    let bytes = writer.into_inner().map_err(|error| ::csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn row(record: &FileRecord, certificate: Option<(&Fingerprint, &CertificateFacts)>) -> [String; 15] {
    let fact = |of: fn(&CertificateFacts) -> String| certificate.map_or_else(String::new, |(_, facts)| of(facts));
    let mut codes: Vec<&str> = record.findings.iter().map(|finding| finding.code.0).collect();
    codes.dedup();
    [
        record.status.name().to_owned(),
        record.path.to_string(),
        record.format.unwrap_or_default().to_owned(),
        fact(|facts| facts.subject.to_string()),
        fact(|facts| facts.sans.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")),
        fact(|facts| facts.issuer.to_string()),
        fact(|facts| facts.serial.clone()),
        fact(|facts| facts.not_before.rfc3339()),
        fact(|facts| facts.not_after.rfc3339()),
        fact(|facts| facts.key.clone()),
        certificate.map_or_else(String::new, |(fingerprint, _)| fingerprint.to_string()),
        fact(|facts| facts.spki_sha256.to_string()),
        private_key(record, certificate.map(|(_, facts)| facts)).to_owned(),
        codes.join(" "),
        record.summary.clone(),
    ]
}

/// Whether the file has the certificate's key.
fn private_key(record: &FileRecord, certificate: Option<&CertificateFacts>) -> &'static str {
    let matches = |spki: &Fingerprint| certificate.is_none_or(|facts| facts.spki_sha256 == *spki);
    if record.keys.iter().any(|key| key.spki_sha256.as_ref().is_some_and(matches)) {
        "here"
    } else if record.keys.iter().any(|key| key.spki_sha256.is_none()) {
        "encrypted"
    } else {
        ""
    }
}

/// Spreadsheets take text that begins so for a formula.
fn defused(field: String) -> String {
    if field.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{field}") } else { field }
}

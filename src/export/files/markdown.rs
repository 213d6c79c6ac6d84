//! A review as Markdown, to paste into a ticket: a table, and what is wrong with each file.

use std::cmp::Reverse;
use std::fmt::Write as _;

use super::super::markdown::{code_span, escaped};
use super::record::FileRecord;
use crate::model::Status;

/// All records, final newline included; without the healthy for those who want `quiet`.
#[must_use]
pub fn review_markdown(records: &[FileRecord], quiet: bool) -> String {
    let mut order: Vec<&FileRecord> = records.iter().filter(|record| !quiet || record.status != Status::Ok).collect();
    order.sort_by_key(|record| Reverse(record.status));
    let mut out = "| Status | Ends | Certificate | File |\n|---|---|---|---|\n".to_owned();
    for record in &order {
        let certificate = record.main_certificate();
        let ends = certificate.map_or_else(String::new, |certificate| certificate.not_after.date());
        let name = certificate.map_or_else(String::new, |certificate| escaped(certificate.name()));
        let _ = writeln!(out, "| {} | {ends} | {name} | {} |", record.status.name(), escaped(record.path.as_str()));
    }
    for record in order.into_iter().filter(|record| record.status != Status::Ok) {
        let _ = writeln!(out, "\n**{}**\n", escaped(record.path.as_str()));
        for finding in record.findings.iter().filter(|finding| finding.status != Status::Ok) {
            let _ = writeln!(out, "- {} {}", code_span(finding.code.0), escaped(&finding.summary));
        }
    }
    out
}

//! A review as a table for people: the worst first, and under each file what is wrong with it.

use std::cmp::Reverse;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use super::super::facts::CertificateFacts;
use super::super::style::TextStyle;
use super::record::FileRecord;
use crate::model::{Status, Time, human_duration};

const HEADS: [&str; 4] = ["STATUS", "ENDS", "CERTIFICATE", "FILE"];

/// Columns that a name may take before it is cut.
const WIDEST_NAME: usize = 40;

impl TextStyle {
    /// The table, and a last line that counts; final newline included. Without the healthy for those who want `quiet`.
    #[must_use]
    pub fn review(self, records: &[FileRecord], looked_at: usize, now: Time, quiet: bool) -> String {
        let mut order: Vec<&FileRecord> =
            records.iter().filter(|record| !quiet || record.status != Status::Ok).collect();
        order.sort_by_key(|record| Reverse(record.status));
        let rows: Vec<[String; 4]> = order.iter().map(|record| self.row(record, now)).collect();
        let width = |column: usize| {
            let widths = rows.iter().map(|row| row[column].width());
            widths.chain([HEADS[column].len()]).max().unwrap_or(0)
        };
        let widths: [usize; 4] = std::array::from_fn(width);
        let mut out = String::new();
        if !rows.is_empty() {
            let _ = writeln!(out, "{}", self.painter.dim(line(&HEADS.map(str::to_owned), widths).trim_end()));
        }
        for (record, row) in order.iter().zip(&rows) {
            let text = line(row, widths);
            let (status, rest) = text.split_at(text.floor_char_boundary(text.len().min(byte_width(&text, widths[0]))));
            let _ = writeln!(out, "{}{}", self.painter.status(record.status, status), rest.trim_end());
            self.findings(&mut out, record, widths[0]);
        }
        if !quiet {
            out.push_str(&self.count(records, looked_at));
        }
        if self.ascii { super::super::text::ascii(&out) } else { out }
    }

    fn row(self, record: &FileRecord, now: Time) -> [String; 4] {
        let certificate = record.main_certificate();
        let name = certificate.map_or_else(String::new, |certificate| cut(certificate.name(), WIDEST_NAME));
        let more = match record.also.len() {
            // Of an object it is the manifest that it stands in.
            _ if record.object.is_some() => String::new(),
            0 => String::new(),
            more => format!(" (+{more})"),
        };
        let leads = record.object.as_ref().map_or_else(String::new, super::cluster::ObjectRecord::arrow);
        [
            format!("{} {}", self.mark(record.status), record.status.name().to_uppercase()),
            certificate.map_or_else(String::new, |certificate| ends(certificate, now)),
            name,
            format!("{}{leads}{more}", record.path),
        ]
    }

    /// What is no worse than ok is advice: for those who ask for more.
    fn findings(self, out: &mut String, record: &FileRecord, indent: usize) {
        for finding in record.findings.iter().filter(|finding| self.verbose || finding.status != Status::Ok) {
            let _ = writeln!(out, "{:indent$}  {}  {}", "", self.painter.bold(finding.code.0), finding.summary);
            if self.verbose {
                let next = &finding.next;
                let _ = writeln!(out, "{:indent$}    {}", "", next.text);
                if let Some(command) = &next.command {
                    let _ = writeln!(out, "{:indent$}    $ {command}", "");
                }
            }
        }
    }

    fn count(self, records: &[FileRecord], looked_at: usize) -> String {
        let worst_first = [Status::Critical, Status::Warning, Status::Unknown, Status::Ok];
        let parts = worst_first.into_iter().filter_map(|status| {
            let count = records.iter().filter(|record| record.status == status).count();
            (count > 0).then(|| self.painter.status(status, &format!("{count} {}", status.name())))
        });
        let parts = parts.collect::<Vec<_>>().join(", ");
        match (parts.is_empty(), looked_at) {
            (true, 1) => "no certificates or keys in 1 file\n".to_owned(),
            (true, _) => format!("no certificates or keys in {looked_at} files\n"),
            (false, 1) => format!("1 file looked at: {parts}\n"),
            (false, _) => format!("{looked_at} files looked at: {parts}\n"),
        }
    }
}

impl CertificateFacts {
    /// The first name, else the subject.
    pub(super) fn name(&self) -> &str {
        self.sans.first().unwrap_or(&self.subject).as_str()
    }
}

fn ends(certificate: &CertificateFacts, now: Time) -> String {
    if certificate.not_after < now {
        format!("{} ago", human_duration(now.since(certificate.not_after)))
    } else {
        format!("in {}", human_duration(certificate.not_after.since(now)))
    }
}

fn line(cells: &[String; 4], widths: [usize; 4]) -> String {
    let padded = cells.iter().zip(widths).map(|(cell, width)| {
        let room = width.saturating_sub(cell.width());
        format!("{cell}{:room$}", "")
    });
    padded.collect::<Vec<_>>().join("  ")
}

/// Bytes of `text` within its first `columns`.
fn byte_width(text: &str, columns: usize) -> usize {
    text.char_indices().nth(columns).map_or(text.len(), |(at, _)| at)
}

fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut short = String::new();
    for letter in text.chars() {
        if short.width() + 2 > columns {
            break;
        }
        short.push(letter);
    }
    short + "…"
}

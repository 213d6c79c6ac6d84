//! What every finding about a file has in common.

use super::super::command::quoted;
use super::super::fault::status_of;
use super::super::policy::Policy;
use super::super::rules::Rule;
use super::super::words;
use super::shelves::{Shelves, is_leaf};
use crate::model::{
    Certificate, Confidence, Evidence, FileFormat, Finding, FoundFile, Next, Scope, Status, Time, visible_path,
};

/// One file to be judged, and what is known around it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Desk<'a> {
    pub(super) file: &'a FoundFile,
    /// Its place among all files.
    pub(super) at: usize,
    pub(super) shelves: &'a Shelves<'a>,
    pub(super) policy: &'a Policy,
    pub(super) now: Time,
}

impl<'a> Desk<'a> {
    /// `certificate “shop.example” in /etc/ssl/shop.pem`.
    pub(super) fn certificate(&self, certificate: &Certificate) -> String {
        format!("certificate “{}” in {}", certificate.display_name(), self.file.name())
    }

    /// The file's first certificate that is no authority's.
    pub(super) fn leaf(&self) -> Option<&'a Certificate> {
        self.leaves().next()
    }

    /// Certificates that servers and clients identify themselves with.
    pub(super) fn leaves(&self) -> impl Iterator<Item = &'a Certificate> + use<'a> {
        self.file.certificates().map(|certificate| &**certificate).filter(|certificate| is_leaf(certificate))
    }

    /// A finding with its catalogue entry's impact and next step; the caller refines it.
    pub(super) fn finding(&self, rule: &Rule, summary: String, facts: Vec<(&'static str, String)>) -> Finding {
        let mut facts = facts;
        facts.push(("file", self.file.name().to_string()));
        Finding {
            code: rule.code,
            impact: rule.impact,
            status: status_of(rule.impact),
            confidence: Confidence::Certain,
            scope: Scope::File,
            addresses: Vec::new(),
            certificates: Vec::new(),
            summary,
            evidence: Evidence(facts),
            next: Next { text: rule.next.to_owned(), command: None },
            caused_by: None,
            validity: None,
            since: self.now,
            last: self.now,
        }
    }

    /// The same about one certificate.
    pub(super) fn about(
        &self,
        rule: &Rule,
        certificate: &Certificate,
        summary: String,
        facts: Vec<(&'static str, String)>,
    ) -> Finding {
        Finding { certificates: vec![certificate.fingerprint], ..self.finding(rule, summary, facts) }
    }

    /// A command with the file's path at its end; none where a path cannot be written as it is shown, or is none.
    pub(super) fn command(&self, words: &str) -> Option<String> {
        if self.file.format() == Some(FileFormat::Kubernetes) {
            return None;
        }
        let shown = self.file.name();
        let as_it_is = self.file.path.to_str() == Some(shown.as_str());
        as_it_is.then(|| format!("{words} {}", quoted(shown.as_str())))
    }

    /// `openssl x509` on the file, where its form is one that OpenSSL reads so.
    pub(super) fn dates_command(&self) -> Option<String> {
        use crate::model::FileFormat::{Der, Pem};
        if let Some(command) = super::kubectl::value(self.file) {
            return Some(format!("{command} | openssl x509 -noout -subject -dates"));
        }
        let form = self.file.format().filter(|format| matches!(format, Pem | Der))?;
        self.command(&format!("openssl x509 -noout -subject -dates -inform {} -in", form.name()))
    }

    /// Paths of other files, the first of them spelled out.
    pub(super) fn paths(&self, places: &[usize]) -> String {
        let names = places.iter().filter_map(|at| self.shelves.files.get(*at)).map(|file| file.name().to_string());
        words::list(names, places.len())
    }

    /// The directory of the file as it may be shown.
    pub(super) fn directory(&self) -> String {
        self.file.path.parent().map_or_else(String::new, |directory| visible_path(directory).to_string())
    }
}

/// Advice that does not ask to be acted on.
pub(super) fn quiet(finding: Finding) -> Finding {
    Finding { status: Status::Ok, ..finding }
}

/// To be looked at in working hours.
pub(super) fn warned(finding: Finding) -> Finding {
    Finding { status: Status::Warning, ..finding }
}

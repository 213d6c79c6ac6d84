//! What a source names: targets with their labels, and what was skipped and why.

use std::fmt::{self, Display};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::notation::{self, Spec};
use super::address::masked;
use super::disk::Unread;
use crate::model::{Labels, Protocol, Time, Untrusted};

/// Targets taken from one source; the rest is skipped, and told.
const MOST_TARGETS: usize = 100_000;
/// Notices of one source; the rest is counted.
const MOST_NOTICES: usize = 500;
/// Labels of one target.
const MOST_LABELS: usize = 64;

/// One target a source names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The target.
    pub spec: Spec,
    /// Its labels.
    pub labels: Labels,
    /// The name to send and verify instead of the host.
    pub servername: Option<Arc<str>>,
    /// What leads to TLS there, whatever scheme and port say; [`Protocol::Tls`] is TLS from the first byte.
    pub starttls: Option<Protocol>,
    /// The certificate presented to the server, and the key beside it.
    pub client: Option<(PathBuf, Option<PathBuf>)>,
    /// The file the server has its certificate from.
    pub cert_file: Option<PathBuf>,
    /// When its certificates are said to end: the first of them, where that is a chain.
    pub expires: Option<Time>,
    /// Where it is named.
    pub place: Untrusted,
}

/// What was skipped, or is wrong.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Notice {
    /// Where.
    pub place: Untrusted,
    /// Why.
    pub text: Untrusted,
    /// The finding it is, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
}

/// The code of what leads nowhere, as in the catalogue of findings.
pub const BROKEN_REFERENCE: &str = "file.broken_reference";

impl Notice {
    /// One that is no finding.
    #[must_use]
    pub fn new(place: &str, text: &str) -> Self {
        Self { place: Untrusted::new(place), text: Untrusted::new(text), code: None }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, text, code } = self;
        match code {
            Some(code) => write!(f, "{place}: {code}: {text}"),
            None => write!(f, "{place}: {text}"),
        }
    }
}

/// Everything a source names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Targets, in the source's order, doubles included.
    pub sightings: Vec<Sighting>,
    /// What was skipped, and what is wrong.
    pub notices: Vec<Notice>,
    /// Why this is not all, where something that could be read another time was not: the targets in it are missing here.
    pub incomplete: Option<Untrusted>,
    /// Why what it refers to cannot be used, such as a client certificate; it is all there otherwise.
    pub unusable: Option<Untrusted>,
    beyond: Beyond,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Beyond {
    targets: usize,
    notices: usize,
}

impl Sighting {
    /// A target with nothing said about it.
    #[must_use]
    pub fn plain(spec: Spec, place: &str) -> Self {
        Self {
            spec,
            labels: Labels::new(),
            servername: None,
            starttls: None,
            client: None,
            cert_file: None,
            expires: None,
            place: Untrusted::new(place),
        }
    }
}

impl Found {
    /// Takes a target in any notation, or tells why that is none. What else is known of it is filled in by `more`.
    pub(super) fn target(&mut self, place: &str, notation: &str, more: impl FnOnce(&mut Sighting)) {
        match notation::parse(notation) {
            Ok(spec) => {
                let mut sighting = Sighting::plain(spec, place);
                more(&mut sighting);
                self.push(sighting);
            }
            Err(error) => self.skip(place, format!("'{}' is no target: {}", brief(&masked(notation)), error.message)),
        }
    }

    pub(super) fn push(&mut self, sighting: Sighting) {
        if self.sightings.len() < MOST_TARGETS {
            self.sightings.push(sighting);
        } else {
            self.beyond.targets += 1;
        }
    }

    /// Tells what was skipped, or is wrong.
    pub(super) fn skip(&mut self, place: &str, text: impl Display) {
        self.notice(|| Notice::new(place, &text.to_string()));
    }

    /// Tells of a file that is named and is not there.
    pub(super) fn broken(&mut self, place: &str, text: impl Display) {
        self.notice(|| Notice { code: Some(BROKEN_REFERENCE), ..Notice::new(place, &text.to_string()) });
    }

    /// Tells why a file that is named is not followed.
    pub(super) fn unfollowed(&mut self, place: &str, name: &str, reason: &str) {
        self.skip(place, format!("'{}' is not followed: {reason}", brief(name)));
    }

    /// Notes that something could not be read this time.
    pub(super) fn incomplete(&mut self, reason: &str) {
        self.incomplete.get_or_insert_with(|| Untrusted::new(reason));
    }

    /// Tells of a file that is named and could not be read.
    pub(super) fn unread(&mut self, place: &str, path: &Path, reason: &Unread) {
        let shown = brief(&path.display().to_string());
        match reason {
            Unread::Absent => self.broken(place, format!("'{shown}' leads nowhere")),
            Unread::Other(reason) => self.skip(place, format!("'{shown}' cannot be read: {reason}")),
        }
    }

    fn notice(&mut self, notice: impl FnOnce() -> Notice) {
        if self.notices.len() < MOST_NOTICES {
            self.notices.push(notice());
        } else {
            self.beyond.notices += 1;
        }
    }

    /// Whether nothing more is taken, or nearly everything is left out: a source may stop reading.
    pub(super) const fn is_full(&self) -> bool {
        self.beyond.targets > 0 || self.beyond.notices >= MOST_TARGETS
    }

    /// Tells what the limits left out, at the end of a source.
    pub(super) fn closed(mut self, source: &str) -> Self {
        let Beyond { targets, notices } = std::mem::take(&mut self.beyond);
        let mut tell = |text: String| self.notices.push(Notice::new(source, &text));
        if targets > 0 {
            tell(format!("there are more than {MOST_TARGETS} targets in one source; the rest is skipped"));
        }
        if notices >= MOST_TARGETS {
            tell(format!("{MOST_TARGETS} things and more were left out; what is after them may not have been read"));
        } else if notices > 0 {
            tell(format!("{notices} more notices; only the first {MOST_NOTICES} are told"));
        }
        self
    }
}

/// Labels in visible form, those of the first so many names; empty values are none.
pub(super) fn labels<N: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (N, V)>) -> Labels {
    let visible = |text: &str| Arc::from(Untrusted::new(text).as_str());
    let said = pairs.into_iter().filter(|(name, value)| !name.as_ref().is_empty() && !value.as_ref().is_empty());
    said.take(MOST_LABELS).map(|(name, value)| (visible(name.as_ref()), visible(value.as_ref()))).collect()
}

/// As much of a text as a sentence bears.
pub(super) fn brief(text: &str) -> String {
    const MOST: usize = 80;
    let cut: String = text.chars().take(MOST).collect();
    if cut.len() < text.len() { format!("{cut}…") } else { cut }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_told() {
        let mut found = Found::default();
        for number in 0..=MOST_NOTICES {
            found.skip("list", number);
        }
        for _ in 0..=MOST_TARGETS {
            found.target("list:1", "a.example", |_| {});
        }
        assert!(found.is_full());
        let found = found.closed("list");
        assert_eq!(found.sightings.len(), MOST_TARGETS);
        let told: Vec<&str> = found.notices[MOST_NOTICES..].iter().map(|notice| notice.text.as_str()).collect();
        assert_eq!(told.len(), 2);
        assert!(told[0].contains("more than 100000 targets") && told[1].contains("1 more notices"), "{told:?}");
    }

    #[test]
    fn who_leaves_out_nearly_everything_may_stop() {
        let mut found = Found::default();
        for _ in 1..MOST_NOTICES + MOST_TARGETS {
            found.skip("list", "x");
        }
        assert!(!found.is_full());
        found.skip("list", "x");
        assert!(found.is_full());
        let told = found.closed("list").notices[MOST_NOTICES].to_string();
        assert!(told.contains("100000 things and more were left out"), "{told}");
    }

    #[test]
    fn what_is_no_target_is_told_and_safe_to_show() {
        let mut found = Found::default();
        found.target("x\u{1b}[31m:1", "*.shop.example", |_| {});
        let notice = &found.notices[0];
        assert!(!notice.place.as_str().contains('\u{1b}'));
        assert!(notice.text.as_str().starts_with("'*.shop.example' is no target: a wildcard cannot"), "{notice:?}");
        assert_eq!(labels([("a", "b\u{202e}"), ("", "x"), ("y", "")]).iter().count(), 1);
    }
}

//! What narrows the whole screen: a query and the switch for problems only.

use crate::model::{Certificate, Handshake, Outcome, San, Time};
use crate::query::{Fields, Number, Query, QueryError, Text};
use crate::store::{AddressRow, TargetRow};

/// The filter in force. A text that cannot be read (yet) leaves the last good one in force.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    text: String,
    query: Query,
    error: Option<QueryError>,
    /// Only what needs a look.
    pub(crate) only_problems: bool,
}

impl Filter {
    /// Starts with `text`.
    #[must_use]
    pub(crate) fn new(text: &str) -> Self {
        let mut filter = Self::default();
        filter.set(text);
        filter
    }

    /// Takes another text; returns whether what passes may have changed.
    pub(crate) fn set(&mut self, text: &str) -> bool {
        text.clone_into(&mut self.text);
        match Query::parse(text) {
            Ok(query) => {
                self.error = None;
                let changed = query != self.query;
                self.query = query;
                changed
            }
            Err(error) => {
                self.error = Some(error);
                false
            }
        }
    }

    /// Lets everything pass.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// What was typed.
    #[must_use]
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Why the text is not in force.
    #[must_use]
    pub(crate) fn error(&self) -> Option<&QueryError> {
        self.error.as_ref()
    }

    /// Whether anything is kept out.
    #[must_use]
    pub(crate) fn is_active(&self) -> bool {
        self.only_problems || !self.query.is_empty()
    }

    /// The filter in words.
    #[must_use]
    pub(crate) fn describe(&self) -> String {
        match (self.query.is_empty(), self.only_problems) {
            (true, true) => "problems only".to_owned(),
            (false, true) => format!("{} · problems only", self.text),
            (_, false) => self.text.clone(),
        }
    }

    /// Whether an address passes.
    #[must_use]
    pub(crate) fn admits_address(&self, row: &AddressRow, target: &TargetRow, now: Time, said: Said<'_>) -> bool {
        (!self.only_problems || is_problem(row.status, row.finding.is_some()))
            && (self.query.is_empty() || self.query.matches(&Subject { row: Some(row), target, now, said }))
    }

    /// Whether a target that has no address passes.
    #[must_use]
    pub(crate) fn admits_target(&self, target: &TargetRow, now: Time, said: Said<'_>) -> bool {
        (!self.only_problems || is_problem(target.status, !target.findings.is_empty()))
            && (self.query.is_empty() || self.query.matches(&Subject { row: None, target, now, said }))
    }
}

/// What words are looked for in, folded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said<'a> {
    /// Name, labels, address, codes.
    pub(crate) own: &'a str,
    /// Subject and issuer of the leaf, which many addresses share.
    pub(crate) leaf: &'a str,
}

/// Whether something needs a look: bad, or not known for a reason.
#[must_use]
pub(crate) fn is_problem(status: crate::model::Status, has_finding: bool) -> bool {
    use crate::model::Status;
    status >= Status::Warning || (status == Status::Unknown && has_finding)
}

/// A query term that asks for exactly this value of a field.
#[must_use]
pub(crate) fn exactly(field: &str, value: &str) -> String {
    let plain = !value.is_empty() && value.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '/'));
    if plain { format!("{field}={value}") } else { format!("{field}=\"{}\"", value.replace('"', "")) }
}

/// A row as the filter language sees it.
struct Subject<'a> {
    row: Option<&'a AddressRow>,
    target: &'a TargetRow,
    now: Time,
    said: Said<'a>,
}

impl<'a> Subject<'a> {
    fn leaf(&self) -> Option<&'a Certificate> {
        self.row?.last_seen.as_ref()?.chain().first().map(AsRef::as_ref)
    }

    fn handshake(&self) -> Option<&'a Handshake> {
        self.row?.last.as_ref().filter(|last| last.is_handshake())?.handshake.as_ref()
    }
}

impl Fields for Subject<'_> {
    fn mentions(&self, needle: &str) -> bool {
        self.said.own.contains(needle) || self.said.leaf.contains(needle)
    }

    fn label(&self, name: &str) -> Option<&str> {
        self.target.target.labels.get(name).map(AsRef::as_ref)
    }

    fn number(&self, field: Number) -> Option<i64> {
        let timings = self.row.and_then(|row| row.last.as_ref()).map(|last| last.timings);
        let micros = |duration: std::time::Duration| i64::try_from(duration.as_micros()).ok();
        match field {
            Number::Dns => timings?.dns.and_then(micros),
            Number::Tcp => timings?.tcp.and_then(micros),
            Number::Tls => timings?.tls.and_then(micros),
            Number::Total => micros(timings?.total),
            Number::Expires => Some(self.leaf()?.not_after.millis_since(self.now).saturating_mul(1000)),
            Number::Port => Some(i64::from(self.target.target.port)),
        }
    }

    fn text(&self, field: Text, test: &mut dyn FnMut(&str) -> bool) -> bool {
        let target = &self.target.target;
        match field {
            Text::Addr => self.row.is_some_and(|row| test(&row.key.address.to_string())),
            Text::Alpn => {
                self.handshake().is_some_and(|hs| test(hs.alpn.as_ref().map_or("none", |alpn| alpn.as_str())))
            }
            Text::Cipher => self.handshake().and_then(|hs| hs.cipher).is_some_and(|cipher| test(&cipher.to_string())),
            Text::Code => self.target.findings.iter().any(|finding| {
                let here = self
                    .row
                    .is_none_or(|row| finding.addresses.is_empty() || finding.addresses.contains(&row.key.address));
                here && test(finding.code.0)
            }),
            Text::Group => self.handshake().and_then(|hs| hs.group).is_some_and(|group| test(&group.to_string())),
            Text::Host => test(&target.host.to_string()),
            Text::Issuer => {
                self.leaf().is_some_and(|leaf| test(leaf.issuer_short.as_str()) || test(leaf.issuer.as_str()))
            }
            Text::Key => self.leaf().is_some_and(|leaf| test(&leaf.key.to_string())),
            Text::Outcome => self.row.and_then(|row| row.last.as_ref()).is_some_and(|last| {
                test(match last.outcome {
                    Outcome::Handshake => "handshake",
                    Outcome::Failed(_) => "failed",
                    Outcome::Skipped { .. } => "skipped",
                })
            }),
            Text::Serial => self.leaf().is_some_and(|leaf| test(&leaf.serial)),
            Text::Signature => self.leaf().is_some_and(|leaf| test(&leaf.signature.name)),
            Text::Status => test(self.row.map_or(self.target.status, |row| row.status).name()),
            Text::Subject => self.leaf().is_some_and(|leaf| {
                test(leaf.subject.as_str()) || leaf.sans.iter().map(San::text).any(|san| test(san.as_str()))
            }),
            Text::Target => test(&target.name),
            Text::Version => {
                self.handshake().and_then(|hs| hs.version).is_some_and(|version| test(&version.to_string()))
            }
        }
    }
}

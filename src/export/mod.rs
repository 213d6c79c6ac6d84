//! What was found, for readers outside: one file per format.
//!
//! The [`Verdict`] is the promise to scripts (schema 1); text is a rendering of
//! the same verdict for people. Knows nothing of terminals beyond a yes or no to colour.

mod catalogue;
mod endpoint;
mod facts;
mod files;
mod handbook;
mod json;
mod markdown;
mod nagios;
mod ours;
mod paint;
mod reading;
mod style;
mod survey;
mod surveyed;
mod text;
mod verdict;

#[cfg(test)]
mod fixtures;

pub use self::catalogue::{article, contents};
pub use self::endpoint::{Endpoint, Visit};
pub use self::facts::CertificateFacts;
pub use self::files::{
    FileRecord, IssuanceRecord, KeyRecord, ObjectRecord, ReviewReport, UseRecord, csv, review_markdown,
};
pub use self::handbook::handbook;
pub use self::json::{Report, json_line};
pub use self::markdown::{markdown, our_side_in_markdown};
pub use self::nagios::nagios_line;
pub use self::ours::{OurFault, OurSide};
pub use self::paint::Painter;
pub use self::style::TextStyle;
pub use self::survey::SurveyRecord;
pub use self::verdict::{Examined, Verdict};

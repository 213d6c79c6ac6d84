//! One source's word about a certificate, and what was fetched for it.

use std::sync::Arc;

use crate::model::{Fetch, RevocationSource, RevocationState, RevocationWord};
use crate::probe::fetch::{Document, Obtained, Unfetched};
use crate::probe::revocation::Statement;

/// What a question to one source brings.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) word: RevocationWord,
    pub(super) fetches: Vec<Fetch>,
}

impl Word {
    /// Without anything fetched for it.
    pub(super) fn alone(statement: Statement, source: RevocationSource) -> Self {
        Self { word: statement.word_of(source), fetches: Vec::new() }
    }

    /// Of something fetched, whatever `read` makes of it; or what it means that there is nothing.
    pub(super) async fn of(
        source: RevocationSource,
        obtained: Obtained,
        read: impl AsyncFnOnce(Arc<Document>) -> Statement,
    ) -> Self {
        let fetches = obtained.evidence;
        let word = match obtained.result {
            Ok(document) => RevocationWord {
                fetched_at: Some(document.fetched_at),
                took: Some(document.took),
                ..read(document).await.word_of(source)
            },
            Err(why) => Statement::bare(unfetched(why)).word_of(source),
        };
        Self { word, fetches }
    }
}

/// What it means for a source that nothing was fetched from it.
fn unfetched(why: Unfetched) -> RevocationState {
    match why {
        Unfetched::Refused(words) => RevocationState::Unchecked(words),
        Unfetched::Unreachable(words) => RevocationState::Unavailable(words),
        Unfetched::Unusable(words) => RevocationState::Declined(words),
    }
}

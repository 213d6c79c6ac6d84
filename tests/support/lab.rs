//! What a prober of the lab has at hand.

use tlscope::lab::{ClientPapers, Lab};
use tlscope::model::Secret;
use tlscope::probe::{ClientChoice, Settings};

/// Settings with the lab's client certificates.
pub(crate) fn settings(lab: &Lab) -> Settings {
    let client = |papers: &ClientPapers| ClientChoice::Pem {
        name: (*papers.files).clone(),
        text: Secret::new(papers.pem.clone()),
    };
    Settings { clients: lab.clients().iter().map(client).collect(), ..Settings::default() }
}

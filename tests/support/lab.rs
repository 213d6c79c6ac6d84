//! A prober for the lab.

use std::sync::Arc;

use tlscope::lab::{ClientPapers, Lab};
use tlscope::model::{Secret, SystemClock};
use tlscope::probe::{ClientChoice, Prober, Settings, StoreChoice, TrustStores};

/// It trusts the lab's authority and has the lab's client certificates at hand.
pub(crate) fn prober(lab: &Lab) -> Prober {
    let directory = tempfile::tempdir().expect("a directory");
    let ca_file = directory.path().join("ca.pem");
    lab.write_ca_file(&ca_file).expect("the CA file is written");
    let client = |papers: &ClientPapers| ClientChoice::Pem {
        name: (*papers.files).clone(),
        text: Secret::new(papers.pem.clone()),
    };
    let settings = Settings { clients: lab.clients().iter().map(client).collect(), ..Settings::default() };
    let (stores, notices) = TrustStores::load(&[StoreChoice::File(ca_file)]).expect("the CA file is read");
    assert_eq!(notices, [""; 0]);
    Prober::new(&settings, stores, Arc::new(SystemClock)).expect("a prober")
}

//! What is served to a client that sends no name, or one that nobody serves.

use std::sync::Arc;

use rustls::ClientConnection;
use rustls_pki_types::ServerName;
use tokio::time::timeout_at;

use super::Interview;
use crate::model::{Served, ServedAnswer, ServedTo, Untrusted};
use crate::probe::failure;
use crate::probe::handshake::{Conversation, configure};
use crate::probe::recorder::Recorder;

/// Reserved (RFC 6761 section 6.4): no server has a certificate for it on purpose.
pub(super) const UNKNOWN_NAME: &str = "unknown-name.invalid";

/// Both questions.
pub(super) async fn ask(interview: &Interview<'_>) -> Vec<Served> {
    let kinds = [ServedTo::NoName, ServedTo::UnknownName];
    let (no_name, unknown) = tokio::join!(serve(interview, kinds[0]), serve(interview, kinds[1]));
    vec![Served { to: kinds[0], answer: no_name }, Served { to: kinds[1], answer: unknown }]
}

async fn serve(interview: &Interview<'_>, to: ServedTo) -> ServedAnswer {
    let inner = interview.inner;
    let Ok(name) = ServerName::try_from(UNKNOWN_NAME) else {
        return ServedAnswer::Unknown(Untrusted::new("the name cannot be sent"));
    };
    let recorder = Arc::new(Recorder::new(Arc::clone(&inner.certificates), inner.algorithms));
    let mut config = configure(inner.builder.clone(), &recorder, &interview.target.alpn);
    config.enable_sni = to != ServedTo::NoName;
    let tls = match ClientConnection::new(Arc::new(config), name) {
        Ok(tls) => tls,
        Err(error) => return ServedAnswer::Unknown(Untrusted::new(&error.to_string())),
    };
    let line = match interview.open().await {
        Ok(line) => line,
        Err(not) => {
            interview.leave("served", not.words());
            return ServedAnswer::Unknown(not.words());
        }
    };
    let deadline = line.deadline;
    let mut talk = Conversation::new(line.stream, tls);
    let shaken = timeout_at(deadline, talk.handshake()).await;
    let chain = recorder.take().chain.unwrap_or_default().readable;
    if !chain.is_empty() {
        let _ = timeout_at(deadline, talk.close()).await;
        return ServedAnswer::Chain(chain.into());
    }
    match shaken {
        Ok(Ok(())) => ServedAnswer::Unknown(Untrusted::new("no readable certificate came")),
        Ok(Err(broken)) => ServedAnswer::Refused(failure::explain(&broken, &talk.wire).1),
        Err(_) => ServedAnswer::Unknown(Untrusted::new("no answer in time")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SurveyReason;
    use crate::probe::rig::{Authority, NAME, config, prober, serve_tls, stores, target};

    #[tokio::test]
    async fn a_server_of_one_certificate_shows_it_to_everyone() {
        let root = Authority::root("Root");
        let (leaf, key) = root.leaf(|_| {});
        let address = serve_tls(config(vec![leaf], &key)).await;
        let (prober, target) = (prober(stores(&[("lab", &root)])), Arc::new(target()));
        let seen = prober.probe(&target, address).await;
        let survey = prober.survey(&target, &seen, &[], SurveyReason::FirstSight).await;
        let named = |served: &&Served| matches!(served.to, ServedTo::NoName | ServedTo::UnknownName);
        assert_eq!(survey.served.iter().filter(named).count(), 2);
        for served in survey.served.iter().filter(named) {
            let ServedAnswer::Chain(chain) = &served.answer else { panic!("{served:?}") };
            assert_eq!(chain[0].fingerprint, seen.chain()[0].fingerprint);
            assert_eq!(chain[0].sans[0].text().as_str(), NAME);
        }
        assert!(survey.connections >= 2 && survey.reason == SurveyReason::FirstSight);
    }
}

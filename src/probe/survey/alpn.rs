//! Which application protocols the server selects, each offered alone, and what it does without an offer (RFC 7301).

use std::sync::Arc;

use futures_util::future::join_all;
use tokio::time::timeout_at;

use super::Interview;
use super::call::call;
use crate::model::{AlpnAnswer, Answer, Protocol, Target, Untrusted};
use crate::probe::handshake::configure;

const QUESTION: &str = "alpn";
/// Most offers made, however many a target is configured with.
const MOST: usize = 6;

/// One answer for each offer that fits the target.
pub(super) async fn ask(interview: &Interview<'_>) -> Vec<AlpnAnswer> {
    join_all(offers(interview.target).into_iter().map(|offer| answer(interview, offer))).await
}

/// What to offer: HTTP's protocols where HTTP is expected, else what is configured or registered for the protocol, and
/// always nothing.
fn offers(target: &Target) -> Vec<Option<Arc<str>>> {
    let mut offers: Vec<Arc<str>> = target.alpn.iter().take(MOST - 1).cloned().collect();
    let is_http = offers.iter().any(|protocol| HTTP.contains(&&**protocol));
    let further: &[&str] = if is_http { HTTP } else { registered(target.protocol) };
    for protocol in further {
        if offers.len() + 1 < MOST && offers.iter().all(|known| **known != **protocol) {
            offers.push((*protocol).into());
        }
    }
    offers.into_iter().map(Some).chain([None]).collect()
}

const HTTP: &[&str] = &["h2", "http/1.1"];

/// From the IANA registry of ALPN protocol ids; where clients do not offer one, nothing is registered or used.
const fn registered(protocol: Protocol) -> &'static [&'static str] {
    match protocol {
        Protocol::Postgres => &["postgresql"],
        Protocol::Tds => &["tds/8.0"],
        Protocol::Xmpp => &["xmpp-client"],
        Protocol::XmppServer => &["xmpp-server"],
        _ => &[],
    }
}

async fn answer(interview: &Interview<'_>, offered: Option<Arc<str>>) -> AlpnAnswer {
    if is_seen(interview, offered.as_deref()) {
        let selected = interview.seen.handshake.as_ref().and_then(|seen| seen.alpn.clone());
        return AlpnAnswer { offered, selected, answer: Answer::Accepted };
    }
    let recorder = interview.inner.recorder(interview.target).await;
    let config = configure(interview.inner.builder.clone(), &recorder, offered.as_slice());
    match call(interview, QUESTION, interview.address, config).await {
        Ok(mut call) => {
            let selected = call.talk.tls.alpn_protocol().map(Untrusted::from_bytes);
            let _ = timeout_at(call.deadline, call.talk.close()).await;
            AlpnAnswer { offered, selected, answer: Answer::Accepted }
        }
        Err(uncalled) => AlpnAnswer { offered, selected: None, answer: uncalled.into() },
    }
}

/// Whether the ordinary handshake has told it already: a protocol selected from several is selected alone, too.
fn is_seen(interview: &Interview<'_>, offered: Option<&str>) -> bool {
    let Some(handshake) = interview.seen.handshake.as_ref().filter(|_| interview.seen.is_handshake()) else {
        return false;
    };
    match (offered, &handshake.alpn) {
        (Some(protocol), Some(selected)) => selected.as_str() == protocol,
        (Some(_), None) => false,
        (None, _) => interview.target.alpn.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Survey, SurveyReason};
    use crate::probe::rig::{Authority, config, prober, serve_tls, stores, target};

    async fn survey(target: Target, protocols: &[&str]) -> Survey {
        let root = Authority::root("Root");
        let (leaf, key) = root.leaf(|_| {});
        let mut config = config(vec![leaf], &key);
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        let address = serve_tls(config).await;
        let (prober, target) = (prober(stores(&[("lab", &root)])), Arc::new(target));
        let seen = prober.probe(&target, address).await;
        prober.survey(&target, &seen, &[], SurveyReason::Asked).await
    }

    /// Offer, selection and answer, in words.
    fn told(survey: &Survey) -> Vec<String> {
        let word = |text: Option<&str>| text.unwrap_or("-").to_owned();
        let told = |one: &AlpnAnswer| {
            let answer = match &one.answer {
                Answer::Accepted => "accepted".to_owned(),
                Answer::Refused(words) | Answer::Unknown(words) => words.to_string(),
            };
            let selected = one.selected.as_ref().map(Untrusted::as_str);
            format!("{} {} {answer}", word(one.offered.as_deref()), word(selected))
        };
        survey.alpn.iter().map(told).collect()
    }

    #[tokio::test]
    async fn each_protocol_is_offered_alone() {
        let both = survey(target(), &["h2", "http/1.1"]).await;
        assert_eq!(told(&both), ["h2 h2 accepted", "http/1.1 http/1.1 accepted", "- - accepted"]);
        let one = survey(target(), &["h2"]).await;
        assert_eq!(told(&one)[1], "http/1.1 - alert no_application_protocol (120)");
        let none = survey(target(), &[]).await;
        assert_eq!(told(&none)[0], "h2 - accepted", "the offer is ignored");
    }

    #[tokio::test]
    async fn what_the_ordinary_handshake_told_is_not_asked_again() {
        let silent = Target { alpn: Vec::new(), ..target() };
        let survey = survey(silent, &[]).await;
        assert_eq!(told(&survey), ["- - accepted"]);
        assert!(survey.unasked.is_empty());
    }

    #[test]
    fn offers_fit_the_protocol() {
        let names = |target: &Target| offers(target).into_iter().flatten().collect::<Vec<_>>();
        let postgres = Target { protocol: Protocol::Postgres, alpn: Vec::new(), ..target() };
        assert_eq!(names(&postgres), ["postgresql".into()]);
        let own = Target { alpn: vec!["mqtt".into()], ..target() };
        assert_eq!(names(&own), ["mqtt".into()]);
        let many = Target { alpn: (0..50).map(|n| format!("p/{n}").into()).collect(), ..target() };
        assert_eq!(offers(&many).len(), MOST);
    }
}

//! Issuers that the server should have sent, looked for where the certificates say: only to name them.

use super::Interview;
use crate::model::{FetchKind, Untrusted};
use crate::probe::fetch::{Chase, Hunt};

/// What was found where the chain as sent leads to no anchor; looked for once, whichever questions want to know.
pub(super) async fn found<'i>(interview: &'i Interview<'_>) -> &'i Chase {
    interview.chase.get_or_init(async || hunt(interview).await).await
}

async fn hunt(interview: &Interview<'_>) -> Chase {
    let inner = interview.inner;
    let chain = interview.seen.chain();
    let trust = interview.seen.handshake.as_ref().and_then(|handshake| handshake.trust.as_deref());
    if trust.is_none_or(crate::model::TrustReport::has_path) {
        return Chase::default();
    }
    if !inner.fetcher.allows(FetchKind::Aia) {
        interview.leave("aia", Untrusted::new("not to be fetched"));
        return Chase::default();
    }
    let hunt = Hunt {
        fetcher: &inner.fetcher,
        certificates: &inner.certificates,
        proxy: interview.target.proxy.as_ref(),
        guard: inner.fetcher.guard(interview.address.ip()),
        deadline: interview.deadline,
    };
    let chase = hunt.issuers(chain, |certificate| inner.judge.has_issuer_of(certificate)).await;
    inner.judge.learn(chain, &chase.found, inner.clock.now());
    chase
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rcgen::CustomExtension;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use crate::model::{FetchKind, FetchPolicy, FetchResult, Observation, PathResult, SurveyReason, Target};
    use crate::probe::rig::{Authority, config, prober_with, serve, serve_tls, stores, target};
    use crate::probe::{Prober, Settings};

    /// `caIssuers` at a URL (RFC 5280 section 4.2.2.1), by hand: short lengths only.
    fn ca_issuers(url: &str) -> CustomExtension {
        let tlv = |tag: u8, content: &[u8]| [&[tag, u8::try_from(content.len()).unwrap()], content].concat();
        let method = tlv(6, &[0x2b, 6, 1, 5, 5, 7, 0x30, 2]);
        let access = tlv(0x30, &[method, tlv(0x86, url.as_bytes())].concat());
        CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], tlv(0x30, &access))
    }

    async fn publishing(body: Vec<u8>) -> String {
        let address = serve(move |mut stream| {
            let body = body.clone();
            async move {
                let _ = stream.read(&mut [0; 4096]).await;
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
                let _ = stream.write_all(&[head.as_bytes(), &body].concat()).await;
            }
        })
        .await;
        format!("http://{address}/ca.cer")
    }

    /// A server that sends its leaf alone; its issuer and that one's are published.
    async fn forgetful(settings: &Settings) -> (Prober, Arc<Target>, Observation) {
        let root = Authority::root("Root");
        let policy = root.intermediate("Policy", |_| {});
        let policy_url = publishing(policy.der.to_vec()).await;
        let issuing = policy.intermediate("Issuing", |params| params.custom_extensions.push(ca_issuers(&policy_url)));
        let issuing_url = publishing(issuing.der.to_vec()).await;
        let (leaf, key) = issuing.leaf(|params| params.custom_extensions.push(ca_issuers(&issuing_url)));
        let address = serve_tls(config(vec![leaf], &key)).await;
        let (prober, target) = (prober_with(settings, stores(&[("lab", &root)])), Arc::new(target()));
        let seen = prober.probe(&target, address).await;
        (prober, target, seen)
    }

    #[tokio::test]
    async fn missing_issuers_are_found_and_named_from_then_on() {
        let (prober, target, seen) = forgetful(&Settings::default()).await;
        let survey = prober.survey(&target, &seen, &[], SurveyReason::FirstSight).await;
        assert_eq!(survey.fetches.len(), 2, "{:?}", survey.fetches);
        assert!(survey.fetches.iter().all(|fetch| fetch.kind == FetchKind::Aia && fetch.redirects == 0));
        assert!(survey.fetches.iter().all(|fetch| matches!(fetch.result, FetchResult::Received(200..))));
        let paths = survey.paths.unwrap();
        let missing: Vec<_> = paths.missing().iter().map(|issuer| issuer.display_name().to_string()).collect();
        assert_eq!(missing, ["Issuing", "Policy"]);
        let (path, sent) = (&paths.paths[0], seen.chain()[0].fingerprint);
        assert_eq!((&path.anchor.as_str(), path.served, path.valid), (&"CN=Root", false, true));
        assert_eq!((path.path[0], &paths.sent[..]), (sent, &[sent][..]));
        let again = prober.probe(&target, seen.key.address).await;
        let trust = again.handshake.unwrap().trust.clone().unwrap();
        let PathResult::Refused { completed_by: Some(_), .. } = trust.stores[0].result else { panic!("{trust:?}") };
        let survey = prober.survey(&target, &seen, &[], SurveyReason::Asked).await;
        assert!(survey.fetches.iter().all(|fetch| fetch.result == FetchResult::Cached));
    }

    #[tokio::test]
    async fn nothing_is_fetched_that_may_not_be() {
        let settings = Settings { fetch: FetchPolicy::NONE, ..Settings::default() };
        let (prober, target, seen) = forgetful(&settings).await;
        let survey = prober.survey(&target, &seen, &[], SurveyReason::FirstSight).await;
        assert_eq!(survey.fetches, []);
        let paths = survey.paths.unwrap();
        assert_eq!((paths.paths.len(), paths.found.len()), (0, 0));
        assert!(paths.clients.iter().all(|verdict| !verdict.accepts), "{:?}", paths.clients);
        assert!(survey.unasked.iter().any(|left| &*left.question == "aia"));
    }
}

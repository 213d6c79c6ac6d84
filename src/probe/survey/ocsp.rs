//! One OCSP responder's word: by GET where the request is short, by POST where that fails.

use std::sync::Arc;

use super::Interview;
use super::word::Word;
use crate::model::{FetchKind, RevocationSource, Untrusted};
use crate::probe::fetch::{Document, Errand, Fetcher, Loaded, Unfetched, Wanted};
use crate::probe::revocation::{Case, Request, is_answer, read_response, repeats};

pub(super) async fn ask(interview: &Interview<'_>, case: &Arc<Case>, url: &Untrusted) -> Word {
    let inner = interview.inner;
    let proxy = interview.target.proxy.as_ref();
    let (guard, deadline) = (inner.fetcher.guard(interview.address.ip()), interview.deadline);
    let (clock, checked) = (Arc::clone(&inner.clock), Arc::clone(case));
    let check = Arc::new(move |document: &Document| read_response(&document.body, &checked, clock.now()).holds_until());
    let errand = Errand { kind: FetchKind::Ocsp, url: url.as_str(), post: None, proxy, guard, deadline };
    let about = case.key();
    let wanted = Wanted { kind: FetchKind::Ocsp, url: url.as_str(), about: &about, proxy, guard, deadline, check };
    let obtained = inner.fetcher.obtain(wanted, async || load(&inner.fetcher, case, errand).await).await;
    let read = async |document: Arc<Document>| read_response(&document.body, case, inner.clock.now());
    Word::of(RevocationSource::Ocsp(url.clone()), obtained, read).await
}

async fn load(fetcher: &Fetcher, case: &Case, errand: Errand<'_>) -> Loaded {
    let mut evidence = Vec::new();
    let mut got = None;
    if let Some(url) = Request::new(case, None).ok().and_then(|request| request.url(errand.url)) {
        let loaded = fetcher.fetch(Errand { url: &url, ..errand }).await;
        let settled = match &loaded.result {
            Ok(document) => is_answer(&document.body),
            Err(why) => !matches!(why, Unfetched::Unusable(_)),
        };
        if settled {
            return loaded;
        }
        evidence = loaded.evidence;
        got = loaded.result.ok();
    }
    let posted = post(fetcher, case, errand).await;
    evidence.extend(posted.evidence);
    // An answer that cannot be read says more than none.
    let result = match (posted.result, got) {
        (Err(_), Some(document)) => Ok(document),
        (posted, _) => posted,
    };
    Loaded { evidence, result }
}

/// With a nonce, as nothing between us and the responder stores what is posted.
async fn post(fetcher: &Fetcher, case: &Case, errand: Errand<'_>) -> Loaded {
    let mut nonce = [0; 32];
    let random = aws_lc_rs::rand::fill(&mut nonce);
    let request = Request::new(case, random.is_ok().then_some(&nonce[..]));
    let Ok(request) = request else {
        let why = Unfetched::Refused(Untrusted::new("no request can be made for this certificate"));
        return Loaded { evidence: Vec::new(), result: Err(why) };
    };
    let posted = fetcher.fetch(Errand { post: Some(&request.der), ..errand }).await;
    let result = posted.result.and_then(|document| {
        let replayed = || Unfetched::Unusable(Untrusted::new("it answers another request than ours (nonce)"));
        if repeats(&document.body, &nonce) { Ok(document) } else { Err(replayed()) }
    });
    Loaded { evidence: posted.evidence, result }
}

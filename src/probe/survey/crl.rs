//! One distribution point's word: its list, fetched, verified, and looked into.

use std::sync::Arc;

use super::Interview;
use super::word::Word;
use crate::model::{FetchKind, RevocationSource, Time, Untrusted};
use crate::probe::fetch::{Document, Errand, Wanted};
use crate::probe::revocation::{Case, DistributionPoint, RevocationList, Statement};

/// URLs of one point that are tried.
const MOST_URLS: usize = 3;
/// In bytes: longer lists are looked through away from the async threads.
const LONG: usize = 256 * 1024;

/// Its first URL: the others are for when that fails.
pub(super) fn source(point: &DistributionPoint) -> RevocationSource {
    RevocationSource::Crl(Untrusted::new(point.urls.first().map_or("", String::as_str)))
}

pub(super) async fn ask(interview: &Interview<'_>, case: &Arc<Case>, point: &DistributionPoint) -> Word {
    if point.is_indirect {
        return Word::alone(Statement::unchecked("indirect lists are not supported"), source(point));
    }
    // Directories (ldap) are not asked where there is a web server.
    let web = point.urls.iter().filter(|url| url.starts_with("http"));
    let urls: Vec<&String> = web.chain(point.urls.iter().filter(|url| !url.starts_with("http"))).collect();
    let mut fetches = Vec::new();
    let mut last = Word::alone(Statement::unchecked("its distribution point has no URL"), source(point));
    for url in urls.into_iter().take(MOST_URLS) {
        last = ask_one(interview, case, point, url).await;
        fetches.append(&mut last.fetches);
        if last.word.fetched_at.is_some() {
            break;
        }
    }
    Word { fetches, ..last }
}

async fn ask_one(interview: &Interview<'_>, case: &Arc<Case>, point: &DistributionPoint, url: &str) -> Word {
    let inner = interview.inner;
    let proxy = interview.target.proxy.as_ref();
    let (guard, deadline) = (inner.fetcher.guard(interview.address.ip()), interview.deadline);
    let checked = Arc::clone(case);
    let check = Arc::new(move |document: &Document| {
        let list = RevocationList::parse(&document.body).ok()?;
        verify(document, &list, &checked).ok()?;
        list.next_update()
    });
    let wanted = Wanted { kind: FetchKind::Crl, url, about: "", proxy, guard, deadline, check };
    let errand = Errand { kind: FetchKind::Crl, url, post: None, proxy, guard, deadline };
    let obtained = inner.fetcher.obtain(wanted, async || inner.fetcher.fetch(errand).await).await;
    let (case, point, now) = (Arc::clone(case), point.clone(), inner.clock.now());
    let read = async |document: Arc<Document>| {
        if document.body.len() < LONG {
            return read(&document, &case, &point, now);
        }
        let reading = tokio::task::spawn_blocking(move || read(&document, &case, &point, now));
        reading.await.unwrap_or_else(|error| Statement::unchecked(&error.to_string()))
    };
    Word::of(RevocationSource::Crl(Untrusted::new(url)), obtained, read).await
}

fn read(document: &Document, case: &Case, point: &DistributionPoint, now: Time) -> Statement {
    let list = match RevocationList::parse(&document.body) {
        Ok(list) => list,
        Err(_) if document.body.starts_with(b"-----BEGIN") => {
            return Statement::invalid("it is in PEM, which no client expects there");
        }
        Err(error) => return Statement::invalid(&format!("it is no revocation list: {error}")),
    };
    match verify(document, &list, case) {
        Ok(()) => list.statement(case, point, now),
        Err(reason) => list.doubted(&reason),
    }
}

/// The signature over a long list is checked once for each issuer that claims it.
fn verify(document: &Document, list: &RevocationList<'_>, case: &Case) -> Result<(), String> {
    let issuer = case.issuer.id();
    if document.signed_by.get() == Some(&issuer) {
        return Ok(());
    }
    list.verify(&case.issuer)?;
    // Whoever was first stays; another of the same name is checked each time.
    let _ = document.signed_by.set(issuer);
    Ok(())
}

//! Issuers that were not sent, by the URLs in what was sent (authority information access, RFC 5280 section 4.2.2.1).

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::bundle;
use super::cache::Wanted;
use super::document::Document;
use super::fetcher::{Errand, Fetcher};
use super::guard::Guard;
use crate::model::{Certificate, Fetch, FetchKind, Proxy};
use crate::probe::certificates::Certificates;

/// What the URLs led to.
#[derive(Debug, Default)]
pub(in crate::probe) struct Chase {
    /// Certificates that were not sent: nearest issuers first, and what was published beside them.
    pub(in crate::probe) found: Vec<Arc<Certificate>>,
    /// Every fetch, in order.
    pub(in crate::probe) fetches: Vec<Fetch>,
}

/// With what, for whom, and until when issuers are looked for.
pub(in crate::probe) struct Hunt<'a> {
    pub(in crate::probe) fetcher: &'a Fetcher,
    pub(in crate::probe) certificates: &'a Certificates,
    pub(in crate::probe) proxy: Option<&'a Arc<Proxy>>,
    pub(in crate::probe) guard: Guard,
    pub(in crate::probe) deadline: Instant,
}

impl Hunt<'_> {
    /// Issuers above one another.
    const DEPTH: usize = 4;
    /// URLs of one certificate that are tried.
    const MOST_URLS: usize = 3;
    const MOST_FOUND: usize = 32;
    /// A published certificate does not change; another may take its place.
    const KEPT: Duration = Duration::from_hours(7 * 24);

    /// Goes up from the leaf of `chain` until an issuer is its own, or `is_anchored` says that a store has it.
    pub(in crate::probe) async fn issuers(
        &self,
        chain: &[Arc<Certificate>],
        is_anchored: impl Fn(&Certificate) -> bool,
    ) -> Chase {
        let mut chase = Chase::default();
        let Some(mut top) = chain.first().cloned() else { return chase };
        let mut fetched = 0;
        // Every step goes to a certificate that was sent or found: there are only so many, and circles end.
        for _ in 0..chain.len() + Self::DEPTH {
            if top.self_signed || is_anchored(&top) {
                break;
            }
            let known = issuer(&top, chain).or_else(|| issuer(&top, &chase.found));
            let next = match known {
                Some(issuer) => Some(issuer),
                None if fetched < Self::DEPTH => {
                    fetched += 1;
                    self.fetch(&top, chain, &mut chase).await;
                    issuer(&top, &chase.found)
                }
                None => None,
            };
            let Some(next) = next else { break };
            top = next;
        }
        chase
    }

    /// Tries the URLs of one certificate until its issuer is found.
    async fn fetch(&self, of: &Certificate, chain: &[Arc<Certificate>], chase: &mut Chase) {
        for url in of.issuer_urls.iter().take(Self::MOST_URLS) {
            let Some(document) = self.obtain(url.as_str(), chase).await else { continue };
            for der in bundle::certificates(&document.body) {
                let Ok(certificate) = self.certificates.read(&der) else { continue };
                let mut known = chain.iter().chain(&chase.found);
                let is_new = known.all(|known| known.fingerprint != certificate.fingerprint);
                if is_new && chase.found.len() < Self::MOST_FOUND {
                    chase.found.push(certificate);
                }
            }
            if issuer(of, &chase.found).is_some() {
                return;
            }
        }
    }

    async fn obtain(&self, url: &str, chase: &mut Chase) -> Option<Arc<Document>> {
        let (proxy, guard, deadline) = (self.proxy, self.guard, self.deadline);
        let check = Arc::new(|document: &Document| {
            (!bundle::certificates(&document.body).is_empty()).then(|| document.fetched_at + Self::KEPT)
        });
        let wanted = Wanted { kind: FetchKind::Aia, url, about: "", proxy, guard, deadline, check };
        let errand = Errand { kind: FetchKind::Aia, url, post: None, proxy, guard, deadline };
        let obtained = self.fetcher.obtain(wanted, async || self.fetcher.fetch(errand).await).await;
        chase.fetches.extend(obtained.evidence);
        obtained.result.ok()
    }
}

fn issuer(of: &Certificate, among: &[Arc<Certificate>]) -> Option<Arc<Certificate>> {
    let is_issuer = |other: &&Arc<Certificate>| other.fingerprint != of.fingerprint && of.is_named_issuer(other);
    among.iter().find(is_issuer).cloned()
}

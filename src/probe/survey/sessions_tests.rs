use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::Ticketer;
use rustls::server::NoServerSessionStorage;

use super::*;
use crate::model::{Survey, SurveyReason};
use crate::probe::rig::{Authority, configured, prober, serve, serve_tls, stores, target};
use tokio::io::AsyncReadExt as _;

const BOTH: &[&rustls::SupportedProtocolVersion] = &[&TLS13, &TLS12];

fn server(root: &Authority, versions: &[&'static rustls::SupportedProtocolVersion]) -> ServerConfig {
    let (leaf, key) = root.leaf(|_| {});
    configured(versions, None, vec![leaf], &key)
}

async fn survey(root: &Authority, address: SocketAddr, siblings: &[SocketAddr]) -> Survey {
    let (prober, target) = (prober(stores(&[("lab", root)])), Arc::new(target()));
    let seen = prober.probe(&target, address).await;
    prober.survey(&target, &seen, siblings, SurveyReason::Asked).await
}

async fn sessions(change: impl FnOnce(&mut ServerConfig)) -> Sessions {
    let root = Authority::root("Root");
    let mut config = server(&root, BOTH);
    change(&mut config);
    survey(&root, serve_tls(config).await, &[]).await.sessions.unwrap()
}

const WORKS: Option<Resumption> = Some(Resumption::Works);

#[tokio::test]
async fn every_way_works_where_the_server_remembers_and_has_tickets() {
    let all = sessions(|config| {
        config.ticketer = Ticketer::new().unwrap();
        config.max_early_data_size = 16_384;
    })
    .await;
    assert_eq!((all.ticket, all.legacy_ticket, all.session_id), (WORKS, WORKS, WORKS));
    // Tickets that stand for themselves can be replayed: rustls takes early data with remembered ones only.
    assert_eq!((all.early_data, all.elsewhere), (None, Vec::new()));
}

#[tokio::test]
async fn what_is_not_offered_is_told_from_what_is_refused() {
    let remembered = sessions(|config| config.max_early_data_size = 16_384).await;
    assert_eq!((remembered.ticket, remembered.early_data), (WORKS, Some(16_384)));
    assert_eq!((remembered.legacy_ticket, remembered.session_id), (Some(Resumption::NotOffered), WORKS));
    let nothing = sessions(|config| {
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
    })
    .await;
    assert_eq!(nothing.ticket, Some(Resumption::NotOffered));
    let forgetful = sessions(|config| config.session_storage = Arc::new(Forgetful)).await;
    assert_eq!(forgetful.ticket, Some(Resumption::Refused));
    assert_eq!(forgetful.session_id, Some(Resumption::Refused));
}

#[tokio::test]
async fn a_version_that_is_not_spoken_is_not_tried() {
    let root = Authority::root("Root");
    let new = survey(&root, serve_tls(server(&root, &[&TLS13])).await, &[]).await.sessions.unwrap();
    assert_eq!((new.ticket, new.legacy_ticket, new.session_id), (WORKS, None, None));
    let old = survey(&root, serve_tls(server(&root, &[&TLS12])).await, &[]).await.sessions.unwrap();
    assert_eq!((old.ticket, old.session_id), (None, WORKS));
}

#[tokio::test]
async fn sessions_are_tried_at_other_addresses() {
    let root = Authority::root("Root");
    let mut shared = server(&root, BOTH);
    shared.ticketer = Ticketer::new().unwrap();
    shared.send_tls13_tickets = 1;
    let (home, same) = (serve_tls(shared.clone()).await, serve_tls(shared).await);
    let other = serve_tls(server(&root, BOTH)).await;
    let nobody = serve(|stream| async move { drop(stream) }).await;
    let surveyed = survey(&root, home, &[home, same, other, nobody, same, other]).await.sessions.unwrap();
    assert_eq!(surveyed.elsewhere[..2], [(same, Resumption::Works), (other, Resumption::Refused)]);
    assert_eq!(surveyed.elsewhere.len(), 3, "a few are enough");
    assert!(matches!(&surveyed.elsewhere[2], (address, Resumption::Unknown(_)) if *address == nobody));
}

#[tokio::test]
async fn a_server_that_fails_on_offered_sessions_is_broken() {
    let root = Authority::root("Root");
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(server(&root, &[&TLS13])));
    let address = serve(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let mut hello = [0; 4096];
            let length = stream.peek(&mut hello).await.unwrap();
            // A pre-shared key stands last in the hello (RFC 9846 section 4.3.11), with a binder of 32 or 48 bytes at its end.
            let offers_session = hello[..length].ends_with_binder();
            if offers_session {
                return;
            }
            if let Ok(mut tls) = acceptor.accept(stream).await {
                let _ = tls.read(&mut [0; 1024]).await;
            }
        }
    })
    .await;
    let broken = survey(&root, address, &[]).await.sessions.unwrap();
    assert!(matches!(&broken.ticket, Some(Resumption::Broken(_))), "{:?}", broken.ticket);
}

trait Binder {
    fn ends_with_binder(&self) -> bool;
}

impl Binder for [u8] {
    /// `binders` as the last field: its length in two bytes, the binder's in one.
    fn ends_with_binder(&self) -> bool {
        [32_u8, 48].iter().any(|&length| {
            let tail = usize::from(length) + 3;
            self.len() > tail && self[self.len() - tail..].starts_with(&[0, length + 1, length])
        })
    }
}

/// A cache that gives sessions out and remembers none.
#[derive(Debug)]
struct Forgetful;

impl rustls::server::StoresServerSessions for Forgetful {
    fn put(&self, _: Vec<u8>, _: Vec<u8>) -> bool {
        true
    }

    fn get(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn take(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn can_cache(&self) -> bool {
        true
    }
}

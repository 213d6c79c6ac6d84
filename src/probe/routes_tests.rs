use rcgen::CertificateParams;
use rustls_pki_types::CertificateDer;

use super::*;
use crate::model::{Clock as _, SystemClock};
use crate::probe::rig::{Authority, around_now, stores};
use crate::probe::stores::TrustStores;

fn read(chain: &[&CertificateDer<'_>]) -> Vec<Arc<Certificate>> {
    chain.iter().map(|der| Arc::new(Certificate::parse(der).unwrap())).collect()
}

/// Paths as `leaf > issuer > anchor`, with why they are refused.
fn paths(chain: &[&CertificateDer<'_>], elsewhere: &[&CertificateDer<'_>], stores: &TrustStores) -> Vec<String> {
    let (chain, elsewhere) = (read(chain), read(elsewhere));
    let evidence = Evidence { chain: &chain, elsewhere: &elsewhere, now: SystemClock.now() };
    let mut walker = Walker::new(evidence).unwrap();
    let routes: Vec<Route<'_>> = stores.stores.iter().flat_map(|store| walker.walk(store)).collect();
    routes.iter().map(told).collect()
}

fn told(route: &Route<'_>) -> String {
    let names: Vec<String> = route.certificates.iter().skip(1).map(|ca| ca.display_name().to_string()).collect();
    let refusal = route.refusal.as_ref().map_or_else(String::new, |(reason, _)| format!(" {reason:?}"));
    format!("{}: {} > {}{refusal}", route.store.name, names.join(" > "), route.anchor)
}

fn old(params: &mut CertificateParams) {
    params.not_after = around_now(-5);
}

#[test]
fn cross_signs_are_paths_of_their_own_in_and_out_of_time() {
    let (new, older) = (Authority::root("New"), Authority::root("Older"));
    let issuing = new.intermediate("Issuing", |_| ());
    let (cross, expired) = (older.cross_sign(&issuing, |_| ()), older.cross_sign(&issuing, old));
    let new_by_older = older.cross_sign(&new, |_| ());
    let (leaf, _) = issuing.leaf(|_| ());
    let stores = stores(&[("new", &new), ("older", &older)]);
    assert_eq!(
        paths(&[&leaf, &issuing.der, &cross, &expired, &new_by_older], &[], &stores),
        [
            "new: Issuing > CN=New",
            "older: Issuing > New > CN=Older",
            "older: Issuing > CN=Older",
            "older: Issuing > CN=Older Expired",
        ]
    );
}

#[test]
fn what_was_not_sent_and_what_only_looks_alike() {
    let root = Authority::root("Root");
    let (issuing, namesake) = (root.intermediate("Issuing", |_| ()), root.intermediate("Issuing", |_| ()));
    let (leaf, _) = issuing.leaf(|_| ());
    let stores = stores(&[("ours", &root), ("theirs", &Authority::root("Root"))]);
    assert_eq!(paths(&[&leaf], &[], &stores), Vec::<String>::new());
    assert_eq!(paths(&[&leaf], &[&namesake.der, &issuing.der], &stores), ["ours: Issuing > CN=Root"]);
    assert_eq!(paths(&[&leaf, &namesake.der, &root.der], &[], &stores), Vec::<String>::new());
}

#[test]
fn a_root_that_is_sent_makes_no_second_path() {
    let root = Authority::root("Root");
    let (leaf, _) = root.leaf(|_| ());
    let stores = stores(&[("ours", &root)]);
    assert_eq!(paths(&[&leaf, &root.der], &[], &stores), ["ours:  > CN=Root"]);
    assert_eq!(paths(&[&root.der], &[], &stores), ["ours:  > CN=Root"], "an authority that serves itself");
}

#[test]
fn a_thicket_is_walked_in_a_moment() {
    let names: Vec<String> = (0..6).map(|number| format!("Name {number}")).collect();
    let roots: Vec<Authority> = names.iter().map(|name| Authority::root(name)).collect();
    let mut thicket = Vec::new();
    for (root, other) in roots.iter().flat_map(|root| roots.iter().map(move |other| (root, other))) {
        thicket.push(root.cross_sign(other, |_| ()));
        thicket.push(root.cross_sign(other, old));
    }
    let (leaf, _) = roots[0].leaf(|_| ());
    let chain: Vec<&CertificateDer<'_>> = std::iter::once(&leaf).chain(&thicket).collect();
    let stores = stores(&roots.iter().skip(1).map(|root| ("crowd", root)).collect::<Vec<_>>());
    let begun = tokio::time::Instant::now();
    let found = paths(&chain, &[], &stores);
    println!("{} paths in {:?}", found.len(), begun.elapsed());
    assert!((1..=5 * Walker::MOST_ROUTES).contains(&found.len()));
    // Without limits there are millions; a busy machine is granted seconds.
    assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?}", begun.elapsed());
}

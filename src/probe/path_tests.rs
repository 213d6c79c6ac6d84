use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, NameConstraints};
use rustls_pki_types::CertificateDer;

use super::super::rig::{Authority, around_now};
use super::*;
use crate::model::{Clock as _, SystemClock};

fn read(chain: &[&CertificateDer<'_>]) -> Vec<Arc<Certificate>> {
    chain.iter().map(|der| Arc::new(Certificate::parse(der).unwrap())).collect()
}

fn verdict(chain: &[&CertificateDer<'_>], elsewhere: &[&CertificateDer<'_>], root: &Authority) -> PathResult {
    let anchors = [webpki::anchor_from_trusted_cert(&root.der).unwrap()];
    let (chain, elsewhere) = (read(chain), read(elsewhere));
    judge(Evidence { chain: &chain, elsewhere: &elsewhere, now: SystemClock.now() }, &anchors)
}

fn refused(result: &PathResult) -> (PathRefusal, bool, bool) {
    match result {
        PathResult::Refused { reason, valid_at_another_time, completed_by, .. } => {
            (*reason, *valid_at_another_time, completed_by.is_some())
        }
        PathResult::Trusted { .. } => panic!("trusted"),
    }
}

#[test]
fn a_path_names_what_it_uses_and_its_anchor() {
    let root = Authority::root("Root");
    let issuing = root.intermediate("Issuing", |_| ());
    let unrelated = Authority::root("Unrelated");
    let (leaf, _) = issuing.leaf(|_| ());
    let result = verdict(&[&leaf, &unrelated.der, &issuing.der, &issuing.der], &[], &root);
    let PathResult::Trusted { path, anchor } = result else { panic!("{result:?}") };
    assert_eq!(path, [Fingerprint::of(&leaf), Fingerprint::of(&issuing.der)]);
    assert!(anchor.as_str().contains("CN=Root"), "{anchor}");
}

#[test]
fn an_authority_that_is_given_as_root_may_serve_itself() {
    let (own, stranger) = (Authority::root("Root"), Authority::root("Root"));
    let result = verdict(&[&own.der], &[], &own);
    let PathResult::Trusted { path, anchor } = result else { panic!("{result:?}") };
    assert_eq!((path, anchor.as_str()), (vec![Fingerprint::of(&own.der)], "CN=Root"));
    assert_eq!(refused(&verdict(&[&own.der], &[], &stranger)).0, PathRefusal::CaConstraint);
}

#[test]
fn each_fault_has_its_own_reason() {
    type Change = fn(&mut CertificateParams);
    let root = Authority::root("Root");
    let cases: [(PathRefusal, Change, Change); 5] = [
        (
            PathRefusal::ExtendedKeyUsage,
            |_| (),
            |leaf| {
                leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
            },
        ),
        (PathRefusal::CaConstraint, |_| (), |leaf| leaf.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)),
        (PathRefusal::CaConstraint, |issuing| issuing.is_ca = IsCa::ExplicitNoCa, |_| ()),
        (
            PathRefusal::NameConstraint,
            |issuing| {
                let permitted_subtrees = vec![GeneralSubtree::DnsName("other.example".to_owned())];
                issuing.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
            },
            |_| (),
        ),
        (
            PathRefusal::UnsupportedExtension,
            |_| (),
            |leaf| {
                let mut unknown = rcgen::CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99_999], vec![5, 0]);
                unknown.set_criticality(true);
                leaf.custom_extensions.push(unknown);
            },
        ),
    ];
    for (expected, change_issuing, change_leaf) in cases {
        let issuing = root.intermediate("Issuing", change_issuing);
        let (leaf, _) = issuing.leaf(change_leaf);
        assert_eq!(refused(&verdict(&[&leaf, &issuing.der], &[], &root)), (expected, false, false));
    }
}

#[test]
fn a_longer_path_than_allowed_is_told() {
    let root = Authority::root("Root");
    let first = root.intermediate("First", |ca| ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)));
    let second = first.intermediate("Second", |_| ());
    let (leaf, _) = second.leaf(|_| ());
    assert_eq!(refused(&verdict(&[&leaf, &second.der, &first.der], &[], &root)).0, PathRefusal::PathLength);
}

#[test]
fn signatures_that_do_not_hold_and_names_that_only_look_alike() {
    let root = Authority::root("Root");
    let namesake = Authority::root("Root");
    let (leaf, _) = root.leaf(|_| ());
    let mut tampered = leaf.to_vec();
    *tampered.last_mut().unwrap() ^= 1;
    let tampered = CertificateDer::from(tampered);
    assert_eq!(refused(&verdict(&[&tampered], &[], &root)).0, PathRefusal::BadSignature);
    // The chain's root is another one of the same name.
    let (leaf, _) = namesake.leaf(|_| ());
    assert_eq!(refused(&verdict(&[&leaf, &namesake.der], &[], &root)).0, PathRefusal::UnknownIssuer);
}

#[test]
fn a_refusal_is_told_in_words() {
    let (root, stranger) = (Authority::root("Root"), Authority::root("Stranger"));
    let (leaf, _) = stranger.leaf(|_| ());
    let PathResult::Refused { detail, .. } = verdict(&[&leaf], &[], &root) else { panic!("trusted") };
    assert_eq!(detail.as_str(), "no path to a trusted root");
}

#[test]
fn time_and_absence_are_told_together() {
    let root = Authority::root("Root");
    let past = |params: &mut CertificateParams| {
        (params.not_before, params.not_after) = (around_now(-9000), around_now(-5000));
    };
    let issuing = root.intermediate("Issuing", |_| ());
    let old_issuing = root.intermediate("Old Issuing", past);
    let (expired, _) = issuing.leaf(past);
    let (under_expired, _) = old_issuing.leaf(|params| params.not_before = around_now(-8000));

    let result = verdict(&[&expired, &issuing.der], &[], &root);
    assert_eq!(refused(&result), (PathRefusal::Expired, true, false));
    let PathResult::Refused { detail, .. } = result else { unreachable!() };
    assert!(detail.as_str().starts_with("certificate expired on 20"), "{detail}");
    let cases: [(&[&CertificateDer<'_>], &[&CertificateDer<'_>], _); 5] = [
        (&[&under_expired, &old_issuing.der], &[], (PathRefusal::Expired, true, false)),
        (&[&expired], &[], (PathRefusal::Expired, false, false)),
        (&[&expired], &[&issuing.der], (PathRefusal::Expired, false, true)),
        (&[&under_expired], &[&old_issuing.der], (PathRefusal::UnknownIssuer, false, true)),
        (&[&under_expired], &[], (PathRefusal::UnknownIssuer, false, false)),
    ];
    for (chain, elsewhere, expected) in cases {
        assert_eq!(refused(&verdict(chain, elsewhere, &root)), expected);
    }
}

#[test]
fn a_thicket_and_a_long_chain_are_judged_in_a_moment() {
    let root = Authority::root("Root");
    // Every name has issued every other, many times over.
    let names: Vec<String> = (0..6).map(|number| format!("Name {number}")).collect();
    let roots: Vec<Authority> = names.iter().map(|name| Authority::root(name)).collect();
    let crossed =
        roots.iter().flat_map(|issuer| names.iter().cycle().take(36).map(|name| issuer.intermediate(name, |_| ())));
    let thicket: Vec<Authority> = crossed.collect();
    let (leaf, _) = thicket[0].leaf(|_| ());
    let mut long = vec![root.intermediate("0", |_| ())];
    for number in 1..200 {
        long.push(long[number - 1].intermediate(&number.to_string(), |_| ()));
    }
    let (far, _) = long[199].leaf(|_| ());
    let chains = [
        std::iter::once(&leaf).chain(thicket.iter().map(|ca| &ca.der)).collect::<Vec<_>>(),
        std::iter::once(&far).chain(long.iter().rev().map(|ca| &ca.der)).collect(),
    ];
    for (chain, expected) in chains.into_iter().zip([PathRefusal::UnknownIssuer, PathRefusal::PathLength]) {
        let begun = tokio::time::Instant::now();
        let result = verdict(&chain, &chain[1..], &root);
        println!("{} certificates: {:?}", chain.len(), begun.elapsed());
        assert_eq!(refused(&result).0, expected);
        // Unhindered it would be hours; a busy machine is granted seconds.
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    }
}

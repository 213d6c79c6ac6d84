use super::super::rig::{self, Authority, NAME, around_now};
use super::*;
use crate::model::{Clock as _, SystemClock};

fn read(chain: &[&CertificateDer<'_>]) -> Vec<Arc<Certificate>> {
    chain.iter().map(|der| Arc::new(Certificate::parse(der).unwrap())).collect()
}

fn name() -> ServerName<'static> {
    ServerName::try_from(NAME).unwrap()
}

#[test]
fn every_store_gives_its_verdict_in_order() {
    let (ours, theirs) = (Authority::root("Ours"), Authority::root("Theirs"));
    let judge = Judge::new(rig::stores(&[("theirs", &theirs), ("ours", &ours)]));
    let (leaf, _) = ours.leaf(|_| ());
    let report = judge.report(&read(&[&leaf]), &name(), true, SystemClock.now());
    let stores: Vec<(&str, bool)> = report
        .stores
        .iter()
        .map(|verdict| (&*verdict.store, matches!(verdict.result, PathResult::Trusted { .. })))
        .collect();
    assert_eq!(stores, [("theirs", false), ("ours", true)]);
    assert!(report.is_verified());
    assert!(!judge.report(&read(&[&leaf]), &name(), false, SystemClock.now()).is_verified());
    assert!(!judge.report(&[], &name(), true, SystemClock.now()).has_path());
}

#[test]
fn a_verdict_is_kept_until_a_date_or_age_may_change_it() {
    let root = Authority::root("Root");
    let judge = Judge::new(rig::stores(&[("ours", &root)]));
    let (leaf, _) = root.leaf(|params| params.not_after = around_now(100));
    let (chain, now) = (read(&[&leaf]), SystemClock.now());
    let after = |seconds| judge.report(&chain, &name(), true, now + Duration::from_secs(seconds));
    let first = after(0);
    assert!(Arc::ptr_eq(&first, &after(90)));
    let expired = after(102);
    assert!(first.is_verified() && !expired.is_verified());
    assert!(Arc::ptr_eq(&expired, &after(102 + 500)), "an expired chain stays so");
    assert!(!Arc::ptr_eq(&expired, &after(102 + 601)), "but not for ever without looking");
    assert!(after(0).is_verified(), "a clock set back is believed");
}

#[test]
fn refused_chains_are_judged_again_when_an_intermediate_becomes_known() {
    let root = Authority::root("Root");
    let issuing = root.intermediate("Issuing", |_| ());
    let judge = Judge::new(rig::stores(&[("ours", &root)]));
    let ((leaf, _), (other, _)) = (issuing.leaf(|_| ()), issuing.leaf(|_| ()));
    let now = SystemClock.now();
    let completed_by = || match &judge.report(&read(&[&leaf]), &name(), true, now).stores[0].result {
        PathResult::Refused { completed_by, .. } => *completed_by,
        PathResult::Trusted { .. } => panic!("trusted"),
    };
    assert_eq!(completed_by(), None);
    judge.report(&read(&[&other, &issuing.der]), &name(), true, now);
    assert_eq!(completed_by(), Some(Fingerprint::of(&issuing.der)));
}

#[test]
fn only_issuers_on_trusted_paths_are_remembered() {
    let (root, strange) = (Authority::root("Root"), Authority::root("Strange"));
    let strange_issuing = strange.intermediate("Strange Issuing", |_| ());
    let judge = Judge::new(rig::stores(&[("ours", &root)]));
    let (leaf, _) = strange_issuing.leaf(|_| ());
    judge.report(&read(&[&leaf, &strange_issuing.der]), &name(), true, SystemClock.now());
    assert_eq!(judge.memory().intermediates.count, 0);
    let (leaf, _) = root.leaf(|_| ());
    judge.report(&read(&[&leaf, &strange_issuing.der]), &name(), true, SystemClock.now());
    assert_eq!(judge.memory().intermediates.count, 0, "sent along, and of no use");
}

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::super::fixture::*;
use super::*;
use crate::model::Status;

fn minutes(n: u64) -> Duration {
    Duration::from_mins(n)
}

/// What is served, renewed since: same names, a new serial, issued so many minutes ago.
fn renewed(ago: u64) -> Certificate {
    let mut renewed = leaf();
    renewed.serial = "00ff00ff00ff7777".to_owned();
    renewed.not_before = NOW - minutes(ago);
    renewed.not_after = renewed.not_before + days(90);
    renewed.fingerprint = Fingerprint::of(b"renewed");
    renewed
}

fn stored(content: StoredContent, ago: u64) -> StoredFile {
    let path: Arc<Path> = Path::new("/etc/ssl/shop.pem").into();
    StoredFile { path, at: NOW, modified: Some(NOW - minutes(ago)), content }
}

/// Two addresses that serve the fixture's leaf, and a file.
fn beside(file: StoredFile) -> World {
    World { file: Some(file), ..World::of(vec![healthy("10.0.0.1:443"), healthy("10.0.0.2:443")]) }
}

pub(in crate::diagnosis) fn renewed_and_not_reloaded(ago: u64) -> World {
    beside(stored(StoredContent::Leaf(Arc::new(renewed(ago))), ago))
}

pub(in crate::diagnosis) fn without_file() -> World {
    beside(stored(StoredContent::Unreadable(untrusted("No such file or directory (os error 2)")), 0))
}

#[test]
fn a_renewed_file_that_nobody_reloaded_is_named() {
    let finding = renewed_and_not_reloaded(26 * 60).judge().findings.remove(0);
    assert_eq!((finding.code.0, finding.status), ("deploy.not_reloaded", Status::Warning));
    let since = (NOW - hours(26)).strftime("%m-%d %H:%MZ");
    assert_eq!(
        finding.summary,
        format!(
            "both addresses of shop.example:443 still serve the certificate …4f21, which ends in 60d; \
             /etc/ssl/shop.pem has its successor …7777 since {since}"
        )
    );
    assert_eq!(finding.addresses, [at("10.0.0.1:443"), at("10.0.0.2:443")]);
}

#[test]
fn a_reload_is_waited_for() {
    let world = renewed_and_not_reloaded(5);
    let judgement = world.judge();
    assert_eq!(judgement.findings[0].code.0, "deploy.converging");
    assert_eq!((judgement.findings[0].status, judgement.review_at), (Status::Ok, Some(NOW + minutes(10))));
    assert_eq!(world.judge_at(NOW + minutes(10)).findings[0].code.0, "deploy.not_reloaded");
}

#[test]
fn it_is_the_cause_of_what_ails_the_old_certificate() {
    let expired = || vec![leaf().ended(days(90), hours(3)), intermediate()];
    let observed = |address| {
        let trust = refused(crate::model::PathRefusal::Expired);
        observed(address, crate::model::Outcome::Handshake, Some(handshake(expired(), trust)))
    };
    let file = stored(StoredContent::Leaf(Arc::new(renewed(5))), 5);
    let world = World { file: Some(file), ..World::of(vec![observed("10.0.0.1:443")]) };
    let findings = world.judge().findings;
    assert_eq!(findings[0].code.0, "deploy.not_reloaded", "over: at once");
    assert_eq!((findings[0].impact, findings[0].status), (Impact::Outage, Status::Critical));
    assert_eq!((findings[1].code.0, findings[1].caused_by), ("cert.expired", Some(findings[0].code)));
}

#[test]
fn the_same_certificate_or_an_older_one_on_disk_is_no_finding() {
    let same = beside(stored(StoredContent::Leaf(Arc::new(leaf())), 60 * 24 * 30));
    let mut older = renewed(0);
    older.not_before = leaf().not_before - days(60);
    let older = beside(stored(StoredContent::Leaf(Arc::new(older)), 60 * 24 * 90));
    for world in [same, older] {
        assert_eq!(world.codes(), Vec::<&str>::new());
    }
}

#[test]
fn a_file_that_is_not_there_is_said_with_its_path() {
    let finding = without_file().judge().findings.remove(0);
    assert_eq!((finding.code.0, finding.scope), ("file.broken_reference", Scope::File));
    assert!(
        finding.summary.ends_with("/etc/ssl/shop.pem: No such file or directory (os error 2)"),
        "{}",
        finding.summary
    );
}

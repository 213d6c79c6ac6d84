use std::sync::Arc;

use super::super::super::Policy;
use super::super::super::fixture::{Dated as _, NOW, days, hours, intermediate, leaf, untrusted};
use super::{FileContent, FoundFile, cert, holding, judge_files, told, with};
use crate::model::{
    Certificate, ClusterObject, Confidence, FileFormat, Finding, Impact, Issuance, Lack, ObjectName, San, SecretUse,
    Status, StoredSecret, Untrusted,
};

fn named(name: &str) -> ObjectName {
    ObjectName { namespace: Untrusted::new("web"), name: Untrusted::new(name) }
}

fn there(certificate: &Certificate) -> StoredSecret {
    StoredSecret::There(Some(Arc::new(certificate.clone())))
}

fn used(hosts: &[&str], stored: StoredSecret) -> SecretUse {
    let hosts = hosts.iter().map(|host| untrusted(host)).collect();
    SecretUse { hosts, listener: None, secret: named("shop-tls"), stored }
}

fn ingress(hosts: &[&str], stored: StoredSecret) -> FoundFile {
    of(ClusterObject {
        kind: "Ingress",
        name: named("shop"),
        uses: vec![used(hosts, stored)],
        issuance: None,
        lacks: Vec::new(),
    })
}

fn certificate(issuance: Issuance, stored: StoredSecret) -> FoundFile {
    of(ClusterObject {
        kind: "Certificate",
        name: named("shop"),
        uses: vec![used(&["shop.example"], stored)],
        issuance: Some(issuance),
        lacks: Vec::new(),
    })
}

fn secret(lacks: Vec<Lack>) -> FoundFile {
    of(ClusterObject { kind: "Secret", name: named("shop-tls"), uses: Vec::new(), issuance: None, lacks })
}

fn of(object: ClusterObject) -> FoundFile {
    with("object/web/shop", FileContent::Object(Box::new(object)))
}

/// One that is well, and not due.
fn issued() -> Issuance {
    Issuance {
        ready: Some(true),
        reason: untrusted("Ready"),
        message: untrusted("Certificate is up to date and has not expired"),
        since: Some(NOW - days(30)),
        issuing: None,
        failed_attempts: 0,
        last_failure: None,
        renewal: Some(NOW + days(30)),
        revision: Some(4),
        issuer: untrusted("letsencrypt"),
    }
}

fn failing(attempts: u64) -> Issuance {
    Issuance {
        ready: Some(false),
        reason: untrusted("Failed"),
        message: untrusted("the challenge is invalid"),
        failed_attempts: attempts,
        last_failure: Some(NOW - hours(1)),
        ..issued()
    }
}

pub(super) fn faulty() -> Vec<(Vec<FoundFile>, Vec<&'static [&'static str]>)> {
    let shop = there(&leaf());
    let overdue = Issuance { renewal: Some(NOW - days(2)), ..issued() };
    vec![
        (vec![secret(vec![Lack::Certificate, Lack::Key])], vec![&["k8s.secret_malformed"]]),
        (
            vec![ingress(&["shop.example"], StoredSecret::Missing { has_neighbours: true })],
            vec![&["k8s.secret_missing"]],
        ),
        (vec![ingress(&["shop.example", "other.example"], shop.clone())], vec![&["k8s.host_not_covered"]]),
        (vec![certificate(failing(2), shop.clone())], vec![&["k8s.issuance_failing"]]),
        (
            vec![certificate(failing(0), StoredSecret::Missing { has_neighbours: true })],
            vec![&["k8s.issuance_failing"]],
        ),
        (vec![certificate(overdue, shop)], vec![&["cert.renewal_overdue"]]),
    ]
}

fn first(file: FoundFile) -> Finding {
    judge_files(&[file], &Policy::default(), NOW).concat().swap_remove(0)
}

#[test]
fn a_cluster_in_order_is_silent() {
    let shop = there(&leaf());
    let mut wide = leaf();
    wide.sans.push(crate::model::San::Dns(untrusted("*.shop.example")));
    let just_begun = Issuance { ready: Some(false), issuing: Some(NOW - hours(0)), ..issued() };
    let files = [
        ingress(&["SHOP.example"], shop.clone()),
        ingress(&["*.shop.example", "a.shop.example"], there(&wide)),
        ingress(&[], shop.clone()),
        ingress(&["shop.example"], StoredSecret::Untold),
        ingress(&["shop.example"], StoredSecret::There(None)),
        certificate(issued(), shop.clone()),
        certificate(Issuance { ready: None, ..issued() }, StoredSecret::Untold),
        certificate(just_begun, StoredSecret::Missing { has_neighbours: true }),
        secret(Vec::new()),
    ];
    assert_eq!(told(&files).concat(), Vec::<&str>::new());
}

#[test]
fn many_hosts_are_covered_as_few_are() {
    let mut own = leaf();
    own.sans = vec![San::Dns(untrusted("shop.example")), San::Dns(untrusted("*.Wild.example"))];
    let mut hosts = vec!["SHOP.example", "a.wild.example", "*.wild.example", "b.a.wild.example", "other.example"];
    let told = |hosts: &[&str]| first(ingress(hosts, there(&own))).evidence.value("not covered").map(str::to_owned);
    let few = told(&hosts);
    assert_eq!(few.as_deref(), Some("b.a.wild.example, other.example"));
    hosts.extend(["shop.example"; 40]);
    assert_eq!(told(&hosts), few);
}

#[test]
fn how_bad_it_is_depends_on_what_is_served() {
    let likely = first(ingress(&["a"], StoredSecret::Missing { has_neighbours: false }));
    assert_eq!((likely.confidence, likely.status), (Confidence::Likely, Status::Warning));
    let one_of_two = first(ingress(&["shop.example", "other.example"], there(&leaf())));
    assert_eq!(one_of_two.impact, Impact::Partial);
    assert_eq!(one_of_two.evidence.value("not covered"), Some("other.example"));
    let valid = first(certificate(failing(3), there(&leaf())));
    assert_eq!((valid.impact, valid.status), (Impact::Pending, Status::Warning));
    assert_eq!(valid.evidence.value("next attempt"), Some((NOW + hours(3)).rfc3339().as_str()));
    assert_eq!(valid.next.command.as_deref(), Some("kubectl -n web describe certificate shop"));
    assert!(valid.summary.ends_with("could not be issued 3 times in a row: the challenge is invalid"));
    let over = first(certificate(failing(9), there(&leaf().ended(days(90), hours(5)))));
    assert_eq!((over.impact, over.status), (Impact::Outage, Status::Critical));
    assert_eq!(over.evidence.value("next attempt"), Some((NOW + hours(31)).rfc3339().as_str()));
    assert_eq!(first(secret(vec![Lack::Key])).impact, Impact::Partial);
}

#[test]
fn what_a_secret_serves_is_judged_as_a_chain() {
    let (shop, issuing) = (leaf(), intermediate());
    let as_value = |file: FoundFile| {
        let FileContent::Parts { parts, .. } = file.content else { panic!() };
        FoundFile { content: FileContent::Parts { format: FileFormat::Kubernetes, parts }, mode: None, ..file }
    };
    let alone = as_value(holding("secret/web/shop[tls.crt]", vec![cert(&shop)]));
    let issuer = as_value(holding("configmap/web/roots[ca.crt]", vec![cert(&issuing)]));
    assert_eq!(told(&[alone.clone(), issuer]), [vec!["chain.missing_intermediate"], vec![]]);
    let reversed = as_value(holding("secret/web/shop[tls.crt]", vec![cert(&issuing), cert(&shop)]));
    assert_eq!(told(&[reversed]), [["chain.wrong_order"]]);
    let mut over =
        as_value(holding("secret/web/shop[tls.crt]", vec![cert(&shop.ended(days(90), hours(5))), cert(&issuing)]));
    over.also = vec!["dump.json".into()];
    let command = first(over).next.command.unwrap();
    assert!(command.starts_with("kubectl -n web get secret shop -o jsonpath="), "{command}");
}

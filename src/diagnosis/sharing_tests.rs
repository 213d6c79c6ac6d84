use super::*;
use crate::diagnosis::fixture::*;
use crate::diagnosis::particular_cases;
use crate::model::{Impact, Status};

fn told(code: &str, impact: Impact) -> crate::model::Finding {
    let findings = particular_cases::faulty().into_iter().flat_map(|(world, _)| world.judge().findings);
    let mut of_code = findings.filter(|finding| finding.code.0 == code && finding.impact == impact);
    of_code.next().unwrap()
}

#[test]
fn sharers_are_named_and_a_revoked_one_is_more_than_advice() {
    let property = told("cert.key_reused", Impact::Advice);
    assert_eq!(
        property.summary,
        "certificate of shop.example:443 has the same key as other certificates: pay.example:443 (serial 51)"
    );
    assert_eq!(property.status, Status::Ok);
    let compromised = told("cert.key_reused", Impact::Partial);
    assert_eq!(
        compromised.summary,
        "certificate of shop.example:443 has the key of a certificate that was revoked 3d ago (keyCompromise): \
         pay.example:443 (serial 51)"
    );
    assert_eq!(compromised.status, Status::Critical);
    assert_eq!(
        told("cert.duplicate_serial", Impact::Partial).summary,
        "certificate of shop.example:443 has the serial number …4f21 of “Example CA R11”, which another certificate of \
         pay.example:443 has, too"
    );
}

#[test]
fn one_certificate_on_many_targets_and_a_renewal_on_one_share_nothing() {
    let target = target();
    let (old, new) = (healthy("10.0.0.1:443"), {
        let renewed = leaf().lasting(days(90), days(89));
        serving("10.0.0.2:443", vec![Certificate { serial: "52".to_owned(), ..renewed }, intermediate()])
    });
    let blank = Sighting { target: &target, resolution: None, last: None, survey: None };
    let seen = [&old, &new].map(|last| Sighting { last: Some(last), ..blank });
    assert_eq!(Sharing::of(seen.into_iter()), Sharing::NONE);
    let elsewhere = crate::model::Target { name: "www.example:443".into(), ..target.clone() };
    let twice = [&target, &elsewhere].map(|target| Sighting { target, last: Some(&old), ..blank });
    assert_eq!(Sharing::of(twice.into_iter()), Sharing::NONE);
}

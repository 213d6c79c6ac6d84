use super::super::fixture::{Dated as _, NOW, days, hours, leaf};
use super::*;

fn with(lifetime: Duration, left: Duration) -> Certificate {
    leaf().lasting(lifetime, left)
}

#[test]
fn status_is_relative_to_the_lifetime() {
    let cases = [
        // A 160-hour certificate: R is half of it.
        (hours(160), hours(96), Status::Ok),
        (hours(160), hours(79), Status::Ok),
        (hours(160), hours(78), Status::Warning),
        (hours(160), hours(25), Status::Warning),
        (hours(160), hours(24), Status::Critical),
        // 47 days: R is a third.
        (days(47), days(16), Status::Ok),
        (days(47), days(15), Status::Warning),
        (days(47), days(4), Status::Critical),
        (days(90), days(29), Status::Ok),
        (days(90), days(28), Status::Warning),
        (days(90), days(10), Status::Warning),
        (days(90), days(9), Status::Critical),
        // Long ones speak thirty days before the end.
        (days(398), days(40), Status::Ok),
        (days(398), days(30), Status::Warning),
        (days(398), days(15), Status::Warning),
        (days(398), days(14), Status::Critical),
        (days(3650), days(31), Status::Ok),
        // Of a few hours.
        (hours(6), hours(4), Status::Ok),
        (hours(6), hours(2), Status::Warning),
        // Not begun yet, and over.
        (days(90), days(91), Status::Critical),
    ];
    for (lifetime, left, status) in cases {
        assert_eq!(expiry_status(&with(lifetime, left), &Policy::default(), NOW), status, "{lifetime:?} {left:?}");
    }
    assert_eq!(expiry_status(&leaf().ended(days(90), hours(1)), &Policy::default(), NOW), Status::Critical);
}

#[test]
fn the_last_second_counts() {
    let certificate = with(days(90), Duration::ZERO);
    assert!(!is_expired(&certificate, NOW + Duration::from_millis(999)));
    assert!(is_expired(&certificate, NOW + Duration::from_secs(1)));
}

#[test]
fn pages_follow_lifetime_and_label() {
    let labels = |env: &str| -> Labels { [("env".into(), env.into())].into() };
    let policy = Policy::default();
    // Lifetime, hours left at which a staging and a production target page.
    let cases = [
        (hours(6), 1, 1),
        (hours(160), 8, 8),
        (days(30), 24, 24),
        (days(45), 36, 48),
        (days(90), 72, 72),
        (days(398), 72, 72),
    ];
    for (lifetime, staging, production) in cases {
        let end = NOW + lifetime;
        let thresholds = Thresholds::of(NOW, end, &policy);
        let left = |env| end.since(thresholds.page(&policy, &labels(env))).as_secs().div_ceil(3600);
        assert_eq!((left("staging"), left("prod")), (staging, production), "{lifetime:?}");
    }
}

#[test]
fn the_scale_goes_from_fresh_to_expired() {
    let cases = [(90, 0.0), (60, 0.5), (30, 1.0), (15, 1.5), (100, 0.0)];
    for (left, position) in cases {
        let place = lifetime_position(&with(days(90), days(left)), NOW);
        assert!((place - position).abs() < 1e-9, "{left} days left: {place}");
    }
    assert!((lifetime_position(&leaf().ended(days(90), hours(1)), NOW) - 2.0).abs() < f64::EPSILON);
}

#[test]
fn senseless_thresholds_do_no_harm() {
    let policy = Policy {
        expiring_warning: f64::NAN,
        expiring_critical: -1.0,
        expiring_page: f64::INFINITY,
        renewal_grace: 1e300,
        ..Policy::default()
    };
    assert_eq!(expiry_status(&leaf(), &policy, NOW), Status::Ok);
    let backwards = Certificate { not_after: NOW - days(400), ..leaf() };
    assert_eq!(expiry_status(&backwards, &policy, NOW), Status::Critical);
    assert!((lifetime_position(&backwards, NOW) - 2.0).abs() < f64::EPSILON);
}

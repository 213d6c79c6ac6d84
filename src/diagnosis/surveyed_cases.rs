//! Worlds in which a survey shows what one handshake does not.

use std::time::Duration;

use super::fixture::*;
use crate::model::{Hsts, HttpAnswer};

pub(super) fn faulty() -> Vec<Case> {
    [responses()].concat()
}

pub(super) fn sound() -> Vec<(&'static str, World)> {
    [sound_responses()].concat()
}

fn healthy_world() -> World {
    World::of(vec![healthy("10.0.0.1:443")])
}

/// A healthy address, and the HTTP response behind it.
fn answering(change: impl Fn(&mut HttpAnswer)) -> World {
    healthy_world().surveyed(|survey| {
        let mut answer = HttpAnswer {
            status: Some(200),
            failure: None,
            first_byte: Some(Duration::from_millis(20)),
            hsts: Some(Hsts { max_age: 31_536_000, include_subdomains: true, preload: false }),
            date: Some(NOW),
            ..HttpAnswer::failed(untrusted(""), NOW)
        };
        change(&mut answer);
        survey.http = Some(answer);
    })
}

/// The server's clock is so far off, seen through a response that took this long.
fn clock_off_by(seconds: i64, first_byte: Duration) -> World {
    answering(|answer| {
        answer.date = Some(crate::model::Time::from_secs(NOW.secs() + seconds));
        answer.first_byte = Some(first_byte);
    })
}

const QUICK: Duration = Duration::from_millis(20);
const SLOW: Duration = Duration::from_secs(8);

fn responses() -> Vec<Case> {
    vec![
        (answering(|answer| answer.status = Some(500)), &["http.error"]),
        (answering(|answer| answer.status = Some(503)), &["http.error"]),
        (answering(|answer| (answer.status, answer.hsts) = (Some(521), None)), &["http.error"]),
        (clock_off_by(-7200, QUICK), &["server.clock_skew"]),
        (clock_off_by(7200, QUICK), &["server.clock_skew"]),
        (clock_off_by(63, SLOW), &["server.clock_skew"]),
        (answering(|answer| answer.hsts = None), &["cfg.hsts_missing"]),
        (answering(|answer| (answer.hsts, answer.status) = (None, Some(301))), &["cfg.hsts_missing"]),
        (answering(|answer| answer.hsts.as_mut().unwrap().max_age = 0), &["cfg.hsts_missing"]),
        (answering(|answer| answer.hsts.as_mut().unwrap().max_age = 86_400), &["cfg.hsts_short"]),
        (answering(|answer| answer.hsts.as_mut().unwrap().max_age = 15_551_999), &["cfg.hsts_short"]),
    ]
}

fn sound_responses() -> Vec<(&'static str, World)> {
    let mut literal = answering(|answer| answer.hsts = None);
    literal.target.host = crate::model::Host::Ip("10.0.0.1".parse().unwrap());
    let mut failed_since = answering(|answer| answer.status = Some(503));
    failed_since.nodes[0].last = None;
    vec![
        ("a response in order", answering(|_| ())),
        ("HEAD is not known", answering(|answer| (answer.status, answer.hsts) = (Some(501), None))),
        ("HEAD is not allowed", answering(|answer| (answer.status, answer.hsts) = (Some(405), None))),
        ("a page that needs a login", answering(|answer| (answer.status, answer.hsts) = (Some(401), None))),
        ("no response", answering(|answer| *answer = HttpAnswer::failed(untrusted("closed"), NOW))),
        ("held by a cache", answering(|answer| (answer.date, answer.age) = (Some(NOW - hours(2)), Some(hours(2))))),
        ("no date", answering(|answer| answer.date = None)),
        ("a minute off", clock_off_by(-59, QUICK)),
        ("off by less than can be told", clock_off_by(-63, SLOW)),
        ("half a year of HSTS", answering(|answer| answer.hsts.as_mut().unwrap().max_age = 15_552_000)),
        ("no HSTS for a literal", literal),
        ("a response of one never probed since", failed_since),
    ]
}

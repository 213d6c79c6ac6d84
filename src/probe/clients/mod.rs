//! What classes of clients make of a chain, by rules that are documented or that were tried (`tests/clients`).
//!
//! Clients differ in which certificates they use, in which order they try them, and in what they tolerate. One table
//! says how; each rule takes a line of it and a path, and says in a sentence what stands in the way.

mod profile;
mod rules;
mod straight;

use std::sync::Arc;

use rustls_pki_types::ServerName;

use self::profile::{PROFILES, Profile};
use self::rules::RULES;
use super::routes::Route;
use super::stores::Store;
use crate::model::{Certificate, ClientVerdict, Time, TrustReport, Untrusted};

/// The evidence that every rule looks at.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    /// As sent, leaf first.
    pub(super) sent: &'a [Arc<Certificate>],
    /// Every path of every store.
    pub(super) routes: &'a [Route<'a>],
    /// The name asked for.
    pub(super) name: &'a ServerName<'a>,
    /// What our own verifier says.
    pub(super) trust: &'a TrustReport,
    /// The moment.
    pub(super) now: Time,
}

/// One verdict for each class.
pub(super) fn verdicts(scene: &Scene<'_>) -> Vec<ClientVerdict> {
    PROFILES.iter().map(|profile| profile.judge(scene)).collect()
}

impl Profile {
    fn judge(&self, scene: &Scene<'_>) -> ClientVerdict {
        let (accepts, why) = match self.way(scene) {
            Ok(why) => (true, why),
            Err(why) => (false, why),
        };
        ClientVerdict { client: self.client, accepts, why: Untrusted::new(&why) }
    }

    /// How it gets to a root, or why it does not.
    fn way(&self, scene: &Scene<'_>) -> Result<String, String> {
        if let Some(objection) = rules::number_sent(self, scene).or_else(|| rules::name(self, scene)) {
            return Err(objection);
        }
        let routes = scene.routes.iter().filter(|route| !self.goes_straight || straight::is_taken(scene, route));
        let mut nearest: Option<(usize, String)> = None;
        for route in routes {
            let mut objections =
                RULES.iter().enumerate().filter_map(|(at, rule)| Some((at, rule(self, scene, route)?)));
            let Some((at, objection)) = objections.next() else { return Ok(self.path(scene, route)) };
            if nearest.as_ref().is_none_or(|(furthest, _)| at > *furthest) {
                nearest = Some((at, objection));
            }
        }
        let unknown = || {
            let none = "finds no path to a trusted root";
            let wrong = "takes the first issuer that it comes upon, which is the wrong one";
            if scene.routes.is_empty() { none.to_owned() } else { wrong.to_owned() }
        };
        Err(nearest.map_or_else(unknown, |(_, objection)| objection))
    }

    /// A path in words: `goes by “E1” to “Root”`.
    fn path(&self, scene: &Scene<'_>, route: &Route<'_>) -> String {
        let issuers: Vec<String> = route.certificates.iter().skip(1).map(|issuer| quoted(issuer)).collect();
        let by = if issuers.is_empty() { String::new() } else { format!("by {} ", issuers.join(", ")) };
        let found = if route.is_within(scene.sent) { "" } else { ", fetching or knowing what was not sent" };
        let public = self.public_days.is_none() || scene.routes.iter().any(|route| is_public(route.store));
        let installed = if public { "" } else { ", where that root has been installed" };
        format!("goes {by}to “{}”{found}{installed}", route.anchor)
    }
}

fn quoted(certificate: &Certificate) -> String {
    format!("“{}”", certificate.display_name())
}

fn is_public(store: &Store) -> bool {
    matches!(&*store.name, "mozilla" | "system")
}

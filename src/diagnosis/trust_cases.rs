//! Worlds about trust in depth: what is sent beside what is needed, who accepts it, and for how long.

use std::sync::Arc;

use super::fixture::*;
use crate::model::{
    Certificate, ClientClass, ClientVerdict, Fingerprint, PathRefusal, PathReport, PathResult, StoreVerdict, TrustPath,
    TrustReport,
};

pub(super) fn faulty() -> Vec<Case> {
    [lifetimes(), surplus(), wrong_issuers(), disagreements()].concat()
}

/// The same trust under another store's name, with what others say.
fn stores(named: &str, trust: TrustReport, others: &[(&str, PathResult)]) -> TrustReport {
    let mut trust = trust;
    trust.stores[0].store = named.into();
    let verdict =
        |(store, result): &(&str, PathResult)| StoreVerdict { store: (*store).into(), result: result.clone() };
    trust.stores.extend(others.iter().map(verdict));
    trust
}

fn unknown() -> PathResult {
    refused(PathRefusal::UnknownIssuer).stores.remove(0).result
}

fn lasting(store: &str, lifetime: std::time::Duration, left: std::time::Duration) -> World {
    let chain = vec![leaf().lasting(lifetime, left), intermediate()];
    let trust = stores(store, trusted(&chain), &[]);
    World::serving(chain, trust)
}

fn lifetimes() -> Vec<Case> {
    let second = days(1) / 86_400;
    vec![
        // Issued after 2026-03-15.
        (lasting("mozilla", days(200), days(100)), &["cert.validity_too_long"]),
        (lasting("system", days(398), days(300)), &["cert.validity_too_long"]),
        // Before.
        (lasting("mozilla", days(398) + second, days(100)), &["cert.validity_too_long"]),
    ]
}

/// A chain that is trusted for its first two certificates.
fn beside(others: Vec<Certificate>) -> World {
    let trust = trusted(&[leaf(), intermediate()]);
    World::serving([vec![leaf(), intermediate()], others].concat(), trust)
}

pub(super) const STRANGERS: [&str; 3] = ["Stranger 1", "Stranger 2", "Stranger 3"];

fn surplus() -> Vec<Case> {
    let twin = || Certificate { fingerprint: Fingerprint::of(b"twin"), ..certificate("Example CA R11", "Older Root") };
    let mut weak_root = root();
    weak_root.signature.weak = true;
    let large = Certificate { der: vec![0; 14_601].into(), ..intermediate() };
    let trust = trusted(&[leaf(), intermediate()]);
    let private = stores("/etc/ca.pem", trust.clone(), &[("mozilla", unknown()), ("system", unknown())]);
    vec![
        (beside(vec![intermediate()]), &["chain.duplicate"]),
        (beside(vec![certificate("Stranger CA", "Stranger Root")]), &["chain.unrelated"]),
        (beside(STRANGERS.map(|name| certificate(name, "Stranger Root")).to_vec()), &["chain.unrelated"]),
        (beside(vec![root()]), &["chain.root_included"]),
        // Nobody checks a root's signature.
        (beside(vec![weak_root]), &["chain.root_included"]),
        (beside(vec![twin().ended(days(1800), days(40))]), &["chain.cross_sign_expired"]),
        (World::serving(vec![leaf(), large], trust.clone()), &["chain.too_long"]),
        (beside(vec![intermediate(); 9]), &["chain.too_long", "chain.duplicate"]),
        (World::serving(vec![leaf(), intermediate()], private), &["chain.private_ca"]),
    ]
}

/// The same, and a survey that found these beside what was sent; `accepting` clients find a path.
pub(super) fn explored(world: World, found: &[Certificate], accepting: &[ClientClass]) -> World {
    let sent: Vec<_> = world.nodes[0].last.iter().flat_map(|last| last.chain()).map(|sent| sent.fingerprint).collect();
    let classes = [ClientClass::Browser, ClientClass::OpenSsl, ClientClass::Go, ClientClass::Java, ClientClass::Rustls];
    let verdict = |client: ClientClass| {
        let accepts = accepting.contains(&client);
        let why = if accepts { "goes by “Example CA R11” to “CN=Example Root”" } else { "needs another chain" };
        ClientVerdict { client, accepts, why: untrusted(why) }
    };
    let completed = TrustPath {
        store: "system".into(),
        path: sent.iter().take(1).copied().chain(found.iter().map(|found| found.fingerprint)).collect(),
        anchor: untrusted("CN=Example Root"),
        served: false,
        not_after: NOW + days(60),
        valid: true,
        refusal: None,
    };
    world.surveyed(|survey| {
        survey.paths = Some(PathReport {
            sent: sent.clone(),
            paths: (!found.is_empty()).then(|| completed.clone()).into_iter().collect(),
            found: found.iter().cloned().map(Arc::new).collect(),
            clients: classes.map(verdict).into(),
        });
    })
}

fn wrong_issuers() -> Vec<Case> {
    let other = || Certificate { is_ca: Some(true), ..certificate("Example CA R12", "Example Root") };
    let sends = |issuer: Certificate, reason| World::serving(vec![leaf(), issuer], refused(reason));
    let above = Certificate { is_ca: Some(true), ..certificate("Example Root", "Older Root") };
    let with_issuer = World::serving(vec![leaf(), other(), above], refused(PathRefusal::UnknownIssuer));
    let keyed = Certificate { authority_key_id: Some("aa".to_owned()), ..leaf() };
    let namesake = Certificate { subject_key_id: Some("bb".to_owned()), ..intermediate() };
    let by_key = |reason| World::serving(vec![keyed.clone(), namesake.clone()], refused(reason));
    let right = Certificate {
        fingerprint: Fingerprint::of(b"right"),
        spki: Fingerprint::of(b"the right key"),
        ..intermediate()
    };
    let known = explored(sends(intermediate(), PathRefusal::BadSignature), &[right], &[]);
    vec![
        (sends(other(), PathRefusal::UnknownIssuer), &["chain.wrong_intermediate"]),
        (explored(sends(other(), PathRefusal::UnknownIssuer), &[intermediate()], &[]), &["chain.wrong_intermediate"]),
        // With its own issuer, it is no less wrong.
        (with_issuer, &["chain.wrong_intermediate"]),
        (by_key(PathRefusal::UnknownIssuer), &["chain.wrong_intermediate"]),
        (by_key(PathRefusal::BadSignature), &["chain.wrong_intermediate"]),
        (known, &["chain.wrong_intermediate"]),
        // A root in its place is no wrong intermediate.
        (sends(root(), PathRefusal::UnknownIssuer), &["chain.missing_intermediate"]),
    ]
}

fn disagreements() -> Vec<Case> {
    let alone = || World::serving(vec![leaf()], refused(PathRefusal::UnknownIssuer));
    let twice = || beside(vec![intermediate(); 9]);
    let but_java = [ClientClass::Browser, ClientClass::OpenSsl, ClientClass::Go, ClientClass::Rustls];
    vec![
        (explored(World::of(vec![healthy("10.0.0.1:443")]), &[], &but_java), &["chain.client_impact"]),
        (
            explored(alone(), &[intermediate()], &[ClientClass::Browser]),
            &["chain.missing_intermediate", "chain.client_impact"],
        ),
        (explored(twice(), &[], &but_java), &["chain.too_long", "chain.client_impact", "chain.duplicate"]),
    ]
}

/// Worlds in which nothing is to be found.
pub(super) fn sound() -> Vec<(&'static str, World)> {
    let twin = certificate("Example CA R11", "Older Root").lasting(days(1800), days(40));
    let trust = || trusted(&[leaf(), intermediate()]);
    let line: Vec<Certificate> = (0..9).map(|at| certificate(&format!("CA {at}"), &format!("CA {}", at + 1))).collect();
    let ten = [vec![Certificate { issuer_id: line[0].subject_id, ..leaf() }], line].concat();
    let fitting = Certificate { der: vec![0; 14_600].into(), ..intermediate() };
    let in_both = stores("/etc/ca.pem", trust(), &[("mozilla", trust().stores.remove(0).result)]);
    let given_alone = stores("/etc/ca.pem", trust(), &[]);
    let private = vec![leaf().lasting(days(3650), days(3000)), intermediate()];
    let private_trust = stores("/etc/ca.pem", trusted(&private), &[]);
    let everyone =
        [ClientClass::Browser, ClientClass::OpenSsl, ClientClass::Go, ClientClass::Java, ClientClass::Rustls];
    let one = || World::of(vec![healthy("10.0.0.1:443")]);
    let renewed = explored(one(), &[], &[ClientClass::Browser]);
    let renewed = World {
        nodes: vec![Node {
            last: Some(serving("10.0.0.1:443", vec![leaf().lasting(days(90), days(89)), intermediate()]).into()),
            ..renewed.nodes[0].clone()
        }],
        ..renewed
    };
    vec![
        // A cross-signed twin beside the path that is used.
        ("cross-sign beside a valid path", World::serving(vec![leaf(), twin, intermediate()], trust())),
        ("ten certificates in a line", World::serving(ten.clone(), trusted(&ten))),
        ("as many bytes as fit", World::serving(vec![leaf(), fitting], trust())),
        ("trusted by a given store and a public one", World::serving(vec![leaf(), intermediate()], in_both)),
        ("no public store was asked", World::serving(vec![leaf(), intermediate()], given_alone)),
        ("ten years below a private root", World::serving(private, private_trust)),
        ("200 days to the second", lasting("mozilla", whole_days(200), days(150))),
        ("398 days, issued before 2026-03-15", lasting("mozilla", whole_days(398), days(100))),
        ("all clients agree", explored(one(), &[], &everyone)),
        ("no client accepts, and nor do we know why", explored(one(), &[], &[])),
        ("clients disagreed about another chain", renewed),
    ]
}

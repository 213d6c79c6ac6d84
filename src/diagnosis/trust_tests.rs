use super::fixture::*;
use super::trust_cases::{self, explored};
use crate::model::{
    Certificate, ClientClass, Confidence, Fetch, FetchKind, FetchResult, Finding, Impact, PathRefusal, Status, Survey,
};

fn first(world: &World) -> Finding {
    world.judge().findings.remove(0)
}

fn case(code: &str) -> World {
    trust_cases::faulty().into_iter().find(|(_, codes)| codes[0] == code).unwrap().0
}

fn fetching(world: World, url: &str) -> World {
    let fetch = Fetch {
        kind: FetchKind::Aia,
        url: untrusted(url),
        address: None,
        proxy: None,
        redirects: 0,
        took: hours(0),
        result: FetchResult::Received(1300),
    };
    let paths = world.nodes[0].survey.as_ref().unwrap().paths.clone();
    world.surveyed(|survey: &mut Survey| (survey.paths, survey.fetches) = (paths.clone(), vec![fetch.clone()]))
}

#[test]
fn the_missing_certificate_is_named_with_its_digest_and_where_it_is() {
    let urls = ["http://gone.example/ca.der", "http://ca.example/r11.der"];
    let leaf = || Certificate { issuer_urls: urls.map(untrusted).into(), ..leaf() };
    let alone = || World::serving(vec![leaf()], refused(PathRefusal::UnknownIssuer));
    let guessed = first(&alone());
    assert_eq!(guessed.confidence, Confidence::Likely);
    assert_eq!(guessed.evidence.value("available at"), Some(urls[0]));
    let policy = certificate("Example Policy CA", "Example Root");
    let known = explored(alone(), &[intermediate(), policy], &[ClientClass::Browser]);
    let finding = first(&fetching(known, urls[1]));
    assert_eq!(
        finding.summary,
        "shop.example:443 does not send the intermediates “Example CA R11”, “Example Policy CA”"
    );
    assert_eq!((finding.confidence, finding.impact), (Confidence::Certain, Impact::Outage));
    assert_eq!(finding.certificates, [intermediate().fingerprint]);
    assert_eq!(finding.evidence.value("sha256"), Some(&*intermediate().fingerprint.to_string()));
    assert!(finding.evidence.value("missing above").unwrap().starts_with("Example Policy CA (sha256 "));
    assert_eq!(finding.evidence.value("available at"), Some(urls[1]));
    assert_eq!(
        finding.next.text,
        "Append the intermediate “Example CA R11” (from http://ca.example/r11.der) to the certificate file that the \
         server sends."
    );
}

#[test]
fn a_wrong_intermediate_is_told_by_name_or_by_key() {
    let told: Vec<_> = trust_cases::faulty()
        .iter()
        .filter(|(_, codes)| *codes == ["chain.wrong_intermediate"])
        .map(|(world, _)| first(world))
        .map(|finding| (finding.summary, finding.confidence))
        .collect();
    let by_name =
        "shop.example:443 sends the intermediate “Example CA R12”, but the certificate was issued by “Example CA R11”";
    let by_key = "shop.example:443 sends an intermediate “Example CA R11” of another key than the one that signed the \
                  certificate";
    assert_eq!(
        told,
        [
            (by_name.to_owned(), Confidence::Likely),
            (by_name.to_owned(), Confidence::Certain),
            (by_name.to_owned(), Confidence::Likely),
            (by_key.to_owned(), Confidence::Likely),
            (by_key.to_owned(), Confidence::Certain),
            (by_key.to_owned(), Confidence::Certain),
        ]
    );
    let finding = first(&case("chain.wrong_intermediate"));
    assert!(finding.evidence.value("sent instead").unwrap().starts_with("Example CA R12 (sha256 "));
    assert!(finding.next.command.unwrap().contains("-showcerts"));
}

#[test]
fn what_is_sent_for_nothing_is_told_with_numbers() {
    for (code, summary, status) in [
        ("chain.duplicate", "shop.example:443 sends “Example CA R11” 2 times", Status::Ok),
        (
            "chain.unrelated",
            "shop.example:443 sends “Stranger CA” (issued by “Stranger Root”), which is on no path from its certificate",
            Status::Ok,
        ),
        (
            "chain.root_included",
            "shop.example:443 sends the root “Example Root” too: 0 bytes that no client needs",
            Status::Ok,
        ),
        (
            "chain.cross_sign_expired",
            "shop.example:443 still sends the cross-sign of “Example CA R11” by “Older Root”, which expired 40d ago; \
             a path without it is accepted",
            Status::Warning,
        ),
        (
            "chain.too_long",
            "shop.example:443 sends 2 certificates of 14601 bytes: more than the 14600 that fit into the first flight \
             of packets",
            Status::Warning,
        ),
        (
            "chain.private_ca",
            "certificate of shop.example:443 is trusted through “CN=Example Root” of /etc/ca.pem alone, no public store \
             knows it",
            Status::Ok,
        ),
        (
            "chain.client_impact",
            "certificate of shop.example:443 is refused by Java and accepted by browsers, OpenSSL, Go and rustls: \
             Java needs another chain",
            Status::Warning,
        ),
        (
            "cert.validity_too_long",
            "certificate of shop.example:443 lives 201 days; a public authority may give at most 200 since 2026-03-15",
            Status::Warning,
        ),
    ] {
        let finding = first(&case(code));
        assert_eq!((&*finding.summary, finding.status), (summary, status));
        assert!(
            finding.next.command.unwrap().starts_with("timeout 10 openssl s_client -connect 10.0.0.1:443 "),
            "{code}"
        );
    }
}

#[test]
fn a_chain_of_strangers_is_told_once() {
    let told = trust_cases::faulty().into_iter().filter(|(_, codes)| *codes == ["chain.unrelated"]);
    let finding = first(&told.last().unwrap().0);
    assert_eq!(
        finding.summary,
        "shop.example:443 sends 3 certificates that are on no path from its own: “Stranger 1”, “Stranger 2”, “Stranger 3”"
    );
    assert_eq!(finding.certificates.len(), trust_cases::STRANGERS.len());
}

#[test]
fn limits_that_clients_enforce_break_some_of_them() {
    let told = |code: &str| -> Vec<_> {
        let worlds = trust_cases::faulty().into_iter().filter(|(_, codes)| codes[0] == code);
        worlds.map(|(world, _)| first(&world)).map(|finding| (finding.impact, finding.confidence)).collect()
    };
    let certain = |impact| (impact, Confidence::Certain);
    assert_eq!(
        told("cert.validity_too_long"),
        [certain(Impact::Advice), (Impact::Advice, Confidence::Likely), certain(Impact::Partial)]
    );
    assert_eq!(told("chain.too_long"), [Impact::Advice, Impact::Partial, Impact::Partial].map(certain));
}

#[test]
fn an_expired_cross_sign_is_announced_by_its_date() {
    let twin = certificate("Example CA R11", "Older Root").lasting(days(1800), days(7));
    let world = World::serving(vec![leaf(), intermediate(), twin], trusted(&[leaf(), intermediate()]));
    assert_eq!(world.codes(), [""; 0]);
    let review = world.judge().review_at.unwrap();
    assert_eq!(review, NOW + days(7) + hours(1) / 3600);
    let codes: Vec<_> = world.judge_at(review).findings.iter().map(|finding| finding.code.0).collect();
    assert_eq!(codes, ["chain.cross_sign_expired"]);
}

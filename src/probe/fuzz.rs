//! Where bytes that anybody may have chosen are first read, one function each.
//!
//! The targets in `fuzz/` call them for as long as one likes, the tests below for a moment. Each holds what must be
//! true of any input beyond that nothing panics.

#![expect(clippy::missing_panics_doc, reason = "to panic is how they tell")]

use std::sync::LazyLock;

use futures_util::FutureExt as _;
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};

use super::fetch;
use super::hello::{Exchange, Flight, Sent, ServerHello, read_message, ssl2_server_hello};
use super::proxy;
use super::revocation::{
    Case, DistributionPoint, Issuer, Request, RevocationList, distribution_points, is_answer, read_response, repeats,
};
use super::starttls::{Notes, Parties, upgrade};
use super::talk::Talk;
use crate::model::{Certificate, Host, Login, Protocol, Proxy, ProxyKind, RevocationState, Time};

/// A server's answer to a hello of ours. The first byte says in what pieces the rest arrives.
pub fn hello(data: &[u8]) {
    let Some((step, bytes)) = data.split_first() else { return };
    let _ = ssl2_server_hello(bytes);
    let (mut flight, mut whole) = (Flight::default(), Flight::default());
    let cut = bytes.chunks(usize::from(*step) + 1).try_for_each(|piece| flight.feed(piece));
    assert_eq!(cut, whole.feed(bytes), "an answer is the same however it is cut");
    if cut.is_ok() {
        assert_eq!(flight.messages(), whole.messages());
    }
    let held: usize = flight.messages().iter().chain(flight.sealed()).map(Vec::len).sum();
    assert!(held <= bytes.len(), "{held} bytes held of {}", bytes.len());
    let mut server: Option<ServerHello> = None;
    for message in flight.messages() {
        if let Ok(Sent::Hello(hello)) = read_message(message, server.as_ref()) {
            server = Some(hello);
        }
    }
    let Some(server) = server else { return };
    let Some(exchange) = server.group.and_then(Exchange::new) else { return };
    let Ok(mut opener) = exchange.agree([&[], &[]], &server) else { return };
    for record in flight.sealed() {
        if opener.open(record).is_err() {
            return;
        }
    }
}

/// What a peer says before TLS, all at once. The first byte says in which protocol.
pub fn conversation(data: &[u8]) {
    let Some((choice, bytes)) = data.split_first() else { return };
    let Some(protocol) = Protocol::UPGRADES.get(usize::from(*choice) % Protocol::UPGRADES.len()) else { return };
    let mut talk = Talk::new(tokio::io::join(bytes, tokio::io::sink()), Vec::new());
    let mut notes = Notes::new(*protocol);
    let parties = Parties { name: "shop.example", us: None };
    let agreed = upgrade(*protocol, &mut talk, &mut notes, parties).now_or_never();
    let agreed = agreed.map(|agreed| agreed.is_ok());
    assert!(agreed.is_some(), "there is nothing to wait for");
    assert!(talk.received <= bytes.len() as u64);
    let evidence = notes.into_evidence();
    assert_eq!(evidence.as_ref().is_some_and(|upgrade| upgrade.accepted), agreed == Some(true));
    let said = evidence.iter().flat_map(|upgrade| {
        [&upgrade.banner, &upgrade.reply, &upgrade.injected].into_iter().flatten().chain(&upgrade.capabilities)
    });
    let said: usize = said.map(|text| text.as_str().len()).sum();
    assert!(said <= MOST_SAID, "{said} bytes of evidence");
}

/// What a proxy answers, all at once. The first byte says how it is spoken to, and whether with a login.
pub fn passage(data: &[u8]) {
    let Some((choice, bytes)) = data.split_first() else { return };
    let kind = if choice & 1 == 0 { ProxyKind::Http } else { ProxyKind::Socks5 };
    let login = || Login { name: "ann".to_owned(), password: "secret".to_owned().into() };
    let host = Host::Name("proxy.example".into());
    let proxy = Proxy { kind, host, port: 1080, login: (choice & 2 != 0).then(login) };
    let mut talk = Talk::new(tokio::io::join(bytes, tokio::io::sink()), Vec::new());
    let mut answer = None;
    let address = ([192, 0, 2, 1], 443).into();
    let connected = proxy::connect(&proxy, &mut talk, address, &mut answer).now_or_never();
    let connected = connected.map(|connected| connected.is_ok());
    assert!(connected.is_some(), "there is nothing to wait for");
    assert!(talk.received <= bytes.len() as u64);
    assert!(answer.is_some() || connected == Some(false), "connected without a word");
    let said = answer.map_or(0, |answer| answer.as_str().len());
    assert!(said <= 10 * 204, "{said} bytes of evidence");
    let read = usize::try_from(talk.received).unwrap_or(usize::MAX);
    assert!(bytes[..read].ends_with(talk.ahead()), "what follows the answer is handed on as it is");
}

/// A responder's answer (RFC 6960). Nobody has the key of the issuer it would be from.
pub fn ocsp(data: &[u8]) {
    let Some(case) = CASE.as_ref() else { return };
    let _ = (is_answer(data), repeats(data, b"nonce"));
    let state = read_response(data, case, Time::default()).state;
    assert!(
        !matches!(state, RevocationState::Good | RevocationState::Revoked { .. }),
        "unsigned and believed: {state:?}"
    );
}

/// A revocation list (RFC 5280 section 5). Nobody has the key of the issuer it would be from.
pub fn crl(data: &[u8]) {
    let Some(case) = CASE.as_ref() else { return };
    let Ok(list) = RevocationList::parse(data) else { return };
    assert!(list.verify(&case.issuer).is_err(), "unsigned and believed");
    let _ = list.statement(case, &DistributionPoint::default(), Time::default());
}

/// A certificate, or what authorities publish them in.
pub fn certificate(data: &[u8]) {
    if let Ok(certificate) = Certificate::parse(data) {
        let _ = distribution_points(&certificate);
        let case = Issuer::of_certificate(&certificate).and_then(|issuer| Case::new(&certificate, issuer));
        let _ = case.map(|case| Request::new(&case, None).map(|request| request.url("http://ocsp.example/")));
    }
    for der in fetch::published(data) {
        assert!(der.len() <= data.len());
        let _ = Certificate::parse(&der);
    }
}

/// A certificate that is its own issuer, with a key that is thrown away.
static CASE: LazyLock<Option<Case>> = LazyLock::new(|| {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&KeyPair::generate().ok()?).ok()?;
    let certificate = Certificate::parse(certificate.der()).ok()?;
    Case::new(&certificate, Issuer::of_certificate(&certificate)?)
});

/// Bytes of one conversation's evidence: a byte from outside is shown by at most ten.
const MOST_SAID: usize = 10 * (3 * 404 + 48 * 104);

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use proptest::prelude::*;
    use proptest::sample::{Index, select};

    use super::*;
    use crate::probe::revocation::bench::{Bench, GOOD, REVOKED};

    /// Bytes that are right but for a few, cut somewhere or not at all.
    fn spoilt(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
        let changes = prop::collection::vec((any::<Index>(), prop_oneof![any::<u8>(), Just(0), Just(0xFF)]), 0..8);
        let ending = prop_oneof![Just(None), any::<Index>().prop_map(Some)];
        (select(seeds), changes, ending, prop::collection::vec(any::<u8>(), 0..40)).prop_map(
            |(mut bytes, changes, ending, behind)| {
                for (at, byte) in changes {
                    let at = at.index(bytes.len());
                    bytes[at] = byte;
                }
                if let Some(end) = ending {
                    bytes.truncate(end.index(bytes.len()) + 1);
                }
                bytes.extend(behind);
                bytes
            },
        )
    }

    /// Answers to a hello: of TLS 1.2 with its key exchange, of TLS 1.3 with sealed records, of SSL 2, an alert.
    fn answers() -> Vec<Vec<u8>> {
        let random = [7; 32];
        let record = |kind: u8, body: &[u8]| {
            [&[kind, 3, 3][..], &u16::try_from(body.len()).unwrap().to_be_bytes(), body].concat()
        };
        let message =
            |kind: u8, body: &[u8]| [&[kind, 0][..], &u16::try_from(body.len()).unwrap().to_be_bytes(), body].concat();
        let hello = |suite: [u8; 2], extensions: &[u8]| {
            let length = u16::try_from(extensions.len()).unwrap().to_be_bytes();
            message(2, &[&[3, 3][..], &random, &[0], &suite, &[0], &length, extensions].concat())
        };
        let old = hello([0xC0, 0x2B], &[0xFF, 1, 0, 1, 0, 0, 23, 0, 0, 0, 11, 0, 2, 1, 0]);
        let share = [&[0, 43, 0, 2, 3, 4, 0, 51, 0, 36, 0, 29, 0, 32][..], &[9; 32]].concat();
        let chain = message(11, &[0, 0, 5, 0, 0, 2, 1, 2]);
        let exchange = message(12, &[3, 0, 29, 2, 7, 7, 4, 3, 0, 0]);
        let flight = [old, chain, exchange, message(14, &[])].concat();
        let ssl2 = [&[0x80, 14, 4, 0, 1, 0, 2, 0, 0, 0, 3, 0, 0, 1, 2, 3][..]].concat();
        let answers = [
            record(22, &flight),
            [record(22, &hello([0x13, 1], &share)), record(20, &[1]), record(23, &[5; 64])].concat(),
            record(21, &[2, 40]),
            ssl2,
        ];
        answers.into_iter().map(|answer| [vec![16], answer].concat()).collect()
    }

    fn talks() -> Vec<Vec<u8>> {
        let said: [&[u8]; 8] = [
            b"220 mail ESMTP\r\n250-mail\r\n250-PIPELINING\r\n250 STARTTLS\r\n220 2.0.0 Ready\r\n",
            b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\na2 OK Begin TLS\r\n",
            b"+OK ready\r\n+OK\r\nSTLS\r\n.\r\n+OK Begin TLS\r\n",
            b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00",
            b"<?xml version='1.0'?><stream:stream version='1.0' id='a>b'><stream:features><starttls \
              xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features><proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
            b"\"STARTTLS\"\r\n\"SASL\" \"PLAIN\"\r\nOK \"ready\"\r\nOK \"Begin TLS\"\r\n",
            b"S",
            b"\x03\x00\x00\x13\x0e\xd0\x00\x00\x124\x00\x02\x1f\x08\x00\x01\x00\x00\x00",
        ];
        let every_protocol = 0..15_u8;
        let talks = every_protocol.flat_map(|choice| said.iter().map(move |said| [&[choice][..], said].concat()));
        talks.collect()
    }

    fn passages() -> Vec<Vec<u8>> {
        let said: [&[u8]; 7] = [
            b"HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy\r\n\r\n\x16\x03\x03",
            b"HTTP/1.0 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n",
            b"HTTP/1.1 504 Gateway Timeout\r\n\r\n",
            &[5, 0, 5, 0, 0, 1, 192, 0, 2, 9, 1, 187, 22, 3],
            &[5, 2, 1, 0, 5, 0, 0, 3, 4, b'h', b'o', b's', b't', 1, 187],
            &[5, 0, 5, 5, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            &[5, 255],
        ];
        (0..4_u8).flat_map(|choice| said.iter().map(move |said| [&[choice][..], said].concat())).collect()
    }

    fn certificates() -> Vec<Vec<u8>> {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(vec!["shop.example".to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        vec![certificate.der().to_vec(), certificate.pem().into_bytes()]
    }

    /// Answers and a list of an authority run by OpenSSL; a few bytes where there is none.
    fn statements() -> Vec<Vec<u8>> {
        let Some(bench) = Bench::new() else { return vec![vec![0x30, 3, 0x0A, 1, 6], vec![0x30, 0]] };
        let request = |serial| Request::new(&bench.case(serial), None).unwrap();
        let answer = |serial| bench.respond(&request(serial).der, "ca", &[]);
        vec![
            answer(GOOD),
            answer(REVOKED),
            bench.list("issuingDistributionPoint=critical,@point\n[point]\nonlyuser=TRUE"),
            bench.list(""),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn any_answer_to_a_hello_is_survived(data in spoilt(answers())) {
            hello(&data);
        }

        #[test]
        fn any_conversation_is_survived(data in spoilt(talks())) {
            conversation(&data);
        }

        #[test]
        fn any_proxy_is_survived(data in spoilt(passages())) {
            passage(&data);
        }

        #[test]
        fn any_certificate_is_survived(data in spoilt(certificates())) {
            certificate(&data);
        }

        #[test]
        fn any_statement_about_revocation_is_survived(data in spoilt(statements())) {
            ocsp(&data);
            crl(&data);
        }
    }

    #[test]
    fn what_is_spoilt_was_right_before() {
        let messages = |answer: &[u8]| {
            let mut flight = Flight::default();
            flight.feed(&answer[1..]).unwrap();
            (flight.messages().len(), flight.sealed().len(), flight.alert().is_some())
        };
        let answers = answers();
        assert_eq!(
            answers[..3].iter().map(|answer| messages(answer)).collect::<Vec<_>>(),
            [(4, 0, false), (1, 1, false), (0, 0, true)]
        );
        assert!(matches!(ssl2_server_hello(&answers[3][1..]), Ok(Some(_))));
    }

    /// What `fuzz/seeds.py` made: target, name and content.
    fn seeds() -> Vec<(String, String, Vec<u8>)> {
        let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
        let names = |place: &Path| {
            let names = fs::read_dir(place).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
            names.collect::<Vec<String>>()
        };
        let mut seeds = Vec::new();
        for target in names(&place) {
            for name in names(&place.join(&target)) {
                let content = fs::read(place.join(&target).join(&name)).unwrap();
                seeds.push((target.clone(), name, content));
            }
        }
        seeds
    }

    fn agrees(data: &[u8]) -> bool {
        let protocol = Protocol::UPGRADES[usize::from(data[0])];
        let mut talk = Talk::new(tokio::io::join(&data[1..], tokio::io::sink()), Vec::new());
        let parties = Parties { name: "shop.example", us: None };
        let mut notes = Notes::new(protocol);
        upgrade(protocol, &mut talk, &mut notes, parties).now_or_never().is_some_and(|agreed| agreed.is_ok())
    }

    /// Fuzzing that begins with what is not understood at all gets nowhere.
    #[test]
    fn seeds_are_understood() {
        let mut dull = Vec::new();
        for (target, name, seed) in seeds() {
            let is_understood = match &*target {
                "certificate" => {
                    certificate(&seed);
                    Certificate::parse(&seed).is_ok() || !fetch::published(&seed).is_empty()
                }
                "conversation" => {
                    conversation(&seed);
                    agrees(&seed) != name.ends_with("-refused")
                }
                "crl" => {
                    crl(&seed);
                    RevocationList::parse(&seed).is_ok()
                }
                "hello" => {
                    hello(&seed);
                    let mut flight = Flight::default();
                    flight.feed(&seed[1..]).is_ok() && (flight.alert().is_some() || !flight.messages().is_empty())
                }
                "ocsp" => {
                    ocsp(&seed);
                    // That we did not make ourselves understood is no answer.
                    is_answer(&seed) != (name == "malformed")
                }
                "passage" => {
                    passage(&seed);
                    true
                }
                // Read by another room, which tests its own.
                "source" => true,
                _ => false,
            };
            if !is_understood {
                dull.push(format!("{target}/{name}"));
            }
        }
        assert!(dull.is_empty(), "{dull:?}");
    }
}

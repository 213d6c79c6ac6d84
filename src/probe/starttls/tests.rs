use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::time::timeout;

use super::*;
use crate::model::{Failure, FailureKind, Phase, PlaintextProtocol, Upgrade};
use crate::probe::starttls::{ldap, mysql, postgres, rdp, sieve, tds, xmpp};

const PARTIES: Parties<'static> = Parties { name: "shop.example", us: None };

/// What a peer does in turn.
enum Turn<'a> {
    Hears(&'a [u8]),
    Says(&'a [u8]),
}

use Turn::{Hears, Says};

/// The conversation with a peer that keeps to a script, and the bytes that are left for TLS.
async fn converse(protocol: Protocol, script: &[Turn<'_>]) -> (Result<(), Failure>, Option<Upgrade>) {
    let (ours, mut theirs) = tokio::io::duplex(64 * 1024);
    let peer = async move {
        for turn in script {
            match turn {
                Says(bytes) => theirs.write_all(bytes).await.unwrap(),
                Hears(bytes) => {
                    let mut heard = vec![0; bytes.len()];
                    theirs.read_exact(&mut heard).await.unwrap();
                    let (heard, expected) = (String::from_utf8_lossy(&heard), String::from_utf8_lossy(bytes));
                    assert_eq!(heard, expected, "{protocol}");
                }
            }
        }
        // Open until we have gone, so that silence is not taken for an end.
        let mut rest = Vec::new();
        theirs.read_to_end(&mut rest).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&rest), "", "{protocol} said more than was expected");
    };
    let us = async move {
        let mut talk = Talk::new(ours, Vec::new());
        let mut notes = Notes::new(protocol);
        let ended = timeout(Duration::from_secs(5), upgrade(protocol, &mut talk, &mut notes, PARTIES)).await;
        let ended = match ended {
            Ok(ended) => ended.map_err(|stop| talk.failure(Phase::Starttls, stop)),
            Err(_) => Err(talk.timed_out(Phase::Starttls)),
        };
        (ended, notes.into_evidence())
    };
    tokio::join!(us, peer).0
}

/// A peer that says all it has to say at once and hears nothing: for bytes that are wrong whenever they come.
fn told(protocol: Protocol, bytes: &[u8]) -> (Result<(), Failure>, Option<Upgrade>) {
    let mut talk = Talk::new(tokio::io::join(bytes, tokio::io::sink()), Vec::new());
    let mut notes = Notes::new(protocol);
    let ended = upgrade(protocol, &mut talk, &mut notes, PARTIES).now_or_never().expect("nothing to wait for");
    (ended.map_err(|stop| talk.failure(Phase::Starttls, stop)), notes.into_evidence())
}

/// Conversations as real servers have them (Postfix 3.7, Dovecot 2.3, vsftpd 3.0, slapd 2.5, Prosody 0.12, INN 2.7,
/// PostgreSQL 15, MariaDB 10.11; SQL Server and Windows as documented), healthy ones first.
#[expect(clippy::too_many_lines, reason = "one line says one thing")]
fn healthy() -> Vec<(Protocol, Vec<Turn<'static>>)> {
    const LDAP_OK: &[u8] = b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00";
    const FEATURES: &[u8] = b"<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' \
        version='1.0' from='shop.example' xmlns='jabber:client' id='a>b'><stream:features>\
        <starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>";
    vec![
        (
            Protocol::Smtp,
            vec![
                Says(b"220 mail.example ESMTP Postfix (Debian/GNU)\r\n"),
                Hears(b"EHLO [127.0.0.1]\r\n"),
                Says(b"250-mail.example\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 8BITMIME\r\n"),
                Hears(b"STARTTLS\r\n"),
                Says(b"220 2.0.0 Ready to start TLS\r\n"),
            ],
        ),
        (
            Protocol::Lmtp,
            vec![
                Says(b"220-mail.example says\r\n220 Dovecot ready.\r\n"),
                Hears(b"LHLO [127.0.0.1]\r\n"),
                Says(b"250-mail.example\r\n250 starttls\r\n"),
                Hears(b"STARTTLS\r\n"),
                Says(b"220 2.0.0 OK\r\n"),
            ],
        ),
        (
            Protocol::Imap,
            vec![
                Says(b"* OK [CAPABILITY IMAP4rev1 SASL-IR STARTTLS LOGINDISABLED] Dovecot ready.\r\n"),
                Hears(b"a2 STARTTLS\r\n"),
                Says(b"a2 OK Begin TLS negotiation now.\r\n"),
            ],
        ),
        (
            Protocol::Imap,
            vec![
                Says(b"* OK ready\r\n"),
                Hears(b"a1 CAPABILITY\r\n"),
                Says(b"* CAPABILITY IMAP4rev1 STARTTLS\r\n* 3 EXISTS\r\na1 OK done\r\n"),
                Hears(b"a2 STARTTLS\r\n"),
                Says(b"* OK still here\r\na2 OK go\r\n"),
            ],
        ),
        (
            Protocol::Pop3,
            vec![
                Says(b"+OK Dovecot ready.\r\n"),
                Hears(b"CAPA\r\n"),
                Says(b"+OK\r\nTOP\r\nSTLS\r\n.\r\n"),
                Hears(b"STLS\r\n"),
                Says(b"+OK Begin TLS negotiation now.\r\n"),
            ],
        ),
        (
            Protocol::Pop3,
            vec![
                Says(b"+OK old\r\n"),
                Hears(b"CAPA\r\n"),
                Says(b"-ERR what?\r\n"),
                Hears(b"STLS\r\n"),
                Says(b"+OK\r\n"),
            ],
        ),
        (
            Protocol::Ftp,
            vec![
                Says(b"220 (vsFTPd 3.0.3)\r\n"),
                Hears(b"FEAT\r\n"),
                Says(b"211-Features:\r\n AUTH TLS\r\n EPRT\r\n UTF8\r\n211 End\r\n"),
                Hears(b"AUTH TLS\r\n"),
                Says(b"234 Proceed with negotiation.\r\n"),
            ],
        ),
        (
            Protocol::Ftp,
            vec![
                Says(b"120 soon\r\n220-Welcome\r\n  to all\r\n220 go on\r\n"),
                Hears(b"FEAT\r\n"),
                Says(b"530 Please login with USER and PASS.\r\n"),
                Hears(b"AUTH TLS\r\n"),
                Says(b"234 AUTH TLS successful\r\n"),
            ],
        ),
        (Protocol::Ldap, vec![Hears(b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"), Says(LDAP_OK)]),
        (
            Protocol::Xmpp,
            vec![
                Hears(
                    b"<?xml version='1.0'?><stream:stream to='shop.example' xmlns='jabber:client' \
                    xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>",
                ),
                Says(FEATURES),
                Hears(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
                Says(b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
            ],
        ),
        (
            Protocol::XmppServer,
            vec![
                Hears(
                    b"<?xml version='1.0'?><stream:stream to='shop.example' xmlns='jabber:server' \
                    xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>",
                ),
                Says(FEATURES),
                Hears(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
                Says(b" <proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'></proceed>"),
            ],
        ),
        (
            Protocol::Sieve,
            vec![
                Says(b"\"IMPLEMENTATION\" \"Dovecot Pigeonhole\"\r\n\"SIEVE\" {8}\r\nfileinto\r\n\"STARTTLS\"\r\n"),
                Says(b"OK \"Dovecot ready.\"\r\n"),
                Hears(b"STARTTLS\r\n"),
                Says(b"OK \"Begin TLS negotiation now.\"\r\n"),
            ],
        ),
        (
            Protocol::Nntp,
            vec![
                Says(b"201 news.example InterNetNews NNRP server INN 2.7.1 ready (no posting)\r\n"),
                Hears(b"CAPABILITIES\r\n"),
                Says(b"101 Capability list:\r\nVERSION 2\r\nSTARTTLS\r\n.\r\n"),
                Hears(b"STARTTLS\r\n"),
                Says(b"382 Begin TLS negotiation now\r\n"),
            ],
        ),
        (Protocol::Postgres, vec![Hears(b"\x00\x00\x00\x08\x04\xd2\x16\x2f"), Says(b"S")]),
        (
            Protocol::Mysql,
            vec![
                Says(
                    b"\x27\x00\x00\x00\x0a10.11.6-MariaDB\x00\x01\x00\x00\x00abcdefgh\x00\xfe\xff\x2d\x02\x00\xff\x81",
                ),
                Says(b"\x15\0"),
                Hears(b"\x20\x00\x00\x01\x01\x8a\x08\x00\x00\x00\x00\x01\x2d"),
                Hears(&[0; 23]),
            ],
        ),
        (
            Protocol::Tds,
            vec![
                Hears(b"\x12\x01\x00\x1a\x00\x00\x01\x00\x00\x00\x0b\x00\x06\x01\x00\x11\x00\x01\xff\0\0\0\0\0\0\x01"),
                Says(b"\x04\x01\x00\x1a\x00\x00\x01\x00\x00\x00\x0b\x00\x06\x01\x00\x11\x00\x01\xff"),
                Says(b"\x10\x00\x03\xe8\x00\x00\x01"),
            ],
        ),
        (
            Protocol::Rdp,
            vec![
                Hears(b"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x0b\x00\x00\x00"),
                Says(b"\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x1f\x08\x00\x02\x00\x00\x00"),
            ],
        ),
    ]
}

#[tokio::test]
async fn servers_are_led_to_tls() {
    for (protocol, script) in healthy() {
        let (ended, upgrade) = converse(protocol, &script).await;
        assert_eq!(ended, Ok(()), "{protocol}");
        let upgrade = upgrade.expect("evidence");
        assert!(upgrade.accepted && upgrade.injected.is_none() && upgrade.protocol == protocol, "{upgrade:?}");
    }
}

#[tokio::test]
async fn what_the_server_says_of_itself_is_kept() {
    let evidence = async |index: usize| converse(healthy()[index].0, &healthy()[index].1).await.1.unwrap();
    let smtp = evidence(0).await;
    assert_eq!(smtp.banner.unwrap().as_str(), "220 mail.example ESMTP Postfix (Debian/GNU)");
    assert_eq!(smtp.reply.unwrap().as_str(), "220 2.0.0 Ready to start TLS");
    let offers: Vec<&str> = smtp.capabilities.iter().map(crate::model::Untrusted::as_str).collect();
    assert_eq!(offers, ["PIPELINING", "STARTTLS", "8BITMIME"]);
    let mysql = evidence(14).await;
    assert_eq!(mysql.banner.unwrap().as_str(), "10.11.6-MariaDB");
    assert_eq!(evidence(15).await.banner.unwrap().as_str(), "SQL Server 16.0.1000");
    assert_eq!(evidence(16).await.reply.unwrap().as_str(), "CredSSP over TLS");
}

/// Every server that ends the conversation, and what is made of it.
#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one line says one thing")]
async fn refusals_are_told_apart() {
    let rejected = |words: &str| FailureKind::Rejected { reply: crate::model::Untrusted::new(words) };
    let hello = || Hears(b"EHLO [127.0.0.1]\r\n");
    let cases: Vec<(Protocol, Vec<Turn<'_>>, FailureKind)> = vec![
        (Protocol::Smtp, vec![Says(b"554 no service\r\n")], rejected("554 no service")),
        (Protocol::Smtp, vec![Says(b"220 x\r\n"), hello(), Says(b"250 x\r\n")], FailureKind::NotOffered),
        (
            Protocol::Submission,
            vec![
                Says(b"220 x\r\n"),
                hello(),
                Says(b"250-x\r\n250 STARTTLS\r\n"),
                Hears(b"STARTTLS\r\n"),
                Says(b"454 4.7.0 TLS not available due to local problem\r\n"),
            ],
            rejected("454 4.7.0 TLS not available due to local problem"),
        ),
        (Protocol::Imap, vec![Says(b"* BYE too many\r\n")], rejected("* BYE too many")),
        (Protocol::Imap, vec![Says(b"* PREAUTH welcome\r\n")], FailureKind::NotOffered),
        (Protocol::Imap, vec![Says(b"* OK [CAPABILITY IMAP4rev1] x\r\n")], FailureKind::NotOffered),
        (
            Protocol::Imap,
            vec![Says(b"* OK [CAPABILITY STARTTLS] x\r\n"), Hears(b"a2 STARTTLS\r\n"), Says(b"a2 BAD no\r\n")],
            rejected("a2 BAD no"),
        ),
        (Protocol::Pop3, vec![Says(b"-ERR busy\r\n")], rejected("-ERR busy")),
        (
            Protocol::Pop3,
            vec![Says(b"+OK\r\n"), Hears(b"CAPA\r\n"), Says(b"+OK\r\nUIDL\r\n.\r\n")],
            FailureKind::NotOffered,
        ),
        (
            Protocol::Ftp,
            vec![Says(b"220 hi\r\n"), Hears(b"FEAT\r\n"), Says(b"211-x\r\n PASV\r\n211 end\r\n")],
            FailureKind::NotOffered,
        ),
        (
            Protocol::Ftp,
            vec![
                Says(b"220 hi\r\n"),
                Hears(b"FEAT\r\n"),
                Says(b"500 what\r\n"),
                Hears(b"AUTH TLS\r\n"),
                Says(b"431 not now\r\n"),
            ],
            rejected("431 not now"),
        ),
        (
            Protocol::Ldap,
            vec![
                Hears(&[0; 0]),
                Says(b"\x30\x2a\x02\x01\x01\x78\x25\x0a\x01\x02\x04\x00\x04\x1eunsupported extended operation"),
            ],
            FailureKind::NotOffered,
        ),
        (
            Protocol::Ldap,
            vec![Says(b"\x30\x84\x00\x00\x00\x0c\x02\x01\x01\x78\x07\x0a\x01\x34\x04\x00\x04\x00")],
            rejected("unavailable (52)"),
        ),
        (
            Protocol::Xmpp,
            vec![Says(b"<stream:stream id='1'><stream:error><host-unknown xmlns='x'/></stream:error></stream:stream>")],
            rejected("stream error: host-unknown"),
        ),
        (
            Protocol::Xmpp,
            vec![Says(b"<stream:stream id='1'><stream:features><mechanisms/></stream:features>")],
            FailureKind::NotOffered,
        ),
        (Protocol::Xmpp, vec![Says(b"<stream:stream id='1'><stream:features/>")], FailureKind::NotOffered),
        (Protocol::Sieve, vec![Says(b"\"IMPLEMENTATION\" \"x\"\r\nOK\r\n")], FailureKind::NotOffered),
        (Protocol::Sieve, vec![Says(b"BYE \"too many\"\r\n")], rejected("BYE \"too many\"")),
        (Protocol::Nntp, vec![Says(b"502 go away\r\n")], rejected("502 go away")),
        (
            Protocol::Nntp,
            vec![
                Says(b"200 x\r\n"),
                Hears(b"CAPABILITIES\r\n"),
                Says(b"500 what\r\n"),
                Hears(b"STARTTLS\r\n"),
                Says(b"500 what\r\n"),
            ],
            FailureKind::NotOffered,
        ),
        (Protocol::Postgres, vec![Says(b"N")], FailureKind::NotOffered),
        (Protocol::Postgres, vec![Says(b"E\x00\x00\x00\x1aSFATAL\0C53300\0Msorry\0\0")], rejected("FATAL: sorry")),
        (
            Protocol::Mysql,
            vec![Says(b"\x18\x00\x00\x00\xff\x10\x04Too many connections!")],
            rejected("error 1040: Too many connections!"),
        ),
        (
            Protocol::Mysql,
            vec![Says(b"\x18\x00\x00\x00\x0a5.5.0\x00\x01\x00\x00\x00abcdefgh\x00\xff\xf7\x2d\x02")],
            FailureKind::NotOffered,
        ),
        (Protocol::Rdp, vec![Says(b"\x03\x00\x00\x0b\x06\xd0\x00\x00\x12\x34\x00")], FailureKind::NotOffered),
        (
            Protocol::Rdp,
            vec![Says(b"\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x03\x00\x08\x00\x03\x00\x00\x00")],
            rejected("SSL_CERT_NOT_ON_SERVER (3)"),
        ),
        (
            Protocol::Tds,
            vec![Says(b"\x04\x01\x00\x0f\x00\x00\x01\x00\x01\x00\x06\x00\x01\xff\x02")],
            FailureKind::NotOffered,
        ),
    ];
    for (protocol, script, expected) in cases {
        // What we say is checked where a script has it; else it is let pass.
        let hears = script.iter().any(|turn| matches!(turn, Hears(bytes) if !bytes.is_empty()));
        let (ended, _) = if hears { converse(protocol, &script).await } else { told(protocol, &spoken(&script)) };
        assert_eq!(ended.unwrap_err().kind, expected, "{protocol}");
    }
}

fn spoken(script: &[Turn<'_>]) -> Vec<u8> {
    let says = |turn: &Turn<'_>| if let Says(bytes) = turn { bytes.to_vec() } else { Vec::new() };
    script.iter().flat_map(says).collect()
}

#[test]
fn other_protocols_are_recognised_and_no_line_of_theirs_is_waited_for() {
    let record = b"\x15\x03\x01\x00\x02\x02\x46";
    let mysql = b"J\x00\x00\x00\x0a8.0.36\x00";
    for (protocol, _) in healthy() {
        let kind = |bytes: &[u8]| told(protocol, bytes).0.unwrap_err().kind;
        assert_eq!(kind(record), FailureKind::ImplicitTls, "{protocol}");
        let plaintext = |kind| match kind {
            FailureKind::Plaintext { protocol, .. } => Some(protocol),
            _ => None,
        };
        if protocol != Protocol::Mysql {
            assert_eq!(plaintext(kind(mysql)), Some(PlaintextProtocol::Mysql), "{protocol}");
        }
        if protocol != Protocol::Imap {
            let greeted = plaintext(kind(b"* OK [CAPABILITY IMAP4rev1] ready\r\n"));
            assert_eq!(greeted, Some(PlaintextProtocol::Imap), "{protocol}");
        }
        assert_eq!(plaintext(kind(b"SSH-2.0-OpenSSH_9.2\r\n")), Some(PlaintextProtocol::Ssh), "{protocol}");
    }
    let greeted = |protocol, greeting: &[u8]| told(protocol, greeting).0.unwrap_err().kind;
    let first = crate::model::Untrusted::new;
    let ftp = FailureKind::Plaintext { protocol: PlaintextProtocol::Ftp, first: first("220 (vsFTPd 3.0.3)\r\n") };
    assert_eq!(greeted(Protocol::Smtp, b"220 (vsFTPd 3.0.3)\r\n"), ftp);
    let smtp = FailureKind::Plaintext { protocol: PlaintextProtocol::Smtp, first: first("220 a ESMTP x\n") };
    assert_eq!(greeted(Protocol::Ftp, b"220 a ESMTP x\n"), smtp);
    assert_eq!(greeted(Protocol::Lmtp, b"220 a ESMTP x\n"), smtp);
}

#[tokio::test]
async fn what_follows_the_agreement_is_reported_and_thrown_away() {
    for (protocol, mut script) in healthy() {
        // A server that speaks first has nothing to agree to.
        if protocol == Protocol::Mysql {
            continue;
        }
        let Some(Says(last)) = script.pop() else { panic!("{protocol} ends with the server's word") };
        let with_more = [last, b"RSET\x16\x03"].concat();
        script.push(Says(&with_more));
        let (ended, upgrade) = converse(protocol, &script).await;
        assert_eq!(ended, Ok(()), "{protocol}");
        assert_eq!(upgrade.unwrap().injected.unwrap().as_str(), "RSET<U+0016><U+0003>", "{protocol}");
    }
}

/// A peer that says `piece` for ever, every `pause`.
async fn pester(mut stream: DuplexStream, piece: &[u8], pause: Duration) {
    loop {
        if stream.write_all(piece).await.is_err() {
            return;
        }
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_peer_holds_us_longer_or_fills_more_memory_than_we_allow() {
    let pieces: [&[u8]; 12] = [
        b"x",
        b"2",
        b"220-x\r\n",
        b"250-x\r\n",
        b"\r\n",
        b"* OK\r\n",
        b"+OK\r\n",
        b"<",
        b"<a>",
        b"\"A\"\r\n",
        b"\0",
        &[0xff; 4096],
    ];
    for protocol in healthy().into_iter().map(|(protocol, _)| protocol) {
        for piece in pieces {
            for pause in [Duration::ZERO, Duration::from_millis(700)] {
                let (ours, theirs) = tokio::io::duplex(4096);
                let mut talk = Talk::new(ours, Vec::new());
                let mut notes = Notes::new(protocol);
                let limit = Duration::from_mins(1);
                let us = timeout(limit, upgrade(protocol, &mut talk, &mut notes, PARTIES));
                tokio::select! {
                    ended = us => if let Ok(Ok(())) = ended { panic!("{protocol} takes {piece:?} for agreement") },
                    () = pester(theirs, piece, pause) => (),
                }
                assert!(talk.received <= Talk::<DuplexStream>::MOST_BYTES + 4096, "{protocol}: {piece:?}");
                let evidence = notes.into_evidence().map_or(0, |upgrade| format!("{upgrade:?}").len());
                assert!(evidence < 16 * 1024, "{protocol}: {piece:?}: {evidence} bytes of evidence");
            }
        }
    }
}

#[test]
fn packets_are_read_as_they_are_and_cut_ones_not_at_all() {
    assert_eq!(sieve::literal(b"\"SIEVE\" {12+}"), Some(12));
    assert_eq!(sieve::literal(b"{}"), None);
    assert_eq!(sieve::literal(b"{99999999999999}"), None);
    assert_eq!(xmpp::end_of_tag(b" a <b c='>' d=\">\"> <"), Some((3, 18)));
    assert_eq!(xmpp::local_name(b"</stream:features>"), b"features");
    assert_eq!(postgres::words(b"SFATAL\0Mno\0\0"), b"FATAL: no");
    assert_eq!(mysql::Greeting::read(b"\x0a5.7"), None);
    assert_eq!(rdp::Confirm::read(b"\x0e\xd0\0\0\0\0\0\x02\0\x08\0\x01"), None);
    assert_eq!(tds::Prelogin::read(b"\x01\xff\xff\xff\xff\xff"), None);
    assert_eq!(ldap::Response::read(b"\x30\x84\xff\xff\xff\xff\x02"), None);
    assert_eq!(ldap::Response::read(b"\x30\x03\x02\x01\x01"), None);
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_survived(protocol in 0_usize..17, bytes: Vec<u8>) {
        let _ = told(healthy()[protocol].0, &bytes);
        let _ = (ldap::Response::read(&bytes), mysql::Greeting::read(&bytes), postgres::words(&bytes));
        let _ = (rdp::Confirm::read(&bytes), sieve::literal(&bytes), tds::Prelogin::read(&bytes));
        let _ = (xmpp::end_of_tag(&bytes), xmpp::local_name(&bytes));
    }

    /// Bytes that begin well go further.
    #[test]
    fn changed_conversations_are_survived(index in 0_usize..17, at: proptest::sample::Index, byte: u8, cut: bool) {
        let (protocol, script) = &healthy()[index];
        let mut bytes = spoken(script);
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        let (ended, upgrade) = told(*protocol, &bytes);
        // Agreement is noted, and only agreement is.
        proptest::prop_assert_eq!(ended.is_ok(), upgrade.is_some_and(|upgrade| upgrade.accepted));
    }
}

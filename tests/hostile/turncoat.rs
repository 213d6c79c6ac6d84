//! Servers that are honest to a probe and attack the survey that follows.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use tlscope::model::ProxyKind;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::servers::{
    Attack, CUT_SHORT, NOT_TLS, NOTHING, Papers, STALLED, Serving, Stream, attacks, cut_flights, junk,
};

/// What is said before TLS, and to whom.
#[derive(Debug)]
pub(crate) struct Manner {
    /// Of the target.
    pub(crate) scheme: &'static str,
    /// The server plays this proxy and what is behind it.
    pub(crate) proxy: Option<ProxyKind>,
    greeting: &'static [u8],
    replies: &'static [&'static [u8]],
    /// What each attack is named as that is made before the greeting, and after it and after each reply.
    named: &'static [[&'static str; 2]],
}

/// The upgrade went wrong, however it did.
const BROKEN: &str = "starttls.broken";
/// Nobody spoke.
const SILENT: &str = "tls.no_response";
const PROXY_REFUSED: &str = "proxy.refused";
const PROXY_SILENT: &str = "proxy.timeout";

const PLAIN: Manner = Manner { scheme: "https", proxy: None, greeting: b"", replies: &[], named: &[] };

/// All that say something, each kind of conversation once: lines, tags, records, documents.
const MANNERS: [Manner; 7] = [
    Manner {
        scheme: "smtp",
        proxy: None,
        greeting: b"220 shop.example ESMTP\r\n",
        replies: &[b"250-shop.example\r\n250 STARTTLS\r\n", b"220 go on\r\n"],
        named: &[[SILENT, STALLED], [BROKEN; 2], [BROKEN; 2], [BROKEN, STALLED]],
    },
    Manner {
        scheme: "pop3",
        proxy: None,
        greeting: b"+OK ready\r\n",
        replies: &[b"+OK\r\nSTLS\r\n.\r\n", b"+OK go on\r\n"],
        named: &[[SILENT, STALLED], [BROKEN; 2], [BROKEN; 2], [BROKEN, STALLED]],
    },
    Manner {
        scheme: "ftp",
        proxy: None,
        greeting: b"220 ready\r\n",
        replies: &[b"211-all:\r\n AUTH TLS\r\n211 end\r\n", b"234 go on\r\n"],
        named: &[[SILENT, STALLED], [BROKEN; 2], [BROKEN; 2], [BROKEN, STALLED]],
    },
    Manner {
        scheme: "postgres",
        proxy: None,
        greeting: b"",
        replies: &[b"S"],
        named: &[[CUT_SHORT, NOT_TLS], [NOT_TLS; 2], [BROKEN; 2]],
    },
    Manner {
        scheme: "ldap",
        proxy: None,
        greeting: b"",
        replies: &[b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"],
        named: &[[CUT_SHORT, NOT_TLS], [NOT_TLS; 2], [BROKEN; 2]],
    },
    Manner {
        scheme: "https",
        proxy: Some(ProxyKind::Http),
        greeting: b"",
        replies: &[b"HTTP/1.1 200 Connection established\r\n\r\n"],
        named: &[[PROXY_REFUSED, PROXY_SILENT], [PROXY_REFUSED; 2], [NOT_TLS, "starttls.wrong_mode"]],
    },
    Manner {
        scheme: "https",
        proxy: Some(ProxyKind::Socks5),
        greeting: b"",
        replies: &[&[5, 0], &[5, 0, 0, 1, 127, 0, 0, 1, 1, 187]],
        named: &[[PROXY_REFUSED; 2], [PROXY_REFUSED; 2], [PROXY_REFUSED; 2], [CUT_SHORT, STALLED]],
    },
];

/// How far it is honest even to a survey.
#[derive(Clone, Copy, Debug)]
enum Until {
    /// Before the greeting.
    Accepted,
    /// After so many replies.
    Replied(usize),
    /// Throughout the handshake, which is real.
    Shaken,
}

/// One such server.
#[derive(Clone)]
pub(crate) struct Turncoat {
    pub(crate) manner: &'static Manner,
    config: Serving,
    until: Until,
    attack: Attack,
    /// The finding of whoever probes it once it has turned.
    pub(crate) named: &'static str,
    has_turned: Arc<AtomicBool>,
    met: Arc<AtomicU32>,
}

impl Turncoat {
    fn new(manner: &'static Manner, config: &Serving, until: Until, attack: Attack, named: &'static str) -> Self {
        let config = Arc::clone(config);
        Self { manner, config, until, attack, named, has_turned: Arc::default(), met: Arc::default() }
    }

    pub(crate) fn name(&self) -> String {
        let Manner { scheme, proxy, .. } = self.manner;
        format!("{scheme}, {proxy:?}, {:?}: {}", self.until, self.attack.name())
    }

    /// Attacks whoever connects from now on.
    pub(crate) fn turn(&self) {
        self.met.store(0, Ordering::SeqCst);
        self.has_turned.store(true, Ordering::SeqCst);
    }

    /// Connections since then.
    pub(crate) fn met(&self) -> u32 {
        self.met.load(Ordering::SeqCst)
    }

    /// Serves any number of connections until the test ends.
    pub(crate) async fn start(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let this = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                this.met.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(this.clone().meet(stream));
            }
        });
        address
    }

    async fn meet<S: Stream>(self, mut stream: S) -> Option<()> {
        let has_turned = self.has_turned.load(Ordering::SeqCst);
        let until = if has_turned { self.until } else { Until::Shaken };
        let replies = match until {
            Until::Accepted => return self.attack.meet(stream).await,
            Until::Replied(count) => count,
            Until::Shaken => self.manner.replies.len(),
        };
        stream.write_all(self.manner.greeting).await.ok()?;
        for reply in &self.manner.replies[..replies] {
            if stream.read(&mut [0; 4096]).await.ok()? == 0 {
                return None;
            }
            stream.write_all(reply).await.ok()?;
        }
        if matches!(until, Until::Replied(_)) {
            return self.attack.meet(stream).await;
        }
        let mut tls = tokio_rustls::TlsAcceptor::from(self.config).accept(stream).await.ok()?;
        if has_turned {
            return self.attack.meet(tls).await;
        }
        while tls.read(&mut [0; 4096]).await.ok()? > 0 {}
        Some(())
    }
}

/// Attacks on the TLS of a survey: in place of every hello, and at many places of real flights.
pub(crate) fn on_handshakes(papers: &Papers) -> Vec<Turncoat> {
    let config = papers.server(Vec::new(), &rustls::version::TLS13);
    let parts = cut_flights(papers).into_iter().step_by(2);
    let turncoat = |(attack, named)| Turncoat::new(&PLAIN, &config, Until::Replied(0), attack, named);
    attacks(papers).into_iter().chain(parts).map(turncoat).collect()
}

/// Attacks on whatever precedes TLS: some at every turn of every conversation, all in every conversation.
pub(crate) fn on_conversations(papers: &Papers) -> Vec<Turncoat> {
    let config = papers.server(Vec::new(), &rustls::version::TLS12);
    let mut turncoats = Vec::new();
    for manner in &MANNERS {
        let turns = [Until::Accepted].into_iter().chain((0..=manner.replies.len()).map(Until::Replied));
        for (turn, until) in turns.enumerate() {
            let attacks = of_any_kind().into_iter().skip(turn % 3).step_by(3).zip(manner.named[turn]);
            turncoats.extend(attacks.map(|(attack, named)| Turncoat::new(manner, &config, until, attack, named)));
        }
    }
    turncoats
}

/// Attacks from inside the encryption of either version, from the first byte after the handshake: there is nothing wrong
/// with that.
pub(crate) fn inside(papers: &Papers) -> Vec<Turncoat> {
    let configs = [&rustls::version::TLS12, &rustls::version::TLS13].map(|version| {
        let mut config = (*papers.server(Vec::new(), version)).clone();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Arc::new(config)
    });
    let attacks = of_any_kind().into_iter().chain(of_http());
    let turncoat = |(attack, config)| Turncoat::new(&PLAIN, config, Until::Shaken, attack, NOTHING);
    attacks.zip(configs.iter().cycle()).map(turncoat).collect()
}

/// Attackers to whom certificates lead; and whether the issuer is at hand, or the attacker would have to send it.
pub(crate) fn publishers() -> Vec<(bool, Attack)> {
    let attacks = of_any_kind().into_iter().chain(of_http());
    attacks.flat_map(|attack| [(true, attack.clone()), (false, attack)]).collect()
}

/// An honest server with a certificate that leads to a place.
pub(crate) fn leading_to(papers: &Papers, place: SocketAddr, is_known: bool) -> Turncoat {
    let silence = Attack::Repeat { name: "silence", answer: Vec::new() };
    let named = if is_known { NOTHING } else { "chain.missing_intermediate" };
    Turncoat::new(&PLAIN, &papers.pointing(place, is_known), Until::Shaken, silence, named)
}

/// Ways to misbehave in any conversation.
fn of_any_kind() -> [Attack; 6] {
    let line = b"250-\x1b[2J\xe2\x80\xae\x9b31m\r\n";
    [
        Attack::Say { name: "a hang-up", bytes: Vec::new() },
        Attack::Say { name: "junk and a hang-up", bytes: junk(3000) },
        Attack::Repeat { name: "junk in answer to everything", answer: junk(600) },
        Attack::Drip { name: "a drip of junk", bytes: junk(4096) },
        Attack::Flood { name: "a flood of junk", first: Vec::new(), record: junk(16 * 1024) },
        Attack::Flood { name: "a flood of lines that move the cursor", first: Vec::new(), record: line.to_vec() },
    ]
}

/// Ways to misbehave in answer to a request.
fn of_http() -> [Attack; 8] {
    let ok = b"HTTP/1.1 200 OK\r\n";
    let endless = [&ok[..], b"Transfer-Encoding: chunked\r\n\r\n"].concat();
    let promised = [&ok[..], b"Content-Length: 99999999999\r\n\r\n"].concat();
    // Sequences within sequences, each without end.
    let nested = [&ok[..], b"Content-Length: 4000\r\n\r\n", &[0x30, 0x80].repeat(2000)].concat();
    let escapes = b"HTTP/1.1 200 \x1b]0;owned\x07\r\nServer: \x1b[2J\r\nContent-Length: 3\r\n\r\n\x1b[2";
    let flood = |name, first, record| Attack::Asked(Box::new(Attack::Flood { name, first, record }));
    let drip = Attack::Drip { name: "a drip of a head", bytes: b"HTTP/1.1 200 OK".to_vec() };
    [
        Attack::Asked(Box::new(drip)),
        flood("headers without end", ok.to_vec(), b"A: b\r\n".repeat(100)),
        flood("interim answers", Vec::new(), b"HTTP/1.1 100 Continue\r\n\r\n".repeat(100)),
        flood("chunks without end", endless, b"1\r\nx\r\n".repeat(100)),
        flood("a body that is promised long", promised, junk(8192)),
        Attack::Say { name: "a redirect to itself", bytes: b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n".to_vec() },
        Attack::Say { name: "DER of great depth", bytes: nested },
        Attack::Say { name: "an answer that moves the cursor", bytes: escapes.to_vec() },
    ]
}

//! Servers that are honest to a probe and attack the survey that follows.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use tlscope::model::ProxyKind;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::servers::{Attack, Papers, Serving, Stream, attacks, cut_flights, junk};

/// What is said before TLS, and to whom.
#[derive(Debug)]
pub(crate) struct Manner {
    /// Of the target.
    pub(crate) scheme: &'static str,
    /// The server plays this proxy and what is behind it.
    pub(crate) proxy: Option<ProxyKind>,
    greeting: &'static [u8],
    replies: &'static [&'static [u8]],
}

const PLAIN: Manner = Manner { scheme: "https", proxy: None, greeting: b"", replies: &[] };

/// All that say something, each kind of conversation once: lines, tags, records, documents.
const MANNERS: [Manner; 7] = [
    Manner {
        scheme: "smtp",
        proxy: None,
        greeting: b"220 shop.example ESMTP\r\n",
        replies: &[b"250-shop.example\r\n250 STARTTLS\r\n", b"220 go on\r\n"],
    },
    Manner {
        scheme: "pop3",
        proxy: None,
        greeting: b"+OK ready\r\n",
        replies: &[b"+OK\r\nSTLS\r\n.\r\n", b"+OK go on\r\n"],
    },
    Manner {
        scheme: "ftp",
        proxy: None,
        greeting: b"220 ready\r\n",
        replies: &[b"211-all:\r\n AUTH TLS\r\n211 end\r\n", b"234 go on\r\n"],
    },
    Manner { scheme: "postgres", proxy: None, greeting: b"", replies: &[b"S"] },
    Manner {
        scheme: "ldap",
        proxy: None,
        greeting: b"",
        replies: &[b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"],
    },
    Manner {
        scheme: "https",
        proxy: Some(ProxyKind::Http),
        greeting: b"",
        replies: &[b"HTTP/1.1 200 Connection established\r\n\r\n"],
    },
    Manner {
        scheme: "https",
        proxy: Some(ProxyKind::Socks5),
        greeting: b"",
        replies: &[&[5, 0], &[5, 0, 0, 1, 127, 0, 0, 1, 1, 187]],
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
    has_turned: Arc<AtomicBool>,
    met: Arc<AtomicU32>,
}

impl Turncoat {
    fn new(manner: &'static Manner, config: &Serving, until: Until, attack: Attack) -> Self {
        let config = Arc::clone(config);
        Self { manner, config, until, attack, has_turned: Arc::default(), met: Arc::default() }
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
    let whole = attacks(papers).into_iter().map(|(attack, _)| attack);
    let parts = cut_flights(papers).into_iter().map(|(attack, _)| attack).step_by(2);
    let turncoat = |attack| Turncoat::new(&PLAIN, &config, Until::Replied(0), attack);
    whole.chain(parts).map(turncoat).collect()
}

/// Attacks on whatever precedes TLS: some at every turn of every conversation, all in every conversation.
pub(crate) fn on_conversations(papers: &Papers) -> Vec<Turncoat> {
    let config = papers.server(Vec::new(), &rustls::version::TLS12);
    let mut turncoats = Vec::new();
    for manner in &MANNERS {
        let turns = [Until::Accepted].into_iter().chain((0..=manner.replies.len()).map(Until::Replied));
        for (turn, until) in turns.enumerate() {
            let attacks = of_any_kind().into_iter().skip(turn % 3).step_by(3);
            turncoats.extend(attacks.map(|attack| Turncoat::new(manner, &config, until, attack)));
        }
    }
    turncoats
}

/// Attacks from inside the encryption of either version, from the first byte after the handshake.
pub(crate) fn inside(papers: &Papers) -> Vec<Turncoat> {
    let configs = [&rustls::version::TLS12, &rustls::version::TLS13].map(|version| papers.server(Vec::new(), version));
    let attacks = of_any_kind().into_iter().chain(of_http());
    let turncoat = |(attack, config)| Turncoat::new(&PLAIN, config, Until::Shaken, attack);
    attacks.zip(configs.iter().cycle()).map(turncoat).collect()
}

/// Attackers to whom certificates lead; and whether the issuer is at hand, or the attacker would have to send it.
pub(crate) fn publishers() -> Vec<(bool, Attack)> {
    let [hang_up, others @ ..] = of_any_kind();
    let attacks = others.into_iter().chain(of_http()).zip([true, false].into_iter().cycle());
    let mut publishers: Vec<(bool, Attack)> = attacks.map(|(attack, is_known)| (is_known, attack)).collect();
    publishers.extend([true, false].map(|is_known| (is_known, hang_up.clone())));
    publishers
}

/// An honest server with a certificate that leads to a place.
pub(crate) fn leading_to(papers: &Papers, place: SocketAddr, is_known: bool) -> Turncoat {
    Turncoat::new(
        &PLAIN,
        &papers.pointing(place, is_known),
        Until::Shaken,
        Attack::Repeat { name: "silence", answer: Vec::new() },
    )
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
    [
        Attack::Drip { name: "a drip of a head", bytes: b"HTTP/1.1 200 OK".to_vec() },
        Attack::Flood { name: "headers without end", first: ok.to_vec(), record: b"A: b\r\n".repeat(100) },
        Attack::Flood { name: "interim answers", first: Vec::new(), record: b"HTTP/1.1 100 Continue\r\n\r\n".to_vec() },
        Attack::Flood { name: "chunks without end", first: endless, record: b"1\r\nx\r\n".repeat(100) },
        Attack::Flood { name: "a body that is promised long", first: promised, record: junk(8192) },
        Attack::Say { name: "a redirect to itself", bytes: b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n".to_vec() },
        Attack::Say { name: "DER of great depth", bytes: nested },
        Attack::Say { name: "an answer that moves the cursor", bytes: escapes.to_vec() },
    ]
}

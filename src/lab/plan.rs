//! How one member is described: its certificate, its TLS stack, its manners, its addresses.

use std::time::Duration;

use super::leaf::{Issuer, Key, Leaf, Revocation, Sent, Source, Staple};
use crate::model::{Protocol, ProxyKind};

/// One line of [`MEMBERS`](super::MEMBERS).
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Its name, and the first label of its host.
    pub name: &'static str,
    /// The service it belongs to.
    pub service: &'static str,
    /// What is really wrong with it, in one sentence.
    pub truth: &'static str,
    /// The code of the finding that names the cause; `None` when it is healthy.
    pub expected: Option<&'static str>,
    /// The code of a property that is told of it though nothing is wrong.
    pub shows: Option<&'static str>,
    /// The fault shows on some connections only.
    pub intermittent: bool,
    /// Clients know its address only, no name of it.
    pub(super) nameless: bool,
    pub(super) leaf: Leaf,
    pub(super) stack: Stack,
    pub(super) manner: Manner,
    pub(super) reply: Reply,
    pub(super) http3: Http3,
    pub(super) nodes: Nodes,
    /// What clients are to show it; nothing unless said.
    pub(super) client: Option<Client>,
    /// What it speaks before TLS.
    pub(super) spoken: Protocol,
    /// How far it goes along on the way to TLS.
    pub(super) offer: Offer,
    /// What clients expect it to speak.
    pub(super) asked: Protocol,
    /// The proxy that clients reach it through.
    pub(super) relay: Option<Relay>,
}

/// How far a server goes along in the conversation that leads to TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    /// To the end.
    Tls,
    /// It has none to offer.
    Nothing,
    /// It offers TLS and refuses it.
    Refuse,
    /// It agrees and closes.
    Forget,
}

/// A proxy of the lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relay {
    /// Connects by `CONNECT`.
    Http,
    /// Connects by SOCKS 5.
    Socks5,
    /// Refuses to connect.
    Forbids,
    /// Asks for a name and password that nobody has.
    WantsLogin,
}

impl Relay {
    pub(super) const ALL: [Self; 4] = [Self::Http, Self::Socks5, Self::Forbids, Self::WantsLogin];

    pub(super) const fn kind(self) -> ProxyKind {
        match self {
            Self::Socks5 => ProxyKind::Socks5,
            Self::Http | Self::Forbids | Self::WantsLogin => ProxyKind::Http,
        }
    }
}

/// A client certificate that the lab hands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Client {
    /// In order.
    Good,
    /// Its validity ended yesterday.
    Expired,
    /// Of an authority the servers do not know.
    Stranger,
    /// Not meant for clients.
    ServerOnly,
}

impl Client {
    pub(super) const ALL: [Self; 4] = [Self::Good, Self::Expired, Self::Stranger, Self::ServerOnly];

    /// Its name in file names.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Expired => "expired",
            Self::Stranger => "stranger",
            Self::ServerOnly => "server-only",
        }
    }
}

/// How the TLS server is configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stack {
    /// TLS 1.3 and 1.2, hybrid groups first.
    Modern,
    /// TLS 1.3 and 1.2, X25519 only.
    Classical,
    /// TLS 1.3 and 1.2, secp256r1 only: answers with a `HelloRetryRequest`.
    Nist,
    /// ChaCha20-Poly1305 only.
    ChaCha,
    /// Nothing newer than TLS 1.2.
    Tls12,
    /// TLS 1.3, client certificate required.
    Mutual13,
    /// TLS 1.2, client certificate required.
    Mutual12,
    /// TLS 1.3 and 1.2, client certificate asked for and not required.
    Optional,
    /// Knows one application protocol that nobody offers.
    OddAlpn,
    /// TLS 1.3 and 1.2, and takes early data.
    EarlyData,
}

/// What the server does with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// TLS, as configured.
    Serve,
    /// TLS, after a delay.
    Delay(Duration),
    /// The beginning of a TLS handshake, then silence.
    Stall,
    /// TLS for hellos that fit into this many bytes; larger ones are left unanswered and the connection closed.
    SmallHellos(u16),
    /// TLS for clients that do not offer version 1.3; the others are refused with `protocol_version`.
    Before13,
    /// TLS for clients that send a name; the others are refused with `unrecognized_name`.
    NamesOnly,
    /// TLS most of the time; some connections in a row are closed at once.
    Flap,
    /// TLS for so many connections within any minute; further ones are reset.
    PerMinute(usize),
    /// Closes in an orderly way without a word.
    Close,
    /// Resets the connection after the first bytes.
    Reset,
    /// Never answers.
    Silent,
    /// Answers the first bytes with a fatal alert of this number (RFC 9846 section 6).
    Alert(u8),
    /// Answers in plain HTTP.
    Http,
    /// Greets as an SSH server.
    Ssh,
    /// Does not listen.
    Refuse,
}

/// What is answered to HTTP after a good handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// A page, and that browsers are to insist on HTTPS for a year.
    Page,
    /// A page dated so many hours ago.
    Behind(u64),
    /// A page, and that browsers are to insist on HTTPS for a day.
    ShortHsts,
    /// A page, and nothing about HTTPS.
    NoHsts,
    /// 503.
    Unavailable,
    /// None: it closes.
    HangUp,
}

/// What there is of HTTP/3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Http3 {
    /// Nothing, and nobody says otherwise.
    Unspoken,
    /// It is advertised and served.
    Served,
    /// It is advertised and served with the predecessor, which has this many hours left.
    Stale(i64),
    /// It is advertised, and nobody answers.
    Dead,
}

/// How many addresses, and what is different on the last ones.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nodes {
    /// Last byte of the first address, 127.0.0.x.
    pub(super) first: u8,
    pub(super) count: u8,
    /// So many of the last serve the predecessor, which has this many hours left.
    pub(super) stale: u8,
    pub(super) stale_left: i64,
    /// So many of the last refuse connections.
    pub(super) refusing: u8,
    /// How the last one is configured, where it was left out of the last roll-out.
    pub(super) left_out: Option<Stack>,
}

impl Plan {
    /// A healthy member with a 90-day ECDSA certificate that has two months left.
    pub(super) const fn new(name: &'static str, service: &'static str, truth: &'static str) -> Self {
        let leaf = Leaf {
            key: Key::P256,
            lifetime: 90 * 24,
            left: 60 * 24,
            issuer: Issuer::First,
            sent: Sent::InOrder,
            host: None,
            revocation: Revocation { source: None, revoked: false, must_staple: false, staple: None },
        };
        let nodes = Nodes { first: 1, count: 1, stale: 0, stale_left: 0, refusing: 0, left_out: None };
        Self {
            name,
            service,
            truth,
            expected: None,
            shows: None,
            intermittent: false,
            nameless: false,
            leaf,
            stack: Stack::Modern,
            manner: Manner::Serve,
            reply: Reply::Page,
            http3: Http3::Unspoken,
            nodes,
            client: None,
            spoken: Protocol::Tls,
            offer: Offer::Tls,
            asked: Protocol::Tls,
            relay: None,
        }
    }

    /// What clients are to show it.
    pub(super) const fn shown(self, client: Client) -> Self {
        Self { client: Some(client), ..self }
    }

    /// What it speaks before TLS, as clients expect.
    pub(super) const fn speaks(self, protocol: Protocol) -> Self {
        Self { spoken: protocol, asked: protocol, ..self }
    }

    /// What clients expect it to speak instead.
    pub(super) const fn asked(self, asked: Protocol) -> Self {
        Self { asked, ..self }
    }

    pub(super) const fn offers(self, offer: Offer) -> Self {
        Self { offer, ..self }
    }

    pub(super) const fn behind(self, relay: Relay) -> Self {
        Self { relay: Some(relay), ..self }
    }

    pub(super) const fn finds(self, code: &'static str) -> Self {
        Self { expected: Some(code), ..self }
    }

    /// Healthy, and yet this is told of it.
    pub(super) const fn shows(self, code: &'static str) -> Self {
        Self { shows: Some(code), ..self }
    }

    /// Whole life and time left, in hours.
    pub(super) const fn life(mut self, lifetime: i64, left: i64) -> Self {
        self.leaf.lifetime = lifetime;
        self.leaf.left = left;
        self
    }

    pub(super) const fn key(mut self, key: Key) -> Self {
        self.leaf.key = key;
        self
    }

    pub(super) const fn issuer(mut self, issuer: Issuer) -> Self {
        self.leaf.issuer = issuer;
        self
    }

    pub(super) const fn sends(mut self, sent: Sent) -> Self {
        self.leaf.sent = sent;
        self
    }

    pub(super) const fn names(mut self, host: &'static str) -> Self {
        self.leaf.host = Some(host);
        self
    }

    pub(super) const fn asks(mut self, source: Source) -> Self {
        self.leaf.revocation.source = Some(source);
        self
    }

    pub(super) const fn revoked(mut self) -> Self {
        self.leaf.revocation.revoked = true;
        self
    }

    pub(super) const fn must_staple(mut self) -> Self {
        self.leaf.revocation.must_staple = true;
        self
    }

    pub(super) const fn staples(mut self, staple: Staple) -> Self {
        self.leaf.revocation.staple = Some(staple);
        self
    }

    pub(super) const fn stack(self, stack: Stack) -> Self {
        Self { stack, ..self }
    }

    pub(super) const fn acts(self, manner: Manner) -> Self {
        Self { manner, intermittent: matches!(manner, Manner::Flap), ..self }
    }

    pub(super) const fn replies(self, reply: Reply) -> Self {
        Self { reply, ..self }
    }

    pub(super) const fn http3(self, http3: Http3) -> Self {
        Self { http3, ..self }
    }

    pub(super) const fn nameless(self) -> Self {
        Self { nameless: true, ..self }
    }

    /// Addresses from 127.0.0.`first` on.
    pub(super) const fn on(mut self, first: u8, count: u8) -> Self {
        self.nodes.first = first;
        self.nodes.count = count;
        self
    }

    /// The last `stale` addresses serve the predecessor, which has `left` hours.
    pub(super) const fn stale(mut self, stale: u8, left: i64) -> Self {
        self.nodes.stale = stale;
        self.nodes.stale_left = left;
        self
    }

    /// The last `refusing` addresses refuse connections.
    pub(super) const fn refusing(mut self, refusing: u8) -> Self {
        self.nodes.refusing = refusing;
        self
    }

    /// The last address is configured like this.
    pub(super) const fn left_out(mut self, stack: Stack) -> Self {
        self.nodes.left_out = Some(stack);
        self
    }

    /// The name clients ask for: reserved (RFC 2606), so it never leads out of this machine.
    #[must_use]
    pub fn host(&self) -> String {
        format!("{}.lab.example", self.name)
    }

    /// What is served in places where it should not be any more.
    pub(super) fn predecessor(&self) -> Option<Leaf> {
        let left = match self.http3 {
            Http3::Stale(left) => Some(left),
            _ => (self.nodes.stale > 0).then_some(self.nodes.stale_left),
        };
        left.map(|left| Leaf { left, ..self.leaf })
    }

    pub(super) const fn is_stale(&self, index: u8) -> bool {
        index + self.nodes.stale >= self.nodes.count
    }

    pub(super) const fn is_last(&self, index: u8) -> bool {
        index + 1 == self.nodes.count
    }

    pub(super) const fn manner_of(&self, index: u8) -> Manner {
        if index + self.nodes.refusing >= self.nodes.count { Manner::Refuse } else { self.manner }
    }
}

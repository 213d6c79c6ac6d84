//! How a member's certificate is described: its key, its dates, its chain, what can be heard of its revocation.

/// What certificate is served.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leaf {
    pub(super) key: Key,
    /// From start to end of validity, in hours.
    pub(super) lifetime: i64,
    /// Hours until it ends: negative when it has ended, above the lifetime when it has not begun.
    pub(super) left: i64,
    pub(super) issuer: Issuer,
    pub(super) sent: Sent,
    /// The host in the certificate, when it is not the member's own.
    pub(super) host: Option<&'static str>,
    pub(super) revocation: Revocation,
}

/// What can be heard of the leaf's revocation. Only [`Issuer::First`] runs a responder.
#[derive(Clone, Copy, Debug)]
pub(super) struct Revocation {
    /// Whom the certificate tells clients to ask.
    pub(super) source: Option<Source>,
    /// It was revoked three days ago, its key compromised.
    pub(super) revoked: bool,
    /// It says that its server must staple (RFC 7633).
    pub(super) must_staple: bool,
    /// What its server staples.
    pub(super) staple: Option<Staple>,
}

/// Where revocation is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// An OCSP responder that refuses connections.
    Deaf,
    /// A revocation list.
    List,
    /// An OCSP responder.
    Responder,
}

/// A stapled OCSP response; all of them say good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Staple {
    /// In order.
    Current,
    /// Its term ended two days ago.
    Ended,
    /// About another certificate.
    Foreign,
}

/// What kind of key the leaf has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    P256,
    P384,
    /// Which no browser takes.
    Ed25519,
    Rsa2048,
    /// Below every verifier's floor.
    Rsa1024,
}

/// Who issued the leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Issuer {
    /// The leaf itself.
    Itself,
    /// An intermediate below the lab's root.
    First,
    /// Another one.
    Second,
    /// The lower of two intermediates: root, policy CA, issuing CA.
    Deep,
    /// An intermediate whose validity has ended.
    Expired,
    /// An intermediate below a root nobody trusts.
    Stranger,
}

/// What of the chain is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// Leaf, then each issuer in turn, without the root.
    InOrder,
    /// The leaf alone.
    LeafOnly,
    /// Leaf, then the intermediates the wrong way round.
    Reversed,
    /// In order, then the intermediate once more, certified by an older root until some weeks ago.
    Crossed,
    /// In order, and the intermediate ten times more.
    Dozen,
    /// Leaf, then an intermediate that did not issue it.
    Other,
    /// In order, and the intermediate once more.
    Twice,
    /// In order, then the root.
    WithRoot,
    /// In order, then an intermediate of a stranger's.
    WithStranger,
}

//! What a digest is made of.

use crate::model::{Answer, Status, Untrusted};

/// One named fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is about.
    pub topic: Topic,
    /// Its name, at most 13 characters.
    pub name: &'static str,
    /// What there is to say, to be separated by [`Fact::separator`].
    pub pieces: Vec<Piece>,
    /// Every piece is a line of its own.
    pub in_lines: bool,
    /// When it is worth a line.
    pub weight: Weight,
}

/// Headings, in the order of [`super::Digest::facts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// What failed and what helped.
    Failure,
    /// Versions, suites, groups, signatures.
    Protocol,
    /// What is served to whom, application protocols.
    Served,
    /// Sessions and early data.
    Sessions,
    /// Client certificates.
    Clients,
    /// HTTP and QUIC.
    Http,
    /// Paths and revocation.
    Trust,
    /// DNS records.
    Records,
    /// The survey itself.
    Survey,
}

impl Topic {
    /// As a heading.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Failure => "The failure",
            Self::Protocol => "What is accepted",
            Self::Served => "What is served",
            Self::Sessions => "Sessions",
            Self::Clients => "Client certificates",
            Self::Http => "HTTP and QUIC",
            Self::Trust => "Trust",
            Self::Records => "DNS",
            Self::Survey => "This survey",
        }
    }
}

/// A few words with a mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The words; text from outside in its visible form.
    pub text: String,
    /// What to make of them.
    pub mark: Mark,
}

/// What to make of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// Matters less: absent, refused as it should be, not asked.
    Quiet,
    /// A fact.
    Plain,
    /// As it should be.
    Good,
    /// Weak or unusual.
    Weak,
    /// Broken, or of no protection.
    Bad,
}

impl Mark {
    /// The status that has the same glyph and colour; `None` for what needs neither.
    #[must_use]
    pub const fn status(self) -> Option<Status> {
        match self {
            Self::Quiet | Self::Plain => None,
            Self::Good => Some(Status::Ok),
            Self::Weak => Some(Status::Warning),
            Self::Bad => Some(Status::Critical),
        }
    }
}

/// When a fact is worth a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Always.
    Chief,
    /// At a glance only when something in it is weak or bad.
    Minor,
    /// Only when everything is shown.
    Detail,
}

impl Fact {
    /// Whether it belongs to what is seen at a glance.
    #[must_use]
    pub fn matters(&self) -> bool {
        match self.weight {
            Weight::Chief => true,
            Weight::Minor => self.mark() >= Mark::Weak,
            Weight::Detail => false,
        }
    }

    /// The weak and the bad of it alone; `None` when there is neither, and of details, which only say why.
    #[must_use]
    pub fn unusual(&self) -> Option<Self> {
        if self.weight == Weight::Detail {
            return None;
        }
        let pieces: Vec<Piece> = self.pieces.iter().filter(|piece| piece.mark >= Mark::Weak).cloned().collect();
        (!pieces.is_empty()).then(|| Self { pieces, ..self.clone() })
    }

    /// The gravest of its marks.
    #[must_use]
    pub fn mark(&self) -> Mark {
        self.pieces.iter().map(|piece| piece.mark).max().unwrap_or(Mark::Plain)
    }

    /// What stands between pieces: a comma, a semicolon where pieces are more than words.
    #[must_use]
    pub fn separator(&self) -> &'static str {
        let is_long = |piece: &Piece| piece.text.contains(", ") || piece.text.contains(": ");
        if self.pieces.iter().any(is_long) { ";" } else { "," }
    }

    pub(super) fn new(topic: Topic, name: &'static str, weight: Weight, pieces: Vec<Piece>) -> Self {
        Self { topic, name, pieces, in_lines: false, weight }
    }

    pub(super) fn chief(topic: Topic, name: &'static str, pieces: Vec<Piece>) -> Self {
        Self::new(topic, name, Weight::Chief, pieces)
    }

    pub(super) fn minor(topic: Topic, name: &'static str, pieces: Vec<Piece>) -> Self {
        Self::new(topic, name, Weight::Minor, pieces)
    }

    pub(super) fn detail(topic: Topic, name: &'static str, pieces: Vec<Piece>) -> Self {
        Self::new(topic, name, Weight::Detail, pieces)
    }

    pub(super) fn in_lines(self) -> Self {
        Self { in_lines: true, ..self }
    }
}

impl Piece {
    pub(super) fn new(mark: Mark, text: impl Into<String>) -> Self {
        Self { text: text.into(), mark }
    }

    pub(super) fn quiet(text: impl Into<String>) -> Self {
        Self::new(Mark::Quiet, text)
    }

    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self::new(Mark::Plain, text)
    }

    pub(super) fn good(text: impl Into<String>) -> Self {
        Self::new(Mark::Good, text)
    }

    pub(super) fn weak(text: impl Into<String>) -> Self {
        Self::new(Mark::Weak, text)
    }

    pub(super) fn bad(text: impl Into<String>) -> Self {
        Self::new(Mark::Bad, text)
    }

    /// Something that should be accepted.
    pub(super) fn wanted<'a>(answer: &'a Answer, what: &str) -> Told<'a> {
        match answer {
            Answer::Accepted => Ok(Self::plain(what)),
            Answer::Refused(how) => Ok(Self::weak(format!("{what} refused: {how}"))),
            Answer::Unknown(why) => Err((what.to_owned(), why)),
        }
    }

    /// Something that could not be told.
    pub(super) fn unknown(what: &str, why: &Untrusted) -> Self {
        Self::quiet(format!("{what} not known: {why}"))
    }
}

/// A piece, or what could not be told, and why not.
pub(super) type Told<'a> = Result<Piece, (String, &'a Untrusted)>;

/// What is known, then what is not: of several that share a reason, the reason is given once.
pub(super) fn told<'a>(all: impl Iterator<Item = Told<'a>>) -> Vec<Piece> {
    let mut unknown = Vec::new();
    let mut pieces: Vec<Piece> = all.filter_map(|told| told.map_err(|left| unknown.push(left)).ok()).collect();
    pieces.extend(alike(unknown.into_iter()).map(|(names, why)| Piece::unknown(&names, why)));
    pieces
}

/// Names that share a reason, together: `TLSv1.1 and TLSv1.0`, in the order in which reasons come up.
pub(super) fn alike<'a>(
    all: impl Iterator<Item = (String, &'a Untrusted)>,
) -> impl Iterator<Item = (String, &'a Untrusted)> {
    let mut groups: Vec<(Vec<String>, &Untrusted)> = Vec::new();
    for (name, reason) in all {
        match groups.iter_mut().find(|(_, known)| *known == reason) {
            Some((names, _)) => names.push(name),
            None => groups.push((vec![name], reason)),
        }
    }
    groups.into_iter().map(|(names, reason)| (and(&names), reason))
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn and(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [some @ .., last] => format!("{} and {last}", some.join(", ")),
    }
}

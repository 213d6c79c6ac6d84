//! What the user can choose between on the screen: panes, projections, orders, columns.

/// The four panes of the main screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Pane {
    /// When certificates end.
    Expiry,
    /// A row per address, live.
    #[default]
    Handshakes,
    /// What was negotiated, as bars.
    Protocols,
    /// What failed, grouped, or the raw log.
    Errors,
}

impl Pane {
    /// In the order of their numbers.
    pub(crate) const ALL: [Self; 4] = [Self::Expiry, Self::Handshakes, Self::Protocols, Self::Errors];

    /// Its number on screen, from 1.
    #[must_use]
    pub(crate) const fn number(self) -> usize {
        self as usize + 1
    }

    /// Its title.
    #[must_use]
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Expiry => "Expiry",
            Self::Handshakes => "Handshakes",
            Self::Protocols => "Protocols",
            Self::Errors => "Errors",
        }
    }

    /// The one after it, round the clock.
    #[must_use]
    pub(crate) fn next(self) -> Self {
        step(&Self::ALL, self, 1)
    }

    /// The one before it.
    #[must_use]
    pub(crate) fn previous(self) -> Self {
        step(&Self::ALL, self, -1)
    }
}

/// How the expiry pane lays certificates out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Projection {
    /// One cell a certificate, by group, ordered by time left.
    #[default]
    Cells,
    /// How many end on each of the next 91 days.
    Calendar,
    /// Group by time left.
    Buckets,
}

impl Projection {
    /// In the order `v` goes through them.
    pub(crate) const ALL: [Self; 3] = [Self::Cells, Self::Calendar, Self::Buckets];

    /// Its name.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Cells => "cells",
            Self::Calendar => "calendar",
            Self::Buckets => "buckets",
        }
    }

    /// The next one.
    #[must_use]
    pub(crate) fn next(self) -> Self {
        step(&Self::ALL, self, 1)
    }
}

/// Orders of the handshake table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sort {
    /// Worst first.
    #[default]
    Trouble,
    /// By target name.
    Target,
    /// By address.
    Address,
    /// By result.
    Outcome,
    /// Slowest first.
    Duration,
    /// Nearest end of validity first.
    Expiry,
    /// Longest unseen first.
    Age,
}

impl Sort {
    /// In the order `s` goes through them.
    pub(crate) const ALL: [Self; 7] =
        [Self::Trouble, Self::Target, Self::Address, Self::Outcome, Self::Duration, Self::Expiry, Self::Age];

    /// Its name, after `sorted by`.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Trouble => "trouble",
            Self::Target => "target",
            Self::Address => "address",
            Self::Outcome => "result",
            Self::Duration => "duration",
            Self::Expiry => "expiry",
            Self::Age => "age",
        }
    }
}

/// Which columns the handshake table shows after target, address and result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Columns {
    /// Phases, duration, trend, age.
    #[default]
    Live,
    /// Each phase in numbers, with quantiles.
    Timing,
    /// What is served: end of validity, key, issuer.
    Certificate,
    /// What was negotiated: version, group, suite, ALPN.
    Protocol,
}

impl Columns {
    /// In the order `c` goes through them.
    pub(crate) const ALL: [Self; 4] = [Self::Live, Self::Timing, Self::Certificate, Self::Protocol];

    /// Its name.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Timing => "timing",
            Self::Certificate => "certificate",
            Self::Protocol => "protocol",
        }
    }

    /// The next set.
    #[must_use]
    pub(crate) fn next(self) -> Self {
        step(&Self::ALL, self, 1)
    }
}

/// What the protocol pane counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dimension {
    /// Negotiated version.
    #[default]
    Version,
    /// Key-exchange group.
    Group,
    /// Cipher suite.
    Cipher,
    /// Key type of the leaf.
    Key,
    /// Signature algorithm of the leaf.
    Signature,
    /// Issuer of the leaf.
    Issuer,
    /// Selected ALPN protocol.
    Alpn,
}

impl Dimension {
    /// In the order `v` goes through them.
    pub(crate) const ALL: [Self; 7] =
        [Self::Version, Self::Group, Self::Cipher, Self::Key, Self::Signature, Self::Issuer, Self::Alpn];

    /// Its name on screen.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::Group => "group",
            Self::Cipher => "cipher",
            Self::Key => "key",
            Self::Signature => "signature",
            Self::Issuer => "issuer",
            Self::Alpn => "alpn",
        }
    }

    /// The next one.
    #[must_use]
    pub(crate) fn next(self) -> Self {
        step(&Self::ALL, self, 1)
    }
}

/// Tabs of the endpoint view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tab {
    /// What is wrong and what to do.
    #[default]
    Verdict,
    /// How the addresses differ.
    Addresses,
    /// Certificates as sent, and as verified.
    Chain,
    /// One handshake in time.
    Handshake,
    /// What the last survey found.
    Survey,
}

impl Tab {
    /// In the order of their numbers.
    pub(crate) const ALL: [Self; 5] = [Self::Verdict, Self::Addresses, Self::Chain, Self::Handshake, Self::Survey];

    /// Its title.
    #[must_use]
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Verdict => "Verdict",
            Self::Addresses => "Addresses",
            Self::Chain => "Chain",
            Self::Handshake => "Handshake",
            Self::Survey => "Survey",
        }
    }

    /// The next tab.
    #[must_use]
    pub(crate) fn next(self) -> Self {
        step(&Self::ALL, self, 1)
    }

    /// The tab before.
    #[must_use]
    pub(crate) fn previous(self) -> Self {
        step(&Self::ALL, self, -1)
    }
}

fn step<T: Copy + PartialEq>(all: &[T], current: T, by: isize) -> T {
    let at = all.iter().position(|other| *other == current).unwrap_or(0);
    let next = at.checked_add_signed(by).map_or(all.len() - 1, |next| next % all.len());
    all.get(next).copied().unwrap_or(current)
}

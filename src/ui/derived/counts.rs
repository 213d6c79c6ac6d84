//! The protocol pane's bars: the store's own counts, or counts over what passes the filter.

use std::collections::HashMap;
use std::hash::Hash;

use super::known::{Profile, negotiated};
use super::rows::Matches;
use crate::store::{AddressRow, Aggregates, Count, Distribution, Snapshot};
use crate::ui::choices::Dimension;

/// One distribution per dimension.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    by: [Distribution; Dimension::ALL.len()],
}

impl Counts {
    /// The bars of a dimension.
    #[must_use]
    pub(crate) fn of(&self, dimension: Dimension) -> &Distribution {
        let [version, group, cipher, key, signature, issuer, alpn] = &self.by;
        match dimension {
            Dimension::Version => version,
            Dimension::Group => group,
            Dimension::Cipher => cipher,
            Dimension::Key => key,
            Dimension::Signature => signature,
            Dimension::Issuer => issuer,
            Dimension::Alpn => alpn,
        }
    }

    /// Counts what passes the filter.
    #[must_use]
    pub(crate) fn filtered(snapshot: &Snapshot, matches: &Matches, profiles: &[Profile]) -> Self {
        let (mut versions, mut groups, mut ciphers, mut alpn) =
            (Tally::new(), Tally::new(), Tally::new(), Tally::new());
        for (profile, count) in profiles.iter().zip(&matches.profiles).filter(|(_, count)| **count > 0) {
            bump(&mut versions, profile.version, *count);
            bump(&mut groups, profile.group, *count);
            bump(&mut ciphers, profile.cipher, *count);
            bump(&mut alpn, Some(profile.alpn.as_ref().map_or("none", |alpn| alpn.as_str())), *count);
        }
        let (mut keys, mut signatures, mut issuers) = (Tally::new(), Tally::new(), Tally::new());
        for leaf in matches.leaves().filter_map(|slot| snapshot.certificates.get(slot)) {
            let leaf = &leaf.certificate;
            bump(&mut keys, Some(&leaf.key), 1);
            bump(&mut signatures, Some(&leaf.signature.name), 1);
            bump(&mut issuers, Some(&leaf.issuer_short), 1);
        }
        Self {
            by: [
                distribution(versions),
                distribution(groups),
                distribution(ciphers),
                distribution(keys),
                distribution(signatures),
                distribution(issuers),
                distribution(alpn),
            ],
        }
    }
}

impl From<&Aggregates> for Counts {
    fn from(all: &Aggregates) -> Self {
        let by = [&all.versions, &all.groups, &all.ciphers, &all.keys, &all.signatures, &all.issuers, &all.alpn];
        Self { by: by.map(Clone::clone) }
    }
}

/// What an address shows in a dimension, as the bars name it.
#[must_use]
pub(crate) fn value_of(row: &AddressRow, dimension: Dimension) -> Option<String> {
    let seen = row.last_seen.as_ref();
    let handshake = negotiated(row);
    let leaf = seen.and_then(|seen| seen.chain().first());
    match dimension {
        Dimension::Version => handshake?.version.map(|value| value.to_string()),
        Dimension::Group => handshake?.group.map(|value| value.to_string()),
        Dimension::Cipher => handshake?.cipher.map(|value| value.to_string()),
        Dimension::Alpn => Some(handshake?.alpn.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string)),
        Dimension::Key => leaf.map(|leaf| leaf.key.to_string()),
        Dimension::Signature => leaf.map(|leaf| leaf.signature.name.to_string()),
        Dimension::Issuer => leaf.map(|leaf| leaf.issuer_short.to_string()),
    }
}

/// Values and how many have them; each is printed only once.
type Tally<K> = HashMap<K, usize>;

fn bump<K: Eq + Hash>(tally: &mut Tally<K>, value: Option<K>, by: usize) {
    if let Some(value) = value {
        *tally.entry(value).or_default() += by;
    }
}

fn distribution<K: ToString>(counts: Tally<K>) -> Distribution {
    let total = counts.values().sum();
    let mut counts: Vec<Count> = counts
        .into_iter()
        .map(|(name, count)| Count { name: name.to_string().into(), count, hour_ago: None })
        .collect();
    counts.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
    Distribution { counts, total }
}

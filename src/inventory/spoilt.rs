//! Inputs that are almost right, for the tests of what others may have written.

use proptest::prelude::*;
use proptest::sample::{Index, select};

/// One of the seeds with a few bytes changed, most of them to some of those that tell something, cut somewhere or not at all.
pub(super) fn spoilt(seeds: Vec<Vec<u8>>, telling: &'static [u8]) -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec((any::<Index>(), prop_oneof![any::<u8>(), select(telling)]), 0..8);
    let ending = prop_oneof![Just(None), any::<Index>().prop_map(Some)];
    (select(seeds), changes, ending).prop_map(|(mut bytes, changes, ending)| {
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(end) = ending {
            bytes.truncate(end.index(bytes.len()) + 1);
        }
        bytes
    })
}

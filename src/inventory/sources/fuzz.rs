//! Where sources that anybody may have written are read: for the target in `fuzz/` and the tests below.

#![expect(clippy::missing_panics_doc, reason = "to panic is how it tells")]

use std::path::Path;

use super::super::notation;
use super::disk::Disk;
use super::found::Found;
use super::kind::Kind;
use super::means::Means;
use super::roots::Roots;

const MEANS: Means = Means { most: 64, roots: Roots { system: false, mozilla: false, files: Vec::new(), text: None } };

/// A source of the kind that the first byte says, else of the one it looks like. What it refers to is elsewhere.
pub fn source(data: &[u8]) {
    let Some((kind, content)) = data.split_first() else { return };
    let kind = Kind::ALL.get(usize::from(*kind)).copied().unwrap_or_else(|| Kind::recognise(content));
    let Ok(found) = read(kind, content) else { return };
    for sighting in &found.sightings {
        let written = sighting.spec.to_string();
        let again = notation::parse(&written);
        assert_eq!(again.as_ref(), Ok(&sighting.spec), "{} names '{written}'", kind.name());
        assert!(kind == Kind::Certbot || sighting.cert_file.is_none());
    }
    let labels = found.sightings.iter().flat_map(|sighting| sighting.labels.iter());
    for text in labels.flat_map(|(name, value)| [name, value]) {
        assert!(!text.contains(char::is_control), "{} labels with {text:?}", kind.name());
    }
    for notice in &found.notices {
        assert!(!notice.to_string().contains(char::is_control));
        // What is loaded or defined nowhere is so in the source itself.
        let is_within = matches!(kind, Kind::Haproxy | Kind::Envoy);
        assert!(is_within || notice.code.is_none(), "nothing is known of what is elsewhere");
    }
}

fn read(kind: Kind, content: &[u8]) -> Result<Found, String> {
    kind.read("source", content, Path::new("/nowhere"), &MEANS, Disk::Elsewhere)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::super::super::spoilt::spoilt;
    use super::*;

    /// Their targets are the names in certificates, which are in other files.
    const BY_REFERENCE: [Kind; 2] = [Kind::Certbot, Kind::Haproxy];
    /// The same list as `file_sd`, from a server.
    const UNRECOGNISED: Kind = Kind::HttpSd;

    /// What `fuzz/seeds.py` made: name and content.
    fn seeds() -> Vec<(String, Vec<u8>)> {
        let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/source");
        let entries = fs::read_dir(place).unwrap().map(Result::unwrap);
        entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
    }

    fn contents() -> Vec<Vec<u8>> {
        seeds().into_iter().map(|(_, seed)| seed).collect()
    }

    /// Fuzzing that begins with what is not understood at all gets nowhere. Seeds are named by their format.
    #[test]
    fn seeds_are_understood() {
        let seeds = seeds();
        for kind in Kind::ALL.into_iter().filter(|kind| *kind != UNRECOGNISED) {
            assert!(seeds.iter().any(|(name, _)| name.starts_with(kind.name())), "no seed is {}", kind.name());
        }
        for (name, seed) in seeds {
            source(&seed);
            let kind = Kind::recognise(&seed[1..]);
            assert_eq!(seed[0], 0xFF, "{name} is to be recognised");
            assert!(name.starts_with(kind.name()), "{name} is taken for {}", kind.name());
            if !BY_REFERENCE.contains(&kind) {
                let found = read(kind, &seed[1..]).unwrap();
                assert!(found.sightings.len() > 1, "{name}: {found:?}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn any_source_is_survived(data in spoilt(contents(), b"\0\x01\n\t\x1b \"'{}()[]<>&*,:;-/\\@%=#$~\xff")) {
            source(&data);
        }
    }
}

//! Prometheus's lists of targets: `file_sd` files, and what an `http_sd` answers.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::document;
use super::found::{Found, labels};

/// Targets with the same labels.
#[derive(Deserialize)]
pub(super) struct Group {
    #[serde(default)]
    pub(super) targets: Vec<String>,
    #[serde(default)]
    pub(super) labels: BTreeMap<String, String>,
}

/// `[{"targets": ["host:port", …], "labels": {…}}, …]`, as JSON or YAML.
pub(super) fn read(name: &str, bytes: &[u8]) -> Result<Found, String> {
    let mut found = Found::default();
    for (index, group) in groups(bytes)?.into_iter().enumerate() {
        let place = format!("{name}: group {}", index + 1);
        for target in &group.targets {
            discovered(&mut found, &place, target, &group.labels);
        }
    }
    Ok(found)
}

/// What a list has. An empty file is none: it was caught while it was written.
pub(super) fn groups(bytes: &[u8]) -> Result<Vec<Group>, String> {
    let lists: Vec<Vec<Group>> = document::all(bytes)?;
    if lists.is_empty() {
        return Err("it is empty; a list of no targets is []".to_owned());
    }
    Ok(lists.into_iter().flatten().collect())
}

/// A target as Prometheus has it: `host:port`, a host, or a URL (what blackbox probes take).
pub(super) fn discovered(found: &mut Found, place: &str, target: &str, said: &BTreeMap<String, String>) {
    // Labels that begin with two underscores are for relabelling, and gone after it.
    let kept = said.iter().filter(|(name, _)| !name.starts_with("__"));
    found.target(place, target, |sighting| sighting.labels = labels(kept));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_yaml_say_the_same() {
        let json = br#"[{"targets":["shop.example:443","https://api.example:8443/health"],"labels":{"env":"prod","__meta_x":"y"}},{"targets":["*.x"]}]"#;
        let yaml = b"- targets:\n  - shop.example:443\n  - https://api.example:8443/health\n  labels:\n    env: prod\n    __meta_x: y\n- targets: ['*.x']\n";
        let found = read("t", json).unwrap();
        assert_eq!(read("t", yaml).unwrap(), found);
        let names: Vec<String> = found.sightings.iter().map(|sighting| sighting.spec.to_string()).collect();
        assert_eq!(names, ["shop.example:443", "api.example:8443"]);
        assert_eq!(found.sightings[1].labels, labels([("env", "prod")]));
        assert_eq!(found.notices[0].place.as_str(), "t: group 2");
        assert_eq!(read("t", b"[]").unwrap(), Found::default());
    }

    #[test]
    fn another_shape_is_a_fault() {
        for text in ["{\"targets\":[]}", "[{\"targets\":\"a\"}]", "[1]", "a: b", "", "\n", "# only this\n", "---\n"] {
            assert!(read("t", text.as_bytes()).is_err(), "{text}");
        }
    }
}

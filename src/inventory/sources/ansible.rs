//! What `ansible-inventory --list` prints. (The INI form holds Python literals, and YAML inventories templates.)

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::document;
use super::found::{Found, labels};

#[derive(Deserialize)]
struct Inventory {
    #[serde(rename = "_meta")]
    meta: Meta,
    #[serde(flatten)]
    groups: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(default)]
    hostvars: BTreeMap<String, Variables>,
}

#[derive(Default, Deserialize)]
struct Variables {
    ansible_host: Option<Value>,
}

/// Every host once, at port 443, with the groups that list it. `ansible_port` is where SSH listens and says nothing here.
pub(super) fn read(name: &str, bytes: &[u8]) -> Result<Found, String> {
    let inventories: Vec<Inventory> = document::all(bytes)?;
    let mut found = Found::default();
    for Inventory { meta, groups } in inventories {
        let mut groups_of: BTreeMap<&str, Vec<&str>> =
            meta.hostvars.keys().map(|host| (host.as_str(), Vec::new())).collect();
        for (group, value) in groups.iter().filter(|(group, _)| !matches!(group.as_str(), "all" | "ungrouped")) {
            let hosts = value.get("hosts").and_then(Value::as_array).into_iter().flatten();
            for host in hosts.filter_map(Value::as_str) {
                groups_of.entry(host).or_default().push(group);
            }
        }
        for group in ["all", "ungrouped"] {
            let hosts = groups.get(group).and_then(|value| value.get("hosts")?.as_array());
            for host in hosts.into_iter().flatten().filter_map(Value::as_str) {
                groups_of.entry(host).or_default();
            }
        }
        for (host, groups) in groups_of {
            let reached = meta.hostvars.get(host).and_then(|variables| variables.ansible_host.as_ref()?.as_str());
            let place = format!("{name}: {host}");
            let groups = groups.join(",");
            found.target(&place, &notation(host, reached), |sighting| sighting.labels = labels([("groups", groups)]));
        }
    }
    Ok(found)
}

/// A host by its own name when that is a name of DNS, at its address when one is said; else where it is reached.
fn notation(host: &str, reached: Option<&str>) -> String {
    let bracketed = |text: &str| match text.parse::<std::net::Ipv6Addr>() {
        Ok(ip) => format!("[{ip}]"),
        Err(_) => text.to_owned(),
    };
    match reached {
        Some(reached) if host.contains('.') && host.parse::<std::net::IpAddr>().is_err() => {
            match reached.parse::<std::net::IpAddr>() {
                Ok(ip) => format!("{host}@{}", std::net::SocketAddr::new(ip, 443)),
                Err(_) => host.to_owned(),
            }
        }
        Some(reached) => bracketed(reached),
        None => bracketed(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_have_their_groups() {
        let text = br#"{"_meta":{"hostvars":{
            "shop.example":{"ansible_host":"10.0.0.7","ansible_port":22},
            "web1":{"ansible_host":"web1.example"},
            "odd host":{}}},
            "all":{"children":["web","ungrouped"]},
            "web":{"hosts":["shop.example","web1"]},"eu":{"hosts":["web1"]},"ungrouped":{"hosts":["db.example"]}}"#;
        let found = read("inv", text).unwrap();
        let told: Vec<String> = found
            .sightings
            .iter()
            .map(|sighting| format!("{} {:?}", sighting.spec, sighting.labels.get("groups").map(|value| &**value)))
            .collect();
        assert_eq!(
            told,
            ["db.example:443 None", "shop.example@10.0.0.7:443 Some(\"web\")", "web1.example:443 Some(\"eu,web\")"]
        );
        assert_eq!(found.notices[0].place.as_str(), "inv: odd host");
        assert!(read("inv", b"{\"web\":{\"hosts\":[]}}").is_err(), "no _meta");
    }
}

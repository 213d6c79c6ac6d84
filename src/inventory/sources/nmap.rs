//! `nmap -oX`: open ports that speak TLS.

use roxmltree::{Document, Node, ParsingOptions};

use super::super::scheme::SCHEMES;
use super::found::{Found, labels};

/// A scan's nodes beyond this are not read.
const MOST_NODES: u32 = 2_000_000;

/// Open TCP ports in a tunnel of TLS, with a certificate in `ssl-cert`, or of a service known to speak TLS.
pub(super) fn read(name: &str, bytes: &[u8]) -> Result<Found, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| format!("not UTF-8: {error}"))?;
    // nmap writes a document type without entities; entities that are there count against the parser's own limit.
    let options = ParsingOptions { allow_dtd: true, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document =
        Document::parse_with_options(text, options).map_err(|error| format!("not readable as XML: {error}"))?;
    let root = document.root_element();
    if root.tag_name().name() != "nmaprun" {
        return Err(format!("'{}' is no report of nmap: <nmaprun> is missing", root.tag_name().name()));
    }
    let mut found = Found::default();
    for host in children(root, "host") {
        let address = children(host, "address").find(|node| node.attribute("addrtype") != Some("mac"));
        let Some(address) = address.and_then(|node| node.attribute("addr")) else { continue };
        let named = children(host, "hostnames").flat_map(|names| children(names, "hostname"));
        // A name the user gave says more than one of reverse DNS.
        let mut by_worth: Vec<_> = named.collect();
        by_worth.sort_by_key(|node| node.attribute("type") != Some("user"));
        let host_name = by_worth.first().and_then(|node| node.attribute("name"));
        for port in children(host, "ports").flat_map(|ports| children(ports, "port")) {
            if let Some(notation) = notation(address, host_name, port) {
                let service = children(port, "service").find_map(|node| node.attribute("name"));
                found.target(&format!("{name}: {address}"), &notation, |sighting| {
                    sighting.labels = labels(service.map(|service| ("nmap_service", service)));
                });
            }
        }
    }
    Ok(found)
}

fn notation(address: &str, name: Option<&str>, port: Node<'_, '_>) -> Option<String> {
    let is_open = children(port, "state").any(|state| state.attribute("state") == Some("open"));
    if !is_open || port.attribute("protocol") != Some("tcp") {
        return None;
    }
    let number: u16 = port.attribute("portid")?.parse().ok()?;
    let in_tunnel = children(port, "service").any(|service| service.attribute("tunnel") == Some("ssl"));
    let has_certificate = children(port, "script").any(|script| script.attribute("id") == Some("ssl-cert"));
    let is_known = SCHEMES.iter().any(|scheme| scheme.claims_port && scheme.port == number);
    if !(in_tunnel || has_certificate || is_known) {
        return None;
    }
    let place = match address.parse::<std::net::IpAddr>() {
        Ok(ip) => std::net::SocketAddr::new(ip, number).to_string(),
        Err(_) => format!("{address}:{number}"),
    };
    Some(name.map_or_else(|| place.clone(), |name| format!("{name}@{place}")))
}

fn children<'a, 'input: 'a>(node: Node<'a, 'input>, name: &'static str) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(move |child| child.has_tag_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCAN: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<nmaprun scanner="nmap"><host><status state="up"/><address addr="10.0.0.7" addrtype="ipv4"/>
<address addr="00:11:22:33:44:55" addrtype="mac"/>
<hostnames><hostname name="ptr.example" type="PTR"/><hostname name="shop.example" type="user"/></hostnames>
<ports><port protocol="tcp" portid="443"><state state="open"/><service name="http" tunnel="ssl"/></port>
<port protocol="tcp" portid="9000"><state state="open"/><script id="ssl-cert" output=""/></port>
<port protocol="tcp" portid="22"><state state="open"/><service name="ssh"/></port>
<port protocol="tcp" portid="25"><state state="closed"/></port>
<port protocol="udp" portid="443"><state state="open"/></port></ports></host>
<host><address addr="2001:db8::1" addrtype="ipv6"/><ports><port protocol="tcp" portid="993"><state state="open"/></port></ports></host>
</nmaprun>"#;

    #[test]
    fn open_ports_of_tls_are_taken() {
        let found = read("scan.xml", SCAN.as_bytes()).unwrap();
        let names: Vec<String> = found.sightings.iter().map(|sighting| sighting.spec.to_string()).collect();
        assert_eq!(names, ["shop.example@10.0.0.7:443", "shop.example@10.0.0.7:9000", "[2001:db8::1]:993"]);
        assert_eq!(found.sightings[0].labels, labels([("nmap_service", "http")]));
    }

    #[test]
    fn other_documents_and_bombs_are_faults() {
        assert!(read("x", b"<html/>").unwrap_err().contains("no report of nmap"));
        assert!(read("x", b"<nmaprun>").unwrap_err().starts_with("not readable as XML"));
        let mut bomb = "<!DOCTYPE x [<!ENTITY a \"xxxxxxxxxx\">".to_owned();
        for (one, next) in ["a", "b", "c", "d", "e", "f", "g", "h", "i"].windows(2).map(|pair| (pair[0], pair[1])) {
            bomb += "<!ENTITY ";
            bomb += next;
            bomb += &[" \"", &["&", one, ";"].concat().repeat(10), "\">"].concat();
        }
        bomb.push_str("]><nmaprun>&i;</nmaprun>");
        assert!(read("x", bomb.as_bytes()).is_err());
    }
}

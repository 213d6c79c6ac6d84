//! Where sources that anybody may have written are read: for the target in `fuzz/` and the test below.

#![expect(clippy::missing_panics_doc, reason = "to panic is how it tells")]

use std::path::Path;

use super::disk::Disk;
use super::kind::Kind;

/// A source of the kind that the first byte says, else of the one it looks like. What it refers to is elsewhere.
pub fn source(data: &[u8]) {
    let Some((kind, content)) = data.split_first() else { return };
    let kind = Kind::ALL.get(usize::from(*kind)).copied().unwrap_or_else(|| Kind::recognise(content));
    let Ok(found) = kind.read("source", content, Path::new("/nowhere"), 64, Disk::Elsewhere) else { return };
    for notice in &found.notices {
        assert!(!notice.to_string().chars().any(char::is_control));
        let is_within = kind == Kind::Haproxy;
        assert!(is_within || notice.code.is_none(), "nothing is known of what is elsewhere");
    }
    let mut files = found.sightings.iter().filter_map(|sighting| sighting.cert_file.as_ref());
    assert!(kind == Kind::Certbot || files.next().is_none());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::{Index, select};

    use super::*;

    /// Right sources, each with its kind before it.
    fn seeds() -> Vec<Vec<u8>> {
        let nginx = "# configuration file /n/a:\nhttp { map $ssl_server_name $c { default x; } include b*; }\n\
                     # configuration file /n/b:\nserver { listen [::]:443 ssl; server_name a.example; ssl_certificate ${c}.pem; }\n";
        let apache = "Define d a.example\n<VirtualHost *:443 [::1]:8443>\nServerName \"${d}\"\nSSLEngine on\nSSLCertificateFile \\\nx\n</VirtualHost>\nInclude x*\n";
        let haproxy = "crt-store s\n load crt a alias b\nfrontend f\n bind :443,[::]:444 ssl crt @s/b crt-list l # x\n";
        let caddy = r#"{"apps":{"http":{"servers":{"s":{"listen":["tcp/:443"],"routes":[{"match":[{"host":["a.example"]}]}]}}}}}"#;
        let envoy = "static_resources:\n  listeners:\n  - address: {socket_address: {address: '::', port_value: 443}}\n    filter_chains:\n    - filter_chain_match: {server_names: [a.example]}\n      \
                     transport_socket: {typed_config: {common_tls_context: {tls_certificates: [{certificate_chain: {filename: x}}]}}}\n";
        let blackbox = "modules: {m: {prober: tcp, tcp: {query_response: [{send: STLS}, {starttls: true}]}}}\nscrape_configs: [{params: {module: [m]}, static_configs: [{targets: ['a.example:110']}]}]\n";
        let prometheus = r#"{"status":"success","data":{"activeTargets":[{"labels":{"job":"j"},"scrapeUrl":"http://b/probe?module=m&target=a.example%3A1"}]}}"#;
        let traefik = r#"{"r":{"Account":{},"Certificates":[{"domain":{"main":"a.example","sans":["b.example"]},"key":"eA=="}]}}"#;
        let sources = [
            (Kind::Nginx, nginx),
            (Kind::Apache, apache),
            (Kind::Haproxy, haproxy),
            (Kind::Caddy, caddy),
            (Kind::Envoy, envoy),
            (Kind::Blackbox, blackbox),
            (Kind::Prometheus, prometheus),
            (Kind::Traefik, traefik),
            (Kind::Certbot, "archive_dir = /a\nfullchain = /nowhere/x\n"),
            (Kind::List, "a.example\n10.0.0.0/30:443,8443 # x\n"),
        ];
        let number = |kind: Kind| Kind::ALL.iter().position(|one| *one == kind).and_then(|at| u8::try_from(at).ok());
        let seed = |(kind, text): (Kind, &str)| [&[number(kind).unwrap()], text.as_bytes()].concat();
        sources.into_iter().map(seed).collect()
    }

    fn spoilt() -> impl Strategy<Value = Vec<u8>> {
        let odd = select(b"{}[]()\"'\\$#:;,=<>/*~ \n\t-\x00\x1b\xff".to_vec());
        let changes = prop::collection::vec((any::<Index>(), prop_oneof![any::<u8>(), odd]), 0..8);
        let ending = prop_oneof![Just(None), any::<Index>().prop_map(Some)];
        (select(seeds()), changes, ending).prop_map(|(mut bytes, changes, ending)| {
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

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn any_source_is_survived(data in spoilt()) {
            source(&data);
        }
    }

    #[test]
    fn right_sources_name_targets() {
        for seed in seeds() {
            let kind = Kind::ALL[usize::from(seed[0])];
            let found = kind.read("source", &seed[1..], Path::new("/nowhere"), 64, Disk::Elsewhere);
            let by_certificate = [Kind::Haproxy, Kind::Certbot].contains(&kind);
            assert!(by_certificate || !found.unwrap().sightings.is_empty(), "{kind:?}");
        }
    }
}

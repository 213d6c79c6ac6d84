use super::*;

const LIST: &str = r#"{"apiVersion":"v1","kind":"List","items":[
{"kind":"Ingress","metadata":{"namespace":"web","name":"shop"},"spec":{"tls":[{"hosts":["shop.example","*.shop.example"],"secretName":"shop-tls"}]}},
{"kind":"Ingress","metadata":{"namespace":"web","name":"plain"},"spec":{"rules":[]}},
{"kind":"Gateway","metadata":{"namespace":"edge","name":"gw"},"spec":{"listeners":[
 {"name":"http","port":80,"protocol":"HTTP"},
 {"name":"named","port":8443,"protocol":"HTTPS","hostname":"api.example","tls":{"certificateRefs":[{"name":"api-tls"}]}},
 {"name":"bare","port":443,"protocol":"TLS"}]},"status":{"addresses":[{"value":"2001:db8::7"}]}},
{"kind":"Certificate","metadata":{"namespace":"web","name":"shop"},"spec":{"secretName":"shop-tls","dnsNames":["www.shop.example"],"issuerRef":{"name":"le"}},
 "status":{"conditions":[{"type":"Ready","status":"False","reason":"Failed","message":"order is \u001b[31minvalid"}],"failedIssuanceAttempts":3,"lastFailureTime":"2026-11-01T00:00:00Z","renewalTime":"2026-10-30T00:00:00Z"}},
{"kind":"Service","metadata":{"namespace":"web","name":"lb","annotations":{"external-dns.alpha.kubernetes.io/hostname":"lb.example"}},
 "spec":{"type":"LoadBalancer","ports":[{"port":443},{"port":80},{"name":"tls-x","port":25}]}},
{"kind":"Service","metadata":{"namespace":"web","name":"inner"},"spec":{"type":"ClusterIP"}},
{"kind":"Secret","metadata":{"namespace":"web","name":"shop-tls","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"UExBTlRFRA"}},"type":"kubernetes.io/tls","data":{"tls.key":"UExBTlRFRA=="}}]}"#;

fn told(found: &Found) -> Vec<String> {
    let line = |sighting: &super::super::found::Sighting| {
        let labels: Vec<String> = sighting.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{} {}", sighting.spec, labels.join(" "))
    };
    found.sightings.iter().map(line).collect()
}

#[test]
fn objects_become_targets_with_labels() {
    let found = read("k", LIST.as_bytes()).unwrap();
    assert_eq!(
        told(&found),
        [
            "shop.example:443 kind=Ingress name=shop namespace=web secret=shop-tls",
            "api.example:8443 kind=Gateway listener=named name=gw namespace=edge secret=api-tls",
            "[2001:db8::7]:443 kind=Gateway listener=bare name=gw namespace=edge",
            "www.shop.example:443 issuer=le kind=Certificate name=shop namespace=web ready=False renewal=2026-10-30T00:00:00Z secret=shop-tls",
            "lb.example:443 kind=Service name=lb namespace=web",
            "lb.example:25 kind=Service name=lb namespace=web",
        ]
    );
    assert_eq!(found.sightings[5].starttls, Some(crate::model::Protocol::Tls), "not SMTP");
    let notices: Vec<String> = found.notices.iter().map(|told| format!("{}: {}", told.place, told.text)).collect();
    assert!(notices[0].contains("k: Ingress web/shop: '*.shop.example:443' is no target: a wildcard"), "{notices:?}");
    assert_eq!(notices[1], "k: Ingress web/plain: has no TLS hosts");
    assert!(notices[2].contains("is not ready: Failed order is <U+001B>[31minvalid"), "{notices:?}");
    assert!(notices[3].contains("could not be issued 3 times, last at 2026-11-01"), "{notices:?}");
    assert_eq!(notices[4], "k: 1 of kind Secret names no target; 'tlscope inventory' reviews certificates");
    assert_eq!(notices[5], "k: 1 of kind Service names no target");
    assert!(!format!("{found:?}").contains("UExBTlRFRA"), "key material is nowhere");
}

#[test]
fn yaml_of_several_documents_says_the_same() {
    let yaml = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: a\n  namespace: n\nspec:\n  tls:\n  - hosts: [a.example]\n---\nkind: Secret\ndata:\n  tls.key: UExBTlRFRA==\n";
    let found = read("k", yaml.as_bytes()).unwrap();
    assert_eq!(told(&found), ["a.example:443 kind=Ingress name=a namespace=n"]);
    assert_eq!(found.notices.len(), 1);
}

#[test]
fn tls_without_hosts_is_for_those_of_the_rules() {
    let ingress = r#"{"kind":"Ingress","metadata":{"namespace":"n","name":"a"},
        "spec":{"tls":[{"secretName":"s"}],"rules":[{"host":"a.example"},{"http":{}}]}}"#;
    assert_eq!(
        told(&read("k", ingress.as_bytes()).unwrap()),
        ["a.example:443 kind=Ingress name=a namespace=n secret=s"]
    );
}

#[test]
fn labels_of_an_object_are_carried_over_beside_its_own_words() {
    let ingress = r#"{"kind":"Ingress","metadata":{"namespace":"n","name":"a",
        "labels":{"app.kubernetes.io/name":"shop","team":"web","kind":"theirs","number":1,"empty":""}},
        "spec":{"tls":[{"hosts":["a.example"]}]}}"#;
    assert_eq!(
        told(&read("k", ingress.as_bytes()).unwrap()),
        ["a.example:443 app.kubernetes.io/name=shop kind=Ingress name=a namespace=n team=web"]
    );
    let odd = ingress.replace("{\"app", "[{\"app").replace("\"\"}", "\"\"}]");
    assert_eq!(told(&read("k", odd.as_bytes()).unwrap()), ["a.example:443 kind=Ingress name=a namespace=n"]);
}

#[test]
fn odd_shapes_are_passed_over() {
    for text in
        [r#"{"kind":"Ingress","spec":{"tls":"x"}}"#, r#"{"kind":"Gateway","spec":[]}"#, r#"{"kind":"Certificate"}"#]
    {
        assert_eq!(read("k", text.as_bytes()).unwrap().sightings, []);
    }
    assert!(read("k", b"{\"kind\":1}").is_err());
    let nested = format!("{}{}", r#"{"kind":"List","items":["#.repeat(40), "]}".repeat(40));
    assert_eq!(read("k", nested.as_bytes()).unwrap().sightings, []);
}

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, KeyPair};
use serde_json::json;

use super::*;
use crate::model::{ClusterObject, FileContent, FoundFile, Held, Lack, StoredSecret, Unread};

struct Pair {
    certificate: String,
    key: String,
}

fn pair(name: &str) -> Pair {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap();
    Pair { certificate: certificate.pem(), key: key.serialize_pem() }
}

fn coded(text: &str) -> String {
    STANDARD.encode(text)
}

fn secret(namespace: &str, name: &str, data: &serde_json::Value) -> serde_json::Value {
    json!({"apiVersion": "v1", "data": data, "kind": "Secret", "type": "kubernetes.io/tls",
        "metadata": {"name": name, "namespace": namespace}})
}

/// What `kubectl` prints of several objects: the kind stands at the end.
fn list(items: &[serde_json::Value]) -> String {
    format!("{{\"apiVersion\":\"v1\",\"items\":{},\"kind\":\"List\"}}", serde_json::to_string(items).unwrap())
}

fn streamed(text: &str) -> Harvest {
    json(text.as_bytes(), 1 << 20, &Shelf::closed(), &AtomicBool::new(false))
}

fn paths(files: &[FoundFile]) -> Vec<String> {
    files.iter().map(|file| file.path.display().to_string()).collect()
}

fn object<'a>(files: &'a [FoundFile], path: &str) -> &'a ClusterObject {
    files.iter().find(|file| file.path.to_str() == Some(path)).unwrap().object().unwrap()
}

#[test]
fn objects_become_files_and_are_led_to_each_other() {
    let shop = pair("shop.example");
    let bundle = coded(&shop.certificate);
    let text = list(&[
        secret("web", "shop-tls", &json!({"tls.crt": bundle, "ca.crt": bundle, "tls.key": coded(&shop.key)})),
        json!({"kind": "ConfigMap", "metadata": {"name": "roots", "namespace": "web"}, "data": {
            "ca.pem": format!("# ours\n{}", shop.certificate), "notes": "nothing", "tls.key": shop.key}}),
        json!({"kind": "ValidatingWebhookConfiguration", "metadata": {"name": "guard"},
            "webhooks": [{"name": "a.guard", "clientConfig": {"caBundle": bundle}}, {"name": "b", "clientConfig": {}}]}),
        json!({"kind": "APIService", "metadata": {"name": "v1.x"}, "spec": {"caBundle": "%%"}}),
        json!({"kind": "CustomResourceDefinition", "metadata": {"name": "c"},
            "spec": {"conversion": {"webhook": {"clientConfig": {"caBundle": bundle}}}, "versions": [{"schema": {}}]}}),
        json!({"kind": "Ingress", "metadata": {"name": "shop", "namespace": "web"},
            "spec": {"tls": [{"hosts": ["shop.example"], "secretName": "shop-tls"}, {"hosts": ["b"], "secretName": "x"}]}}),
        json!({"kind": "Gateway", "metadata": {"name": "gw", "namespace": "edge"}, "spec": {"listeners": [
            {"name": "https", "hostname": "*.shop.example", "tls": {"certificateRefs": [
                {"name": "shop-tls", "namespace": "web"}, {"kind": "Other", "name": "y"}]}}, {"name": "http"}]}}),
        json!({"kind": "Certificate", "metadata": {"name": "shop", "namespace": "other"},
            "spec": {"secretName": "gone", "dnsNames": ["a"], "ipAddresses": ["192.0.2.1"], "issuerRef": {"name": "le"}},
            "status": {"conditions": [{"type": "Ready", "status": "False", "reason": "DoesNotExist"},
                {"type": "Issuing", "status": "False", "reason": "Failed", "message": "order is invalid"}],
                "failedIssuanceAttempts": 3, "lastFailureTime": "2026-11-01T00:00:00Z", "revision": 2}}),
        json!({"kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"env": [{"name": "A", "value": "B"}]}]}}),
    ]);
    let files = streamed(&text).joined();
    assert_eq!(
        paths(&files),
        [
            "secret/web/shop-tls[ca.crt]",
            "secret/web/shop-tls[tls.crt]",
            "configmap/web/roots[ca.pem]",
            "validatingwebhookconfiguration/guard[a.guard]",
            "apiservice/v1.x[caBundle]",
            "customresourcedefinition/c[conversion]",
            "ingress/web/shop",
            "gateway/edge/gw",
            "certificate/other/shop",
        ]
    );
    assert_eq!(files[1].certificates().count(), 1);
    assert!(matches!(files[4].parts()[0].held, Held::Unreadable { .. }));
    let ingress = object(&files, "ingress/web/shop");
    assert!(ingress.uses[0].stored.certificate().is_some());
    assert_eq!(ingress.uses[1].stored, StoredSecret::Missing { has_neighbours: true });
    let gateway = &object(&files, "gateway/edge/gw").uses;
    assert_eq!((gateway.len(), gateway[0].secret.to_string().as_str()), (1, "web/shop-tls"));
    assert!(gateway[0].stored.certificate().is_some());
    let certificate = object(&files, "certificate/other/shop");
    let issuance = certificate.issuance.as_ref().unwrap();
    assert_eq!(certificate.uses[0].stored, StoredSecret::Untold, "no other namespace has a secret");
    assert_eq!((issuance.ready, issuance.failed_attempts, issuance.revision), (Some(false), 3, Some(2)));
    assert_eq!((issuance.message.as_str(), issuance.issuer.as_str()), ("order is invalid", "le"));
    assert_eq!(issuance.last_failure.unwrap().rfc3339(), "2026-11-01T00:00:00Z");
}

#[test]
fn nothing_of_a_key_is_kept() {
    let shop = pair("shop.example");
    let together = shop.certificate.clone() + &shop.key;
    let mut secret = secret(
        "web",
        "all",
        &json!({
        "tls.crt": coded(&together), "tls.key": coded(&shop.key), "haproxy.pem": coded(&together), "p12": "AAAA"}),
    );
    secret["metadata"]["annotations"] = json!({"kubectl.kubernetes.io/last-applied-configuration": format!("{{\"tls.key\":\"{}\"}}", coded(&shop.key))});
    let yaml_text = format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: y\nstringData:\n  tls.crt: |\n{}\n  tls.key: |\n{}\n",
        indented(&together),
        indented(&shop.key)
    );
    let body: String = shop.key.lines().filter(|line| !line.starts_with('-')).collect();
    let mut yaml_bytes = yaml_text.into_bytes();
    for harvest in [streamed(&list(&[secret])), yaml(&mut yaml_bytes, &Shelf::closed())] {
        let files = harvest.joined();
        assert!(!files.is_empty() && files.iter().all(|file| file.keys().next().is_none()));
        let told = format!("{files:?}");
        assert!(!told.contains(&body[60..84]) && !told.contains(&coded(&shop.key)[80..104]), "{told}");
    }
}

fn indented(text: &str) -> String {
    text.lines().flat_map(|line| ["    ", line, "\n"]).collect()
}

#[test]
fn documents_of_yaml_say_the_same() {
    let shop = pair("shop.example");
    let text = format!(
        "---\n# first\napiVersion: v1\nkind: Secret\ntype: kubernetes.io/tls\nmetadata: {{name: s, namespace: n}}\ndata:\n  \
         tls.crt: {}\n  tls.key: {}\n---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: i\n  \
         namespace: n\nspec:\n  tls:\n  - hosts: [shop.example]\n    secretName: s\n---\n",
        coded(&shop.certificate),
        coded(&shop.key)
    );
    assert_eq!(syntax(text.as_bytes()), Some(Syntax::Yaml));
    let files = yaml(&mut text.into_bytes(), &Shelf::closed()).joined();
    assert_eq!(paths(&files), ["secret/n/s[tls.crt]", "ingress/n/i"]);
    assert!(object(&files, "ingress/n/i").uses[0].stored.certificate().is_some());
}

#[test]
fn secrets_without_a_pair_are_told() {
    let shop = pair("shop.example");
    let lacks = |data: &serde_json::Value| {
        let files = streamed(&list(&[secret("n", "s", data)])).joined();
        files.iter().find_map(FoundFile::object).map(|object| object.lacks.clone()).unwrap_or_default()
    };
    let (certificate, key) = (coded(&shop.certificate), coded(&shop.key));
    assert_eq!(lacks(&json!({"tls.crt": certificate, "tls.key": key})), []);
    assert_eq!(lacks(&json!({"tls.crt": certificate, "tls.key": ""})), [Lack::Key]);
    assert_eq!(lacks(&json!({"tls.crt": certificate})), [Lack::Key]);
    assert_eq!(lacks(&json!({"tls.crt": "", "tls.key": key})), [Lack::Certificate]);
    assert_eq!(lacks(&json!({"tls.crt": "%", "tls.key": key})), [Lack::Base64]);
    assert_eq!(lacks(&json!({"tls.crt": key, "tls.key": key})), [Lack::Pem]);
    assert_eq!(lacks(&json!(null)), [Lack::Certificate, Lack::Key]);
}

#[test]
fn secrets_that_were_not_asked_for_are_not_missing() {
    let ingress = json!({"kind": "Ingress", "metadata": {"name": "i", "namespace": "n"},
        "spec": {"tls": [{"hosts": ["a"], "secretName": "s"}]}});
    let others = |namespaces: &[&str]| {
        let secrets = namespaces.iter().map(|namespace| secret(namespace, "x", &json!({})));
        let items: Vec<_> = secrets.chain([ingress.clone()]).collect();
        let files = streamed(&list(&items)).joined();
        object(&files, "ingress/n/i").uses[0].stored.clone()
    };
    assert_eq!(others(&[]), StoredSecret::Untold);
    assert_eq!(others(&["o"]), StoredSecret::Untold);
    assert_eq!(others(&["o", "p"]), StoredSecret::Missing { has_neighbours: false });
    assert_eq!(others(&["n"]), StoredSecret::Missing { has_neighbours: true });
}

#[test]
fn limits_are_named_and_what_was_read_before_is_kept() {
    let shop = pair("shop.example");
    let whole = list(&vec![secret("n", "s", &json!({"tls.crt": coded(&shop.certificate)})); 3]);
    let fault = |harvest: Harvest| (harvest.files.len(), harvest.fault.unwrap_or_default());
    let (kept, cut_off) = fault(streamed(&whole[..whole.len() * 2 / 3]));
    assert!(kept >= 2 && cut_off.starts_with("not readable as JSON: EOF"), "{kept} {cut_off}");
    let small = json(whole.as_bytes(), 20, &Shelf::closed(), &AtomicBool::new(false));
    assert!(fault(small).1.contains("up to 1280 bytes (--max-size)"));
    let crowded = json(whole.as_bytes(), 100, &Shelf::closed(), &AtomicBool::new(false));
    assert!(fault(crowded).1.contains("up to 8 times --max-size"));
    let (_, deep) = fault(streamed(&format!("{{\"spec\":{}{}}}", "[".repeat(200), "]".repeat(200))));
    assert!(deep.contains("recursion limit"), "{deep}");
    let wide =
        json!({"kind": "Ingress", "metadata": {"name": "w"}, "spec": {"tls": vec![json!({"hosts": ["a"]}); 20_000]}});
    assert!(rest(&streamed(&wide.to_string()).files, "ingress/default/w").starts_with("fields of an object are read"));
    let texts = vec![json!({"hosts": ["a".repeat(4096)]}); 1500];
    let long = json!({"kind": "Ingress", "metadata": {"name": "l"}, "spec": {"tls": texts}});
    assert!(rest(&streamed(&long.to_string()).files, "ingress/default/l").ends_with("or 5 MB of text"));
    let stopped = json(whole.as_bytes(), 1 << 20, &Shelf::closed(), &AtomicBool::new(true));
    assert!(fault(stopped).1.contains("stopped"));
    let bad = "apiVersion: v1\nkind: Secret\n---\na: [\n---\n";
    let (_, bad) = fault(yaml(&mut bad.as_bytes().to_vec(), &Shelf::closed()));
    assert!(bad.contains("in the document at line 4"), "{bad}");
}

/// Which limit left out the rest of an object.
fn rest<'a>(files: &'a [FoundFile], path: &str) -> &'a str {
    let content = files.iter().find(|file| file.path.to_str() == Some(path)).map(|file| &file.content);
    let Some(FileContent::Unread(Unread::Rest { limit })) = content else { panic!("{path}: {content:?}") };
    limit
}

#[test]
fn names_beyond_the_limit_are_told() {
    let shop = pair("shop.example");
    let names = (0..=1000).map(|number| (format!("{number:04}.pem"), json!(shop.certificate)));
    let data: serde_json::Map<String, serde_json::Value> = names.collect();
    for kind in ["Secret", "ConfigMap"] {
        let object = json!({"kind": kind, "metadata": {"name": "m"}, "stringData": data});
        let files = streamed(&object.to_string()).joined();
        assert_eq!(files.len(), 1001, "a thousand, and what is said of the rest");
        let limit = rest(&files, &format!("{}/default/m", kind.to_lowercase()));
        assert_eq!(limit, "names of an object are looked at up to number 1000");
    }
}

#[test]
fn an_object_has_no_more_room_than_its_manifest() {
    let shop = pair("shop.example");
    let names = (0..20).map(|number| (format!("{number}.pem"), json!(shop.certificate)));
    let object =
        json!({"kind": "ConfigMap", "metadata": {"name": "m"}, "data": names.collect::<serde_json::Map<_, _>>()});
    let harvest = json(object.to_string().as_bytes(), 512, &Shelf::closed(), &AtomicBool::new(false));
    assert!(harvest.fault.is_some_and(|fault| fault.contains("up to 8 times --max-size")));
    assert!((1..20).contains(&harvest.files.len()), "{}", harvest.files.len());
}

#[test]
fn what_is_no_manifest_is_told_by_its_beginning() {
    let cases = [
        ("{\"apiVersion\":\"v1\",\"kind\":\"List\"}", Some(Syntax::Json)),
        ("{\"apiVersion\":\"v1\",\"kind\":\"Config\",\"clusters\":[]}", None),
        ("{\"a\":1}", None),
        ("apiVersion: v1\nkind: Secret\n", Some(Syntax::Yaml)),
        ("apiVersion: v1\nitems:\n- apiVersion: v1\n  data:\n", Some(Syntax::Yaml)),
        ("apiVersion: v1\nclusters: []\nkind: Config\n", None),
        ("apiVersion: v1\nkind: Secret\nname: {{ .Values.name }}\n", None),
        ("-----BEGIN CERTIFICATE-----", None),
        ("", None),
    ];
    for (text, expected) in cases {
        assert_eq!(syntax(text.as_bytes()), expected, "{text}");
    }
    for odd in [r#"{"kind":1,"data":[1,{}],"items":[]}"#, r#"{"kind":"Secret","data":{"a":{"b":1},"c":[2],"d":3}}"#] {
        assert_eq!(streamed(odd).fault, None, "{odd}");
    }
}

#[test]
fn a_manifest_in_a_directory_is_read_like_its_files() {
    let directory = tempfile::tempdir().unwrap();
    let shop = pair("shop.example");
    let manifest = directory.path().join("dump.json");
    std::fs::write(&manifest, list(&[secret("n", "s", &json!({"tls.crt": coded(&shop.certificate)}))])).unwrap();
    std::fs::write(directory.path().join("shop.pem"), &shop.certificate).unwrap();
    std::fs::write(directory.path().join("cut.json"), "{\"apiVersion\":\"v1\",").unwrap();
    let haul = super::super::walk(
        &[directory.path().to_owned()],
        &super::super::Bounds::default(),
        &super::super::Pace::default(),
    )
    .unwrap();
    let found: Vec<String> = haul.files.iter().map(|file| file.path.display().to_string()).collect();
    assert!(found[0].ends_with("/cut.json") && found[1].ends_with("/shop.pem"), "{found:?}");
    assert_eq!(found[2..], ["secret/n/s", "secret/n/s[tls.crt]"]);
    assert_eq!(haul.files[3].also, [manifest]);
    assert!(!matches!(haul.files[0].content, FileContent::Unread(Unread::Limit { .. })));
    assert_eq!(haul.looked_at, 3);
}

//! Commands that show what a finding about a manifest rests on, in the cluster that it came from.

use crate::model::{FoundFile, ObjectName};

/// `kubectl -n web get secret shop-tls`, where the names are such as a cluster has.
pub(super) fn on(words: &str, name: &ObjectName) -> Option<String> {
    let ObjectName { namespace, name } = name;
    let is_plain = is_name(namespace.as_str()) && is_name(name.as_str());
    is_plain.then(|| format!("kubectl -n {namespace} {words} {name}"))
}

/// What prints a value of a Secret or `ConfigMap`, as it was read.
pub(super) fn value(file: &FoundFile) -> Option<String> {
    let path = file.path.to_str()?;
    let (object, key) = path.strip_suffix(']')?.split_once('[')?;
    let mut words = object.split('/');
    let (Some(kind @ ("secret" | "configmap")), Some(namespace), Some(name), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return None;
    };
    let key = key.replace('.', "\\.");
    let is_plain = is_name(namespace) && is_name(name) && key.chars().all(|c| is_in_a_name(c) || "\\_".contains(c));
    let decoded = if kind == "secret" { " | base64 -d" } else { "" };
    is_plain.then(|| format!("kubectl -n {namespace} get {kind} {name} -o jsonpath='{{.data.{key}}}'{decoded}"))
}

/// As RFC 1123 has it, which names of objects follow.
fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('-') && text.chars().all(is_in_a_name)
}

fn is_in_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '.'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FileContent, Unread, Untrusted};

    fn of(path: &str) -> Option<String> {
        let content = FileContent::Unread(Unread::Refused { reason: String::new() });
        value(&FoundFile { path: path.into(), also: Vec::new(), mode: None, content })
    }

    #[test]
    fn commands_name_what_a_cluster_can_have() {
        assert_eq!(
            of("secret/web/shop-tls[tls.crt]").as_deref(),
            Some(r"kubectl -n web get secret shop-tls -o jsonpath='{.data.tls\.crt}' | base64 -d")
        );
        assert_eq!(of("apiservice/v1.x[caBundle]"), None);
        assert_eq!(of("secret/web/$(reboot)[tls.crt]"), None);
        let name = |name: &str| ObjectName { namespace: Untrusted::new("web"), name: Untrusted::new(name) };
        assert_eq!(on("get secret", &name("a")).as_deref(), Some("kubectl -n web get secret a"));
        assert_eq!(on("get secret", &name("-a")), None);
    }
}

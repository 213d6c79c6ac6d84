//! JSON and YAML into types, with limits. What a type does not name is passed over while reading and never held.

use serde::de::DeserializeOwned;

/// YAML beyond this is not read: its parser keeps positions and anchors. `-o json` has no such limit.
const MOST_YAML: usize = 32 << 20;

/// Every document in `bytes`: JSON values one after the other, or YAML documents between `---`.
///
/// Depth (128 in JSON, 64 in YAML), nodes and aliases of YAML are limited by the parsers, whose messages name the limit.
pub(super) fn all<T: DeserializeOwned>(bytes: &[u8]) -> Result<Vec<T>, String> {
    if is_json(bytes) {
        let documents = serde_json::Deserializer::from_slice(without_bom(bytes)).into_iter::<T>();
        return documents.collect::<Result<_, _>>().map_err(|error| format!("not readable as JSON: {error}"));
    }
    if bytes.len() > MOST_YAML {
        return Err(format!("YAML of more than {} MiB is not read; JSON of that size is", MOST_YAML >> 20));
    }
    let text = std::str::from_utf8(without_bom(bytes)).map_err(|error| format!("not UTF-8: {error}"))?;
    let options = serde_saphyr::options! { with_snippet: false };
    serde_saphyr::from_multiple_with_options(text, options).map_err(|error| {
        let message = error.to_string();
        format!("not readable as YAML: {}", message.lines().next().unwrap_or_default())
    })
}

/// Whether it begins as a JSON object or array does.
pub(super) fn is_json(bytes: &[u8]) -> bool {
    matches!(without_bom(bytes).trim_ascii_start().first(), Some(b'{' | b'['))
}

fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::Value;

    use super::*;

    #[test]
    fn reads_both_and_several() {
        type Map = BTreeMap<String, u8>;
        let expected = vec![Map::from([("a".to_owned(), 1)]), Map::from([("b".to_owned(), 2)])];
        assert_eq!(all::<Map>(b"{\"a\":1}\n{\"b\":2}").unwrap(), expected);
        assert_eq!(all::<Map>(b"\xef\xbb\xbfa: 1\n---\nb: 2\n").unwrap(), expected);
    }

    #[test]
    fn faults_have_a_place_and_bombs_go_off_nowhere() {
        let error = all::<Value>(b"{\"a\":\n x}").unwrap_err();
        assert!(error.contains("line 2 column 2"), "{error}");
        let error = all::<Value>(b"a: [1\nb: ]]").unwrap_err();
        assert!(error.starts_with("not readable as YAML: ") && error.contains("line"), "{error}");
        assert!(all::<Value>("[".repeat(100_000).as_bytes()).unwrap_err().contains("recursion limit"));
        let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..12 {
            let list = vec![format!("*a{}", level - 1); 10].join(",");
            bomb += &["a", &level.to_string(), ": &a", &level.to_string(), " [", &list, "]\n"].concat();
        }
        assert!(all::<Value>(bomb.as_bytes()).is_err());
        assert!(all::<Value>(b"\xff\xfe: 1").unwrap_err().contains("not UTF-8"));
    }
}

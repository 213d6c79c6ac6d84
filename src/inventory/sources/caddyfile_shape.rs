//! What a Caddyfile looks like.

/// Whether it begins with options in a block, or with a placeholder: either looks like JSON, and is none.
pub(super) fn only_looks_like_json(bytes: &[u8]) -> bool {
    let Some(after) = bytes.trim_ascii_start().strip_prefix(b"{") else { return false };
    let inner = after.trim_ascii_start();
    let between = &after[..after.len() - inner.len()];
    after.starts_with(b"$")
        || between.contains(&b'\n') && inner.first().is_some_and(|next| !matches!(next, b'"' | b'}'))
}

/// Whether it has sites in blocks, options, or is a single site with directives. Without any it looks like a list.
pub(super) fn is_one(text: &str) -> bool {
    let is_site = |line: &str| {
        let addresses = line.trim_end().strip_suffix('{').filter(|line| line.ends_with([' ', '\t']));
        addresses.is_some_and(|words| !words.starts_with([' ', '\t']) && words.split_whitespace().all(is_address))
    };
    let mut told = text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    // What has a comment above its options is no JSON.
    let is_commented = text.trim_start().starts_with('#') && told.clone().next() == Some("{");
    is_commented
        || only_looks_like_json(text.as_bytes())
        || is_single(told.clone())
        || told.any(|line| line.trim() != "{" && is_site(line))
}

/// Whether these lines are the addresses of a site, and somewhere one of its directives. What could be a name alone is
/// none.
fn is_single<'a>(mut lines: impl Iterator<Item = &'a str>) -> bool {
    let is_directive = |line: &str| {
        let mut words = line.split_whitespace();
        words.next().is_some_and(|word| {
            DIRECTIVES.split(' ').any(|one| one == word) && (word.contains('_') || words.next().is_some())
        })
    };
    let addresses = lines.next().map(|line| line.split(" #").next().unwrap_or_default());
    addresses.is_some_and(|line| line.split_whitespace().all(is_address)) && lines.any(is_directive)
}

/// Whether a word can be an address of a site, or names a snippet.
pub(super) fn is_address(word: &str) -> bool {
    let word = word.trim_end_matches(',');
    let is_snippet = word.starts_with('(') && word.ends_with(')');
    let is_placeholder = word.starts_with("{$") && word.ends_with('}');
    is_snippet || is_placeholder || word == "localhost" || word.contains(['.', ':']) && !word.ends_with(':')
}

/// Those of Caddy itself that a site can have.
const DIRECTIVES: &str = "abort acme_server basic_auth basicauth bind encode error file_server forward_auth handle \
    handle_errors handle_path header import log map method metrics php_fastcgi redir request_body request_header respond \
    reverse_proxy rewrite root route templates tls tracing try_files uri vars";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_in_blocks_are_recognised() {
        let some = [
            "shop.example {\n}\n",
            "{\n\temail a@b.example\n}\n",
            "# c\n{\n}\nx {\n",
            "(ours) {\n",
            "a.example, b.example:8443 {\n",
            ":8080 {\n",
        ];
        for text in some {
            assert!(is_one(text), "{text}");
        }
        for text in [
            "{\n  \"apps\": {}\n}",
            "{",
            "{}",
            "server {\n",
            "a: {\n",
            "shop.example\n",
            "  a.example {\n",
            "{a.example\n",
        ] {
            assert!(!is_one(text), "{text}");
        }
    }

    #[test]
    fn a_single_site_is_recognised_by_its_directives() {
        let some = [
            "shop.example www.shop.example:8443\n\nrespond \"x\"\n",
            "# c\n\nlocalhost # x\n\nreverse_proxy 127.0.0.1:9000\n",
            "a.example,\nb.example\nfile_server\n",
            ":8443\n\ttls c.pem k.pem\n",
            "{$SITE:a.example}\nroot * /srv\n",
            "a.example\nhandle {\n}\n",
        ];
        for text in some {
            assert!(is_one(text), "{text}");
        }
        for text in [
            "a.example\nlog\n",
            "a.example\nb.example\n",
            "a.example\nhandle_x y\n",
            "x\nfile_server\n",
            "10.0.0.7 a.example\n",
        ] {
            assert!(!is_one(text), "{text}");
        }
    }
}

//! Words of lines, as `HAProxy` and Apache write them, and the variables in them.

/// Words of a line, quoted or not, before a comment.
pub(super) fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quote, mut any) = (String::new(), None, false);
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (None | Some('"'), '\\') => word.extend(letters.next()),
            (Some(open), _) if letter == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(letter);
                any = true;
            }
            (None, '#') if !any && word.is_empty() => break,
            (None, _) if letter.is_whitespace() => {
                if any || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                any = false;
            }
            _ => word.push(letter),
        }
    }
    if any || !word.is_empty() {
        words.push(word);
    }
    words
}

/// Words of a line of Apache (`ap_getword_conf`): quotes count at the beginning of a word only, and a backslash only before
/// a quote that it keeps, or another one. What is after ` #` is left out: Apache takes it for words, but who writes it
/// means a comment.
pub(super) fn words_of_apache(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next().filter(|first| *first != '#') {
        let quote = Some(first).filter(|first| matches!(first, '"' | '\''));
        let mut word = String::new();
        let mut letters = rest.char_indices().skip(usize::from(quote.is_some())).peekable();
        let mut end = rest.len();
        while let Some((at, letter)) = letters.next() {
            let next = letters.peek().map(|(_, next)| *next);
            if quote.map_or(letter.is_whitespace(), |quote| letter == quote) {
                end = at + letter.len_utf8();
                break;
            }
            if letter == '\\' && next.is_some_and(|next| next == '\\' || Some(next) == quote) {
                word.extend(next);
                let _ = letters.next();
            } else {
                word.push(letter);
            }
        }
        words.push(word);
        rest = rest[end..].trim_start();
    }
    words
}

/// Bytes of a text with the values of its variables: beyond it nothing more is replaced, and the rest is dropped.
pub(super) const LONGEST: usize = 64 << 10;

/// Bytes of all lines or words with variables of one configuration: what is beyond is left out.
pub(super) const MOST_BYTES: usize = 32 << 20;

/// `$name` and `${name}` replaced by what they stand for; what stands for nothing is left as it is.
pub(super) fn expand(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    replaced(text, value, |rest| {
        let (before, after) = rest.split_once('$')?;
        let braced = after.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let bare = || after.split_at(after.find(|c: char| !is_letter(c)).unwrap_or(after.len()));
        let (name, after) = braced.unwrap_or_else(bare);
        Some(Variable { before, name, after })
    })
}

/// `${name}` replaced by what it stands for, and `$name` left alone, as Apache has it.
pub(super) fn expand_braced(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    replaced(text, value, |rest| {
        let (before, after) = rest.split_once("${")?;
        let (name, after) = after.split_once('}')?;
        Some(Variable { before, name, after })
    })
}

/// The next variable of a text.
struct Variable<'a> {
    before: &'a str,
    name: &'a str,
    after: &'a str,
}

fn replaced<'a>(
    text: &'a str,
    value: impl Fn(&str) -> Option<String>,
    next: impl Fn(&'a str) -> Option<Variable<'a>>,
) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(Variable { before, name, after }) = next(rest) {
        out.push_str(before);
        match value(name) {
            Some(value) => out.push_str(&value),
            None => out.extend(["${", name, "}"]),
        }
        rest = after;
        if out.len() > LONGEST {
            return out;
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_can_be_quoted() {
        assert_eq!(
            words(r#"crt "a b" 'c\d' e\ f "g\"h" "" x#y # z"#),
            ["crt", "a b", "c\\d", "e f", "g\"h", "", "x#y"]
        );
        assert_eq!(words("# all of it"), [""; 0]);
    }

    /// As `apache2 -t -D DUMP_VHOSTS` of 2.4.71 lists them.
    #[test]
    fn words_of_apache_are_quoted_as_a_whole() {
        let cases = [
            (r#"*:"8443""#, vec![r#"*:"8443""#]),
            (r#""z.example" a"b.example"#, vec!["z.example", r#"a"b.example"#]),
            (r#"a\\b c\d "e\\f" \g a\ b"#, vec!["a\\b", "c\\d", "e\\f", "\\g", "a\\", "b"]),
            (r#"'single q' "a\"b"c "" x#y # z"#, vec!["single q", "a\"b", "c", "", "x#y"]),
            ("\"open", vec!["open"]),
            ("  ", vec![]),
        ];
        for (line, expected) in cases {
            assert_eq!(words_of_apache(line), expected, "{line}");
        }
    }

    #[test]
    fn variables_are_whole_words() {
        let value = |name: &str| (name == "cert").then(|| "x".to_owned());
        assert_eq!(expand("/$cert/${cert}.pem$", value), "/x/x.pem${}");
        assert_eq!(expand("$certificate", value), "${certificate}");
        assert_eq!(expand_braced("/$cert/${cert}.pem ${x} ${cert", value), "/$cert/x.pem ${x} ${cert");
    }
}

use proptest::prelude::*;

use super::*;

const DAY: i64 = 86_400_000_000;

struct Row {
    haystack: String,
}

fn row() -> Row {
    Row {
        haystack: fold("checkout.example.com:8443\n10.0.0.3\nprod\nCheckout\ncert.expired\nCN=Größe\nExample CA R11"),
    }
}

impl Fields for Row {
    fn mentions(&self, needle: &str) -> bool {
        self.haystack.contains(needle)
    }

    fn label(&self, name: &str) -> Option<&str> {
        [("env", "prod"), ("service", "Checkout"), ("port", "A4")]
            .into_iter()
            .find_map(|(known, value)| (known == name).then_some(value))
    }

    fn number(&self, field: Number) -> Option<i64> {
        match field {
            Number::Expires => Some(6 * DAY),
            Number::Port => Some(8443),
            Number::Tls => Some(250_000),
            Number::Dns | Number::Tcp | Number::Total => None,
        }
    }

    fn text(&self, field: Text, test: &mut dyn FnMut(&str) -> bool) -> bool {
        match field {
            Text::Addr => test("10.0.0.3:8443"),
            Text::Code => ["cert.expired", "fleet.stale_node"].into_iter().any(test),
            Text::Group => test("X25519MLKEM768"),
            Text::Host => test("checkout.example.com"),
            Text::Issuer => test("Example CA R11"),
            Text::Status => test("critical"),
            Text::Subject => test("CN=Größe"),
            Text::Version => test("TLSv1.3"),
            _ => false,
        }
    }
}

#[test]
fn lets_the_right_rows_pass() {
    let passing = [
        "",
        "  ",
        "check",
        "CHECK 10.0.",
        "GRÖSSE or größe",
        "env:prod",
        "env:PRO service=checkout",
        "label.port:a4",
        "status:crit",
        "code:cert. code:stale",
        "group:x25519",
        "subject:GRÖ",
        "version:1.3",
        "issuer:\"example ca\"",
        "\"ca r11\"",
        "expires<7d",
        "expires<=6d expires>=6d",
        "days<7 days>5.9",
        "tls>200ms tls<0.3s tls>200",
        "port:8443 port>8000",
        "!port:443",
        "!tcp>1ms",
        "-env:staging -(nothing or nowhere)",
        "nothing or (check and prod)",
        "!nothing check",
        "example.com:8443",
        "com:84",
        "addr:10.0.0.3:8443",
        "nothing OR check",
    ];
    for source in passing {
        assert!(Query::parse(source).unwrap().matches(&row()), "{source:?} should let the row pass");
    }
    let stopping = [
        "nothing",
        "check nothing",
        "!check",
        "env:staging",
        "env=pro",
        "group=x25519",
        "expires<6d",
        "expires>7d",
        "tls<=0.2499s",
        "tcp>1ms",
        "tcp<1ms",
        "port:443",
        "absent:1",
        "\"or\"",
        "prod\u{a0}nothing",
        "!(check or nothing)",
        "label.com:84",
    ];
    for source in stopping {
        assert!(!Query::parse(source).unwrap().matches(&row()), "{source:?} should stop the row");
    }
}

#[test]
fn says_what_is_wrong_and_where() {
    let cases = [
        ("env:", 4, "a value is missing after 'env:'"),
        ("a env: b", 6, "a value is missing after 'env:'"),
        ("issuer:\"\"", 7, "a value is missing after 'issuer:'"),
        ("a or", 4, "something is missing here"),
        ("or a", 0, "something is missing before this; quote it to find it"),
        ("a or or b", 5, "something is missing before this; quote it to find it"),
        ("a !", 3, "something is missing here"),
        ("(a", 0, "this parenthesis is not closed"),
        ("a ()", 3, "something is missing before this parenthesis"),
        ("a) b", 1, "this parenthesis was never opened"),
        ("ü \"a", 3, "this quote is not closed"),
        ("expires:7d", 0, "compare 'expires' with '<' or '>'"),
        ("a expires<soon", 10, "'soon' is not a duration: write it like 7d, 12h, 30m, 20s or 200ms"),
        ("port:https", 5, "'https' is not a port: use 0 to 65535"),
        ("host<5", 0, "'host' is not a number: use ':' or '='; numbers are days, dns, expires, port, tcp, tls, total"),
    ];
    for (source, at, message) in cases {
        let error = Query::parse(source).unwrap_err();
        assert_eq!((error.at, error.message.as_str()), (at, message), "{source:?}");
    }
    assert_eq!(Query::parse(&"(".repeat(100_000)).unwrap_err().message, "this is nested too deeply");
    assert_eq!(Query::parse(&"!".repeat(100_000)).unwrap_err().message, "this is nested too deeply");
}

#[test]
fn prints_in_one_way() {
    let cases = [
        ("  A   and b ", "a b"),
        ("a (b c) or (d or e)", "a b c or d or e"),
        ("(a or b) !(c d)", "(a or b) !(c d)"),
        ("days<30", "expires<30d"),
        ("expires<-36h", "expires<-36h"),
        ("tls>=1500", "tls>=1500ms"),
        ("expires<14", "expires<2w"),
        ("issuer:\"Example CA\"", "issuer:\"example ca\""),
        ("\"-a\" \"or\" \"say \\\"x\\\"\"", "\"-a\" \"or\" \"say \\\"x\\\"\""),
        ("Label:x label.host:y", "Label:x label.host:y"),
        ("[::1]:443", "\"[::1]:443\""),
    ];
    for (source, printed) in cases {
        assert_eq!(Query::parse(source).unwrap().to_string(), printed, "{source:?}");
    }
    assert!(Query::parse("").unwrap().is_empty());
    assert!(!Query::parse("a").unwrap().is_empty());
    assert_eq!(Query::default(), "".parse().unwrap());
}

/// Sources built from pieces that mean something, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("(".to_owned()),
        Just(")".to_owned()),
        Just("!".to_owned()),
        Just("or".to_owned()),
        Just(" ".to_owned()),
        Just("expires<7d".to_owned()),
        Just("tls>=1.25ms".to_owned()),
        Just("port:443".to_owned()),
        "[a-zA-Zİßς0-9.:=<>\\\\\"-]{1,6}",
        "(env|label\\.host|issuer|status)[:=][a-z\" ]{1,5}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #[test]
    fn what_is_printed_parses_to_the_same(source in pieces()) {
        if let Ok(query) = Query::parse(&source) {
            prop_assert_eq!(Query::parse(&query.to_string()).unwrap(), query);
        }
    }

    #[test]
    fn errors_point_into_the_source(source in prop_oneof![pieces(), ".{0,40}"]) {
        if let Err(error) = Query::parse(&source) {
            prop_assert!(source.is_char_boundary(error.at));
        }
    }

    #[test]
    fn a_word_is_found_wherever_it_stands(word in "[a-z0-9.]{1,8}", before in ".{0,20}", after in ".{0,20}") {
        prop_assume!(!matches!(word.as_str(), "or" | "and"));
        let row = Row { haystack: fold(&format!("{before}{word}{after}")) };
        prop_assert!(Query::parse(&word.to_uppercase()).unwrap().matches(&row));
        let negated = format!("!{word}");
        prop_assert!(!Query::parse(&negated).unwrap().matches(&row));
    }
}

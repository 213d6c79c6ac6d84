use super::*;
use crate::inventory::parse;

fn proxy(text: &str) -> Result<Arc<Proxy>, String> {
    match text.parse()? {
        ProxyChoice::Through(proxy) => Ok(proxy),
        ProxyChoice::Direct => Err("none".to_owned()),
    }
}

#[test]
fn reads_what_curl_reads() {
    let cases = [
        ("proxy.example:3128", "http://proxy.example:3128"),
        ("http://10.0.0.9", "http://10.0.0.9:80"),
        ("HTTP://Proxy.Example:8080/", "http://proxy.example:8080"),
        (" socks5://[2001:db8::9] ", "socks5://[2001:db8::9]:1080"),
        ("socks5://ann:x@proxy.example:9050", "socks5://proxy.example:9050"),
    ];
    for (text, shown) in cases {
        assert_eq!(proxy(text).unwrap().to_string(), shown, "{text}");
    }
    let login = |text| proxy(text).unwrap().login.clone().unwrap();
    let given = login("http://ann:p%40ss:w@proxy.example:1");
    assert_eq!((&*given.name, given.password.as_str()), ("ann", "p@ss:w"));
    assert_eq!(login("http://ann:p@ss@proxy.example").password.as_str(), "p@ss");
    assert_eq!(login("socks5://ann@proxy.example").password.as_str(), "");
    assert_eq!("None".parse(), Ok(ProxyChoice::Direct));
}

#[test]
fn says_what_is_wrong_without_the_password() {
    let cases = [
        ("https://a:hunter2@p.example", "reached by TLS"),
        ("socks4://p.example", "only version 5"),
        ("socks5h://p.example", "write socks5://"),
        ("ftp://a:hunter2@p.example", "is written http://proxy.example:3128"),
        ("http://a:hunter2@", "missing"),
        ("http://a:hunter2@p.example:0", "from 1 to 65535"),
        ("http://a:hunter2:p.example", "from 1 to 65535"),
        ("http://a:hun/ter2@p.example", "written %2F"),
        ("http://:hunter2@p.example", "needs a name"),
        ("http://a%3Ab:hunter2@p.example", "without a colon"),
        ("http://a:hunter2%0d%0a@p.example", "visible bytes"),
        ("http://a:hunter2%ff@p.example", "not UTF-8"),
    ];
    for (text, message) in cases {
        let error = proxy(text).unwrap_err();
        assert!(error.contains(message) && !error.contains("hun"), "{text}: {error}");
    }
}

#[test]
fn the_environment_leads_as_it_does_for_curl() {
    let usual = UsualProxies {
        https: Some(proxy("https.example:1").unwrap()),
        all: Some(proxy("socks5://all.example").unwrap()),
        bypass: Bypass::parse("internal.example"),
    };
    let way = Proxying { chosen: None, usual };
    let led = |way: &Proxying, target: &str| {
        let spec = parse(target).unwrap();
        let pinned: Vec<SocketAddr> = spec.pinned.into_iter().collect();
        way.lead(&spec, &pinned).map_or_else(|| "direct".to_owned(), |proxy| proxy.host.to_string())
    };
    let cases = [
        ("shop.example", "https.example"),
        ("shop.example:8443", "https.example"),
        ("https://shop.example", "https.example"),
        ("mail.example:25", "all.example"),
        ("imaps://mail.example", "all.example"),
        ("a.internal.example", "direct"),
        ("localhost", "direct"),
        ("a.localhost:8443", "direct"),
        ("127.0.0.7", "direct"),
        ("[::ffff:127.0.0.1]", "direct"),
        ("shop.example@127.0.0.1:8443", "direct"),
        ("localhost@10.0.0.1:443", "https.example"),
    ];
    for (target, through) in cases {
        assert_eq!(led(&way, target), through, "{target}");
    }
    let chosen = Proxying { chosen: Some("chosen.example".parse().unwrap()), ..way.clone() };
    assert_eq!(led(&chosen, "localhost"), "chosen.example", "who names it means it");
    assert_eq!(led(&chosen, "mail.example:25"), "chosen.example");
    assert_eq!(led(&chosen, "internal.example"), "direct");
    let none = Proxying { chosen: Some(ProxyChoice::Direct), ..way };
    assert_eq!(led(&none, "shop.example"), "direct");
    assert_eq!(led(&Proxying::default(), "shop.example"), "direct");
}

proptest::proptest! {
    #[test]
    fn never_panics(text in "\\PC{0,40}", with in "(http|socks5)://[a-z:@%0-9\\[\\]./]{0,30}") {
        let _ = (proxy(&text), proxy(&with), Bypass::parse(&text), Bypass::parse(&with));
    }
}

use super::super::asker::Client;
use super::super::bench::{Server, answer};
use super::super::pass::{Pass, SecretAt};
use super::*;
use crate::model::{ClientFiles, Secret};

fn get(url: &str, limits: Limits) -> Result<Fetched, String> {
    ask(url, None, &Roots::default(), limits)
}

fn ask(url: &str, pass: Option<&Pass>, roots: &Roots, limits: Limits) -> Result<Fetched, String> {
    let asker = Asker::new(pass.cloned(), None);
    let (address, _) = Address::parse(url)?;
    let request = Request { address: &address, asker: &asker, roots, limits };
    request.fetch_by(None).map_err(|error| error.to_string())
}

fn token() -> Pass {
    Pass::bearer(SecretAt::Here(Secret::new("planted".to_owned())))
}

fn away(to: &str) -> String {
    answer(&format!("302 Found\r\nLocation: {to}"), "")
}

fn list() -> String {
    answer("200 OK\r\nContent-Type: Application/JSON; charset=utf-8", "[]")
}

#[test]
fn follows_a_few_redirects() {
    let there = |_| away("/there");
    let server = Server::new((0..3).map(there).chain([list()]).collect());
    let fetched = get(&server.url("/"), Limits::USUAL).unwrap();
    assert_eq!((fetched.bytes.as_slice(), fetched.media.as_str()), (&b"[]"[..], "application/json"));
    let server = Server::new((0..4).map(there).chain([list()]).collect());
    let refused = get(&server.url("/"), Limits::USUAL).unwrap_err();
    assert_eq!(refused, "redirected more than 3 times");
    for (to, expected) in [("ftp://a.example/", "neither http nor https"), ("http://", "no URL"), ("//u:p@", "no URL")]
    {
        let server = Server::new(vec![away(to)]);
        let refused = get(&server.url("/"), Limits::USUAL).unwrap_err();
        assert!(refused.contains(expected), "{to}: {refused}");
    }
}

#[test]
fn limits_are_named() {
    let limits = Limits { time: Duration::from_millis(300), bytes: 1024 };
    let server = Server::new(vec![answer("200 OK", &"x".repeat(2000))]);
    assert_eq!(get(&server.url("/"), limits).unwrap_err(), "larger than 1 KiB");
    let server = Server::new(Vec::new());
    assert_eq!(get(&server.url("/"), limits).unwrap_err(), "no whole answer within 0.3 s");
    let server = Server::new(vec![away("/there")]);
    assert_eq!(get(&server.url("/"), limits).unwrap_err(), "no whole answer within 0.3 s");
    let chunks = format!("400\r\n{}\r\n1\r\ny\r\n", "x".repeat(1024));
    let endless = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
    let server = Server::new(vec![endless]);
    assert_eq!(get(&server.url("/"), limits).unwrap_err(), "larger than 1 KiB");
}

#[test]
fn what_is_no_answer_is_told() {
    let server = Server::new(vec![answer("503 Service Unavailable", "later")]);
    assert_eq!(get(&server.url("/"), Limits::USUAL).unwrap_err(), "HTTP 503 Service Unavailable");
    assert!(get("http://", Limits::USUAL).unwrap_err().starts_with("not a URL"));
    let gone = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    assert!(get(&format!("http://{gone}/"), Limits::USUAL).unwrap_err().to_lowercase().contains("refused"));
    let server = Server::new(vec!["SSH-2.0-x\r\n\r\n".to_owned()]);
    assert!(get(&server.url("/"), Limits::USUAL).is_err());
}

#[test]
fn a_pass_is_shown_to_the_server_that_is_named_and_to_no_other() {
    let ask = |server: &Server| super::tests::ask(&server.url("/x"), Some(&token()), &Roots::default(), Limits::USUAL);
    let server = Server::new(vec![away("/there"), list()]);
    ask(&server).unwrap();
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|request| request.contains("authorization: Bearer planted\r\n")), "{asked:?}");

    let other = Server::new(vec![list()]);
    let server = Server::new(vec![away(&other.url("/there"))]);
    ask(&server).unwrap();
    assert!(server.asked()[0].contains("Bearer planted"));
    // Another port is another server; who it says we are does not count either.
    let strange = Server::new(vec![answer("401 Unauthorized", "")]);
    let server = Server::new(vec![away(&strange.url("/there").replace("http://", "http://u:p@"))]);
    let refused = ask(&server).unwrap_err();
    for request in [&other.asked()[0], &strange.asked()[0]] {
        assert!(request.starts_with("GET /there ") && !request.contains("authorization"), "{request}");
    }
    let away = strange.url("");
    assert_eq!(
        refused,
        format!(
            "HTTP 401 Unauthorized from {away}, to which it redirects; a login is sent to the server that is named only"
        )
    );
}

#[test]
fn a_refusal_says_what_became_of_the_login() {
    let refused = |pass: Option<&Pass>| {
        let server = Server::new(vec![answer("403 Forbidden", "")]);
        ask(&server.url("/"), pass, &Roots::default(), Limits::USUAL).unwrap_err()
    };
    assert_eq!(refused(None), "HTTP 403 Forbidden: it wants a token or a login, and none is given");
    assert_eq!(refused(Some(&token())), "HTTP 403 Forbidden: it does not take the token or login");
    let unread = Pass::bearer(SecretAt::File("/nowhere".into()));
    let server = Server::new(vec![list()]);
    let error = ask(&server.url("/"), Some(&unread), &Roots::default(), Limits::USUAL).unwrap_err();
    assert!(error.contains("cannot read '/nowhere'") && server.asked().is_empty(), "nobody is asked: {error}");
}

#[test]
fn who_is_not_trusted_is_told_nothing() {
    let (server, authority) = Server::with_tls(vec![list()]);
    let only = |files: &[&std::path::Path]| Roots {
        system: false,
        mozilla: files.is_empty(),
        files: files.iter().map(|path| (*path).to_owned()).collect(),
        text: None,
    };
    let error = ask(&server.url("/"), Some(&token()), &only(&[]), Limits::USUAL).unwrap_err();
    assert_eq!(
        error,
        "its certificate is not from an authority that is trusted; --ca-file or [trust] can name another"
    );
    let fetched = ask(&server.url("/"), Some(&token()), &only(&[authority.path()]), Limits::USUAL).unwrap();
    assert_eq!(fetched.bytes.as_slice(), b"[]");
    assert_eq!(server.asked().len(), 1);

    let plain = Server::new(vec![list()]);
    let (server, authority) = Server::with_tls(vec![away(&plain.url("/"))]);
    let error = ask(&server.url("/"), None, &only(&[authority.path()]), Limits::USUAL).unwrap_err();
    assert_eq!(error, "redirected from https to http");
    assert!(plain.asked().is_empty());
}

#[test]
fn a_client_certificate_is_presented_to_the_server_that_is_named_and_to_no_other() {
    let (strange, theirs) = Server::with_clients(vec![list()]);
    let (server, own) = Server::with_tls(vec![away(&strange.url("/"))]);
    let files = |name: &str| ClientFiles {
        certificate: theirs.directory().join(name),
        key: Some(theirs.directory().join("k.pem")),
        password_file: None,
    };
    let roots = Roots {
        system: false,
        mozilla: false,
        files: vec![theirs.directory().join("ca.pem"), own.path().to_owned()],
        text: None,
    };
    let fetch = |url: &str, name: &str, servername: Option<&str>| {
        let client = Client::Files { files: files(name), password: None };
        let servername = servername.map(|name| name.to_owned().try_into().unwrap());
        let asker = Asker { servername, ..Asker::new(None, Some(client)) };
        let (address, _) = Address::parse(url).unwrap();
        let request = Request { address: &address, asker: &asker, roots: &roots, limits: Limits::USUAL };
        request.fetch_by(None).map_err(|error| error.to_string())
    };
    // Where it leads to is asked by its own name, which it does not know.
    let refused = fetch(&server.url("/"), "c.pem", None).unwrap_err();
    assert!(refused.contains("fatal alert") && strange.asked().is_empty(), "{refused}");
    let unread = fetch(&strange.url("/"), "gone.pem", Some("sd.example")).unwrap_err();
    assert!(unread.contains("gone.pem': No such file"), "{unread}");
    assert_eq!(fetch(&strange.url("/"), "c.pem", Some("sd.example")).unwrap().bytes.as_slice(), b"[]");
}

#[test]
fn a_server_that_answers_who_shows_no_certificate_is_believed_to_want_one() {
    // As nginx has it: the handshake is done, and the request refused.
    let (server, authority) = Server::with_optional_clients(vec![answer("400 Bad Request", "")]);
    let roots = Roots { system: false, mozilla: false, files: vec![authority.path().to_owned()], text: None };
    let refused = ask(&server.url("/"), None, &roots, Limits::USUAL).unwrap_err();
    assert_eq!(refused, "HTTP 400 Bad Request: it asks for a client certificate, and none is given");
}

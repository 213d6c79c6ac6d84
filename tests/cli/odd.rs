//! Odd surroundings: few descriptors, IPv6 only, values and directories that are not what they should be.

use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use hickory_resolver::proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};

use super::*;

/// `sh` lowers the limit, which cannot be done to ourselves without harm to the other tests. With as many descriptors
/// as the program itself needs there is none left for a connection.
#[test]
fn a_shortage_of_descriptors_is_our_fault() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let home = tempfile::tempdir().expect("a home");
    let check = |limit: usize| {
        let mut command = Command::new("sh");
        for (name, value) in tlscope(home.path()).get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let script = format!("ulimit -n {limit} && exec \"$0\" \"$@\"");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_tlscope"), "check", "--trust", "mozilla"]);
        command.args(["--depth", "handshake", "--format", "jsonl", &free.to_string()]);
        command.stdin(Stdio::null()).output().expect("sh runs")
    };
    let enough = (6..64).find(|limit| !out(&check(*limit)).is_empty()).expect("enough to give a verdict");
    let output = check(enough);
    let verdict: Value = serde_json::from_str(&out(&output)).expect("a JSON object");
    let finding = &verdict["findings"][0];
    assert_eq!(finding["code"], "local.fd_limit", "with {enough}: {verdict}{}", err(&output));
    assert_eq!((&verdict["status"], output.status.code()), (&"unknown".into(), Some(3)));
    assert_eq!((&finding["impact"], &finding["scope"]), (&"inconclusive".into(), &"observer".into()));
    assert!(finding["next"]["text"].as_str().is_some_and(|text| text.contains("ulimit -n")), "{finding}");
    let more: Value = serde_json::from_str(&out(&check(enough + 8))).expect("a JSON object");
    assert_eq!(more["findings"][0]["code"], "tcp.refused", "{more}");
}

#[test]
fn ipv6_is_spoken_as_well() {
    let listener = match TcpListener::bind("[::1]:0") {
        Ok(listener) => listener,
        Err(error) => return println!("skipped: this machine has no IPv6 loopback: {error}"),
    };
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        use std::io::Write as _;
        for stream in listener.incoming() {
            let _ = stream.and_then(|mut stream| {
                let _ = stream.read(&mut [0; 2048]);
                stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            });
        }
    });
    let arguments = ["check", "--trust", "mozilla", "--timeout", "5s", "--format", "jsonl"];
    let named = format!("six.example@{address}");
    for target in [address.to_string(), named] {
        let output = run(&[&arguments[..], &[&target]].concat());
        let verdict: Value = serde_json::from_str(&out(&output)).expect("a JSON object");
        assert_eq!(verdict["findings"][0]["code"], "tls.plaintext_peer", "{}{}", out(&output), err(&output));
        assert_eq!(verdict["endpoints"][0]["address"], address.to_string(), "{verdict}");
    }
    let four = run(&[&arguments[..], &["-4", &address.to_string()]].concat());
    let verdict: Value = serde_json::from_str(&out(&four)).expect("a JSON object");
    assert_eq!(verdict["findings"][0]["code"], "dns.no_address", "{verdict}");
}

#[test]
fn odd_values_of_the_environment_are_refused_or_understood() {
    let home = tempfile::tempdir().expect("a home");
    let show = |name: &str, value: &str| {
        tlscope(home.path()).env(name, value).args(["config", "show"]).output().expect("the binary runs")
    };
    for value in ["sytem", "none,system", " ", "SYSTEM", "/etc/ssl", "\u{1b}]0;pwned\u{7}"] {
        let output = show("TLSCOPE_TRUST", value);
        let said = err(&output);
        assert!(said.contains("for '--trust <STORE>'") && said.contains("system, mozilla, none"), "{value:?}: {said}");
        assert_eq!((output.status.code(), out(&output)), (Some(2), String::new()), "{value:?}");
        assert_harmless(&said);
    }
    assert!(out(&show("TLSCOPE_TRUST", "mozilla")).contains("stores = [\"mozilla\"]"));
    assert!(out(&show("TLSCOPE_TRUST", "")).contains("stores = [\"system\"]"), "empty is not set");
    // Whatever is no way to say no says yes: glyphs that every terminal has do no harm.
    for (value, glyphs) in
        [("0", "auto"), ("false", "auto"), ("no", "auto"), ("", "auto"), ("maybe", "ascii"), ("\u{1b}[31m", "ascii")]
    {
        let output = show("TLSCOPE_ASCII", value);
        assert!(
            out(&output).contains(&format!("glyphs = \"{glyphs}\"")),
            "{value:?}: {}{}",
            out(&output),
            err(&output)
        );
        assert_harmless(&[out(&output), err(&output)].concat());
    }
}

#[test]
fn a_configuration_is_made_where_that_is_possible_and_else_the_reason_told() {
    let home = tempfile::tempdir().expect("a home");
    let init = |path: &Path| {
        tlscope(home.path()).args(["config", "init", "--config"]).arg(path).output().expect("the binary runs")
    };
    let deep = home.path().join("a/b/c/config.toml");
    assert_eq!((init(&deep).status.code(), deep.exists()), (Some(0), true), "missing directories are made");

    let blocked = deep.join("config.toml");
    let output = init(&blocked);
    assert_eq!(
        (output.status.code(), err(&output).contains("cannot make the directory")),
        (Some(1), true),
        "{}",
        err(&output)
    );
    assert!(err(&output).contains(&*deep.to_string_lossy()), "{}", err(&output));

    let directory = home.path().join("a/b");
    let output = init(&directory);
    assert_eq!(output.status.code(), Some(2), "a directory in the file's place: {}", err(&output));
    assert!(err(&output).contains("exists already"), "{}", err(&output));

    let (link, target) = (home.path().join("link.toml"), home.path().join("nowhere/real.toml"));
    symlink(&target, &link).expect("a link");
    let output = init(&link);
    assert_eq!((output.status.code(), target.exists()), (Some(2), false), "a link is not followed: {}", err(&output));
    assert!(link.symlink_metadata().expect("the link").is_symlink());

    let linked = home.path().join("linked");
    symlink(home.path().join("a"), &linked).expect("a link");
    assert_eq!(init(&linked.join("new.toml")).status.code(), Some(0));
    assert!(home.path().join("a/new.toml").exists(), "a linked directory is a directory");

    let locked = home.path().join("locked");
    std::fs::create_dir(&locked).expect("a directory");
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o555)).expect("read only");
    if std::fs::write(locked.join("probe"), "").is_ok() {
        return println!("skipped: this user may write to read-only directories");
    }
    let output = init(&locked.join("config.toml"));
    assert_eq!((output.status.code(), err(&output).contains("cannot write")), (Some(1), true), "{}", err(&output));
}

/// A certificate whose subject would set a terminal's title: as an anchor, and as what a server shows.
#[test]
fn a_hostile_certificate_reaches_no_terminal() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hostile-escape.crt");
    let bench = Bench::start();
    let (_, target) = show_to_everyone(&bench, file);
    let (host, addresses) = bench.member("unknown-ca");
    let stranger = format!("{host}@{}", addresses[0]);
    for format in ["text", "json"] {
        let output =
            run(&["check", "--trust", "none", "--ca-file", file, "-v", "--format", format, &target, &stranger]);
        assert!(out(&output).contains("chain.untrusted_root"), "{format}: {}{}", out(&output), err(&output));
        assert!(out(&output).contains("]0;pwned"), "the certificate is told of: {}", out(&output));
        assert_harmless(&out(&output));
        assert_harmless(&err(&output));
    }
    let checked = run(&["config", "show", "--ca-file", file]);
    assert_harmless(&[out(&checked), err(&checked)].concat());
    let screen = on_terminal(|command| {
        command.args(["check", "--trust", "none", "--ca-file", file, "-v", &target]);
        command.env("HOME", bench.home.path());
        command.env("XDG_CONFIG_HOME", bench.home.path());
        command.env("TERM", "xterm-256color");
    });
    assert!(screen.contains("]0;pwned"), "{screen:?}");
    assert!(!screen.contains("\x1b]") && !screen.contains('\u{7}'), "{screen:?}");
}

/// A server that presents the certificate of a file, whose key it does not have.
fn show_to_everyone(bench: &Bench, file: &str) -> (tokio::task::JoinHandle<()>, String) {
    let text = std::fs::read_to_string(file).expect("the file");
    let certificate = pem::parse(text).expect("PEM").into_contents();
    let key = rcgen::KeyPair::generate().expect("a key").serialize_der();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key =
        provider.key_provider.load_private_key(rustls_pki_types::PrivateKeyDer::Pkcs8(key.into())).expect("a key");
    let shown = rustls::sign::CertifiedKey::new(vec![certificate.into()], key);
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(shown)));
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = bench.runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
    let address = listener.local_addr().expect("an address");
    let task = bench.runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move { acceptor.accept(stream).await.is_ok() });
        }
    });
    (task, format!("pwned.example@{address}"))
}

/// Nothing in it moves a cursor, sets a title or turns text around.
fn assert_harmless(text: &str) {
    let harmful = |c: char| {
        (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!text.contains(harmful), "{text:?}");
}

/// A name server over UDP that knows one name, and answers nobody when that name is empty.
fn name_server(known: &str) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let address = socket.local_addr().expect("an address");
    let known = Name::from_utf8(format!("{known}.")).expect("a name");
    std::thread::spawn(move || {
        let mut packet = [0; 1500];
        while let Ok((length, from)) = socket.recv_from(&mut packet) {
            let Ok(query) = Message::from_vec(&packet[..length]) else { continue };
            let mut answer = Message::new(query.metadata.id, MessageType::Response, OpCode::Query);
            let asked = query.queries[0].clone();
            if known.is_root() {
                continue;
            }
            if *asked.name() != known {
                answer.metadata.response_code = ResponseCode::NXDomain;
            } else if asked.query_type() == RecordType::A {
                let data = RData::A(Ipv4Addr::LOCALHOST.into());
                answer.add_answers([Record::from_rdata(known.clone(), 30, data)]);
            }
            answer.add_query(asked);
            let _ = socket.send_to(&answer.to_vec().expect("an answer"), from);
        }
    });
    address
}

#[test]
fn the_given_name_server_is_asked_and_no_other() {
    let bench = Bench::start();
    let (host, addresses) = bench.member("healthy-ecdsa");
    let knowing = name_server(host).to_string();
    let silent = name_server("").to_string();
    let ask = |server: &str, host: &str| -> Value {
        let target = format!("{host}:{}", addresses[0].port());
        let more = ["--depth", "handshake", "--format", "jsonl", "--timeout", "2s", "--dns-server", server, &target];
        let output = bench.check(&more).output().expect("the binary runs");
        serde_json::from_str(&out(&output)).unwrap_or_else(|_| panic!("no verdict: {}", err(&output)))
    };
    let verdict = ask(&knowing, host);
    assert_eq!(verdict["status"], "ok", "{verdict}");
    assert_eq!(verdict["endpoints"][0]["address"], addresses[0].to_string(), "{verdict}");
    assert_eq!(ask(&knowing, "localhost.example")["findings"][0]["code"], "dns.nxdomain");
    assert_eq!(ask(&silent, host)["findings"][0]["code"], "dns.timeout");
}

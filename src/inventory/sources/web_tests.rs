use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use super::*;

/// A server that answers each connection with the next of these, and the address it is at.
fn server(answers: Vec<String>) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for answer in answers {
            let Ok((mut stream, _)) = listener.accept() else { return };
            let mut asked = Vec::new();
            let mut byte = [0];
            while !asked.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
                asked.push(byte[0]);
            }
            let _ = stream.write_all(answer.as_bytes());
        }
        // What has no answer waits until the client leaves.
        let waiting = listener.accept();
        let _ = waiting.map(|(mut stream, _)| stream.read_to_end(&mut Vec::new()));
    });
    address
}

fn answer(head: &str, body: &str) -> String {
    format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

fn get(url: &str, limits: Limits) -> Result<Fetched, String> {
    fetch_by(url, limits, None)
}

#[test]
fn follows_a_few_redirects() {
    let away = |_| answer("302 Found\r\nLocation: /there", "");
    let end = answer("200 OK\r\nContent-Type: Application/JSON; charset=utf-8", "[]");
    let address = server((0..3).map(away).chain([end.clone()]).collect());
    let fetched = get(&format!("http://{address}/"), Limits::USUAL).unwrap();
    assert_eq!((fetched.bytes.as_slice(), fetched.media.as_str()), (&b"[]"[..], "application/json"));
    let address = server((0..4).map(away).chain([end]).collect());
    let refused = get(&format!("http://{address}/"), Limits::USUAL).unwrap_err();
    assert_eq!(refused, "redirected more than 3 times");
}

#[test]
fn limits_are_named() {
    let limits = Limits { time: Duration::from_millis(300), bytes: 1024 };
    let address = server(vec![answer("200 OK", &"x".repeat(2000))]);
    assert_eq!(get(&format!("http://{address}/"), limits).unwrap_err(), "larger than 1 KiB");
    let address = server(Vec::new());
    assert_eq!(get(&format!("http://{address}/"), limits).unwrap_err(), "no whole answer within 0.3 s");
    let chunks = format!("400\r\n{}\r\n1\r\ny\r\n", "x".repeat(1024));
    let endless = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
    let address = server(vec![endless]);
    assert_eq!(get(&format!("http://{address}/"), limits).unwrap_err(), "larger than 1 KiB");
}

#[test]
fn what_is_no_answer_is_told() {
    let address = server(vec![answer("503 Service Unavailable", "later")]);
    assert_eq!(get(&format!("http://{address}/"), Limits::USUAL).unwrap_err(), "HTTP 503 Service Unavailable");
    assert!(get("http://user:secret@127.0.0.1/", Limits::USUAL).unwrap_err().contains("has a user in it"));
    assert!(get("http://", Limits::USUAL).unwrap_err().starts_with("not a URL"));
    let gone = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    assert!(get(&format!("http://{gone}/"), Limits::USUAL).unwrap_err().to_lowercase().contains("refused"));
    let address = server(vec!["SSH-2.0-x\r\n\r\n".to_owned()]);
    assert!(get(&format!("http://{address}/"), Limits::USUAL).is_err());
}

use super::*;

fn talk(bytes: &[u8]) -> Talk<impl Stream + use<'_>> {
    Talk::new(tokio::io::join(bytes, tokio::io::sink()), Vec::new())
}

#[test]
fn codes_have_three_digits_and_say_whether_more_follows() {
    let cases: [(&[u8], _); 7] = [
        (b"250 ok", Some((250, false))),
        (b"250-more", Some((250, true))),
        (b"250", Some((250, false))),
        (b"25", None),
        (b"2500", None),
        (b"25x ok", None),
        (b"", None),
    ];
    for (line, code) in cases {
        assert_eq!(code_of(line), code, "{line:?}");
    }
}

#[tokio::test]
async fn lines_end_as_they_come() {
    let mut talk = talk(b"one\r\ntwo\nthree");
    assert_eq!(talk.line().await.unwrap(), b"one");
    assert_eq!(talk.line().await.unwrap(), b"two");
    assert!(matches!(talk.line().await, Err(Stop::Closed)));
    assert_eq!((talk.received, talk.ahead()), (14, &b"three"[..]));
}

#[tokio::test]
async fn what_another_conversation_left_is_read_first() {
    let mut talk = Talk::new(tokio::io::join(&b"20 hello\r\n"[..], tokio::io::sink()), b"2".to_vec());
    assert_eq!(talk.reply().await.unwrap().last(), b"220 hello");
}

#[tokio::test]
async fn lines_and_replies_have_an_end() {
    let long = vec![b'x'; 20_000];
    assert!(matches!(talk(&long).line().await, Err(Stop::Garbled(words)) if words.contains("8192")));
    let many = b"250-x\r\n".repeat(300);
    assert!(matches!(talk(&many).reply().await, Err(Stop::Garbled(words)) if words.contains("256")));
    let mut endless = talk(&many);
    let mut lines = 0;
    while endless.line().await.is_ok() {
        lines += 1;
    }
    assert_eq!(lines, 300);
    let flood = vec![b'\n'; 100_000];
    let mut flood = talk(&flood);
    let ended = loop {
        if let Err(stop) = flood.line().await {
            break stop;
        }
    };
    assert!(matches!(ended, Stop::Garbled(_)) && flood.received <= 70_000, "{ended:?}");
}

#[tokio::test]
async fn replies_of_several_lines_end_with_their_own_code() {
    let mut talk = talk(b"211-Features:\r\n AUTH TLS\r\n212 not yet\r\n211 End\r\nrest\r\n");
    let reply = talk.reply().await.unwrap();
    assert_eq!((reply.code, reply.lines.len(), reply.last()), (211, 4, &b"211 End"[..]));
    assert!(matches!(talk.reply().await, Err(Stop::Garbled(_))));
}

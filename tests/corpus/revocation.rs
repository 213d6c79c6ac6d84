//! Responders and lists, right and wrong: `openssl ocsp` and lists made here, behind a small web server.

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use rcgen::{CertificateParams, CertificateRevocationListParams, CrlDistributionPoint, CustomExtension, KeyIdMethod};
use tempfile::TempDir;
use time::OffsetDateTime;
use tlscope::probe::Settings;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::bench::{Bench, answer, at, listen, prober_with, read_head, serve};
use crate::papers::{Authority, DAY, now, serial};
use crate::record::Record;
use crate::servers::openssl;

pub(crate) async fn record() -> Vec<Record> {
    let root = Authority::root("Bench Root");
    let settings = Settings { fetch_private: true, ..Settings::default() };
    let mut bench = Bench::new(prober_with(&[("bench", &root.pem)], &settings));
    let responder = Arc::new(Responder::new(&root));
    let good = responder.answering(Manner::Honest).await;
    let cases = [
        (
            "a responder that says good (near miss of revocation.ocsp_error, revocation.ocsp_slow, \
            revocation.ocsp_unreachable, cert.revoked)",
            good,
        ),
        ("a responder that takes 1.3 seconds", responder.answering(Manner::Slow).await),
        ("a responder that says tryLater", responder.answering(Manner::Says(&[0x30, 3, 0x0a, 1, 3])).await),
        ("a responder that answers with a page", responder.answering(Manner::Says(b"<html>down</html>")).await),
    ];
    for (name, address) in cases {
        let leaf = root.leaf(|params| {
            params.serial_number = Some(serial(&[0x12, 0x34]));
            params.custom_extensions = vec![responder_at(&format!("http://{address}/ocsp"))];
        });
        bench.survey(name, at(serve(leaf.config()).await)).await;
    }
    lists(&mut bench, &root).await;
    bench.records
}

async fn lists(bench: &mut Bench, root: &Authority) {
    let other = Authority::root("Another Root");
    let (yesterday, tomorrow) = (now() - DAY, now() + DAY);
    let cases = [
        (
            "a list of today (near miss of revocation.crl_stale, revocation.crl_invalid, revocation.crl_unavailable)",
            Some(list(root, yesterday, tomorrow)),
        ),
        ("a list that has ended", Some(list(root, yesterday - DAY, yesterday))),
        ("a list that another authority signed", Some(list(&other, yesterday, tomorrow))),
        ("a list that is not there", None),
    ];
    for (name, list) in cases {
        let list = Arc::new(list);
        let address = answer(listen("127.0.0.1:0").await, move |_, mut stream| {
            let list = Arc::clone(&list);
            async move {
                read_head(&mut stream).await?;
                let reply = match &*list {
                    Some(list) => reply("application/pkix-crl", list),
                    None => b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec(),
                };
                stream.write_all(&reply).await.ok()?;
                stream.shutdown().await.ok()
            }
        });
        let leaf = root.leaf(|params: &mut CertificateParams| {
            let uris = vec![format!("http://{address}/bench.crl")];
            params.crl_distribution_points = vec![CrlDistributionPoint { uris }];
        });
        bench.survey(name, at(serve(leaf.config()).await)).await;
    }
}

fn list(by: &Authority, this_update: OffsetDateTime, next_update: OffsetDateTime) -> Vec<u8> {
    let params = CertificateRevocationListParams {
        this_update,
        next_update,
        crl_number: serial(&[1]),
        issuing_distribution_point: None,
        revoked_certs: Vec::new(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    params.signed_by(&by.issuer).expect("a list").der().to_vec()
}

fn reply(kind: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

/// A responder at a URL (RFC 5280 section 4.2.2.1), by hand: short lengths only.
fn responder_at(url: &str) -> CustomExtension {
    let tlv = |tag: u8, content: &[u8]| [&[tag, u8::try_from(content.len()).expect("short")], content].concat();
    let method = tlv(6, &[0x2b, 6, 1, 5, 5, 7, 0x30, 1]);
    let access = tlv(0x30, &[method, tlv(0x86, url.as_bytes())].concat());
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], tlv(0x30, &access))
}

#[derive(Clone, Copy)]
enum Manner {
    Honest,
    Slow,
    Says(&'static [u8]),
}

/// Files for `openssl ocsp`.
struct Responder(TempDir);

impl Responder {
    fn new(root: &Authority) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).expect("written");
        write("ca.pem", &root.pem);
        write("ca.key", &root.issuer.key().serialize_pem());
        write("index", "V\t300101000000Z\t\t1234\tunknown\t/CN=shop.example\n");
        Self(directory)
    }

    async fn answering(self: &Arc<Self>, manner: Manner) -> SocketAddr {
        let responder = Arc::clone(self);
        answer(listen("127.0.0.1:0").await, move |_, mut stream| {
            let responder = Arc::clone(&responder);
            async move {
                let head = read_head(&mut stream).await?;
                let question = question(&head, &mut stream).await?;
                let body = match manner {
                    Manner::Says(body) => body.to_vec(),
                    Manner::Honest | Manner::Slow => responder.respond(&question),
                };
                if matches!(manner, Manner::Slow) {
                    // Above the latency objective of one second.
                    tokio::time::sleep(Duration::from_millis(1300)).await;
                }
                stream.write_all(&reply("application/ocsp-response", &body)).await.ok()?;
                stream.shutdown().await.ok()
            }
        })
    }

    fn respond(&self, question: &[u8]) -> Vec<u8> {
        let path = |name: &str| -> String { self.0.path().join(name).to_string_lossy().into_owned() };
        fs::write(path("question"), question).expect("written");
        let files = [path("index"), path("ca.pem"), path("ca.key"), path("question"), path("response")];
        let [index, ca, key, question, response] = &files;
        let papers = ["-index", index, "-CA", ca, "-rsigner", ca, "-rkey", key, "-ndays", "2"];
        openssl(&[&["ocsp"], &papers, &["-reqin", question, "-respout", response]]);
        fs::read(response).expect("a response")
    }
}

/// By GET with the request in the path, or by POST (RFC 6960 appendix A).
async fn question(head: &[u8], stream: &mut tokio::net::TcpStream) -> Option<Vec<u8>> {
    let text = String::from_utf8_lossy(head).into_owned();
    if let Some(rest) = text.strip_prefix("GET /ocsp/") {
        let encoded = rest.split(' ').next()?;
        return STANDARD.decode(percent_decode_str(encoded).decode_utf8().ok()?.as_bytes()).ok();
    }
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    })?;
    let begun = head.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
    let mut body = head[begun..].to_vec();
    while body.len() < length {
        stream.read_buf(&mut body).await.ok()?;
    }
    Some(body)
}

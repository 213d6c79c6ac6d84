//! What lies behind a good handshake: status, strict transport security, HTTP/2, HTTP/3.

use std::sync::Arc;

use tokio::io::AsyncWriteExt as _;

use crate::bench::{Bench, answer, at, listen, prober, read_head};
use crate::papers::{Authority, Leaf};
use crate::record::Record;

pub(crate) async fn record() -> Vec<Record> {
    let root = Authority::root("Bench Root").below("Bench Issuing", |_| ());
    let mut bench = Bench::new(prober(&root.pem));
    let leaf = root.leaf(|_| ());
    let cases = [
        (
            "strict transport security for 180 days less a second",
            "200 OK",
            "Strict-Transport-Security: max-age=15551999\r\n",
        ),
        (
            "strict transport security for 180 days (near miss of cfg.hsts_short, cfg.hsts_missing)",
            "200 OK",
            "Strict-Transport-Security: max-age=15552000\r\n",
        ),
        ("strict transport security for no time", "200 OK", "Strict-Transport-Security: max-age=0\r\n"),
        ("a page that is not there (near miss of http.error, cfg.hsts_missing)", "404 Not Found", ""),
        ("a server that does not know the method (near miss of http.error)", "501 Not Implemented", ""),
        ("a gateway without its backend", "502 Bad Gateway", ""),
    ];
    let mut both = (*leaf.shared_config()).clone();
    both.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let over_http1 = cases.map(|(name, status, header)| (name, status, header, leaf.shared_config()));
    let over_both = ("a page over HTTP/2 as well (near miss of cfg.h2_missing)", "200 OK", "", Arc::new(both));
    for (name, status, header, config) in over_http1.into_iter().chain([over_both]) {
        let page = Arc::new(format!("HTTP/1.1 {status}\r\n{header}Content-Length: 0\r\n\r\n"));
        let address = answer(listen("127.0.0.1:0").await, move |_, stream| {
            let (config, page) = (Arc::clone(&config), Arc::clone(&page));
            async move {
                let mut tls = tokio_rustls::TlsAcceptor::from(config).accept(stream).await.ok()?;
                loop {
                    read_head(&mut tls).await?;
                    tls.write_all(page.as_bytes()).await.ok()?;
                    tls.flush().await.ok()?;
                }
            }
        });
        bench.survey(name, at(address)).await;
    }
    without_a_page(&mut bench, &leaf).await;
    bench.records
}

/// Servers that have something else behind the handshake than HTTP, or nothing.
async fn without_a_page(bench: &mut Bench, leaf: &Leaf) {
    let cases = [
        ("a backend that is gone", Some("http/1.1"), ""),
        ("another service behind HTTP/1.1", Some("http/1.1"), "SSH-2.0-OpenSSH_10.0\r\n\r\n"),
        ("a head that is never finished", Some("http/1.1"), "HTTP/1.1 200 OK\r\nServer: bench\r\n"),
        (
            "another service that selects no protocol (near miss of http.no_response)",
            None,
            "SSH-2.0-OpenSSH_10.0\r\n\r\n",
        ),
    ];
    for (name, protocol, said) in cases {
        let mut config = (*leaf.shared_config()).clone();
        config.alpn_protocols = protocol.map(Vec::from).into_iter().collect();
        let config = Arc::new(config);
        let address = answer(listen("127.0.0.1:0").await, move |_, stream| {
            let config = Arc::clone(&config);
            async move {
                let mut tls = tokio_rustls::TlsAcceptor::from(config).accept(stream).await.ok()?;
                read_head(&mut tls).await?;
                tls.write_all(said.as_bytes()).await.ok()?;
                tls.shutdown().await.ok()
            }
        });
        bench.survey(name, at(address)).await;
    }
}

//! What takes several looks, or several addresses: changes, roll-outs, what comes and goes.

use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::ServerConfig;
use socket2::{Domain, Socket, Type};
use tlscope::inventory::read_stored;
use tlscope::model::{Clock as _, SystemClock, Target};
use tlscope::probe::Prober;
use tokio::net::TcpListener;

use crate::bench::{Bench, at, at_all, listen, look, note, note_at, prober, serve, serve_on};
use crate::connections::Closed;
use crate::papers::{Authority, DAY, Leaf, now};
use crate::record::{Record, Watched};

pub(crate) async fn record() -> Vec<Record> {
    let root = Authority::root("Bench Root").below("Bench Issuing", |_| ());
    let mut bench = Bench::new(prober(&root.pem));
    let old = root.leaf(|params| (params.not_before, params.not_after) = (now() - DAY * 40, now() + DAY * 50));
    let new = root.leaf(|params| (params.not_before, params.not_after) = (now() - DAY, now() + DAY * 89));
    changes(&mut bench, &old, &new).await;
    turns(&mut bench, &old, &new).await;
    roll_outs(&mut bench, &old, &new).await;
    side_by_side(&mut bench, &root, &new).await;
    files(&mut bench, &old, &new).await;
    common(&mut bench, &new).await;
    bench.records
}

/// A target that is looked at again and again.
struct Course<'a> {
    prober: &'a Prober,
    target: Arc<Target>,
    seen: Watched,
}

impl<'a> Course<'a> {
    async fn begin(bench: &'a Bench, target: Target) -> Self {
        let target = Arc::new(target);
        let seen = look(&bench.prober, &target, false).await;
        Self { prober: &bench.prober, target, seen }
    }

    async fn again(&mut self) {
        for seen in &mut self.seen.addresses {
            let last = Arc::new(self.prober.probe(&self.target, seen.address).await);
            seen.earlier.push(std::mem::replace(&mut seen.last, last));
        }
    }

    fn end(self, name: &str) -> Record {
        note(name, self.seen)
    }
}

/// A server whose certificate can be replaced while it runs.
struct Changing {
    address: SocketAddr,
    at: Arc<AtomicUsize>,
}

impl Changing {
    async fn start(leaves: &[&Leaf]) -> Self {
        let configs: Vec<Arc<ServerConfig>> = leaves.iter().map(|leaf| leaf.shared_config()).collect();
        let at = Arc::new(AtomicUsize::new(0));
        let chosen = Arc::clone(&at);
        let choose = move |_| Arc::clone(&configs[chosen.load(Ordering::SeqCst)]);
        Self { address: serve_on(listen("127.0.0.1:0").await, choose), at }
    }

    fn serve(&self, which: usize) {
        self.at.store(which, Ordering::SeqCst);
    }
}

async fn changes(bench: &mut Bench, old: &Leaf, new: &Leaf) {
    for (name, then) in [
        ("a certificate that was replaced a moment ago", 1),
        ("the same certificate twice (near miss of change.recent)", 0),
    ] {
        let server = Changing::start(&[old, new]).await;
        let mut course = Course::begin(bench, at(server.address)).await;
        server.serve(then);
        course.again().await;
        let record = course.end(name);
        bench.records.push(record);
    }
}

/// What comes and goes, and what takes turns.
async fn turns(bench: &mut Bench, old: &Leaf, new: &Leaf) {
    for (name, outages) in [
        ("a port that is closed four times", 4),
        ("a port that is closed once (near miss of fleet.flapping, hs.intermittent)", 1),
    ] {
        let mut listener = Some(Toggle::open("127.0.0.1:0"));
        let address = listener.as_ref().map(|open| open.address).expect("it is open");
        listener.as_mut().expect("it is open").serve(new);
        let mut course = Course::begin(bench, at(address)).await;
        for _ in 0..outages {
            let closing = listener.take().expect("it is open");
            closing.close().await;
            course.again().await;
            let mut open = Toggle::open(&address.to_string());
            open.serve(new);
            listener = Some(open);
            course.again().await;
        }
        let record = course.end(name);
        bench.records.push(record);
    }
    for (name, turns) in [
        ("two certificates that take turns", &[1, 0, 1, 0][..]),
        ("a renewal that was taken back (near miss of fleet.lb_mixed)", &[1, 0]),
    ] {
        let server = Changing::start(&[old, new]).await;
        let mut course = Course::begin(bench, at(server.address)).await;
        for which in turns {
            server.serve(*which);
            course.again().await;
        }
        let record = course.end(name);
        bench.records.push(record);
    }
    let answers = new.shared_config();
    let number = Arc::new(AtomicUsize::new(0));
    let address = crate::bench::answer(listen("127.0.0.1:0").await, move |_, stream| {
        let config = Arc::clone(&answers);
        // A probe that fails looks again at once: three connections of each kind.
        let closes = number.fetch_add(1, Ordering::SeqCst) % 2 == 1;
        async move {
            if closes {
                return None;
            }
            let mut tls = tokio_rustls::TlsAcceptor::from(config).accept(stream).await.ok()?;
            crate::bench::page(&mut tls).await
        }
    });
    let mut course = Course::begin(bench, at(address)).await;
    for _ in 0..12 {
        course.again().await;
    }
    let record = course.end("every second connection is closed without a word");
    bench.records.push(record);
}

/// A port that can be closed and opened again.
struct Toggle {
    address: SocketAddr,
    listener: Option<TcpListener>,
    serving: Option<tokio::task::JoinHandle<()>>,
}

impl Toggle {
    fn open(address: &str) -> Self {
        let address: SocketAddr = address.parse().expect("an address");
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        socket.set_reuse_address(true).expect("an open socket");
        socket.set_nonblocking(true).expect("an open socket");
        socket.bind(&address.into()).expect("a port");
        socket.listen(64).expect("a port");
        let listener = TcpListener::from_std(socket.into()).expect("a listener");
        Self { address: listener.local_addr().expect("an address"), listener: Some(listener), serving: None }
    }

    fn serve(&mut self, leaf: &Leaf) {
        let (config, listener) = (leaf.shared_config(), self.listener.take().expect("it is open"));
        self.serving = Some(tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let config = Arc::clone(&config);
                tokio::spawn(async move {
                    let mut tls = tokio_rustls::TlsAcceptor::from(config).accept(stream).await.ok()?;
                    crate::bench::page(&mut tls).await
                });
            }
        }));
    }

    async fn close(mut self) {
        let serving = self.serving.take().expect("it serves");
        serving.abort();
        let _ = serving.await;
    }
}

async fn roll_outs(bench: &mut Bench, old: &Leaf, new: &Leaf) {
    for (name, renewed) in [
        ("a certificate that has reached one of two addresses", &[0][..]),
        ("a certificate that has reached both addresses (near miss of deploy.converging, fleet.stale_node)", &[0, 1]),
        ("a certificate that nobody replaced (near miss of deploy.converged)", &[]),
    ] {
        let servers = [Changing::start(&[old, new]).await, Changing::start(&[old, new]).await];
        let mut course = Course::begin(bench, at_all(&servers.each_ref().map(|server| server.address))).await;
        for which in renewed {
            servers[*which].serve(1);
            course.again().await;
        }
        if renewed.is_empty() {
            course.again().await;
        }
        let record = course.end(name);
        bench.records.push(record);
    }
}

async fn side_by_side(bench: &mut Bench, root: &Authority, new: &Leaf) {
    let sibling = root.leaf(|params| (params.not_before, params.not_after) = (now() - DAY, now() + DAY * 89));
    let older = root.leaf(|params| (params.not_before, params.not_after) = (now() - DAY * 80, now() + DAY * 10));
    for (name, other) in [
        ("two certificates of one day on two addresses", &sibling),
        ("an old and a new certificate on two addresses (near miss of fleet.mixed_certificates)", &older),
        ("one certificate on two addresses (near miss of fleet.mixed_certificates, fleet.config_drift)", new),
    ] {
        let addresses = [serve(new.config()).await, serve(other.config()).await];
        bench.probe(name, at_all(&addresses)).await;
    }
}

/// A certificate file beside its server.
async fn files(bench: &mut Bench, old: &Leaf, new: &Leaf) {
    let directory = tempfile::tempdir().expect("a directory");
    let cases = [
        ("a file that was renewed two hours ago", new, 2 * 60),
        ("a file that was renewed a minute ago (near miss of deploy.not_reloaded)", new, 1),
        ("a file with what is served (near miss of deploy.not_reloaded, deploy.converging)", old, 2 * 60),
    ];
    let address = serve(old.config()).await;
    for (name, stored, minutes) in cases {
        // Of a name that stays the same from one recording to the next.
        let path = directory.path().join("shop.pem");
        std::fs::write(&path, stored.chain_pem()).expect("written");
        let age = std::time::Duration::from_secs(minutes * 60);
        let file = File::options().write(true).open(&path).expect("it is there");
        let modified = file.metadata().and_then(|file| file.modified()).expect("a time") - age;
        file.set_modified(modified).expect("ours");
        let path: Arc<Path> = path.into();
        let target = Arc::new(Target { cert_file: Some(Arc::clone(&path)), ..at(address) });
        let mut seen = look(&bench.prober, &target, false).await;
        seen.file = Some(read_stored(&path, SystemClock.now()));
        bench.records.push(note(name, seen));
    }
}

/// What targets that fail share.
async fn common(bench: &mut Bench, leaf: &Leaf) {
    let closed: Vec<Closed> = (0..3).map(|_| Closed::new("127.9.0.1:0")).collect();
    let elsewhere = at(serve(leaf.config()).await);
    let on_that_host: SocketAddr = {
        let config = leaf.shared_config();
        serve_on(listen("127.9.0.1:0").await, move |_| Arc::clone(&config))
    };
    for (name, last) in [
        ("three targets of one host that refuse", closed[2].address),
        ("two targets of one host that refuse and one that answers (near miss of fleet.common_cause)", on_that_host),
    ] {
        let named = |host: &str, address: SocketAddr| crate::bench::target(&format!("{host}.example@{address}"));
        let targets = [
            named("shop", closed[0].address),
            named("pay", closed[1].address),
            named("search", last),
            Target { name: "mail.example:443".into(), ..elsewhere.clone() },
        ];
        let mut seen = Vec::new();
        for target in targets {
            seen.push(look(&bench.prober, &Arc::new(target), false).await);
        }
        let subject = seen.remove(0);
        bench.records.push(note_at(name, subject, seen, SystemClock.now()));
    }
}

//! Reviews by the binary: time from start to end, and the most memory it took.
//!
//! 10 000 certificates in nested directories, dropped from the page cache first: fails above 1.5 s or 100 MiB. And what
//! `kubectl get secret,ingress -A -o json` prints, 50 MB of it, from standard input: fails above 2 s or 150 MiB.

#![expect(clippy::unwrap_used, reason = "a set-up that fails ends the measurement")]
#![expect(clippy::disallowed_methods, reason = "measures real time")]

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_tlscope");
const RUNS: usize = 5;

/// What a measurement may come to.
struct Budget {
    longest: Duration,
    most_kib: u64,
}

/// What one run took: time from start to end, processor time (where the system tells), and memory.
struct Run {
    took: Duration,
    spent: Duration,
    most_kib: u64,
}

const FILES: Budget = Budget { longest: Duration::from_millis(1500), most_kib: 100 * 1024 };
const CLUSTER: Budget = Budget { longest: Duration::from_secs(2), most_kib: 150 * 1024 };

fn main() -> ExitCode {
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let directory = tempfile::tempdir().unwrap();
    let count = if is_bench { 10_000 } else { 100 };
    let files = directory.path().join("files");
    fill(&files, count);
    let name = format!("review of {count} certificates");
    let mut holds = measure(&name, &FILES, || review(directory.path(), &files, Stdio::null()));
    let bytes = if is_bench { 50_000_000 } else { 500_000 };
    let list = directory.path().join("list.json");
    let count = cluster(&list, bytes);
    let name = format!("review of {} MB from kubectl, {count} secrets for TLS", bytes / 1_000_000);
    holds &=
        measure(&name, &CLUSTER, || review(directory.path(), Path::new("-"), Stdio::from(File::open(&list).unwrap())));
    if is_bench && !holds { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Prints the median time of several runs and the most memory of all; whether both are within the budget.
fn measure(name: &str, budget: &Budget, run: impl Fn() -> Run) -> bool {
    let mut runs: Vec<Run> = (0..RUNS).map(|_| run()).collect();
    runs.sort_unstable_by_key(|run| run.took);
    let (took, fastest, slowest) = (runs[RUNS / 2].took, runs[0].took, runs[RUNS - 1].took);
    let memory = runs.iter().map(|run| run.most_kib).max().unwrap_or_default();
    // A run that took longer and computed no longer waited for the machine.
    let spent = runs.iter().map(|run| run.spent);
    let (least, most) = (spent.clone().min().unwrap_or_default(), spent.max().unwrap_or_default());
    println!("{name}: {took:.2?} (of {RUNS} runs, {fastest:.2?} to {slowest:.2?})");
    println!("processor time: {least:.2?} to {most:.2?}; most resident memory: {memory} KiB");
    took <= budget.longest && memory <= budget.most_kib
}

/// Writes a list of so many bytes: secrets with leaf, intermediate and key, an Ingress for each, and for a third of the
/// bytes what Helm keeps of its releases. How many secrets for TLS there are.
fn cluster(path: &Path, bytes: usize) -> usize {
    let key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let above = authority.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(authority, &key);
    let release = object("Secret", "release", &json!({"data": {"release": STANDARD.encode(vec![b'x'; 600_000])}}));
    let mut file = BufWriter::new(File::create(path).unwrap());
    let (mut written, mut releases, mut count) = (0, 0, 0);
    writeln!(file, "{{\n\"apiVersion\": \"v1\",\n\"items\": [").unwrap();
    while written < bytes {
        let host = format!("host-{count}.example");
        let leaf = CertificateParams::new(vec![host.clone()]).unwrap().signed_by(&key, &issuer).unwrap().pem();
        let data = json!({"tls.crt": STANDARD.encode(leaf + &above), "tls.key": STANDARD.encode(key.serialize_pem())});
        let secret = object("Secret", &host, &json!({"data": data, "type": "kubernetes.io/tls"}));
        let tls = json!([{"hosts": [host], "secretName": host}]);
        let ingress = object("Ingress", &host, &json!({"spec": {"ingressClassName": "nginx", "tls": tls}}));
        if releases * 3 < written {
            releases += release.len();
            written += release.len();
            writeln!(file, "{release},").unwrap();
        }
        written += secret.len() + ingress.len();
        count += 1;
        let end = if written < bytes { "," } else { "" };
        writeln!(file, "{secret},\n{ingress}{end}").unwrap();
    }
    writeln!(file, "],\n\"kind\": \"List\"\n}}").unwrap();
    file.into_inner().unwrap().sync_all().unwrap();
    count
}

/// An object with what `kubectl` prints of every one, indented as it does.
fn object(kind: &str, name: &str, own: &Value) -> String {
    let managed = json!([{"manager": "controller", "operation": "Update", "apiVersion": "v1", "fieldsType": "FieldsV1",
        "fieldsV1": {"f:data": {".": {}, "f:tls.crt": {}, "f:tls.key": {}}, "f:metadata": {"f:annotations": {".": {}}}}}]);
    let annotations = json!({"cert-manager.io/certificate-name": name, "cert-manager.io/issuer-name": "letsencrypt"});
    let mut object = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "web",
        "uid": "0b8c2f0e-6d0f-4c49-9d6c-1d1f7d3c7a10", "annotations": annotations, "managedFields": managed}});
    if let (Value::Object(object), Value::Object(own)) = (&mut object, own) {
        object.extend(own.clone());
    }
    serde_json::to_string_pretty(&object).unwrap()
}

/// A hundred certificates in each directory, and a directory in each hundredth.
fn fill(root: &Path, count: usize) {
    let key = KeyPair::generate().unwrap();
    for number in 0..count {
        let directory = root.join(format!("{:02}", number / 1000)).join(format!("{:02}", number / 100 % 10));
        if number % 100 == 0 {
            fs::create_dir_all(&directory).unwrap();
        }
        let params = CertificateParams::new(vec![format!("host-{number}.example")]).unwrap();
        let path = directory.join(format!("{number}.pem"));
        fs::write(&path, params.self_signed(&key).unwrap().pem()).unwrap();
    }
}

/// One review; no memory and no processor time where the system does not say.
fn review(home: &Path, path: &Path, input: Stdio) -> Run {
    if path.is_dir() {
        forget(path);
    }
    let begun = Instant::now();
    let mut child = Command::new(BINARY)
        .args(["inventory", "--format", "jsonl"])
        .arg(path)
        .env("HOME", home)
        .stdin(input)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let [status, stat] = ["status", "stat"].map(|name| format!("/proc/{}/{name}", child.id()));
    let (mut most_kib, mut last) = (0, Duration::ZERO);
    loop {
        most_kib = most_kib.max(peak(&status));
        last = last.max(spent(&stat));
        if child.try_wait().unwrap().is_some() {
            return Run { took: begun.elapsed(), spent: last, most_kib };
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The high-water mark of resident memory, in KiB.
fn peak(status: &str) -> u64 {
    let text = fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// Processor time so far, the program's own and the system's for it.
fn spent(stat: &str) -> Duration {
    /// `USER_HZ`, the same on every Linux.
    const TICKS: u64 = 100;
    let text = fs::read_to_string(stat).unwrap_or_default();
    // Behind the program's name, which ends with a bracket: utime and stime (proc(5)).
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    Duration::from_millis(fields.filter_map(|field| field.parse::<u64>().ok()).sum::<u64>() * 1000 / TICKS)
}

/// Drops the files' contents from the page cache.
fn forget(path: &Path) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            forget(&entry.unwrap().path());
        }
        return;
    }
    let file = File::open(path).unwrap();
    file.sync_all().unwrap();
    #[cfg(target_os = "linux")]
    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
}

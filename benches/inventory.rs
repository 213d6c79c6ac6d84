//! 10 000 certificates in nested directories, reviewed by the binary: time from start to end, and the most memory it
//! took. What the files say is dropped from the page cache first. Fails above 1.5 s or 100 MiB.

#![expect(clippy::unwrap_used, reason = "a set-up that fails ends the measurement")]
#![expect(clippy::disallowed_methods, reason = "measures real time")]

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use rcgen::{CertificateParams, KeyPair};

const BINARY: &str = env!("CARGO_BIN_EXE_tlscope");
const LONGEST: Duration = Duration::from_millis(1500);
const MOST_KIB: u64 = 100 * 1024;
const RUNS: usize = 5;

fn main() -> ExitCode {
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let count = if is_bench { 10_000 } else { 100 };
    let directory = tempfile::tempdir().unwrap();
    fill(directory.path(), count);
    let mut runs: Vec<(Duration, u64)> = (0..RUNS).map(|_| review(directory.path())).collect();
    runs.sort_unstable();
    let (took, _) = runs[RUNS / 2];
    let memory = runs.iter().map(|(_, memory)| *memory).max().unwrap_or_default();
    let (fastest, slowest) = (runs[0].0, runs[RUNS - 1].0);
    println!("review of {count} certificates: {took:.2?} (of {RUNS} runs, {fastest:.2?} to {slowest:.2?})");
    println!("most resident memory: {memory} KiB");
    if is_bench && (took > LONGEST || memory > MOST_KIB) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
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

/// How long one review takes, and how much memory at most (0 where the system does not say).
fn review(root: &Path) -> (Duration, u64) {
    forget(root);
    let start = Instant::now();
    let mut child = Command::new(BINARY)
        .args(["inventory", "--format", "jsonl"])
        .arg(root)
        .env("HOME", root)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    loop {
        most = most.max(peak(&status));
        if child.try_wait().unwrap().is_some() {
            return (start.elapsed(), most);
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

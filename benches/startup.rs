//! Start to first frame, in a real pseudo-terminal, beside starting the same binary only to print its version.

#![expect(clippy::unwrap_used, reason = "a set-up that fails ends the measurement")]
#![expect(clippy::disallowed_methods, reason = "measures real time")]

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};

const BINARY: &str = env!("CARGO_BIN_EXE_tlscope");

fn first_frame() -> Duration {
    let pair = native_pty_system().openpty(PtySize { rows: 48, cols: 160, pixel_width: 0, pixel_height: 0 }).unwrap();
    let mut command = CommandBuilder::new(BINARY);
    command.args(["127.0.0.1:9"]);
    command.env("TERM", "xterm-256color");
    let mut reader = pair.master.try_clone_reader().unwrap();
    let start = Instant::now();
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let (mut seen, mut buffer) = (Vec::new(), [0; 16 * 1024]);
    // The end of the first synchronized update is the moment the terminal shows the frame.
    while !seen.windows(8).any(|window| window == b"\x1b[?2026l") {
        let count = reader.read(&mut buffer).unwrap_or(0);
        assert!(count > 0, "it ended without a frame: {}", String::from_utf8_lossy(&seen));
        seen.extend_from_slice(&buffer[..count]);
    }
    let took = start.elapsed();
    child.kill().unwrap();
    child.wait().unwrap();
    took
}

fn version() -> Duration {
    let start = Instant::now();
    let status = Command::new(BINARY).arg("--version").stdout(Stdio::null()).status().unwrap();
    assert!(status.success());
    start.elapsed()
}

fn startup(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("startup");
    group.sample_size(20);
    group.bench_function("first frame", |bencher| {
        bencher.iter_custom(|count| (0..count).map(|_| first_frame()).sum());
    });
    group.bench_function("reference: --version", |bencher| {
        bencher.iter_custom(|count| (0..count).map(|_| version()).sum());
    });
    group.finish();
}

criterion_group!(benches, startup);
criterion_main!(benches);

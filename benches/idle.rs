//! What an idle dashboard over twenty healthy targets costs: frames a second and share of a core.
//!
//! Not a loop to be timed but half a minute to be watched, so it has no harness.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a set-up that fails ends the measurement")]
#![expect(clippy::disallowed_methods, reason = "measures real time")]

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

const BINARY: &str = env!("CARGO_BIN_EXE_tlscope");
const TARGETS: usize = 20;
/// Until the first probes of all targets are out of the rate, which is of ten seconds.
const SETTLE: Duration = Duration::from_secs(15);
const WATCH: Duration = Duration::from_secs(30);

fn main() {
    let mut lab = Command::new(BINARY).args(["lab", "--serve-only"]).stdout(Stdio::piped()).spawn().unwrap();
    let (targets, ca_file) = healthy(&mut BufReader::new(lab.stdout.take().unwrap()));
    assert_eq!(targets.len(), TARGETS, "the lab has too few healthy members");

    let pair = native_pty_system().openpty(PtySize { rows: 48, cols: 160, pixel_width: 0, pixel_height: 0 }).unwrap();
    let mut command = CommandBuilder::new(BINARY);
    command.args(["--interval", "30s", "--ca-file", &ca_file]);
    command.args(&targets);
    command.env("TERM", "xterm-256color");
    let mut reader = pair.master.try_clone_reader().unwrap();
    let mut dashboard = pair.slave.spawn_command(command).unwrap();
    let frames = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&frames);
    std::thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        let mut tail = Vec::new();
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            tail.extend_from_slice(&buffer[..count]);
            let ends = tail.windows(8).filter(|window| *window == b"\x1b[?2026l").count();
            counter.fetch_add(ends, Ordering::Relaxed);
            let keep = tail.len().min(7);
            tail.drain(..tail.len() - keep);
        }
    });

    let pid = dashboard.process_id().unwrap();
    std::thread::sleep(SETTLE);
    let (cpu, seen, start) = (cpu_time(pid), frames.load(Ordering::Relaxed), Instant::now());
    std::thread::sleep(WATCH);
    let seconds = start.elapsed().as_secs_f64();
    let cpu = cpu_time(pid).saturating_sub(cpu).as_secs_f64();
    let seen = frames.load(Ordering::Relaxed) - seen;
    dashboard.kill().unwrap();
    lab.kill().unwrap();
    lab.wait().unwrap();

    #[expect(clippy::cast_precision_loss, reason = "a few dozen frames")]
    let rate = seen as f64 / seconds;
    println!(
        "idle over {TARGETS} targets: {rate:.2} frames/s (at most 1), {:.2} % of a core (below 1)",
        cpu / seconds * 100.0
    );
}

/// Healthy single-address members and the CA file, from what `lab --serve-only` prints.
fn healthy(output: &mut impl BufRead) -> (Vec<String>, String) {
    let mut targets = Vec::new();
    let mut ca_file = None;
    for line in output.lines().map_while(Result::ok) {
        if let Some(file) = line.strip_prefix("# CA file: ") {
            ca_file = Some(file.trim().to_owned());
        } else if let Some((target, _)) = line.split_once("# healthy")
            && targets.len() < TARGETS
        {
            targets.push(target.trim().to_owned());
        }
        if let (TARGETS, Some(file)) = (targets.len(), &ca_file) {
            return (targets, file.clone());
        }
    }
    panic!("the lab ended early");
}

/// User and system time of a process (Linux: fields 14 and 15 of `/proc/PID/stat`, in ticks of 10 ms).
fn cpu_time(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

//! Resident memory per address with everything the store keeps: 100 000 addresses, 300 certificates, three rounds of
//! probes, and a reader that holds the snapshot before. Fails above 2 KiB.

use std::fs;
use std::process::ExitCode;
use std::sync::Arc;

use tlscope::diagnosis::Policy;
use tlscope::store::fixture::{Fleet, NOW};
use tlscope::store::{Limits, Snapshot, State};

const MOST: usize = 2_048;

fn main() -> ExitCode {
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let addresses = if is_bench { 100_000 } else { 1_000 };
    let Some(before) = resident() else {
        println!("resident memory per address: not measured, there is no /proc/self/status");
        return ExitCode::SUCCESS;
    };
    let (state, snapshots) = watch(addresses);
    let used = resident().unwrap_or_default().saturating_sub(before);
    let each = used / addresses;
    let certificates = snapshots.last().map_or(0, |snapshot| snapshot.certificates.len());
    println!("resident memory per address: {each} bytes ({addresses} addresses, {certificates} certificates)");
    drop((state, snapshots));
    if is_bench && each > MOST { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn watch(addresses: usize) -> (State, Vec<Arc<Snapshot>>) {
    let fleet = Fleet::new(addresses, 300);
    let mut state = State::new(Policy::default(), Limits::default());
    let mut snapshots = Vec::new();
    for event in fleet.start() {
        state.apply(event);
    }
    for number in 1..3 {
        fleet.probes(number).for_each(|event| state.apply(event));
        snapshots.push(state.snapshot(NOW));
    }
    (state, snapshots)
}

/// Resident bytes of this process.
fn resident() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: usize = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1_024)
}

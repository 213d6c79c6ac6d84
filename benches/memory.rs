//! Resident memory per address with everything the store keeps: 100 000 addresses, 300 certificates, three rounds of
//! probes, and a reader that holds the latest snapshot. Fails above 2 KiB.

use std::fs;
use std::process::ExitCode;
use std::sync::Arc;

use tlscope::diagnosis::Policy;
use tlscope::store::fixture::{Fleet, NOW};
use tlscope::store::{Limits, Snapshot, State};

const MOST: usize = 2_048;
const CERTIFICATES: usize = 300;
/// Probes between two snapshots: 100 000 addresses, each probed once a minute, are 167 in a tenth of a second.
const PUBLISHED_EVERY: usize = 167;

fn main() -> ExitCode {
    // As the dashboard does it.
    tlscope::runtime::in_huge_pages();
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let addresses = if is_bench { 100_000 } else { 1_000 };
    let Some(before) = resident() else {
        println!("resident memory per address: not measured, there is no /proc/self/status");
        return ExitCode::SUCCESS;
    };
    let (state, snapshot) = watch(addresses);
    let used = resident().unwrap_or_default().saturating_sub(before);
    let each = used / addresses;
    let certificates = snapshot.certificates.len();
    println!("resident memory per address: {each} bytes ({addresses} addresses, {certificates} certificates)");
    drop((state, snapshot));
    if is_bench && each > MOST { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn watch(addresses: usize) -> (State, Arc<Snapshot>) {
    let fleet = Fleet::new(addresses, CERTIFICATES);
    let mut state = State::new(Policy::default(), Limits::default());
    for event in fleet.start() {
        state.apply(event);
    }
    let mut snapshot = state.snapshot(NOW);
    for (number, event) in (1..3).flat_map(|round| fleet.probes(round)).enumerate() {
        state.apply(event);
        if number % PUBLISHED_EVERY == 0 {
            snapshot = state.snapshot(NOW);
        }
    }
    (state, snapshot)
}

/// Resident bytes of this process.
fn resident() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: usize = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1_024)
}

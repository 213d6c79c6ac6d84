//! How long and how large: the limits of the design, on a clock that counts nothing but waiting.
//!
//! The clock is paused: it stands still while anybody works, however busy the machine is, and goes on when everybody
//! waits. What it shows is therefore a sum of deadlines and pauses, and can be held against theirs exactly.

use std::fs;
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};
use tokio::task::JoinHandle;
use tokio::time::{Instant, pause, sleep};

/// One test at a time: memory is the whole process's.
static TURN: Mutex<()> = Mutex::const_new(());

/// The clock's. What the kernel is late to hand over has as many turns to come as a deadline has steps.
const STEP: Duration = Duration::from_millis(1);
/// Timers are of whole milliseconds, and there are a few to a probe.
const ROUNDING: Duration = Duration::from_millis(5);
/// The longest that a connection is kept to hear what follows a handshake, after its deadline was met
/// (`LONGEST_LISTEN` of the prober, and of the survey's questions about sessions and client certificates).
const LISTENING: Duration = Duration::from_millis(300);
/// Between the six attempts of a differential: 50, 100, 150, 200, 250 and 250 ms (src/probe/survey/differential.rs).
const PAUSES: Duration = Duration::from_secs(1);
/// An issuer, and then OCSP and the list side by side (`patience` in src/probe/fetch/fetcher.rs).
pub(crate) const FETCHING: Duration = Duration::from_secs(5 + 10);
/// A survey's own deadline (`LONGEST` in src/probe/survey/mod.rs).
const SURVEYING: Duration = Duration::from_mins(1);

/// Of the bytes of one handshake, the last read included (`MOST_BYTES` and `READ_SIZE` in src/probe/handshake.rs).
pub(crate) const MOST_BYTES: u64 = (256 + 8) * 1024;

/// A test while it has the process and the clock for itself.
pub(crate) struct Trial {
    _turn: MutexGuard<'static, ()>,
    clock: JoinHandle<()>,
    /// KiB, where the system tells.
    before: Option<u64>,
}

impl Trial {
    pub(crate) async fn begin() -> Self {
        let turn = TURN.lock().await;
        pause();
        let clock = tokio::spawn(async {
            loop {
                sleep(STEP).await;
            }
        });
        // Linux: the peak is counted anew from here on (proc_pid_clear_refs(5)).
        let is_reset = fs::write("/proc/self/clear_refs", "5").is_ok();
        Self { _turn: turn, clock, before: memory_kib("VmRSS:").filter(|_| is_reset) }
    }

    /// Resident memory never grew by more than so many KiB.
    pub(crate) fn end(self, most_kib: u64) {
        self.clock.abort();
        let (Some(before), Some(peak)) = (self.before, memory_kib("VmHWM:")) else {
            return println!("this system does not tell how much memory was used");
        };
        let grown = peak.saturating_sub(before);
        println!("memory grew by {grown} KiB at most");
        assert!(grown <= most_kib, "memory grew by {grown} KiB");
    }
}

fn memory_kib(key: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_whitespace().next()?.parse().ok()
}

/// A probe has one deadline for all it does, its second looks included (src/probe/prober.rs).
pub(crate) fn probe_ends_in_time(name: &str, begun: Instant, timeout: Duration) {
    let took = begun.elapsed();
    assert!(took <= timeout + ROUNDING, "{name}: the probe took {took:?}");
}

/// A survey has its own deadline, and before that each connection has one (`Interview::connect`). They add up where
/// questions follow from one another; two at a time would halve it. The names are looked up beside them.
pub(crate) fn survey_ends_in_time(
    name: &str,
    begun: Instant,
    connections: u32,
    patience: Duration,
    fetching: Duration,
) {
    let took = begun.elapsed();
    let sum = (patience + LISTENING + ROUNDING) * (connections + 1) + PAUSES + fetching;
    let most = sum.min(SURVEYING + ROUNDING);
    assert!(took <= most, "{name}: the survey took {took:?} of {most:?} with {connections} connections");
}

//! Notices a terminal that went away without a signal: the signal goes to the session that owns the terminal, and
//! who reads it from another one learns nothing. Its end of file reads as an endless nothing from then on.

use std::io;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::time::{MissedTickBehavior, interval};

/// How often to look. The input itself is another's to read.
const PERIOD: Duration = Duration::from_secs(1);

/// Waits until the other end of standard input is gone.
pub(super) async fn hung_up() {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !is_gone() {
        ticks.tick().await;
    }
}

/// Whether poll(2) reports a hang-up, which it does unasked.
fn is_gone() -> bool {
    let stdin = io::stdin();
    let mut input = [PollFd::new(&stdin, PollFlags::empty())];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut input, Some(&at_once)).is_ok() && input[0].revents().contains(PollFlags::HUP)
}

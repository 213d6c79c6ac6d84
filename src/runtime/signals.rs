//! Signals of the process as a bounded stream.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use super::hangup::hung_up;

/// A signal the dashboard acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Woken after a stop: repaint.
    Continue,
    /// Somebody outside asks us to stop for now (SIGTSTP).
    Suspend,
    /// Leave: the signal's number and name.
    Terminate(u8, &'static str),
}

/// How long shutting down may take before the program leaves anyway.
pub(super) const SHUTDOWN: Duration = Duration::from_secs(1);

/// SIGHUP, also where the terminal hung up and the signal went elsewhere.
const HANGUP: u8 = 1;

/// Starts listening. A program that is asked to leave and does not is made to, after `restore`.
pub(super) fn listen(restore: fn()) -> io::Result<mpsc::Receiver<Signal>> {
    let kinds = [
        (SignalKind::hangup(), Signal::Terminate(HANGUP, "SIGHUP")),
        (SignalKind::interrupt(), Signal::Terminate(2, "SIGINT")),
        (SignalKind::quit(), Signal::Terminate(3, "SIGQUIT")),
        (SignalKind::terminate(), Signal::Terminate(15, "SIGTERM")),
        (SignalKind::from_raw(SIGTSTP), Signal::Suspend),
        (SignalKind::from_raw(SIGCONT), Signal::Continue),
    ];
    let (sender, receiver) = mpsc::channel(kinds.len());
    for (kind, meaning) in kinds {
        let mut stream = signal(kind)?;
        let sender = sender.clone();
        tokio::spawn(async move {
            while stream.recv().await.is_some() {
                if let Signal::Terminate(number, _) = meaning {
                    tokio::spawn(end_anyway(number, restore));
                }
                if sender.send(meaning).await.is_err() {
                    return;
                }
            }
        });
    }
    tokio::spawn(async move {
        hung_up().await;
        tokio::spawn(end_anyway(HANGUP, restore));
        let _ = sender.send(Signal::Terminate(HANGUP, "SIGHUP")).await;
    });
    Ok(receiver)
}

/// Ends the process when nobody has by then. A terminal that goes away reads as an endless nothing, which crossterm
/// goes on reading: the thread that has all else to do never comes back from it.
async fn end_anyway(number: u8, restore: fn()) {
    tokio::time::sleep(SHUTDOWN).await;
    // A terminal that takes nothing any more would keep this one as well.
    let _ = tokio::time::timeout(SHUTDOWN, tokio::task::spawn_blocking(restore)).await;
    std::process::exit(128 + i32::from(number));
}

const SIGTSTP: i32 = rustix::process::Signal::TSTP.as_raw();
const SIGCONT: i32 = rustix::process::Signal::CONT.as_raw();

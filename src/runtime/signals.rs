//! Signals of the process as a bounded stream.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

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

/// Starts listening. Without this, HUP would leave the input thread spinning on a dead terminal.
pub(super) fn listen() -> io::Result<mpsc::Receiver<Signal>> {
    let kinds = [
        (SignalKind::hangup(), Signal::Terminate(1, "SIGHUP")),
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
                if sender.send(meaning).await.is_err() {
                    return;
                }
            }
        });
    }
    Ok(receiver)
}

const SIGTSTP: i32 = rustix::process::Signal::TSTP.as_raw();
const SIGCONT: i32 = rustix::process::Signal::CONT.as_raw();

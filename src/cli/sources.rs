//! Sources of targets in the configuration, read before anything else is done.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal as _};
use std::panic::resume_unwind;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::failure::Failure;
use super::options::Options;
use super::output::say;
use crate::config::{self, Settings};
use crate::inventory::sources::Gathered;
use crate::inventory::{LiveSource, Roster};
use crate::model::{Clock as _, SystemClock, TargetId};

/// Reads every source once and adds its targets to those of the settings.
pub(super) fn take_in(options: &Options, settings: &mut Settings) -> Result<Option<Roster>, Failure> {
    let Some(mut roster) = config::roster(settings, &options.overrides()?) else { return Ok(None) };
    let mut next = u32::try_from(settings.targets.len()).unwrap_or(u32::MAX);
    let mut number = || {
        let id = TargetId(next);
        next = next.saturating_add(1);
        id
    };
    for (at, said) in read(&settings.inventory, options.quiet).into_iter().enumerate() {
        let moves = roster.take(at, said, SystemClock.now(), &mut number);
        settings.targets.extend(moves.added.iter().map(|target| (**target).clone()));
    }
    Ok(Some(roster))
}

/// Reads all at once: of several servers that do not answer none is waited for after the other.
fn read(sources: &[LiveSource], quiet: bool) -> Vec<Vec<Gathered>> {
    let (done, finished) = mpsc::channel();
    thread::scope(|scope| {
        let start = |(at, source): (usize, &'_ LiveSource)| {
            let done = done.clone();
            let source = source.clone();
            scope.spawn(move || {
                let said = source.read();
                let _ = done.send(at);
                said
            })
        };
        let readers: Vec<_> = sources.iter().enumerate().map(start).collect();
        if !quiet && io::stderr().is_terminal() {
            tell_waiting(sources, &finished);
        }
        // Whoever reads panics for all of us.
        let join = |reader: thread::ScopedJoinHandle<'_, _>| reader.join().unwrap_or_else(|panic| resume_unwind(panic));
        readers.into_iter().map(join).collect()
    })
}

/// Says what is still waited for after a moment.
fn tell_waiting(sources: &[LiveSource], finished: &mpsc::Receiver<usize>) {
    const MOMENT: Duration = Duration::from_secs(1);
    let until = SystemClock.elapsed() + MOMENT;
    let mut open: BTreeSet<usize> = (0..sources.len()).collect();
    while !open.is_empty() {
        let Ok(at) = finished.recv_timeout(until.saturating_sub(SystemClock.elapsed())) else { break };
        open.remove(&at);
    }
    let places: Vec<String> = open.iter().map(|at| format!("'{}'", sources[*at].place)).collect();
    if !places.is_empty() {
        say(&format!("waiting for {} …", places.join(", ")));
    }
}

/// Says what could not be read; whether there was any of it.
pub(super) fn tell_faults(roster: Option<&Roster>) -> bool {
    let mut any = false;
    for source in roster.into_iter().flat_map(Roster::states) {
        if let Some(fault) = &source.fault {
            let cannot = if fault.is_read { "" } else { "cannot read " };
            say(&format!("error: {cannot}'{}': {}", source.place, fault.reason));
            any = true;
        }
    }
    any
}

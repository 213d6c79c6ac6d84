//! One loop: input, snapshots and time in; messages to the screen; effects out; a frame when one is due.

use std::io;
use std::sync::Arc;

use crossterm::event::Event as TerminalEvent;
use futures_util::{FutureExt, Stream, StreamExt};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::pacer::{Change, Pacer};
use super::signals::Signal;
use crate::model::Clock;
use crate::store::Snapshot;
use crate::ui::{self, Effect, Msg, UiModel};

/// What the loop draws on.
pub trait Screen {
    /// Draws one frame.
    fn draw(&mut self, model: &UiModel) -> io::Result<()>;
    /// Forgets what is on the terminal, so that the next frame is written in full.
    fn repaint(&mut self) -> io::Result<()>;
    /// Gives the terminal back, stops the process, and takes the terminal again when it goes on.
    fn suspend(&mut self) -> io::Result<()>;
    /// Puts text on the terminal's clipboard.
    fn copy(&mut self, text: &str) -> io::Result<()>;
    /// Turns mouse reporting on or off.
    fn mouse(&mut self, on: bool) -> io::Result<()>;
}

/// Where the effects go that are not the terminal's: must not block.
pub trait Outside {
    /// Carries out an effect; what there is to say comes back as a [`Msg::Notice`].
    fn perform(&mut self, effect: Effect);
    /// Whether something broke that must end the program now.
    fn is_broken(&self) -> bool;
}

/// Everything that wakes the loop, besides time.
#[derive(Debug)]
pub struct Sources<I> {
    /// Keys, clicks, pastes, sizes.
    pub input: I,
    /// Signals.
    pub signals: mpsc::Receiver<Signal>,
    /// The newest snapshot.
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
    /// Answers of effects.
    pub notices: mpsc::Receiver<Msg>,
}

/// Why the loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// A task panicked; its message has been printed.
    Broken,
    /// The terminal's input ended.
    InputClosed,
    /// The user left.
    Quit,
    /// A signal: number and name.
    Signal(u8, &'static str),
}

/// Runs until the user leaves, a signal asks for it or the terminal fails.
///
/// # Errors
///
/// When the terminal can no longer be written to or read from.
pub async fn run<I>(
    mut model: UiModel,
    screen: &mut impl Screen,
    mut sources: Sources<I>,
    outside: &mut impl Outside,
    clock: &dyn Clock,
) -> io::Result<Exit>
where
    I: Stream<Item = io::Result<TerminalEvent>> + Unpin,
{
    let start = Instant::now();
    let mut pacer = Pacer::new();
    let mut store_alive = true;
    loop {
        if outside.is_broken() {
            return Ok(Exit::Broken);
        }
        let elapsed = start.elapsed();
        if pacer.due() <= elapsed {
            ui::update(&mut model, Msg::Tick(clock.now()));
            screen.draw(&model)?;
            pacer.drawn(elapsed);
        }
        let woken = tokio::select! {
            biased;
            Some(signal) = sources.signals.recv() => Woken::Signal(signal),
            event = sources.input.next() => Woken::Input(event),
            changed = sources.snapshots.changed(), if store_alive => {
                store_alive = changed.is_ok();
                Woken::Snapshot
            }
            Some(notice) = sources.notices.recv() => Woken::Notice(notice),
            () = sleep_until(start + pacer.due()) => continue,
        };
        let (change, effects) = match woken {
            Woken::Signal(Signal::Terminate(number, name)) => return Ok(Exit::Signal(number, name)),
            Woken::Signal(Signal::Suspend) => (Change::Input, vec![Effect::Suspend]),
            Woken::Signal(Signal::Continue) => {
                screen.repaint()?;
                (Change::Input, Vec::new())
            }
            Woken::Input(None) => return Ok(Exit::InputClosed),
            Woken::Input(Some(event)) => (Change::Input, take_input(&mut model, event?, &mut sources.input)?),
            Woken::Snapshot => take_snapshot(&mut model, &mut sources.snapshots),
            Woken::Notice(notice) => (Change::Input, ui::update(&mut model, notice)),
        };
        pacer.changed(change);
        for effect in effects {
            match effect {
                Effect::Quit => return Ok(Exit::Quit),
                Effect::Copy(text) => screen.copy(&text)?,
                Effect::Mouse(on) => screen.mouse(on)?,
                Effect::Repaint => screen.repaint()?,
                Effect::Suspend => screen.suspend()?,
                other => outside.perform(other),
            }
        }
    }
}

enum Woken {
    Input(Option<io::Result<TerminalEvent>>),
    Notice(Msg),
    Signal(Signal),
    Snapshot,
}

/// Folds all input that is waiting, so that a burst costs one frame.
fn take_input<I>(model: &mut UiModel, first: TerminalEvent, more: &mut I) -> io::Result<Vec<Effect>>
where
    I: Stream<Item = io::Result<TerminalEvent>> + Unpin,
{
    /// A flood of input must not keep signals and frames waiting.
    const MOST: usize = 4096;
    let mut effects = ui::update(model, Msg::Terminal(first));
    for _ in 1..MOST {
        match more.next().now_or_never() {
            Some(Some(event)) => effects.extend(ui::update(model, Msg::Terminal(event?))),
            // The end of input is met again by the caller's next turn.
            Some(None) | None => break,
        }
    }
    Ok(effects)
}

/// Above this rate of probes the numbers visibly move: worth ten frames a second. Below, one a second shows them.
const LIVELY: f64 = 2.0;

fn take_snapshot(model: &mut UiModel, snapshots: &mut watch::Receiver<Arc<Snapshot>>) -> (Change, Vec<Effect>) {
    let snapshot = Arc::clone(&snapshots.borrow_and_update());
    let known = Arc::clone(&model.live);
    let is_news = snapshot.aggregates.rate > LIVELY
        || snapshot.aggregates.addresses_by_status != known.aggregates.addresses_by_status
        || snapshot.aggregates.targets_by_status != known.aggregates.targets_by_status
        || snapshot.incident_count != known.incident_count
        || snapshot.scheduler.paused != known.scheduler.paused;
    let effects = ui::update(model, Msg::Snapshot(snapshot));
    (if is_news { Change::News } else { Change::Routine }, effects)
}

#[cfg(test)]
#[path = "event_loop_tests.rs"]
mod tests;

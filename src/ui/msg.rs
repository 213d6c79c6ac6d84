//! What reaches the screen and what it asks for.

use std::sync::Arc;

use crossterm::event::Event as TerminalEvent;

use crate::model::{IncidentKey, TargetId, Time};
use crate::store::Snapshot;

/// Something the screen must know. Time comes with it; the screen never reads a clock.
#[derive(Clone, Debug)]
pub enum Msg {
    /// An effect has an answer for the user.
    Notice {
        /// Said in a toast for a few seconds.
        text: String,
        /// Shown as a failure.
        failed: bool,
    },
    /// A newer snapshot; ignored while frozen, except for how far behind the screen is.
    Snapshot(Arc<Snapshot>),
    /// A key, paste, click, resize or focus change.
    Terminal(TerminalEvent),
    /// A target that was asked for cannot be watched; what was typed comes back to be mended.
    TargetRefused {
        /// As typed.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Time passed; sent at least once a second and before every other message of a turn.
    Tick(Time),
}

/// Something the screen wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Somebody has an incident in hand.
    Acknowledge {
        /// Which.
        incident: IncidentKey,
        /// Until when.
        until: Time,
        /// What they say about it.
        note: String,
    },
    /// Watch another target, in target notation; the answer is a [`Msg::Notice`].
    AddTarget(String),
    /// Put text on the terminal's clipboard (OSC 52).
    Copy(String),
    /// Nobody has an incident in hand any longer.
    GiveBack(IncidentKey),
    /// Turn mouse reporting on or off, so that the terminal's own selection works.
    Mouse(bool),
    /// Pause or resume probing.
    Pause(bool),
    /// Probe these targets now; all when empty.
    ProbeNow(Vec<TargetId>),
    /// Leave.
    Quit,
    /// Stop watching a target.
    RemoveTarget(TargetId),
    /// Write the whole screen anew (`Ctrl-L`).
    Repaint,
    /// Remember a choice of theme for the next start.
    SaveTheme(String),
    /// Probe these targets now and survey them.
    Survey(Vec<TargetId>),
    /// Suspend the process (`Ctrl-Z`).
    Suspend,
}

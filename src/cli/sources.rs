//! Sources of targets in the configuration, read before anything else is done.

use super::failure::Failure;
use super::options::Options;
use super::output::say;
use crate::config::{self, Settings};
use crate::inventory::Roster;
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
    for (at, source) in settings.inventory.iter().enumerate() {
        let moves = roster.take(at, source.read(), SystemClock.now(), &mut number);
        settings.targets.extend(moves.added.iter().map(|target| (**target).clone()));
    }
    Ok(Some(roster))
}

/// Says what could not be read; whether there was any of it.
pub(super) fn tell_faults(roster: Option<&Roster>) -> bool {
    let mut any = false;
    for source in roster.into_iter().flat_map(Roster::states) {
        if let Some(fault) = &source.fault {
            say(&format!("error: cannot read '{}': {}", source.place, fault.reason));
            any = true;
        }
    }
    any
}

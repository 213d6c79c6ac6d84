//! Sources of targets: how they stand, and a word in the log when one cannot be read any more, or can again.

use std::sync::Arc;

use super::log::About;
use super::state::State;
use crate::model::{SourceState, Status, Time};

impl State {
    /// All sources as they stand now.
    pub(super) fn sources_read(&mut self, at: Time, sources: &Arc<[SourceState]>) {
        self.now = self.now.max(at);
        let before = std::mem::replace(&mut self.sources, Arc::clone(sources));
        if before == *sources {
            return;
        }
        self.dirty.any = true;
        for (number, source) in sources.iter().enumerate() {
            let was_at_fault = before.get(number).and_then(|before| before.fault.as_ref());
            let (place, targets) = (&source.place, source.targets);
            let text = match (was_at_fault, &source.fault) {
                (None, Some(fault)) if fault.is_read => format!("{place} cannot be used in full: {}", fault.reason),
                (Some(before), None) if before.is_read => {
                    format!("{place} can be used in full again: {targets} targets")
                }
                (None, Some(fault)) => {
                    format!("{place} cannot be read: {}; its last {targets} targets stay", fault.reason)
                }
                (Some(_), None) => format!("{place} can be read again: {targets} targets"),
                _ => continue,
            };
            let status = if source.fault.is_some() { Status::Warning } else { Status::Ok };
            self.log.push(at, About { status, ..About::change(None, None) }, text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Limits;
    use super::*;
    use crate::diagnosis::Policy;
    use crate::model::{Event, SourceFault, Untrusted};

    #[test]
    fn a_fault_is_logged_once_and_its_end_too() {
        let mut state = State::new(Policy::default(), Limits::default());
        let told = |at: i64, fault: Option<&str>| {
            let of = |reason| SourceFault {
                is_read: reason == "a key",
                reason: Untrusted::new(reason),
                since: Time::from_secs(at),
            };
            let fault = fault.map(of);
            let place = Untrusted::new("targets/*.json");
            let source = SourceState { place, targets: 2, read: Some(Time::from_secs(0)), fault };
            Event::SourcesRead { at: Time::from_secs(at), sources: [source].into() }
        };
        let unread = [told(1, None), told(2, Some("gone")), told(3, Some("torn")), told(4, None)];
        let unusable = [told(5, Some("a key")), told(6, None)];
        for event in unread.into_iter().chain(unusable) {
            state.apply(event);
        }
        let snapshot = state.snapshot(Time::from_secs(5));
        let log: Vec<(Status, &str)> = snapshot.log.iter().map(|entry| (entry.status, entry.text.as_str())).collect();
        assert_eq!(
            log,
            [
                (Status::Ok, "targets/*.json can be used in full again: 2 targets"),
                (Status::Warning, "targets/*.json cannot be used in full: a key"),
                (Status::Ok, "targets/*.json can be read again: 2 targets"),
                (Status::Warning, "targets/*.json cannot be read: gone; its last 2 targets stay"),
            ]
        );
        assert_eq!((snapshot.sources.len(), snapshot.sources[0].targets), (1, 2));
    }
}

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
            let place = &source.place;
            let (targets, stay) = match source.targets {
                0 => ("no targets".to_owned(), String::new()),
                1 => ("1 target".to_owned(), "; its last target stays".to_owned()),
                many => (format!("{many} targets"), format!("; its last {many} targets stay")),
            };
            let text = match (was_at_fault, &source.fault) {
                (None, Some(fault)) if fault.is_read => format!("{place} cannot be used in full: {}", fault.reason),
                (Some(before), None) if before.is_read => {
                    format!("{place} can be used in full again: {targets}")
                }
                (None, Some(fault)) => format!("{place} cannot be read: {}{stay}", fault.reason),
                (Some(_), None) => format!("{place} can be read again: {targets}"),
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

    #[test]
    fn what_stays_is_counted_where_something_does() {
        let told = |targets, reason: Option<&str>| {
            let fault = reason.map(|reason| SourceFault {
                is_read: false,
                reason: Untrusted::new(reason),
                since: Time::from_secs(0),
            });
            let source = SourceState { place: Untrusted::new("list"), targets, read: None, fault };
            Event::SourcesRead { at: Time::from_secs(0), sources: [source].into() }
        };
        let mut state = State::new(Policy::default(), Limits::default());
        for event in [told(0, Some("gone")), told(1, None), told(1, Some("torn")), told(0, None)] {
            state.apply(event);
        }
        let snapshot = state.snapshot(Time::from_secs(0));
        let log: Vec<&str> = snapshot.log.iter().map(|entry| entry.text.as_str()).collect();
        assert_eq!(
            log,
            [
                "list can be read again: no targets",
                "list cannot be read: torn; its last target stays",
                "list can be read again: 1 target",
                "list cannot be read: gone",
            ]
        );
    }
}

use super::*;

impl Surveys {
    /// What must always hold between slots, queues, timers and places.
    pub(in crate::schedule) fn check(&self) {
        let in_stage = |wanted: fn(Stage) -> bool| self.slots.iter().filter(move |(_, slot)| wanted(slot.stage));
        assert_eq!(in_stage(|stage| matches!(stage, Stage::Waiting(_))).count(), self.timers.len());
        for (key, slot) in in_stage(|stage| matches!(stage, Stage::Waiting(_))) {
            let Stage::Waiting(due) = slot.stage else { unreachable!() };
            assert!(self.timers.contains(&(due, *key)));
        }
        let (queued, admitted) = (in_stage(|stage| stage == Stage::Queued), in_stage(is_admitted));
        assert_eq!(queued.count(), self.urgent.len() + self.routine.len());
        assert_eq!(admitted.count() + self.under_way, self.busy.len());
        assert!(self.busy.len() <= self.limits.surveys);
        assert!(self.routine_busy <= self.limits.for_routine_surveys());
    }

    pub(in crate::schedule) fn is_idle(&self) -> bool {
        self.busy.is_empty() && self.timers.is_empty() && self.slots.is_empty() && self.routine_busy == 0
    }
}

fn is_admitted(stage: Stage) -> bool {
    matches!(stage, Stage::Admitted { .. })
}

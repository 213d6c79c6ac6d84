//! Takes an incident in hand, with a note and an end, or gives it back.

use std::sync::Arc;
use std::time::Duration;

use super::say::say;
use crate::model::{Incident, IncidentKey, Standing};
use crate::ui::model::UiModel;
use crate::ui::msg::Effect;
use crate::ui::overlays::{Overlay, Prompt, PromptKind};

/// How long somebody has an incident in hand who does not say how long.
const USUAL: Duration = Duration::from_hours(8);
/// Longest time that can be said: what takes longer is maintenance, and is planned.
const LONGEST: Duration = Duration::from_hours(30 * 24);

/// Asks for a note, or gives back what was acknowledged.
pub(crate) fn ask(model: &mut UiModel) -> Vec<Effect> {
    let Some(incident) = meant(model).cloned() else {
        say(model, "no open incident");
        return Vec::new();
    };
    match &incident.life.standing {
        Standing::Acknowledged(_) => {
            say(model, "given back: the incident calls again");
            return vec![Effect::GiveBack(incident.key.clone())];
        }
        Standing::Silenced(silence) => {
            let until = silence.until.map_or_else(String::new, |until| format!(" until {}", until.clock()));
            say(model, &format!("silenced by the configuration{until}"));
        }
        Standing::Open => {
            let prompt = Prompt::new(PromptKind::Acknowledge, "").about(incident.summary.clone());
            model.overlays.push(Overlay::Prompt(prompt));
            model.in_hand = Some(incident.key.clone());
        }
    }
    Vec::new()
}

/// What was typed about the incident that was asked about.
pub(crate) fn submit(model: &mut UiModel, text: &str) -> Vec<Effect> {
    let Some(incident) = model.in_hand.take() else { return Vec::new() };
    let (time, note) = read(text.trim());
    say(model, &format!("acknowledged until {}", (model.now + time).clock()));
    vec![acknowledge(incident, model.now + time, note)]
}

fn acknowledge(incident: IncidentKey, until: crate::model::Time, note: &str) -> Effect {
    Effect::Acknowledge { incident, until, note: note.to_owned() }
}

/// The incident of the endpoint that is open, or of the selected target, else the worst. One that calls goes before
/// one that does not.
fn meant(model: &UiModel) -> Option<&Arc<Incident>> {
    let incidents = &model.snapshot().incidents;
    let open = model.endpoint.as_ref().map(|view| view.target);
    let target = open.or(model.selection.target.filter(|_| model.touched));
    let own = incidents.iter().find(|incident| target.is_some_and(|id| incident.targets.contains(&id)));
    if open.is_some() { own } else { own.or(incidents.first()) }
}

/// A time in front of the note, such as `30m`, `4h`, `2d`, counts as the end.
fn read(text: &str) -> (Duration, &str) {
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    match time(first) {
        Some(time) => (time.min(LONGEST), rest.trim_start()),
        None => (USUAL, text),
    }
}

fn time(word: &str) -> Option<Duration> {
    let (at, unit) = word.char_indices().last()?;
    let seconds = match unit {
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return None,
    };
    let number: u64 = word[..at].parse().ok().filter(|number| *number > 0)?;
    Some(Duration::from_secs(number.checked_mul(seconds)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_in_front_of_the_note_is_its_end() {
        let hours = Duration::from_hours;
        let cases = [
            ("", (USUAL, "")),
            ("reload under way", (USUAL, "reload under way")),
            ("4h reload under way", (hours(4), "reload under way")),
            ("30m", (Duration::from_mins(30), "")),
            ("2d  waiting for the CA", (hours(48), "waiting for the CA")),
            ("99999d", (LONGEST, "")),
            ("0h x", (USUAL, "0h x")),
            ("h", (USUAL, "h")),
            ("99999999999999999999h", (USUAL, "99999999999999999999h")),
            ("4ä", (USUAL, "4ä")),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}

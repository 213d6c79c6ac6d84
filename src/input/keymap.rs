//! Which chord does what where: the defaults of the table with the user's changes.

use std::fmt;

use crossterm::event::{KeyEvent, KeyEventKind};

use super::action::{ACTIONS, Action, ActionSpec, Category, Scope};
use super::chord::{Chord, MalformedChord, Stroke};

/// Chords of every action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    /// In the order of [`ACTIONS`].
    chords: Vec<Vec<Chord>>,
}

/// The first half of a chord of two strokes, while the second is awaited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pending(Option<Stroke>);

impl Pending {
    /// Forgets the first half, as a click or a change of place does.
    pub fn clear(&mut self) {
        self.0 = None;
    }

    /// Whether nothing is awaited.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

impl fmt::Display for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |stroke| write!(f, "{stroke}"))
    }
}

/// What a key means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// This.
    Action(Action),
    /// The first half of something.
    Pending,
    /// Nothing here.
    None,
}

/// Why a user's keys cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    /// There is no such action.
    #[error("'{id}' is no action{}", nearest.map_or_else(String::new, |near| format!("; did you mean '{near}'?")))]
    UnknownAction {
        /// What was written.
        id: String,
        /// What may be meant.
        nearest: Option<&'static str>,
    },
    /// A chord cannot be read.
    #[error("action '{id}': {source}")]
    Chord {
        /// The action.
        id: &'static str,
        /// The chord.
        source: MalformedChord,
    },
    /// Two actions of one place want the same chord, or one's chord begins the other's.
    #[error("'{chord}' would mean both '{first}' and '{second}'; give one of them another key")]
    Conflict {
        /// The chord.
        chord: String,
        /// One action.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
}

impl Default for Keymap {
    fn default() -> Self {
        // Every default parses; a test proves it.
        let chords = |spec: &ActionSpec| spec.keys.iter().filter_map(|key| key.parse().ok()).collect();
        Self { chords: ACTIONS.iter().map(chords).collect() }
    }
}

impl Keymap {
    /// The defaults with the keys of some actions replaced: pairs of action id and chords. No
    /// chords take the keys away.
    pub fn with_overrides<I, K, S>(overrides: I) -> Result<Self, KeymapError>
    where
        I: IntoIterator<Item = (S, K)>,
        K: IntoIterator<Item = S>,
        S: AsRef<str>,
    {
        let mut keymap = Self::default();
        for (id, keys) in overrides {
            let spec = spec_named(id.as_ref())?;
            let chords = keys.into_iter().map(|key| key.as_ref().parse()).collect::<Result<_, _>>();
            keymap.chords[spec.action as usize] =
                chords.map_err(|source| KeymapError::Chord { id: spec.id, source })?;
        }
        keymap.conflict().map_or(Ok(keymap), Err)
    }

    /// What a key means in a place. Releases mean nothing; repeats only for what repeats. `Ctrl-C`
    /// always quits, whatever the user's keys say.
    pub fn lookup(&self, scope: Scope, pending: &mut Pending, event: KeyEvent) -> Lookup {
        if event.kind == KeyEventKind::Release {
            return Lookup::None;
        }
        let stroke = Stroke::of(event);
        if stroke.interrupts() {
            pending.clear();
            return Lookup::Action(Action::QuitNow);
        }
        let found = match pending.0.take() {
            Some(first) => {
                let sequence = self.find(scope, Chord { first, second: Some(stroke) });
                sequence.or_else(|| self.find(scope, Chord { first: stroke, second: None }))
            }
            None => self.find(scope, Chord { first: stroke, second: None }),
        };
        if let Some(spec) = found {
            let held = event.kind == KeyEventKind::Repeat && !spec.repeatable;
            return if held { Lookup::None } else { Lookup::Action(spec.action) };
        }
        if self.begins(scope, stroke) {
            pending.0 = Some(stroke);
            return Lookup::Pending;
        }
        Lookup::None
    }

    /// The chords of an action, the one to be shown first.
    #[must_use]
    pub fn keys_of(&self, action: Action) -> &[Chord] {
        &self.chords[action as usize]
    }

    fn find(&self, scope: Scope, chord: Chord) -> Option<&'static ActionSpec> {
        let within = |place: Scope| {
            ACTIONS
                .iter()
                .filter(move |spec| spec.scope == place)
                .find(|spec| admits(scope, spec, chord.first) && self.keys_of(spec.action).contains(&chord))
        };
        places(scope).iter().find_map(|place| within(*place))
    }

    fn begins(&self, scope: Scope, stroke: Stroke) -> bool {
        ACTIONS
            .iter()
            .filter(|spec| places(scope).contains(&spec.scope) && admits(scope, spec, stroke))
            .any(|spec| self.keys_of(spec.action).iter().any(|chord| chord.second.is_some() && chord.first == stroke))
    }

    /// The first two actions of one place whose chords cannot be told apart.
    fn conflict(&self) -> Option<KeymapError> {
        for (at, first) in ACTIONS.iter().enumerate() {
            for second in ACTIONS[at + 1..].iter().filter(|second| second.scope == first.scope) {
                for a in self.keys_of(first.action) {
                    if let Some(b) = self.keys_of(second.action).iter().find(|b| overlap(a, b)) {
                        let shorter = if a.second.is_none() { a } else { b };
                        let chord = shorter.to_string();
                        return Some(KeymapError::Conflict { chord, first: first.id, second: second.id });
                    }
                }
            }
        }
        None
    }
}

/// Places asked for a key, innermost first.
fn places(scope: Scope) -> &'static [Scope] {
    match scope {
        Scope::Global => &[Scope::Global],
        Scope::Expiry => &[Scope::Expiry, Scope::Global],
        Scope::Handshakes => &[Scope::Handshakes, Scope::Global],
        Scope::Protocols => &[Scope::Protocols, Scope::Global],
        Scope::Errors => &[Scope::Errors, Scope::Global],
        Scope::Endpoint => &[Scope::Endpoint, Scope::Global],
        Scope::Overlay => &[Scope::Overlay, Scope::Global],
        Scope::Prompt => &[Scope::Prompt, Scope::Overlay, Scope::Global],
    }
}

/// Whether an action works in a place: over the screen only movement, leaving and what belongs to
/// the terminal do; while typing, characters are text and the line has its own left, right and home.
fn admits(scope: Scope, spec: &ActionSpec, stroke: Stroke) -> bool {
    let leaves = matches!(spec.action, Action::Back | Action::QuitNow | Action::Redraw | Action::Suspend);
    let over = spec.scope != Scope::Global || spec.category == Category::Move || leaves;
    match scope {
        Scope::Overlay => over || spec.action == Action::Quit,
        Scope::Prompt => {
            let edits = matches!(spec.action, Action::Left | Action::Right | Action::Home | Action::End);
            over && !edits && !stroke.is_text() && !is_line_editing(spec, stroke)
        }
        _ => true,
    }
}

/// `ctrl-u` and `ctrl-d` belong to the line being typed.
fn is_line_editing(spec: &ActionSpec, stroke: Stroke) -> bool {
    let named = stroke.to_string();
    matches!(spec.action, Action::PageUp | Action::PageDown) && (named == "ctrl-u" || named == "ctrl-d")
}

fn overlap(a: &Chord, b: &Chord) -> bool {
    a.first == b.first && (a.second.is_none() || b.second.is_none() || a.second == b.second)
}

fn spec_named(id: &str) -> Result<&'static ActionSpec, KeymapError> {
    if let Some(spec) = ACTIONS.iter().find(|spec| spec.id == id) {
        return Ok(spec);
    }
    let nearest = ACTIONS.iter().map(|spec| (strsim::osa_distance(spec.id, id), spec.id)).min();
    let nearest = nearest.filter(|(distance, _)| *distance <= 4).map(|(_, id)| id);
    Err(KeymapError::UnknownAction { id: id.to_owned(), nearest })
}
